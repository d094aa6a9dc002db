"""Reaching a scheduler, or starting one with its workers on this machine or through Slurm."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import warnings
from contextlib import ExitStack, contextmanager, suppress
from importlib import metadata
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from debugdiff.cluster.choice import Cluster, Scheme
from debugdiff.cluster.profile import read_profile
from debugdiff.errors import DebugdiffError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

_ANSWERING_SECONDS = 10.0
_TTL = "60s"
"""After which a worker that says nothing counts as gone, where the scheduler is ours."""
_LOGGERS = ("distributed", "distributed.client", "tornado", "asyncio")
_INSTALL = "Install with: pip install 'debugdiff[dask]'"


def require_dask() -> None:
    """Refuse a cluster where what it needs is not installed, before anything else is done.

    Raises:
        DebugdiffError: `dask-missing`.
    """
    for package in ("distributed", "dask-jobqueue", "cryptography"):
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            raise DebugdiffError(
                f"`--cluster` needs the package {package}, which is not installed.",
                hint=_INSTALL,
                slug="dask-missing",
            ) from None


@contextmanager
def connected(cluster: Cluster) -> Iterator[Client]:
    """A client of the scheduler of a cluster; what was started for it ends afterwards.

    Raises:
        DebugdiffError: it cannot be reached, or not be started.
    """
    require_dask()
    with ExitStack() as stack:
        _configure()
        match cluster.scheme:
            case Scheme.LOCAL:
                started = stack.enter_context(_local(cluster.workers))
            case Scheme.SLURM:
                started = stack.enter_context(_slurm(cluster))
            case _:
                started = None
        yield stack.enter_context(_client(cluster, started))


def _configure() -> None:
    """What dask says goes to our own errors; the environment of workers is that of a local run."""
    import dask  # noqa: PLC0415 - half a second that only a cluster costs

    dask.config.set(
        {
            "logging": dict.fromkeys(_LOGGERS, "critical"),
            "distributed.nanny.pre-spawn-environ": {},
            "distributed.scheduler.worker-ttl": _TTL,
        }
    )
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextmanager
def _local(workers: int) -> Iterator[Any]:
    """Workers with one thread each. Others on this machine cannot connect: they have no key."""
    from distributed import LocalCluster, Security  # noqa: PLC0415

    with _interrupts_blocked():
        started = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=Security.temporary(),
            dashboard_address=None,
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
    with started:
        yield started


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Threads and processes that are started here do not get the Ctrl-C of the terminal.

    It is for the client, which ends them. One that comes now is delivered afterwards.
    """
    resource_tracker.ensure_running()  # when it starts later, it lets them through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _slurm(cluster: Cluster) -> Iterator[Any]:
    from dask_jobqueue.slurm import SLURMCluster  # noqa: PLC0415

    profile = read_profile(cluster.path)
    try:
        started = SLURMCluster(**profile.settings)
    except (TypeError, ValueError, OSError) as error:
        raise DebugdiffError(
            f"dask-jobqueue refuses the profile {cluster.path}: {error}",
            hint="Its keys are the arguments of dask_jobqueue.SLURMCluster.",
            slug="cluster-profile",
        ) from error
    with started:
        started.scale(jobs=profile.jobs)
        yield started


@contextmanager
def _client(cluster: Cluster, started: Any) -> Iterator[Client]:
    from distributed import Client  # noqa: PLC0415

    try:
        if started is None:
            _require_scheduler(cluster)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of versions: we refuse what does not fit
            client = Client(started or str(cluster), set_as_default=False)
    except Exception as error:  # whatever answers there may be no scheduler
        raise _unreachable(cluster, error) from error
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError, RuntimeError):
            client.close(timeout=5)


def _require_scheduler(cluster: Cluster) -> None:
    """Fail at once where nobody listens, or something that does not speak as dask does.

    A client would try for half a minute, and prints what it thinks of it when it is deleted.
    """
    from distributed import Security  # noqa: PLC0415
    from distributed.comm.core import connect  # noqa: PLC0415

    async def greet() -> None:
        arguments = Security().get_connection_args("client")
        await (await connect(str(cluster), timeout=_ANSWERING_SECONDS, **arguments)).close()

    host, _, port = cluster.target.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWERING_SECONDS).close()
    asyncio.run(greet())


def _unreachable(cluster: Cluster, error: Exception) -> DebugdiffError:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    hint = "Start one with `dask scheduler` and workers with `dask worker`."
    if cluster.scheme is Scheme.TLS:
        hint = (
            "Both sides need certificates: dask's settings `distributed.comm.tls`, or variables"
            " such as DASK_DISTRIBUTED__COMM__TLS__CA_FILE."
        )
    return DebugdiffError(
        f"No dask scheduler can be reached at {cluster}: {reason}",
        hint=hint,
        slug="scheduler-missing",
    )

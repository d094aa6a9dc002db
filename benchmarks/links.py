"""Two workers behind links of their own, one of which is cut in the middle of a campaign."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from clusters import FINISHED, INCOMPLETE, address_in, campaign, start_dask, stop
from stub_stack import stub_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HOST, _PORT = "10.77.0.1", 18_786
_BRIDGE = "ddiff0"
_SEEDS = 20
_TTL = 10
_BEFORE_THE_CUT = 12


def why_no_links() -> str:
    """Why links cannot be made here; empty if they can."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "not tried: it takes root and the command `ip`"
    made = subprocess.run(["ip", "netns", "add", "ddiff-try"], capture_output=True, check=False)
    if made.returncode:
        return f"not tried: {made.stderr.decode().strip()}"
    _ip("netns", "delete", "ddiff-try")
    return ""


def cut_link(folder: Path) -> str:
    """Run a campaign on two such workers, cut one link, and say what came of it."""
    toy = campaign(folder, stub_interpreter(folder / "stub"), seeds=_SEEDS)
    status, printed = toy.run("plain")
    assert status == INCOMPLETE, printed
    with _machines(folder) as links, toy.start("cut", "--cluster", f"tls://{_HOST}:{_PORT}") as it:
        assert it.stdout is not None
        printed = ""
        while len(FINISHED.findall(printed)) < _BEFORE_THE_CUT:
            line = it.stdout.readline()
            assert line, printed
            printed += line
        _ip("link", "set", links[0], "down")
        began = time.monotonic()
        printed += it.communicate()[0]
        seconds = time.monotonic() - began
    finished = FINISHED.findall(printed)
    twice = len(finished) - len(set(finished))
    plain, cut = toy.records("plain"), toy.records("cut")
    if it.returncode != INCOMPLETE or plain != cut:
        return f"exit status {it.returncode}, {len(cut)} of {len(plain)} records"
    return (
        f"complete {seconds:.0f} s after the cut (`worker-ttl` {_TTL} s): {len(cut)} of"
        f" {len(plain)} records, the same as without a cluster; {twice} stored twice"
    )


@contextmanager
def _machines(folder: Path) -> Iterator[list[str]]:
    """A scheduler here and two workers in namespaces, with TLS; the names of their links."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, _certificates(folder)))
        _ip("link", "add", _BRIDGE, "type", "bridge")
        stack.callback(_ip, "link", "delete", _BRIDGE)
        _ip("address", "add", f"{_HOST}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")
        log = stack.enter_context((folder / "dask.log").open("wb"))
        file = folder / "scheduler.json"
        where = ("--host", f"tls://{_HOST}", "--port", str(_PORT), "--no-dashboard")
        scheduler = start_dask("dask_scheduler", "", log, *where, "--scheduler-file", str(file))
        stack.callback(stop, scheduler)
        address = address_in(file)
        links = [stack.enter_context(_namespace(number)) for number in (1, 2)]
        for number in (1, 2):
            options = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
            local = ("--local-directory", str(folder))
            inside = ("ip", "netns", "exec", f"ddiff{number}")
            worker = start_dask("dask_worker", "", log, address, *options, *local, inside=inside)
            stack.callback(stop, worker)
        yield links


@contextmanager
def _namespace(number: int) -> Iterator[str]:
    name, link = f"ddiff{number}", f"ddiff-veth{number}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", link, "master", _BRIDGE, "up")
        _ip("-n", name, "address", "add", f"10.77.0.{number + 1}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield link
    finally:
        # A namespace stays until the last packet of its sockets has timed out.
        subprocess.run(["ip", "link", "delete", link], check=False, capture_output=True)
        _ip("netns", "delete", name)


def _certificates(folder: Path) -> dict[str, str]:
    """Dask's settings with a key that is made for this: all sides share it."""
    from distributed import Security  # noqa: PLC0415

    made = Security.temporary()
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_text(made.tls_client_cert)
    key.write_text(made.tls_client_key)
    key.chmod(0o600)
    start = "DASK_DISTRIBUTED__COMM"
    settings = {f"{start}__TLS__CA_FILE": str(cert), f"{start}__REQUIRE_ENCRYPTION": "true"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings[f"{start}__TLS__{role}__CERT"] = str(cert)
        settings[f"{start}__TLS__{role}__KEY"] = str(key)
    return settings


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, stdout=sys.stderr)

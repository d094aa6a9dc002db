"""Which machines run the trials, as it was typed."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from debugdiff.errors import DebugdiffError

_MOST = 1_000
_ADDRESS = re.compile(r"(?P<host>[^\s/:\[\]]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})", re.ASCII)


class Scheme(StrEnum):
    """How the machines are reached.

    `local`: workers on this machine. `tcp`, `tls`: a scheduler that runs already. `slurm`: jobs of
    a Slurm cluster.
    """

    LOCAL = "local"
    TCP = "tcp"
    TLS = "tls"
    SLURM = "slurm"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The machines of a campaign: `local:4`, `tls://HOST:8786`, `slurm:PROFILE.toml`.

    Attributes:
        target: a number of workers, an address as HOST:PORT, or a path.
    """

    scheme: Scheme
    target: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what was typed.

        Raises:
            DebugdiffError: `cluster-unknown`, or `cluster-open` for another machine without TLS.
        """
        scheme, _, target = text.strip().partition(":")
        if scheme not in set(Scheme):
            raise _unknown(text)
        cluster = cls(Scheme(scheme), target.removeprefix("//"))
        if cluster.scheme in {Scheme.TCP, Scheme.TLS} and not target.startswith("//"):
            raise _unknown(text)
        if not cluster._is_usable():
            raise _unknown(text)
        if cluster.scheme is Scheme.TCP and not _is_loopback(cluster.target):
            raise _open(text, cluster.target)
        return cluster

    def __str__(self) -> str:
        slashes = "//" if self.scheme in {Scheme.TCP, Scheme.TLS} else ""
        return f"{self.scheme}:{slashes}{self.target}"

    @property
    def workers(self) -> int:
        """How many workers `local` starts."""
        return int(self.target)

    @property
    def path(self) -> Path:
        """The profile of `slurm`."""
        return Path(self.target)

    def _is_usable(self) -> bool:
        if self.scheme is Scheme.LOCAL:
            is_number = re.fullmatch(r"\d{1,4}", self.target, re.ASCII)
            return bool(is_number) and 1 <= int(self.target) <= _MOST
        if self.scheme is Scheme.SLURM:
            return bool(self.target)
        address = _ADDRESS.fullmatch(self.target)
        return address is not None and 0 < int(address["port"]) < 65_536  # noqa: PLR2004


def _is_loopback(address: str) -> bool:
    host = address.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unknown(text: str) -> DebugdiffError:
    return DebugdiffError(
        f"`--cluster {text}` names no cluster.",
        hint=f"Write local:4 (1 to {_MOST:,} workers), tcp://127.0.0.1:8786, tls://HOST:8786 or"
        " slurm:PROFILE.toml.",
        slug="cluster-unknown",
    )


def _open(text: str, address: str) -> DebugdiffError:
    return DebugdiffError(
        f"`--cluster {text}` is another machine without encryption: a dask scheduler runs whatever"
        " anybody on the network sends.",
        hint=f"Start scheduler and workers with certificates and write tls://{address}, or reach"
        " the scheduler through an SSH tunnel to 127.0.0.1.",
        slug="cluster-open",
    )

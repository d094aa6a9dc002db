"""`slurm:PROFILE.toml`: the arguments of `dask_jobqueue.SLURMCluster`, and how many jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import read_text
from debugdiff.toml_lines import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NEEDED = ("cores", "memory", "shared_temp_directory")
_MOST_JOBS = 1_000
_DEFAULTS: Mapping[str, Any] = {
    "processes": 1,  # one worker for all cores of a job: its trials share their warm hosts
    "security": True,
    "scheduler_options": {"dashboard_address": None},
    "worker_extra_args": ["--no-dashboard"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Jobs of a Slurm cluster.

    Attributes:
        jobs: how many, each with one worker unless `settings` say otherwise.
        settings: of `dask_jobqueue.SLURMCluster`.
    """

    jobs: int
    settings: Mapping[str, Any]


def read_profile(path: Path) -> Profile:
    """Read a profile. Traffic is encrypted, with keys that are made for this campaign.

    Raises:
        DebugdiffError: `cluster-profile`.
    """
    try:
        table = read_toml(read_text(path))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise _unusable(path, f"cannot be read: {reason}") from error
    jobs = table.pop("jobs", None)
    if type(jobs) is not int or not 1 <= jobs <= _MOST_JOBS:
        raise _unusable(path, f"needs `jobs`, a number from 1 to {_MOST_JOBS:,}")
    for key in _NEEDED:
        if key not in table:
            raise _unusable(path, f"needs `{key}`")
    if "security" in table or "protocol" in table:
        raise _unusable(path, "cannot set `security` or `protocol`: it is always TLS")
    return Profile(jobs=jobs, settings={**_DEFAULTS, **table})


def _unusable(path: Path, why: str) -> DebugdiffError:
    return DebugdiffError(
        f"The profile {path} {why}.",
        hint="It is TOML: `jobs`, and the arguments of dask_jobqueue.SLURMCluster, of which"
        f" {', '.join(_NEEDED)} are needed.",
        slug="cluster-profile",
    )

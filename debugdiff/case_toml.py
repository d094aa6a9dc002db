"""The `case.toml` of a case: its keys, and clear errors where a key is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import CaseError
from debugdiff.model import (
    SITE_PARTS,
    Framework,
    ParityStage,
    Style,
    Training,
)
from debugdiff.toml_tables import STRICT, WrongKey, keys_of, place_of, read_table, suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.toml_tables import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTable:
    """Which figure of `main` counts, and what the trivial answer gets at size `small`."""

    name: str
    majority: float

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplementationTable:
    """What a case says about one of its programs."""

    framework: Framework
    style: Style
    training: Training
    guide: str = ""
    clean: float | None = None
    parameters: int | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityTable:
    """A difference between the frameworks that the parity check must allow, and why."""

    stage: ParityStage
    tolerance: float
    reason: str
    site: str = ""

    __pydantic_config__ = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTable:
    """A whole `case.toml`."""

    title: str
    task: str
    idea: str
    data: str
    licence: str
    metric: MetricTable
    implementations: dict[str, ImplementationTable]
    sites: dict[str, dict[str, str]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    corpora: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    budget: float = 60.0
    network: bool = False
    parity: tuple[ParityTable, ...] = ()

    __pydantic_config__ = STRICT


_KEYS = keys_of(CaseTable, ImplementationTable, MetricTable, ParityTable)


def read_case_toml(path: Path) -> CaseTable:
    """The validated content of a `case.toml`.

    Raises:
        CaseError: `case-toml`, with the file, the key and its line.
    """
    try:
        table = read_table(path, CaseTable, "a case")
    except WrongKey as error:
        raise _toml_error(path, error.problem, error.keys) from error
    except (OSError, ValueError) as error:  # not TOML, or not UTF-8
        raise CaseError(
            f"{path} cannot be read: {error}.",
            hint="Correct the syntax; https://toml.io describes it.",
            slug="case-toml",
        ) from error
    _check_values(path, table)
    return table


def _check_values(path: Path, table: CaseTable) -> None:
    """A budget of some time, and names that refer to something: corpora, implementations."""
    from debugdiff import corpora  # noqa: PLC0415  (NumPy)

    if table.budget <= 0:
        raise _toml_error(path, "has a wrong value: it must be above 0 seconds", ("budget",))
    for name in table.corpora:
        if name not in corpora.NAMES:
            problem = f"names an unknown corpus, `{name}` (known: {', '.join(corpora.NAMES)})"
            raise _toml_error(path, problem, ("corpora",))
    for site, where in table.sites.items():
        for name in where.keys() - table.implementations.keys():
            problem = f"names `{name}`, which is not an implementation of the case"
            raise _toml_error(path, problem, ("sites", site))
        for name, place in where.items():
            if (part := place.partition("#")[2]) not in SITE_PARTS:
                problem = f"ends in `#{part}`: a part of a layer is `#weights` or `#output`"
                raise _toml_error(path, problem, ("sites", site, name))
    for number, difference in enumerate(table.parity):
        is_setting = difference.stage is ParityStage.SETTINGS
        if difference.site and not is_setting and difference.site not in table.sites:
            problem = f"names `{difference.site}`, which is not a site of the case"
            raise _toml_error(path, problem, ("parity", number, "site"))


def _toml_error(path: Path, problem: str, keys: Keys) -> CaseError:
    return CaseError(
        f"{place_of(path, keys)} {problem}.",
        hint=suggestion(str(keys[-1]), _KEYS, "docs/adding-a-case.md lists the keys of a case."),
        slug="case-toml",
    )

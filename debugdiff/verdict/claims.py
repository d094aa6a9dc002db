"""Claims as a file: somebody's sentence, and the one measurement that would decide it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped
from debugdiff.model import Framework, Style, Training
from debugdiff.toml_tables import STRICT, WrongKey, keys_of, place_of, read_table, suggestion
from debugdiff.verdict.measures import AXES, MEASURES

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.toml_tables import Keys


class Expectation(StrEnum):
    """What a claim says of its side, beside the other one."""

    LESS = "less"
    MORE = "more"
    EQUAL = "equal"


class About(StrEnum):
    """Whom a claim speaks of. No measurement here has people in it."""

    PROGRAMS = "programs"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSide:
    """The programs of one side: in each case the first style of the list that there is.

    Attributes:
        style: in order of preference; empty: any.
        training: who owns the loop; empty: anybody.
    """

    framework: Framework
    style: tuple[Style, ...] = ()
    training: tuple[Training, ...] = ()

    __pydantic_config__: ClassVar[Any] = STRICT

    def __str__(self) -> str:
        """In words: `keras functional or sequential, fit`."""
        words = f"{self.framework} {' or '.join(self.style)}".strip()
        owners = " or ".join(each.replace("_", " ") for each in self.training)
        return f"{words}, {owners}" if owners else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence, and what decides it. All of it is fixed before the figures are looked at.

    Attributes:
        quote: the sentence, as its author wrote it.
        source: where it stands.
        measure: the one figure that decides; empty if nothing here measures it.
        side, beside: the programs that are compared.
        expect: what the sentence says of `side`.
        margin: differences up to it do not matter: a share of a ratio (0.1: ten per cent), or
            points of a measure that is compared by its difference.
        vary: other choices that a reasonable analyst could make, by axis; the claim has to hold in
            nine of ten of their combinations.
        not_tested: why no measure here decides it.
    """

    id: str
    quote: str
    source: str
    expect: Expectation = Expectation.LESS
    measure: str = ""
    side: ClaimSide | None = None
    beside: ClaimSide | None = None
    margin: float = 0.0
    about: About = About.PROGRAMS
    scope: str = ""
    vary: dict[str, tuple[str, ...]] = field(default_factory=dict)
    not_tested: str = ""

    __pydantic_config__: ClassVar[Any] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFile:
    """A whole file of claims."""

    claim: tuple[Claim, ...]

    __pydantic_config__: ClassVar[Any] = STRICT


_KEYS = keys_of(ClaimFile, Claim, ClaimSide)


def review_claims() -> Path:
    """The file of the review's claims, which came with debugdiff."""
    return shipped("claims") / "review.toml"


def read_claims(path: Path) -> tuple[Claim, ...]:
    """The claims of a file.

    Raises:
        DebugdiffError: `claims-file`, with the file, the key and its line.
    """
    try:
        claims = read_table(path, ClaimFile, "a claim").claim
        _check(claims)
    except WrongKey as error:
        raise _wrong(path, error.keys, error.problem) from error
    except (OSError, ValueError) as error:
        raise DebugdiffError(
            f"{path} cannot be read: {error}.",
            hint="A file of claims is TOML; claims/review.toml is one.",
            slug="claims-file",
        ) from error
    return claims


def _check(claims: tuple[Claim, ...]) -> None:
    known: set[str] = set()
    for number, claim in enumerate(claims):
        if claim.id in known:
            raise WrongKey(("claim", number, "id"), f"is `{claim.id}`, as of a claim above")
        known.add(claim.id)
        for key, problem in _problems(claim):
            raise WrongKey(("claim", number, *key), problem)
    if not claims:
        raise WrongKey(("claim",), "holds no claim")


def _problems(claim: Claim) -> list[tuple[tuple[str, ...], str]]:
    """What does not fit together, with the key it stands at."""
    if claim.not_tested:
        return [(("measure",), "and `not_tested` exclude each other")] if claim.measure else []
    problems: list[tuple[tuple[str, ...], str]] = []
    measure = MEASURES.get(claim.measure)
    if measure is None:
        known = ", ".join(MEASURES)
        named = f"`{claim.measure}` is not a measure" if claim.measure else "is missing"
        return [(("measure",), f"{named} (known: {known})")]
    problems += [((key,), "is missing") for key in ("side", "beside") if not getattr(claim, key)]
    if claim.margin <= 0:
        problems.append(
            (("margin",), "has to be above 0: it is the largest difference that does not matter")
        )
    for axis, levels in claim.vary.items():
        allowed = AXES[axis](measure) if axis in AXES else ()
        if not allowed:
            fitting = [name for name, levels_of in AXES.items() if levels_of(measure)]
            problems.append((("vary", axis), f"cannot vary here (known: {', '.join(fitting)})"))
        problems += [
            (("vary", axis), f"names `{level}` (known: {', '.join(allowed)})")
            for level in levels
            if allowed and level not in allowed
        ]
    return problems


def _wrong(path: Path, keys: Keys, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{place_of(path, keys)} {problem}.",
        hint=suggestion(str(keys[-1]), _KEYS, "docs/verdict.md lists the keys of a claim."),
        slug="claims-file",
    )

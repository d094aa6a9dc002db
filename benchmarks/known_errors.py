"""Which share of a store's crashes leads to documentation, for each framework.

    python benchmarks/known_errors.py --store FILE

*message*: it names a public API or prints an address itself; *table*: the kind of error is in the
table of known errors; *either*: one of the two. Kinds stand beside crashes, since one bug crashes
many programs alike: a kind is a type with a message whose numbers and paths are left out. What
neither helps with is listed, so that it can be looked up. Runs with an instrument are not counted.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.known_errors import help_in_message, known_error
from debugdiff.model import Framework, Instrument
from debugdiff.score.prose import plain_message
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Failure, Trial

_DEFINED = re.compile(r"^\s*(?:class|def)\s+(\w+)", re.MULTILINE)
_VARIABLE = re.compile(r"/\S+|\d+")
_COLUMNS = ("framework", "counted", "n", "message", "table", "either")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A crash, and what of it leads to documentation."""

    kind: str
    message: bool
    table: bool

    @property
    def either(self) -> bool:
        """Whether one of the two does."""
        return self.message or self.table


def main() -> None:
    """Print the table, and the kinds that nothing helps with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", type=Path, required=True)
    with Store(parser.parse_args().store) as store:
        crashes = crashes_of(store)
    print(f"| {' | '.join(_COLUMNS)} |\n|---|---|--:|--:|--:|--:|")
    for framework in Framework:
        print(row(framework, "crashes", crashes[framework]))
        print(
            row(framework, "kinds", list({each.kind: each for each in crashes[framework]}.values()))
        )
    for framework in Framework:
        for kind in sorted({each.kind for each in crashes[framework] if not each.either}):
            print(f"\n{framework}: {kind}", end="")
    print()


def crashes_of(store: Store) -> dict[Framework, list[Crash]]:
    """Every crash of the store that no instrument watched."""
    found: dict[Framework, list[Crash]] = defaultdict(list)
    for trial, failure in _failures(store):
        crash = Crash(
            kind=_kind(failure),
            message=bool(help_in_message(failure, _own_names(trial))),
            table=known_error(failure) is not None,
        )
        found[trial.framework].append(crash)
    return found


def _failures(store: Store) -> Iterator[tuple[Trial, Failure]]:
    for trial in store.trials():
        result = store.get(trial) if trial.instrument is Instrument.NONE else None
        if result is not None and result.record.failure is not None:
            yield trial, result.record.failure


def _own_names(trial: Trial) -> frozenset[str]:
    """Classes and functions of the program, if it still lies there: they are no public API."""
    program = Path(trial.folder) / f"{trial.implementation}.py"
    return frozenset(_DEFINED.findall(program.read_text())) if program.is_file() else frozenset()


def _kind(failure: Failure) -> str:
    """What all crashes of one kind share: `ValueError: Expected input batch_size (#) ...`."""
    message = plain_message(failure).strip() or "(no message)"
    return f"{failure.type}: {_VARIABLE.sub('#', message)[:200]}".replace("\n", " ")


def row(framework: Framework, counted: str, crashes: Sequence[Crash]) -> str:
    """A line of the table; a share of nothing is a dash."""
    shares = [
        f"{sum(getattr(each, name) for each in crashes) / len(crashes):.0%}" if crashes else "-"
        for name in ("message", "table", "either")
    ]
    return f"| {' | '.join((framework, counted, str(len(crashes)), *shares))} |"


if __name__ == "__main__":
    main()

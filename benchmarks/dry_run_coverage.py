"""How much of a program's shapes the dry run knows: `dry_run_coverage.md`.

    python benchmarks/dry_run_coverage.py [NAME ...] [--no-write] [--keep FOLDER]

Every program is run, and the shape of every tensor that it binds to a name is noted. The dry run
reads the same program's text. A name is *known* where it has every size, *formed* where it has the
number of axes, *wrong* where the real tensors had other sizes. Unknown ones are listed by what the
dry run did not know first.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outside import main_files

from debugdiff.dryrun.machine import Exhausted, LeftLoop, Returned
from debugdiff.dryrun.running import Running
from debugdiff.dryrun.values import (
    OPEN,
    Instance,
    Items,
    Layer,
    Library,
    Method,
    Mismatch,
    Own,
    Plain,
    Routine,
    Tensor,
    Thing,
    Unknown,
)
from debugdiff.programs import Folder
from debugdiff.source.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.dryrun.values import Scope, Value

BENCHMARKS = Path(__file__).parent
ROOT = BENCHMARKS.parent
RESULTS = BENCHMARKS / "dry_run_coverage.md"
RUNNER = BENCHMARKS / "bound_shapes.py"
FOREIGN = ROOT / "tests" / "foreign"
SETS: Mapping[str, Path] = {
    "cases": ROOT / "cases",
    "outside/tune": ROOT / "tests" / "outside" / "tune",
    "foreign": FOREIGN,
    **{name: FOREIGN / name for name in ("held", "held2", "held3", "held4", "held5", "open4")},
}
DEFAULT = "tests/outside/tune"
"""Healthy programs of others. The cases and the broken ones take longer, and go by name."""
IMPLEMENTATIONS = frozenset({"pytorch", "keras_functional", "keras_loop"})
MANY = 6
"""More files than this in a folder are programs of their own, and not the parts of one."""
MOST_REASONS = 40
Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the dry run knows of one program's tensors."""

    name: str
    names: int
    known: int
    formed: int
    wrong: tuple[Key, ...]
    ending: str
    reasons: Counter[str]


def main() -> None:
    options = _options()
    chosen = {
        label: [path for path in programs(folder) if _is_chosen(path, options.name)]
        for label, folder in SETS.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        keep = options.keep or Path(folder)
        run_all([path for paths in chosen.values() for path in paths], keep)
        every = {
            label: [coverage_of(path, keep) for path in paths] for label, paths in chosen.items()
        }
    text = "\n".join(report(every, details=bool(options.name))) + "\n"
    print(text)
    if options.write and not options.name:
        RESULTS.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="*", help="parts of paths; default: the page's programs")
    parser.add_argument("--no-write", dest="write", action="store_false")
    parser.add_argument("--keep", type=Path, help="where the shapes of earlier runs are kept")
    return parser.parse_args()


def _is_chosen(path: Path, names: list[str]) -> bool:
    return any(name in path.as_posix() for name in names or [DEFAULT])


def programs(folder: Path) -> Iterator[Path]:
    """The main file of every program of a set."""
    if folder.name == "cases":
        yield from sorted(path for path in folder.glob("*/*.py") if path.stem in IMPLEMENTATIONS)
        return
    yield from main_files(folder)


# --- the real run ---------------------------------------------------------------------------------


def run_all(paths: list[Path], keep: Path) -> None:
    """Note the shapes of every program that has none yet, PyTorch's first."""
    missing = [path for path in paths if not _noted(path, keep).exists()]
    for framework in ("torch", "keras"):
        chosen = [path for path in missing if _framework(path) == framework]
        pairs = [str(each) for path in chosen for each in (path, _noted(path, keep))]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, str(RUNNER), framework, *pairs]
        if pairs:
            subprocess.run(command, cwd=keep, env=environment, check=False, capture_output=True)


def _noted(path: Path, keep: Path) -> Path:
    return keep.absolute() / f"{'-'.join(path.relative_to(ROOT).parts)}.json"


def _framework(path: Path) -> str:
    """What a program imports; where its main file imports neither, what the files beside it do."""
    beside = sorted(path.parent.glob("*.py"))
    texts = [path.read_text(encoding="utf-8")]
    texts += [each.read_text(encoding="utf-8") for each in beside if len(beside) <= MANY]
    for text in texts:
        if "import keras" in text or "from keras" in text or "tensorflow" in text:
            return "keras"
        if "import torch" in text or "from torch" in text:
            return "torch"
    return "torch"


def real_shapes(path: Path, keep: Path) -> Mapping[Key, set[tuple[int, ...]]]:
    """The shapes that each name was bound to, by file, line and name."""
    noted = _noted(path, keep)
    rows = json.loads(noted.read_text(encoding="utf-8")) if noted.exists() else []
    return {(file, line, name): {tuple(one) for one in shapes} for file, line, name, shapes in rows}


# --- the dry run ----------------------------------------------------------------------------------


class Recording(Running):
    """A dry run that notes what it has bound, and what each expression came to."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.bound: dict[Key, list[Value]] = {}
        self.sources: dict[tuple[str, str], ast.AST] = {}

    def seen(self, node: ast.AST, name: str, value: Value, scope: Scope) -> Value:
        found = super().seen(node, name, value, scope)
        self.bound.setdefault((scope.file.name, node.lineno, name), []).append(found)  # type: ignore[attr-defined]
        self.sources[scope.file.name, name] = self.line.node
        return found


def coverage_of(path: Path, keep: Path) -> Coverage:
    """What the dry run knows of one program."""
    real = real_shapes(path, keep)
    folder = Folder(path.parent)
    start = folder.program(path.name)
    sources = {each.name: each.source for each in (start, *folder.reached(start))}
    program = Program.of(sources, path.name)
    run = Recording(program, {}, {}, {})
    ending = _ending(run)
    tensors = {key: shapes for key, shapes in real.items() if key[0] in sources}
    graded = {key: _grade(run.bound.get(key, []), shapes) for key, shapes in tensors.items()}
    reasons = Counter(
        _reason(run, key) for key, grade in graded.items() if grade in {"open", "formed"}
    )
    return Coverage(
        name="/".join(path.relative_to(ROOT).parts[-2:]),
        names=len(graded),
        known=sum(grade == "known" for grade in graded.values()),
        formed=sum(grade == "formed" for grade in graded.values()),
        wrong=tuple(key for key, grade in graded.items() if grade == "wrong"),
        ending=ending,
        reasons=reasons,
    )


def _ending(run: Recording) -> str:
    try:
        run.module(run.program.files[run.program.main])
    except Mismatch as mismatch:
        place = mismatch.stack[-1] if mismatch.stack else run.line
        return f"mismatch at {place.location.file}:{place.location.line}: {mismatch}"
    except (Exhausted, RecursionError, LeftLoop, Returned) as stopped:
        return type(stopped).__name__
    return "end"


def _grade(values: list[Value], shapes: set[tuple[int, ...]]) -> str:
    """How well the dry run knows a name that was bound to tensors of these shapes."""
    known = [
        value.shape for value in values if isinstance(value, Tensor) and value.shape is not None
    ]
    if not known:
        return "open"
    if not any(_fits(one, shape) for one in known for shape in shapes):
        return "wrong"
    return "known" if any(None not in one for one in known) else "formed"


def _fits(known: tuple[int | None, ...], real: tuple[int, ...]) -> bool:
    return len(known) == len(real) and all(
        one is None or other < 0 or one == other for one, other in zip(known, real, strict=True)
    )


# --- why ------------------------------------------------------------------------------------------


def _reason(run: Recording, key: Key) -> str:
    if key not in run.bound:
        return "not reached"
    node = run.sources.get((key[0], key[2]))
    return _cause(run, node, key[0], 12) if node is not None else "?"


def _is_open(value: Value | None) -> bool:
    if isinstance(value, Tensor):
        return value.shape is None or None in value.shape
    if isinstance(value, Items):
        return value.is_open or any(_is_open(one) for one in value.items)
    return isinstance(value, Unknown) or (isinstance(value, Plain) and value.value is OPEN)


def _cause(run: Recording, node: ast.AST, file: str, depth: int) -> str:
    """The first expression that the dry run could not tell, among those that made a value."""
    if isinstance(node, ast.Name):
        source = run.sources.get((file, node.id))
        if source is None or not depth or source is node:
            return f"name {node.id}"
        return _cause(run, source, file, depth - 1)
    parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    parts += [one.value for one in ast.iter_child_nodes(node) if isinstance(one, ast.keyword)]
    for part in parts:
        loads = not isinstance(getattr(part, "ctx", None), ast.Store)
        if depth and loads and part in run.values and _is_open(run.values[part]):
            return _cause(run, part, file, depth - 1)
    return _label(run, node)


def _label(  # noqa: PLR0911 - one kind of an expression each
    run: Recording, node: ast.AST
) -> str:
    match node:
        case ast.Call(func=function):
            callee = run.values.get(function)
            match callee:
                case Library(name=name):
                    return f"function {name}"
                case Method(receiver=receiver, name=name):
                    kind = (
                        getattr(receiver, "name", "") if isinstance(receiver, Thing | Layer) else ""
                    )
                    return f"method {name} of {type(receiver).__name__} {kind}"
                case Layer(name=name):
                    return f"layer {name}"
                case Routine() | Own() | Instance():
                    return "own function or class"
                case Thing(name=name):
                    return f"object {name}"
        case ast.For(iter=iterated):
            value = run.values.get(iterated)
            kind = getattr(value, "name", "")
            return f"loop over {type(value).__name__} {kind}"
        case ast.Subscript():
            value = run.values.get(node.value)
            return f"item of {type(value).__name__} {getattr(value, 'name', '')}"
        case ast.Attribute(value=owner, attr=name):
            return f"attribute {name} of {type(run.values.get(owner)).__name__}"
    return type(node).__name__


# --- the page -------------------------------------------------------------------------------------


def report(every: Mapping[str, list[Coverage]], *, details: bool) -> Iterator[str]:
    yield "# What the dry run knows of programs' shapes"
    yield ""
    yield (
        "`python benchmarks/dry_run_coverage.py`: names bound to tensors when the program is"
        " run. *known*: the dry run has every size; *formed*: the number of axes, and some sizes;"
        " *wrong*: the tensors had other sizes. Nothing of the real run is given to the dry run."
    )
    yield ""
    yield "| set | programs | names | known | formed | wrong | unknown | stopped before the end |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for label, found in every.items():
        if found:
            yield _line(label, found)
    for label, found in every.items():
        if found:
            yield from (
                "",
                f"## {label}",
                "",
                "| program | names | known | formed | wrong | ends |",
                "|---|--:|--:|--:|--:|---|",
            )
            yield from map(_row, found)
    if details:
        yield from (
            f"wrong in {one.name}: {key}"
            for found in every.values()
            for one in found
            for key in one.wrong
        )
    reasons: Counter[str] = sum(
        (one.reasons for found in every.values() for one in found), Counter()
    )
    yield from (
        "",
        "## Why a name is not known",
        "",
        "| names | what the dry run did not know |",
        "|--:|---|",
    )
    yield from (f"| {count} | {reason} |" for reason, count in reasons.most_common(MOST_REASONS))


def _row(one: Coverage) -> str:
    cells = (one.name, one.names, one.known, one.formed, len(one.wrong), one.ending)
    return f"| {' | '.join(map(str, cells))} |"


def _line(label: str, found: list[Coverage]) -> str:
    names = sum(one.names for one in found)
    counts = [
        sum(one.known for one in found),
        sum(one.formed for one in found),
        sum(len(one.wrong) for one in found),
    ]
    cells = [*counts, names - sum(counts)]
    shares = " | ".join(f"{count / max(names, 1):.0%}" for count in cells)
    stopped = sum(one.ending != "end" for one in found)
    return f"| {label} | {len(found)} | {names} | {shares} | {stopped} |"


if __name__ == "__main__":
    main()

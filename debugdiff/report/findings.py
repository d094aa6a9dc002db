"""An explanation for other tools: for editors, for code scanning, and for whoever is asked next."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.files import name_of, to_json
from debugdiff.report.explain import layer_parts, operand_text, sizes_text, source_line
from debugdiff.syntax import split_lines
from debugdiff.visible import shortened, uncoloured, visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Failure, Frame, Operand
    from debugdiff.suspects import Suspect
    from debugdiff.suspects.explaining import Explanation

LONGEST_PROMPT = 12_000
"""Characters; what comes last is cut by whole sections."""

_SUSPECTS = 8
_MESSAGE = 3_000
_AROUND = 3
"""Lines above and below a line that is quoted."""
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "SRCROOT"
"""What relative paths start from; a viewer knows where the checkout lies."""
_HEURISTIC = "Lines that rules on text and shapes suspect, the likeliest first. They may be wrong."
_ERROR_RULE = "exception"


# --- a line each ---------------------------------------------------------------------------------


def render_lines(found: Explanation) -> str:
    """`file:line:column: severity: message [rule]`, the exception first; for editors."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Explanation) -> Iterator[str]:
    failure = found.run.record.failure
    at = _innermost(failure) if failure else None
    if failure and at:
        place = f"{_path(at.file, found)}:{at.line}:{(at.column or 0) + 1}"
        yield f"{place}: error: {_headline(failure)} [{failure.type}]"
    for suspect in found.suspects[:_SUSPECTS]:
        place = f"{_path(suspect.file, found)}:{suspect.line}:{_column(suspect, found)}"
        yield f"{place}: warning: {visible_line(suspect.reason)} [{suspect.rule}]"


def _headline(failure: Failure) -> str:
    message = uncoloured(failure.message).strip().partition("\n")[0]
    return shortened(visible_line(message), 300)


def _innermost(failure: Failure) -> Frame | None:
    return failure.own_frames[-1] if failure.own_frames else None


def _path(file: str, found: Explanation) -> str:
    """A path as short as it may be from here; a cell keeps its name behind that of the notebook."""
    if re.fullmatch(r"In\[\d+\]", file):
        return f"{visible_line(_short(str(found.run.path)))}:{file}"
    return visible_line(_short(_here(file, found)))


def _here(file: str, found: Explanation) -> str:
    """Where a file lies on this machine: a log names it as another one did."""
    name = name_of(file, found.paths)
    return found.paths[name] if name else file


def _short(path: str) -> str:
    here = Path.cwd()
    whole = Path(path)
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else path


def _column(suspect: Suspect, found: Explanation) -> int:
    """Where the code of the line begins."""
    line = source_line(suspect, found)
    return len(line) - len(line.lstrip()) + 1


# --- SARIF ---------------------------------------------------------------------------------------


def render_sarif(found: Explanation) -> str:
    """SARIF 2.1.0 (OASIS, 2020): the exception as an error, suspects as warnings with a rank."""
    results = list(_results(found))
    rules = sorted({result["ruleId"] for result in results})
    driver = {
        "name": "debugdiff",
        "version": __version__,
        "rules": [{"id": rule} for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return to_json({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _results(found: Explanation) -> Iterator[dict[str, Any]]:
    failure = found.run.record.failure
    at = _innermost(failure) if failure else None
    if failure and at:
        yield {
            "ruleId": _ERROR_RULE,
            "level": "error",
            "message": {"text": f"{failure.type}: {_headline(failure)}"},
            "locations": [_location(at.file, at.line, (at.column or 0) + 1, found)],
        }
    for suspect in found.suspects[:_SUSPECTS]:
        yield {
            "ruleId": suspect.rule,
            "level": "warning",
            "message": {"text": visible(suspect.reason)},
            "rank": round(100 * suspect.score, 1),
            "locations": [_location(suspect.file, suspect.line, _column(suspect, found), found)],
        }


def _location(file: str, line: int, column: int, found: Explanation) -> dict[str, Any]:
    path = _short(_here(file, found))
    artifact = (
        {"uri": Path(path).as_uri()}
        if Path(path).is_absolute()
        else {"uri": visible_line(path), "uriBaseId": _BASE}
    )
    region = {"startLine": max(line, 1), "startColumn": max(column, 1)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}}


# --- for whoever is asked next -------------------------------------------------------------------


def render_prompt(found: Explanation) -> str:
    """The evidence as Markdown of at most 12,000 characters, without values of data.

    Of tensors it has shapes and dtypes, of the program the lines around what failed.
    """
    text = ""
    for section in _sections(found):
        if len(text) + len(section) > LONGEST_PROMPT:
            return f"{text}(More sections were left out.)\n"
        text += f"{section}\n"
    return text


def _sections(found: Explanation) -> Iterator[str]:
    record = found.run.record
    yield "# What is wrong with this program?\n"
    if record.failure is not None:
        yield from _crash_sections(found, record.failure)
    else:
        yield "It runs to its end. These checks of its values found something:\n" + _bullets(
            f"{each.sentinel} at {each.site}, from step {each.step}: {each.meaning}"
            for each in found.alarms
        )
    suspects = [_suspect_line(each, found) for each in found.suspects[:_SUSPECTS]]
    yield f"## Suspects\n\n{_HEURISTIC}\n\n{_bullets(suspects)}"
    files = dict.fromkeys(each.file for each in found.suspects[:_SUSPECTS])
    for file in files:
        yield _excerpt(file, found)
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    yield f"## Versions\n\n{versions or 'not known'}\n"
    notes = [*found.notes, "Values of tensors and files that were not loaded are not shown."]
    yield f"## Not looked at\n\n{_bullets(notes)}"


def _crash_sections(found: Explanation, failure: Failure) -> Iterator[str]:
    message = shortened(visible(uncoloured(failure.message)).strip(), _MESSAGE)
    yield f"## The exception\n\n{_fenced(f'{failure.type}: {message}', 'text')}"
    frames = "\n".join(
        f"{_path(each.file, found)}:{each.line} {each.function}: {each.code}"
        for each in failure.own_frames[-_SUSPECTS:]
    )
    yield f"## Frames of the user, the innermost last\n\n{_fenced(frames, 'text')}"
    opened = found.run.record.post_mortem
    if opened is not None and opened.frames:
        held = _tensors(opened.frames[-1].operands)
        yield f"## Tensors in the failing frame\n\n{_bullets(held) or 'none'}"
    if opened is not None and opened.layer is not None:
        name, *called = layer_parts(opened.layer)
        yield f"## Running layer\n\n`{name}`: {'; '.join(called)}\n"
    if found.expected or found.actual:
        yield f"Expected {sizes_text(found.expected)}, came {sizes_text(found.actual)}.\n"


def _tensors(operands: Sequence[Operand]) -> list[str]:
    return [f"`{each.text}`: {operand_text(each)}" for each in operands if each.shape is not None]


def _suspect_line(suspect: Suspect, found: Explanation) -> str:
    return f"{_path(suspect.file, found)}:{suspect.line}: {visible_line(suspect.reason)}"


def _excerpt(file: str, found: Explanation) -> str:
    """The lines around those that are suspected, with their numbers."""
    lines = split_lines(found.sources.get(file, ""))
    wanted: set[int] = set()
    for suspect in found.suspects[:_SUSPECTS]:
        if suspect.file == file:
            wanted |= set(range(suspect.line - _AROUND, suspect.line + _AROUND + 1))
    kept = [number for number in sorted(wanted) if 0 < number <= len(lines)]
    quoted = []
    for before, number in zip([None, *kept], kept, strict=False):
        if before is not None and number > before + 1:
            quoted.append("   ...")
        quoted.append(f"{number:4d}  {visible_line(lines[number - 1].expandtabs(4))}")
    return f"## {_path(file, found)}\n\n{_fenced(chr(10).join(quoted), 'python')}"


def _fenced(text: str, language: str) -> str:
    """A block of code whose fence nothing in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{visible(text)}\n{fence}\n"


def _bullets(items: Sequence[str] | Iterator[str]) -> str:
    return "".join(f"* {visible_line(item)}\n" for item in items)

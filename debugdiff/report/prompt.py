"""An explanation as evidence for whoever is asked next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.explain import layer_parts, operand_text, sizes_text
from debugdiff.report.findings import SUSPECTS, Files
from debugdiff.report.markdown import fenced
from debugdiff.syntax import split_lines
from debugdiff.visible import shortened, uncoloured, visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.model import Failure, Operand
    from debugdiff.suspects import Suspect
    from debugdiff.suspects.explaining import Explanation

LONGEST_PROMPT = 12_000
"""Characters; what comes last is cut by whole sections."""

_MESSAGE = 3_000
_AROUND = 3
"""Lines above and below a line that is quoted."""
_HEURISTIC = "Lines that rules on text and shapes suspect, the likeliest first. They may be wrong."


def _path(file: str, found: Explanation) -> str:
    """A path from here; a cell has its name after that of the notebook."""
    return Files(found.run.path, found.paths).place(file, 1).name


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
    suspects = [_suspect_line(each, found) for each in found.suspects[:SUSPECTS]]
    yield f"## Suspects\n\n{_HEURISTIC}\n\n{_bullets(suspects)}"
    files = dict.fromkeys(each.file for each in found.suspects[:SUSPECTS])
    for file in files:
        yield _excerpt(file, found)
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    yield f"## Versions\n\n{versions or 'not known'}\n"
    notes = [*found.notes, "Values of tensors and files that were not loaded are not shown."]
    yield f"## Not looked at\n\n{_bullets(notes)}"


def _crash_sections(found: Explanation, failure: Failure) -> Iterator[str]:
    message = shortened(visible(uncoloured(failure.message)).strip(), _MESSAGE)
    yield f"## The exception\n\n{fenced(f'{failure.type}: {message}', 'text')}\n"
    frames = "\n".join(
        f"{_path(each.file, found)}:{each.line} {each.function}: {each.code}"
        for each in failure.own_frames[-SUSPECTS:]
    )
    yield f"## Frames of the user, the innermost last\n\n{fenced(frames, 'text')}\n"
    opened = found.run.record.post_mortem
    if opened is not None and opened.frames:
        held = _tensors(opened.frames[-1].operands)
        yield f"## Tensors in the failing frame\n\n{_bullets(held) or 'none'}"
    if opened is not None and opened.layer is not None:
        name, *called = layer_parts(opened.layer)
        yield f"## Running layer\n\n`{name}`: {'; '.join(called)}\n"
    if found.expected or found.actual:
        yield f"Expected {sizes_text(found.expected)}, got {sizes_text(found.actual)}.\n"


def _tensors(operands: Sequence[Operand]) -> list[str]:
    return [f"`{each.text}`: {operand_text(each)}" for each in operands if each.shape is not None]


def _suspect_line(suspect: Suspect, found: Explanation) -> str:
    return f"{_path(suspect.file, found)}:{suspect.line}: {visible_line(suspect.reason)}"


def _excerpt(file: str, found: Explanation) -> str:
    """The lines around those that are suspected, with their numbers."""
    lines = split_lines(found.sources.get(file, ""))
    wanted: set[int] = set()
    for suspect in found.suspects[:SUSPECTS]:
        if suspect.file == file:
            wanted |= set(range(suspect.line - _AROUND, suspect.line + _AROUND + 1))
    kept = [number for number in sorted(wanted) if 0 < number <= len(lines)]
    quoted = []
    for before, number in zip([None, *kept], kept, strict=False):
        if before is not None and number > before + 1:
            quoted.append("   ...")
        quoted.append(f"{number:4d}  {visible_line(lines[number - 1].expandtabs(4))}")
    return f"## {_path(file, found)}\n\n{fenced(chr(10).join(quoted), 'python')}\n"


def _bullets(items: Sequence[str] | Iterator[str]) -> str:
    return "".join(f"* {visible_line(item)}\n" for item in items)

"""Guess the line in a browser: one HTML file that loads nothing, for practice or to be graded.

A practice page holds the worked localisation sealed (see `sealing`): a right line opens it, and
so does a password that the page itself uses after three guesses. So its source does not show the
answer at a glance, and whoever works at it gets it. A graded page holds no answer and no key.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Size
from debugdiff.source.lines import line_map
from debugdiff.syntax import split_lines
from debugdiff.teach.explaining import explain
from debugdiff.teach.instructions import seen_of
from debugdiff.teach.localising import right_places
from debugdiff.teach.model import PROGRAM
from debugdiff.teach.printed import printed
from debugdiff.teach.sealing import seal
from debugdiff.teach.views import VALUE_COLUMNS, clean, value_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Record
    from debugdiff.teach.explaining import Observed
    from debugdiff.teach.model import Course, Exercise

_TEMPLATES = Path(__file__).parent.parent / "templates" / "page"
_CODE = re.compile(r"`([^`]+)`")


def practice_page(exercise: Exercise, observed: Observed) -> str:
    """Three guesses, then the worked localisation, of what `Judge.observe` saw."""
    facts = json.dumps(asdict(explain(exercise, observed)))
    passwords = [f"{exercise.id}:{line}" for line in right_lines(exercise)]
    sealed = json.dumps(seal(facts, [*passwords, f"{exercise.id}:after three guesses"]))
    section = _section(exercise, observed.broken, observed.watched, sealed)
    return _page("practice", _title(exercise), section)


def graded_page(course: Course, given: Sequence[tuple[Exercise, Record, Record]]) -> str:
    """Exercises, each with its run and the same with layer probes; it says no verdict.

    The learner downloads `answers.json`.
    """
    sections = "".join(_section(*each) for each in given)
    return _page("graded", course.title, _read("task.html") + sections, course.name)


def right_lines(exercise: Exercise) -> tuple[int, ...]:
    """Every line of a statement where the fault can be put right."""
    source = exercise.mutant.source
    statement = line_map(source).statement
    right = {place.line for place in right_places(exercise)}
    count = len(split_lines(source))
    return tuple(line for line in range(1, count + 1) if statement.get(line, line) in right)


def _page(kind: str, title: str, sections: str, course: str = "") -> str:
    style, script = _read("page.css"), _read("page.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )
    submit = _read("submit.html") if kind == "graded" else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="UTF-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n"
        f'<body data-kind="{kind}" data-course="{escape(course)}">\n<main>\n'
        f"<h1>{escape(title)}</h1>\n{sections}{submit}</main>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _section(exercise: Exercise, broken: Record, watched: Record, sealed: str = "") -> str:
    story = " ".join(exercise.bug.story.split())
    level, control = ("h2", "radio") if sealed else ("h3", "checkbox")
    heading = "" if sealed else f"<h2>{escape(_title(exercise))}</h2>\n"
    action = _read("guess.html" if sealed else "because.html")
    return (
        f'<section data-exercise="{exercise.id}" data-sealed="{escape(sealed)}">\n'
        f"{heading}<p>{_prose(exercise.case.task)}</p>\n"
        f"<p>{_prose(f'{seen_of(exercise)} {story}')} There is one fault. It is in"
        f" <code>{PROGRAM}</code>.</p>\n"
        f"<{level}>What a run shows</{level}>\n"
        f"{_shown(broken)}"
        f"{'' if broken.failure else _values(watched)}"
        f"<fieldset>\n<legend>{PROGRAM}: which line is wrong?</legend>\n"
        f"<ol>{_lines(exercise, control)}</ol>\n</fieldset>\n{action}</section>\n"
    )


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _title(exercise: Exercise) -> str:
    return f"Exercise {exercise.number}: {exercise.case.title}"


def _lines(exercise: Exercise, control: str) -> str:
    lines = enumerate(split_lines(exercise.mutant.source), 1)
    return "".join(f"<li>{_line(exercise, control, *each)}</li>\n" for each in lines)


def _line(exercise: Exercise, control: str, number: int, text: str) -> str:
    """A line with its control; an empty one cannot be chosen."""
    code = text.lstrip()
    indent = escape(text[: len(text) - len(code)])
    # Apart, so that the rest of a long line goes on below its beginning and not at the margin.
    program = f"<code><span>{indent}</span><span>{escape(code)}</span></code>"
    shown = f'<span class="number">{number}</span> {program}'
    if not text.strip():
        return f'<div class="line">{shown}</div>'
    chosen = f'<input type="{control}" name="{exercise.id}" value="{number}">'
    return f'<label class="line">{chosen}{shown}</label>'


def _values(watched: Record) -> str:
    """What the layers held in the last step: of a silent fault there is little else to see."""
    rows = value_rows(watched)
    head = "".join(f'<th scope="col">{name}</th>' for name in VALUE_COLUMNS)
    body = "".join(
        f'<tr><th scope="row">{escape(clean(site))}</th>'
        f"{''.join(f'<td>{escape(clean(each))}</td>' for each in rest)}</tr>\n"
        for site, *rest in rows
    )
    table = (
        f"<table>\n<caption>Layers in the last step, --size {Size.TINY}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n"
        f"<tbody>{body}</tbody>\n</table>\n"
    )
    return _scrolled("Values", table) if rows else ""


def _shown(broken: Record) -> str:
    """A run as a reader of the page sees it: a traceback keeps its lines, the rest may wrap."""
    frames, message = _parted(printed(broken))
    traceback = _scrolled("Traceback", f"<pre>{escape(frames)}</pre>") if frames else ""
    return f'{traceback}<pre class="message">{escape(message)}</pre>\n'


def _parted(text: str) -> tuple[str, str]:
    """The frames of a traceback and its message; the frames of another text are empty."""
    lines = text.splitlines()
    frames = [at for at, line in enumerate(lines) if line.startswith('  File "')]
    first = frames[-1] if frames else 0
    end = next((at for at in range(first, len(lines)) if not lines[at][:1].isspace()), first)
    return "\n".join(lines[:end]), "\n".join(lines[end:])


def _scrolled(name: str, content: str) -> str:
    """What may be wider than the page, and scrolls by keyboard, too."""
    return f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">\n{content}</div>\n'


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

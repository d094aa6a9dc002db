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

from debugdiff.source.lines import line_map
from debugdiff.teach.instructions import seen_of
from debugdiff.teach.localising import right_places
from debugdiff.teach.model import PROGRAM
from debugdiff.teach.sealing import seal
from debugdiff.teach.views import clean, figures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import Record
    from debugdiff.teach.explaining import WorkedLocalisation
    from debugdiff.teach.model import Exercise

_TEMPLATES = Path(__file__).parent.parent / "templates" / "page"
_FOLDER = re.compile(r'(?<![\w.<])(?:/[^/\s"\']+)+/(?=[^/\s"\']+)')


def practice_page(exercise: Exercise, localisation: WorkedLocalisation, broken: Record) -> str:
    """Three guesses, then the worked localisation; `broken` is the run that a learner sees."""
    facts = json.dumps(asdict(localisation))
    passwords = [f"{exercise.id}:{line}" for line in right_lines(exercise)]
    sealed = json.dumps(seal(facts, [*passwords, f"{exercise.id}:after three guesses"]))
    return _page("practice", exercise.case.title, _section(exercise, broken, "radio", sealed))


def graded_page(course: str, given: Sequence[tuple[Exercise, Record]]) -> str:
    """Exercises with their runs; the learner downloads `answers.json`. It says no verdict."""
    sections = "".join(_section(exercise, broken, "checkbox") for exercise, broken in given)
    return _page("graded", course, sections, course)


def right_lines(exercise: Exercise) -> tuple[int, ...]:
    """Every line of a statement where the fault can be put right."""
    source = exercise.mutant.source
    statement = line_map(source).statement
    right = {place.line for place in right_places(exercise)}
    count = len(source.splitlines())
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


def _section(exercise: Exercise, broken: Record, control: str, sealed: str = "") -> str:
    story = " ".join(exercise.bug.story.split())
    action = (
        '<button type="button" class="guess">Guess this line</button>'
        if control == "radio"
        else '<p><label>Why? <input class="because" type="text" autocomplete="off"></label></p>'
    )
    return (
        f'<section data-exercise="{exercise.id}" data-sealed="{escape(sealed)}">\n'
        f"<h2>Exercise {exercise.number}: {escape(exercise.case.title)}</h2>\n"
        f"<p>{escape(exercise.case.task)} {escape(seen_of(exercise))} {escape(story)}</p>\n"
        f"<h3>What the run says</h3>\n<pre>{escape(_end(broken))}</pre>\n"
        f"<fieldset>\n<legend>{PROGRAM}: which line is wrong?</legend>\n"
        f"<ol>{_lines(exercise, control)}</ol>\n</fieldset>\n{action}\n"
        '<div class="answer" role="status" aria-live="polite"></div>\n</section>\n'
    )


def _lines(exercise: Exercise, control: str) -> str:
    return "".join(
        f'<li><label><input type="{control}" name="{exercise.id}" value="{number}">'
        f'<span class="number">{number}</span> <code>{escape(line)}</code></label></li>\n'
        for number, line in enumerate(exercise.mutant.source.splitlines(), 1)
    )


def _end(broken: Record) -> str:
    """The traceback as printed, without folders; else warnings and figures."""
    if broken.failure is not None:
        text = broken.failure.text
    else:
        warnings = [each.message.strip() for each in broken.warnings]
        text = "\n".join(["It runs through.", *warnings, figures_of(broken.metrics).plain])
    return _FOLDER.sub("", clean(text))


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

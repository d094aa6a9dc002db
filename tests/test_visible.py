"""One exit: nothing that a terminal would obey, or that is hidden, leaves through any renderer."""

from __future__ import annotations

import dataclasses
import io
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from report_samples import BUGS, report

from debugdiff.bugs import load_operators, shipped_bugs
from debugdiff.campaign.bug_story import BugStory
from debugdiff.campaign.checks import CheckLine
from debugdiff.campaign.doctor import DoctorLine
from debugdiff.cases import load_case, shipped_cases
from debugdiff.cli import bug_views, case_views, views
from debugdiff.cli.console import print_error, say
from debugdiff.cli.progress import Lines, OnTerminal, _bar
from debugdiff.errors import DebugdiffError
from debugdiff.inject.roles import roles_of
from debugdiff.model import Alarm, Location, ParityStage, SitePlace, Stack, ValueKind
from debugdiff.parity import CaseParity, PairParity, ParityLine
from debugdiff.report import catalogue, diff, effects, explain, harm, metrics, parity, roles, trace
from debugdiff.report import json as json_report
from debugdiff.report import show as show_report
from debugdiff.report import table as table_report
from debugdiff.report.page import Page
from debugdiff.report.text import Console
from debugdiff.run_diff import Phase, RunDiff
from debugdiff.run_diff.results import Difference
from debugdiff.run_diff.results import SuspectSite as PartingSuspect
from debugdiff.score.effects import Effect, EffectMatrix, MatrixProgram, Row
from debugdiff.score.harm import Harm, HarmLine, HarmStudy, HarmVerdict, Start
from debugdiff.score.tracing import trace_of
from debugdiff.scripts import ScriptRequest, run_script
from debugdiff.suspects.explaining import Explanation, explanation_of
from debugdiff.verdict import shipped_held_out
from debugdiff.visible import uncoloured, visible, visible_line

HIDDEN = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and chr(code) not in "\n\t"
]
OURS = re.compile(r"\x1b\[[\d;]*m")
"""The colours that debugdiff writes itself on a terminal that has them."""
SPOILT = (
    "\x1b[31mred\x1b]0;title\x07 \x1b]8;;http://evil.example\x1b\\link \x9b2J \u202ebidi\u202c"
    " zero\u200bwidth\0 a\rb\bc\x0bd\x85e\u2028f\ud800g\udcff \ufffe ]]> </title> {x} [b]&"
)
hidden_texts = st.text(st.sampled_from(HIDDEN) | st.characters(), min_size=1, max_size=30)


@given(hidden_texts)
@example(SPOILT)
def test_what_is_visible_stays_so_and_is_not_changed_again(text: str) -> None:
    seen = visible(text)
    assert not set(seen) & set(HIDDEN)
    assert visible(seen) == seen
    assert len(visible_line(text).splitlines()) <= 1


def test_every_hidden_character_shows_and_letters_of_all_scripts_stay() -> None:
    assert [visible(each) for each in HIDDEN if visible(each) == each] == []
    assert visible("über ελληνικά 日本語 עברית é\u0301 👍\ufe0f \ufffd\n\tx") == (
        "über ελληνικά 日本語 עברית é\u0301 👍\ufe0f \ufffd\n\tx"
    )
    assert visible("\x1b[1m\u202ex\u2028\r\n\udcff") == r"\x1b[1m<U+202E>x<U+2028>" + "\n\\xff"
    assert uncoloured("\x1b[1mbold\x1b[0m \x1b[2J") == "bold \x1b[2J"


# --- everything that renders ---------------------------------------------------------------------


def spoilt(value: Any, text: str) -> Any:
    """A value of the model with a text behind every text in it."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return value + text
    if isinstance(value, Path):
        return Path(f"{value}{text.replace('/', '')}")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (each for each in dataclasses.fields(value) if each.init)
        changes = {each.name: spoilt(getattr(value, each.name), text) for each in fields}
        return dataclasses.replace(value, **changes)
    if isinstance(value, Mapping):
        return {spoilt(key, text): spoilt(each, text) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        parts = [spoilt(each, text) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


SCRIPT = """
import torch
from torch import nn

net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(2):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(torch.rand(3, 4)), torch.tensor([0, 1, 1])).backward()
    optimizer.step()
nn.Linear(9, 2)(net(torch.rand(3, 4)))
"""
PLACE = SitePlace(site="head", kind="Linear", made=Location(file="a.py", line=3))


@pytest.fixture(scope="module")
def explanation(tmp_path_factory: pytest.TempPathFactory) -> Explanation:
    path = tmp_path_factory.mktemp("script") / "train.py"
    path.write_text(SCRIPT)
    found = explanation_of(run_script(ScriptRequest(path=path, post_mortem=True)))
    alarm = Alarm(
        sentinel="dead",
        site="head",
        kind=None,
        step=1,
        value=1.0,
        threshold=0.5,
        meaning="all zero",
        source="a paper",
    )
    return dataclasses.replace(found, alarms=(alarm,))


def parting(found: Explanation) -> RunDiff:
    difference = Difference(
        site="head",
        kind=ValueKind.FORWARD,
        step=0,
        call=0,
        phase=Phase.FORWARD,
        order=0,
        relative=0.5,
        largest=1.0,
        what="the values",
    )
    suspect = PartingSuspect(
        rank=1,
        site="head",
        step=0,
        difference=difference,
        growth=1.0,
        good=PLACE,
        bad=PLACE,
        reason="it parts",
    )
    return RunDiff(
        good=found.run.record,
        bad=found.run.record,
        compared=3,
        differing=1,
        first={Phase.FORWARD: difference},
        suspects=(suspect, dataclasses.replace(suspect, rank=2)),
        only_good=("a",),
        only_bad=("b",),
        notes=("a note",),
    )


LINE = ParityLine(
    stage=ParityStage.FORWARD, site="head", part="weights", error=1.0, tolerance=0.1, passed=False
)
PARITY = CaseParity(
    case="case",
    reference="pytorch",
    parameters={"pytorch": 5, "keras": 5},
    pairs=(PairParity(left="pytorch", right="keras", lines=(LINE,)),),
    initial={"pytorch": {("head", "weights"): 0.1}},
    unchecked=("a sentence",),
)
FIRST = shipped_cases()[0]
PROGRAMS = tuple(
    MatrixProgram(case="case", name=each.name, framework=each.framework)
    for each in FIRST.implementations
)
MATRIX = EffectMatrix(
    environment=report().environment,
    programs=PROGRAMS,
    rows=(
        Row(
            bug="loss/one",
            effects={each.key: Effect.SILENT for each in PROGRAMS},
            runs={each.key: "" for each in PROGRAMS},
        ),
    ),
    trials=1,
    program_seconds=1.0,
)
STUDY = HarmStudy(
    lines=tuple(
        HarmLine(
            case="case",
            bug=BUGS[0].id,
            implementation=each.name,
            framework=each.framework,
            stack=Stack.PYTORCH,
            start=Start.OWN,
            metric="accuracy",
            seeds=3,
            harm=Harm(verdict=HarmVerdict.NOT_JUDGED, reason="too few"),
        )
        for each in FIRST.implementations
    ),
    trials=1,
    not_run={"id": "no reason"},
    unshared={"case": "no weights"},
)
SUBJECTS = [
    show_report.Subject(program=program, run=run, result=run.result)
    for program in report().programs
    for run in (*program.runs, *program.attempts)
][::8]
BUG = shipped_bugs()[0]

Rendering = Callable[[Page], str]


def renderings(explained: Explanation, text: str) -> dict[str, Rendering]:
    """What every command would print, with a text in all that comes from outside."""
    bug = spoilt(BUG, text)
    story = BugStory(bug=bug, tellings=())
    checks = [CheckLine(subject="s" + text, check="c" + text, passed=False, detail=text)]
    doctor = [DoctorLine(name="n" + text, found=False, detail=text, hint=text)]
    study = spoilt(STUDY, text)
    case = dataclasses.replace(
        spoilt(dataclasses.replace(FIRST, helpers={}), text),
        implementations=tuple(
            dataclasses.replace(spoilt(each, text), source=f"{each.source}# \x1b[2J\u202e\u200b\n")
            for each in FIRST.implementations
        ),
    )
    program = roles.ProgramRoles(
        name="case/a" + text, file="a.py" + text, roles=roles_of(FIRST.implementations[0])
    )
    broken = dataclasses.replace(program, roles=None, problem=text)
    files = [metrics.FileMetrics(path="a.py" + text, metrics=None, problem=text)]
    matrix, found, whole = (spoilt(each, text) for each in (MATRIX, explained, report()))
    subjects = [spoilt(each, text) for each in SUBJECTS]
    return {
        "report": lambda page: table_report.render(whole, page),
        **{
            f"show {number}": lambda page, shown=each: show_report.render(shown, page)
            for number, each in enumerate(subjects)
        },
        "explain": lambda page: explain.render(found, page, full=True),
        "trace": lambda page: trace.render(spoilt(trace_of(explained.run), text), page),
        "diff": lambda page: diff.render(spoilt(parting(explained), text), (text, text), page),
        "harm": lambda page: harm.render(study, [bug], page),
        "parity": lambda page: parity.render([spoilt(PARITY, text)], page, every_line=True),
        "effects": lambda page: effects.render(matrix, page),
        "effects page": lambda page: effects.render_page(matrix),
        "catalogue": lambda page: catalogue.render([bug], load_operators(), shipped_held_out()),
        "metrics": lambda page: metrics.render(files, page),
        "roles": lambda page: roles.render([program, broken], page),
        "cases": lambda page: case_views.cases_table([case], page),
        "case": lambda page: case_views.case_page(case, (), page),
        "bugs": lambda page: views.bugs([bug], page),
        "story": lambda page: bug_views.story(story, page),
        "checks": lambda page: views.checks(checks, page),
        "doctor": lambda page: views.doctor(doctor, page),
        "json": lambda page: json_report.render(whole, page),
        "json of explain": lambda page: explain.render_json(found),
    }


PAGES = (Page(width=80), Page(width=100, colour=True), Page().of("text"))
PICTURES = (Page().of("svg"), Page().of("html"))


OWN_CODE = re.compile(r"(?s)(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)")
ELEMENTS = {
    *("DOCTYPE", "html", "head", "meta", "link", "title", "style", "body", "main", "article"),
    *("footer", "script", "h1", "h2", "h3", "h4", "p", "div", "section", "pre", "code", "span"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "button", "details", "summary"),
    *("svg", "path", "dl", "dt", "dd", "a", "mark", "strong"),
}


def hidden_in(text: str) -> set[str]:
    return set(OURS.sub("", text)) & {*HIDDEN, "\ufffe", "\uffff"}


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=hidden_texts)
@example(text=SPOILT)
def test_nothing_hidden_leaves_any_renderer(explanation: Explanation, text: str) -> None:
    for name, render in renderings(explanation, text).items():
        for page in PAGES:
            written = render(page)
            assert hidden_in(written) == set(), (name, page.medium)
            written.encode()


@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=hidden_texts)
@example(text=SPOILT)
def test_pictures_are_xml_and_pages_have_no_element_of_a_program(
    explanation: Explanation, text: str
) -> None:
    for name, render in renderings(explanation, text).items():
        svg, html = (render(page) for page in PICTURES)
        assert hidden_in(svg + html) == set(), name
        if name not in {"json", "json of explain", "effects page", "catalogue"}:
            ET.fromstring(svg)
            foreign = OWN_CODE.sub("", html)
            elements = set(re.findall(r"<\s*([a-zA-Z/!]\w*)", foreign))
            assert {each.strip("/!") for each in elements} <= ELEMENTS, name


def test_a_name_with_braces_is_no_format(tmp_path: Path) -> None:
    page = Page().of("html").write("x", title="a{b}.py </title><script>")
    assert "<title>a{b}.py &lt;/title&gt;&lt;script&gt;</title>" in page


# --- what is said beside the results -------------------------------------------------------------


def test_sentences_errors_and_progress_hide_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"Wrote {SPOILT}.")
    print_error(DebugdiffError(f"`{SPOILT}` is wrong.", hint=f"{SPOILT}\n{SPOILT}", slug="x"))
    assert hidden_in(capsys.readouterr().err) == set()
    run = spoilt(report().programs[0].runs[0], f"\n{SPOILT}")
    for terminal in (False, True):
        written = io.StringIO()
        console = Console(file=written, soft_wrap=True, force_terminal=terminal)
        bar = OnTerminal(_bar(console), verbose=True)
        for progress in (Lines(console, quiet=False, verbose=True), bar):
            progress.start(1, 0)
            progress.advance(run.result)
            progress.message(SPOILT)
        assert hidden_in(written.getvalue()) == set()
        assert len([line for line in written.getvalue().splitlines() if "clean" in line]) == 2


def test_html_in_the_text_of_a_bug_stays_text_on_the_catalogues_page() -> None:
    bug = spoilt(BUG, " <script>x</script> | <img src=x>")
    page = catalogue.render([bug], (), shipped_held_out())
    assert "<script" not in page
    assert "&lt;script>x&lt;/script> \\| &lt;img" in page


def test_an_undeclared_folder_with_a_spoilt_name_still_renders(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31m\udcff\u202e"
    folder.mkdir()
    (folder / "b\x1b[2J\udcfe.py").write_text("import torch\nx = 1\n")
    case = load_case(folder)
    assert "a\\x1b[31m\\xff<U+202E>" in case_views.cases_table([case], Page(width=200))

"""The report as one HTML file: what is in it, what a browser makes of it, what it keeps out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chromium import CHROMIUM, Browser, Page, chromium
from report_samples import changed, report, with_record
from test_visible import SPOILT, hidden_in, spoilt

from debugdiff.compare import comparisons
from debugdiff.compare.contrasts import contrasts
from debugdiff.compare.standings import standings
from debugdiff.model import Failure, Interval, ProgramRun, Report, Size, SpeedPart, Way
from debugdiff.report import Format, Table, render, show
from debugdiff.report import speed as speed_page
from debugdiff.report import verdict as verdict_page
from debugdiff.report.html import packing
from debugdiff.report.html.matrix import LEVELS
from debugdiff.report.html.scripts import run_page
from debugdiff.report.page import Page as Paper
from debugdiff.report.show import subject_of_pair
from debugdiff.speed import ArmSummary, Machine, SpeedStudy, SpeedTable
from debugdiff.verdict import ClaimOutcome, ClaimVerdict, read_claims, review_claims
from debugdiff.verdict.estimating import Pair, Specification

in_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
TEMPLATES = Path(packing.__file__).parent / "templates"
BUG = "bug/shape/classes-off-by-one"


def compared(of: Report) -> Report:
    """The same with what a campaign compares."""
    found = comparisons(of.programs)
    return replace(
        of,
        comparisons=found,
        standings=standings(of.programs, found),
        contrasts=contrasts(of.programs),
    )


def html(of: Report) -> str:
    return render(of, Format.HTML, Paper())


def pages(text: str) -> dict[str, str]:
    """The packed pages of a file, as its script opens them."""
    packed = re.search(r'id="packed">([^<]+)<', text)
    assert packed
    opened = gzip.decompress(base64.b64decode(packed[1])).decode()
    index, _, lines = opened.partition("\n\n")
    known = lines.split("\n")
    found = {}
    for line in index.split("\n"):
        name, _, ranges = line.partition("\t")
        starts = [tuple(map(int, part.split("+"))) for part in ranges.split(" ")]
        found[name] = "\n".join("\n".join(known[at : at + count]) for at, count in starts)
    return found


@pytest.fixture(scope="module")
def sample() -> Report:
    return compared(report())


@pytest.fixture(scope="module")
def written(sample: Report) -> str:
    return html(sample)


# --- the file ------------------------------------------------------------------------------------


def test_lines_that_pages_share_are_kept_once_and_every_page_comes_back() -> None:
    made = {"a": "x\ny\nx\n\nz", "b": "y\nx\n\nz\n", "empty": ""}
    packed = packing.packed(made.items())
    assert pages(f'<script id="packed">{packed}</script>') == made
    assert gzip.decompress(base64.b64decode(packed)).decode().count("z") == 1


def test_the_pages_of_a_report(sample: Report, written: str) -> None:
    claims = [f"claim/{claim.id}" for claim in read_claims(review_claims())]
    bugs = [f"bug/{bug.id}" for bug in sample.bugs]
    others = ["tables", "claims", *claims, "speed", "method"]
    of_bugs = [each for bug in bugs for each in (bug, f"{bug}/gru_sentiment")]
    assert list(pages(written)) == ["matrix", *of_bugs, *others]
    only = pages(render(sample, Format.HTML, Paper(), (Table.ANSWERS,)))
    assert list(only) == others


def test_claims_are_decided_by_the_report_alone(written: str) -> None:
    found = pages(written)
    assert "Decided from 1 case, which this report has." in found["claims"]
    assert 'href="#claim/fit-is-shorter"' in found["claims"]
    claim = "claim/keras-hides-the-line"
    assert "Fewer than two bugs have both sides measured" in found[claim]
    assert pages(html(compared(many(report(), 3))))[claim].count("<svg") > 3, "a forest plot"


def test_the_answer_has_every_figure_of_the_first_screen(sample: Report, written: str) -> None:
    first = written.partition("<article")[2].partition("</article>")[0]
    rows = re.findall(r'<tr><th scope="row">(\w+)</th><td class="plot">(<svg.*?)</tr>', first)
    shown = [
        one
        for one in sample.standings
        if any(each.units for each in sample.standings if each.dimension is one.dimension)
    ]
    assert [name for name, _ in rows] == [one.implementation for one in shown]
    for one, (_, cells) in zip(shown, rows, strict=True):
        assert (one.figure is None) == ('class="fill"' not in cells)
        assert f">{one.units} " in cells


def test_a_bugs_page_has_both_programs_the_change_the_traceback_and_each_reason(
    sample: Report, written: str
) -> None:
    page = pages(written)[f"{BUG}/gru_sentiment"]
    text = re.sub(r"<[^>]+>", "", page)
    assert page.index("<h2>PyTorch</h2>") < page.index("<h2>Keras</h2>")
    assert '<span class="added">+        self.head = nn.Linear(64, 1)' in page
    assert '<mark class="use" data-mark="use">  File &#34;pytorch.py&#34;, line 14' in page
    assert '<mark class="use">    return self.head(states[:, -1])</mark>' in page
    assert "/home/someone" not in page
    attempts = [each for each in sample.attempts if f"bug/{each.bug.id}" == BUG]
    for attempt in attempts:
        assert attempt.failure is not None
        for line in attempt.failure.message.splitlines():
            assert (
                line.replace("/home/someone/cases/gru_sentiment/", "").replace('"', "&#34;") in text
            )
        for score in attempt.scores:
            assert score.explanation in text


def test_interim_values_have_a_curve_and_the_same_figures_in_a_table(written: str) -> None:
    page = pages(written)["bug/loss/softmax-before-logits-loss/gru_sentiment"]
    assert page.count('<svg class="curve"') == page.count('<th scope="row" rowspan="2">') > 0
    assert 'aria-label="embedding over 1 steps"' in page
    assert "not finite" in page


def test_only_our_style_and_script_may_run_and_nothing_is_loaded(written: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', written)
    assert policy
    allowed = unescape(policy[1])
    for tag in ("style", "script"):
        parts = re.findall(f"<{tag}>(.*?)</{tag}>", written, re.DOTALL)
        hashes = [
            base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in parts
        ]
        assert [f"{tag}-src 'sha256-{each}'" in allowed for each in hashes] == [True]
    assert "unsafe" not in allowed
    assert "default-src 'none'" in allowed


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_hostile_texts_are_text_on_every_page() -> None:
    hostile = f" {SPOILT} <script>document.title='x'</script><img src=x onerror=alert(1)>\"'"
    sample = compared(report())
    text = html(spoilt(sample, hostile))
    plain = html(sample)
    head, _, _ = text.partition('<script type="text/plain"')
    for name, page in {"file": head, **pages(text)}.items():
        assert hidden_in(page) == set(), name
        for tag, attributes in Elements(page).found:
            assert tag not in {"img", "iframe", "object", "link"} or name == "file", name
            assert not [each for each in attributes if each.startswith("on")], name
            assert "style" not in attributes, name
            link = attributes.get("href") or "#"
            assert link.startswith(("#", "https://", "data:,")), link
    assert Elements(head).found[:8] == Elements(plain.partition('<script type="text')[0]).found[:8]


def test_two_megabytes_of_message_and_a_lone_surrogate_are_cut_and_written() -> None:
    long = Failure(
        type="ValueError",
        bases=(),
        message="\ud800]]>" * 400_000,
        text="\0\x1b[2J\ud800" * 400_000,
        frames=(),
        chain=(),
    )

    def longer(run: ProgramRun) -> ProgramRun:
        told = run.implementation.name == "pytorch" and run.failure
        return with_record(run, failure=long) if told else run

    text = html(compared(changed(report(), attempt=longer)))
    assert len(text) < 400_000
    assert "characters left out" in pages(text)[f"{BUG}/gru_sentiment"]
    text.encode()


def test_a_report_without_anything_in_it_says_what_to_do() -> None:
    text = html(Report(environment=report().environment, cases=(), bugs=()))
    assert "Nothing was measured that can be compared." in text
    found = pages(text)
    assert "No bug was tried." in found["matrix"]
    assert "Decided from 0 cases" in found["claims"]
    assert "debugdiff verdict" in found["claims"]


def many(of: Report, times: int) -> Report:
    """The same with each bug so many times, under other names and with other reasons."""
    bugs = tuple(replace(bug, id=f"{bug.id}-{n}") for n in range(times) for bug in of.bugs)
    programs = tuple(
        replace(
            program,
            attempts=tuple(
                replace(
                    each,
                    bug=replace(each.bug, id=f"{each.bug.id}-{n}"),
                    scores=tuple(
                        replace(score, explanation=f"{score.explanation} It is number {n}.")
                        for score in each.scores
                    ),
                )
                for n in range(times)
                for each in program.attempts
            ),
        )
        for program in of.programs
    )
    return replace(of, bugs=bugs, programs=programs)


def test_what_is_repeated_takes_little_room(sample: Report, written: str) -> None:
    """A bug more costs the lines that no other one has, a tenth of its pages at most."""
    times = 20
    text = html(many(sample, times))
    new = (len(text) - len(written)) / (times * len(sample.bugs))
    whole = sum(map(len, pages(written).values())) / len(sample.bugs)
    assert new < whole / 10
    assert len(text) < 400_000


# --- other pages ---------------------------------------------------------------------------------


def test_a_bug_alone_has_every_program_of_its_case(sample: Report) -> None:
    attempt = next(each for each in sample.attempts if f"bug/{each.bug.id}" == BUG)
    subject = subject_of_pair(sample, attempt.implementation.name, attempt.bug.id)
    assert subject is not None
    page = show.render(subject, Paper().of("html"))
    assert attempt.bug.title in page
    assert page.count('<div class="program"') == len(sample.programs)
    assert 'id="packed"' not in page


def of_claim(effects: list[float], size: str) -> Specification:
    pairs = [Pair(f"case{number}", f"case{number}", each) for number, each in enumerate(effects)]
    return Specification.of({"size": size}, pairs, share=False)


@pytest.fixture(scope="module")
def verdicts() -> list[ClaimVerdict]:
    claims = read_claims(review_claims())
    measured = next(each for each in claims if each.measure)
    untested = next(each for each in claims if each.not_tested)
    specs = (of_claim([-0.5, -0.3, -0.4], "lines"), of_claim([0.1, 0.2, 0.5], "volume"))
    reason = (untested.not_tested,)
    return [
        ClaimVerdict(claim=measured, outcome=ClaimOutcome.UNDECIDED, specifications=specs),
        ClaimVerdict(claim=untested, outcome=ClaimOutcome.NOT_TESTABLE, reasons=reason),
    ]


def test_a_claim_has_a_plot_and_a_table_of_its_cases_and_of_its_analyses(
    verdicts: list[ClaimVerdict],
) -> None:
    text = verdict_page.render(verdicts, Paper().of("html"))
    first, other = pages(text).values()
    for number in range(3):
        assert f'<th scope="row">case{number}</th><td class="plot"><svg class="bar"' in first
    assert first.count("<circle") == 2
    assert ">volume</text>" in first
    assert "x0.67" in first
    assert "(the claim's own)" in first
    assert verdicts[1].claim.not_tested.split(".")[0] in unescape(other)
    assert verdict_page.render_one(verdicts[0], Paper().of("html")).count("<circle") == 2


def test_speed_has_a_bar_for_each_arm_in_each_part_that_was_timed() -> None:
    steady = {SpeedPart.STEADY: Interval(value=0.002, low=0.001, high=0.003)}
    laps = {SpeedPart.STEADY: Interval(value=0.002)}
    arms = [
        ArmSummary(way=way, implementation="p", processes=6, wall=steady, processor=laps)
        for way in (Way.EAGER, Way.FIT)
    ]
    table = SpeedTable(case="c", size=Size.TINY, batch_size=0, arms=tuple(arms), absent={})
    machine = Machine(
        debugdiff="1", processor="a chip", processors=2, platform="x", cores=(), versions={}
    )
    study = SpeedStudy(
        machine=machine,
        tables=(table,),
        processes=6,
        steps=5,
        warm_up=1,
        left_out={},
        not_measured=(),
        busy=1.0,
        citable=False,
    )
    text = speed_page.render(study, Paper().of("html"))
    assert text.count('<svg class="bar"') == text.count('figure">2.00 ms<') == 2
    assert "Not to be cited" in text
    assert 'd="M66.7 8.0H200.0"' in text  # from a third of the scale to its end


def test_a_comparison_of_two_runs_has_both_curves_on_one_scale() -> None:
    attempt = next(each for each in report().attempts if each.layers and each.clean.result)
    assert attempt.layers is not None
    text = run_page("x", [], attempt.layers.record, beside=attempt.layers.record, names=("a", "b"))
    assert '<path class="clean" d="M3 14h.1"/><path class="bug" d="M3 14h.1"/>' in text
    assert '<span class="key clean"></span>a <span class="key bug"></span>b' in text
    assert text.count("<td>a</td>") == text.count("<td>b</td>") > 0


# --- contrast ------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Of `#rrggbb`, by WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    style = (TEMPLATES / "report.css").read_text()
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    texts = ("text", "quiet", "accent", "good", "bad", "loud", "also")
    pairs = [(text, ground) for text in texts for ground in ("ground", "raised")]
    pairs += [("ground", "accent"), ("text", "track"), ("text", "removed"), ("text", "added")]
    pairs += [(f"on-{level.name}", level.name) for level in LEVELS if level.name != "unfit"]
    pairs += [("on-defect", "defect"), ("on-use", "use"), ("on-accept", "accept")]
    weak = {pair: contrast(*(colours[name] for name in pair)) for pair in pairs}
    assert {pair: found for pair, found in weak.items() if found < 4.5} == {}
    for line in ("clean", "bug", "fill"):  # graphics need 3
        assert contrast(colours[line], colours["raised"]) >= 3


# --- in a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def file(written: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(written, encoding="utf-8")
    return path


def is_open(page: Page, fragment: str) -> None:
    page.until(f"document.body.dataset.open === {json.dumps(fragment)}")


def go(page: Page, fragment: str) -> None:
    page.run(f"location.hash = {json.dumps(fragment)}")
    is_open(page, fragment)


def heading(page: Page) -> str:
    found = page.run("document.querySelector('main h1').textContent")
    assert isinstance(found, str)
    return found


def fits(page: Page) -> bool:
    return bool(page.run("document.documentElement.scrollWidth <= innerWidth"))


@in_chromium
def test_every_page_opens_from_disk_asks_for_nothing_and_complains_of_nothing(
    written: str, file: Path, browser: Browser
) -> None:
    with browser.page(file) as page:
        for name in ("answer", *pages(written)):
            go(page, name)
            assert heading(page) != "Not in this report"
            assert fits(page)
        assert page.requests() == [file.as_uri()]
        assert page.complaints() == []


@in_chromium
def test_a_link_to_a_bug_opens_it_and_one_to_a_program_its_tab(
    file: Path, browser: Browser
) -> None:
    fragment = f"{BUG}/gru_sentiment/keras_subclass"
    with browser.page(file, fragment=f"#{fragment}") as page:
        is_open(page, fragment)
        assert heading(page) == "The output layer has one class too few"
        shown = "[...document.querySelectorAll('.program')].filter((e) => e.checkVisibility())"
        assert page.run(f"{shown}.map((e) => e.dataset.program)") == ["pytorch", "keras_subclass"]
        go(page, "bug/no/such-bug")
        assert heading(page) == "Not in this report"
        assert page.complaints() == []


LISTED = "[...document.querySelectorAll('.matrix tbody tr:not([hidden]) th a')].map(e => e.text)"


@in_chromium
@pytest.mark.parametrize(
    "end",
    ["/%E0%A4%A", "/%", "/%3Cimg%20src=x%20onerror=alert(1)%3E", '/"]<script>alert(1)</script>'],
)
def test_a_link_that_somebody_has_typed_is_followed_as_far_as_it_goes(
    end: str, file: Path, browser: Browser
) -> None:
    with browser.page(file, fragment=f"#{BUG}/gru_sentiment{end}") as page:
        page.until("document.querySelectorAll('.program:not(.folded)').length === 2")
        assert heading(page) == "The output layer has one class too few"
        assert page.complaints() == []
        assert page.requests() == [file.as_uri()]
    for other in ("#bug/%3Cimg%20src=x%3E/b", "#__proto__", "#%"):
        with browser.page(file, fragment=other) as page:
            page.until("document.querySelector('h1').textContent === 'Not in this report'")
            assert page.complaints() == []


@in_chromium
def test_filters_leave_what_passes_and_stand_in_the_link(
    sample: Report, file: Path, browser: Browser
) -> None:
    with browser.page(file, fragment="#matrix") as page:
        is_open(page, "matrix")
        assert page.run(LISTED) == [bug.id for bug in sample.bugs]
        page.run("document.querySelector('[name=differs]').click()")
        is_open(page, "matrix?differs=1")
        assert page.run(LISTED) == ["shape/wrong-in-features", "loss/softmax-before-logits-loss"]
        go(page, "matrix?category=shape&shows=prevented")
        assert page.run(LISTED) == ["shape/wrong-in-features"]
        assert page.run("document.querySelector('output').value") == "1 of 4 bugs"
        go(page, "matrix?find=no%20such")
        assert page.run(LISTED) == []
        assert page.run("document.querySelector('#none').checkVisibility()")


@in_chromium
def test_the_matrix_is_walked_and_a_bug_opened_by_keys_alone(file: Path, browser: Browser) -> None:
    with browser.page(file) as page:
        page.press("/")
        is_open(page, "matrix")
        assert page.run("document.activeElement.name") == "find"
        page.run("document.querySelector('.matrix td a').focus()")
        page.press("ArrowDown", "ArrowDown", "ArrowRight")  # two cells have no place: passed over
        assert page.run("document.activeElement.hash") == (
            "#bug/process/infinite-loop/gru_sentiment/keras_subclass"
        )
        page.press("Enter")
        is_open(page, "bug/process/infinite-loop/gru_sentiment/keras_subclass")
        page.press("n")
        is_open(page, "bug/loss/softmax-before-logits-loss/gru_sentiment")
        page.press("?")
        assert page.run("document.querySelector('dialog').open")
        page.press("Escape")
        page.until("!document.querySelector('dialog').open")


@in_chromium
def test_hostile_texts_do_nothing_in_a_browser(browser: Browser, tmp_path: Path) -> None:
    hostile = "<script>document.title='x'</script><img src=x onerror=document.title='x'>]]>\u202e"
    path = tmp_path / "report.html"
    path.write_text(html(spoilt(compared(report()), hostile)), encoding="utf-8")
    with browser.page(path) as page:
        for name in ("matrix", "tables", "method"):
            go(page, name)
            assert page.run("document.title") != "x"
            assert page.run("document.querySelectorAll('img, main script').length") == 0
        assert page.requests() == [path.as_uri()]
        assert page.complaints() == []


@in_chromium
def test_the_policy_stops_a_script_and_a_style_that_are_not_ours(
    file: Path, browser: Browser
) -> None:
    with browser.page(file) as page:
        added = '<img src=x onerror="document.title = 1"><p style="color: red">'
        page.run(f"document.body.insertAdjacentHTML('beforeend', {json.dumps(added)})")
        page.run(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'document.title = 2'}))"
        )
        assert page.run("document.title") not in {"1", "2"}
        told = json.dumps(page.complaints())
        assert "script-src" in told
        assert "style-src" in told


@in_chromium
@pytest.mark.parametrize("width", [320, 400])
def test_a_narrow_window_shows_every_page_without_scrolling_sideways(
    written: str, file: Path, browser: Browser, width: int
) -> None:
    with browser.page(file, width=width) as page:
        for name in ("answer", *pages(written)):
            go(page, name)
            assert fits(page), name

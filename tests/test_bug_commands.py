"""`bugs new`, `check`, `show`, `list` and `docs`: what they see, and what they refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from report_samples import report as sample_report
from score_builders import attempt, implementation, result, value
from score_builders import bug as any_bug
from typer.testing import CliRunner

from debugdiff.bugs import load_bug, load_catalogue, load_operators, shipped_bugs
from debugdiff.bugs.template import write_bug
from debugdiff.campaign import RunRequest
from debugdiff.campaign.bug_checks import check_bugs
from debugdiff.campaign.bug_effects import effects
from debugdiff.campaign.bug_story import tell
from debugdiff.case_template import write_case
from debugdiff.cases import load_case, shipped_cases
from debugdiff.cli.app import app
from debugdiff.errors import BugError, DebugdiffError
from debugdiff.model import (
    Attempt,
    Framework,
    ProgramEnd,
    ProgramReport,
    Record,
    Stage,
    Symptom,
    ValueKind,
    WorkerEnd,
)
from debugdiff.report.catalogue import render
from debugdiff.score.symptom import seen_symptom
from debugdiff.verdict import shipped_held_out

if TYPE_CHECKING:
    from debugdiff.campaign.checks import CheckLine
    from debugdiff.model import TrialResult

ROOT = Path(__file__).parent.parent
RUNNER = CliRunner()

ABSORBED = """title = "The model is told twice to train"
difficulty = 1
story = "Nothing."
explanation = "It trains already."
hints = ["1", "2", "3"]
references = ["https://example.org/a"]

[symptom]
pytorch = "first-step"

[[inject]]
framework = "pytorch"
inside = "train"
match = "$model.train()"
replace = '''
$model.train()
$model.train(True)
'''

[[example]]
framework = "pytorch"
before = '''
def train(model):
    model.train()
'''
after = '''
def train(model):
    model.train()
    model.train(True)
'''
"""


def run(*arguments: str, status: int = 0) -> str:
    done = RUNNER.invoke(app, arguments, env={"COLUMNS": "120", "NO_COLOR": "1"})
    assert done.exit_code == status, done.output
    return done.output


def write(folder: Path, identity: str, text: str) -> Path:
    path = folder / f"{identity}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- new -----------------------------------------------------------------------------------------


def test_a_new_bug_passes_every_check_but_those_that_run_it_on_every_program(
    tmp_path: Path,
) -> None:
    path = write_bug("model/my-bug", tmp_path / "mine")
    assert path == tmp_path / "mine" / "model" / "my-bug.toml"
    request = RunRequest(
        cases=shipped_cases(), bugs=(load_bug(path, tmp_path / "mine"),), store=tmp_path / "s"
    )
    lines = {line.check: line for line in check_bugs(request, executed=False)}
    assert all(line.passed for line in lines.values())
    programs = [each.framework for each in request.implementations]
    for framework in Framework:
        count = programs.count(framework)
        assert lines[f"{framework} places"].detail == f"{count} of {count} implementations"


@pytest.mark.parametrize(
    ("identity", "slug"),
    [
        ("model/here", "bug-exists"),
        ("shapes/new", "bug-category"),
        ("model", "bug-id"),
        ("model/New_Bug", "bug-id"),
        ("../model/new", "bug-id"),
        ("data/below/a-file", "bug-id"),
    ],
)
def test_a_bug_is_written_only_where_a_bug_may_be(identity: str, slug: str, tmp_path: Path) -> None:
    here = write(tmp_path, "model/here", "mine")
    with pytest.raises(BugError) as caught:
        write_bug(identity, tmp_path)
    assert caught.value.slug == slug
    assert caught.value.hint
    assert here.read_text() == "mine"
    assert len(list(tmp_path.rglob("*.toml"))) == 1


def test_a_bug_is_not_written_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BugError) as caught:
        write_bug("model/new", tmp_path / "file")
    assert caught.value.slug == "bug-not-written"


def test_the_command_writes_into_the_folder_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run("bugs", "new", "shape/first")
    (tmp_path / "pyproject.toml").write_text('[tool.debugdiff]\nbugs = ["mine"]\n')
    run("bugs", "new", "shape/second")
    run("bugs", "new", "shape/third", "--bugs", "other")
    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*/*.toml"))
    assert found == ["bugs/shape/first.toml", "mine/shape/second.toml", "other/shape/third.toml"]
    assert {"shape/second", "shape/concat-wrong-axis"} <= listed()


# --- check, with runs ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def request_of_pair(tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    """The bug of the template, one that is absorbed, and one that fits nothing, on a new case."""
    folder = tmp_path_factory.mktemp("check")
    write_case(folder / "pair")
    write_bug("optimizer/my-bug", folder / "mine")
    write(folder / "mine", "mode/told-twice", ABSORBED)
    write(folder / "mine", "mode/nowhere", ABSORBED.replace("$model.train()", "$model.trian()"))
    return RunRequest(
        cases=(load_case(folder / "pair"),),
        bugs=load_catalogue([folder / "mine"]),
        store=folder / "store.sqlite3",
        seconds=240,
    )


@pytest.fixture(scope="module")
def checked(request_of_pair: RunRequest) -> dict[tuple[str, str], CheckLine]:
    return {(line.subject, line.check): line for line in check_bugs(request_of_pair)}


def test_the_new_bug_is_effective_in_both_frameworks_as_it_expects(
    checked: dict[tuple[str, str], CheckLine],
) -> None:
    mine = {check: line for (subject, check), line in checked.items() if "my-bug" in subject}
    assert all(line.passed for line in mine.values()), mine
    for framework in Framework:
        assert mine[f"{framework} effect"].detail == "effective in 1"
        assert mine[f"{framework} symptom"].detail == "silent in 1"
    assert mine["effective"].detail == "2 of 2"
    beside = r"\d+\.\d times the clean runs' seconds, \d+\.\d\d times their peak memory"
    assert re.search(rf" s in 4 trials; {beside}$", mine["cost"].detail)


def test_a_bug_that_changes_nothing_anywhere_fails(
    checked: dict[tuple[str, str], CheckLine],
) -> None:
    assert checked["mode/told-twice", "pytorch effect"].detail == "no-effect in 1 (pair/pytorch)"
    assert ("mode/told-twice", "pytorch symptom") not in checked
    assert not checked["mode/told-twice", "effective"].passed
    assert checked["mode/told-twice", "examples"].passed


def test_a_pattern_that_matches_nothing_anywhere_fails_and_is_not_run(
    checked: dict[tuple[str, str], CheckLine],
) -> None:
    places = checked["mode/nowhere", "pytorch places"]
    assert not places.passed
    assert places.detail.startswith("fits no implementation: pair/pytorch: ")
    assert ("mode/nowhere", "effective") not in checked


def test_another_symptom_than_the_expected_one_fails(
    request_of_pair: RunRequest, checked: dict[tuple[str, str], CheckLine]
) -> None:
    bug = next(each for each in request_of_pair.bugs if each.id == "optimizer/my-bug")
    surprised = replace(bug, symptom=dict.fromkeys(Framework, Symptom.FIRST_STEP))
    lines = check_bugs(replace(request_of_pair, bugs=(surprised,)))
    failed = {line.check: line.detail for line in lines if not line.passed}
    told = "silent in 1; first-step is expected"
    assert failed == {"keras symptom": told, "pytorch symptom": told}


def test_the_story_shows_both_changes_and_what_each_framework_said(
    request_of_pair: RunRequest, checked: dict[tuple[str, str], CheckLine]
) -> None:
    bug = next(each for each in request_of_pair.bugs if each.id == "optimizer/my-bug")
    torch, keras = tell(bug, request_of_pair).tellings
    assert torch.mutant is not None
    assert keras.mutant is not None
    assert "+    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate / 1000)" in (
        torch.mutant.diff
    )
    assert "+        optimizer=keras.optimizers.Adam(learning_rate / 1000)," in keras.mutant.diff
    for telling in (torch, keras):
        assert telling.attempt is not None
        assert telling.attempt.effective
        assert telling.symptom is Symptom.SILENT
        assert telling.said == "Nothing: the program runs to its end."


def ran(seconds: float, memory: int, **given: Any) -> TrialResult:
    return result(seconds=seconds, peak_memory=memory, **given)


def with_bug(name: str, clean: TrialResult | None, **given: Any) -> Attempt:
    """A program of that name with the bug in it, beside its clean run."""
    return attempt(program=implementation(name), clean=clean, **given)


def cost(*attempts: Attempt) -> str:
    program = ProgramReport(
        case=attempts[0].case,
        implementation=attempts[0].implementation,
        static=sample_report().programs[0].static,
        attempts=attempts,
    )
    seen = effects(any_bug(), replace(sample_report(), programs=(program,)))
    return next(line.detail for line in seen if line.check == "cost")


def clean_and_with_bug(name: str, *, slower: float, larger: float) -> Attempt:
    return with_bug(name, ran(2.0, 1000), of=ran(2.0 * slower, int(1000 * larger)))


def test_the_cost_is_the_median_over_programs_of_what_the_clean_runs_took() -> None:
    told = cost(
        clean_and_with_bug("a", slower=1.5, larger=1.25),
        clean_and_with_bug("b", slower=3.0, larger=1.5),
        clean_and_with_bug("c", slower=40.0, larger=9.0),
    )
    beside = "3.0 times the clean runs' seconds, 1.50 times their peak memory"
    assert told == f"89.0 s in 3 trials; {beside}"


@pytest.mark.parametrize(
    "left_out",
    [
        with_bug("b", ran(2.0, 1000), of=ran(9.0, 9000, program=ProgramEnd.RAISED)),
        with_bug("b", ran(2.0, 1000), layers=ran(9.0, 9000)),
        with_bug("b", None, of=ran(9.0, 9000)),
        with_bug("b", ran(2.0, 1000), of=ran(9.0, 9000), of_bug=any_bug("shape/another")),
    ],
    ids=["it raised", "it was probed", "no clean run", "another bug"],
)
def test_only_a_run_to_the_end_is_set_beside_the_clean_run_of_the_same_program(
    left_out: Attempt,
) -> None:
    told = cost(clean_and_with_bug("a", slower=2.0, larger=1.5), left_out)
    assert told.endswith("; 2.0 times the clean runs' seconds, 1.50 times their peak memory")


def test_a_bug_that_never_ran_to_the_end_has_a_cost_and_no_ratio() -> None:
    raised = ran(4.2, 1500, program=ProgramEnd.RAISED)
    assert cost(with_bug("a", ran(2.0, 1000), of=raised)) == "4.2 s in 1 trial"


def test_a_clean_run_without_a_measurement_gives_no_ratio() -> None:
    assert cost(with_bug("a", ran(2.0, 0), of=ran(4.0, 1000))) == "4.0 s in 1 trial"


# --- check, without runs -------------------------------------------------------------------------


def test_a_path_means_the_bug_or_the_folder_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "mine", "mode/told-twice", ABSORBED)
    only = {"mode/told-twice"}
    assert subjects("mine") == subjects(str(path)) == only
    assert subjects(str(path), "loss/softmax-wrong-axis") == only | {"loss/softmax-wrong-axis"}
    shipped = ROOT / "injected_bugs" / "shape" / "concat-wrong-axis.toml"
    assert subjects(str(shipped)) == {"shape/concat-wrong-axis"}


def subjects(*bugs: str) -> set[str]:
    words = ["bugs", "check", *bugs, "--no-run", "--case", "answer_matching", "--json"]
    return {line["subject"] for line in json.loads(RUNNER.invoke(app, words).output)["checks"]}


def listed(*arguments: str) -> set[str]:
    return {bug["id"] for bug in json.loads(run("bugs", "list", "--json", *arguments))["bugs"]}


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("model.train(True)\n'''\n\n[[", "model.train(\n'''\n\n[[", "`replace`: does not parse"),
        ("    model.train(True)\n'''\n", "'''\n", "becomes something else than it claims"),
        ('match = "$model.train()"', 'match = "$other.train()"', "`$model` is not in the pattern"),
        ('match = "$model.train()"', 'codemod = "c.py:C"', "`c.py` raised ZeroDivisionError"),
        ('match = "$model.train()"', 'codemod = "d.py:D"', "on pair/pytorch it raised ValueError"),
        ('match = "$model.train()"', 'codemod = "e.py:E"', "which is not inside `train`"),
    ],
)
def test_a_bug_that_cannot_be_used_fails_its_check_with_a_clear_reason(
    old: str, new: str, seen: str, tmp_path: Path
) -> None:
    text = ABSORBED.replace(old, new)
    assert text != ABSORBED
    if "codemod" in new:
        start, end = text.index("replace = "), text.index("[[example]]")
        text = text[:start] + "\n" + text[end:]
    path = write(tmp_path / "mine", "mode/bad", text)
    method = "class {}:\n    def apply(self, source, implementation):\n        {}\n".format
    quiet = "if implementation.case == 'example': return None"
    (path.parent / "c.py").write_text("1 / 0\n")
    (path.parent / "d.py").write_text(method("D", f"{quiet}\n        raise ValueError('no')"))
    (path.parent / "e.py").write_text(method("E", 'return source + "\\n\\nx = 1\\n"'))
    write_case(tmp_path / "pair")
    arguments = ("--no-run", "--case", str(tmp_path / "pair"), "--json")
    told = json.loads(run("bugs", "check", str(path), *arguments, status=1))["checks"]
    assert any(seen in line["detail"] and not line["passed"] for line in told), told


@pytest.mark.parametrize(
    ("files", "slug"),
    [
        ({"a/mode/x": ABSORBED, "b/mode/x": ABSORBED}, "bug-id"),
        ({"a/mood/x": ABSORBED}, "bug-category"),
        ({"a/mode/x": ABSORBED.replace("inside", "insde")}, "bug-value"),
        ({"a/mode/x": ABSORBED.replace('"""', "'''").replace("'''", '"', 1)}, "bug-toml"),
    ],
)
def test_a_catalogue_that_cannot_be_read_stops_the_command(
    files: dict[str, str], slug: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        write(tmp_path, name, text)
    folders = [str(tmp_path / name) for name in sorted({name[0] for name in files})]
    with pytest.raises(DebugdiffError) as caught:
        RUNNER.invoke(app, ["bugs", "check", "--no-run", *folders], catch_exceptions=False)
    assert caught.value.slug == slug


# --- list and show -------------------------------------------------------------------------------


def test_the_list_is_filtered_by_what_a_bug_is_and_does() -> None:
    bugs = {bug.id: bug for bug in shipped_bugs()}
    silent = listed("--symptom", "silent", "--framework", "keras")
    assert silent == {
        name for name, bug in bugs.items() if bug.symptom.get(Framework.KERAS) is Symptom.SILENT
    }
    assert listed("--symptom", "slow", "--symptom", "silent") > silent
    assert listed("--taxonomy", "deepcrime: hlr") == {
        name for name, bug in bugs.items() if any("DeepCrime: HLR" in term for term in bug.taxonomy)
    }
    hard = listed("--difficulty", "4", "--difficulty", "5")
    assert hard == {name for name, bug in bugs.items() if bug.difficulty >= 4}
    assert listed("shape/*", "--difficulty", "1") == {
        name for name in bugs if name.startswith("shape/") and bugs[name].difficulty == 1
    }


def test_a_bug_is_shown_with_a_real_change_per_framework_and_how_to_run_it(tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "none.sqlite3"))
    text = run("bugs", "show", "shape/concat-wrong-axis", "--case", "answer_matching", *store)
    assert "Its first example:" in text or "+++ b/answer_matching/" in text
    text = run("bugs", "show", "optimizer/gradients-not-cleared", "--case", "gru_sentiment", *store)
    assert "-            optimizer.zero_grad()" in text
    assert "debugdiff run gru_sentiment --bug optimizer/gradients-not-cleared" in text
    assert "Cannot be written:" in text
    shown = run("bugs", "show", "shape/concat-wrong-axis", "--json", *store)
    assert json.loads(shown)["stories"][0]["bug"]["id"] == "shape/concat-wrong-axis"


def test_a_bug_that_some_programs_have_no_place_for_is_shown_where_it_fits(
    tmp_path: Path,
) -> None:
    bug = (
        "bugs",
        "show",
        "mode/trained-without-gradient",
        "--store",
        str(tmp_path / "none.sqlite3"),
    )
    text = run(*bug, "--case", "bag_of_embeddings")
    assert "+++ b/bag_of_embeddings/keras_loop.py" in text
    assert "Programs that have no place for it" in text
    assert "training:fit: `fit` records" in text
    text = run(*bug, "--case", "gru_sentiment")
    assert "Fits 0 of 3 programs." in text
    assert "Cannot be written" not in text
    assert "Elsewhere" not in text


def test_without_a_place_the_first_example_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "mine", "mode/nowhere", ABSORBED.replace("train()", "trian()"))
    store = ("--store", str(tmp_path / "none.sqlite3"))
    text = run("bugs", "show", str(path), "--case", "gru_sentiment", *store)
    assert "Fits 0 of 1 programs." in text
    assert "  -     model.trian()" in text
    assert "The bug has no rule for this framework." in text


# --- symptoms ------------------------------------------------------------------------------------


def record(**more: object) -> Record:
    plain = Record(
        trial="t",
        worker=WorkerEnd.FINISHED,
        program=ProgramEnd.OK,
        stage=Stage.DONE,
        step=3,
        steps=3,
        seconds=1.0,
        peak_memory=1,
        versions={},
    )
    return replace(plain, **more)  # type: ignore[arg-type] # names of its own fields


@pytest.mark.parametrize(
    ("seen", "symptom"),
    [
        (record(), Symptom.SILENT),
        (record(non_finite=("loss",)), Symptom.NON_FINITE),
        (record(worker=WorkerEnd.TIMEOUT), Symptom.SLOW),
        (record(worker=WorkerEnd.OUT_OF_MEMORY, stage=Stage.BUILD, step=0), Symptom.BUILD),
        (record(worker=WorkerEnd.SIGNALLED, stage=Stage.LOSS, step=0), Symptom.FIRST_STEP),
        (record(worker=WorkerEnd.SIGNALLED, stage=Stage.LOSS, step=2), Symptom.LATER_STEP),
        (record(worker=WorkerEnd.SIGNALLED, stage=Stage.EVALUATION, step=0), Symptom.LATER_STEP),
    ],
)
def test_a_symptom_is_told_by_how_the_trial_ended(seen: Record, symptom: Symptom) -> None:
    assert seen_symptom(seen, None) is symptom


def test_a_loss_that_is_not_finite_is_a_symptom_and_a_mask_of_infinities_is_none() -> None:
    masked = replace(value("scores"), infinite=4)
    assert seen_symptom(record(), record(values=(masked,))) is Symptom.SILENT
    lost = value("loss", kind=ValueKind.LOSS, nan=1)
    assert seen_symptom(record(), record(values=(masked, lost))) is Symptom.NON_FINITE


# --- docs ----------------------------------------------------------------------------------------


def test_the_page_of_the_catalogue_is_up_to_date() -> None:
    """Stale? `debugdiff bugs docs` in the checkout writes it again."""
    page = (ROOT / "docs" / "bugs.md").read_text(encoding="utf-8")
    assert page == render(shipped_bugs(), load_operators(), shipped_held_out())


def test_the_page_names_every_bug_every_operator_and_every_reason() -> None:
    page = (ROOT / "docs" / "bugs.md").read_text(encoding="utf-8")
    for bug in shipped_bugs():
        assert f"(../injected_bugs/{bug.id}.toml)" in page
        assert all(" ".join(text.split()) in page for text in bug.not_expressible.values())
    for operators in load_operators():
        assert all(f"| {each.id} | {each.name} |" in page for each in operators.operator)


def test_deepcrime_has_its_24_operators_and_bugs_name_no_others() -> None:
    sets = {each.tool: {one.id for one in each.operator} for each in load_operators()}
    assert len(sets["DeepCrime"]) == 24
    for term in (term for bug in shipped_bugs() for term in bug.taxonomy):
        tool, _, name = term.partition(": ")
        assert tool not in sets or name.split()[0] in sets[tool], term


def test_an_operator_is_covered_excused_or_open() -> None:
    page = render(shipped_bugs(), load_operators(), shipped_held_out())
    assert "| HLR | change_learning_rate | optimizer/learning-rate-too-high" in page
    assert "| RRW | remove_weights_regularisation | does not apply: " in page
    bare = render((), load_operators(), shipped_held_out())
    assert "| HLR | change_learning_rate | not covered yet |" in bare
    assert "0 of 24 operators are covered." in bare


def test_a_stale_page_is_told_and_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "bugs.md"
    assert "is stale" in run("bugs", "docs", str(page), "--check", status=1)
    assert not page.exists()
    run("bugs", "docs", str(page))
    run("bugs", "docs", str(page), "--check")
    page.write_text(page.read_text().replace("16 bugs", "15 bugs") + "x")
    assert "is stale" in run("bugs", "docs", str(page), "--check", status=1)

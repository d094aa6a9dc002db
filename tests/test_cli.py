"""The command line, as a process: what it prints where, with which status, and what it loads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command_line import debugdiff, debugdiff_process

from debugdiff.cli import main
from debugdiff.model import Sandbox
from debugdiff.worker.process.sandbox import describe_sandbox

ROOT = Path(__file__).parent.parent
COMMANDS = (
    "run",
    "report",
    "show",
    "trace",
    "explain",
    "diff",
    "compare",
    "metrics",
    "parity",
    "harm",
    "speed",
    "verdict",
    "bundle",
    "cases",
    "bugs",
    "roles",
    "stacks",
    "store",
    "teach",
    "doctor",
    "help",
)
HEAVY = (
    *("libcst", "scipy", "pydantic", "radon", "torch", "tensorflow", "keras", "numpy", "rich"),
    *("jinja2", "markupsafe"),
)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, contextlib\n"
        "from debugdiff.cli import main\n"
        "sys.argv = ['debugdiff', '--help']\n"
        "with contextlib.suppress(SystemExit): main()\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert all(f"  {name} " in done.stdout for name in COMMANDS)


def test_the_summary_in_the_help_is_the_first_sentence_of_the_command() -> None:
    from debugdiff.cli.app import SUMMARIES
    from debugdiff.cli.lazy import load

    for name, summary in SUMMARIES.items():
        assert load(name).help.split("\n\n")[0].replace("\n", " ") == summary, name
    assert list(SUMMARIES) == list(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("report",),
        ("show",),
        ("trace",),
        ("explain",),
        ("diff",),
        ("metrics",),
        ("parity",),
        ("harm",),
        ("verdict",),
        ("cases", "list"),
        ("cases", "check"),
        ("bugs", "list"),
        ("bugs", "show"),
        ("bugs", "new"),
        ("bugs", "check"),
        ("bugs", "docs"),
        ("bugs", "exposure"),
        ("roles",),
        ("stacks", "list"),
        ("stacks", "create"),
        ("stacks", "check"),
        ("stacks", "lock"),
        ("stacks", "remove"),
        ("store", "check"),
        ("store", "repair"),
        ("bundle",),
        ("bundle", "make"),
        ("bundle", "verify"),
        ("teach", "check"),
        ("doctor",),
        ("help",),
    ],
)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    done = debugdiff(*words, "--help", COLUMNS="120")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage:" in done.stdout


def test_run_has_every_option_of_the_specification() -> None:
    text = debugdiff("run", "--help", COLUMNS="200").stdout
    options = re.findall(
        r"\S+",
        "--bug --category --framework --style --stack --mode --size --seed --jobs --timeout"
        " --memory --fresh --store --json --output -o --quiet -q --verbose -v",
    )
    assert [option for option in options if option not in text] == []
    assert all(panel in text for panel in ("What to run", "How to run it", "Store", "Output"))


def test_the_version_stands_on_stdout() -> None:
    done = debugdiff("--version")
    assert re.fullmatch(r"debugdiff \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("run gru_s", ["gru_sentiment"]),
        ("run --bug shape/concat-wrong-a", ["shape/concat-wrong-axis"]),
        ("run --category mode", ["mode", "model"]),
        ("run --stack keras-t", ["keras-tensorflow", "keras-torch"]),
        ("bugs check shape/concat-wrong-a", ["shape/concat-wrong-axis"]),
        ("bugs show --case gru_s", ["gru_sentiment"]),
        ("show gru_s", ["gru_sentiment"]),
        ("show gru_sentiment shape/concat-wrong-a", ["shape/concat-wrong-axis"]),
        (
            "show gru_sentiment shape/concat-wrong-axis keras_s",
            ["keras_sequential", "keras_subclass"],
        ),
        ("cases show gru_sentiment py", ["pytorch"]),
        ("roles gru_sentiment py", ["pytorch"]),
        ("show nowhere py", []),
        ("help bad-si", ["bad-size"]),
        ("help bugs ch", ["check"]),
        ("help nothing ch", []),
    ],
)
def test_a_shell_completes_names(
    line: str,
    offered: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = f"debugdiff {line}"
    monkeypatch.setattr(sys, "argv", ["debugdiff"])
    # `python -m pytest` would be the program's name.
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
    monkeypatch.setenv("_DEBUGDIFF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    with pytest.raises(SystemExit):
        main()
    done = capsys.readouterr()
    assert (done.out.split(), done.err) == (offered, "")


def test_no_argument_shows_the_help() -> None:
    done = debugdiff()
    assert "Usage:" in done.stdout + done.stderr


# --- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("run", "no-such-case"), "case-unknown"),
        (("run", "gru_sentiment", "--bug", "shape/no-such"), "bug-unknown"),
        (("run", "gru_sentiment", "--category", "no-such"), "bug-unknown"),
        (("run", "gru_sentiment", "--catalogue", "no/such/folder"), "bug-folder"),
        (("run", "gru_sentiment", "--memory", "much"), "bad-size"),
        (("run", "gru_sentiment", "--python", "pytorch="), "bad-interpreter"),
        (("run", "gru_sentiment", "-o", "report.docx"), "unknown-format"),
        (("run", "gru_sentiment", "-o", "no/such/report.json"), "output-unwritable"),
        (("show", "abc"), "store-missing"),
        (("show", "gru_sentiment", "no-such"), "implementation-unknown"),
        (("show", "gru_sentiment", "pytorch"), "store-missing"),
        (("show", "a", "b", "c", "d"), "trial-unknown"),
        (("bugs", "show", "shape/*"), "bug-ambiguous"),
        (("metrics", "no-such.py"), "case-unknown"),
    ],
)
def test_wrong_input_is_a_sentence_a_hint_and_status_2(
    arguments: tuple[str, ...],
    slug: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEBUGDIFF_STORE", str(tmp_path / "none.sqlite3"))
    monkeypatch.setattr(sys, "argv", ["debugdiff", *arguments])
    assert main() == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert "\nhint:" in told.err
    assert told.err.endswith(f"debugdiff help {slug}\n")
    assert "Traceback" not in told.err


def test_a_near_miss_is_told_what_was_meant() -> None:
    done = debugdiff("bugs", "list", "shape/concat-wrong-axes")
    assert "Did you mean shape/concat-wrong-axis" in done.stderr
    assert "Did you mean shape/*?" in debugdiff("bugs", "list", "shape").stderr
    done = debugdiff("show", "gru_sentiment", "pytorh")
    assert "Did you mean pytorch?" in done.stderr


def test_a_mistyped_command_is_told_what_was_meant() -> None:
    for words, meant in ((["rnu"], "'run'"), (["bugs", "chek"], "'check'")):
        done = debugdiff(*words)
        assert done.returncode == 2
        assert f"Did you mean {meant}?" in done.stderr


def test_an_unknown_option_and_a_wrong_value_are_usage_errors() -> None:
    assert debugdiff("run", "--nonsense").returncode == 2
    done = debugdiff("run", "--mode", "nonsense")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_our_own_failure_shows_a_traceback_only_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from debugdiff import cli
    from debugdiff.cli import app as application

    def broken() -> None:
        raise ZeroDivisionError("nine")

    monkeypatch.setattr(application, "app", broken)
    assert cli.main() == 2
    assert "ZeroDivisionError: nine" in capsys.readouterr().err
    monkeypatch.setenv(cli.TRACEBACK_VARIABLE, "1")
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_every_slug_has_a_paragraph_and_every_paragraph_a_slug() -> None:
    used = {
        slug
        for path in (ROOT / "debugdiff").rglob("*.py")
        for slug in re.findall(r'\bslug="([^"]+)"', path.read_text())
    }
    text = (ROOT / "docs" / "errors.md").read_text()
    paragraphs = re.findall(r"^### (\S+)\n\S", text, flags=re.MULTILINE)
    assert sorted(paragraphs) == sorted(set(paragraphs))
    assert set(paragraphs) == used


def test_help_explains_commands_errors_and_pages() -> None:
    assert debugdiff("help").stdout == debugdiff("--help").stdout
    for words in (("bugs", "check"), ("teach", "log"), ("run",)):
        assert debugdiff("help", *words).stdout == debugdiff(*words, "--help").stdout
    passage = debugdiff("help", "unknown-format", COLUMNS="80")
    assert passage.stdout.startswith("unknown-format\n  The suffix of the file after `-o`")
    assert "report.md shows what each is for." in " ".join(passage.stdout.split())
    assert max(map(len, passage.stdout.splitlines())) <= 80
    assert debugdiff("help", "docs/metrics.md").stdout == (ROOT / "docs/metrics.md").read_text()
    for word, meant in (("bad-sise", "bad-size"), ("rnu", "run"), ("docs/metric.md", "metrics.md")):
        unknown = debugdiff("help", word)
        assert unknown.returncode == 2
        assert meant in unknown.stderr


# --- settings ----------------------------------------------------------------------------------


def test_a_wrong_setting_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.debugdiff]\nseeds = 1\n")
    done = debugdiff("bugs", "list", folder=tmp_path)
    assert done.returncode == 2
    assert "Did you mean `seed`?" in done.stderr


def test_flags_go_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.debugdiff]\ncategory = ["shape"]\n')

    def listed(*arguments: str, **variables: str) -> set[str]:
        done = debugdiff("bugs", "list", "--json", *arguments, folder=tmp_path, **variables)
        return {bug["id"].partition("/")[0] for bug in json.loads(done.stdout)["bugs"]}

    assert listed() == {"shape"}
    assert listed(DEBUGDIFF_CATEGORY="dtype loss") == {"dtype", "loss"}
    assert listed("--category", "model", DEBUGDIFF_CATEGORY="dtype") == {"model"}


# --- commands that run nothing -----------------------------------------------------------------


def test_cases_and_bugs_are_listed_for_people_and_programs() -> None:
    assert "gru_sentiment" in debugdiff("cases", "list").stdout
    cases = json.loads(debugdiff("cases", "list", "--json").stdout)["cases"]
    assert {case["name"] for case in cases} >= {"gru_sentiment"}
    assert "shape/concat-wrong-axis" in debugdiff("bugs", "list").stdout


def test_metrics_of_a_file_that_does_not_parse_fail_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("import torch\n\nprint(torch.ones(2))\n")
    (tmp_path / "bad.py").write_text("def (:\n")
    done = debugdiff("metrics", ".", folder=tmp_path)
    assert done.returncode == 1
    assert "good.py" in done.stdout
    assert "! bad.py: does not parse, line 1" in done.stdout


def test_metrics_take_cases_and_say_the_same_in_json() -> None:
    files = json.loads(debugdiff("metrics", "gru_sentiment", "--json").stdout)["files"]
    assert len(files) >= 3
    assert all(each["metrics"]["whole"]["lloc"] > 0 for each in files)
    assert not any(each["path"].endswith("dataset.py") for each in files)


def test_the_doctor_finds_the_stacks(tmp_path: Path) -> None:
    done = debugdiff("doctor", "--json", "--store", str(tmp_path / "s.sqlite3"))
    findings = {each["name"]: each for each in json.loads(done.stdout)["findings"]}
    assert findings["stack pytorch"]["found"]
    assert findings["sandbox write"]["detail"] == f"stops {describe_sandbox(Sandbox.WRITE)}"
    assert findings["sandbox strict"]["detail"].startswith("stops ")
    assert "stack pytorch" in debugdiff("doctor").stdout


def test_colour_obeys_the_two_variables() -> None:
    assert "\x1b[" not in debugdiff("bugs", "list").stdout
    assert "\x1b[" in debugdiff("bugs", "list", FORCE_COLOR="1").stdout
    assert "\x1b[" not in debugdiff("bugs", "list", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_a_reader_that_leaves_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "debugdiff", "bugs", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_ascii_terminal_gets_a_table_and_no_error() -> None:
    done = debugdiff_process("bugs", "list", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_typer_is_used_without_its_traps() -> None:
    from debugdiff.cli.app import app

    assert isinstance(app, typer.Typer)
    assert app.pretty_exceptions_enable is False

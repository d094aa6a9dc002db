"""A bundle: the same bytes from the same store, read without a framework, and hard to alter."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from debugdiff import campaign
from debugdiff.archives import zip_of
from debugdiff.campaign import injecting, stacks
from debugdiff.campaign.bundle_form import CAMPAIGN, CLAIMS, MANIFEST, REPORT, VERDICTS
from debugdiff.campaign.bundling import write_bundle
from debugdiff.campaign.planning import plan_campaign
from debugdiff.campaign.request import RunRequest
from debugdiff.campaign.unbundling import opened_bundle
from debugdiff.campaign.verifying import verify
from debugdiff.choosing import find_bugs, find_cases
from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.model import (
    ChainedException,
    Failure,
    Frame,
    Framework,
    Instrument,
    Owner,
    ProgramEnd,
    Record,
    Report,
    Stage,
    TrialResult,
    WorkerEnd,
)
from debugdiff.plan import PlannedTrial, all_steps
from debugdiff.report import Format, Page, render
from debugdiff.store import Store
from debugdiff.verdict import review_claims

CASE = "bag_of_embeddings"
BUGS = ("shape/classes-off-by-one", "loss/sign-flipped")
HOME = "/home/someone/checkout"
PACKAGES = f"{HOME}/.venv/lib/python3.11/site-packages"


def request(store: Path, **changes: Any) -> RunRequest:
    asked = RunRequest(
        cases=find_cases([CASE]),
        bugs=find_bugs(list(BUGS)),
        store=store,
        frameworks=(Framework.PYTORCH,),
    )
    return replace(asked, **changes)


def record_of(step: PlannedTrial) -> Record:
    """What a trial may leave: a bug of a shape crashes, in a folder of somebody's."""
    record = Record(
        trial=step.trial.id,
        worker=WorkerEnd.FINISHED,
        program=ProgramEnd.OK,
        stage=Stage.DONE,
        step=8,
        steps=8,
        seconds=1.25,
        peak_memory=10**8,
        metrics={"accuracy": 0.71},
        stderr="half a line\r\n",
    )
    if step.trial.bug != BUGS[0]:
        return replace(record, metrics={"accuracy": 0.5}) if step.trial.bug else record
    own = f"{HOME}/cases/{CASE}/{step.implementation.file}"
    message = f"Target 2 is out of bounds. ]]> <script> \x1b[31m (see {own}:30)"
    frames = (
        Frame(file=own, line=30, function="train", code="loss = f(x, y)", owner=Owner.USER),
        Frame(
            file=f"{PACKAGES}/torch/nn/functional.py",
            line=3458,
            function="cross_entropy",
            code="return torch._C._nn.cross_entropy_loss(",
            owner=Owner.FRAMEWORK,
        ),
    )
    text = "".join(f'  File "{each.file}", line {each.line}\n' for each in frames)
    failure = Failure(
        type="IndexError",
        bases=("LookupError", "Exception", "BaseException"),
        message=message,
        text=f"Traceback (most recent call last):\n{text}IndexError: {message}\n",
        frames=frames,
        chain=(ChainedException(type="IndexError", message=message),),
    )
    return replace(
        record, program=ProgramEnd.RAISED, stage=Stage.LOSS, step=0, failure=failure, metrics={}
    )


def fill(path: Path, order: Callable[[list[PlannedTrial]], Iterator[PlannedTrial]] = iter) -> None:
    with Store(path) as store:
        planned = plan_campaign(request(path), store)
        for step in order(list(all_steps(planned.trees))):
            if step.trial.instrument in {Instrument.NONE, Instrument.LAYERS}:
                store.put(TrialResult(trial=step.trial, record=record_of(step)))


def bundled(store: Path, path: Path) -> Path:
    write_bundle(path, request(store), review_claims(), ["Noether, Emmy"], lambda _: None)
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "store.sqlite3"
    fill(path)
    return path


@pytest.fixture(scope="module")
def bundle(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundled(store, tmp_path_factory.mktemp("bundle") / "results.zip")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def signed(found: dict[str, bytes]) -> bytes:
    """Members as a bundle whose manifest fits them."""
    manifest = json.loads(found[MANIFEST])
    manifest["members"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in found.items()
        if name != MANIFEST
    }
    return zip_of({**found, MANIFEST: json.dumps(manifest).encode()})


def read_again(path: Path) -> Report:
    with opened_bundle(path) as opened:
        return campaign.stored(opened.request)


def facts(report: Report) -> dict[str, Any]:
    """What a report says, but for where things are, and how long a message with a path is."""
    found: dict[str, Any] = json.loads(render(report, Format.JSON, Page()))
    for score in found["scores"]:
        del score["explanation"]
    found["scores"] = [each for each in found["scores"] if "message." not in each["metric"]]
    return {name: found[name] for name in ("scores", "outcomes", "indices", "comparisons")}


@pytest.fixture(scope="module")
def expected(store: Path) -> dict[str, Any]:
    """What the store says."""
    return facts(campaign.stored(request(store)))


# --- written -------------------------------------------------------------------------------------


def test_the_same_records_give_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    fill(tmp_path / "other.sqlite3", reversed)
    again = bundled(tmp_path / "other.sqlite3", tmp_path / "again.zip")
    assert again.read_bytes() == bundle.read_bytes()


def test_it_has_everything_and_no_path_of_a_machine(bundle: Path) -> None:
    found = members(bundle)
    assert {"README.md", "CITATION.cff", "LICENSES.md", "claims.toml", REPORT} <= set(found)
    assert f"cases/{CASE}/case.toml" in found
    assert {f"bugs/{bug}.toml" for bug in BUGS} <= set(found)
    assert b'"/cases/bag_of_embeddings/' in b"".join(found.values())
    for name, data in found.items():
        for path in (HOME, str(Path.cwd()), str(Path.home())):
            assert path.encode() not in data, (name, path)


def test_it_says_how_to_make_it_again_whose_it_is_and_how_to_cite_it(bundle: Path) -> None:
    found = {name: data.decode("utf-8", "replace") for name, data in members(bundle).items()}
    (line,) = [each for each in found["README.md"].splitlines() if "debugdiff run" in each]
    assert line.startswith(f"debugdiff run cases/{CASE} --store again.sqlite3 --bug bugs")
    assert "--framework pytorch" in line
    assert f"| `cases/{CASE}/`, `injections/{CASE}/` | Apache-2.0" in found["LICENSES.md"]
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load(found["CITATION.cff"])
    assert citation["authors"] == [{"family-names": "Noether", "given-names": "Emmy"}]
    assert {"cff-version", "message", "title"} <= set(citation)


# --- read ----------------------------------------------------------------------------------------


def test_it_says_what_the_store_says_without_a_framework_and_nothing_of_it_is_run(
    bundle: Path, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(stacks, "stack_versions", forbidden)
    monkeypatch.setattr(injecting, "inject", forbidden)
    monkeypatch.setattr("debugdiff.plan.planning._data_identity", lambda _: ("other",))
    found = read_again(bundle)
    assert facts(found) == expected
    assert found.results
    said = json.loads(members(bundle)[REPORT])
    assert json.loads(render(found, Format.JSON, Page())) == said


def test_the_commands_read_it(bundle: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    shown = run(app, ["report", str(bundle), "--bug", "shape/*", "--table", "bugs"])
    assert shown.exit_code == 0, shown.output
    assert "IndexError" in shown.stdout
    assert BUGS[1] not in shown.stdout
    decided = json.loads(run(app, ["verdict", str(bundle), "--json"]).stdout)
    assert decided["claims"] == json.loads(members(bundle)["verdicts.json"])["claims"]
    compared = run(app, ["compare", str(bundle), str(bundle), "-o", str(tmp_path / "c.xml")])
    assert compared.exit_code == 0, compared.output
    assert "<failure" not in (tmp_path / "c.xml").read_text("utf-8")
    unknown = run(app, ["report", str(bundle), "no-such-case"])
    assert getattr(unknown.exception, "slug", "") == "case-unknown"
    checked = run(app, ["bundle", "verify", str(bundle)])
    assert checked.exit_code == 0, checked.output
    assert "all are the same" in checked.stdout


# --- altered -------------------------------------------------------------------------------------


def test_an_altered_member_is_named(bundle: Path, tmp_path: Path) -> None:
    found = members(bundle)
    name = next(each for each in found if each.startswith("records/"))
    bad = tmp_path / "bad.zip"
    bad.write_bytes(zip_of({**found, name: found[name].replace(b"0.71", b"0.99"), "new.txt": b""}))
    with pytest.raises(DebugdiffError, match=name) as caught:
        read_again(bad)
    assert caught.value.slug == "bundle-altered"
    bad.write_bytes(zip_of({key: data for key, data in found.items() if key != name}))
    seen = verify(bad, lambda _: None)
    assert seen.altered == (f"`{name}` is missing",)
    assert CliRunner().invoke(app, ["bundle", "verify", str(bad)]).exit_code == 1


def test_a_score_that_its_record_does_not_give_is_found(bundle: Path, tmp_path: Path) -> None:
    found = members(bundle)
    report = json.loads(found[REPORT])
    score = next(each for each in report["scores"] if each["metric"] == "D4" and each["value"])
    score["value"] += 0.25
    bad = tmp_path / "bad.zip"
    bad.write_bytes(signed({**found, REPORT: json.dumps(report).encode()}))
    seen = verify(bad, lambda _: None)
    assert not seen.altered
    (only,) = seen.differing
    assert only.what.endswith("D4")
    done = CliRunner().invoke(app, ["bundle", "verify", str(bad), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["holds"] is False


def _moved(report: dict[str, Any]) -> None:
    report["indices"][0]["value"] += 0.25


def _decided(report: dict[str, Any]) -> None:
    report["comparisons"][0]["conclusions"][0]["verdict"] = "better"


def _doubled(report: dict[str, Any]) -> None:
    report["scores"].insert(0, {**report["scores"][0], "value": 10**400})


def _faster(report: dict[str, Any]) -> None:
    report["trials"][0]["seconds"] = 0.01


@pytest.mark.parametrize("alter", [_moved, _decided, _doubled, _faster])
def test_nothing_that_is_computed_can_be_changed_unseen(
    alter: Callable[[dict[str, Any]], None], bundle: Path, tmp_path: Path
) -> None:
    found = members(bundle)
    report = json.loads(found[REPORT])
    alter(report)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(signed({**found, REPORT: json.dumps(report).encode()}))
    assert len(verify(bad, lambda _: None).differing) == (2 if alter is _doubled else 1)


def test_a_verdict_that_the_records_do_not_give_is_found(bundle: Path, tmp_path: Path) -> None:
    found = members(bundle)
    said = json.loads(found[VERDICTS])
    said["claims"][0]["outcome"] = "supported"
    bad = tmp_path / "bad.zip"
    bad.write_bytes(signed({**found, VERDICTS: json.dumps(said).encode()}))
    (only,) = verify(bad, lambda _: None).differing
    assert only.what == said["claims"][0]["claim"]["id"]
    assert only.bundled == "supported"


def _campaign(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def alter(found: dict[str, bytes]) -> None:
        found[CAMPAIGN] = json.dumps({**json.loads(found[CAMPAIGN]), **changes}).encode()

    return alter


def _with(**added: bytes) -> Callable[[dict[str, bytes]], None]:
    names = {"claims": CLAIMS, "report": REPORT, "program": f"cases/{CASE}/pytorch.py"}
    return lambda found: found.update({names.get(key, key): data for key, data in added.items()})


SIGNED_NONSENSE = {
    "bytes for claims": (_with(claims=b"\xff"), "`claims.toml`: it is not UTF-8 text"),
    "no claims": (lambda found: found.pop(CLAIMS), "it has no `claims.toml`"),
    "claims of nothing": (_with(claims=b"[[claim]]\nid = 'a'\n"), "bad.zip/claims.toml:1: `cl"),
    "no report": (lambda found: found.pop(REPORT), "it has no `report.json`"),
    "half a report": (_with(report=b"{"), "`report.json`: it is damaged in line 1"),
    "a deep report": (_with(report=b"[" * 200_000), "`report.json`: it is nested too deeply"),
    "a list for a report": (_with(report=b"[]"), "`report.json`: it does not have the form"),
    "a score of nothing": (_with(report=b'{"scores": [{}]}'), "`report.json`: `case` is missing"),
    "bytes for a program": (_with(program=b"\xff\0"), "pytorch.py`: it is not UTF-8 text"),
    "a file that is a folder": (_with(**{"cases/x": b"", "cases/x/y": b""}), "File exists"),
    "a long name": (_with(**{"cases/" + "n" * 300: b""}), "File name too long"),
    "a bug that is not there": (_campaign(bugs=["no/such"]), "it has no bug `no/such`"),
    "a case with a NUL": (_campaign(cases=[{"name": "a\0b"}]), "it does not have the form"),
    "a case elsewhere": (_campaign(cases=[{"name": "../.."}]), "leaves the folder .*bad.zip"),
    "a case without programs": (_campaign(cases=[{"name": "x"}]), "folder .*bad.zip/cases/x has"),
}
"""Bundles whose checksums are right, and what is said of each."""


@pytest.mark.parametrize("kind", SIGNED_NONSENSE)
def test_a_bundle_that_somebody_has_made_is_a_sentence(
    kind: str, bundle: Path, tmp_path: Path
) -> None:
    alter, sentence = SIGNED_NONSENSE[kind]
    found = members(bundle)
    alter(found)
    bad = tmp_path / "bad.zip"
    bad.write_bytes(signed(found))
    with pytest.raises(DebugdiffError, match=sentence) as caught:
        verify(bad, lambda _: None)
    assert "/debugdiff-" not in str(caught.value), "the folder that it was unpacked into"


@pytest.mark.parametrize("command", [["report"], ["bundle", "verify"], ["compare", "x.json"]])
def test_a_pipe_or_a_device_is_never_waited_for(command: list[str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.zip"
    os.mkfifo(pipe)
    (tmp_path / "endless.zip").symlink_to("/dev/zero")
    for path in (pipe, tmp_path / "endless.zip"):
        arguments = ["compare", str(path)] if "compare" in command else command
        done = CliRunner().invoke(app, [*arguments, str(path)])
        assert isinstance(done.exception, DebugdiffError), done.output
        assert "it is not an ordinary file" in str(done.exception)


# --- harmful -------------------------------------------------------------------------------------


def _raw(*entries: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data.getvalue()


def _link() -> zipfile.ZipInfo:
    link = zipfile.ZipInfo("cases/x")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


def _encrypted(content: bytes) -> bytes:
    """The zip with the bit of each of its members set that says that it needs a password."""
    changed = bytearray(content)
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for start in re.finditer(re.escape(signature), content):
            changed[start.start() + flags] |= 1
    return bytes(changed)


def _twice() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile's own, of the second name
        return _raw((MANIFEST, b"{}"), (MANIFEST, b"{}"))


@pytest.mark.parametrize(
    ("content", "slug", "word"),
    [
        (_encrypted(_raw((MANIFEST, b"{}"))), "bundle-unsafe", "it needs a password"),
        (_twice(), "bundle-unsafe", f"it holds `{MANIFEST}` twice"),
        (_raw(("a/b", b""), ("a\\b", b"")), "bundle-unsafe", "twice"),
        (_raw(("../outside.txt", b"")), "bundle-unsafe", "outside"),
        (_raw(("/etc/passwd", b"")), "bundle-unsafe", "outside"),
        (_raw((_link(), b"/etc/passwd")), "bundle-unsafe", "link"),
        (_raw(("cases/zeros", bytes(200_000_000))), "bundle-unsafe", "GB"),
        (_raw((MANIFEST, b"{")), "bundle-unreadable", MANIFEST),
        (_raw((MANIFEST, b'{"schema_version": 9, "members": {}}')), "bundle-unreadable", "form 9"),
        (_raw(("a", b"")), "bundle-unreadable", "no `MANIFEST.json`"),
        (b"PK no zip", "bundle-unreadable", "no zip"),
        (b"", "bundle-unreadable", "no zip"),
    ],
)
def test_what_could_do_harm_or_is_none_is_refused(
    content: bytes, slug: str, word: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    for arguments in (["report", str(path)], ["bundle", "verify", str(path)]):
        done = CliRunner().invoke(app, arguments)
        assert isinstance(done.exception, DebugdiffError), done.output
        assert done.exception.slug == slug
        assert word in str(done.exception)
    assert [each.name for each in tmp_path.parent.iterdir() if each.name == "outside.txt"] == []


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (["bundle", "results.tar", CASE], "unknown-format"),
        (["bundle", "--quiet", "results.tar", CASE], "unknown-format"),
        (["bundle", "nowhere/results.zip", CASE], "output-unwritable"),
        (
            ["bundle", "results.zip", CASE, "--bug", BUGS[0], "--store", "no.sqlite3"],
            "bundle-empty",
        ),
        (["bundle", "verify", "missing.zip"], "bundle-unreadable"),
        (["verdict", "a.zip", "b.zip"], "claim-unknown"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    arguments: list[str], slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, DebugdiffError), done.output
    assert done.exception.slug == slug
    assert not list(tmp_path.glob("*.zip"))

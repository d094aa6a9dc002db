"""Findings for other tools: lines for editors, SARIF for code scanning, annotations for GitHub."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from debugdiff import __version__
from debugdiff.files import digest, to_json
from debugdiff.report import Format
from debugdiff.report.findings import Level
from debugdiff.report.layout import count_of
from debugdiff.visible import encodable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.report.findings import Finding, Place

MOST = 10
"""Annotations of one kind that GitHub shows of a step."""
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_BASE = "SRCROOT"
"""What relative paths start from; a viewer knows where the checkout is."""
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def for_tool(findings: Sequence[Finding], wanted: Format) -> str:
    """Findings as `lines`, `sarif` or `github`."""
    match wanted:
        case Format.SARIF:
            return sarif(findings)
        case Format.GITHUB:
            return github(findings)
    return lines(findings)


# --- a line each ---------------------------------------------------------------------------------


def lines(findings: Sequence[Finding]) -> str:
    """`file:line:column: error: message [rule]`; for editors."""
    return "".join(
        f"{at.name}:{at.line}:{at.column}: {each.level}: {each.message} [{each.rule}]\n"
        for each in findings
        for at in [each.place]
    )


# --- SARIF ---------------------------------------------------------------------------------------


def sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0 (OASIS, 2020): the paths are relative, and likely suspects have a high rank."""
    abouts = {each.rule: each.about for each in findings}
    rules = [
        {"id": rule, "shortDescription": {"text": about}} for rule, about in sorted(abouts.items())
    ]
    run = {
        "tool": {"driver": {"name": "debugdiff", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": list(map(_result, findings)),
    }
    return to_json({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(finding: Finding) -> dict[str, Any]:
    at = finding.place
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.level,
        "message": {"text": f"{at.cell}: {finding.message}" if at.cell else finding.message},
        "locations": [_location(at)],
        "partialFingerprints": {"codeLine/v1": digest(finding.rule, at.name, at.code)[:32]},
    }
    if finding.rank is not None:
        result["rank"] = finding.rank
    if len(finding.flow) > 1:
        flow = [{"location": _location(each)} for each in finding.flow]
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if finding.related:
        result["relatedLocations"] = list(map(_location, finding.related))
    return result


def _location(at: Place) -> dict[str, Any]:
    """Of a cell the notebook alone: its lines are none of the file's."""
    uri = quote(encodable(at.file.replace(os.sep, "/")))
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri, "uriBaseId": _BASE}}
    if not at.cell:
        physical["region"] = {"startLine": at.line, "startColumn": at.column}
    location = {"physicalLocation": physical}
    return {**location, "message": {"text": at.about}} if at.about else location


# --- GitHub --------------------------------------------------------------------------------------


def github(findings: Sequence[Finding]) -> str:
    """Workflow commands, of each kind as many as the site shows; the last counts the others."""
    return "".join(f"{line}\n" for line in _commands(findings))


def _commands(findings: Sequence[Finding]) -> Iterator[str]:
    seen: Counter[Level] = Counter()
    for each in findings:
        seen[each.level] += 1
        room = MOST - 1 if each.level is Level.NOTE else MOST  # the last notice is ours
        if seen[each.level] <= room:
            yield _command(each)
    hidden = sum(max(seen[each] - MOST, 0) for each in (Level.ERROR, Level.WARNING))
    hidden += max(seen[Level.NOTE] - MOST + 1, 0)
    if hidden:
        yield f"::notice::{count_of(hidden, 'more finding')}; GitHub shows {MOST} of a kind."


def _command(finding: Finding) -> str:
    at = finding.place
    facts = {"title": f"debugdiff: {finding.rule}"}
    message = finding.message
    if at.cell:
        message = f"{at.name}:{at.line}: {message}"
    else:
        facts = {"file": at.name, "line": str(at.line), "col": str(at.column), **facts}
    written = ",".join(f"{name}={_property(value)}" for name, value in facts.items())
    return f"::{_COMMANDS[finding.level]} {written}::{_message(message)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")

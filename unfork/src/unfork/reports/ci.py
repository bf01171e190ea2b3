"""Findings as the formats of CI systems: JUnit, SARIF, GitHub's commands, GitLab's code quality."""

import hashlib
import json
from collections.abc import Callable
from pathlib import PurePosixPath
from xml.etree import ElementTree

from unfork import __version__
from unfork.model.finding import Check, Finding, Severity
from unfork.planning import RULES
from unfork.reports._safe import printable

_SARIF_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_GITLAB = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render_junit(check: Check) -> bytes:
    """A test case for each rule: failed with what it found, skipped where all of that is silenced."""
    suite = ElementTree.Element("testsuite", name="unfork plan", tests=str(len(RULES)))
    failures = skipped = 0
    for rule in RULES.values():
        case = ElementTree.SubElement(suite, "testcase", classname="unfork.plan", name=rule.id)
        found = [each for each in check.findings if each.rule == rule.id]
        silenced = [each for each in check.silenced if each.rule == rule.id]
        text = "\n".join(_one_line(each) for each in found)
        if found and rule.severity is not Severity.NOTE:
            failures += 1
            failure = ElementTree.SubElement(
                case, "failure", type=str(rule.severity), message=f"{len(found)}: {rule.means}"
            )
            failure.text = text
        elif found:
            ElementTree.SubElement(case, "system-out").text = text
        elif silenced:
            skipped += 1
            reasons = "; ".join(dict.fromkeys(printable(each.silenced or "") for each in silenced))
            ElementTree.SubElement(case, "skipped", message=f"silenced: {reasons}")
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    suite.set("errors", "0")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def render_sarif(check: Check) -> bytes:
    """SARIF 2.1.0, the silenced findings as suppressed ones."""
    rules = [*RULES]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "unfork",
                        "version": __version__,
                        "rules": [
                            {
                                "id": rule.id,
                                "shortDescription": {"text": rule.means},
                                "defaultConfiguration": {"level": _SARIF_LEVEL[rule.severity]},
                            }
                            for rule in RULES.values()
                        ],
                    }
                },
                "results": [
                    _sarif(each, rules.index(each.rule)) for each in (*check.findings, *check.silenced)
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"


def render_github(check: Check) -> bytes:
    """Commands a GitHub workflow turns into annotations."""

    def escaped(text: str, more: str = "") -> str:
        for char in "%\r\n" + more:
            text = text.replace(char, f"%{ord(char):02X}")
        return text

    lines = []
    for each in check.findings:
        at = f"file={escaped(_path(each), ':,')},line={each.spot.line},col={each.spot.column}"
        said = escaped(f"{printable(each.message)} ({printable(each.hint)})")
        lines.append(f"::{_GITHUB[each.severity]} {at},title=unfork {each.rule}::{said}\n")
    return "".join(lines).encode("utf-8")


def render_gitlab(check: Check) -> bytes:
    """GitLab's code quality report."""
    document = [
        {
            "description": f"{printable(each.message)} ({printable(each.hint)})",
            "check_name": each.rule,
            "fingerprint": _fingerprint(each),
            "severity": _GITLAB[each.severity],
            "location": {"path": _path(each), "lines": {"begin": each.spot.line}},
        }
        for each in check.findings
    ]
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"


RENDERERS: dict[str, Callable[[Check], bytes]] = {
    "junit": render_junit,
    "sarif": render_sarif,
    "github": render_github,
    "gitlab": render_gitlab,
}


def _sarif(finding: Finding, rule: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": rule,
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": f"{printable(finding.message)} ({printable(finding.hint)})"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _path(finding)},
                    "region": {"startLine": finding.spot.line, "startColumn": finding.spot.column},
                }
            }
        ],
        "partialFingerprints": {"unfork/v1": _fingerprint(finding)},
    }
    if finding.silenced is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": printable(finding.silenced)}]
    return result


def _fingerprint(finding: Finding) -> str:
    """Stays the same when lines move: what the finding is about, without where it stands."""
    parts = (finding.rule, finding.project, finding.item, finding.patch, finding.message)
    return hashlib.sha256("\0".join(part or "" for part in parts).encode("utf-8", "replace")).hexdigest()


def _path(finding: Finding) -> str:
    return printable(PurePosixPath(finding.spot.file).as_posix())


def _one_line(finding: Finding) -> str:
    return printable(f"{finding.spot}: {finding.message} ({finding.hint})")

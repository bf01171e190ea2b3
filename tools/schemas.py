"""Write docs/*.schema.json from the types of the JSON reports. ``--check`` only compares.

What a field or a value means is written once, in the comment beside it in the source, and is taken
from there.
"""

import dataclasses
import enum
import inspect
import io
import json
import sys
import tokenize
from pathlib import Path
from typing import Any

import msgspec
import unfork.model
import unfork.model.carrying
import unfork.model.compared
import unfork.model.cutover
import unfork.model.decision
import unfork.model.detail
import unfork.model.edit
import unfork.model.evaluation
import unfork.model.evidence
import unfork.model.finding
import unfork.model.header
import unfork.model.kin
import unfork.model.outlook
import unfork.model.plan
import unfork.model.seen
import unfork.model.status
import unfork.model.survey
import unfork.model.sync
import unfork.model.tested
import unfork.model.track
import unfork.model.tracker
from unfork.reports import checks_json, plan_json, track_json, unsquash
from unfork.reports import headers as headers_report
from unfork.reports import json as reports
from unfork.reports import series as series_report
from unfork.reports import sync as sync_reports

DOCS = Path(__file__).resolve().parent.parent / "docs"
DOCUMENTS = {
    "scan.schema.json": reports.ScanDocument,
    "show.schema.json": reports.ShowDocument,
    "series.schema.json": series_report.SeriesDocument,
    "evaluate.schema.json": reports.EvaluateDocument,
    "decisions.schema.json": reports.DecisionsDocument,
    "unsquash.schema.json": unsquash.UnsquashDocument,
    "headers.schema.json": headers_report.HeadersDocument,
    "plan.schema.json": unfork.model.plan.PlanFile,
    "plan-check.schema.json": plan_json.CheckDocument,
    "plan-status.schema.json": plan_json.StatusDocument,
    "sync.schema.json": sync_reports.SyncDocument,
    "track.schema.json": track_json.TrackDocument,
    "outlook.schema.json": track_json.OutlookDocument,
    "track-check.schema.json": checks_json.ChecksDocument,
    "track-compare.schema.json": checks_json.CompareDocument,
    "cutover.schema.json": checks_json.CutoverDocument,
}


def schema_text(document: type) -> str:
    """The JSON Schema of a document, with the comments of the source as descriptions."""
    (schema,), definitions = msgspec.json.schema_components([document], ref_template="#/$defs/{name}")
    types = _types()
    for name, definition in definitions.items():
        _describe(definition, types[name])
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "$defs": definitions,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _types() -> dict[str, type]:
    modules = (
        unfork.model.patch,
        unfork.model.edit,
        unfork.model.verdict,
        unfork.model.evidence,
        unfork.model.kin,
        unfork.model.decision,
        unfork.model.detail,
        unfork.model.evaluation,
        unfork.model.plan,
        unfork.model.finding,
        unfork.model.header,
        unfork.model.seen,
        unfork.model.status,
        unfork.model.track,
        unfork.model.carrying,
        unfork.model.outlook,
        unfork.model.tested,
        unfork.model.compared,
        unfork.model.cutover,
        unfork.model.survey,
        reports,
        headers_report,
        plan_json,
        track_json,
        checks_json,
        series_report,
        unsquash,
        unfork.model.sync,
        unfork.model.tracker,
        sync_reports,
    )
    return {
        name: item
        for module in modules
        for name, item in vars(module).items()
        if isinstance(item, type)
        and (dataclasses.is_dataclass(item) or issubclass(item, msgspec.Struct | enum.Enum))
    }


def _describe(definition: dict[str, Any], source: type) -> None:
    comments = _comments(source)
    if issubclass(source, enum.Enum):
        meanings = [
            f"{member.value}: {comments[member.name]}" if member.name in comments else str(member.value)
            for member in source
        ]
        definition["description"] = "\n".join([inspect.getdoc(source) or "", *meanings])
        return
    for name, field in definition.get("properties", {}).items():
        attribute = name.replace("-", "_")  # a plan's keys are written with hyphens
        if attribute in comments:
            # Beside "$ref" other keywords are allowed since draft 2019-09.
            field["description"] = comments[attribute]


def _comments(source: type) -> dict[str, str]:
    """Name -> the comment at the end of the line that defines it."""
    found: dict[str, str] = {}
    name = None
    text = inspect.cleandoc(inspect.getsource(source))
    for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
        line = token.line.strip()
        if (
            token.type == tokenize.NAME
            and line.startswith(token.string)
            and line[len(token.string) :][:1] in ": "
        ):
            name = token.string
        elif token.type == tokenize.COMMENT and name and line.startswith(name):
            found[name] = token.string.lstrip("# ")
    return found


def main() -> int:
    """Write the schemas, or compare them."""
    stale = []
    for name, document in DOCUMENTS.items():
        text = schema_text(document)
        path = DOCS / name
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is out of date: python tools/schemas.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

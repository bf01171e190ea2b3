"""A scan as a CycloneDX document: a component, what it was made from, and the patches in between."""

import uuid
from collections.abc import Sequence
from urllib.parse import quote

from cyclonedx.model import XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import (
    Commit,
    Component,
    ComponentType,
    Diff,
    Patch,
    PatchClassification,
    Pedigree,
)
from cyclonedx.model.issue import IssueClassification, IssueType, IssueTypeSource
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion

from unfork.history import identifiers, only
from unfork.model import Patch as Carried
from unfork.model import Relation, Scan, Verdict

_SPACE = uuid.UUID("7d1f6c0e-5a0b-4c55-9d0e-2f6f2b1a7c11")  # ours alone: the same scan has the same number
_TYPES = {
    Relation.IDENTICAL: PatchClassification.CHERRY_PICK,
    Relation.EQUIVALENT: PatchClassification.BACKPORT,
    Relation.REWORKED: PatchClassification.BACKPORT,
    Relation.SPLIT: PatchClassification.BACKPORT,
    Relation.SQUASHED: PatchClassification.BACKPORT,
}
_LAUNCHPAD = 7  # digits of its bugs' numbers; a shorter one may be of any tracker


def write_pedigree(scan: Scan, patches: Sequence[Carried], *, name: str) -> bytes:
    """The document; ``name`` is the component's, ``patches`` are those of the scan in its order.

    A patch that is upstream is a cherry-pick where its change is identical, else a backport; one that is
    not is unofficial. The upstream commits are the pedigree's commits.
    """
    component = Component(
        name=name,
        version=scan.base_name,
        type=ComponentType.LIBRARY,
        bom_ref=f"{name}@patched",
        pedigree=Pedigree(
            ancestors=[Component(name=name, version=scan.base_name, type=ComponentType.LIBRARY)],
            commits=_commits(scan),
            patches=[_patch(verdict, patch) for verdict, patch in zip(scan.patches, patches, strict=True)],
            notes=f"{_count(len(scan.patches))}, compared with {scan.target_name} ({scan.target})",
        ),
    )
    content = "\n".join([name, scan.base, scan.target, *(patch.id for patch in patches)])
    bom = Bom(serial_number=uuid.uuid5(_SPACE, content))
    bom.metadata.component = component
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    return f"{text}\n".encode()


def _count(patches: int) -> str:
    return f"{patches} patch" if patches == 1 else f"{patches} patches"


def _commits(scan: Scan) -> list[Commit]:
    found = {commit.sha: commit.subject for verdict in scan.patches for commit in verdict.commits}
    return [Commit(uid=sha, message=_valid(subject)) for sha, subject in found.items()]


def _patch(verdict: Verdict, patch: Carried) -> Patch:
    known = _TYPES.get(verdict.relation) if verdict.commits else None
    return Patch(
        type=known or PatchClassification.UNOFFICIAL,
        diff=Diff(url=XsUri(quote(patch.name, errors="surrogateescape"))),
        resolves=_issues(patch),
    )


def _issues(patch: Carried) -> list[IssueType]:
    """What the message, the fields and the name say that it mends."""
    fields = "\n".join(f"{key}: {value}" for key, value in patch.trailers)
    ids = identifiers(f"{patch.name}\n{patch.subject}\n{patch.message}\n{fields}")
    issues = [
        IssueType(
            type=IssueClassification.SECURITY,
            id=f"CVE-{number}",
            source=IssueTypeSource(name="NVD", url=XsUri(f"https://nvd.nist.gov/vuln/detail/CVE-{number}")),
        )
        for number in only(ids, "cve")
    ]
    for number in only(ids, "bug"):
        address = f"https://bugs.launchpad.net/bugs/{number}"
        references = [XsUri(address)] if len(number) == _LAUNCHPAD else []
        issues.append(IssueType(type=IssueClassification.DEFECT, id=number, references=references))
    issues += [IssueType(type=IssueClassification.ENHANCEMENT, id=word) for word in only(ids, "blueprint")]
    return issues


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")

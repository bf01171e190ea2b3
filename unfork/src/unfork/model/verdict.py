"""What we say about a patch: relation to upstream, state on the target, advice, evidence."""

from dataclasses import dataclass
from enum import StrEnum

from unfork.model.edit import EditKind
from unfork.model.evidence import Evidence
from unfork.model.kin import Group, Kin, ListedPart, SharedCommit


class Relation(StrEnum):
    """What a patch is to upstream commits."""

    IDENTICAL = "identical"  # same patch-id
    EQUIVALENT = "equivalent"  # same change, other surroundings
    REWORKED = "reworked"  # same change, partly other code
    SPLIT = "split"  # several upstream commits make it up
    SQUASHED = "squashed"  # it is part of one larger upstream commit
    PARTIAL = "partial"  # only some of it is upstream
    NONE = "none"
    UNKNOWN = "unknown"  # the patch could not be read, or could not be judged


class State(StrEnum):
    """What happens when the patch meets the target tree."""

    ABSORBED = "absorbed"  # already there
    CLEAN = "clean"  # applies where it says
    OFFSET = "offset"  # applies, at other line numbers
    FUZZY = "fuzzy"  # applies with less context or by three-way merge
    CONFLICT = "conflict"
    OBSOLETE = "obsolete"  # every file it changes is gone; an edit: it matches nothing
    UNKNOWN = "unknown"  # could not be asked (unreadable patch, missing objects)


class Advice(StrEnum):
    """What to do with the patch at the target."""

    DROP = "drop"  # leave it out: the target has it, or the series does without it
    DROP_AT = "drop-at"  # upstream, in a later release
    TRIM = "trim"  # drop the part that is upstream, keep the rest
    CARRY = "carry"
    REWORK = "rework"  # carry, but it conflicts
    DECIDE = "decide"  # between yes and no: a person looks at the evidence


@dataclass(frozen=True, slots=True)
class UpstreamCommit:
    """An upstream commit that takes part in a claim."""

    repo: str
    sha: str
    subject: str
    share: float  # share of the patch's changed lines it explains, 0..1
    first_release: str | None = None
    backports: tuple[str, ...] = ()  # first release of each stable line it was picked to


@dataclass(frozen=True, slots=True)
class Candidate:
    """An upstream commit that was looked at, best first; not yet a claim."""

    repo: str
    sha: str
    subject: str
    score: float  # 0..1: estimated probability that it is the same change, or that one is part of the other


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An upstream feature that could replace the patch: a question, never a relation."""

    title: str  # the question
    detail: str  # what it is and what ties it to the patch, in words
    release: str | None = None  # first release that has it
    repo: str = ""  # the repository that has these commits
    shas: tuple[str, ...] = ()  # upstream commits it stands for
    kind: str = "commit"  # "commit", "release-note" (a commit that brought one), "changelog" or "spec"
    words: tuple[str, ...] = ()  # words in common, as the patch spells them, weightiest first
    files: tuple[str, ...] = ()  # files both touch, rarest first
    joined: tuple[str, ...] = ()  # bugs, blueprints and issues both name, as "bug:1234567"
    chance: float = 0.0  # 0..1, that it is about what the patch is about: see docs/suggestions.md
    promising: bool = False  # the chance is high enough to look here first


@dataclass(frozen=True, slots=True)
class Placement:
    """The state of one patch on the target, asked twice: alone, and after those before it."""

    alone: State
    in_series: State
    details: tuple[str, ...] = ()  # git's own words for offsets, rejects and missing files
    present: float | None = None  # share of its added lines that the target's files hold
    absorbed_at: str | None = None  # upstream commit at which it reverse-applies


@dataclass(frozen=True, slots=True)
class Match:
    """Relation of one patch to upstream, as the matcher sees it."""

    relation: Relation
    commits: tuple[UpstreamCommit, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    confidence: float = 0.0  # probability that the relation as stated is true
    evidence: tuple[Evidence, ...] = ()
    residue: int = 0  # changed lines that no claimed commit explains
    warnings: tuple[str, ...] = ()
    reverted_by: str | None = None  # upstream commit that took the claimed one back and still stands


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything a scan says about one patch; one row of the table and of the JSON."""

    name: str
    id: str
    subject: str
    relation: Relation
    commits: tuple[UpstreamCommit, ...]
    candidates: tuple[Candidate, ...]
    suggestions: tuple[Suggestion, ...]
    first_release: str | None  # first release that has all claimed commits
    state: State  # in series order, after the patches before it
    state_alone: State
    advice: Advice
    advice_release: str | None  # the R of drop-at R
    confidence: float
    evidence: tuple[Evidence, ...]
    residue: int  # changed lines no claimed commit explains
    files: int
    added: int
    removed: int
    author: str | None
    warnings: tuple[str, ...]
    error: str | None
    kin: tuple[Kin, ...] = ()  # what it is to other patches of the series, and they to it
    parts: tuple[ListedPart, ...] = ()  # of a squash: the parts its message lists or that lie beside it
    together: tuple[str, ...] = ()  # names of the other patches that are decided with it
    shared: tuple[SharedCommit, ...] = ()  # upstream commits that hold it and others of the series
    edit: EditKind | None = None  # it is a command, not a diff: "sed", "copy" or "patch"


@dataclass(frozen=True, slots=True)
class Joint:
    """A patch with what mends it, looked up upstream as one change, and claimed."""

    patches: tuple[str, ...]  # names, in series order
    taken: tuple[str, ...]  # of these the ones whose own part of the change is upstream
    relation: Relation
    commits: tuple[UpstreamCommit, ...]  # shares are of the joined change
    confidence: float
    residue: int  # changed lines of the joined change that no claimed commit explains


@dataclass(frozen=True, slots=True)
class Searched:
    """A further repository whose commits were compared with the patches."""

    upstream: str  # as the user named it
    target: str  # full hash of the newest commit that was searched
    commits: int  # without copies of commits that a repository before it has


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of ``unfork scan``."""

    series: str
    carrier: str
    upstream: str
    base: str  # full hash
    target: str  # full hash
    base_name: str  # as the user named it
    target_name: str
    commits_searched: int  # of all repositories
    patches: tuple[Verdict, ...]
    warnings: tuple[str, ...] = ()
    also: tuple[Searched, ...] = ()
    groups: tuple[Group, ...] = ()  # patches that are decided together
    joints: tuple[Joint, ...] = ()  # what some of them are upstream as one change
    entries_searched: int | None = None  # changelog entries, where upstream has no history; null: it has

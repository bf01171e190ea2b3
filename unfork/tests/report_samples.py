"""Scans made up for the tests of reports and of the command line: no repository behind them."""

import hashlib
from dataclasses import replace

from unfork.model import (
    Advice,
    Candidate,
    ChangeKind,
    Evidence,
    FileChange,
    Hunk,
    Patch,
    Person,
    Relation,
    Scan,
    State,
    Suggestion,
    UpstreamCommit,
    Verdict,
)

HOSTILE = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 <script>alert(1)</script> <img src=x onerror=alert(1)> "
    "| pipe `tick` [a](javascript:b) \u202egnp.exe \u2066x\u2069 \u200b"
    "\r\n## head @root #1 \x9b2J \udcff \x00 &amp;"
)


def sha_of(text: str) -> str:
    """A hash that looks like a commit's."""
    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()


def commit(subject: str, share: float = 1.0, release: str | None = "2.0.0") -> UpstreamCommit:
    return UpstreamCommit(
        "upstream", sha_of(subject), subject, share, release, ("1.4.2",) if share == 1 else ()
    )


def verdict(name: str, subject: str, relation: Relation, state: State, advice: Advice) -> Verdict:
    """A verdict with what its relation asks for, and nothing else."""
    shares = {
        Relation.IDENTICAL: (1.0,),
        Relation.EQUIVALENT: (1.0,),
        Relation.REWORKED: (0.83,),
        Relation.SPLIT: (0.61, 0.34),
        Relation.SQUASHED: (0.97,),
        Relation.PARTIAL: (0.4,),
    }.get(relation, ())
    commits = tuple(commit(f"{subject} ({number})", share) for number, share in enumerate(shares, 1))
    release = "2.0.0" if commits and relation is not Relation.PARTIAL else None
    return Verdict(
        name=name,
        id=sha_of(name),
        subject=subject,
        relation=relation,
        commits=commits,
        candidates=(Candidate("upstream", sha_of(name + "?"), f"Perhaps {subject.lower()}", 0.31),),
        suggestions=(),
        first_release=release,
        state=state,
        state_alone=state,
        advice=advice,
        advice_release=release if advice is Advice.DROP_AT else None,
        confidence={Relation.NONE: 0.93, Relation.UNKNOWN: 0.0}.get(relation, 0.996),
        evidence=tuple(Evidence("lines", f"{item.share:.0%} of the lines", item.sha) for item in commits),
        residue=0 if relation is Relation.IDENTICAL else 3,
        files=2,
        added=12,
        removed=4,
        author="Ann Author <ann@example.com>",
        warnings=(),
        error=None,
    )


def sample_scan() -> Scan:
    """One patch for each relation, state and advice, with warnings and an unreadable patch."""
    rows = [
        verdict("0001-fix-the-lock.patch", "Fix the lock", Relation.IDENTICAL, State.ABSORBED, Advice.DROP),
        verdict("0002-retry.patch", "Retry twice", Relation.EQUIVALENT, State.OFFSET, Advice.DROP_AT),
        verdict("0003-new-scheduler-filter-for-hosts-with-a-long-name.patch",
                "New scheduler filter for hosts with a rather long name that nobody reads to its end",
                Relation.REWORKED, State.CONFLICT, Advice.DECIDE),
        verdict("0004-pool.patch", "Pool the connections", Relation.SPLIT, State.CLEAN, Advice.DROP_AT),
        verdict("0005-cache.patch", "Cache the answers", Relation.SQUASHED, State.FUZZY, Advice.DROP_AT),
        verdict("0006-metrics.patch", "Count and report", Relation.PARTIAL, State.CONFLICT, Advice.TRIM),
        verdict("0007-branding.patch", "Our name on the page", Relation.NONE, State.CLEAN, Advice.CARRY),
        verdict("0008-old-api.patch", "Keep the old API", Relation.NONE, State.OBSOLETE, Advice.REWORK),
        verdict("0009-broken.patch", "", Relation.UNKNOWN, State.UNKNOWN, Advice.DECIDE),
    ]  # fmt: skip
    rows[5] = replace(
        rows[5],
        state_alone=State.OFFSET,
        warnings=("hunk 2 of app.py says 4 lines, it has 5",),
        suggestions=(
            Suggestion(
                "Metrics exporter",
                "release note: metrics can be exported",
                "2.1.0",
                chance=0.25,
                promising=True,
            ),
        ),
    )
    rows[6] = replace(rows[6], warnings=("hunk 2 of app.py says 4 lines, it has 5",))
    rows[8] = replace(rows[8], error="0009-broken.patch:7: a hunk ends before its 12 lines")
    return Scan(
        series="../fork/patches",
        carrier="quilt",
        upstream="../upstream",
        base=sha_of("base"),
        target=sha_of("target"),
        base_name="1.4.0",
        target_name="1.5.0",
        commits_searched=7602,
        patches=tuple(rows),
        warnings=("no release tag is newer than the target",),
    )


def hostile_scan() -> Scan:
    """Every text a stranger can write holds everything a report must not pass on."""
    bad = replace(
        verdict(HOSTILE, HOSTILE, Relation.REWORKED, State.CONFLICT, Advice.DROP_AT),
        commits=(UpstreamCommit(HOSTILE, sha_of("x"), HOSTILE, 0.5, HOSTILE, (HOSTILE,)),),
        candidates=(Candidate(HOSTILE, sha_of("y"), HOSTILE, 0.5),),
        suggestions=(Suggestion(HOSTILE, HOSTILE, HOSTILE),),
        evidence=(Evidence("subject", HOSTILE),),
        first_release=HOSTILE,
        advice_release=HOSTILE,
        author=HOSTILE,
        warnings=(HOSTILE,),
        error=HOSTILE,
    )
    return replace(
        sample_scan(),
        series=HOSTILE,
        upstream=HOSTILE,
        base_name=HOSTILE,
        target_name=HOSTILE,
        patches=(bad,),
        warnings=(HOSTILE,),
    )


def big_scan(rows: int = 200) -> Scan:
    """As many rows as asked for, all relations mixed."""
    scan = sample_scan()
    kinds = scan.patches
    return replace(
        scan,
        patches=tuple(
            replace(kinds[at % len(kinds)], name=f"{at + 1:04d}-{kinds[at % len(kinds)].name[5:]}")
            for at in range(rows)
        ),
    )


def change(path: str, *lines: bytes, kind: ChangeKind = ChangeKind.MODIFY) -> FileChange:
    """A change of one hunk."""
    hunk = Hunk(b"@@ -1,9 +1,9 @@ def f():\n", 1, 9, 1, 9, tuple(line + b"\n" for line in lines))
    return FileChange(kind, path, path, (), (hunk,))


def sample_patch(*files: FileChange) -> Patch:
    return Patch(
        name="0003-filter.patch",
        id=sha_of("id"),
        subject="New scheduler filter",
        message="Why.\n\nChange-Id: I1\n",
        author=Person("Ann Author", "ann@example.com"),
        date=1577836800,
        trailers=(("Change-Id", "I1"),),
        files=files,
    )

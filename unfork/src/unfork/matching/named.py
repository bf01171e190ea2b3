"""What a patch is to commits that somebody names, by their content; they need not be in the range."""

from collections import Counter
from collections.abc import Sequence

from unfork.history import History, Shipped, find_releases, read_wide
from unfork.matching.context import same_patch_id, wide_of_patch
from unfork.matching.model import Naming
from unfork.matching.query import Query, query_of_patch
from unfork.matching.standing import Standing
from unfork.model import Evidence, Match, Patch, Relation, UpstreamCommit
from unfork.series import parse_patch


def match_named(
    history: History, patch: Patch, shas: Sequence[str], *, naming: Naming, standing: Standing, target: str
) -> Match:
    """The relation of a patch to exactly these upstream commits, ``none`` when there are none.

    That they are the same change is given; the content only says in which way. Each changed line
    goes to one commit, the one that explains most first. Confidence is left to who named them.
    """
    query = query_of_patch(patch)
    total = len(query.lines)
    if not shas:
        return Match(relation=Relation.NONE, residue=total)
    commits, evidence, covering = [], [], 0.0
    left = Counter(query.lines.tolist())
    waiting = {sha: Counter(_query(history, sha).lines.tolist()) for sha in shas}
    while waiting:
        sha = max(waiting, key=lambda each: ((left & waiting[each]).total(), each))
        theirs = waiting.pop(sha)
        common = left & theirs
        left -= common
        covering = common.total() / theirs.total() if theirs else 0.0
        share = common.total() / total if total else 0.0
        commits.append(_commit(history, sha, share, target))
        text = f"{common.total()} of {total} changed lines are in it; "
        text += f"they are {100 * covering:.0f} % of the commit"
        evidence.append(Evidence("lines", text, sha))
    relation = Relation.SPLIT
    if len(shas) == 1:
        relation = _of_one(
            history, patch, shas[0], 1 - left.total() / total if total else 0.0, covering, naming
        )
    revert, warnings = _reverted(history, shas, standing)
    return Match(
        relation=relation,
        commits=tuple(commits),
        evidence=tuple(evidence),
        residue=left.total(),
        warnings=tuple(warnings),
        reverted_by=revert,
    )


def shipped_of(history: History, sha: str, target: str) -> Shipped | None:
    """Where a commit can be had, also one outside of the searched range (a merge, an older one)."""
    number = history.find(sha)
    if number is not None:
        return history.shipped(number)
    repository = history.repository
    tags = repository.text("for-each-ref", "--contains", sha, "--format=%(refname:lstrip=2)", "refs/tags")
    early = {release.name for release in find_releases(repository, None) if release.prerelease}
    having = set(tags.split("\n")) - early
    first = next((at for at, name in enumerate(history.graph.releases) if name in having), -1)
    return Shipped(first=first, in_target=repository.is_ancestor(sha, target))


def _of_one(
    history: History, patch: Patch, sha: str, explained: float, covering: float, naming: Naming
) -> Relation:
    if same_patch_id(wide_of_patch(patch), read_wide(history.repository, [sha])[sha]):
        return Relation.IDENTICAL
    if explained == covering == 1:
        return Relation.EQUIVALENT
    return Relation.SQUASHED if explained >= naming.whole and covering < naming.bulk else Relation.REWORKED


def _query(history: History, sha: str) -> Query:
    """The changed lines of a commit; of a merge those against its first parent."""
    repository = history.repository
    parents = repository.text("rev-list", "--parents", "-n1", sha).split(" ")[1:]
    raw = repository.run(
        "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-color", "--no-ext-diff",
        "--no-textconv", "--full-index", "--src-prefix=a/", "--dst-prefix=b/", *parents[:1], sha,
    )  # fmt: skip
    return query_of_patch(parse_patch(raw, sha) if raw.strip() else Patch(name=sha, id="", subject=""))


def _commit(history: History, sha: str, share: float, target: str) -> UpstreamCommit:
    shipped = shipped_of(history, sha, target)
    graph = history.graph
    return UpstreamCommit(
        repo=history.name,
        sha=sha,
        subject=history.repository.text("log", "-1", "--no-show-signature", "--format=%s", sha, "--"),
        share=round(share, 4),
        first_release=graph.release(shipped.first) if shipped else None,
        backports=tuple(graph.releases[each] for each in shipped.picks) if shipped else (),
    )


def _reverted(history: History, shas: Sequence[str], standing: Standing) -> tuple[str | None, list[str]]:
    """The commit that took one of these back and still stands, and the warnings that say so."""
    infos = history.index.infos
    warnings, last = [], None
    for sha in shas:
        number = history.find(sha)
        reverter = standing.reverter(number) if number is not None else None
        if reverter is not None:
            last = infos[reverter].sha
            warnings.append(f"upstream took {sha[:12]} back: {last[:12]} {infos[reverter].subject}")
    return last, warnings

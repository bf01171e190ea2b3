"""What a patch is to commits that somebody names, by their content; they need not be in the range."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from unfork.history import History, Shipped, Source, find_releases
from unfork.matching.context import same_patch_id, wide_of_patch
from unfork.matching.query import Query, query_of_patch
from unfork.matching.settings import Naming
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


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a commit can be had."""

    source: Source  # the repository that has it
    shipped: Shipped  # in terms of that repository's graph

    @property
    def in_target(self) -> bool:
        """Whether it is in the target: what another repository has is not in the tree of this one."""
        return not self.source.is_other and self.shipped.in_target


def delivery_of(history: History, sha: str, target: str) -> Delivery:
    """Where a commit can be had, also one outside of the searched range (a merge, an older one)."""
    source = history.source_of(sha)
    number = history.find(sha)
    if number is not None:
        return Delivery(source, history.shipped(number))
    repository = source.repository
    tags = repository.text("for-each-ref", "--contains", sha, "--format=%(refname:lstrip=2)", "refs/tags")
    early = {release.name for release in find_releases(repository, None) if release.prerelease}
    having = set(tags.split("\n")) - early
    first = next((at for at, name in enumerate(source.graph.releases) if name in having), -1)
    return Delivery(source, Shipped(first=first, in_target=repository.is_ancestor(sha, target)))


def _of_one(
    history: History, patch: Patch, sha: str, explained: float, covering: float, naming: Naming
) -> Relation:
    if same_patch_id(wide_of_patch(patch), history.wide([sha])[sha]):
        return Relation.IDENTICAL
    if explained == covering == 1:
        return Relation.EQUIVALENT
    return Relation.SQUASHED if explained >= naming.whole and covering < naming.bulk else Relation.REWORKED


def _query(history: History, sha: str) -> Query:
    """The changed lines of a commit; of a merge those against its first parent."""
    repository = history.source_of(sha).repository
    parents = repository.text("rev-list", "--parents", "-n1", sha).split(" ")[1:]
    raw = repository.run(
        "diff-tree", "-p", "-r", "-M", "--root", "--no-commit-id", "--no-color", "--no-ext-diff",
        "--no-textconv", "--full-index", "--src-prefix=a/", "--dst-prefix=b/", *parents[:1], sha,
    )  # fmt: skip
    return query_of_patch(parse_patch(raw, sha) if raw.strip() else Patch(name=sha, id="", subject=""))


def _commit(history: History, sha: str, share: float, target: str) -> UpstreamCommit:
    where = delivery_of(history, sha, target)
    graph, shipped = where.source.graph, where.shipped
    return UpstreamCommit(
        repo=where.source.name,
        sha=sha,
        subject=where.source.repository.text("log", "-1", "--no-show-signature", "--format=%s", sha, "--"),
        share=round(share, 4),
        first_release=graph.release(shipped.first),
        backports=tuple(graph.releases[each] for each in shipped.picks),
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

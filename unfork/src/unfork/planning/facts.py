"""What is known of a patch, from a scan and from the plan, as a header can say it."""

from collections.abc import Sequence

from unfork.model import Advice, Relation, Verdict
from unfork.model.header import Fact, Standing
from unfork.model.plan import Disposition, Item, LinkKind, LinkState, link_of
from unfork.planning.links import kind_of

_WHOLE = (Relation.IDENTICAL, Relation.EQUIVALENT, Relation.REWORKED, Relation.SPLIT, Relation.SQUASHED)
_OURS = (Disposition.KEEP, Disposition.REFACTOR, Disposition.PLUGIN, Disposition.DEPRECATE)
_SENT = (LinkKind.REVIEW, LinkKind.MERGE_REQUEST, LinkKind.MAIL)


def fact_of(verdict: Verdict, items: Sequence[Item]) -> Fact:
    """The strongest of what the scan proves, what links say, and what was agreed on the patch's items."""
    links = [link_of(link) for item in items for link in item.links]
    bug = next((link.url for link in links if kind_of(link) is LinkKind.BUG), None)
    # What is claimed and cannot be dropped has more to it: a revert, a rest, an order.
    if verdict.relation in _WHOLE and verdict.commits and verdict.advice in (Advice.DROP, Advice.DROP_AT):
        commits = tuple(each.sha for each in verdict.commits)
        return Fact(Standing.UPSTREAM, True, commits=commits, release=verdict.first_release, bug=bug)
    sent = [link for link in links if kind_of(link) in _SENT]
    for state, standing in (
        (LinkState.OPEN, Standing.SUBMITTED),
        (LinkState.REJECTED, Standing.DENIED),
    ):
        for link in sent:
            if link.state is state:
                return Fact(standing, True, link=link.url, bug=bug)
    ours = next((item for item in items if item.disposition in _OURS), None)
    if ours is not None:
        return Fact(Standing.NEVER, False, reason=_reason(ours), bug=bug)
    return Fact(Standing.PENDING, False, bug=bug)


def _reason(item: Item) -> str:
    """Why it is not for upstream: what was agreed, in one line."""
    said = f"{item.disposition} {item.outside}" if item.outside else f"{item.disposition}"
    return " ".join((item.reason or said).split())

"""What became of the reviews, requests and bugs that an item waits for."""

from collections.abc import Iterator, Sequence

from unfork.config import PLAN_FILE
from unfork.model import Advice
from unfork.model.finding import Finding
from unfork.model.plan import Item, LinkKind, LinkState, Spot
from unfork.model.tracker import Observation
from unfork.planning.conditions import unmet
from unfork.planning.links import kind_of
from unfork.planning.observed import LinkNow, all_links, day_of
from unfork.planning.rule import RULES
from unfork.planning.rules.found import Asked

_CLOSED = {
    LinkState.ABANDONED: (
        "link-abandoned",
        "was abandoned by its author",
        "take it over, or agree anew",
    ),
    LinkState.REJECTED: ("link-rejected", "was rejected", "agree anew"),
    LinkState.SUPERSEDED: ("link-superseded", "was superseded", "link what took its place"),
    LinkState.STALE: ("link-stale", "was closed because nothing moved", "open it again, or say who will"),
}
_CODE = (LinkKind.REVIEW, LinkKind.MERGE_REQUEST)
_DONE = (LinkState.MERGED, LinkState.RELEASED)
_SHORTEST = 7  # digits of a commit that is taken for one


def check_links(asked: Asked) -> Iterator[Finding]:
    """Links that came to nothing, moved on, are done, or do not move; and whether trackers were asked."""
    joined = asked.joined
    every = [each.link for each in all_links(joined.links)]
    for name, item in joined.plan.items.items():
        if item.ended is not None:
            continue
        for now in joined.links[name]:
            yield from _link(asked, name, item, now)
        if item.drop_when is not None and not unmet(every, item.drop_when):
            yield asked.about(
                "condition-met",
                name,
                "drop-when",
                "all it waits for has come true",
                f"drop its patches and write it down: unfork plan end {name}",
            )
    yield from _age(asked)


def _link(asked: Asked, name: str, item: Item, now: LinkNow) -> Iterator[Finding]:
    link, key = now.link, "patches" if now.patch else "links"
    said = f"{now.label}{f', which {now.patch} names,' if now.patch else ''}"

    def about(rule: str, what: str, hint: str) -> Finding:
        return asked.about(rule, name, key, f"{said} {what}", hint, patch=now.patch)

    if link.state in _CLOSED:
        rule, what, hint = _CLOSED[link.state]
        seen = f" (seen {link.seen})" if link.seen else ""
        yield about(rule, f"{what}{_why(now)}{seen}", hint)
    observation = now.observation
    if observation is None and now.patch is None and now.seen is not None and now.seen.asked is not None:
        yield about("link-gone", "is not there, or its tracker hides it", "correct the link")
    if observation is None:
        return
    yield from (about(*each) for each in _code(item, now, observation, _made_from(item, now)))
    if kind_of(link) is LinkKind.BUG and link.state is LinkState.RELEASED and not _dropped(asked, name):
        release = f" in {observation.release}" if observation.release else ""
        yield about(
            "bug-fixed",
            f"is fixed{release} ({observation.said})",
            "see whether its patches can go: unfork scan",
        )
    quiet = asked.joined.plan.head.limits.quiet_days
    if link.state is LinkState.OPEN and observation.activity is not None and now.patch is None:
        days = (asked.today - day_of(observation.activity)).days
        if days > quiet:
            yield about("link-quiet", f"is open, and nothing moved there for {days} days", "ask there")


def _code(
    item: Item, now: LinkNow, observation: Observation, made_from: str | None
) -> Iterator[tuple[str, str, str]]:
    """Rule, message and hint: of a review or request that moved on, or is merged."""
    if kind_of(now.link) not in _CODE:
        return
    current = observation.revision
    if made_from is not None and current is not None and made_from != current and item.patches:
        when = f" of {day_of(observation.revised)}" if observation.revised else ""
        yield (
            "review-changed",
            f"is at {_revision(current)}{when}, and the patch was made from {_revision(made_from)}",
            "look at what changed, take it over, and set revision",
        )
    if now.link.state not in _DONE or observation.commit is None or now.seen is None:
        return
    commit = observation.commit[:12]
    if now.seen.in_history is False:
        yield (
            "merge-missing",
            f"is merged as {commit}, which the upstream's history does not have",
            "fetch the upstream and sync again, or see which branch it went to",
        )
    elif now.seen.in_history:
        release = now.seen.first_release
        where = f", first released in {release}" if release else ", in no release yet"
        yield (
            "review-merged",
            f"is merged as {commit}{where}",
            "drop its patches from the release on that has it",
        )


def _made_from(item: Item, now: LinkNow) -> str | None:
    """The patch set or commit our patch was made from: as it is said, else the one that has its hash."""
    observation = now.observation
    if observation is None:
        return None
    words = [now.revision] if now.revision else []
    words += [each.hash for each in item.patches if not isinstance(each, str) and each.hash]
    for word in words:
        if len(word) >= _SHORTEST:
            for sha, number in observation.revisions.items():
                if sha.startswith(word):
                    return number
            if observation.revision is not None and observation.revision.startswith(word):
                return observation.revision
    return now.revision


def _revision(text: str) -> str:
    return f"patch set {text}" if text.isdecimal() and len(text) < _SHORTEST else text[:12]


def _why(now: LinkNow) -> str:
    why = now.observation.why if now.observation is not None else ""
    return f": {why[:120]!r}" if why else ""


def _dropped(asked: Asked, name: str) -> bool:
    carried: Sequence[Advice] = [patch.advice for patch in asked.joined.carried.get(name, ())]
    return bool(carried) and all(advice is Advice.DROP for advice in carried)


def _age(asked: Asked) -> Iterator[Finding]:
    """One note when the plan's links were not asked for, or long ago."""
    plan = asked.joined.plan
    waiting = [
        each
        for name, item in plan.items.items()
        if item.ended is None
        for each in asked.joined.links[name]
        if each.asks and each.patch is None and each.link.state not in _DONE
    ]
    limit = plan.head.limits.link_days
    old = [
        each
        for each in waiting
        if each.seen is None
        or each.seen.asked is None
        or (asked.today - day_of(each.seen.asked)).days > limit
    ]
    if old:
        rule = RULES["links-old"]
        what = f"{len(old)} of {len(waiting)} links were not asked from their trackers for {limit} days"
        yield Finding(rule.id, rule.severity, what, "unfork sync", Spot(f"{plan.folder}/{PLAN_FILE}", 1, 1))

"""``unfork sync``: asks trackers for what the plan waits for, and records what they say."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from unfork.commands.landed import look_up_commits
from unfork.commands.planned import open_store
from unfork.commands.sync_wanted import SyncRequest, Wanted, of_patches, of_plan
from unfork.files import cache_root, one_writer
from unfork.model.sync import Move, Sync, Trouble
from unfork.model.tracker import LinkSeen, Observation, Ref
from unfork.planning import load_plan
from unfork.progress import Progress
from unfork.store.database import Store
from unfork.store.links import links_seen, record_links, record_named
from unfork.trackers import Answer, Unanswered, ask_all, from_mirrors

_EVERY = 0.5  # seconds between two writes of what came in


def run_sync(request: SyncRequest, *, progress: Progress) -> Sync:
    """Ask for what is stale, record each answer as it comes, and say what moved.

    Processes of one user wait for each other; a killed one leaves what was answered until then. Raises
    ``InputError`` for a plan, a store or a setting that cannot be used; a tracker's trouble is a result.
    """
    plan = load_plan(request.folder)
    links = Wanted()
    of_plan(plan, request.registry, links)
    warnings: list[str] = []
    cache = cache_root(request.cache_dir)
    with open_store(request.store) as store:
        if request.patches:
            named = of_patches(plan, request, links, cache, warnings)
            record_named(store, named)
        with one_writer(cache / "trackers", "sync"):
            # Read when it is our turn: somebody else may just have asked.
            before = links_seen(store, links.refs)
            now = datetime.now(UTC)
            stale = [
                ref for key, ref in links.refs.items() if _is_stale(before.get(key), now - request.max_age)
            ]
            after, answers, troubles = _ask(stale, before, request, store, cache, progress)
        landed, said = look_up_commits(plan, request, after, links.projects, cache, progress)
        warnings += said
        record_links(store, landed)
        after |= {each.key: each for each in landed}
    return Sync(
        plan=plan.name,
        at=now,
        offline=request.offline,
        links=tuple(after[key] for key in links.refs if key in after),
        asked=len(answers),
        unchanged=sum(each.unchanged for each in answers),
        fresh=len(links.refs) - len(stale),
        moved=tuple(_moves(links, before, after)),
        troubles=tuple(troubles),
        unknown=tuple(dict.fromkeys(links.unknown)),
        elsewhere=links.elsewhere,
        warnings=tuple(warnings),
    )


def _is_stale(seen: LinkSeen | None, since: datetime) -> bool:
    return seen is None or seen.asked is None or seen.problem is not None or seen.asked <= since


def _ask(
    stale: Sequence[Ref],
    before: Mapping[str, LinkSeen],
    request: SyncRequest,
    store: Store,
    cache: Path,
    progress: Progress,
) -> tuple[dict[str, LinkSeen], list[Answer], list[Trouble]]:
    """What is known after asking, the answers, and what went wrong, by host and reason."""
    after = dict(before)
    answers: list[Answer] = []
    wrong: dict[tuple[str, str], list[str]] = {}
    unwritten: list[LinkSeen] = []
    written = time.monotonic()
    progress.start("asking trackers", len(stale))
    try:
        for answer in _answers(stale, before, request, cache):
            key = answer.ref.key
            if isinstance(answer, Unanswered):
                after[key] = replace(after.get(key, LinkSeen(key)), problem=answer.why)
                wrong.setdefault((answer.ref.host, answer.why), []).append(key)
            else:
                after[key] = _answered(after.get(key), answer)
                answers.append(answer)
            unwritten.append(after[key])
            progress.advance()
            if time.monotonic() - written > _EVERY:
                record_links(store, unwritten)
                unwritten, written = [], time.monotonic()
    finally:
        progress.finish()
        record_links(store, unwritten)  # also when it was interrupted
    troubles = [
        Trouble(host, why, tuple(keys), min((at for key in keys if (at := after[key].asked)), default=None))
        for (host, why), keys in wrong.items()
    ]
    return after, answers, troubles


def _answers(
    stale: Sequence[Ref], before: Mapping[str, LinkSeen], request: SyncRequest, cache: Path
) -> Iterator[Answer | Unanswered]:
    met = set()
    for answer in from_mirrors(stale, request.registry):
        met.add(answer.ref.key)
        yield answer
    left = [ref for ref in stale if ref.key not in met]
    if left and not request.offline:
        yield from ask_all(left, before, request.registry, cache / "trackers")


def _answered(before: LinkSeen | None, answer: Answer) -> LinkSeen:
    """What is known of a link after an answer."""
    now = datetime.now(UTC)
    old = before or LinkSeen(answer.ref.key)
    if answer.unchanged:
        return replace(old, asked=now, problem=None)
    same = old.asked is not None and _told(old.observation) == _told(answer.observation)
    is_same_commit = same and old.observation is not None
    return LinkSeen(
        key=answer.ref.key,
        asked=now,
        moved=old.moved if same else now,
        observation=answer.observation,
        etag=answer.validators.etag,
        modified=answer.validators.modified,
        in_history=old.in_history if is_same_commit else None,
        first_release=old.first_release if is_same_commit else None,
    )


def _told(observation: Observation | None) -> tuple[object, ...] | None:
    """What people want to hear of when it changes."""
    if observation is None:
        return None
    each = observation
    return (each.state, each.said, each.revision, each.commit, each.release, each.branch)


def _moves(links: Wanted, before: Mapping[str, LinkSeen], after: Mapping[str, LinkSeen]) -> Iterable[Move]:
    for key in links.refs:
        old, new = before.get(key), after.get(key)
        if new is None or new.asked is None:
            continue
        was = old.observation if old is not None else None
        is_new = old is None or old.asked is None
        shipped = old is not None and old.first_release != new.first_release
        # Of what only patches name, that it is not there is no news: a Change-Id may be our own.
        if (is_new and (new.observation is not None or key in links.items)) or (
            not is_new and (_told(was) != _told(new.observation) or shipped)
        ):
            yield Move(
                key,
                links.urls[key],
                was,
                new.observation,
                tuple(links.items.get(key, ())),
                tuple(links.patches.get(key, ())),
                new.first_release,
            )

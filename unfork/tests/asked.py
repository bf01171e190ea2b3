"""Asks trackers of the loopback."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracking import Served
from unfork.files import one_writer
from unfork.model.tracker import LinkSeen, Observation, Ref
from unfork.model.tracker_host import TrackerHost, TrackerKind
from unfork.trackers import Answer, Registry, Unanswered, ask_all, recognise, registry_of

_NAMES = {
    "gerrit": "review.opendev.org",
    "github": "github.com",
    "gitlab": "gitlab.com",
    "launchpad": "launchpad.net",
    "patchwork": "patchwork.kernel.org",
    "storyboard": "storyboard.openstack.org",
}


def registry_with(*servers: Served, **settings: Any) -> Registry:
    """The known trackers, with those of some kinds asked on the loopback."""
    return registry_of(
        TrackerHost(_NAMES[each.kind], TrackerKind(each.kind), **{"api": each.address, **settings})
        for each in servers
    )


def refs_for(registry: Registry, *links: str) -> list[Ref]:
    """What links lead to; each must lead to a tracker."""
    found = [recognise(link, registry, "nova") for link in links]
    assert None not in found, links
    return [each for each in found if each is not None]


def ask(
    served: Served, folder: Path, *links: str, kept: Mapping[str, LinkSeen] | None = None, **settings: Any
) -> list[Answer | Unanswered]:
    """The answers for links, in their order."""
    registry = registry_with(served, **settings)
    refs = refs_for(registry, *links)
    with one_writer(folder, "asking"):
        answers = {each.ref: each for each in ask_all(refs, kept or {}, registry, folder)}
    return [answers[ref] for ref in refs]


def seen(served: Served, folder: Path, link: str, **settings: Any) -> Observation:
    """What a tracker says of one link."""
    (answer,) = ask(served, folder, link, **settings)
    assert isinstance(answer, Answer) and answer.observation is not None, answer
    return answer.observation


def why_not(served: Served, folder: Path, link: str, **settings: Any) -> str:
    """Why a link was not answered."""
    (answer,) = ask(served, folder, link, **settings)
    assert isinstance(answer, Unanswered), answer
    return answer.why

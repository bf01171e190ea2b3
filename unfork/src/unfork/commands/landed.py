"""What trackers call merged, looked up in the clones of the upstreams."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from unfork.commands.sync_wanted import SyncRequest
from unfork.errors import UnforkError
from unfork.files import keep_sealed, read_sealed
from unfork.git import Repository
from unfork.model.plan import Plan
from unfork.model.tracker import LinkSeen
from unfork.progress import Progress

if TYPE_CHECKING:
    from unfork.history import Landed

_FORMAT = 1  # raise it whenever an answer could come out otherwise
_KEPT = 8  # answers kept, of all upstreams


def look_up_commits(
    plan: Plan,
    request: SyncRequest,
    links: Mapping[str, LinkSeen],
    projects: Mapping[str, str],
    cache: Path,
    progress: Progress,
) -> tuple[list[LinkSeen], list[str]]:
    """The links whose commit was looked up now, and warnings.

    One that is in a release is not looked up again. An upstream that is not on this machine is left out:
    to clone it is a scan's work.
    """
    wanted: dict[str, list[LinkSeen]] = {}
    for key, seen in links.items():
        if seen.observation is not None and seen.observation.commit and seen.first_release is None:
            wanted.setdefault(projects.get(key, ""), []).append(seen)
    looked_up: list[LinkSeen] = []
    warnings: list[str] = []
    if not wanted:
        return looked_up, warnings
    from unfork.history import has_upstream  # numpy comes with it: not for a sync that has no need of it

    for name, merged in wanted.items():
        project = plan.head.projects.get(name)
        spec = (project.upstream if project else None) or (
            request.upstream if len(plan.head.projects) == 1 else None
        )
        if project is None or spec is None or not has_upstream(spec, cache):
            continue
        progress.start(f"looking up commits of {name}", None)
        try:
            found, said = _of_upstream(spec, name, merged, cache, progress)
            looked_up += found
            warnings += said
        except UnforkError as error:
            warnings.append(f"the commits of {name} were not looked up: {error}")
        finally:
            progress.finish()
    return looked_up, warnings


def _of_upstream(
    spec: str, project: str, links: Sequence[LinkSeen], cache: Path, progress: Progress
) -> tuple[list[LinkSeen], list[str]]:
    """The links of one upstream, with what its history says."""
    from unfork.history import open_upstream, stale, without_secret

    repository = open_upstream(spec, cache, progress)
    pairs = [
        (each.observation.commit, each.observation.change_id)
        for each in links
        if each.observation is not None and each.observation.commit is not None
    ]
    landed = _landed(repository, pairs, cache / "trackers")
    # A review of its specifications, say, is merged elsewhere: of that nothing is said.
    names = {
        project.lower(),
        without_secret(spec).rstrip("/").removesuffix(".git").rpartition("/")[2].lower(),
    }
    looked_up = []
    for each in links:
        observation = each.observation
        if observation is None or observation.commit is None:
            continue
        found = landed.get(observation.commit)
        if found is not None:
            looked_up.append(replace(each, in_history=True, first_release=found.release))
        else:
            is_its_own = observation.project.rpartition("/")[2].lower() in names
            looked_up.append(replace(each, in_history=False if is_its_own else None))
    return looked_up, stale(repository)


def _landed(
    repository: Repository, pairs: Sequence[tuple[str, str | None]], folder: Path
) -> Mapping[str, "Landed"]:
    """``find_landed``, remembered as long as no ref of the repository moves: it walks the whole graph."""
    from unfork.history import Landed, find_landed

    facts = [_FORMAT, str(repository.path.resolve()), repository.refs_fingerprint(), sorted(map(str, pairs))]
    digest = hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:24]
    path = folder / f"landed-{digest}.msgpack"
    kept = read_sealed(path)
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=dict[str, Landed])
    found = find_landed(repository, pairs)
    keep_sealed(path, msgspec.msgpack.encode(found), kind="landed", most=_KEPT)
    return found

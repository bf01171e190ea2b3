"""Asks all trackers side by side, each as politely as if it were the only one."""

import queue
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from unfork.errors import InputError
from unfork.git import Repository
from unfork.model.tracker import LinkSeen, Ref, Thing
from unfork.model.tracker_host import TrackerHost, TrackerKind
from unfork.trackers.answers import Answer, Tracker
from unfork.trackers.client import Client
from unfork.trackers.gate import Gate, gates
from unfork.trackers.gerrit import Gerrit
from unfork.trackers.github import GitHub
from unfork.trackers.gitlab import GitLab
from unfork.trackers.hosts import Registry
from unfork.trackers.launchpad import Launchpad
from unfork.trackers.no_answer import AbsentError, NoAnswerError
from unfork.trackers.notedb import read_change
from unfork.trackers.patchwork import Patchwork
from unfork.trackers.storyboard import StoryBoard
from unfork.trackers.tokens import token_of

_MODULES: Mapping[TrackerKind, Tracker] = {
    TrackerKind.GERRIT: Gerrit(),
    TrackerKind.GITHUB: GitHub(),
    TrackerKind.GITLAB: GitLab(),
    TrackerKind.LAUNCHPAD: Launchpad(),
    TrackerKind.PATCHWORK: Patchwork(),
    TrackerKind.STORYBOARD: StoryBoard(),
}


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A reference that could not be asked for."""

    ref: Ref
    why: str


def from_mirrors(refs: Iterable[Ref], registry: Registry) -> Iterator[Answer]:
    """What mirrors on this machine say of Gerrit's changes; nothing for those they do not have.

    Raises ``InputError`` for a mirror that is no repository.
    """
    opened: dict[str, Repository] = {}
    for ref in refs:
        if ref.thing is not Thing.CHANGE:
            continue
        for place in registry.hosts[ref.host].mirrors:
            if place not in opened:
                opened[place] = Repository(Path(place))
                if not Path(place).exists():
                    raise InputError(
                        "there is no such repository",
                        where=f'mirrors of [trackers."{ref.host}"]: {place}',
                        hint="git clone --mirror the project, with refs/changes/*",
                    )
            observation = read_change(opened[place], ref)
            if observation is not None:
                yield Answer(ref, observation)
                break


def ask_all(
    refs: Sequence[Ref], kept: Mapping[str, LinkSeen], registry: Registry, folder: Path
) -> Iterator[Answer | Unanswered]:
    """Ask for every reference, and give each answer when it comes.

    ``kept`` is what is known by key, which makes questions conditional. ``folder`` keeps what was asked
    when; the caller holds the right to write there. Raises ``InputError`` for a token that cannot be sent.
    """
    by_host: dict[str, list[Ref]] = {}
    for ref in refs:
        by_host.setdefault(ref.host, []).append(ref)
    hosts = {name: registry.hosts[name] for name in by_host}
    tokens = {name: token_of(host) for name, host in hosts.items()}
    known = frozenset(
        place for host in registry.hosts.values() for place in (host.name, urlsplit(host.api or "").netloc)
    )
    answers: queue.Queue[Answer | Unanswered | BaseException] = queue.Queue()
    with gates(hosts, folder) as opened:
        clients = {name: Client(host, opened[name], tokens[name], known) for name, host in hosts.items()}
        askers = [
            threading.Thread(
                target=_ask_host, args=(clients[name], by_host[name], kept, answers), daemon=True
            )
            for name in by_host
        ]
        try:
            for asker in askers:
                asker.start()
            for _ in refs:
                answer = answers.get()
                if isinstance(answer, BaseException):
                    raise answer
                yield answer
        finally:
            _stop(opened.values())
            for asker in askers:
                asker.join()
            for client in clients.values():
                client.close()


def _stop(opened: Iterable[Gate]) -> None:
    for gate in opened:
        gate.close(NoAnswerError("was not asked", "sync again", whole_host=True))


def _ask_host(
    client: Client,
    refs: Sequence[Ref],
    kept: Mapping[str, LinkSeen],
    answers: "queue.Queue[Answer | Unanswered | BaseException]",
) -> None:
    """Ask one host for its references, some batches at a time."""
    module = _MODULES[_kind(client.host)]
    try:
        with ThreadPoolExecutor(client.host.concurrency or 1) as pool:
            for batch in module.batches(refs):
                pool.submit(_ask_batch, module, client, batch, kept, answers)
    except BaseException as error:  # noqa: BLE001 - raised again where the answers are waited for
        answers.put(error)


def _ask_batch(
    module: Tracker,
    client: Client,
    batch: Sequence[Ref],
    kept: Mapping[str, LinkSeen],
    answers: "queue.Queue[Answer | Unanswered | BaseException]",
) -> None:
    left = list(batch)
    try:
        for answer in module.ask(client, batch, kept):
            left.remove(answer.ref)
            answers.put(answer)
        if left:
            raise NoAnswerError("its answer leaves this out", "sync again")
    except AbsentError as absent:
        # One of many: the project they are of is not there, or hidden. Of one: it is not there.
        for ref in left:
            answers.put(Answer(ref, None) if len(batch) == 1 else Unanswered(ref, str(absent)))
    except NoAnswerError as problem:
        for ref in left:
            answers.put(Unanswered(ref, str(problem)))
    except BaseException as error:  # noqa: BLE001 - raised again where the answers are waited for
        answers.put(error)


def _kind(host: TrackerHost) -> TrackerKind:
    assert host.kind is not None  # noqa: S101 - the registry gives each its kind
    return host.kind

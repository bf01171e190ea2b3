"""``unfork decide``: write down what people decided about a patch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from unfork.commands.find_patch import find_name, find_patch
from unfork.commands.upstreams import place_of
from unfork.deciding import FILE_NAME, find_commits, forget, read_decisions, record, spelled
from unfork.errors import InputError, UsageError
from unfork.files import cache_root
from unfork.git import Repository
from unfork.grouping import find_families, find_relations
from unfork.history import open_upstream
from unfork.matching import default_models
from unfork.model import Patch, Series
from unfork.model.decision import Decision, DecisionKind
from unfork.progress import Progress, Silent
from unfork.series import read_series
from unfork.upstream_spec import need_history


@dataclass(frozen=True)
class DecideRequest:
    """What is decided about which patch."""

    plan: Path
    patch: str
    kind: DecisionKind
    series: str
    upstream: str | None = None  # needed where commits are named
    also: tuple[str, ...] = ()  # further repositories that may have them
    commits: tuple[str, ...] = ()
    text: str | None = None  # what replaces the patch
    why: str | None = None
    by: str | None = None  # None: who git says we are
    date: str | None = None  # ISO 8601; None: now
    carrier: str | None = None
    cache_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What stands in the file now."""

    path: Path
    decision: Decision
    renewed: bool  # an older one of the same kind was there
    undecided: tuple[str, ...] = ()  # patches that belong with it, of which nobody decided anything


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a plan's folder."""

    path: Path
    decisions: tuple[Decision, ...]


def run_decide(request: DecideRequest, *, progress: Progress | None = None) -> Decided:
    """Write a decision down, with the full hashes of its commits.

    Raises ``InputError`` for a patch the series does not have, a commit upstream does not have, and
    a decision that contradicts an older one.
    """
    who, when = _who(request.by), _when(request.date)
    text, why = _said(request.text, "--replaced-by"), _said(request.why, "the reason")
    cache = cache_root(request.cache_dir)
    series = read_series(request.series, carrier=request.carrier, cache_dir=cache)
    patch = series.patches[find_patch(series, request.patch)]
    subjects: dict[str, str] = {}
    if request.commits:
        if request.upstream is None:
            raise UsageError("commits need an upstream to be looked up in", hint="give --upstream")
        need_history(request.upstream, "a decision about commits")
        places = (request.upstream, *(place_of(each) for each in request.also))
        repositories = [open_upstream(each, cache, progress or Silent()) for each in places]
        subjects = find_commits(repositories, request.commits)
    new = Decision(
        patch=spelled(patch.name),
        id=patch.id,
        kind=request.kind,
        by=who,
        date=when,
        commits=tuple(sorted(subjects)),
        text=text,
        why=why,
    )
    names = {spelled(each.name) for each in series.patches}
    decision, renewed = record(request.plan, new, series=names, subjects=subjects)
    known = {each.patch for each in read_decisions(request.plan)}
    undecided = tuple(name for name in _together(series, patch) if spelled(name) not in known)
    return Decided(request.plan / FILE_NAME, decision, renewed, undecided)


def _together(series: Series, patch: Patch) -> Sequence[str]:
    """The patches that are decided together with one."""
    bounds = default_models().series
    place = series.patches.index(patch)
    families = find_families(series.patches, find_relations(series.patches, bounds), bounds)
    mine = next((family.places for family in families if place in family.places), ())
    return [series.patches[each].name for each in mine if each != place]


def list_decisions(plan: Path, patch: str | None = None) -> Decisions:
    """What the file holds, about one patch or all."""
    path, found = plan / FILE_NAME, read_decisions(plan)
    if patch is not None:
        name = _find(found, patch, path)
        found = tuple(each for each in found if each.patch == name)
    return Decisions(path, found)


def forget_decisions(plan: Path, patch: str) -> Decisions:
    """Take the decisions about a patch back; it need not be in the series any more."""
    path = plan / FILE_NAME
    return Decisions(path, forget(plan, _find(read_decisions(plan), patch, path)))


def _find(decisions: Sequence[Decision], patch: str, path: Path) -> str:
    """The name decisions have for the patch that is meant."""
    names = list(dict.fromkeys(each.patch for each in decisions))
    by_id = {each.patch for each in decisions if len(patch) >= 7 and each.id.startswith(patch)}
    if len(by_id) == 1 and patch not in names:
        return by_id.pop()
    return find_name(names, patch, where=str(path), what="a patch with a decision")


def _who(given: str | None) -> str:
    """Who decides: as given, else as git is configured here."""
    if given is not None:
        return _said(given, "--by") or ""
    here = Repository(Path())
    name, mail = (_config(here, key) for key in ("user.name", "user.email"))
    if not name:
        raise UsageError(
            "git does not know who you are", hint="git config user.name NAME, or give --by 'NAME <MAIL>'"
        )
    return f"{name} <{mail}>" if mail else name


def _config(repository: Repository, key: str) -> str:
    return repository.try_run("config", "--get", key).out.decode("utf-8", "replace").strip()


def _when(given: str | None) -> datetime:
    if given is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        when = datetime.fromisoformat(given)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return when.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{given!r} is no date", hint="--date 2026-01-31T12:00:00Z") from error


def _said(text: str | None, option: str) -> str | None:
    """A text that can be kept; raises for an empty one and for bytes that are no text."""
    if text is None:
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError("not UTF-8", where=option, hint="write it in UTF-8") from error
    if not text.strip():
        raise UsageError(f"{option} is empty", hint="say it in words: people will review it")
    return text.strip()


def kinds_given(given: Sequence[tuple[DecisionKind, object]]) -> DecisionKind:
    """The one kind for which something is given; raises ``UsageError`` for none and for several."""
    kinds = [kind for kind, value in given if value not in (None, ())]
    if len(kinds) == 1:
        return kinds[0]
    names = ", ".join(f"--{kind}" for kind in (kinds or [kind for kind, _ in given]))
    problem = "are several decisions" if kinds else "one of them says what is decided"
    raise UsageError(f"{names}: {problem}", hint="one decision a call")

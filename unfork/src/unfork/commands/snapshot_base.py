"""Which snapshots a scan compares: versions given for an index, and where a base can come from."""

from dataclasses import replace
from pathlib import Path

from packaging.version import InvalidVersion, Version

from unfork.errors import InputError, UsageError
from unfork.git import Repository
from unfork.model import Series
from unfork.packages import changelog_version, downloaded_version, upstream_version
from unfork.progress import Progress
from unfork.snapshots import Snapshot, commit_snapshot, open_snapshot
from unfork.upstream_spec import Kind, Spec, snapshot_spec


def target_spec(upstream: Spec, target: str | None) -> Spec:
    """The snapshot to reach: ``--target`` is a version of the project ``pypi:NAME``."""
    if target is None:
        return upstream
    if upstream.kind is Kind.PYPI and "==" not in upstream.rest:
        return _release(upstream, target)
    raise UsageError(
        f"--target {target}: {upstream.text} is one tree, and that is the target",
        hint="leave --target out (also in unfork.toml), or name a git repository of the upstream",
    )


def base_of(
    given: str | None, series: Series, target: Snapshot, cache: Path, progress: Progress
) -> tuple[Snapshot | None, list[str]]:
    """What the series was made on, as given or as the series tells; and warnings."""
    if given is not None:
        return open_snapshot(_base_spec(given, target), cache, progress), []
    if series.base and series.base_repository:
        repository = Repository(Path(series.base_repository))
        return commit_snapshot(repository, series.base, f"{series.base_repository}@{series.base[:12]}"), []
    return _guessed(series, target, cache, progress)


def _guessed(
    series: Series, target: Snapshot, cache: Path, progress: Progress
) -> tuple[Snapshot | None, list[str]]:
    """The upstream of a Debian source: what its version names in the same index, or its own archive."""
    version, package = None, series.location.removeprefix("apt:")
    if series.carrier == "apt":
        version = upstream_version(downloaded_version(package, cache) or "")
    elif series.carrier == "debian":
        place = Path(series.location).expanduser()
        folders = [each for each in (place, place / "debian", place.parent) if each.is_dir()]
        found = [changelog_version(each / "changelog") for each in folders]
        version = next(filter(None, found), None)
    tried = []
    if target.kind is Kind.PYPI and _version(version) is not None:
        tried.append(_release(_pypi(target), str(version)))
    if series.carrier == "apt":
        tried.append(Spec(Kind.APT, f"apt:{package}", package))
    said = []
    for spec in tried:
        try:
            base = open_snapshot(spec, cache, progress)
        except InputError as error:
            said.append(f"{spec.text} cannot be the base: {error.what}")
        else:
            return base, [f"the base is taken to be {spec.text}, by the Debian version of the patches"]
    return None, said


def _pypi(target: Snapshot) -> Spec:
    return Spec(Kind.PYPI, target.name, target.name.removeprefix("pypi:"))


def _base_spec(given: str, target: Snapshot) -> Spec:
    spec = snapshot_spec(given)
    if spec is not None:
        return spec
    if target.kind is Kind.PYPI and _version(given) is not None:
        return _release(_pypi(target), given)
    raise UsageError(
        f"--base {given}: an upstream without history is compared with such a base",
        hint="an archive, a directory, pypi:NAME==VERSION or apt:NAME",
    )


def only_release(base: Snapshot | None, target: Snapshot) -> str | None:
    """The target's version when its index has no other release after the base: then it was the first.

    ``None``: there are others, or one of the versions is not known.
    """
    old, new = (_version(each.version) if each else None for each in (base, target))
    if old is None or new is None or not target.releases:
        return None
    between = [each for each in target.releases if old < Version(each) <= new]
    return target.version if [Version(each) for each in between] == [new] else None


def _release(project: Spec, version: str) -> Spec:
    text = f"{project.text.partition('==')[0]}=={version}"
    return replace(project, text=text, rest=text.removeprefix("pypi:"))


def _version(text: str | None) -> Version | None:
    try:
        return Version(text) if text else None
    except InvalidVersion:
        return None

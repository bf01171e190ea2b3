"""Downloads releases from a Python package index (PEP 503, 691). Nothing of a package is run.

``pip download`` would build an sdist to learn what it depends on; the simple API gives the file and
its hash without.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from unfork.errors import InputError
from unfork.packages.pipconf import PipSettings
from unfork.progress import Progress

if TYPE_CHECKING:
    import requests
    from pypi_simple import DistributionPackage, PyPISimple

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:==(?P<version>\S+))?")
_LARGEST = 1024 * 2**20  # bytes of one archive
_KINDS = ("sdist", "wheel")  # what holds sources, the fuller one first


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a project, downloaded."""

    path: Path
    version: str
    releases: tuple[str, ...]  # all final releases of the index, oldest first


def parse_requirement(text: str, where: str) -> tuple[str, str | None]:
    """Name and version of ``NAME==VERSION``; no version: the newest release is meant."""
    match = _REQUIREMENT.fullmatch(text)
    version = match["version"] if match else None
    if match is None or (version is not None and _version(version) is None):
        raise InputError(
            f"{text!r} is no release of a package", where=where, hint="pypi:NAME==VERSION, or pypi:NAME"
        )
    return match["name"], version


def download_release(
    name: str, version: str | None, folder: Path, settings: PipSettings, progress: Progress
) -> Release:
    """Download a release's sdist (else a wheel) into ``folder``; its hash is checked.

    Raises ``InputError`` when the index cannot be reached, has no such release, or gives no hash.
    """
    import requests
    from pypi_simple import DigestMismatchError, NoDigestsError, PyPISimple, UnsupportedContentTypeError

    if settings.offline:
        raise InputError("pip is set to use no index", where=f"pypi:{name}", hint="unset no-index")
    session = _session(settings)
    options = {"endpoint": settings.index} if settings.index else {}
    try:
        with PyPISimple(**options, session=session) as client:
            packages = _packages(client, name, settings)
            found = choose(packages, name, version)
            path = folder / Path(found.filename).name
            tracker = partial(_Tracker, progress, f"downloading {path.name}")
            client.download_package(found, path, timeout=settings.timeout, progress=tracker)
    except DigestMismatchError as error:
        raise InputError(
            "the download does not have the hash its index says", where=f"pypi:{name}", hint="try again later"
        ) from error
    except NoDigestsError as error:
        raise InputError(
            "the index gives no hash for it", where=f"pypi:{name}", hint="download it, and give the file"
        ) from error
    except UnsupportedContentTypeError as error:
        raise InputError(
            f"the index does not answer as one, but with {error.content_type}",
            where=f"pypi:{name}",
            hint="check pip's index-url",
        ) from error
    except (requests.RequestException, OSError) as error:
        raise InputError(
            f"the package index does not give it: {_reason(error)}",
            where=f"pypi:{name}",
            hint="check the network and pip's index-url",
        ) from error
    return Release(path, str(_version(found.version or "")), final_releases(packages))


def choose(
    packages: "Sequence[DistributionPackage]", name: str, version: str | None
) -> "DistributionPackage":
    """The file of a release to take; raises ``InputError`` when there is none with sources."""
    files = [each for each in packages if each.package_type in _KINDS and _version(each.version or "")]
    final = [each for each in files if not each.is_yanked and not _of(each).is_prerelease]
    if version is None:
        pool = final or [each for each in files if not each.is_yanked]
        wanted = max(map(_of, pool), default=None)
    else:
        wanted = _version(version)
    fitting = [each for each in files if wanted is not None and _of(each) == wanted]
    if not fitting:
        known = final_releases(files)
        raise InputError(
            f"the index has no release {version} of {name}" if version else f"{name} has no release",
            where=f"pypi:{name}",
            hint=f"newest: {', '.join(known[-3:])}" if known else "check the name",
        )
    # Of several wheels the one for any machine, else the first by name: the same on every machine.
    return min(
        fitting,
        key=lambda each: (
            _KINDS.index(str(each.package_type)),
            not each.filename.endswith("-any.whl"),
            each.filename,
        ),
    )


def final_releases(packages: "Sequence[DistributionPackage]") -> tuple[str, ...]:
    """The releases that are no pre-releases and were not all taken back, oldest first."""
    versions = {_of(each) for each in packages if _version(each.version or "") and not each.is_yanked}
    return tuple(str(each) for each in sorted(versions) if not each.is_prerelease)


def _packages(client: "PyPISimple", name: str, settings: PipSettings) -> "list[DistributionPackage]":
    """The files of a project in the first of the indexes that has it."""
    from pypi_simple import NoSuchProjectError, PyPISimple

    asked = [client, *(PyPISimple(endpoint, session=client.s) for endpoint in settings.extra)]
    for each in asked:
        try:
            return each.get_project_page(name, timeout=settings.timeout).packages
        except NoSuchProjectError:
            continue
    raise InputError("the package index has no such project", where=f"pypi:{name}", hint="check the name")


def _session(settings: PipSettings) -> "requests.Session":
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    if settings.certificates:
        session.verify = settings.certificates
    if settings.proxy:
        session.proxies = {"http": settings.proxy, "https": settings.proxy}

    class Trusting(HTTPAdapter):
        """For the hosts the user trusts without a certificate."""

        def send(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            """As requests does, without looking at the certificate."""
            return super().send(*args, **{**kwargs, "verify": False})

    for host in settings.trusted:
        session.mount(f"https://{host}", Trusting())
    return session


class _Tracker:
    """Tells the progress of one download, and ends one that is too large."""

    def __init__(self, progress: Progress, label: str, size: int | None) -> None:
        self._progress = progress
        self._label = label
        self._size = size
        self._left = _LARGEST

    def __enter__(self) -> "_Tracker":
        self._progress.start(self._label, self._size)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.finish()

    def update(self, amount: int) -> None:
        """So many more bytes are there."""
        self._left -= amount
        if self._left < 0:
            raise InputError(f"the archive is larger than {_LARGEST // 2**20} MB", where=self._label)
        self._progress.advance(amount)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _of(package: "DistributionPackage") -> Version:
    return Version(package.version or "0")


def _reason(error: Exception) -> str:
    """The innermost cause in few words, without an address (it may hold a password)."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answers {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__

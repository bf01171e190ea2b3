"""``apt:NAME``: downloads a Debian source package and reads its patches. Nothing of it is run."""

import os
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from unfork.errors import InputError
from unfork.model import Series
from unfork.series import aptconf
from unfork.series.archive import read_debian_tar, read_diff_gz
from unfork.series.load import load

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+|/[A-Za-z0-9][A-Za-z0-9.+_-]*)?")
_DAY = 24 * 3600  # seconds the package lists are good for
_LONGEST = 900  # seconds for one apt process
_KEPT = ("PATH", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR")
_LARGEST = 256 * 2**20  # bytes of one downloaded archive


def read_apt(
    package: str, location: str, cache_dir: Path | None = None, *, system: Path = Path("/etc/apt")
) -> Series:
    """Read the patches of ``NAME``, ``NAME=VERSION`` or ``NAME/RELEASE``.

    apt checks signatures and hashes as always. Its lists are kept for a day below ``cache_dir``;
    the system's own lists and sources are not touched. Raises ``InputError`` when there is no apt,
    no such package, or no patch in it.
    """
    if not _NAME.fullmatch(package):
        raise InputError(
            f"{package!r} is no source package name, expected NAME, NAME=VERSION or NAME/RELEASE",
            where=location,
            hint="for example apt:quilt",
        )
    from filelock import FileLock

    root = (cache_dir if cache_dir is not None else _cache()).absolute() / "apt"
    root.mkdir(parents=True, exist_ok=True)
    folder = aptconf.AptFolder(root)
    with FileLock(str(root / "lock")):
        fresh, warnings = _update(folder, system)
        try:
            archive = _download(folder, package, location)
        except InputError:
            if fresh:
                raise
            # Archives drop old versions within hours of a new one; the lists may still name them.
            folder.stamp.unlink(missing_ok=True)
            _, warnings = _update(folder, system)
            archive = _download(folder, package, location)
    if archive.stat().st_size > _LARGEST:
        raise InputError(f"is larger than {_LARGEST // 2**20} MB, expected a smaller one", where=str(archive))
    series = _read(archive, location)
    return replace(series, carrier="apt", location=location, warnings=(*warnings, *series.warnings))


def _read(archive: Path, location: str) -> Series:
    if not archive.name.endswith(".diff.gz"):
        return load(read_debian_tar(archive), "apt", location)
    folder, direct = read_diff_gz(archive)
    if direct is None:
        return load(folder, "apt", location)
    if not folder.entries(""):
        return Series("apt", location, (direct,))
    series = load(folder, "apt", location)
    # dpkg-source applies the diff when it unpacks, before any of the patches in it.
    return replace(series, patches=(direct, *series.patches))


def _cache() -> Path:
    import platformdirs

    named = os.environ.get("UNFORK_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("unfork"))


def _update(folder: aptconf.AptFolder, system: Path) -> tuple[bool, tuple[str, ...]]:
    """Bring the lists up to date when they are a day old or made from other sources.

    Returns whether they were downloaded just now, and warnings.
    """
    dump = _run(["apt-config", "dump"], None)
    sources = aptconf.write(folder, system, dump.stdout.decode("utf-8", "replace"))
    stamp = folder.stamp
    if stamp.exists() and stamp.read_text(encoding="utf-8") == sources:
        age = time.time() - stamp.stat().st_mtime
        if 0 <= age < _DAY:
            return False, ()
    done = _run(["apt-get", "update", "-q"], folder)
    has_lists = any(
        path.name.endswith("_Sources") or "_Sources." in path.name for path in folder.lists.iterdir()
    )
    if not has_lists:
        raise InputError(
            f"no list of source packages could be downloaded: {_reason(done)}",
            where="apt",
            hint="check the network and the archives in sources.list",
        )
    if done.returncode == 0:
        stamp.write_text(sources, encoding="utf-8")
        return True, ()
    return True, (f"apt could not bring its lists up to date: {_reason(done)}",)


def _download(folder: aptconf.AptFolder, package: str, location: str) -> Path:
    """Download the Debian part of a source package (not upstream's archive); returns it."""
    target = folder.root / "sources" / re.sub(r"[=/]", "_", package)
    aptconf.remove(target)
    target.mkdir(parents=True)
    done = _run(["apt-get", "source", "-q", "--download-only", "--diff-only", "--", package], folder, target)
    if done.returncode:
        raise InputError(
            f"the source package {package!r} could not be downloaded: {_reason(done)}",
            where=location,
            hint="check the name; it must be in the archives of this machine's apt sources",
        )
    archives = sorted([*target.glob("*.debian.tar.*"), *target.glob("*.diff.gz")])
    if not archives:
        raise InputError(
            f"{package!r} is a native Debian package, it has no patches on an upstream",
            where=location,
            hint="nothing is to be done",
        )
    return archives[0]


def _run(
    command: list[str], folder: aptconf.AptFolder | None, cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "LC_ALL": "C",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    if folder is not None:
        environment["APT_CONFIG"] = str(folder.config)
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=False,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST,
        )
    except FileNotFoundError as error:
        raise InputError(
            f"there is no {command[0]} on this machine, expected apt",
            hint="download the source package elsewhere and give its unpacked tree",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{command[0]} took longer than {_LONGEST} seconds", where="apt", hint="check the network"
        ) from error


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first error apt printed, in one line."""
    lines = (done.stderr + done.stdout).decode("utf-8", "replace").splitlines()
    for sign in ("E: ", "W: ", "Err:"):
        for line in lines:
            if line.startswith(sign):
                return line.removeprefix(sign).strip()
    return f"apt ended with {done.returncode}"

"""Downloads Debian source packages through apt, which checks signatures and hashes. Nothing is run."""

import os
import re
import subprocess
import time
from pathlib import Path

from filelock import FileLock

from unfork.errors import InputError
from unfork.packages import aptconf

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+(?:=[A-Za-z0-9.+:~-]+|/[A-Za-z0-9][A-Za-z0-9.+_-]*)?")
_DEBIAN_PART = re.compile(r"[^_]+_(.+?)\.(?:debian\.tar\.\w+|diff\.gz)")
_DAY = 24 * 3600  # seconds the package lists are good for
_LONGEST = 900  # seconds for one apt process
_KEPT = ("PATH", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "TMPDIR")


def download_source(
    package: str, location: str, cache: Path, *, upstream: bool, system: Path = Path("/etc/apt")
) -> tuple[Path, tuple[str, ...]]:
    """The folder with the files of ``NAME``, ``NAME=VERSION`` or ``NAME/RELEASE``, and warnings.

    ``upstream``: with upstream's archives, not only Debian's part. Lists are kept for a day below
    ``cache``; the system's own lists and sources are not touched. Raises ``InputError`` when there is
    no apt or no such package.
    """
    if not _NAME.fullmatch(package):
        raise InputError(
            f"{package!r} is no source package name, expected NAME, NAME=VERSION or NAME/RELEASE",
            where=location,
            hint="for example apt:quilt",
        )
    root = cache.absolute() / "apt"
    root.mkdir(parents=True, exist_ok=True)
    folder = aptconf.AptFolder(root)
    with FileLock(str(root / "lock")):
        fresh, warnings = _update(folder, system)
        try:
            return _download(folder, package, location, upstream=upstream), warnings
        except InputError:
            if fresh:
                raise
            # Archives drop old versions within hours of a new one; the lists may still name them.
            folder.stamp.unlink(missing_ok=True)
            _, warnings = _update(folder, system)
            return _download(folder, package, location, upstream=upstream), warnings


def downloaded_version(package: str, cache: Path) -> str | None:
    """The Debian version of a package whose Debian part was downloaded: its archive names it."""
    folder = _place(cache.absolute() / "apt", package, upstream=False)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    found = {match[1] for name in names if (match := _DEBIAN_PART.fullmatch(name))}
    return found.pop() if len(found) == 1 else None


def _place(root: Path, package: str, *, upstream: bool) -> Path:
    return root / ("upstream" if upstream else "sources") / re.sub(r"[=/]", "_", package)


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


def _download(folder: aptconf.AptFolder, package: str, location: str, *, upstream: bool) -> Path:
    """Download a source package, or only Debian's part of it, into a folder of its own."""
    target = _place(folder.root, package, upstream=upstream)
    aptconf.remove(target)
    target.mkdir(parents=True)
    part = () if upstream else ("--diff-only",)
    command = ["apt-get", "source", "-q", "--download-only", *part, "--", package]
    done = _run(command, folder, target)
    if done.returncode:
        raise InputError(
            f"the source package {package!r} could not be downloaded: {_reason(done)}",
            where=location,
            hint="check the name; it must be in the archives of this machine's apt sources",
        )
    return target


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

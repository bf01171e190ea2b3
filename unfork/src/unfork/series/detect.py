"""Which carrier a spec names. ``docs/series.md`` has the rules in the order used here."""

import difflib
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unfork.errors import InputError, UsageError

CARRIERS = ("range", "directory", "mailbox", "tree", "quilt", "debian", "apt", "rpm", "yocto", "edits")
_DOCKERFILE = re.compile(r"(?:.*\.)?(?:docker|container)file(?:\..*)?", re.I)
_SHELL = re.compile(r".*(?:\.(?:sh|bash)|[._]docker_image)")  # the last: StarlingX's image recipes


@dataclass(frozen=True, slots=True)
class Place:
    """A spec taken apart. Which fields are set depends on the carrier."""

    carrier: str
    path: Path = Path()
    revision: str = ""  # tree
    directory: str = ""  # tree
    base: str = ""  # range
    tip: str = ""  # range
    package: str = ""  # apt
    file: str = ""  # rpm, yocto, edits: below the path; "": all that are there


def is_dockerfile(path: str) -> bool:
    """Whether a file is called as Dockerfiles are."""
    return _DOCKERFILE.fullmatch(posixpath.basename(path)) is not None


def recipe_carrier(path: str) -> str | None:
    """The carrier of a file that says how something is built, by its name; ``None``: it is none."""
    name = posixpath.basename(path)
    if name.endswith(".spec"):
        return "rpm"
    if name.endswith((".bb", ".bbappend")):
        return "yocto"
    return "edits" if is_dockerfile(name) or _SHELL.fullmatch(name) else None


def recipe_root(path: str, is_file: Callable[[str], bool]) -> str:
    """The directory that a recipe's other files lie below; of a Yocto recipe the top of its layer.

    ``is_file`` says whether there is a file at a path.
    """
    folder = posixpath.dirname(path)
    carrier = recipe_carrier(path)
    if carrier == "rpm" and posixpath.basename(folder) == "SPECS":
        return posixpath.dirname(folder)  # rpmbuild's own layout: the patches are in SOURCES beside it
    if carrier == "yocto":
        above = folder
        while True:
            if any(is_file(posixpath.join(above, "conf", name)) for name in ("layer.conf", "bitbake.conf")):
                return above
            if above in ("", "/"):
                break
            above = posixpath.dirname(above)
    return folder


def detect(spec: str, carrier: str | None = None) -> Place:
    """Take a spec apart; ``carrier`` forces how. Raises ``InputError`` when nothing fits."""
    if carrier is not None and carrier not in CARRIERS:
        raise UsageError(f"there is no carrier {carrier!r}", hint=f"one of {', '.join(CARRIERS)}")
    if not spec or "\0" in spec:
        raise InputError("the series has no name", hint="a path, REPO:BASE..TIP, REPO@REV:DIR or apt:NAME")
    if carrier == "apt" or (carrier is None and spec.startswith("apt:")):
        return Place("apt", package=spec.removeprefix("apt:"))
    path = Path(spec).expanduser()
    if carrier in ("range", "tree") or (carrier is None and not path.exists()):
        return _in_repository(spec, carrier)
    if not path.exists():
        raise _nothing_there(path)
    if carrier is None:
        return _on_disk(path)
    if carrier == "debian":
        return Place(carrier, _debian_patches(path) or path / "debian" / "patches")
    if carrier == "quilt":
        return Place(carrier, _quilt(path) or path)
    if carrier in ("rpm", "yocto", "edits"):
        return _recipe(path, carrier)
    return Place(carrier, path)


def _on_disk(path: Path) -> Place:
    if path.is_dir():
        if (patches := _debian_patches(path)) is not None:
            return Place("debian", patches)
        if (patches := _quilt(path)) is not None:
            return Place("quilt", patches)
        return Place("directory", path)
    if path.name == "series":
        return Place("quilt", path.parent)
    named = recipe_carrier(path.name)
    return _recipe(path, named) if named else Place("mailbox", path)


def _recipe(path: Path, carrier: str) -> Place:
    if path.is_dir():
        return Place(carrier, path)
    absolute = path.absolute().as_posix()
    root = recipe_root(absolute, lambda file: Path(file).is_file())
    return Place(carrier, Path(root), file=posixpath.relpath(absolute, root))


def _debian_patches(path: Path) -> Path | None:
    """The ``debian/patches`` that a source tree, its ``debian`` or the directory itself is."""
    absolute = path.absolute()
    if absolute.name == "patches" and absolute.parent.name == "debian":
        return path
    if absolute.name == "debian" and (path / "patches").is_dir():
        return path / "patches"
    patches = path / "debian" / "patches"
    return patches if patches.is_dir() else None


def _quilt(path: Path) -> Path | None:
    if path.name == "series" and path.is_file():
        return path.parent
    if (path / "series").is_file():
        return path
    return path / "patches" if (path / "patches" / "series").is_file() else None


def _in_repository(spec: str, carrier: str | None) -> Place:
    """``REPO:BASE..TIP`` or ``REPO@REV:DIR``; a repository's own path may hold ``:`` and ``@``."""
    if carrier != "tree":
        for at, char in enumerate(spec):
            if char == ":" and ".." in spec[at + 1 :] and (path := _repository(spec[:at])) is not None:
                return _range(path, spec[at + 1 :], spec)
    if carrier != "range":
        for at, char in enumerate(spec):
            if char == "@" and (path := _repository(spec[:at])) is not None:
                revision, _, directory = spec[at + 1 :].partition(":")
                folder = directory.strip("/")
                return Place(
                    "tree", path, revision=revision or "HEAD", directory="" if folder == "." else folder
                )
    if carrier is not None:
        form = "REPO:BASE..TIP" if carrier == "range" else "REPO@REV:DIR"
        raise InputError(f"{spec!r} is no {carrier}, expected {form}", hint="REPO must be a directory")
    raise _nothing_there(Path(spec))


def _repository(text: str) -> Path | None:
    path = Path(text).expanduser()
    return path if text and path.is_dir() else None


def _range(path: Path, revisions: str, spec: str) -> Place:
    base, _, tip = revisions.partition("..")
    if tip.startswith("."):
        raise InputError(
            "a range with three dots has two bases, expected REPO:BASE..TIP", where=spec, hint="use two dots"
        )
    if not base:
        raise InputError("the range has no base, expected REPO:BASE..TIP", where=spec, hint="name the base")
    return Place("range", path, base=base, tip=tip or "HEAD")


def _nothing_there(path: Path) -> InputError:
    parent = path.parent
    names = [entry.name for entry in parent.iterdir()] if parent.is_dir() else []
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5)
    shown = ", ".join(str(parent / name) for name in near)
    return InputError(
        "there is no such file or directory",
        where=str(path),
        hint=f"nearest: {shown}" if near else "a path, REPO:BASE..TIP, REPO@REV:DIR or apt:NAME",
    )

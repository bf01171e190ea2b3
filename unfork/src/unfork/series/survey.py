"""Every series below a folder, and the patch files that none of them names."""

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from unfork.errors import InputError
from unfork.model import Patch
from unfork.model.survey import Carried, Found, Survey
from unfork.progress import Progress
from unfork.series import quilt
from unfork.series.detect import recipe_carrier, recipe_root
from unfork.series.folder import Entry, Folder, InnerFolder
from unfork.series.load import SERIES, read_all
from unfork.series.order import natural
from unfork.series.origin import origin_of
from unfork.series.parse import LIMIT
from unfork.series.recipes import recipe_reader
from unfork.series.yocto import recipe_of

_SUFFIXES = (".patch", ".diff", ".dpatch")


def survey(folder: Folder, location: str, spec_of: Callable[[str], str], *, progress: Progress) -> Survey:
    """All series below a folder, in the order of their paths. ``spec_of`` makes of a path what names it.

    A series that cannot be read is listed with a warning that says why. Raises ``InputError`` when the
    folder cannot be listed.
    """
    return _Survey(folder, location, spec_of).run(progress)


def _is_patch(path: str) -> bool:
    return path.lower().endswith(_SUFFIXES)


class _Survey:
    def __init__(self, folder: Folder, location: str, spec_of: Callable[[str], str]) -> None:
        self._folder = folder
        self._location = location
        self._spec_of = spec_of
        self._files = folder.files()
        self._named: set[str] = set()
        self._inner: dict[str, InnerFolder] = {}

    def run(self, progress: Progress) -> Survey:
        places = [path for path in self._files if posixpath.basename(path) == SERIES]
        recipes = [path for path in self._files if recipe_carrier(path) is not None]
        found: list[Found] = []
        progress.start("reading series", len(places) + len(recipes))
        for done, path in enumerate([*places, *recipes], 1):
            one = self._quilt(path) if done <= len(places) else self._recipe(path)
            if one is not None:
                found.append(one)
            progress.advance()
        progress.finish()
        found += self._folders({each.path for each in found}, recipes)
        loose = sorted(
            (path for path in self._files if _is_patch(path) and path not in self._named), key=natural
        )
        return Survey(self._location, tuple(sorted(found, key=lambda each: each.path)), tuple(loose))

    def _quilt(self, path: str) -> Found | None:
        directory = posixpath.dirname(path)
        entry = self._files[path]
        has_patches = any(_is_patch(each) for each in self._beside(directory))
        if entry.problem or entry.size > LIMIT:
            if not has_patches:
                return None
            return self._broken(
                directory, "quilt", f"{path}: {entry.problem or 'is too large for a series file'}"
            )
        try:
            listed = quilt.parse_series(self._folder.read([path], LIMIT)[0], path)
        except InputError as error:
            return self._broken(directory, "quilt", str(error)) if has_patches else None
        at = {line.name: posixpath.normpath(posixpath.join(directory, line.name)) for line in listed}
        there = [line for line in listed if at[line.name] in self._files]
        if not there and not has_patches:
            return None  # another kind of file that is called "series"
        self._named.update(at.values())
        inner = self._within(directory)
        entries = inner.files()
        patches = read_all(
            inner, [(line.name, line.strip, entries[line.name], line.problem) for line in there]
        )
        package, base = origin_of(self._folder, directory, self._files)
        carrier = (
            "debian" if directory.endswith("debian/patches") or directory == "debian/patches" else "quilt"
        )
        return Found(
            path=directory or ".",
            carrier=carrier,
            spec=self._spec_of(directory),
            patches=_carried(patches),
            package=package,
            base=base,
            missing=tuple(line.name for line in listed if at[line.name] not in self._files),
        )

    def _recipe(self, path: str) -> Found | None:
        carrier = recipe_carrier(path) or ""
        if path.endswith(".bbappend") and recipe_of(path, self._layer(path)) is not None:
            return None  # it is read with its recipe
        root = self._root(path)
        inside = posixpath.relpath(path, root) if root else path
        inner = self._within(root)
        try:
            read = recipe_reader(carrier)(inner, inside, inner.files())
        except InputError as error:
            return self._broken(path, carrier, str(error))
        self._named.update(posixpath.normpath(posixpath.join(root, name)) for name in read.named)
        if not read.patches:
            return None
        return Found(
            path=path,
            carrier=carrier,
            spec=self._spec_of(path),
            patches=_carried(read.patches),
            package=read.package,
            base=read.base,
            missing=read.missing,
            warnings=read.warnings,
        )

    def _root(self, path: str) -> str:
        return recipe_root(path, self._files.__contains__)

    def _layer(self, path: str) -> Mapping[str, Entry]:
        return self._beside(self._root(path))

    def _folders(self, known: set[str], recipes: Iterable[str]) -> list[Found]:
        """Directories of patches that have no series file: their names are the order."""
        described = {posixpath.dirname(path) for path in recipes if recipe_carrier(path) in ("rpm", "yocto")}
        groups: dict[str, list[str]] = defaultdict(list)
        for path in self._files:
            if _is_patch(path):
                groups[posixpath.dirname(path)].append(path)
        found = []
        for directory, paths in groups.items():
            above = {directory, *_parents(directory)}
            if (
                directory in known
                or (directory or ".") in known
                or self._named & set(paths)
                or above & described
            ):
                continue
            names = sorted((posixpath.basename(path) for path in paths), key=natural)
            inner = self._within(directory)
            entries = inner.files()
            self._named.update(paths)
            patches = read_all(inner, [(name, 1, entries[name], None) for name in names])
            package, base = origin_of(self._folder, directory, self._files)
            found.append(
                Found(
                    directory or ".", "directory", self._spec_of(directory), _carried(patches), package, base
                )
            )
        return found

    def _broken(self, path: str, carrier: str, why: str) -> Found:
        return Found(path or ".", carrier, self._spec_of(path), (), warnings=(why,))

    def _within(self, directory: str) -> InnerFolder:
        if directory not in self._inner:
            self._inner[directory] = InnerFolder(self._folder, directory, self._files)
        return self._inner[directory]

    def _beside(self, directory: str) -> Mapping[str, Entry]:
        return self._within(directory).files()


def _parents(directory: str) -> Iterable[str]:
    while directory:
        directory = posixpath.dirname(directory)
        yield directory


def _carried(patches: Iterable[Patch]) -> tuple[Carried, ...]:
    return tuple(
        Carried(patch.name, patch.subject, patch.edit.kind if patch.edit else None, patch.error)
        for patch in patches
    )

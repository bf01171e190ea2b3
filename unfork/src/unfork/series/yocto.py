"""The carrier ``yocto``: the patches of a recipe's ``SRC_URI``, with those of its appends.

A directory is a layer when it has ``conf/layer.conf``; a recipe is read with the appends of its layer.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from unfork.errors import InputError
from unfork.model import Patch
from unfork.series.bitbake import Data, Part
from unfork.series.commands import find_edit
from unfork.series.folder import Entry, Folder
from unfork.series.order import natural
from unfork.series.recipe import RecipeRead, Wanted, collect
from unfork.series.scripts import patches_of
from unfork.series.shell import read_script

_LARGEST = 2**20  # bytes of a recipe
_PATCH = re.compile(r".*\.(?:patch|diff)(?:\.(?:gz|bz2|xz|zst|Z))?")
_IN_CODE = re.compile(r"[a-z]+://[^\s'\"]+\.(?:patch|diff)[^\s'\"]*")
_READ = re.compile(r"getVar\(\s*['\"](\w+)['\"]")
_TASK = re.compile(r"do_(?:unpack|patch|configure|compile)\b.*")  # what changes the source before it is built
_NAMES = re.compile(r"\$\{([\w.-]+)\}")
_DEEPEST = 3  # variables in the values of variables
_MOST_PARTS = 10_000
_NO = ("no", "0", "false")


def read_recipe(folder: Folder, path: str, files: Mapping[str, Entry]) -> RecipeRead:
    """The patches of a ``.bb`` with its layer's appends, or of a ``.bbappend`` alone.

    Raises ``InputError`` when the recipe itself cannot be read.
    """
    return _Reading(folder, path, files).read()


def recipe_of(append: str, files: Iterable[str]) -> str | None:
    """The recipe among ``files`` that an append is for."""
    pattern = posixpath.basename(append).removesuffix(".bbappend").replace("%", "*") + ".bb"
    return next((path for path in files if fnmatch.fnmatchcase(posixpath.basename(path), pattern)), None)


def _appends(path: str, files: Iterable[str]) -> list[str]:
    return sorted(
        (each for each in files if each.endswith(".bbappend") and recipe_of(each, [path]) is not None),
        key=natural,
    )


class _Reading:
    def __init__(self, folder: Folder, path: str, files: Mapping[str, Entry]) -> None:
        self._folder = folder
        self._path = path
        self._files = files
        self._data = Data(self._included)
        self._named: set[str] = set()

    def read(self) -> RecipeRead:
        data = self._data
        name, _, version = posixpath.basename(self._path).rpartition(".")[0].partition("_")
        base_name = re.sub(r"-(?:native|cross)$|^(?:nativesdk)-", "", name)
        for variable, value in (("PN", name), ("BPN", base_name), ("PR", "r0")):
            data.set(variable, value)
        data.set("PV", version.replace("%", "") or "1.0")
        data.set("BP", "${BPN}-${PV}")
        data.set("P", "${PN}-${PV}")
        data.set("FILE_DIRNAME", posixpath.dirname(self._path))
        text = self._text(self._path)
        if text is None:
            raise InputError(
                "cannot be read as a recipe", where=posixpath.join(self._folder.location, self._path)
            )
        data.parse(self._path, text)
        for append in _appends(self._path, self._files) if self._path.endswith(".bb") else ():
            data.parse(append, self._text(append) or "")
        read = collect(self._folder, self._files, self._wanted())
        left = [f"{each}: it is not in the layer, what it says was not read" for each in data.not_found]
        return replace(
            read,
            patches=(*read.patches, *self._edits()),
            named=read.named | self._named,
            package=data.expand("${BPN}"),
            base=self._base(version),
            warnings=tuple(left),
        )

    def _base(self, version: str) -> str | None:
        revision = self._data.expand(self._data.value("SRCREV") or "")
        if re.fullmatch(r"[0-9a-f]{40}", revision):
            return revision
        value = self._data.expand("${PV}") if version or self._data.value("PV") != "1.0" else ""
        return value or None

    def _text(self, path: str) -> str | None:
        entry = self._files.get(path)
        if entry is None or entry.problem or entry.size > _LARGEST:
            return None
        return self._folder.read([path], _LARGEST)[0].decode("utf-8", "surrogateescape")

    def _included(self, name: str, by: str) -> tuple[str, str] | None:
        for place in (posixpath.join(posixpath.dirname(by), name), name):
            path = posixpath.normpath(place)
            text = self._text(path)
            if text is not None:
                return path, text
        return None

    def _wanted(self) -> list[Wanted]:
        removed = {
            uri
            for part in self._data.removed("SRC_URI")
            if not part.condition
            for uri in self._data.expand(part.text).split()
        }
        wanted = []
        for part in self._parts("SRC_URI", 0):
            text = self._data.expand(part.text)
            # What a program decides cannot be known; the patches it decides on can.
            code = _code(text)
            for each in code:
                text = text.replace(each, " ")
            uris = [(uri, part.condition) for uri in text.split()]
            decided = [
                *code,
                *(self._data.value(name) or "" for each in code for name in _READ.findall(each)),
            ]
            uris += [(uri, "where its ${@...} says so") for each in decided for uri in _IN_CODE.findall(each)]
            for uri, condition in uris:
                if uri not in removed and (one := self._patch(uri, part, condition)) is not None:
                    wanted.append(one)
        return wanted

    def _parts(self, name: str, depth: int) -> list[Part]:
        """The pieces of a variable, each followed by those that overrides give to what it names."""
        found = []
        for part in self._data.parts(name):
            found.append(part)
            for other in _NAMES.findall(part.text) if depth < _DEEPEST else ():
                found += [each for each in self._parts(other, depth + 1) if each.condition]
            if len(found) > _MOST_PARTS:
                break
        return found

    def _patch(self, uri: str, part: Part, condition: str) -> Wanted | None:
        address, *options = uri.split(";")
        given = dict(option.partition("=")[::2] for option in options)
        scheme, _, name = address.partition("://")
        if not name:
            return None
        if given.get("apply", "").lower() in _NO:
            self._named.update(path for path in self._places(name) if path in self._files)
            return None
        if not _PATCH.fullmatch(name) and given.get("apply", "").lower() not in ("yes", "1", "true"):
            return None
        level = given.get("striplevel") or given.get("pnum") or "1"
        remarks = [f"{part.where}: only for {condition}"] if condition else []
        if "patchdir" in given:
            remarks.append(f"{part.where}: it is applied in {given['patchdir']}, its paths start there")
        problem = None
        if not re.fullmatch(r"\d{1,2}", level):
            problem = f"{part.where}: the striplevel {level!r} of {name!r} is no number"
        elif scheme != "file":
            problem = (
                f"{part.where}: {address} is fetched when it is built, it is not in the layer; copy it there"
            )
        elif "${" in name:
            problem = f"{part.where}: {name!r} holds a variable that is set elsewhere"
        strip = int(level) if problem is None else 1
        places = self._places(name) if problem is None else []
        return Wanted(
            part.where, address if scheme != "file" else name, places, strip, problem, tuple(remarks)
        )

    def _places(self, name: str) -> Sequence[str]:
        """Where bitbake looks: ``FILESEXTRAPATHS``, then the three usual directories; in each also in
        the directories of overrides, which are the machine's and the distribution's to say."""
        if posixpath.isabs(name):
            return []
        here = posixpath.dirname(self._path)
        extra = self._data.expand("".join(part.text for part in self._data.parts("FILESEXTRAPATHS")))
        usual = [
            posixpath.join(here, self._data.expand(end)) for end in ("${BP}", "${BPN}", "${PN}", "files")
        ]
        folders = [
            posixpath.normpath(each) for each in [*extra.split(":"), *usual] if each and "${" not in each
        ]
        direct = [posixpath.normpath(posixpath.join(each, name)) for each in folders]
        if any(each in self._files for each in direct):
            return direct
        deeper = [
            path
            for each in folders
            for path in self._called.get(posixpath.basename(name), ())
            if path.startswith(f"{each}/")
            and path.endswith(f"/{name}")
            and path.count("/") <= each.count("/") + 3
        ]
        return [*direct, *deeper]

    @cached_property
    def _called(self) -> Mapping[str, Sequence[str]]:
        """The layer's files by their names."""
        found: dict[str, list[str]] = {}
        for path in sorted(self._files):
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    def _edits(self) -> list[Patch]:
        """What the functions that prepare the source change by commands."""
        edits: list[Patch] = []
        for function in self._data.functions:
            if not _TASK.fullmatch(function.name):
                continue
            body = function.body.encode("utf-8", "surrogateescape")
            for command in read_script(body, line=function.line).commands:
                for found in find_edit(command):
                    edits += patches_of(found, self._folder, function.where, self._files)
        return edits


def _code(text: str) -> list[str]:
    """The ``${@...}`` of a value, whole."""
    found = []
    at = text.find("${@")
    while at >= 0:
        depth, end = 0, at
        for end in range(at + 1, len(text)):
            depth += (text[end] == "{") - (text[end] == "}")
            if depth == 0:
                break
        found.append(text[at : end + 1])
        at = text.find("${@", end)
    return found

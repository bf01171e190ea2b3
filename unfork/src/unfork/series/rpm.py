"""The carrier ``rpm``: a spec file's ``Patch`` lines in the order its ``%prep`` applies them.

The library ``specfile`` takes the file apart. Its class ``Specfile`` is not used: it has rpm parse the
file, and parsing runs what stands in ``%(...)`` and ``%{lua:...}``. Its parts are given a context of our
own instead, which replaces plain macros by their text and runs nothing.
"""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from unfork.errors import InputError
from unfork.model import Patch
from unfork.series.commands import find_edit
from unfork.series.folder import Entry, Folder
from unfork.series.load import shown
from unfork.series.macros import Macros
from unfork.series.recipe import RecipeRead, Wanted, collect
from unfork.series.scripts import patches_of
from unfork.series.shell import read_script

_LARGEST = 2 * 2**20  # bytes; the kernel's, with its changelog, has a tenth of it
_PATCH = re.compile(r"(?i)patch(\d*)")
_BRANCH = re.compile(r"\s*%(if\w*|elif\w*|else|endif)\b(.*)")
_MARK = "unfork-prep-macro"


def read_spec(folder: Folder, path: str, files: Mapping[str, Entry]) -> RecipeRead:
    """The patches of a spec file, those of every branch of its conditions.

    Raises ``InputError`` when the library or rpm's bindings are not installed, or when the file is
    no spec file that can be taken apart.
    """
    parts = _library()
    entry = files.get(path, Entry(0, problem="is not there"))
    if entry.problem or entry.size > _LARGEST:
        why = entry.problem or f"has more than {_LARGEST // 2**20} MB, expected a spec file"
        raise InputError(why, where=posixpath.join(folder.location, path))
    text = folder.read([path], _LARGEST)[0].decode("utf-8", "surrogateescape")
    try:
        spec = _take_apart(parts, text)
    except (parts.error, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(
            f"cannot be read as a spec file: {error}", where=posixpath.join(folder.location, path)
        ) from error
    return _Reading(folder, path, files, spec).read()


@dataclass(frozen=True, slots=True)
class _Declared:
    number: int
    name: str  # of the file
    known: bool
    condition: str | None


@dataclass(slots=True)
class _Spec:
    macros: Macros = field(default_factory=Macros)
    tags: dict[str, str] = field(default_factory=dict)
    declared: list[_Declared] = field(default_factory=list)
    prep: list[str] = field(default_factory=list)  # its lines, a macro of rpm's replaced by a mark
    steps: list[Any] = field(default_factory=list)  # the macros marked
    has_include: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    """What the library asks for the value of macros."""

    macros: Macros

    def expand(self, expression: str, **_: object) -> str:
        return self.macros.expand(expression)[0]


@dataclass(frozen=True, slots=True)
class _Library:
    sections: Any
    tags: Any
    prep: Any
    definitions: Any
    error: type[Exception]


def _library() -> _Library:
    hint = "pip install 'unfork[rpm]', and rpm's bindings: apt-get install python3-rpm"
    try:
        from specfile.exceptions import SpecfileException
        from specfile.macro_definitions import MacroDefinitions
        from specfile.prep import Prep
        from specfile.sections import Sections
        from specfile.tags import Tags
    except ImportError as error:
        raise InputError(f"spec files cannot be read here: {error}", hint=hint) from error
    return _Library(Sections, Tags, Prep, MacroDefinitions, SpecfileException)


def _take_apart(parts: _Library, text: str) -> _Spec:
    spec = _Spec()
    lines = text.splitlines()
    for definition in parts.definitions.parse(lines):
        if not definition.commented_out and "(" not in definition.name:
            spec.macros.define(definition.name, definition.body)
    context = _Context(spec.macros)
    sections = parts.sections.parse(lines, context)
    for section in sections:
        name = section.id.split()[0].lower() if section.id else "package"
        if name == "package":
            _read_tags(parts, section, context, spec)
        elif name == "patchlist":
            for line in section:
                if line.strip() and not line.lstrip().startswith(("#", "%")):
                    _declare(spec, "", line.strip(), None)
        elif name == "prep":
            _read_prep(parts, section, spec)
    spec.has_include = any(line.startswith("%include") for line in lines)
    return spec


def _read_tags(parts: _Library, section: Any, context: _Context, spec: _Spec) -> None:
    conditions = _conditions(section)
    for tag in parts.tags.parse(section, cast("Any", context)):
        number = _PATCH.fullmatch(tag.name)
        if number is not None:
            _declare(spec, number[1], tag.value.strip(), conditions.get(tag.name.lower()))
        elif (
            tag.name.lower() in ("name", "version", "release", "epoch") and tag.name.lower() not in spec.tags
        ):
            spec.tags[tag.name.lower()] = tag.value.strip()
            spec.macros.define(tag.name.lower(), tag.value.strip())


def _conditions(section: Sequence[str]) -> dict[str, str]:
    """Of each ``PatchN`` inside a condition, the innermost one."""
    open_: list[str] = []
    found: dict[str, str] = {}
    for line in section:
        branch = _BRANCH.match(line)
        if branch is None:
            tag = re.match(r"(?i)\s*(patch\d*)\s*:", line)
            if tag is not None and open_:
                found[tag[1].lower()] = open_[-1]
        elif branch[1] == "endif":
            del open_[-1:]
        elif branch[1].startswith("if"):
            open_.append(f"%{branch[1]}{branch[2]}".strip())
        elif open_:
            open_[-1] = f"%else of {open_[-1]}" if branch[1] == "else" else f"%{branch[1]}{branch[2]}".strip()
    return found


def _declare(spec: _Spec, number: str, value: str, condition: str | None) -> None:
    last = spec.declared[-1].number if spec.declared else -1
    text, known = spec.macros.expand(value)
    name = text.rpartition("/")[2] if known else text  # of an address "https://.../x#/NAME" as well
    at = int(number[:9]) if number else last + 1
    spec.declared.append(_Declared(at, name, known, condition))
    for macro in (f"PATCH{at}", f"P:{at}"):
        spec.macros.define(macro, name)


def _read_prep(parts: _Library, section: Any, spec: _Spec) -> None:
    prep = parts.prep.parse(section)
    written = 0
    for macro in prep.macros:
        *before, own = macro.get_raw_data()
        spec.prep += before
        written += len(before) + 1
        if own.lstrip().startswith(("#", "%dnl")):
            spec.prep.append("")
        else:
            spec.prep.append(f"{_MARK} {len(spec.steps)}")
            spec.steps.append(macro)
    spec.prep += prep.get_raw_section_data()[written:]


class _Reading:
    """From what the file says to the patches in their order."""

    def __init__(self, folder: Folder, path: str, files: Mapping[str, Entry], spec: _Spec) -> None:
        self._folder = folder
        self._path = path
        self._files = files
        self._spec = spec
        self._of = {each.number: each for each in spec.declared}
        self._applied: list[int] = []
        self._wanted: list[Wanted] = []
        self._warnings: list[str] = []

    def read(self) -> RecipeRead:
        edits = self._follow_prep()
        if not self._applied and self._spec.declared:
            self._warnings.append(
                f"{self._path}: %prep applies none of its patches by a macro that is known:"
                " they are taken in the order they are declared"
            )
            for each in self._spec.declared:
                self._apply(each.number, 1)
        left = [each.name for each in self._spec.declared if each.number not in self._applied]
        if left:
            self._warnings.append(f"{self._path}: declared, but not applied in %prep: {shown(left)}")
        if self._spec.has_include:
            self._warnings.append(f"{self._path}: what it takes in with %include was not read")
        read = collect(self._folder, self._files, self._wanted)
        places = (posixpath.join(at, each.name) for each in self._spec.declared for at in self._places())
        named = read.named | {path for path in map(posixpath.normpath, places) if path in self._files}
        version, known = self._spec.macros.expand(self._spec.tags.get("version", ""))
        name, _ = self._spec.macros.expand(self._spec.tags.get("name", ""))
        return replace(
            read,
            patches=(*read.patches, *edits),
            named=named,
            package=name or None,
            base=version if version and known else None,
            warnings=tuple(self._warnings),
        )

    def _follow_prep(self) -> list[Patch]:
        """Note what is applied; the result is the edits that ``%prep`` makes by commands."""
        self._spec.macros.define("patches", " ".join(each.name for each in self._spec.declared))
        lines = ["" if _BRANCH.match(line) else self._spec.macros.expand(line)[0] for line in self._spec.prep]
        edits: list[Patch] = []
        by_name = {each.name: each.number for each in self._spec.declared}
        for command in read_script("\n".join(lines).encode("utf-8", "surrogateescape")).commands:
            if command.words[0].text == _MARK:
                self._step(self._spec.steps[int(command.words[1].text)])
                continue
            for found in find_edit(command):
                names = [posixpath.basename(each.name.text) for each in found.applied]
                if found.applied and all(name in by_name for name in names):
                    for name, each in zip(names, found.applied, strict=True):
                        self._apply(by_name[name], each.strip, is_reversed=each.is_reversed)
                else:
                    edits += patches_of(found, self._folder, f"{self._path}:%prep", self._files)
        return edits

    def _step(self, macro: Any) -> None:
        name = macro.name.removeprefix("%")
        options = macro.options
        if name == "autosetup" and not options.N:
            self._range(options, None, None)
        elif name == "autopatch":
            chosen = [int(str(each)) for each in options.positional if str(each).isdigit()]
            if chosen:
                for number in chosen:
                    self._apply(number, _level(options.p))
            else:
                self._range(options, options.m, options.M)
        elif name.startswith("patch"):
            self._single(macro, options)

    def _single(self, macro: Any, options: Any) -> None:
        try:
            number = int(macro.number)
        except (ValueError, TypeError):
            self._warnings.append(
                f"{self._path}: which patch {macro.get_raw_data()[-1].strip()!r} means is not known"
            )
            return
        self._apply(number, 0 if options.p is None else _level(options.p), is_reversed=bool(options.R))

    def _range(self, options: Any, least: Any, most: Any) -> None:
        low = int(str(least)) if str(least).isdigit() else 0
        high = int(str(most)) if str(most).isdigit() else None
        for each in self._spec.declared:
            if each.number >= low and (high is None or each.number <= high):
                self._apply(each.number, _level(options.p))

    def _apply(self, number: int, strip: int, *, is_reversed: bool = False) -> None:
        declared = self._of.get(number)
        if declared is None:
            self._warnings.append(f"{self._path}: %prep applies patch {number}, which is not declared")
            return
        if number in self._applied:
            return
        self._applied.append(number)
        problem = None
        if is_reversed:
            problem = f"{self._path}: Patch{number} is applied with -R, which is not supported; reverse it"
        elif not declared.known:
            problem = (
                f"{self._path}: the name of Patch{number}, {declared.name!r}, holds a macro that is not known"
            )
        remarks = (f"{self._path}: only {declared.condition}",) if declared.condition else ()
        self._wanted.append(
            Wanted(
                self._path,
                declared.name,
                [posixpath.join(at, declared.name) for at in self._places()],
                strip,
                problem,
                remarks,
            )
        )

    def _places(self) -> Sequence[str]:
        """The directories its sources may lie in: its own, or ``SOURCES`` beside ``SPECS``."""
        own = posixpath.dirname(self._path)
        beside = posixpath.join(posixpath.dirname(own), "SOURCES")
        return (beside, own) if posixpath.basename(own) == "SPECS" else (own,)


def _level(value: object) -> int:
    """``-p`` of ``%autosetup`` and ``%autopatch``, which is 1 by itself with git and 0 with patch: rpm
    gives patch ``-p1`` only when it is asked to, but a diff with a/ and b/ needs it."""
    return int(str(value)) if str(value).isdigit() and len(str(value)) < 3 else 1

"""Which commands change files that somebody else wrote: ``sed -i``, ``patch``, ``cp`` and their like."""

import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from unfork.model.edit import Edit, EditKind
from unfork.series.shell import Command, Word

# What runs another command: the rest of its words is that command, after options of its own.
_RUNNERS = frozenset(
    (
        "sudo",
        "doas",
        "env",
        "xargs",
        "find",
        "nice",
        "ionice",
        "time",
        "timeout",
        "exec",
        "command",
        "busybox",
    )
)
_SED_SHORT = "bnrEszue:f:l:i::"
_PATCH_SHORT = "bcefFglNnRstTuvzZEd:D:i:o:p:r:Y:B:F:g:V:z:"
_INSTALLED = re.compile(
    r"(?:^|/)(?:site|dist)-packages/|^/(?:usr|lib|lib64|etc|opt|bin|sbin|var/lib|var/www|srv)/"
)
_BACKUP = re.compile(r"(?:\.orig|\.old|\.bak|~)$")


@dataclass(frozen=True, slots=True)
class Applied:
    """A patch file that a command applies; the folder may have it."""

    name: Word  # may hold "*"
    strip: int
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What one command changes: an edit, patch files it applies, or a diff it brings along."""

    command: Command
    edit: Edit | None = None
    applied: tuple[Applied, ...] = ()
    copied: str | None = None  # of a copy: the file or directory of the folder it takes
    below: str = ""  # of a copied directory: where what is in it comes to lie


def find_edit(command: Command) -> list[Found]:
    """What a command changes; nothing for most."""
    words = list(command.words)
    name = posixpath.basename(words[0].text)
    targets: tuple[str, ...] = ()
    if name in _RUNNERS:
        targets = _sought(words) if name == "find" else ()
        at = next((n for n, word in enumerate(words) if n and posixpath.basename(word.text) in _TOOLS), None)
        if at is None:
            return []
        words = words[at:]
        name = posixpath.basename(words[0].text)
    reader = _TOOLS.get(name)
    if reader is None:
        return []
    return [_aimed(found, targets) for found in reader(command, words[1:])]


def _sought(words: Sequence[Word]) -> tuple[str, ...]:
    """The names that ``find`` looks for: its command is given what has them."""
    pairs = pairwise(words)
    return tuple(value.text for option, value in pairs if option.text in ("-name", "-iname", "-path"))


def _aimed(found: Found, targets: tuple[str, ...]) -> Found:
    if found.edit is None:
        return found
    own = tuple(each for each in found.edit.targets if each not in ("{}", "{} +", ";", "+", "\\;"))
    return replace(found, edit=replace(found.edit, targets=own or targets))


def _options(words: Sequence[Word], short: str) -> tuple[list[tuple[str, Word | None]], list[Word]]:
    """Options and the rest, as GNU's getopt takes them apart: options may follow the rest."""
    options: list[tuple[str, Word | None]] = []
    rest: list[Word] = []
    left = list(words)
    while left:
        word = left.pop(0)
        text = word.text
        if text == "--":
            rest += left
            break
        if text.startswith("--"):
            name, equals, value = text.partition("=")
            options.append((name, Word(value, word.is_known) if equals else None))
        elif text.startswith("-") and len(text) > 1:
            letters = text[1:]
            while letters:
                letter, letters = letters[0], letters[1:]
                kind = short.partition(letter)[2]
                if letter == ":" or letter not in short or not kind.startswith(":"):
                    options.append((f"-{letter}", None))
                    continue
                if letters or kind.startswith("::"):
                    options.append((f"-{letter}", Word(letters, word.is_known)))
                else:
                    options.append((f"-{letter}", left.pop(0) if left else None))
                break
        else:
            rest.append(word)
    return options, rest


def _sed(command: Command, words: Sequence[Word]) -> list[Found]:
    options, rest = _options(words, _SED_SHORT)
    names = {name for name, _ in options}
    if not names & {"-i", "--in-place"}:
        return []
    scripts = [value or Word("", is_known=False) for name, value in options if name in ("-e", "--expression")]
    unknown = None
    if names & {"-f", "--file"}:
        unknown = "its script is in a file of its own"
    elif not scripts:
        if not rest:
            return []
        scripts, rest = [rest[0]], rest[1:]
    if any(not script.is_known for script in scripts):
        unknown = "its script holds what is only known when it runs"
    flags = [
        flag
        for flag, also in (("-E", ("-r", "--regexp-extended")), ("-n", ("--quiet", "--silent")), ("-z", ()))
        if names & {flag, *also, {"-z": "--null-data"}.get(flag, flag)}
    ]
    arguments = [*flags, *(part for script in scripts for part in ("-e", script.text))]
    targets = tuple(word.text for word in rest)
    return [Found(command, Edit(EditKind.SED, command.text, targets, tuple(arguments), unknown=unknown))]


def _patch(command: Command, words: Sequence[Word]) -> list[Found]:
    options, rest = _options(words, _PATCH_SHORT)
    if any(name in ("--dry-run", "--version", "--help", "-v") for name, _ in options):
        return []
    value = dict(options)
    level = value.get("-p") or value.get("--strip")
    # Without -p it goes by the names alone, which a tree has more than once; people's diffs have a/ and b/.
    strip = int(level.text) if level is not None and re.fullmatch(r"\d{1,2}", level.text) else 1
    name = value.get("-i") or value.get("--input") or (rest[1] if len(rest) > 1 else command.stdin)
    is_reversed = bool({"-R", "--reverse"} & set(value))
    return [_applying(command, [name] if name else [], strip, is_reversed, rest[:1])]


def _git(command: Command, words: Sequence[Word]) -> list[Found]:
    at = next((n for n, word in enumerate(words) if word.text in ("apply", "am")), None)
    if at is None or any(not word.text.startswith(("-", "/", ".", "$")) for word in words[:at]):
        return []
    options, rest = _options(words[at + 1 :], "3qvRp:C:")
    names = {name for name, _ in options}
    if names & {"--check", "--stat", "--numstat", "--summary", "--abort", "--continue", "--skip"}:
        return []
    level = dict(options).get("-p")
    strip = int(level.text) if level is not None and level.text.isdigit() else 1
    files = rest or ([command.stdin] if command.stdin else [])
    return [_applying(command, files, strip, bool(names & {"-R", "--reverse"}), ())]


def _applying(
    command: Command, files: Sequence[Word], strip: int, is_reversed: bool, targets: Sequence[Word]
) -> Found:
    applied = tuple(Applied(name, strip, is_reversed) for name in files)
    if not applied and command.here is not None:
        applied = (Applied(Word(""), strip, is_reversed),)  # the diff is in the script itself
    why = "its diff comes from another command" if command.is_piped else "it names no file with a diff"
    edit = Edit(
        EditKind.PATCH,
        command.text,
        tuple(word.text for word in targets),
        unknown=None if applied else why,
    )
    return Found(command, edit, applied)


def _copy(short: str) -> Callable[[Command, Sequence[Word]], list[Found]]:
    def read(command: Command, words: Sequence[Word]) -> list[Found]:
        options, rest = _options(words, short)
        value = dict(options)
        if "-d" in value and short != _CP_SHORT:
            return []  # install -d makes directories
        into = value.get("-t") or value.get("--target-directory")
        if into is not None:
            rest = [*rest, Word(f"{into.text}/", into.is_known)]
        return _copied(command, rest)

    return read


def _docker_copy(command: Command, words: Sequence[Word]) -> list[Found]:
    options, rest = _options(words, "")
    found = _copied(command, rest, puts_contents=True)
    if any(name == "--from" for name, _ in options):
        return [_elsewhere(each) for each in found]
    return found


def _elsewhere(found: Found) -> Found:
    if found.edit is None:
        return found
    why = "it comes from another image or stage: what is put there is not known"
    return replace(found, edit=replace(found.edit, unknown=why), copied=None)


def _copied(command: Command, words: Sequence[Word], *, puts_contents: bool = False) -> list[Found]:
    """A copy over what may be installed files: to a place where packages install theirs.

    ``puts_contents``: what is in a directory is put there, not the directory itself.
    """
    if len(words) < 2:
        return []
    *sources, into = words
    if not _INSTALLED.search(into.text) or _BACKUP.search(into.text):
        return []
    found = []
    for source in sources:
        base = posixpath.basename(source.text.rstrip("/"))
        inside = posixpath.join(into.text, base)
        if into.text.endswith("/") or len(sources) > 1:
            targets: tuple[str, ...] = (inside,)
        elif posixpath.basename(into.text) == base:
            targets = (into.text,)
        else:
            targets = (into.text, inside)  # it is a directory or it is not: that is the image's to say
        below = into.text if puts_contents or source.text.endswith("/.") else inside
        edit = Edit(EditKind.COPY, command.text, targets)
        found.append(Found(command, edit, copied=source.text, below=below))
    return found


_CP_SHORT = "abdfilnprsuvxHLPRZTt:S:"
_TOOLS: dict[str, Callable[[Command, Sequence[Word]], list[Found]]] = {
    "sed": _sed,
    "gsed": _sed,
    "patch": _patch,
    "git": _git,
    "cp": _copy(_CP_SHORT),
    "install": _copy("bcCDdpsTvZm:o:g:t:S:"),
    "COPY": _docker_copy,
    "ADD": _docker_copy,
}

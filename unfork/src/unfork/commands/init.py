"""``unfork init``: write an ``unfork.toml`` with what is given and what can be guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit

from unfork.config import NAME
from unfork.errors import InputError
from unfork.files import write_atomically
from unfork.packages import changelog_version

_INTRODUCTION = """\
What `unfork scan` needs to know. Options on the command line win over this file;
paths are relative to it."""
# Each key with what it means and an example, in the order of the file.
_KEYS = (
    ("series", "The patches: a folder, REPO:BASE..TIP, REPO@REV:DIR, or apt:NAME.", "debian/patches"),
    ("upstream", "What they were made for: a path or an address; or a release, as pypi:NAME.", "../upstream"),
    ("also", "Further repositories to search, where code went to: REPO, or REPO@REV..REV.", "../placement"),
    ("base", "The upstream revision the series was made on.", "v1.4.0"),
    ("target", "The upstream revision to reach.", "v1.5.0"),
    ("carrier", "The form of the series, where it is not recognized: range, directory, quilt, ...", "quilt"),
    ("release-pattern",
     "Which tags are releases: a regular expression, where they are not found.", r"^v\d+\.\d+\.\d+$"),
    ("plan", "The folder with what people decided.", "unfork-plan"),
    ("project", "Which project of the plan this is, where it has several.", "nova"),
    ("store", "Where scans and checks are recorded: a file, or the address of a PostgreSQL.", "runs.sqlite3"),
    ("specs", "A repository of the upstream's specifications: they may name a replacement.", "../nova-specs"),
    ("since", "Search upstream from this revision on, instead of from the base.", "v1.3.0"),
    ("path", "Search only what changes these paths of the upstream (git's pathspecs).", "src"),
    ('trackers."review.example.org".kind', "A tracker that `unfork sync` asks, too.", "gerrit"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InitRequest:
    """Where to write and what is known; ``None`` is guessed or left as an example."""

    folder: Path
    series: str | None = None
    upstream: str | None = None
    also: tuple[str, ...] = ()
    base: str | None = None
    target: str | None = None
    carrier: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Initialized:
    """What was written."""

    path: Path
    guessed: tuple[tuple[str, str], ...]  # key and value nobody gave
    missing: tuple[str, ...]  # keys a scan needs that are still to be filled in


def run_init(request: InitRequest) -> Initialized:
    """Write the file; raises ``InputError`` when there is one already."""
    path = request.folder / NAME
    if path.exists() and not request.force:
        raise InputError("exists already", where=str(path), hint="--force replaces it")
    given = {
        key: value
        for key in ("series", "upstream", "also", "base", "target", "carrier")
        if (value := getattr(request, key)) not in (None, ())
    }
    guessed = {key: value for key, value in guess(request.folder).items() if key not in given}
    if "series" in given:
        guessed.pop("carrier", None)  # guessed for another series
    values = given | guessed
    write_atomically(path, render(values).encode("utf-8"))
    missing = tuple(key for key in ("series", "upstream", "target") if key not in values)
    return Initialized(path, tuple(guessed.items()), missing)


def guess(folder: Path) -> dict[str, str]:
    """What a folder tells by itself: a Debian source tree, a quilt series, a folder of patches."""
    found: dict[str, str] = {}
    if (folder / "debian/patches/series").is_file():
        found["series"] = "debian/patches"
        version = changelog_version(folder / "debian/changelog")
        if version:
            found["base"] = version
    elif (folder / "patches/series").is_file() or _has_patches(folder / "patches"):
        found["series"] = "patches"
    elif (folder / "series").is_file() or _has_patches(folder):
        found["series"] = "."
    return found


def render(values: Mapping[str, str | Sequence[str]]) -> str:
    """The file's text: every key with its meaning, those without a value commented out."""
    document = tomlkit.document()
    for line in _INTRODUCTION.splitlines():
        document.add(tomlkit.comment(line))
    for key, meaning, example in _KEYS:
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(meaning))
        if key in values:
            document.add(key, tomlkit.item(values[key]))
        else:
            document.add(tomlkit.comment(f"{key} = {tomlkit.string(example, literal=True).as_string()}"))
    return tomlkit.dumps(document)


def _has_patches(folder: Path) -> bool:
    return any(path.suffix in (".patch", ".diff") for path in folder.iterdir()) if folder.is_dir() else False

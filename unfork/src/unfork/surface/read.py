"""A tree's surface, read from git without a checkout."""

from collections.abc import Iterable, Iterator

from unfork.git import Repository
from unfork.surface.found import Found
from unfork.surface.migrations import read_migration
from unfork.surface.packaging import read_packaging
from unfork.surface.python import read_python

# Words without which a file declares nothing we know: of nova's 2,700 Python files 150 are left.
_WORDS = ("Opt(", "ROUTE", ".connect(", "route(", "add_url_rule(", "alias", "ALIAS", "router.", "app.")
_PACKAGING = ("setup.cfg", "pyproject.toml")


def read_surface(repository: Repository, commit: str) -> tuple[Found, ...]:
    """Everything a commit's tree offers, by kind and name, each once; tests are left out."""
    tree = repository.tree(commit)
    wanted = [path for path in _with_words(repository, commit) if path in tree and not _of_tests(path)]
    wanted += [path for path in _PACKAGING if path in tree]
    found: dict[tuple[str, str], Found] = {}
    blobs = repository.blobs([tree[path].sha for path in wanted])
    for path, data in zip(wanted, blobs, strict=True):
        if data is not None:
            _add(found, read_packaging(path, data) if path in _PACKAGING else read_python(path, data))
    _add(found, (each for path in tree if (each := read_migration(path)) is not None))
    return tuple(found[key] for key in sorted(found))


def _add(found: dict[tuple[str, str], Found], more: Iterable[Found]) -> None:
    for each in more:
        found.setdefault((each.kind, each.name), each)


def _with_words(repository: Repository, commit: str) -> Iterator[str]:
    words = [part for word in _WORDS for part in ("-e", word)]
    done = repository.try_run("grep", "-l", "-z", "-F", *words, commit, "--", "*.py")
    prefix = f"{commit}:".encode()
    for record in done.out.split(b"\0"):
        if record.startswith(prefix):
            yield record[len(prefix) :].decode("utf-8", "surrogateescape")


def _of_tests(path: str) -> bool:
    parts = path.split("/")
    return any(part in ("tests", "test", "functional-tests") for part in parts[:-1]) or (
        parts[-1].startswith("test_") or parts[-1] == "conftest.py"
    )

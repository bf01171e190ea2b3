"""Release notes as reno keeps them: one YAML file a change, sections of paragraphs."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from unfork.git import Repository, TreeEntry

if TYPE_CHECKING:
    from yaml import CSafeLoader, SafeLoader

NOTES = "releasenotes/notes/"
_LARGEST = 1 << 18  # bytes of one note; nova's largest has 16 kB
_MOST = 1 << 16  # characters taken from one note: aliases can make a small file a huge text


def is_note(path: str) -> bool:
    """Whether a path is that of a release note."""
    return path.startswith(NOTES) and path.endswith((".yaml", ".yml"))


def read_notes(
    repository: Repository, tree: Mapping[str, TreeEntry]
) -> tuple[dict[str, str], dict[str, str]]:
    """The text of each note of a tree by its path, and why others could not be read, by theirs."""
    paths = list(tree)
    texts: dict[str, str] = {}
    broken: dict[str, str] = {}
    for path, blob in zip(paths, repository.blobs([tree[path].sha for path in paths]), strict=True):
        if blob is None:
            broken[path] = "its content is missing"
            continue
        try:
            texts[path] = note_text(blob)
        except ValueError as error:
            broken[path] = str(error)
    return texts, broken


def note_text(data: bytes) -> str:
    """All paragraphs of one note; raises ``ValueError`` with the reason when it is no note."""
    import yaml  # 15 ms; a warm scan does not come here

    if len(data) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST >> 10} kB")
    loader: type[CSafeLoader | SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(data, Loader=loader)  # noqa: S506 - one of the two safe loaders
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise ValueError(f"line {mark.line + 1}: {problem}" if mark else problem) from error
    except (
        RecursionError,
        ValueError,
        OverflowError,
    ) as error:  # nested too deep; no such day; no such number
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if content is None:
        return ""
    if not isinstance(content, dict):
        raise ValueError("not a mapping of sections")
    return _limited(content)


def _limited(content: Mapping[Any, Any]) -> str:
    pieces: list[str] = []
    room = _MOST
    for piece in _strings(content):
        pieces.append(piece[:room])
        room -= len(piece) + 1
        if room <= 0:
            break
    return "\n\n".join(pieces)


def _strings(content: object) -> Iterator[str]:
    """Every text below a section. A part that an alias repeats is taken once: it may hold itself."""
    seen: set[int] = set()
    waiting = [content]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part.strip()
        elif isinstance(part, dict | list) and id(part) not in seen:
            seen.add(id(part))
            waiting.extend(reversed(list(part.values()) if isinstance(part, dict) else part))

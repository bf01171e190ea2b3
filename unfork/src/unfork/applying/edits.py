"""The state of an edit without a diff: does it still change anything in this tree?"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Mapping

from unfork.applying.answer import Answer
from unfork.applying.sed import SedError, run_sed
from unfork.applying.wording import shorten
from unfork.git import Repository, TreeEntry
from unfork.model import Edit, EditKind, State

_PACKAGES = re.compile(r".*/?(?:site|dist)-packages/")
_FILES = frozenset({"100644", "100755"})
_MOST_FILES = 500  # that one command is tried on
_LARGEST = 8 * 2**20  # bytes of a file it is tried on
_PREFIXES = 3  # directories that a tree may have above what is installed: "src/", "python/src/lib/"


def place_edit(git: Repository, tree: Mapping[str, TreeEntry], edit: Edit) -> Answer:
    """What the command does to the tree.

    ``obsolete``: it changes nothing there; ``absorbed``: a copied file is there as it is;
    ``clean``: it changes something; ``unknown``: nobody can tell, and the details say why.
    """
    paths = sorted({path for target in edit.targets for path in installed_from(target, tree)})
    if not paths:
        what = ", ".join(edit.targets) or "what it changes"
        said = [f"{what}: the target has no such file; it is another package's, or gone"]
        return Answer(State.UNKNOWN, shorten([*_why(edit), *said]))
    if edit.kind is EditKind.PATCH or edit.unknown is not None:
        return Answer(State.UNKNOWN, shorten([*_why(edit), f"the target has {', '.join(paths[:3])}"]))
    left = f"{len(paths) - _MOST_FILES} more files were not tried" if len(paths) > _MOST_FILES else None
    paths = paths[:_MOST_FILES]
    contents = git.blobs(tree[path].sha for path in paths)
    judge = _copied if edit.kind is EditKind.COPY else _matched
    answer = judge(edit, dict(zip(paths, contents, strict=True)))
    if left and answer.state is not State.CLEAN:
        return Answer(State.UNKNOWN, shorten([left]))
    return answer


def _why(edit: Edit) -> list[str]:
    return [edit.unknown] if edit.unknown else []


def _copied(edit: Edit, contents: Mapping[str, bytes | None]) -> Answer:
    if edit.content is None:
        return Answer(
            State.UNKNOWN, shorten([f"{path}: what is put there is not known" for path in contents])
        )
    if all(held == edit.content for held in contents.values()):
        return Answer(
            State.ABSORBED, shorten([f"{path}: the target's is the same file" for path in contents])
        )
    new = edit.content.splitlines()
    said = []
    for path, held in contents.items():
        old = (held or b"").splitlines()
        own = len(set(new) - set(old)), len(set(old) - set(new))
        said.append(
            f"{path}: replaced by a file with {own[0]} other lines, {own[1]} of the target's are lost"
        )
    return Answer(State.CLEAN, shorten(said))


def _matched(edit: Edit, contents: Mapping[str, bytes | None]) -> Answer:
    changed, unchanged = [], []
    for path, held in contents.items():
        if held is None:
            return Answer(State.UNKNOWN, shorten([f"{path}: its object is missing"]), lasting=False)
        if len(held) > _LARGEST:
            return Answer(State.UNKNOWN, shorten([f"{path}: has more than {_LARGEST} bytes, not tried"]))
        try:
            after = run_sed(edit.sed, held)
        except SedError as error:
            return Answer(State.UNKNOWN, shorten([str(error)]), lasting=error.lasting)
        if after == held:
            unchanged.append(f"{path}: it matches nothing there")
        else:
            lines = len(set(after.splitlines()) ^ set(held.splitlines()))
            changed.append(f"{path}: it matches, {lines} lines differ after it")
    if changed:
        return Answer(State.CLEAN, shorten(changed))
    return Answer(State.OBSOLETE, shorten(unchanged))


def installed_from(target: str, tree: Mapping[str, TreeEntry]) -> Iterable[str]:
    """The files of a source tree that an installed path comes from.

    Below ``site-packages`` a tree has the path as it is, perhaps under ``src/``. Elsewhere the
    longest end of the path counts that the tree has, of two names at least: "/etc/nova/api-paste.ini"
    is "etc/nova/api-paste.ini". A name alone, as ``find -name`` gives it, is any file called so.
    """
    inside = _PACKAGES.sub("", target)
    parts = [part for part in posixpath.normpath(inside).split("/") if part not in ("", ".")]
    if not parts or ".." in parts:
        return []
    names = [path for path in _called(parts[-1], tree) if tree[path].mode in _FILES]
    if inside != target:
        if len(parts) == 1:  # a module by itself lies at the top, any other of that name is another
            return [path for path in names if path in (parts[0], f"src/{parts[0]}", f"lib/{parts[0]}")]
        ends = [parts]
    else:
        while len(parts) > 1 and "$" in parts[0]:
            parts.pop(0)  # a variable's value is not known, what follows is
        if "/".join(parts) in tree:
            return ["/".join(parts)]
        ends = [parts[at:] for at in range(len(parts) - 1)] if len(parts) > 1 else [parts]
    for end in ends:
        depth = len(end) + _PREFIXES if len(end) > 1 else None
        found = [path for path in names if _ends(path.split("/"), end, depth)]
        if found:
            return found
    return []


def _called(pattern: str, tree: Mapping[str, TreeEntry]) -> Iterable[str]:
    if re.search(r"[*?\[]", pattern):
        return [path for path in tree if fnmatch.fnmatchcase(posixpath.basename(path), pattern)]
    return [path for path in tree if path == pattern or path.endswith(f"/{pattern}")]


def _ends(path: list[str], end: list[str], deepest: int | None) -> bool:
    if len(path) < len(end) or (deepest is not None and len(path) > deepest):
        return False
    return all(map(fnmatch.fnmatchcase, path[len(path) - len(end) :], end))

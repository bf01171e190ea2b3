"""What commits do to files, on a tree held in memory."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote_to_bytes

from unfork.errors import InputError
from unfork.git_write import Stored
from unfork.scenario._content import module, noise
from unfork.scenario._format import Content, Step

Tree = dict[bytes, Stored]


def path_bytes(path: str) -> bytes:
    """A path as git stores it: ``%E9`` writes a byte that TOML cannot hold."""
    return unquote_to_bytes(path)


def perform(step: Step, tree: Tree, *, where: str) -> None:
    """Do to ``tree`` what a commit says: move, delete, write, append, mode, change, in this order."""
    for old, new in step.move.items():
        tree[path_bytes(new)] = _pop(tree, old, where)
    for path in step.delete:
        _pop(tree, path, where)
    for path, content in step.write.items():
        tree[path_bytes(path)] = _stored(content, where)
    for path, text in step.append.items():
        found = _get(tree, path, where)
        ended = _with_line_ends(text, b"\r\n" if b"\r\n" in found.data else b"\n")
        tree[path_bytes(path)] = replace(found, data=found.data + ended)
    for path, mode in step.mode.items():
        tree[path_bytes(path)] = replace(_get(tree, path, where), mode=f"100{mode}")
    for path, text in step.change.items():
        _edit(tree, path, lambda data, text=text: change(data, text), where)  # type: ignore[misc]


def undo(step: Step, tree: Tree, before: Tree, *, where: str) -> None:
    """Do the opposite of ``step``; ``before`` is the tree it was made on, for what it removed.

    A change is taken back by its lines, so the file may have been edited elsewhere since.
    """
    for path, text in step.change.items():
        _edit(tree, path, lambda data, text=text: change(data, inverse(text)), where)  # type: ignore[misc]
    for path in step.append:
        raise InputError(f"an append to {path} cannot be reverted", where=where, hint="use change")
    for path in (*step.mode, *step.write, *step.delete):
        key = path_bytes(path)
        if key in before:
            tree[key] = before[key]
        else:
            _pop(tree, path, where)
    for old, new in step.move.items():
        tree[path_bytes(old)] = _pop(tree, new, where)


def change(data: bytes, text: str) -> bytes:
    """Apply a diff without line numbers.

    Lines start with a space, ``-`` or ``+``. ``@@`` begins another place; ``@@ words`` looks for
    it only after the first line that contains the words. Without words the old lines must occur
    exactly once. Added lines get the line ends the file has. Raises ``ValueError`` in plain words.
    """
    lines = data.splitlines(keepends=True)
    end = b"\r\n" if lines and lines[0].endswith(b"\r\n") else b"\n"
    for anchor, body in _places(text):
        old = [line[1:] for line in body if line[:1] != b"+"]
        at = _find(lines, old, anchor)
        new: list[bytes] = []
        kept = iter(lines[at : at + len(old)])
        for line in body:
            if line[:1] == b"+":
                new.append(line[1:] + end)
            elif line[:1] == b"-":
                next(kept)
            else:
                new.append(next(kept))
        if old and not lines[at + len(old) - 1].endswith(b"\n"):
            raise ValueError("the last line has no line end: write the whole file")
        lines[at : at + len(old)] = new
    return b"".join(lines)


def inverse(text: str) -> str:
    """The change that undoes a change."""
    swap = {"+": "-", "-": "+"}
    return "\n".join(swap.get(line[:1], line[:1]) + line[1:] for line in text.split("\n"))


def _places(text: str) -> list[tuple[bytes, list[bytes]]]:
    places: list[tuple[bytes, list[bytes]]] = [(b"", [])]
    for line in text.removesuffix("\n").encode("utf-8").split(b"\n"):
        if line.startswith(b"@@"):
            places.append((line[2:].strip(), []))
        elif line[:1] in (b" ", b"+", b"-", b""):
            places[-1][1].append(line or b" ")  # an editor may have removed the lone space
        else:
            raise ValueError(f"a line of a change starts with a space, '+' or '-': {line!r}")
    return [(anchor, body) for anchor, body in places if body]


def _find(lines: list[bytes], old: list[bytes], anchor: bytes) -> int:
    if not old:
        raise ValueError("a change needs a line to hold on to: give one line of context")
    bare = [line.rstrip(b"\r\n") for line in lines]
    start = 0
    if anchor:
        start = next((i for i, line in enumerate(bare) if anchor in line), -1)
        if start < 0:
            raise ValueError(f"no line contains {anchor.decode()!r}")
    found = [i for i in range(start, len(bare) - len(old) + 1) if bare[i : i + len(old)] == old]
    if not found:
        raise ValueError(f"these lines are not there, first {old[0].decode()!r}")
    if len(found) > 1 and not anchor:
        raise ValueError(f"these lines are there {len(found)} times, first {old[0].decode()!r}")
    return found[0]


def _edit(tree: Tree, path: str, edit: Callable[[bytes], bytes], where: str) -> None:
    found = _get(tree, path, where)
    try:
        tree[path_bytes(path)] = replace(found, data=edit(found.data))
    except ValueError as error:
        raise InputError(f"{path}: {error}", where=where) from error


def _get(tree: Tree, path: str, where: str) -> Stored:
    try:
        return tree[path_bytes(path)]
    except KeyError:
        raise InputError(f"there is no file {path}", where=where) from None


def _pop(tree: Tree, path: str, where: str) -> Stored:
    found = _get(tree, path, where)
    del tree[path_bytes(path)]
    return found


def _with_line_ends(text: str, end: bytes) -> bytes:
    return re.sub(rb"\r?\n", end, text.encode("utf-8"))


def _stored(content: str | Content, where: str) -> Stored:
    if isinstance(content, str):
        return Stored("100644", content.encode("utf-8"))
    kinds = [content.text, content.base64, content.link, content.module, content.noise]
    if sum(kind is not None for kind in kinds) != 1:
        raise InputError("a written file has one of text, base64, link, module, noise", where=where)
    if content.link is not None:
        return Stored("120000", content.link.encode("utf-8"))
    if content.base64 is not None:
        try:
            data = base64.b64decode(content.base64, validate=True)
        except binascii.Error as error:
            raise InputError(f"base64: {error}", where=where) from error
    elif content.noise is not None:
        data = noise(content.noise, content.size)
    else:
        text = content.text if content.text is not None else module(content.module or "", content.functions)
        data = _with_line_ends(text, b"\r\n" if content.crlf else b"\n")
    return Stored(f"100{content.mode}", data)

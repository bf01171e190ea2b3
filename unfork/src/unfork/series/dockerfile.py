"""A Dockerfile taken apart: what it copies, and the shell it runs. Nothing of it is run."""

import json
import re
import warnings
from dataclasses import dataclass, field

import tree_sitter_dockerfile
from tree_sitter import Language, Node, Parser

from unfork.series.shell import Command, Script, Word, read_script

with warnings.catch_warnings():
    # Its newest release hands the grammar over as a number, which tree-sitter takes and deplores.
    warnings.simplefilter("ignore", DeprecationWarning)
    _LANGUAGE = Language(tree_sitter_dockerfile.language())
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(slots=True)
class Dockerfile:
    """What was read of it."""

    base: str | None = None  # the last image it starts FROM
    script: Script = field(default_factory=Script)  # COPY and ADD are commands of it, called so


def read_dockerfile(source: bytes) -> Dockerfile:
    """The commands of a Dockerfile in their order, ``COPY`` and ``ADD`` among them."""
    found = Dockerfile()
    known: dict[str, str] = {}
    for node in Parser(_LANGUAGE).parse(source).root_node.named_children:
        line = node.start_point[0] + 1
        if node.type == "from_instruction":
            found.base = _text(node.named_children[0])
            known.clear()  # a stage has variables of its own
        elif node.type in ("arg_instruction", "env_instruction"):
            _learn(node, known)
        elif node.type == "run_instruction":
            _run(node, known, found.script)
        elif node.type in ("copy_instruction", "add_instruction"):
            words = tuple(_words(node, known))
            text = " ".join(_text(node).replace("\\\n", " ").split())
            found.script.commands.append(Command(line, text, words))
        elif node.type == "ERROR":
            found.script.unread.append(line)
    return found


def _learn(node: Node, known: dict[str, str]) -> None:
    pairs = [node] if node.type == "arg_instruction" else node.named_children
    for pair in pairs:
        name, *rest = pair.named_children or [pair]
        value = _expanded(_text(rest[0]).strip("\"'"), known) if rest else None
        known.pop(_text(name), None)
        if value is not None and value.is_known:
            known[_text(name)] = value.text


def _run(node: Node, known: dict[str, str], script: Script) -> None:
    for part in node.named_children:
        if part.type == "json_string_array":
            words = tuple(Word(text) for text in _strings(part))
            if words:
                line = part.start_point[0] + 1
                script.commands.append(Command(line, " ".join(word.text for word in words), words))
                if len(words) == 3 and words[1].text == "-c":
                    _take(words[2].text.encode("utf-8", "surrogateescape"), line, known, script)
        elif part.type == "shell_command" and not _text(part).lstrip().startswith("<<"):
            source = bytearray(part.text or b"")
            for comment in part.named_children:  # Docker takes comments between continued lines out
                if comment.type == "comment":
                    start = comment.start_byte - part.start_byte
                    end = comment.end_byte - part.start_byte
                    source[start:end] = b" " * (end - start - 1) + b"\\"
            _take(bytes(source), part.start_point[0] + 1, known, script)
        elif part.type == "heredoc_block":
            body = (part.text or b"").lstrip(b"\n").rpartition(b"\n")[0]
            _take(body, part.start_point[0] + 2, known, script)


def _take(source: bytes, line: int, known: dict[str, str], script: Script) -> None:
    read = read_script(source, line=line, known=known)
    script.commands += read.commands
    script.unread += read.unread


def _words(node: Node, known: dict[str, str]) -> list[Word]:
    texts: list[str] = [_text(node).split(None, 1)[0].upper()]
    for child in node.named_children:
        if child.type in ("param", "path"):
            texts.append(_text(child))
        elif child.type == "json_string_array":
            texts += _strings(child)
    return [_expanded(text, known) for text in texts]


def _strings(node: Node) -> list[str]:
    try:
        return [text for text in json.loads(_text(node)) if isinstance(text, str)]
    except ValueError:
        return []


def _expanded(text: str, known: dict[str, str]) -> Word:
    done = _VARIABLE.sub(lambda m: known.get(m[1] or m[2], m[0]), text)
    return Word(done, is_known="$" not in done)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")

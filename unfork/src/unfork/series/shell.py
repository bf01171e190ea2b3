"""Shell text taken apart into its commands. Nothing of it is run.

The grammar is tree-sitter's: it is kept up, gives the place of every word, and goes on after what
it cannot read (bashlex is GPL and stops there).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_LANGUAGE = Language(tree_sitter_bash.language())
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh"})
_DEEPEST = 3  # scripts inside the strings of scripts
_EXPANSIONS = frozenset({"simple_expansion", "expansion"})
_NAME = re.compile(r"\$\{?(\w+)\}?\Z")
_LONGEST = 4096  # characters a variable's value may grow to: "A=$B$B" doubles with each line


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command, without its quotes."""

    text: str
    is_known: bool = True  # False: it holds what is only known when it runs; the text has it as written


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its words, and where its input comes from."""

    line: int  # from 1
    text: str  # as written, on one line
    words: tuple[Word, ...]
    stdin: Word | None = None  # the file after "<", or of a "cat FILE |"
    here: bytes | None = None  # a here-document
    is_piped: bool = False  # its input is another command's output


@dataclass(slots=True)
class Script:
    """What was read of a script."""

    commands: list[Command] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)  # lines that are no shell


def read_script(source: bytes, *, line: int = 1, known: Mapping[str, str] | None = None) -> Script:
    """The commands of a shell script, also those inside ``sh -c`` and in the strings it assigns.

    ``line`` is that of the first; ``known`` are variables with their values. A variable that is
    assigned one known value is replaced by it.
    """
    script = Script()
    _Reader(source, line, dict(known or {}), script, 0).read()
    script.commands.sort(key=lambda command: command.line)
    return script


class _Reader:
    def __init__(self, source: bytes, line: int, known: dict[str, str], script: Script, depth: int) -> None:
        self._source = source
        self._line = line
        self._known = known
        self._script = script
        self._depth = depth

    def read(self) -> None:
        root = Parser(_LANGUAGE).parse(self._source).root_node
        nodes = list(_descendants(root))
        self._learn(nodes)
        for node in nodes:
            if node.type == "command":
                self._command(node)
            elif node.type == "variable_assignment" and node.named_child_count > 1:
                self._inside(node.named_children[-1])
            elif node.type == "ERROR":
                self._script.unread.append(self._line + node.start_point[0])

    def _learn(self, nodes: list[Node]) -> None:
        """Variables with one value in the whole script."""
        given: dict[str, set[str | None]] = {}
        for node in nodes:
            if node.type not in ("variable_assignment", "for_statement") or not node.named_children:
                continue
            name = _text(node.named_children[0])
            values = [
                self.word(child)
                for child in node.named_children[1:]
                if child.type not in ("do_group", "compound_statement")
            ]
            value = values[0] if len(values) == 1 else Word("", is_known=not values)
            fits = value.is_known and len(value.text) <= _LONGEST
            given.setdefault(name, set()).add(value.text if fits else None)
            only = given[name]
            self._known.pop(name, None)
            if len(only) == 1 and (text := next(iter(only))) is not None:
                self._known[name] = text

    def _command(self, node: Node) -> None:
        words = [self.word(child) for child in node.named_children if not _is_aside(child)]
        if not words:
            return
        stdin, here, is_piped = self._input(node)
        command = Command(
            self._line + node.start_point[0],
            " ".join(_text(node).replace("\\\n", " ").split()),
            tuple(words),
            stdin,
            here,
            is_piped,
        )
        self._script.commands.append(command)
        if words[0].text.rpartition("/")[2] in _SHELLS:
            for flag, child in zip(
                words, [c for c in node.named_children if not _is_aside(c)][1:], strict=False
            ):
                if re.fullmatch(r"-[a-z]*c", flag.text):
                    self._inside(child)

    def _inside(self, node: Node) -> None:
        """A script in a string."""
        if self._depth >= _DEEPEST or node.type not in ("string", "raw_string"):
            return
        inner = _text(node)[1:-1]
        if node.type == "string":
            inner = re.sub(r"\\([\"`$\\])", r"\1", inner)  # "\<newline>" stays: it means the same inside
        if " " not in inner.strip():
            return
        source = inner.encode("utf-8", "surrogateescape")
        script = Script()  # what is no shell is then just a string
        _Reader(source, self._line + node.start_point[0], dict(self._known), script, self._depth + 1).read()
        self._script.commands += script.commands

    def _input(self, node: Node) -> tuple[Word | None, bytes | None, bool]:
        below, at = node, node.parent
        while at is not None and at.type in ("list", "pipeline", "redirected_statement"):
            if at.type == "redirected_statement":
                for redirect in at.named_children:
                    if redirect.type == "file_redirect" and _text(redirect).lstrip().startswith("<"):
                        return self.word(redirect.named_children[-1]), None, False
                    if redirect.type == "heredoc_redirect":
                        return None, _here(redirect), False
            elif at.type == "list" and at.named_children[-1] != below:
                return None, None, False  # "a && patch < x": the grammar gives the input to the whole list
            if at.type == "pipeline" and at.named_children[0] != below:
                place = at.named_children.index(below)
                before = at.named_children[place - 1]
                words = [self.word(child) for child in before.named_children if not _is_aside(child)]
                if before.type == "command" and len(words) == 2 and words[0].text == "cat":
                    return words[1], None, False
                return None, None, True
            below, at = at, at.parent
        return None, None, False

    def word(self, node: Node) -> Word:
        """A node as the shell would see it, where that is known without running anything."""
        if node.type == "raw_string":
            return Word(_text(node)[1:-1])
        if node.type in ("word", "number", "string_content", "variable_name", "extglob_pattern", "regex"):
            return Word(re.sub(r"\\(?:\n|(.))", r"\1", _text(node)))
        if node.type == "command_name" and node.named_child_count == 1:
            return self.word(node.named_children[0])
        if node.type == "concatenation":
            return _joined([self.word(child) for child in node.children])
        if node.type == "string":
            return self._quoted(node)
        if node.type in _EXPANSIONS:
            name = _NAME.match(_text(node))
            if name is not None and name[1] in self._known:
                return Word(self._known[name[1]])
        is_token = not node.is_named
        return Word(_text(node), is_known=is_token)

    def _quoted(self, node: Node) -> Word:
        parts: list[Word] = []
        at, end = node.start_byte + 1, node.end_byte - 1
        for child in node.named_children:
            if child.type == "string_content":
                continue
            parts.append(self._literal(at, child.start_byte))
            parts.append(self.word(child))
            at = child.end_byte
        parts.append(self._literal(at, end))
        return _joined(parts)

    def _literal(self, start: int, end: int) -> Word:
        """Text inside double quotes: only these four are escaped there, and a line end."""
        text = self._source[start:end].decode("utf-8", "surrogateescape")
        return Word(re.sub(r'\\(?:\n|(["\\$`]))', lambda m: m[1] or "", text))


def _descendants(root: Node) -> Iterator[Node]:
    """All nodes in the order of the text; without recursion, nesting is the input's to choose."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.named_children))


def _is_aside(node: Node) -> bool:
    return node.type in (
        "variable_assignment",
        "file_redirect",
        "heredoc_redirect",
        "herestring_redirect",
        "comment",
    )


def _here(redirect: Node) -> bytes | None:
    return next((child.text for child in redirect.named_children if child.type == "heredoc_body"), None)


def _joined(words: list[Word]) -> Word:
    return Word("".join(word.text for word in words), is_known=all(word.is_known for word in words))


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")

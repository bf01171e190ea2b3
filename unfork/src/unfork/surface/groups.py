"""The groups that a file's options are in, as far as its text alone tells."""

import ast
from collections.abc import Iterator

DEFAULT = "DEFAULT"


class Groups:
    """Of one file: which list of options is registered in which group."""

    def __init__(self, nodes: list[ast.AST]) -> None:
        self._texts: dict[str, str] = {}  # constants
        self._made: dict[str, str | None] = {}  # variable -> the group it holds
        self._lists: dict[int, str] = {}  # a call in a list -> the list's variable
        self._registered: dict[str, str | None] = {}  # list's variable -> group
        self._all: set[str | None] = set()
        assigned = [
            (name, node.value) for node in nodes if isinstance(node, ast.Assign) for name in _names(node)
        ]
        for name, value in assigned:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                self._texts[name] = value.value
        for name, value in assigned:
            if isinstance(value, ast.Call) and called(value) == "OptGroup":
                self._made[name] = self._text(argument(value, "name"))
            elif isinstance(value, ast.List | ast.Tuple):
                self._lists |= {id(each): name for each in value.elts if isinstance(each, ast.Call)}
        for node in nodes:
            if isinstance(node, ast.Call):
                self._take(node)

    def of(self, option: ast.Call) -> str | None:
        """The group of an option; ``None`` when the file does not tell."""
        held = self._lists.get(id(option))
        if held in self._registered:
            return self._registered[held]
        if not self._all:
            return DEFAULT
        return next(iter(self._all)) if len(self._all) == 1 else None

    def _take(self, node: ast.Call) -> None:
        word = called(node)
        if word == "OptGroup":
            self._all.add(self._text(argument(node, "name")))
        elif word in ("register_opts", "register_opt", "register_cli_opts"):
            given = keyword(node, "group") or (node.args[1] if len(node.args) > 1 else None)
            group = DEFAULT if given is None else self._group(given)
            if given is not None:
                self._all.add(group)
            if node.args and isinstance(node.args[0], ast.Name):
                self._registered[node.args[0].id] = group

    def _group(self, node: ast.AST) -> str | None:
        if isinstance(node, ast.Name) and node.id in self._made:
            return self._made[node.id]
        return self._text(node)

    def _text(self, node: ast.AST | None) -> str | None:
        if isinstance(node, ast.Name):
            return self._texts.get(node.id)
        return text_of(node)


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def text_of(node: ast.AST | None) -> str | None:
    """The text of a constant one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def keyword(node: ast.Call, name: str) -> ast.AST | None:
    """The argument of a name."""
    return next((each.value for each in node.keywords if each.arg == name), None)


def argument(node: ast.Call, name: str) -> ast.AST | None:
    """The first argument, by place or by name."""
    return node.args[0] if node.args else keyword(node, name)


def _names(node: ast.Assign) -> Iterator[str]:
    return (each.id for each in node.targets if isinstance(each, ast.Name))

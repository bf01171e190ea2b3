"""Options and routes in Python source, by its syntax tree: nothing is imported or run."""

import ast
import re
import warnings
from collections.abc import Iterator

from unfork.model.compared import ContentKind
from unfork.surface.found import Found
from unfork.surface.groups import Groups, argument, called, keyword, text_of

_LARGEST = 4 << 20  # bytes of a file that is looked at
_METHODS = {"get", "post", "put", "delete", "patch", "head", "options"}
# Calls whose first or second argument is the path of a route: Routes, Flask, Falcon, FastAPI, aiohttp.
_ROUTERS = {"connect", "route", "add_route", "add_url_rule", "add_api_route", "api_route"}
_ALIAS = re.compile(r"(?i)_?alias$")
_PARAMETER = re.compile(r"\{[^{}/]*\}|<[^<>/]*>|:\w+")


def read_python(path: str, data: bytes) -> Iterator[Found]:
    """What a file declares; nothing for one that is no Python of today."""
    if len(data) > _LARGEST:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of an old escape in a string, about code that is not ours
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    nodes = [*_walk(tree)]
    groups = Groups(nodes)
    for node in nodes:
        if isinstance(node, ast.Call):
            yield from _option(node, path, groups)
            yield from _routed(node, path)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _assigned(node, path)
        elif isinstance(node, ast.FunctionDef) and node.name == "get_alias":
            yield from _returned_alias(node, path)


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node; not by recursion, which a hostile file can make too deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(ast.iter_child_nodes(node))


# -- options -----------------------------------------------------------------------------


def _option(node: ast.Call, path: str, groups: Groups) -> Iterator[Found]:
    word = called(node)
    if not word.endswith("Opt") or word == "SubCommandOpt":
        return
    name = text_of(argument(node, "name"))
    if name and re.fullmatch(r"[\w.-]{1,100}", name):
        name = name.replace("-", "_")
        group = groups.of(node)
        whole = f"[{group}] {name}" if group else name
        yield Found(ContentKind.OPTION, whole, path, node.lineno, name)


# -- routes ------------------------------------------------------------------------------


def _routed(node: ast.Call, path: str) -> Iterator[Found]:
    word = called(node)
    if word not in _ROUTERS and not (word in _METHODS and _is_router(node)):
        return
    text = next((text for each in node.args[:2] if (text := text_of(each)) and text.startswith("/")), None)
    if text is None:
        return
    methods = [word.upper()] if word in _METHODS else _methods(node)
    for method in methods or [""]:
        yield _route(method, text, path, node.lineno)


def _is_router(node: ast.Call) -> bool:
    """``@router.get("/x")`` and not ``client.get("/x")``."""
    holder = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    return any(word in name.lower() for word in ("router", "app", "blueprint", "bp"))


def _methods(node: ast.Call) -> list[str]:
    given = keyword(node, "methods")
    conditions = keyword(node, "conditions")
    if isinstance(conditions, ast.Dict):
        for key, value in zip(conditions.keys, conditions.values, strict=True):
            if text_of(key) == "method":
                given = value
    if isinstance(given, ast.List | ast.Tuple | ast.Set):
        return [text.upper() for each in given.elts if (text := text_of(each))]
    return []


def _assigned(node: ast.Assign | ast.AnnAssign, path: str) -> Iterator[Found]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [each.id for each in targets if isinstance(each, ast.Name)]
    if any("ROUTE" in name for name in names):
        yield from _table(node.value, path)
    alias = text_of(node.value)
    if alias and any(_ALIAS.search(name) for name in names) and re.fullmatch(r"[\w.-]{2,100}", alias):
        yield Found(ContentKind.ROUTE, f"extension {alias}", path, node.lineno, f"extension {alias}")


def _table(value: ast.AST | None, path: str) -> Iterator[Found]:
    """A list of (path, {method: ...}), or a mapping of path to {method: ...}: nova and placement."""
    if isinstance(value, ast.List | ast.Tuple):
        pairs = [
            (each.elts[0], each.elts[1])
            for each in value.elts
            if isinstance(each, ast.Tuple) and len(each.elts) == 2
        ]
    elif isinstance(value, ast.Dict):
        pairs = [(key, each) for key, each in zip(value.keys, value.values, strict=True) if key is not None]
    else:
        return
    for key, by_method in pairs:
        text = text_of(key)
        if text is None or not isinstance(by_method, ast.Dict):
            continue
        for method in by_method.keys:
            if word := text_of(method):
                yield _route(word.upper(), text, path, (method or key).lineno)


def _route(method: str, text: str, path: str, line: int) -> Found:
    name = f"{method} {_PARAMETER.sub('{}', text)}".strip()
    return Found(ContentKind.ROUTE, name, path, line, name)


def _returned_alias(node: ast.FunctionDef, path: str) -> Iterator[Found]:
    for each in ast.walk(node):
        if isinstance(each, ast.Return) and (alias := text_of(each.value)):
            yield Found(ContentKind.ROUTE, f"extension {alias}", path, each.lineno, f"extension {alias}")

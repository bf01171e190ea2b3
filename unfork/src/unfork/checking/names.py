"""What a test is called, so that two runs, two trees and two programs call it the same."""

import re

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
# testtools and tempest write attributes behind a test's name: test_x[id-1234...,smoke]. They say which
# groups it is in, which changes between releases. pytest's parameters stand in brackets too and stay.
_ATTRIBUTES = re.compile(r"\[[^\[\]]*\bid-[0-9a-f]{8}-[0-9a-f-]{27}[^\[\]]*\]$")
# How long it took, behind the description of a TAP line: "# time=12ms" is taken by the parser.
_TOOK = re.compile(r"\s*\((?:\d+(?:\.\d+)? ?(?:ms|s|sec|secs|seconds))\)$")
_LONG = 1000


def normal_name(name: str, *, root: str = "") -> str:
    """The name without colours, addresses, attributes, times and the worktree's path ``root``.

    A character that nobody can see becomes a space; what is longer than 1000 is cut.
    """
    name = _ANSI.sub("", name)
    if root:
        name = name.replace(f"{root}/", "").replace(root, "")
    name = _ADDRESS.sub("0x…", name)
    name = _TOOK.sub("", _ATTRIBUTES.sub("", name.strip()))
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())[:_LONG]


def joined(group: str, name: str) -> str:
    """The name of a test in a class, dotted; pytest's ``path/test_x.py::TestA::test_b`` too."""
    whole = f"{group}.{name}" if group and not name.startswith(f"{group}.") else name
    if "::" in whole:
        head, _, rest = whole.partition("::")
        whole = f"{head.removesuffix('.py').replace('/', '.')}.{rest.replace('::', '.')}"
    return whole

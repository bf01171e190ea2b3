"""Values as YAML: through ruamel.yaml where lines exist that are to stay as they are, else by libyaml.

libyaml writes a plan of 5,000 items in two seconds, ruamel.yaml in half a minute.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

# What YAML 1.1 or 1.2 makes a number or a date of: a hash such as 2857911 or 1e5.
_NUMBER = re.compile(
    r"[-+]?(?:0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|[\d_]+(?::\d+)+|(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?)"
    r"|\d{4}-\d\d?-\d\d?.*|[-+]?\.(?:inf|nan)",
    re.IGNORECASE,
)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""})
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TAG = "tag:yaml.org,2002:"
_WIDE = 1 << 16  # lines are not folded: what was one line stays one


def round_trip(*, offset: int, width: int) -> Any:
    """A reader and writer that keeps comments and quotes; ``offset`` of "-" below its key."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = width
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    # One date in two places would be written as an anchor and an alias, which a plan has none of.
    yaml.representer.ignore_aliases = lambda _: True
    return yaml


def ambiguous(text: str) -> bool:
    """Whether some program would take the text for something else when it stands without quotes."""
    return text.lower() in _WORDS or _NUMBER.fullmatch(text) is not None


def literal(text: str) -> bool:
    """Whether a text reads well, and safely, as lines below its key."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and bool(lines[0] and lines[-1])
        and not lines[0].startswith(" ")
    )


def block(values: Mapping[str, Any]) -> str:
    """A mapping over several lines; mappings in lists stand on a line each, as people write a plan.

    Values are texts, dates, lists and mappings of these.
    """
    text: str = yaml.serialize(_node(values), Dumper=_DUMPER, allow_unicode=True, width=_WIDE)
    lines = []
    in_list = False
    for line in text.splitlines(keepends=True):
        if line.startswith("- "):
            in_list = True
        elif not line.startswith((" ", "\n")):
            in_list = False
        lines.append(f"  {line}" if in_list and line.strip() else line)
    return "".join(lines)


def block_of(name: str, values: Mapping[str, Any]) -> str:
    """A mapping below its name, indented by two."""
    return block({name: {"": ""}}).partition("\n")[0] + "\n" + indented(block(values), 2)


def indented(text: str, by: int) -> str:
    """Lines moved to the right, empty ones not."""
    return "".join(" " * by + line if line.strip() else line for line in text.splitlines(keepends=True))


def _key(text: str) -> yaml.Node:
    """A key as people write it: ``on`` is one, and no truth value, to whoever reads a plan."""
    return yaml.ScalarNode(f"{_TAG}bool", text) if text == "on" else _node(text, in_list=True)


def _node(value: Any, *, in_list: bool = False) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_key(key), _node(each, in_list=in_list)) for key, each in value.items()]
        return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=in_list)
    if isinstance(value, (list, tuple)):
        entries = [_node(each, in_list=True) for each in value]
        return yaml.SequenceNode(f"{_TAG}seq", entries, flow_style=in_list)
    if isinstance(value, date):
        return yaml.ScalarNode(f"{_TAG}timestamp", value.isoformat())
    text = str(value)
    style = "'" if ambiguous(text) else None
    if "\n" in text:
        style = "|" if literal(text) and not in_list else '"'
    return yaml.ScalarNode(f"{_TAG}str", text, style=style)

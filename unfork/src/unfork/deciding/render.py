"""A decision as a block of TOML: keys in one order, one commit a line, comments kept."""

from collections.abc import Mapping
from dataclasses import replace

import tomlkit
from tomlkit.items import AoT, Array

from unfork.deciding.blocks import Block
from unfork.deciding.check import KEYS
from unfork.model.decision import Decision

INTRODUCTION = """\
# What people decided about patches. It wins over what unfork finds by itself.
# Written by `unfork decide`, one block a decision, sorted; change it through review.
"""
_SUBJECT = 72  # characters of a commit's subject beside its hash


def new_block(decision: Decision, subjects: Mapping[str, str]) -> Block:
    """A block for a decision; ``subjects`` of its commits, by hash."""
    document = tomlkit.document()
    tables = tomlkit.aot()
    table = tomlkit.table()
    for key, value in _values(decision, subjects).items():
        table.add(key, value)
    tables.append(table)
    document.add("decision", tables)
    return Block(tomlkit.dumps(document).lstrip("\n"))


def changed_block(block: Block, decision: Decision, subjects: Mapping[str, str]) -> Block:
    """The block with the values of a decision where they differ; its comments stay."""
    document = tomlkit.parse(block.body)
    tables = document["decision"]
    assert isinstance(tables, AoT)  # noqa: S101 - for the type checker: the block was read before
    table = tables[0]
    for key, value in _values(decision, subjects).items():
        if key not in table or table[key].unwrap() != value.unwrap():
            table[key] = value
    return replace(block, body=tomlkit.dumps(document))


def _values(decision: Decision, subjects: Mapping[str, str]) -> Mapping[str, tomlkit.items.Item]:
    found = {key: getattr(decision, key) for key in KEYS}
    return {
        key: _commits(decision, subjects) if key == "commits" else tomlkit.item(_plain(value))
        for key, value in found.items()
        if value not in (None, ())
    }


def _plain(value: object) -> object:
    return str(value) if isinstance(value, str) else value  # an enum's member is a str of its own class


def _commits(decision: Decision, subjects: Mapping[str, str]) -> Array:
    array = tomlkit.array()
    for sha in decision.commits:
        subject = subjects.get(sha)
        array.add_line(sha, comment=_comment(subject) if subject else None)
    array.add_line(indent="")
    return array


def _comment(subject: str) -> str:
    """A subject that a comment of TOML may hold: strangers write subjects."""
    return "".join(char if char.isprintable() else "?" for char in subject)[:_SUBJECT].strip()

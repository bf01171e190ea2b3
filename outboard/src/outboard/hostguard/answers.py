"""Answers to what the state machine asks, from the cloud or from a program; each only when it is asked."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec

from outboard.hostguard.commands import Commands, Ended
from outboard.hostguard.model import Policy, Question, View
from outboard.hostguard.reading import Reader
from outboard.hostguard.settings import Command, HostGuardSection

_ONCE = 30.0  # seconds for which a gate that was open, or a confirmed fencing, is believed


class Answers:
    """``commands=None``: no program is run, and what they would answer stays open."""

    def __init__(self, reader: Reader, section: HostGuardSection, commands: Commands | None) -> None:
        self._reader = reader
        self._section = section
        self._commands = commands

    def fill(self, view: View, asked: Iterable[Question], policy: Policy) -> View:
        """The view with what could be answered. Raises ``CloudError``."""
        for question in asked:
            match question:
                case Question.INVENTORY:
                    view = replace(view, inventory=self._reader.inventory(view.host))
                case Question.HOSTED:
                    down = [agent for agent in view.agents if agent.kind in policy.agents_down]
                    view = replace(view, hosted=self._reader.hosted(down))
                case Question.GUESTS:
                    view = replace(view, guests=self._reader.guests(view.host))
                case Question.SCRIPT:
                    section = self._section
                    ended = self._run("gate", view.host, section.gate_command, section.gate_timeout)
                    view = replace(view, script=None if ended is None else _said(ended))
                case Question.FENCED:
                    command = self._section.fence_command
                    ended = self._run("fence", view.host, command, self._section.fence_timeout)
                    if not command:
                        view = replace(view, fenced=False)
                    elif ended is not None:
                        view = replace(view, fenced=ended.code == 0)
        return view

    def drain(self, host: str) -> None:
        """See that the networks of a host are being moved."""
        self._run("drain", host, self._section.drain_command, self._section.drain_timeout)

    def tell(self, host: str, word: str) -> Ended | None:
        """Tell netbalance what became of a host; ``None`` while that is under way."""
        if self._commands is None:
            return None
        command = [part.replace("{state}", word) for part in _for(self._section.tell_command, host)]
        if not command:
            return Ended(0, "", "", 0.0)
        limit, again = self._section.gate_timeout, self._section.retry
        return self._commands.ask(f"tell {host} {word}", command, limit=limit, again=again)

    def drain_says(self, host: str) -> str:
        """What could not be moved the last time, in the words of the program that moves."""
        ended = self._commands.last(f"drain {host}") if self._commands else None
        if not self._section.drain_command:
            return "no drain_command is set"
        if ended is None or ended.code == 0:
            return ""
        return f"drain: {_stuck(ended.said) or ended.last}"

    def forget(self, host: str) -> None:
        """The host was opened: what was answered for it before is of another time."""
        if self._commands:
            for key in ("gate", "drain", "fence"):
                self._commands.forget(f"{key} {host}")

    def _run(self, what: str, host: str, command: Command, limit: float) -> Ended | None:
        if not command or self._commands is None:
            return None
        key = f"{what} {host}"
        last = self._commands.last(key)
        again = _ONCE if last is not None and last.code == 0 and what != "drain" else self._section.retry
        return self._commands.ask(key, _for(command, host), limit=limit, again=again)


def _for(command: Sequence[str], host: str) -> list[str]:
    return [word.replace("{host}", host) for word in command]


def _said(ended: Ended) -> str:
    return "" if ended.code == 0 else ended.last


class _Left(msgspec.Struct):
    item: str
    kind: str = ""
    name: str = ""
    why: str = ""


class _Report(msgspec.Struct):
    left: list[_Left] = []


def _stuck(said: str) -> str:
    """The items `outboard netbalance drain --json` could not move, and why."""
    try:
        left = msgspec.json.decode(said, type=_Report).left
    except msgspec.MsgspecError:
        return ""
    return ", ".join(f"{each.kind} {each.name or each.item} stays: {each.why}" for each in left[:20])

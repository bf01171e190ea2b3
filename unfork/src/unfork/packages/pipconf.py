"""Which package index the user has set for pip, and how it is reached."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_TIMEOUT = 30.0  # seconds without an answer; pip's 15 are short for a slow mirror
_LONGEST = 30  # seconds for ``pip config list``
# Later ones win, as in pip: what is set for a command over what is set for all, the environment over both.
_SECTIONS = ("global", "download", ":env:")


@dataclass(frozen=True, slots=True)
class PipSettings:
    """What pip would use. ``None``: its default."""

    index: str | None = None  # address of the simple API
    extra: tuple[str, ...] = ()  # more of them, asked when the first has no such project
    certificates: str | None = None
    proxy: str | None = None
    timeout: float = _TIMEOUT  # seconds
    trusted: frozenset[str] = frozenset()  # hosts whose certificate is not checked
    offline: bool = False  # "no-index": the user wants no index to be asked


def read_pip_settings() -> PipSettings:
    """Ask pip, which knows its files; where there is no pip only the environment is read."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=_LONGEST,
    )
    listed = done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
    return settings_of(listed, os.environ)


def settings_of(listed: str, environment: Mapping[str, str]) -> PipSettings:
    """The settings in the output of ``pip config list`` with those of the environment over them."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listed.splitlines():
        name, equals, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if equals and section in found:
            found[section][key] = _plain(value)
    for name, value in environment.items():
        if name.startswith("PIP_"):
            found[":env:"][name.removeprefix("PIP_").lower().replace("_", "-")] = value
    merged: dict[str, str] = {}
    for section in _SECTIONS:
        merged |= found[section]
    return PipSettings(
        index=merged.get("index-url"),
        extra=tuple(each for each in merged.get("extra-index-url", "").split() if each.startswith("http")),
        certificates=merged.get("cert"),
        proxy=merged.get("proxy"),
        timeout=_seconds(merged.get("timeout") or merged.get("default-timeout")),
        trusted=frozenset(merged.get("trusted-host", "").split()),
        offline=merged.get("no-index", "").lower() in ("1", "true", "yes", "on"),
    )


def _plain(value: str) -> str:
    """The text that ``repr`` wrote."""
    try:
        return str(ast.literal_eval(value))
    except (SyntaxError, ValueError):
        return value


def _seconds(text: str | None) -> float:
    try:
        return float(text) if text else _TIMEOUT
    except ValueError:
        return _TIMEOUT

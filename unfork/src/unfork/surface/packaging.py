"""Entry points of ``setup.cfg`` and ``pyproject.toml``."""

import configparser
import tomllib
from collections.abc import Iterator

from unfork.model.compared import ContentKind
from unfork.surface.found import Found


def read_packaging(path: str, data: bytes) -> Iterator[Found]:
    """The entry points a file declares; nothing for one that cannot be read."""
    text = data.decode("utf-8", "replace")
    try:
        pairs = [*(_of_pyproject(text) if path.endswith(".toml") else _of_setup(text))]
    except (configparser.Error, tomllib.TOMLDecodeError, AttributeError):
        return
    lines = text.splitlines()
    for group, name in pairs:
        line = next((at for at, each in enumerate(lines, 1) if each.strip().startswith(name)), 1)
        yield Found(ContentKind.ENTRY_POINT, f"{group}: {name}", path, line, f"{group}: {name}")


def _of_setup(text: str) -> Iterator[tuple[str, str]]:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.read_string(text)
    for section in ("entry_points", "options.entry_points"):
        if not parser.has_section(section):
            continue
        for group, value in parser.items(section):
            for line in (value or "").splitlines():
                name = line.partition("=")[0].strip()
                if name and not name.startswith("#"):
                    yield group, name


def _of_pyproject(text: str) -> Iterator[tuple[str, str]]:
    project = tomllib.loads(text).get("project", {})
    for key, group in (("scripts", "console_scripts"), ("gui-scripts", "gui_scripts")):
        for name in project.get(key, {}):
            yield group, name
    for group, entries in project.get("entry-points", {}).items():
        for name in entries:
            yield group, name

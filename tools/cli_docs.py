"""Write docs/cli.md and docs/outboard-cli.md from the help of every command. ``--check`` only compares."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from outboard.cli import outboard
from unfork.cli import unfork

DOCS = Path(__file__).resolve().parent.parent / "docs"
_WIDTH = 90
_INTRODUCTION = """\
# The command line

Made from the help texts by `tools/cli_docs.py`; edit those, not this page.

What a scan needs can be kept in an `unfork.toml` (`unfork init` writes one): each of `series`,
`carrier`, `upstream`, `also`, `base`, `target`, `since`, `path`, `specs`, `release-pattern`, `plan`,
`project`, `store` and `cache-dir` means what the option of that name means (`also` and `path` may be arrays).
It is looked for in the current folder and above, up to the root of the repository; the command line wins
over it.

Every error is one line on the standard error: `unfork: error: WHERE: WHAT (WHAT TO DO)`.
"""
_OUTBOARD = """\
# The command line of outboard

Made from the help texts by `tools/cli_docs.py`; edit those, not this page. [outboard.md](outboard.md) is the
manual.
"""
PAGES = {"cli.md": (unfork, _INTRODUCTION), "outboard-cli.md": (outboard, _OUTBOARD)}


def page(root: click.Command, introduction: str) -> str:
    """The whole page."""
    context = click.Context(root, info_name=root.name, **root.context_settings)
    parts = [introduction]
    for command, inner in _commands(root, context):
        formatter = click.HelpFormatter(width=_WIDTH)
        command.format_help(inner, formatter)
        parts.append(f"## {inner.command_path}\n\n```text\n{formatter.getvalue().rstrip()}\n```\n")
    return "\n".join(parts)


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    yield command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None  # noqa: S101  # it was listed
            settings = inner.context_settings
            yield from _commands(inner, click.Context(inner, info_name=name, parent=context, **settings))


def main() -> int:
    """Write the page, or compare it."""
    stale = []
    for name, (root, introduction) in PAGES.items():
        text = page(root, introduction)
        path = DOCS / name
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"docs/{name} is out of date: python tools/cli_docs.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

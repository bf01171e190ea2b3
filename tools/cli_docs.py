"""Write docs/cli.md from the help of every command. ``--check`` only says whether it is up to date."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from unfork.cli import unfork

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
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


def page() -> str:
    """The whole page."""
    context = click.Context(unfork, info_name="unfork", **unfork.context_settings)
    parts = [_INTRODUCTION]
    for command, inner in _commands(unfork, context):
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
            inner = command.commands[name]
            settings = inner.context_settings
            yield from _commands(inner, click.Context(inner, info_name=name, parent=context, **settings))


def main() -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.name} is out of date: python tools/cli_docs.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

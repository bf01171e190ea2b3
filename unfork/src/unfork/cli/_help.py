"""Help that reads like a manual page: one line on what it is, description, options, exit codes, examples."""

import inspect
from typing import Any

import click

from unfork.errors import Exit

EXIT_MEANING = {
    Exit.DONE: "done",
    Exit.NO: "the question was answered no",
    Exit.USAGE: "the command line is wrong",
    Exit.INPUT: "the input is bad: a patch, a series, a repository, a revision",
    Exit.INTERNAL: "a mistake in unfork; a report file is written and named",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}
_ALWAYS = (Exit.DONE, Exit.USAGE, Exit.INPUT, Exit.INTERNAL, Exit.INTERRUPTED)


class Manual(click.Command):
    """A command whose help has all sections. ``examples`` are (what it does, command line)."""

    def __init__(
        self,
        *args: Any,
        examples: tuple[tuple[str, str], ...] = (),
        no_means: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.no_means = no_means  # when the exit code is 1; None: never

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole page."""
        _write_name(self, ctx, formatter)
        self.format_usage(ctx, formatter)
        _write_description(self, formatter)
        self.format_options(ctx, formatter)
        _write_exits(formatter, self.no_means)
        _write_examples(formatter, self.examples)


class ManualGroup(click.Group):
    """A command that has commands, with the same sections."""

    def __init__(
        self,
        *args: Any,
        examples: tuple[tuple[str, str], ...] = (),
        no_means: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.no_means = no_means

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order they were added: the order in which people meet them."""
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, and the nearest command is offered for one that does not exist."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib

            near = difflib.get_close_matches(name, self.commands, n=1, cutoff=0.4)
            offer = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.commands)}"
            raise click.UsageError(f"no command {name!r}: {offer}", ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole page."""
        _write_name(self, ctx, formatter)
        self.format_usage(ctx, formatter)
        _write_description(self, formatter)
        self.format_options(ctx, formatter)  # a group's options and its commands
        _write_exits(formatter, self.no_means)
        _write_examples(formatter, self.examples)


def _help_of(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "")


def _write_name(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    first = " ".join(_help_of(command).partition("\n\n")[0].split()).rstrip(".")
    with formatter.section("Name"):
        formatter.write_text(f"{ctx.command_path} - {first[:1].lower()}{first[1:]}")
    formatter.write_paragraph()


def _write_description(command: click.Command, formatter: click.HelpFormatter) -> None:
    rest = _help_of(command).partition("\n\n")[2].strip()
    if rest:
        with formatter.section("Description"):
            formatter.write_text(rest)


def _write_exits(formatter: click.HelpFormatter, no_means: str | None) -> None:
    codes = [code for code in Exit if code in _ALWAYS or (code is Exit.NO and no_means)]
    with formatter.section("Exit codes"):
        formatter.write_dl(
            [
                (str(int(code)), no_means if code is Exit.NO and no_means else EXIT_MEANING[code])
                for code in codes
            ]
        )


def _write_examples(formatter: click.HelpFormatter, examples: tuple[tuple[str, str], ...]) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        for what, line in examples:
            formatter.write_text(f"{what}:")
            # Never wrapped: an example must be one line that can be copied.
            formatter.write(f"{'':>{formatter.current_indent + 2}}{line}\n")

"""``outboard completion``."""

import click
from click.shell_completion import get_completion_class

from outboard.errors import InputError


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion for a shell.

    \b
    Example:
      eval "$(outboard completion bash)"
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise InputError(f"no completion for {shell}")
    root = context.find_root()
    click.echo(kind(root.command, {}, "outboard", "_OUTBOARD_COMPLETE").source())

"""One place where errors become one line and an exit code."""

import sys
from collections.abc import Sequence

import click

from outboard.cli._main import outboard
from outboard.errors import Exit, OutboardError


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    try:
        result = outboard.main(args=list(arguments), prog_name="outboard", standalone_mode=False)
    except OutboardError as error:
        click.echo(f"outboard: error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None  # nobody reads: do not fail again at the end
        return Exit.DONE
    return int(result or Exit.DONE)

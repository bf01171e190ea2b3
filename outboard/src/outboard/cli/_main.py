"""The command ``outboard`` itself."""

from importlib import import_module

import click

from outboard import __version__

_COMMANDS = (
    "irqpin", "cpulat", "crashwatch", "exits", "orphanwatch", "hostguard", "netbalance", "completion",
)  # fmt: skip


class _Lazy(click.Group):
    """Loads the command that is asked for and no other: a small daemon stays small."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """By name."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """From the module of its name."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"outboard.cli._{cmd_name}"), cmd_name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="outboard", message="%(prog)s %(version)s")
def outboard() -> None:
    """Small services beside stock OpenStack, in place of patches in it.

    Each command is a daemon of its own. They share one file of settings and none needs another.

    \b
    Exit codes:
      0  done
      1  looked once: something is not as it should be
      2  the command line is wrong
      3  a setting, a file or the host cannot be used as it is
    """

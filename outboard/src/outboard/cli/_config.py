"""The option of every command. Loads nothing else."""

from pathlib import Path

import click

from outboard.settings import CONFIG_VARIABLE

config_option = click.option(
    "--config", metavar="FILE", envvar=CONFIG_VARIABLE, show_envvar=True,
    type=click.Path(path_type=Path),
    help="Settings (default: /etc/outboard/outboard.toml, if there is one).",
)  # fmt: skip

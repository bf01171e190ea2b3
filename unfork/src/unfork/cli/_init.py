"""``unfork init`` and ``unfork completion``."""

from pathlib import Path

import click

from unfork.cli._help import Manual
from unfork.cli._options import also_option


@click.command(
    cls=Manual,
    examples=(
        ("In a Debian source tree", "unfork init --upstream ../nova --target 24.0.0"),
        ("All of it", "unfork init --series patches --upstream ../nova --base 16.0.4 --target 24.0.0"),
    ),
)
@click.option("--series", metavar="SERIES", help="Patches we carry (default: guessed from this folder).")
@click.option("--upstream", metavar="REPO", help="Upstream repository: a path, or an address to clone.")
@also_option
@click.option("--base", metavar="REV", help="Upstream revision the series was made on.")
@click.option("--target", metavar="REV", help="Upstream revision to reach.")
@click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized.")
@click.option("--force", is_flag=True, help="Replace an unfork.toml that is there.")
def init(
    *,
    series: str | None,
    upstream: str | None,
    also: tuple[str, ...],
    base: str | None,
    target: str | None,
    carrier: str | None,
    force: bool,
) -> None:
    """Write an unfork.toml in this folder.

    Every setting is in it with its meaning; what is neither given nor guessed is commented out.
    """
    from unfork.commands.init import InitRequest, run_init
    from unfork.reports import printable

    done = run_init(
        InitRequest(
            folder=Path(),
            series=series,
            upstream=upstream,
            also=also,
            base=base,
            target=target,
            carrier=carrier,
            force=force,
        )
    )
    click.echo(f"wrote {done.path}")
    for key, value in done.guessed:
        click.echo(f"guessed {key} = {printable(value)}")
    if done.missing:
        click.echo(f"still to fill in: {', '.join(done.missing)}")


@click.command(
    cls=Manual,
    examples=(
        ("For this shell only", "source <(unfork completion bash)"),
        ("For good, with fish", "unfork completion fish > ~/.config/fish/completions/unfork.fish"),
    ),
)
@click.argument("shell", metavar="{bash|zsh|fish}", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    from unfork.cli._main import unfork

    maker = get_completion_class(shell)
    if maker is None:
        raise NotImplementedError(shell)
    script = maker(unfork, {}, "unfork", "_UNFORK_COMPLETE")
    # Not script.source(): for bash it runs bash to look at its version, and we only print.
    click.echo(script.source_template % script.source_vars())

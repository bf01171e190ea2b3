"""What commands share whose answer is a sheet: the forms it is written in."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from unfork.cli._options import Output, file_option, write_outputs

if TYPE_CHECKING:
    from unfork.reports.sheet import Sheet

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
_MOST = 15  # rows of a table without --full


def sheet_options(schema: str) -> Callable[[Decorated], Decorated]:
    """``--full``, ``--json``, ``--markdown`` and ``--html``."""

    def decorate(function: Decorated) -> Decorated:
        options = (
            click.option("--full", is_flag=True, help="Every row of every table."),
            file_option("json", f"the answer as JSON, schema {schema}"),
            file_option("markdown", "it as Markdown"),
            file_option("html", "it as one HTML page"),
        )
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def write_sheet(
    sheet: "Sheet",
    output: Output,
    *,
    full: bool,
    as_json: Callable[[], bytes],
    json_file: str | None,
    markdown_file: str | None,
    html_file: str | None,
) -> None:
    """Write every form that was asked for, and the text unless one went to the standard output."""
    from unfork.reports.sheet import render_sheet_html, render_sheet_markdown, render_text

    makers = {
        "json": as_json,
        "markdown": lambda: render_sheet_markdown(sheet),
        "html": lambda: render_sheet_html(sheet),
    }
    if not write_outputs(makers, json=json_file, markdown=markdown_file, html=html_file):
        most = None if full else _MOST
        click.echo(
            render_text(sheet, width=output.width, color=output.color, most=most), nl=False, color=True
        )

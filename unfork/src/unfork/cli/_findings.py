"""What ``plan check`` and ``gate`` share: in which forms findings are written, and what fails."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from unfork.cli._options import Output, check_outputs, file_option, write_outputs
from unfork.errors import Exit

if TYPE_CHECKING:
    from unfork.model.finding import Check

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "never"]),
        default="error",
        show_default=True,
        help="What makes the exit code 1.",
    ),
    file_option("json", "the findings as JSON, schema unfork-plan-check/1"),
    file_option("junit", "JUnit XML, a test case a rule"),
    file_option("sarif", "SARIF 2.1.0"),
    file_option("github", "annotations for a GitHub workflow"),
    file_option("gitlab", "GitLab's code quality report"),
)


def findings_options(function: Decorated) -> Decorated:
    """``--fail-on`` and a file for each form of the findings."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def check_findings(files: Mapping[str, str | None]) -> None:
    """Raise for files that cannot be written; ``files`` as click names them: ``json_file``."""
    check_outputs(**_named(files))


def write_check(result: "Check", output: Output, fail_on: str, files: Mapping[str, str | None]) -> int:
    """Write a check's reports; the exit code it comes to."""
    from unfork.model.finding import Severity
    from unfork.reports.ci import RENDERERS
    from unfork.reports.findings import render_check
    from unfork.reports.plan_json import render_check_json

    makers = {name: (lambda make=make: make(result)) for name, make in RENDERERS.items()}
    if not write_outputs({**makers, "json": lambda: render_check_json(result)}, **_named(files)):
        text = render_check(result, color=output.color, quiet=output.quiet, verbose=output.verbose)
        click.echo(text, nl=False, color=True)
    failing = {"error": [Severity.ERROR], "warning": [Severity.ERROR, Severity.WARNING]}.get(fail_on, [])
    return Exit.NO if any(each.severity in failing for each in result.findings) else Exit.DONE


def _named(files: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name.removesuffix("_file"): where for name, where in files.items()}

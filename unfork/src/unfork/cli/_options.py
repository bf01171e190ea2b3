"""Options several commands share, and what follows from them."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from unfork import config
from unfork.cli._progress import progress_for
from unfork.errors import InputError, UsageError
from unfork.files import CACHE_VARIABLE, write_atomically
from unfork.progress import Progress
from unfork.reports import printable

if TYPE_CHECKING:
    from unfork.commands.scan import ScanRequest

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

also_option = click.option(
    "--also",
    metavar="REPO[@A..B]",
    multiple=True,
    help="A further repository to search, where code went; may be given several times.",
)
path_option = click.option(
    "--path",
    metavar="PATHSPEC",
    multiple=True,
    help="Search only what changes these paths of the upstream (git's pathspecs); several times.",
)
# Path-like values stay text: a series or an upstream may be an address as well.
_SCAN = (
    click.option("--series", metavar="SERIES", help="Patches: DIR, REPO:BASE..TIP, REPO@REV:DIR, apt:NAME."),
    click.option("--upstream", metavar="REPO",
                 help="Upstream repository, a path or an address to clone; or a release without history: an "
                      "archive, a directory, pypi:NAME==VERSION, apt:NAME."),
    also_option,
    click.option("--base", metavar="REV", help="Upstream revision (or release) the series was made on."),
    click.option("--target", metavar="REV", help="Upstream revision to reach."),
    click.option("--carrier", metavar="FORM", help="Form of the series, where it is not recognized."),
    click.option("--since", metavar="REV", help="Search upstream from here on (default: the base)."),
    path_option,
    click.option("--specs", metavar="REPO", help="Repository of the upstream's specifications, if any."),
    click.option("--release-pattern", metavar="REGEX", help="Which tags are releases (default: found out)."),
    click.option(
        "--config", "config_file", metavar="FILE", type=click.Path(path_type=Path),
        help=f"Settings to start from (default: {config.NAME} here or above).",
    ),
)  # fmt: skip
_PLAN = click.option(
    "--plan",
    metavar="DIR",
    help=f"Folder with what people decided (default: {config.PLAN} beside {config.NAME}, or here).",
)
_PROJECT = click.option(
    "--project", metavar="NAME", help="Which project of the plan this is (default: its only one)."
)
_STORE = click.option(
    "--store",
    metavar="STORE",
    help="Where scans and checks are recorded: a file, or postgresql://USER@HOST/NAME.",
)
_TODAY = click.option("--today", metavar="DATE", help="Answer as of this day; nothing is recorded then.")
_CACHE = click.option(
    "--cache-dir", metavar="DIR", envvar=CACHE_VARIABLE, show_envvar=True, type=click.Path(path_type=Path),
    help="Where the index is kept.",
)  # fmt: skip
_OUTPUT = (
    click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
                 help="Colours and the form for people; auto: on a terminal without NO_COLOR."),
    click.option("-q", "--quiet", is_flag=True, help="Only the answer: no summary, no progress."),
    click.option("-v", "--verbose", is_flag=True, help="Say also which settings are used."),
)  # fmt: skip
_PROGRESS = click.option("--progress/--no-progress", default=None, help="Show progress on stderr.")


def _with(*options: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    def decorate(function: Decorated) -> Decorated:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def scan_options(function: Decorated) -> Decorated:
    """What names a series and its upstream."""
    return _with(*_SCAN, _PLAN, _PROJECT, _STORE, _CACHE)(function)


def plan_option(function: Decorated) -> Decorated:
    """``--plan``."""
    return _PLAN(function)


def project_option(function: Decorated) -> Decorated:
    """``--project``."""
    return _PROJECT(function)


def store_option(function: Decorated) -> Decorated:
    """``--store``."""
    return _STORE(function)


def today_option(function: Decorated) -> Decorated:
    """``--today``."""
    return _TODAY(function)


def cache_option(function: Decorated) -> Decorated:
    """``--cache-dir``."""
    return _CACHE(function)


def output_options(function: Decorated) -> Decorated:
    """How to print: ``--color``, ``--quiet``, ``--verbose``, ``--progress``."""
    return _with(*_OUTPUT, _PROGRESS)(function)


def file_option(name: str, what: str) -> Callable[[Decorated], Decorated]:
    """``--json FILE`` and the like; "-" is the standard output."""
    return click.option(
        f"--{name}", f"{name}_file", metavar="FILE", help=f"Write {what} ('-': standard output)."
    )


@dataclass(frozen=True, slots=True)
class Output:
    """How this run prints."""

    color: bool
    width: int | None  # columns of the terminal; None: a pipe or a file
    quiet: bool
    verbose: bool
    wanted_progress: bool | None

    @classmethod
    def of(cls, *, color: str, quiet: bool, verbose: bool, progress: bool | None) -> "Output":
        """From the options and the surroundings."""
        terminal = sys.stdout.isatty()
        people = color == "always" or terminal
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        colored = color == "always" or (color == "auto" and terminal and not plain)
        width = shutil.get_terminal_size((120, 24)).columns if people else None
        return cls(colored, width, quiet, verbose, progress)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Progress that is off the screen when the block ends, however it ends."""
        progress = progress_for(wanted=self.wanted_progress, quiet=self.quiet)
        try:
            yield progress
        finally:
            progress.finish()

    def note(self, text: str) -> None:
        """Say something beside the answer, on stderr, when ``--verbose``."""
        if self.verbose:
            click.echo(f"unfork: {printable(text)}", err=True)


def scan_settings(
    config_file: Path | None, output: Output, **options: str | tuple[str, ...] | None
) -> config.Config:
    """The configuration file's settings with those of the command line over them."""
    file = config_file if config_file is not None else config.find(Path.cwd())
    settings = config.load(file) if file is not None else config.Config()
    if file is not None:
        output.note(f"settings from {file}")
    if options.get("release_pattern") is not None:
        config.check_pattern(str(options["release_pattern"]), "--release-pattern")
    # An option that may be given several times is an empty tuple when it is not given.
    given: dict[str, Any] = {name: value for name, value in options.items() if value not in (None, ())}
    return replace(settings, **given)


def scan_request(
    *,
    config_file: Path | None,
    cache_dir: Path | None,
    output: Output,
    options: Mapping[str, str | tuple[str, ...] | None],
    new_plan: bool = False,
) -> "ScanRequest":
    """The request from the command line, with what it leaves open taken from the configuration.

    ``new_plan``: the plan's folder may be one that is yet to be made.
    """
    from unfork.commands.scan import ScanRequest  # with all it imports: --help must not wait for it

    settings = scan_settings(config_file, output, **options)
    if settings.series is None:
        raise missing("series", config_file)
    if settings.upstream is None:
        raise missing("upstream", config_file)
    if options.get("plan") is not None and not new_plan and not Path(str(options["plan"])).is_dir():
        raise InputError("there is no such folder", where=f"--plan {options['plan']}")
    from_file = Path(settings.cache_dir) if settings.cache_dir else None
    return ScanRequest(
        series=settings.series,
        upstream=settings.upstream,
        also=settings.also or (),
        base=settings.base,
        target=settings.target,
        carrier=settings.carrier,
        release_pattern=settings.release_pattern,
        cache_dir=cache_dir or from_file,
        since=settings.since,
        paths=settings.path or (),
        specs=settings.specs,
        project=settings.project,
        store=settings.store,
        plan=plan_folder(settings, config_file),
    )


def plan_folder(settings: config.Config, config_file: Path | None) -> Path:
    """The plan's folder: as set, else the usual name beside the configuration, or here."""
    if settings.plan is not None:
        return Path(settings.plan)
    path = config_file if config_file is not None else config.find(Path.cwd())
    folder = path.parent if path is not None else Path()
    return (Path() if folder == Path.cwd() else folder) / config.PLAN


def missing(name: str, config_file: Path | None = None) -> UsageError:
    """A setting that neither the command line nor the configuration gives."""
    place = f"in {config_file}" if config_file is not None else f"in {config.NAME}, which unfork init writes"
    return UsageError(f"no --{name} given", hint=f"give it, or set {name} {place}")


def check_outputs(**outputs: str | None) -> None:
    """Raise for files that cannot be written, before the work and not after it."""
    streams = [f"--{name}" for name, where in outputs.items() if where == "-"]
    if len(streams) > 1:
        raise UsageError(f"only one output can be '-', not {' and '.join(streams)}")
    for where in outputs.values():
        if where is not None and where != "-" and not Path(where).parent.is_dir():
            raise InputError("cannot write: there is no such folder", where=where)


def write_outputs(makers: Mapping[str, Callable[[], bytes]], **files: str | None) -> bool:
    """Write each wanted file; true when one of them went to the standard output.

    ``files`` is option=FILE, "-" or ``None``; ``makers`` gives the bytes of each option. What goes to
    the standard output is written last: a closed pipe must not cost a file.
    """
    for name, where in files.items():
        if where is not None and where != "-":
            write_atomically(Path(where), makers[name]())
    streamed = [name for name, where in files.items() if where == "-"]
    for name in streamed:
        click.echo(makers[name](), nl=False)  # bytes pass as they are
    return bool(streamed)

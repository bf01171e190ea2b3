"""The one place where errors end: each becomes a line on stderr and an exit code."""

import errno
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from unfork import __version__
from unfork.cli._main import unfork
from unfork.errors import Exit, UnforkError
from unfork.files import cache_root
from unfork.git import version
from unfork.reports import printable

# Of what the operating system refuses, these are the machine's state and not our mistake.
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENOMEM}


def run(argv: Sequence[str]) -> int:
    """Run the command line; returns the exit code, and lets no error through."""
    _never_fail_to_encode()
    try:
        code = unfork.main(list(argv), prog_name="unfork", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    except click.UsageError as error:
        _say(_usage(error))
        return Exit.USAGE
    except click.ClickException as error:
        _say(error.format_message())
        return Exit.INPUT
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing is left half written")
        return Exit.INTERRUPTED
    except UnforkError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:
        return _reader_left()
    except OSError as error:
        if error.errno not in _MACHINE:
            return _crashed(argv, error)
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror}")
        return Exit.INPUT
    except Exception as error:  # noqa: BLE001 - the boundary: what nobody expected ends here, in full
        return _crashed(argv, error)
    return code if isinstance(code, int) else Exit.DONE


def _never_fail_to_encode() -> None:
    """A terminal in another encoding gets characters it lacks written out, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _say(what: str) -> None:
    # One line whatever a file name or git's message holds.
    click.echo(f"unfork: error: {printable(' '.join(what.split()))}", err=True)


def _usage(error: click.UsageError) -> str:
    """click's message, and where to read on."""
    message = error.format_message().strip().rstrip(".")
    if isinstance(error, click.NoSuchOption):
        near = f", did you mean {error.possibilities[0]}?" if error.possibilities else ""
        message = f"no option {error.option_name!r}{near}"
    command = error.ctx.command_path if error.ctx is not None else "unfork"
    return f"{message} ({command} --help)"


def _reader_left() -> int:
    """The other end of the pipe closed (``| head``): that is its right, and no error."""
    # What is still buffered would fail again when the interpreter ends.
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file: a test, or an embedding program
        pass
    finally:
        os.close(sink)
    return Exit.DONE


# -- what nobody expected ----------------------------------------------------------------


def _crashed(argv: Sequence[str], error: BaseException) -> int:
    report = crash_report(argv, error)
    try:
        folder = cache_root() / "crashes"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.md"
        path.write_text(report, encoding="utf-8", errors="backslashreplace")
    except OSError as problem:
        click.echo(report, err=True)
        _say(f"internal: {type(error).__name__}: {error} (no report file: {problem.strerror})")
        return Exit.INTERNAL
    _say(f"internal: {type(error).__name__}: {error} (the report to send us: {path})")
    return Exit.INTERNAL


def crash_report(argv: Sequence[str], error: BaseException) -> str:
    """What a maintainer needs, as Markdown ready to paste into an issue."""
    trace = "".join(traceback.format_exception(error)).replace(str(Path.home()), "~")
    return "\n".join(
        [
            "### unfork failed",
            "",
            f"- unfork {__version__}",
            f"- {_git_version()}",
            f"- Python {platform.python_version()} ({platform.python_implementation()})",
            f"- {platform.platform()}",
            "",
            "Command line:",
            "",
            "    unfork " + " ".join(_without_secrets(word) for word in argv).replace(str(Path.home()), "~"),
            "",
            "Traceback:",
            "",
            *(f"    {line}" for line in trace.splitlines()),
            "",
        ]
    )


def _without_secrets(word: str) -> str:
    """An address without the name and password before its host."""
    scheme, mark, rest = word.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}://***@{rest[host.rindex('@') + 1 :]}" if mark and "@" in host else word


def _git_version() -> str:
    try:
        return version()
    except OSError as problem:
        return f"git cannot be run: {problem}"

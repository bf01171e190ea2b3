import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from command_line import Run
from unfork.cli import unfork as root

PROJECT = Path(__file__).resolve().parents[3]


def commands(command: click.Command, path: str = "unfork") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")


ALL = dict(commands(root))


def test_the_page_in_docs_is_that_of_the_commands() -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "tools" / "cli_docs.py"), "--check"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_command_and_option_is_in_docs() -> None:
    page = (PROJECT / "docs" / "cli.md").read_text(encoding="utf-8")
    for path, command in ALL.items():
        section = page.partition(f"\n## {path}\n")[2].partition("\n## ")[0]
        assert section, path
        for parameter in command.params:
            names = (
                parameter.opts
                if isinstance(parameter, click.Option)
                else [parameter.make_metavar(click.Context(command))]
            )
            for name in names:
                assert name in section, (path, name)


@pytest.mark.parametrize("path", ALL)
def test_help_has_its_sections(unfork: Run, path: str) -> None:
    code, out, err = unfork(*path.split()[1:], "-h")
    assert (code, err) == (0, "")
    assert out == unfork(*path.split()[1:], "--help")[1]
    lines = out.splitlines()
    assert lines[0] == "Name:"
    assert lines[1].startswith(f"  {path} - ")
    for section in ("Options:", "Exit codes:"):
        assert section in lines
    assert all(option.help for option in ALL[path].params if isinstance(option, click.Option))


def test_only_what_can_answer_no_says_so() -> None:
    saying = [path for path, command in ALL.items() if getattr(command, "no_means", None)]
    words = ("", " new", " continue", " status", " outlook", " check", " compare")
    tracks = [f"unfork track{word}" for word in words]
    assert saying == [
        "unfork",
        "unfork series",
        "unfork unsquash",
        "unfork plan",
        "unfork plan check",
        "unfork sync",
        "unfork gate",
        *tracks,
        "unfork cutover",
        "unfork cutover status",
        "unfork headers",
        "unfork headers list",
        "unfork headers write",
        "unfork evaluate",
    ]


def test_version(unfork: Run) -> None:
    assert unfork("--version") == (0, "unfork 0.1.0\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(unfork: Run, shell: str) -> None:
    code, out, _ = unfork("completion", shell)
    assert code == 0
    assert f"_UNFORK_COMPLETE={shell}_complete" in out


def test_completion_completes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "unfork"],
        env={**os.environ, "_UNFORK_COMPLETE": "bash_complete", "COMP_WORDS": "unfork sc", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "plain,scan\n"


def test_help_does_not_import_what_only_work_needs() -> None:
    program = (
        "import sys\nfrom unfork.cli import run\nrun(['--help'])\n"
        "heavy = {'numpy', 'rich', 'jinja2', 'msgspec', 'tomlkit', 'rapidfuzz'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

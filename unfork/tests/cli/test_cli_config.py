from pathlib import Path

import pytest
from unfork.errors import InputError

from unfork import config


def write(folder: Path, text: str) -> Path:
    path = folder / "unfork.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "line", "what", "hint"),
    [
        ('base = "1"\n\nupstraem = "u"\n', 3, "unknown key 'upstraem'", "did you mean upstream?"),
        ('release_pattern = "v"\n', 1, "unknown key 'release_pattern'", "did you mean release-pattern?"),
        ('# x\n[zzz]\na = 1\n', 2, "unknown key 'zzz'", "known are series, carrier"),
        ('base = "1"\ntarget = 24\n', 2, "target is a number, it must be a string", 'target = "..."'),
        ("series = ['a']\n", 1, "series is an array, it must be a string", 'series = "..."'),
        ('\n[upstream]\na = "b"\n', 2, "upstream is a table, it must be a string", 'upstream = "..."'),
        ("base = 2020-01-01\n", 1, "base is a date, it must be a string", 'base = "..."'),
        ('"base" = true\n', 1, "base is a boolean, it must be a string", 'base = "..."'),
        ('base = " "\n', 1, "base is empty", "give it a value"),
        ('base = "1"\nalso = ["a", 2]\n', 2, "also is a number, it must be a string", 'also = "..."'),
        ('also = ["a", ""]\n', 1, "also is empty", "give it a value"),
        ("[also]\na = 1\n", 1, "also is a table, it must be a string", 'also = "..."'),
        ('base = "1"\ntarget = \n', 2, "not TOML: Invalid value", None),
        ('base = "1"\nbase = "2"\n', 2, "not TOML: Cannot overwrite a value", None),
        ('release-pattern = "v("\n', 1, "not a regular expression: ", None),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, what: str, hint: str | None
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        config.load(path)
    assert caught.value.where == f"{path}:{line}"
    assert caught.value.what.startswith(what)
    assert (caught.value.hint or "").startswith(hint or "")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "unfork.toml"
    path.write_bytes(b'base = "1"\ntarget = "\xff"\n')
    with pytest.raises(InputError, match="not UTF-8") as caught:
        config.load(path)
    assert caught.value.where == f"{path}:2"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        config.load(tmp_path / "none.toml")


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, 'series = "../nova@HEAD:patches"\nupstream = "nova"\nbase = "stable/1"\n')
    monkeypatch.chdir(tmp_path)
    assert config.load(path).upstream == "nova"
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    loaded = config.load(path)
    assert loaded.upstream == f"{tmp_path}/nova"
    assert loaded.series == f"{tmp_path}/../nova@HEAD:patches"
    assert loaded.base == "stable/1"


@pytest.mark.parametrize("value", ["apt:nova", "https://example.com/x", "git@example.com:x/y", "/abs/path"])
def test_what_is_no_relative_path_stays(tmp_path: Path, value: str) -> None:
    assert config.load(write(tmp_path, f'upstream = "{value}"\n')).upstream == value


def test_found_upwards_but_not_above_the_repository(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert config.find(inner) == path
    (tmp_path / "a" / ".git").mkdir()
    assert config.find(inner) is None


def test_further_repositories_are_one_or_many(tmp_path: Path) -> None:
    assert config.load(write(tmp_path, 'also = "../place@1..2"\n')).also == (f"{tmp_path}/../place@1..2",)
    many = config.load(write(tmp_path, 'also = ["place", "https://host/x.git"]\n'))
    assert many.also == (f"{tmp_path}/place", "https://host/x.git")

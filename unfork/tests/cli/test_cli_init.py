import tomllib
from pathlib import Path

import pytest
from command_line import Run
from unfork.commands.init import guess

from unfork import config


def test_writes_what_is_given_and_comments_the_rest(unfork: Run) -> None:
    code, out, _ = unfork("init", "--series", 'odd "name" \\ é', "--upstream", "../up", "--base", "v1")
    assert code == 0
    assert out == "wrote unfork.toml\nstill to fill in: target\n"
    assert config.load(Path("unfork.toml")) == config.Config(
        series='odd "name" \\ é', upstream="../up", base="v1"
    )


def test_every_commented_example_can_be_uncommented(unfork: Run) -> None:
    unfork("init")
    lines = Path("unfork.toml").read_text(encoding="utf-8").splitlines()
    examples = [line.removeprefix("# ") for line in lines if line.startswith("# ") and " = " in line]
    assert set(tomllib.loads("\n".join(examples))) == set(config.KEYS) - {"cache-dir"}
    Path("unfork.toml").write_text("\n".join(examples), encoding="utf-8")
    config.load(Path("unfork.toml"))


def test_does_not_overwrite_unless_forced(unfork: Run) -> None:
    Path("unfork.toml").write_text("mine", encoding="utf-8")
    code, _, err = unfork("init", "--base", "v1")
    assert (code, err) == (3, "unfork: error: unfork.toml: exists already (--force replaces it)\n")
    assert Path("unfork.toml").read_text(encoding="utf-8") == "mine"
    assert unfork("init", "--base", "v1", "--force")[0] == 0
    assert config.load(Path("unfork.toml")).base == "v1"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["debian/patches/series", "debian/changelog"], {"series": "debian/patches", "base": "16.1.0"}),
        (["debian/patches/series"], {"series": "debian/patches"}),
        (["patches/series"], {"series": "patches"}),
        (["patches/0001-a.patch"], {"series": "patches"}),
        (["0001-a.diff"], {"series": "."}),
        (["series"], {"series": "."}),
        (["README"], {}),
    ],
)
def test_guesses_what_the_folder_tells(tmp_path: Path, files: list[str], found: dict[str, str]) -> None:
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("nova (2:16.1.0+dfsg1-3) unstable; urgency=low\n", encoding="utf-8")
    assert guess(tmp_path) == found


def test_says_what_it_guessed(unfork: Run) -> None:
    Path("patches").mkdir()
    Path("patches/series").write_text("", encoding="utf-8")
    assert "guessed series = patches\n" in unfork("init")[1]
    assert "guessed" not in unfork("init", "--force", "--series", "other")[1]


def test_further_repositories_are_kept_as_a_list(unfork: Run) -> None:
    unfork("init", "--also", "../a", "--also", "../b@1..2")
    assert config.load(Path("unfork.toml")).also == ("../a", "../b@1..2")

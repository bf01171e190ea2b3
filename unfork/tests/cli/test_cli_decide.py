import json
import subprocess
from pathlib import Path

import jsonschema
import pytest
from command_line import Run
from making import Made, function

from unfork import config

DAY = ("--date", "2026-01-31T12:00:00Z")


@pytest.fixture
def shas(unfork: Run, tmp_path: Path) -> list[str]:
    """A series and its upstream, described by an unfork.toml; the upstream's commits."""
    made = Made(tmp_path / "up.git")
    with made.writing() as writer:
        base = writer.commit("Start", {"a.py": function("renew")})
        writer.tag("1.0", base)
        made_shas = [base, *(writer.commit(f"Add {name}", {f"{name}.py": function(name)}) for name in "xy")]
    down = Made(tmp_path / "down.git")
    with down.writing() as writer:
        writer.commit("Start", {"a.py": function("renew")})
        for name in ("home", "away"):
            writer.commit(f"Call {name}", {f"{name}.py": function(name)})
    (tmp_path / "here/patches").mkdir()
    subprocess.run(
        ["git", "-C", down.path, "format-patch", "-q", "-o", tmp_path / "here/patches", "-2", "master"],
        check=True,
    )
    (tmp_path / "here" / config.NAME).write_text(
        'series = "patches"\nupstream = "../up.git"\ncache-dir = "../cache"\nbase = "1.0"\n'
        'target = "master"\n'
    )
    return made_shas


def test_decide_list_scan_forget(unfork: Run, shas: list[str], tmp_path: Path) -> None:
    who = "A U Thor <author@example.com>, 2026-01-31"
    code, out, err = unfork("decide", "0001", "--is", shas[1][:8], shas[2][:8], "--why", "as said", *DAY)
    is_line = f"0001-Call-home.patch: is {', '.join(sorted(sha[:12] for sha in shas[1:]))}: as said ({who})\n"
    assert (code, out, err) == (0, f"wrote {is_line}", "")
    assert unfork("decide", "2", "--not", shas[1], "--not", shas[0], *DAY)[0] == 0
    assert unfork("decide", "--keep", "we like it", "0002", *DAY, "--by", "Re")[1] == (
        "wrote 0002-Call-away.patch: kept: we like it (Re, 2026-01-31)\n"
    )
    code, out, _ = unfork("decide", "--list")
    assert out.splitlines()[0] + "\n" == is_line
    assert out.splitlines()[1:] == [
        f"0002-Call-away.patch: is not {', '.join(sorted(sha[:12] for sha in shas[:2]))} ({who})",
        "0002-Call-away.patch: kept: we like it (Re, 2026-01-31)",
        "# 3 decisions in unfork-plan/decisions.toml",
    ]
    rows = json.loads(unfork("scan", "--json", "-")[1])["patches"]
    assert [(row["relation"], row["advice"]) for row in rows] == [("split", "drop"), ("none", "carry")]
    shown = json.loads(unfork("show", "1", "--json", "-")[1])
    assert len(shown["sides"]) == 2
    assert unfork("decide", "0001", "--forget")[1] == f"forgot {is_line}"
    assert unfork("decide", "--list", "0001")[0] == 3
    assert json.loads(unfork("scan", "--json", "-")[1])["patches"][0]["relation"] == "none"


def test_the_list_as_json_is_as_documented(unfork: Run, shas: list[str]) -> None:
    unfork("decide", "1", "--not", shas[1], *DAY)
    document = json.loads(unfork("decide", "--list", "--json", "-")[1])
    schema = Path(__file__).parents[3] / "docs" / "decisions.schema.json"
    jsonschema.validate(document, json.loads(schema.read_text(encoding="utf-8")))
    assert document["schema"] == "unfork-decisions/1"
    (one,) = document["decisions"]
    assert (one["kind"], one["commits"], one["date"]) == ("not", [shas[1]], "2026-01-31T12:00:00Z")
    assert one["where"].endswith("decisions.toml:4")


def test_the_plan_is_beside_the_settings_or_where_they_say(
    unfork: Run, shas: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "here/below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert unfork("decide", "1", "--keep", "x")[0] == 0
    assert (tmp_path / "here/unfork-plan/decisions.toml").exists()
    assert unfork("decide", "1", "--keep", "x", "--plan", "mine")[0] == 0
    assert (below / "mine/decisions.toml").exists()
    code, _, err = unfork("scan", "--plan", "mein")
    assert (code, err) == (3, "unfork: error: --plan mein: there is no such folder\n")
    settings = tmp_path / "here" / config.NAME
    settings.write_text(settings.read_text() + 'plan = "ours"\n')
    assert unfork("decide", "1", "--keep", "x")[0] == 0
    assert (tmp_path / "here/ours/decisions.toml").exists()


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (
            ("1",),
            2,
            "--is, --not, --replaced-by, --keep: one of them says what is decided (one decision a call)",
        ),
        (("1", "--keep", "a", "--replaced-by", "b"), 2, "--replaced-by, --keep: are several decisions"),
        (("1", "--keep", "a", "--forget"), 2, "--list, --forget and a decision are different things"),
        (("--keep", "a"), 2, "no PATCH given"),
        (("", "--forget"), 2, "no PATCH given"),
        (("--is", "a", "b"), 2, "no PATCH given"),
        (("1", "--is"), 2, "Option '--is' requires an argument"),
        (("1", "--keep", " "), 2, "the reason is empty"),
        (("1", "--keep", "a", "--why", "b"), 2, "--keep says why by itself"),
        (("1", "--keep", "a", "--date", "soon"), 2, "'soon' is no date"),
        (("1", "--keep", "a", "--json", "x"), 2, "--json goes with --list"),
        (("1", "--is", "nothing"), 3, "there is no revision 'nothing'"),
        (("Call", "--keep", "a"), 3, "'Call' names 2 patches"),
        (("1", "--forget"), 3, "'1' is not a patch with a decision"),
        (("1", "--keep", "\udcff"), 3, "not UTF-8"),
    ],
)
def test_what_cannot_be_decided(
    unfork: Run, shas: list[str], tmp_path: Path, words: tuple[str, ...], code: int, what: str
) -> None:
    found, out, err = unfork("decide", *words)
    assert (found, out) == (code, "")
    assert err.count("\n") == 1
    assert what in err
    assert not (tmp_path / "here/unfork-plan").exists()


def test_who_decides_must_be_known(unfork: Run, shas: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    code, _, err = unfork("decide", "1", "--keep", "a")
    assert (code, "git does not know who you are" in err) == (2, True)


def test_a_broken_file_ends_the_scan(unfork: Run, shas: list[str], tmp_path: Path) -> None:
    unfork("decide", "1", "--keep", "a")
    path = tmp_path / "here/unfork-plan/decisions.toml"
    path.write_text(path.read_text().replace("kind", "kinds"))
    code, _, err = unfork("scan")
    assert code == 3
    assert err == "unfork: error: unfork-plan/decisions.toml:7: unknown key 'kinds' (did you mean kind?)\n"


def test_decide_names_the_undecided_that_belong_with_it(unfork: Run, shas: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "here/patches"
    first = (folder / "0001-Call-home.patch").read_text()
    (folder / "0003-again.patch").write_text(first.replace("Call home", "fixup! Call home"))
    code, out, _ = unfork("decide", "0001", "--keep", "we call home", *DAY)
    assert code == 0
    assert "# undecided yet, and part of the same: 0003-again.patch\n" in out
    assert "undecided" not in unfork("decide", "0003", "--keep", "we call home", *DAY)[1]

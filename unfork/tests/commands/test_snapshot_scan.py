"""``unfork scan`` and ``show`` against an upstream without history, as users run them."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from making import one_line, unfork
from packed import serving, tar
from released import BASE, TARGET, Released, agent, confirmed

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.fixture
def released(tmp_path: Path) -> Released:
    return Released(tmp_path)


def scan(cwd: Path, *args: str | Path, **env: str) -> dict[str, Any]:
    """The JSON of a scan in ``cwd``."""
    code, out, err = unfork("scan", *args, "--json", "-", "--cache-dir", cwd / "cache", cwd=cwd, **env)
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    Draft202012Validator(json.loads((DOCS / "scan.schema.json").read_bytes())).validate(document)
    return document


def answers(document: dict[str, Any], *keys: str) -> dict[str, tuple[Any, ...]]:
    """Some values of each patch, by its name without the ending."""
    return {row["name"].partition(".")[0]: tuple(row[key] for key in keys) for row in document["patches"]}


def test_a_release_archive(released: Released, tmp_path: Path) -> None:
    found = scan(
        tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "demo-1.0.tar.gz"
    )
    assert answers(found, "relation", "state_alone", "advice", "first_release") == {
        "start": ("equivalent", "absorbed", "drop", "1.1"),
        "stop": ("reworked", "conflict", "drop", None),
        "both": ("partial", "fuzzy", "trim", None),
        "resume": ("none", "offset", "carry", None),
        "drain": ("none", "conflict", "rework", None),
        "old": ("none", "obsolete", "decide", None),
    }
    assert all(row["commits"] == [] for row in found["patches"])
    assert (found["commits_searched"], found["entries_searched"]) == (0, 2)
    assert (found["base"], found["base_name"], found["target_name"]) == (
        "",
        "demo-1.0.tar.gz",
        "demo-1.1.tar.gz",
    )
    assert found["warnings"] == ["demo-1.1.tar.gz has no history: which commit took a patch cannot be known"]


def test_the_evidence(released: Released, tmp_path: Path) -> None:
    found = scan(
        tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "demo-1.0.tar.gz"
    )
    evidence = {
        row["name"]: [(each["method"], each["detail"]) for each in row["evidence"]]
        for row in found["patches"]
    }
    assert ("tree", "1 of 1 hunk is in the target, 5 of 5 telling lines") in evidence["start.patch"]
    assert (
        "changelog",
        "CHANGES.rst:7, under 1.1: “Confirm what the agent starts before it is counted. (#12)”: "
        "it has the patch's subject",
    ) in evidence["start.patch"]
    both = [detail for method, detail in evidence["both.patch"] if method == "tree"]
    assert "1 of 2 hunks are in the target, 7 of 10 telling lines" in both
    assert sum("not in the target" in detail for detail in both) == 1


@pytest.mark.parametrize("form", ["directory", "index"])
def test_other_forms_of_the_same_upstream(released: Released, tmp_path: Path, form: str) -> None:
    if form == "directory":
        for top, files in (("one", BASE), ("two", TARGET)):
            for name, content in files.items():
                path = tmp_path / top / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content)
        found = scan(tmp_path, "--series", "patches", "--upstream", "two", "--base", "one")
        first = {"start": "1.1"}
    else:
        with serving() as index:
            index.add(released.base)
            index.add(released.target)
            options = {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": "/dev/null"}
            found = scan(
                tmp_path, "--series", "patches", "--upstream", "pypi:demo", "--base", "1.0", **options
            )
            assert found["base_name"] == "pypi:demo==1.0"
            ends = ("--base", "1.0", "--target", "1.1")
            again = scan(tmp_path, "--series", "patches", "--upstream", "pypi:demo", *ends, **options)
            assert again["target_name"] == "pypi:demo==1.1"
            assert answers(again, "relation") == answers(found, "relation")
        # The index has no release between the two: what 1.1 has it has first.
        first = {"start": "1.1", "stop": "1.1", "both": "1.1"}
    assert answers(found, "advice") == {
        "start": ("drop",),
        "stop": ("drop",),
        "both": ("trim",),
        "resume": ("carry",),
        "drain": ("rework",),
        "old": ("decide",),
    }
    assert {name: release for name, (release,) in answers(found, "first_release").items() if release} == first


def test_without_a_base_the_result_says_so(released: Released, tmp_path: Path) -> None:
    found = scan(tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz")
    assert answers(found, "advice")["start"] == ("drop",)
    assert answers(found, "advice")["resume"] == ("carry",)
    assert any("no base was given" in warning for warning in found["warnings"])


def test_without_a_changelog_the_result_says_so(released: Released, tmp_path: Path) -> None:
    bare = {name: content for name, content in TARGET.items() if name != "CHANGES.rst"}
    tar(tmp_path / "bare-1.1.tar.gz", bare, top="bare-1.1")
    found = scan(
        tmp_path, "--series", "patches", "--upstream", "bare-1.1.tar.gz", "--base", "demo-1.0.tar.gz"
    )
    assert answers(found, "relation", "first_release")["start"] == ("equivalent", None)
    assert any("since which release it has a patch cannot be known" in each for each in found["warnings"])


def test_a_changelog_that_cannot_be_read_is_named(released: Released, tmp_path: Path) -> None:
    tar(tmp_path / "torn-1.1.tar.gz", TARGET | {"NEWS": "1.1\n\0"}, top="torn-1.1")
    found = scan(
        tmp_path, "--series", "patches", "--upstream", "torn-1.1.tar.gz", "--base", "demo-1.0.tar.gz"
    )
    assert answers(found, "first_release")["start"] == ("1.1",)
    assert "NEWS of torn-1.1.tar.gz was left out, not readable: not a text" in found["warnings"]


def test_what_the_base_had_is_no_evidence(released: Released, tmp_path: Path) -> None:
    found = scan(
        tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "demo-1.1.tar.gz"
    )
    row = next(row for row in found["patches"] if row["name"] == "start.patch")
    assert (row["relation"], row["advice"]) == ("none", "drop")
    assert "the base has it already" in " ".join(each["detail"] for each in row["evidence"])


def test_a_range_is_its_own_base(tmp_path: Path) -> None:
    from making import Made

    made = Made(tmp_path / "fork.git")
    with made.writing() as writer:
        base = writer.commit("1.0", BASE)
        tip = writer.commit("Confirm starts", {"demo/agent.py": agent(start=confirmed("start"))})
    tar(tmp_path / "demo-1.1.tar.gz", TARGET, top="demo-1.1")
    found = scan(tmp_path, "--series", f"fork.git:{base}..{tip}", "--upstream", "demo-1.1.tar.gz")
    assert [row["advice"] for row in found["patches"]] == ["drop"]
    assert found["base_name"] == f"fork.git@{base[:12]}"


def test_the_second_scan_is_the_same(released: Released, tmp_path: Path) -> None:
    args = ("--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "demo-1.0.tar.gz")
    assert scan(tmp_path, *args) == scan(tmp_path, *args)


def test_all_reports(released: Released, tmp_path: Path) -> None:
    args = ("--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "demo-1.0.tar.gz")
    code, out, err = unfork(
        "scan", *args, "--markdown", "a.md", "--html", "a.html", "--cache-dir", "c", cwd=tmp_path
    )
    assert (code, err) == (0, "")
    assert "# 6 patches on demo-1.0.tar.gz..demo-1.1.tar.gz, 2 changelog entries searched\n" in out
    assert "2 changelog entries searched" in (tmp_path / "a.md").read_text()
    assert "2 changelog entries" in (tmp_path / "a.html").read_text()


def test_show(released: Released, tmp_path: Path) -> None:
    args = ("--series", "patches", "--upstream", "demo-1.1.tar.gz", "--cache-dir", "c")
    code, out, err = unfork("show", "both", *args, "--base", "demo-1.0.tar.gz", "--json", "-", cwd=tmp_path)
    assert (code, err) == (0, "")
    document = json.loads(out)
    Draft202012Validator(json.loads((DOCS / "show.schema.json").read_bytes())).validate(document)
    (side,) = document["sides"]
    assert side["commit"]["subject"] == "all changes from demo-1.0.tar.gz to demo-1.1.tar.gz in these files"
    assert 5 <= len(side["explains"]) < 10
    assert len(document["residue"]) == 10 - len(side["explains"])
    code, out, err = unfork("show", "both", *args, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "the hunks of the patch that demo-1.1.tar.gz has" in out


def test_a_patch_that_cannot_be_read(released: Released, tmp_path: Path) -> None:
    text = (released.series / "start.patch").read_text()
    # Its first hunk can be read, so there is something to show that nothing was said about.
    (released.series / "bad.patch").write_text(text + "--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n")
    with (released.series / "series").open("a") as listed:
        listed.write("bad.patch\n")
    found = scan(tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz")
    assert answers(found, "relation", "advice")["bad"] == ("unknown", "decide")
    code, _, err = unfork(
        "show",
        "bad",
        "--series",
        "patches",
        "--upstream",
        "demo-1.1.tar.gz",
        "--cache-dir",
        "c",
        cwd=tmp_path,
    )
    assert (code, err) == (0, "")


def test_decisions(released: Released, tmp_path: Path) -> None:
    args = ("--series", "patches", "--upstream", "demo-1.1.tar.gz")
    by = ("--by", "Re Viewer", "--date", "2026-01-31")
    for patch, *said in (
        ("start", "--keep", "we need it"),
        ("drain", "--replaced-by", "agent.drained of 1.1"),
    ):
        code, _, err = unfork("decide", patch, *said, *by, *args, cwd=tmp_path)
        assert (code, err) == (0, "")
    found = scan(tmp_path, *args, "--base", "demo-1.0.tar.gz")
    assert answers(found, "advice")["start"] == ("carry",)
    assert answers(found, "advice")["drain"] == ("drop",)
    code, _, err = unfork("decide", "stop", "--is", "0123456", *by, *args, cwd=tmp_path)
    assert code == 2
    assert one_line(err).startswith(
        "demo-1.1.tar.gz is a snapshot without history, and a decision about commits"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("index", "status", "--upstream", "demo-1.1.tar.gz"), "and an index needs commits"),
        (
            ("evaluate", "--upstream", "demo-1.1.tar.gz", "--since", "1", "--backports", "a..b"),
            "and an evaluation needs commits",
        ),
        (
            ("scan", "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--target", "1.1"),
            "demo-1.1.tar.gz is one tree, and that is the target",
        ),
        (
            ("scan", "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--base", "1.0"),
            "--base 1.0: an upstream without history is compared with such a base",
        ),
    ],
)
def test_what_needs_a_history_says_so(
    released: Released, tmp_path: Path, command: tuple[str, ...], said: str
) -> None:
    code, _, err = unfork(*command, "--cache-dir", "c", cwd=tmp_path)
    assert code == 2
    assert said in one_line(err)


def test_suggestions_need_a_history(released: Released, tmp_path: Path) -> None:
    found = scan(tmp_path, "--series", "patches", "--upstream", "demo-1.1.tar.gz", "--suggest")
    assert "--suggest needs a history: it is left out" in found["warnings"]


def test_a_debian_source_is_its_own_base(released: Released, tmp_path: Path) -> None:
    (tmp_path / "debian").mkdir()
    (tmp_path / "debian" / "changelog").write_text("demo (1:1.0+dfsg1-2) unstable; urgency=medium\n")
    (tmp_path / "patches").rename(tmp_path / "debian" / "patches")
    with serving() as index:
        index.add(released.base)
        index.add(released.target)
        options = {"PIP_INDEX_URL": index.url, "PIP_CONFIG_FILE": "/dev/null"}
        found = scan(tmp_path, "--series", ".", "--upstream", "pypi:demo", **options)
    assert found["base_name"] == "pypi:demo==1.0"
    assert "the base is taken to be pypi:demo==1.0, by the Debian version of the patches" in found["warnings"]
    assert answers(found, "advice")["start"] == ("drop",)


def test_settings_in_a_file_are_relative_to_it(released: Released, tmp_path: Path) -> None:
    (tmp_path / "unfork.toml").write_text(
        'series = "patches"\nupstream = "demo-1.1.tar.gz"\nbase = "demo-1.0.tar.gz"\n'
    )
    (tmp_path / "below").mkdir()
    code, out, err = unfork("scan", "--config", "../unfork.toml", "--cache-dir", "c", cwd=tmp_path / "below")
    assert (code, err) == (0, "")
    assert "start.patch   equivalent" in out

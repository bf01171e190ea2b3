"""``unfork plan`` and ``unfork gate`` as users run them."""

import json
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import yaml
from command_line import Run
from making import upstream_and_patches
from planned import HEAD, item, write_plan
from report_samples import HOSTILE

DOCS = Path(__file__).parents[3] / "docs"
DAY = ("--today", "2019-02-01")
ONE = HEAD.replace("{nova: {}, neutron: {}}", "{nova: {}}")


def _xml(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_bytes())  # noqa: S314 - we wrote it


@pytest.fixture
def folder(tmp_path: Path, unfork: Run) -> Path:
    """The folder the command runs in: it has a plan with one error and one note."""
    here = tmp_path / "here"
    write_plan(here / "unfork-plan", item(patches="[a.patch]", reason="tbd"), head=ONE)
    return here


def test_check_names_place_rule_and_what_to_do(folder: Path, unfork: Run) -> None:
    code, out, err = unfork("plan", "check", *DAY)
    assert (code, err) == (1, "")
    first, second, *rest = out.splitlines()
    assert first == (
        "unfork-plan/plan.yaml:13:5: error: retry: the reason says nothing: 'tbd' "
        "(say what breaks without it, and for whom) [reason-filler]"
    )
    assert second.endswith("[scan-missing]")
    assert rest[0] == "# small on 2019-02-01: 1 item, 1 error, 0 warnings, 1 note, 0 silenced"
    assert unfork("plan", "check", "--fail-on", "never", *DAY)[0] == 0


def test_a_fixed_plan_passes(folder: Path, unfork: Run) -> None:
    write_plan(folder / "unfork-plan", item(), head=ONE)
    assert unfork("plan", "check", *DAY)[0] == 0


def test_rules_are_listed(folder: Path, unfork: Run) -> None:
    code, out, _ = unfork("plan", "check", "--rules")
    assert code == 0 and "patch-unplanned" in out and len(out.splitlines()) > 25


def test_check_in_all_forms(folder: Path, unfork: Run) -> None:
    write_plan(
        folder / "unfork-plan",
        item("a", reason="'100% tbd'", title=json.dumps("50% off: a,b\r\n" + HOSTILE.replace("\udcff", "?"))),
        item("b", agreed=None, silence="[{rule: not-moving, reason: 'waits, 100%'}]"),
        head=ONE,
    )
    options = [f"--{name}={name}.out" for name in ("json", "junit", "sarif", "github", "gitlab")]
    assert unfork("plan", "check", *DAY, *options)[0] == 1

    document = json.loads((folder / "json.out").read_text())
    jsonschema.validate(document, json.loads((DOCS / "plan-check.schema.json").read_text()))
    assert [each["rule"] for each in document["check"]["findings"]] == ["reason-filler"]

    cases = {each.get("name"): each for each in _xml(folder / "junit.out").iter("testcase")}
    failed = [name for name, case in cases.items() if case.find("failure") is not None]
    skipped = [name for name, case in cases.items() if case.find("skipped") is not None]
    assert (failed, skipped) == (["reason-filler"], ["not-moving"])

    (run,) = json.loads((folder / "sarif.out").read_text())["runs"]
    plain, silenced = run["results"]
    place = plain["locations"][0]["physicalLocation"]
    assert (plain["ruleId"], plain["level"]) == ("reason-filler", "error")
    assert place["artifactLocation"]["uri"] == "unfork-plan/plan.yaml"
    assert place["region"] == {"startLine": 13, "startColumn": 5}
    assert silenced["suppressions"][0]["justification"] == "waits, 100%"
    known = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert known[plain["ruleIndex"]] == plain["ruleId"]

    (line,) = (folder / "github.out").read_text().splitlines()
    place, _, said = line.partition(",title=unfork reason-filler::")
    assert place == "::error file=unfork-plan/plan.yaml,line=13,col=5"
    assert said.startswith("a: the reason says nothing: '100%25 tbd'")

    (entry,) = json.loads((folder / "gitlab.out").read_text())
    assert (entry["check_name"], entry["severity"]) == ("reason-filler", "major")
    assert entry["location"] == {"path": "unfork-plan/plan.yaml", "lines": {"begin": 13}}


def test_fingerprints_stay_when_lines_move(folder: Path, unfork: Run) -> None:
    def prints() -> list[str]:
        _, out, _ = unfork("plan", "check", *DAY, "--gitlab", "-")
        return [each["fingerprint"] for each in json.loads(out)]

    before = prints()
    write_plan(folder / "unfork-plan", item("new"), item(patches="[a.patch]", reason="tbd"), head=ONE)
    assert prints() == before


def test_status_as_text_json_and_drawing(folder: Path, unfork: Run) -> None:
    write_plan(
        folder / "unfork-plan",
        item("a", gate="cutover", commitment="{by: ann, date: 2019-03-01}"),
        item("b", gate="cutover", after="[a]", title='"<b> & co"', commitment="{by: ann, date: 2019-02-20}"),
        head=ONE,
    )
    code, out, err = unfork("plan", "status", *DAY)
    assert (code, err) == (0, "")
    assert "Blocks the cutover: 2 items" in out
    assert "The cutover is possible on 2019-03-01" in out
    assert "  a: promised for 2019-03-01\n  -> b: promised for 2019-02-20\n" in out
    assert "not enough history (0 items have ended, 6 are needed)" in out
    assert unfork("plan", "status", *DAY, "--json", "s.json", "--svg", "s.svg")[1] == out
    jsonschema.validate(
        json.loads((folder / "s.json").read_text()),
        json.loads((DOCS / "plan-status.schema.json").read_text()),
    )
    drawing = _xml(folder / "s.svg")
    texts = [each.text for each in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "<b> & co" in texts
    arrows = [each for each in drawing.iter("{http://www.w3.org/2000/svg}path") if each.get("marker-end")]
    assert len(arrows) == 1


def test_promise_and_end_write_the_plan(folder: Path, unfork: Run) -> None:
    assert unfork("plan", "promise", "retry", "--by", "ann", "--date", "2019-03-01") == (0, "", "")
    code, _, err = unfork("plan", "promise", "retry", "--by", "an", "--date", "2019-03-01")
    assert code == 3 and "did you mean ann?" in err
    code, _, err = unfork("plan", "promise", "retry", "--by", "ann", "--date", "March")
    assert code == 3 and "--date: 'March' is no date" in err
    code, _, err = unfork("plan", "end", "retry", "--how", "replace")
    assert code == 3 and "did you mean replaced?" in err
    assert unfork("plan", "end", "retry", "--how", "replaced", "--on", "2019-03-02") == (0, "", "")
    text = (folder / "unfork-plan/plan.yaml").read_text()
    assert "commitment:\n      by: ann\n      date: 2019-03-01\n" in text
    assert "ended:\n      on: 2019-03-02\n      how: replaced\n" in text


def test_a_folder_that_is_not_there(unfork: Run) -> None:
    code, _, err = unfork("plan", "status", "nowhere")
    assert code == 3
    assert err == "unfork: error: nowhere: there is no such folder (unfork plan init makes one)\n"


@pytest.fixture
def fork(tmp_path: Path, folder: Path) -> tuple[Path, Path]:
    """An upstream, and a folder of two patches, one of which upstream took."""
    patches = folder / "patches"
    upstream = upstream_and_patches(tmp_path, patches)
    write_plan(
        folder / "unfork-plan", item("taken", patches="[0001-taken.patch]"),
        item("ours", patches="[0002-ours.patch]"), head=ONE,
    )  # fmt: skip
    return patches, upstream


def scan(unfork: Run, fork: tuple[Path, Path], *more: str) -> tuple[int, str, str]:
    ends = ("--base", "1.0.0", "--target", "2.0.0")
    return unfork("scan", "--series", str(fork[0]), "--upstream", str(fork[1]), *ends, *more)


def test_a_scan_is_joined_by_the_next_check(fork: tuple[Path, Path], unfork: Run) -> None:
    assert scan(unfork, fork)[0] == 0
    _, out, _ = unfork("plan", "check", *DAY, "--quiet")
    assert "taken: the target has 0001-taken.patch (identical)" in out and "[can-end]" in out
    assert "ours" not in out
    _, out, _ = unfork("plan", "status", *DAY)
    assert "scan" in out or "CARRIED" in out
    (fork[0] / "0003-new.patch").write_text((fork[0] / "0002-ours.patch").read_text().replace("nine", "IX"))
    assert scan(unfork, fork)[0] == 0
    code, out, _ = unfork("plan", "check", *DAY, "--quiet")
    assert code == 1 and "0003-new.patch is in no item (Ours alone)" in out


def test_a_scan_without_a_plan_is_recorded_when_a_store_is_named(
    fork: tuple[Path, Path], unfork: Run, folder: Path, hermetic: Path
) -> None:
    (folder / "unfork-plan/plan.yaml").unlink()
    assert scan(unfork, fork)[0] == 0
    assert not (hermetic / "data").exists()
    assert scan(unfork, fork, "--store", "runs.db")[0] == 0
    assert len([*(folder / "runs.db.outbox").iterdir()]) == 1


def test_a_scan_that_cannot_be_recorded_is_printed_all_the_same(
    fork: tuple[Path, Path], unfork: Run, folder: Path
) -> None:
    (folder / "file").write_text("")
    code, out, err = scan(unfork, fork, "--store", "file/runs.db")
    assert (code, err) == (0, "")
    assert "0001-taken.patch" in out and "warning: the scan is not in the store" in out


def test_the_gate_needs_an_item_with_a_reason_and_an_end(fork: tuple[Path, Path], unfork: Run) -> None:
    assert unfork("gate", "--series", "patches", *DAY)[0] == 0
    (fork[0] / "0003-new.patch").write_text((fork[0] / "0002-ours.patch").read_text().replace("nine", "IX"))
    code, out, _ = unfork("gate", "--series", "patches", *DAY)
    assert code == 1 and "0003-new.patch is in no item" in out
    items = [item("taken", patches="[0001-taken.patch]"), item("ours", patches="[0002-ours.patch]")]
    folder = fork[0].parent / "unfork-plan"
    write_plan(
        folder, *items, item("new", patches="[0003-new.patch]", reason=None, disposition=None), head=ONE
    )
    code, out, _ = unfork("gate", "--series", "patches", *DAY)
    assert code == 1 and "[reason-missing]" in out and "[disposition-missing]" in out
    write_plan(folder, *items, item("new", patches="[0003-new.patch]"), head=ONE)
    assert unfork("gate", "--series", "patches", *DAY)[0] == 0


def test_the_gate_can_ask_of_new_patches_alone(fork: tuple[Path, Path], unfork: Run, folder: Path) -> None:
    write_plan(folder / "unfork-plan", item("old", patches="[0001-taken.patch]", reason="tbd"), head=ONE)
    (folder / ".git").rmdir()
    for line in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Before"]):
        subprocess.run(["git", *line], cwd=folder, check=True)
    against = ("--series", "patches", "--against", ".@HEAD:patches")
    assert unfork("gate", "--series", "patches", *DAY)[0] == 1
    assert unfork("gate", *against, *DAY)[0] == 0
    (fork[0] / "0003-new.patch").write_text((fork[0] / "0002-ours.patch").read_text().replace("nine", "IX"))
    code, out, _ = unfork("gate", *against, *DAY, "--quiet")
    assert code == 1
    (line,) = out.splitlines()
    assert "0003-new.patch is in no item" in line


def test_the_gate_asks_whose_series_it_is(folder: Path, unfork: Run) -> None:
    write_plan(folder / "unfork-plan", item())
    code, _, err = unfork("gate", "--series", "patches")
    assert code == 2 and "whose series is it? (--project, one of nova, neutron)" in err
    assert unfork("gate")[0] == 2
    code, _, err = unfork("gate", "--project", "nov", "--series", "patches")
    assert code == 2 and "the plan has no project 'nov'" in err


def test_the_ready_files_call_what_there_is() -> None:
    """Every "unfork gate" in docs/ci parses, and every file is YAML."""
    from unfork.cli import unfork as command

    gate = command.commands["gate"]
    calls = 0
    for path in sorted((DOCS / "ci").iterdir()):
        text = path.read_text()
        assert yaml.safe_load(text)
        words = " ".join(text.split()).split(" ")
        for at, word in enumerate(words):
            if words[at : at + 1] and word.endswith("unfork") and words[at + 1 : at + 2] == ["gate"]:
                calls += 1
                options = [each for each in words[at + 2 : at + 14] if each.startswith("--")]
                known = {name for each in gate.params for name in each.opts}
                assert known >= {*options}, (path.name, options)
                assert "--series" in options
    assert calls == 4


def test_a_plan_is_proposed_and_joined_with_its_scan(
    fork: tuple[Path, Path], unfork: Run, folder: Path
) -> None:
    ends = ("--series", "patches", "--upstream", str(fork[1]), "--base", "1.0.0", "--target", "2.0.0")
    code, out, err = unfork("plan", "init", *ends, "--plan", "new-plan", "--project", "nova")
    assert (code, err) == (0, "")
    assert "2 items for 2 patches: align-with-upstream 1, undecided 1" in out
    text = (folder / "new-plan/items/nova.yaml").read_text()
    assert "count-the-volumes-twice:" in text and "name: 0001-taken.patch" in text
    code, out, _ = unfork("plan", "check", "--plan", "new-plan", "--quiet")
    assert code == 1
    assert {line.rpartition("[")[2] for line in out.splitlines()} == {
        "can-end]", "disposition-missing]", "reason-missing]",
    }  # fmt: skip
    code, _, err = unfork("plan", "init", *ends, "--plan", "new-plan")
    assert code == 3 and "new-plan/plan.yaml: exists already" in err

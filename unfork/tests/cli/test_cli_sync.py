"""``unfork sync`` as users run it, against trackers on the loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from command_line import Run
from making import Made
from planned import HEAD, item, write_plan
from tracking import Said, Served, bug, change, issue, pull, serving, sha

DOCS = Path(__file__).parents[3] / "docs"
ONE = HEAD.replace("{nova: {}, neutron: {}}", "{nova: {}}")
REVIEW = "https://review.openstack.org/#/c/1001/"
LINKS = f"['{REVIEW}', 'LP: #1234567', 'https://git.example.org/a/b/-/merge_requests/1', 'https://docs.example.org/']"


def configured(here: Path, *servers: Served, more: str = "") -> None:
    names = {"gerrit": "review.opendev.org", "github": "github.com", "launchpad": "launchpad.net"}
    tables = [f'[trackers."{names[each.kind]}"]\napi = "{each.address}"\n' for each in servers]
    (here / "unfork.toml").write_text("".join(tables) + more, encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path, unfork: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the command runs in, with a plan."""
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr("unfork.trackers.client._BACK_OFF", 0.001)
    folder = tmp_path / "here"
    write_plan(folder / "unfork-plan", item(links=LINKS), head=ONE)
    return folder


@pytest.fixture
def gerrit() -> Iterator[Served]:
    served = Served("gerrit", {"1": change(1001)})
    with serving(served):
        yield served


@pytest.fixture
def launchpad() -> Iterator[Served]:
    served = Served("launchpad", bug(1234567, ("nova", "In Progress")))
    with serving(served):
        yield served


def test_it_prints_what_moved_and_the_plan_stays_as_it_is(
    here: Path, unfork: Run, gerrit: Served, launchpad: Served
) -> None:
    configured(here, gerrit, launchpad)
    plan = here / "unfork-plan" / "plan.yaml"
    before = plan.read_bytes()
    code, out, err = unfork("sync")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:3] == ["review.opendev.org/change/1001", "-", "open"]
    assert "patch set 2" in lines[0] and "retry" in lines[0] and "Change 1001" in lines[0]
    assert "open (In Progress)" in lines[1]
    assert lines[2] == "# small: 2 answered; 2 links moved"
    assert "no tracker is known at git.example.org" in lines[3]
    gerrit.things["1"] = change(1001, "MERGED")
    code, out, _ = unfork("sync", "--max-age", "0")
    assert out.splitlines()[0].split()[:3] == ["review.opendev.org/change/1001", "open", "merged"]
    assert "# small: 2 answered, 1 of them unchanged; 1 link moved" in out
    assert plan.read_bytes() == before


def test_what_is_known_well_enough_is_not_asked_again(
    here: Path, unfork: Run, gerrit: Served, launchpad: Served
) -> None:
    configured(here, gerrit, launchpad)
    unfork("sync", "-q")
    asked = len(gerrit.asked) + len(launchpad.asked)
    code, out, _ = unfork("sync")
    assert (code, len(gerrit.asked) + len(launchpad.asked)) == (0, asked)
    assert "0 answered; 2 known well enough; 0 links moved" in out


def test_plan_check_knows_it_offline(here: Path, unfork: Run, gerrit: Served, launchpad: Served) -> None:
    configured(here, gerrit, launchpad)
    assert "2 of 2 links were not asked" in unfork("plan", "check")[1]
    launchpad.things |= bug(1234567, ("nova", "Fix Released"))
    unfork("sync", "-q")
    gerrit.stop()
    launchpad.stop()
    for command in (("plan", "check"), ("gate", "--series", ".")):
        (here / "a.patch").write_text("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n")
        _, out, _ = unfork(*command)
        assert "bug 1234567 is fixed in 19.0.0 (Fix Released)" in out
        assert "# links: 2 of 2 were asked from their trackers, today" in out
    status = unfork("plan", "status")[1]
    assert "2 of 2 were asked from their trackers" in status
    code, out, _ = unfork("sync", "--offline")
    assert code == 0
    assert "released (Fix Released)" in out and "just now" in out
    assert "2 known, the oldest just now; nobody was asked" in out


def test_a_failure_is_told_and_what_was_known_stays(
    here: Path, unfork: Run, gerrit: Served, launchpad: Served
) -> None:
    configured(here, gerrit, launchpad)
    unfork("sync", "-q")
    gerrit.always = lambda path: Said(401, b"")
    code, out, _ = unfork("sync", "--max-age", "0")
    assert code == 1
    (line,) = [each for each in out.splitlines() if each.startswith("review.opendev.org:")]
    assert "answers 401: it asks for a token (set a token in $UNFORK_TOKEN_REVIEW_OPENDEV_ORG" in line
    assert "1 link not answered; known from just now" in line
    gerrit.always = lambda path: None
    code, out, _ = unfork("sync")  # what failed is asked again, however young
    assert (code, "1 answered; 1 known well enough" in out) == (0, True)


def test_json_follows_its_schema(here: Path, unfork: Run, gerrit: Served, launchpad: Served) -> None:
    configured(here, gerrit, launchpad)
    launchpad.always = lambda path: Said(404, b"")
    code, out, _ = unfork("sync", "--json", "-")
    document = json.loads(out)
    jsonschema.validate(document, json.loads((DOCS / "sync.schema.json").read_text()))
    sync = document["sync"]
    assert code == 0 and document["schema"] == "unfork-sync/1"
    assert [each["now"] and each["now"]["state"] for each in sync["moved"]] == ["open", None]
    assert sync["unknown"] == ["git.example.org"] and sync["elsewhere"] == 2
    assert unfork("plan", "check", "--fail-on", "never")[1].count("[link-gone]") == 1


def test_a_merged_review_is_looked_up_in_the_upstream(here: Path, unfork: Run, gerrit: Served) -> None:
    made = Made(here / "nova")
    with made.writing() as writer:
        commit = writer.commit("first", {"a": "1"})
        writer.tag("19.0.0", commit)
    merged = change(1001, "MERGED", current_revision=commit, revisions={commit: {"_number": 2}})
    gerrit.things = {"1": merged, "2": change(1002, "MERGED")}
    projects = ONE.replace("{nova: {}}", "{nova: {upstream: nova}}")
    links = f"['{REVIEW}', 'https://review.opendev.org/1002']"
    write_plan(here / "unfork-plan", item(links=links), head=projects)
    configured(here, gerrit)
    code, out, _ = unfork("sync")
    assert code == 0 and f"{commit[:10]} in 19.0.0" in out
    _, out, _ = unfork("plan", "check", "--fail-on", "never")
    assert f"1001 is merged as {commit[:12]}, first released in 19.0.0" in out
    assert f"1002 is merged as {sha(1002, 2)[:12]}, which the upstream's history does not have" in out
    # As soon as the clone has it, under whatever hash, it is found.
    with made.writing() as writer:
        writer.commit(f"second\n\nChange-Id: {gerrit.things['2']['change_id']}\n", {"a": "2"})
    unfork("sync", "-q")
    _, out, _ = unfork("plan", "check", "--fail-on", "never")
    assert f"1002 is merged as {sha(1002, 2)[:12]}, in no release yet" in out


def test_links_that_patches_name_are_asked_for(here: Path, unfork: Run, launchpad: Served) -> None:
    series = here / "series"
    series.mkdir()
    head = "From: A <a@b.c>\nSubject: Retry\n\nCloses-Bug: #1234567\n---\n"
    (series / "a.patch").write_text(f"{head}--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n")
    projects = ONE.replace("{nova: {}}", "{nova: {series: series}}")
    write_plan(here / "unfork-plan", item(patches="[a.patch]"), head=projects)
    configured(here, launchpad)
    launchpad.things |= bug(1234567, ("nova", "Fix Released"))
    code, out, _ = unfork("sync")
    assert code == 0
    assert out.split()[0] == "launchpad.net/nova/bug/1234567" and "a.patch" in out
    assert "bug 1234567, which a.patch names, is fixed in 19.0.0" in unfork("gate")[1]
    assert unfork("sync", "--no-patches")[1].startswith("# small: 0 answered")


def test_a_series_that_cannot_be_read_is_a_warning(here: Path, unfork: Run, launchpad: Served) -> None:
    projects = ONE.replace("{nova: {}}", "{nova: {series: nowhere}}")
    write_plan(here / "unfork-plan", item(links="['LP: #1234567']"), head=projects)
    configured(here, launchpad)
    code, out, _ = unfork("sync")
    assert code == 0
    assert "warning: the messages of nova's patches were not read: nowhere" in out


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("yesterday", "--max-age: 'yesterday' is no age (write it as 30m, 12h or 7d)"),
        ("-1h", "--max-age: '-1h' is no age"),
    ],
)
def test_an_age_that_is_none(here: Path, unfork: Run, text: str, what: str) -> None:
    code, _, err = unfork("sync", f"--max-age={text}")
    assert code == 3 and what in err


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("trackers = 1\n", 1, "trackers is no table"),
        ('[trackers]\n"a.example" = 1\n', 2, "trackers.a.example is no table"),
        (
            '[trackers."a.example"]\nkind = "bugzilla"\n',
            2,
            "kind is unknown: 'bugzilla' (one of gerrit, github",
        ),
        ('[trackers."a.example"]\napi = "https://x"\n', None, "a tracker has no kind"),
        ('[trackers."a.example"]\nkind = "gerrit"\nlimt = "1/minute"\n', 3, "did you mean limit?"),
        ('[trackers."a.example"]\nkind = "gerrit"\nlimit = "often"\n', 3, "limit is no limit: 'often'"),
        (
            '[trackers."a.example"]\nkind = "gerrit"\ntoken = "s"\n',
            3,
            "a secret does not belong into this file",
        ),
        (
            '[trackers."a.example"]\nkind = "gerrit"\napi = "https://a:b@x"\n',
            3,
            "api has a name or a password",
        ),
        ('[trackers."a.example"]\nkind = "gerrit"\napi = "gopher://x"\n', 3, "api is no address"),
        ('[trackers."a.example"]\nkind = "gerrit"\nconcurrency = 0\n', 3, "concurrency is no number from 1"),
        ('[trackers."a.example"]\nkind = "gerrit"\ndefault = "yes"\n', 3, "default is not true or false"),
        ('[trackers."a.example"]\nkind = "gerrit"\nmirrors = [1]\n', 3, "mirrors is no list of strings"),
        ('[trackers."a/b"]\nkind = "gerrit"\n', 1, "'a/b' is no host"),
    ],
)
def test_a_mistake_in_the_settings_is_named(
    here: Path, unfork: Run, text: str, line: int | None, what: str
) -> None:
    (here / "unfork.toml").write_text(text)
    code, _, err = unfork("sync")
    assert code == 3
    assert what in err and err.count("\n") == 1
    assert line is None or f"unfork.toml:{line}: " in err


def started(here: Path, store: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "unfork", "sync", "--store", str(store)],
        cwd=here,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def many(here: Path, delay: float) -> Served:
    """A plan of 60 issues, and their tracker."""
    things = {f"/repos/org/repo/issues/{number}": issue(number) for number in range(1, 61)}
    served = Served("github", things, delay=delay)
    links = [f"org/repo#{number}" for number in range(1, 61)]
    write_plan(here / "unfork-plan", item(links=json.dumps(links)), head=ONE)
    configured(here, served, more="concurrency = 2\n")
    return served


def test_killed_in_the_middle_it_keeps_what_was_answered(here: Path, unfork: Run, tmp_path: Path) -> None:
    served = many(here, 0.05)
    store = tmp_path / "store.sqlite3"
    with serving(served):
        process = started(here, store)
        while len(served.asked) < 40 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.2)
        before = len(served.asked)
        code, out, err = unfork("sync", "--store", str(store))
    assert (code, err) == (0, "")
    again = len(served.asked) - before
    assert 20 <= again < 60  # what was written before the end is not asked for again
    assert f"{again} answered; {60 - again} known well enough" in out


def test_several_at_once_ask_for_each_link_once(here: Path, unfork: Run, tmp_path: Path) -> None:
    served = many(here, 0.01)
    store = tmp_path / "store.sqlite3"
    with serving(served):
        processes = [started(here, store) for _ in range(4)]
        outputs = [process.communicate(timeout=60)[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert len(served.asked) == 60
    assert sum("60 answered" in each for each in outputs) == 1
    assert sum("60 known well enough" in each for each in outputs) == 3


def test_an_abandoned_pull_request_in_a_terminal(here: Path, unfork: Run) -> None:
    things = {
        "/repos/org/repo/pulls/4": pull(4, "closed", title="\x1b[31mred\x1b[0m"),
        "/repos/org/repo/issues/4": issue(4, "closed", closed_by={"login": "boss"}),
    }
    served = Served("github", things)
    write_plan(here / "unfork-plan", item(links="['https://github.com/org/repo/pull/4']"), head=ONE)
    configured(here, served)
    with serving(served):
        _, out, _ = unfork("sync", "--color", "never")
    assert "rejected (closed)" in out and "\x1b" not in out

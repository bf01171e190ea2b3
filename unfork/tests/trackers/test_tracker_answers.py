"""What each tracker says is understood: states, owners, commits, revisions, reasons."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from asked import ask, seen
from tracking import (
    Served,
    abandoned,
    bug,
    change,
    change_id,
    issue,
    patch,
    pull,
    request,
    serving,
    sha,
)
from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen
from unfork.trackers import Answer

S = LinkState
BUGS = "https://bugs.launchpad.net"


def test_gerrit_tells_owner_activity_patch_sets_and_commit(tmp_path: Path) -> None:
    served = Served("gerrit", {"1": change(1001), "2": change(1002, "MERGED")})
    with serving(served):
        is_open = seen(served, tmp_path, "https://review.openstack.org/#/c/1001/")
        merged = seen(served, tmp_path, "https://review.opendev.org/c/openstack/nova/+/1002")
    assert (is_open.state, is_open.said, is_open.kind, is_open.owner) == (
        S.OPEN,
        "NEW",
        LinkKind.REVIEW,
        "Ann Other",
    )
    assert is_open.activity == datetime(2019, 1, 20, 10, tzinfo=UTC)
    assert (is_open.revision, is_open.revised) == ("2", datetime(2019, 1, 19, 10, tzinfo=UTC))
    assert is_open.revisions == {sha(1001, 1): "1", sha(1001, 2): "2"}
    assert is_open.commit is None
    assert (merged.state, merged.commit) == (S.MERGED, sha(1002, 2))
    assert (merged.project, merged.branch, merged.change_id) == ("openstack/nova", "master", change_id(1002))


@pytest.mark.parametrize(
    ("why", "labels", "state"),
    [
        ("I have no time for it", {}, S.ABANDONED),
        ("Superseded by I0123", {}, S.SUPERSEDED),
        ("In favor of 1005, this one is stale", {}, S.SUPERSEDED),
        (
            "This review is > 4 weeks without comment, and failed Zuul the last time it was checked.",
            {},
            S.STALE,
        ),
        ("Auto-abandoned: no activity", {}, S.STALE),
        ("We won't fix this", {}, S.REJECTED),
        ("", {"Code-Review": {"rejected": {"_account_id": 2}, "blocking": True}}, S.REJECTED),
        ("", {"Code-Review": {"approved": {"_account_id": 2}}}, S.ABANDONED),
    ],
)
def test_gerrit_tells_why_it_was_abandoned(tmp_path: Path, why: str, labels: dict, state: LinkState) -> None:
    served = Served("gerrit", {"1": abandoned(1001, why, labels=labels)})
    with serving(served):
        observation = seen(served, tmp_path, "https://review.opendev.org/1001")
    assert (observation.state, observation.said, observation.why) == (state, "ABANDONED", why)


def test_gerrit_is_asked_for_many_with_one_query(tmp_path: Path) -> None:
    served = Served("gerrit", {str(n): change(n) for n in range(1000, 1090)})
    links = [f"https://review.opendev.org/{number}" for number in range(1000, 1100)]
    with serving(served):
        answers = ask(served, tmp_path, *links)
    assert len(served.asked) == 3
    assert [isinstance(each, Answer) and each.observation is not None for each in answers] == [
        number < 1090 for number in range(1000, 1100)
    ]


def test_a_change_id_on_several_branches_is_the_one_of_the_main_branch(tmp_path: Path) -> None:
    same = {"change_id": change_id(7)}
    served = Served(
        "gerrit",
        {
            "1": change(1001, "MERGED", branch="stable/stein", **same),
            "2": change(1002, "MERGED", **same),
            "3": change(1003, branch="stable/train", **same),
        },
    )
    with serving(served):
        observation = seen(served, tmp_path, change_id(7))
    assert observation.commit == sha(1002, 2)


def test_the_messages_of_an_abandoned_change_are_read_once(tmp_path: Path) -> None:
    served = Served("gerrit", {"1": abandoned(1001, "Superseded by 2")})
    link = "https://review.opendev.org/1001"
    with serving(served):
        first = seen(served, tmp_path, link)
        key = "review.opendev.org/change/1001"
        kept = {key: LinkSeen(key, asked=datetime.now(UTC), observation=first)}
        (again,) = ask(served, tmp_path, link, kept=kept)
    assert isinstance(again, Answer) and again.observation == first
    assert sum("MESSAGES" in each for each in served.asked) == 1


GITHUB = {
    "/repos/org/repo/pulls/1": pull(1),
    "/repos/org/repo/pulls/2": pull(2, "closed", merged=True),
    "/repos/org/repo/pulls/3": pull(3, "closed"),
    "/repos/org/repo/issues/3": issue(3, "closed", pull_request={}, closed_by={"login": "ann"}),
    "/repos/org/repo/pulls/4": pull(4, "closed"),
    "/repos/org/repo/issues/4": issue(4, "closed", pull_request={}, closed_by={"login": "boss"}),
    "/repos/org/repo/pulls/5": pull(5, "closed", labels=[{"name": "stale"}]),
    "/repos/org/repo/issues/5": issue(5, "closed", pull_request={}, closed_by={"login": "bot"}),
    "/repos/org/repo/issues/6": issue(6),
    "/repos/org/repo/issues/7": issue(7, "closed", state_reason="completed", milestone={"title": "2.1"}),
    "/repos/org/repo/issues/8": issue(8, "closed", state_reason="not_planned"),
    "/repos/org/repo/issues/9": issue(9, "closed", state_reason="not_planned", labels=[{"name": "stale"}]),
    "/repos/org/repo/issues/10": issue(10, "closed", state_reason="duplicate"),
    "/repos/org/repo/issues/2": issue(2, "closed", pull_request={"url": "x"}),
}


@pytest.mark.parametrize(
    ("link", "state", "kind"),
    [
        ("https://github.com/org/repo/pull/1", S.OPEN, LinkKind.MERGE_REQUEST),
        ("https://github.com/org/repo/pull/2", S.MERGED, LinkKind.MERGE_REQUEST),
        ("https://github.com/org/repo/pull/3", S.ABANDONED, LinkKind.MERGE_REQUEST),
        ("https://github.com/org/repo/pull/4", S.REJECTED, LinkKind.MERGE_REQUEST),
        ("https://github.com/org/repo/pull/5", S.STALE, LinkKind.MERGE_REQUEST),
        ("https://github.com/org/repo/issues/6", S.OPEN, LinkKind.BUG),
        ("org/repo#7", S.MERGED, LinkKind.BUG),
        ("org/repo#8", S.REJECTED, LinkKind.BUG),
        ("org/repo#9", S.STALE, LinkKind.BUG),
        ("org/repo#10", S.SUPERSEDED, LinkKind.BUG),
        ("org/repo#2", S.MERGED, LinkKind.MERGE_REQUEST),
    ],
)
def test_github(tmp_path: Path, link: str, state: LinkState, kind: LinkKind) -> None:
    served = Served("github", GITHUB)
    with serving(served):
        observation = seen(served, tmp_path, link)
    assert (observation.state, observation.kind) == (state, kind)
    if state is S.MERGED and kind is LinkKind.MERGE_REQUEST:
        assert (observation.commit, observation.revision) == (sha(2, 9), sha(2, 1))
    if link.endswith("#7"):
        assert observation.release == "2.1"


@pytest.mark.parametrize(
    ("link", "state", "commit"),
    [
        ("https://gitlab.com/a/b/-/merge_requests/1", S.OPEN, None),
        ("https://gitlab.com/a/b/-/merge_requests/2", S.MERGED, sha("merge")),
        ("https://gitlab.com/a/b/-/merge_requests/3", S.MERGED, sha("squash")),
        ("https://gitlab.com/a/b/-/merge_requests/4", S.MERGED, sha(4, 1)),
        ("https://gitlab.com/a/b/-/merge_requests/5", S.REJECTED, None),
        ("https://gitlab.com/a/b/-/merge_requests/6", S.ABANDONED, None),
        ("https://gitlab.com/a/b/-/issues/1", S.OPEN, None),
        ("https://gitlab.com/a/b/-/issues/2", S.MERGED, None),
        ("https://gitlab.com/a/b/-/issues/3", S.REJECTED, None),
    ],
)
def test_gitlab(tmp_path: Path, link: str, state: LinkState, commit: str | None) -> None:
    requests = [
        request(1),
        request(2, "merged", merge_commit_sha=sha("merge")),
        request(3, "merged", squash_commit_sha=sha("squash")),
        request(4, "merged"),
        request(5, "closed", closed_by={"username": "boss"}),
        request(6, "closed", closed_by={"username": "ann"}),
    ]
    issues = [request(1), request(2, "closed"), request(3, "closed", labels=["wontfix"])]
    served = Served(
        "gitlab",
        {"/api/v4/projects/a/b/merge_requests": requests, "/api/v4/projects/a/b/issues": issues},
    )
    with serving(served):
        observation = seen(served, tmp_path, link)
    assert (observation.state, observation.commit) == (state, commit)
    assert observation.activity == datetime(2019, 1, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "tasks", "state", "said"),
    [
        ("LP: #1234567", [("nova", "New")], S.OPEN, "New"),
        ("LP: #1234567", [("nova", "Fix Committed")], S.MERGED, "Fix Committed"),
        ("LP: #1234567", [("nova", "Fix Released"), ("nova (Ubuntu)", "New")], S.RELEASED, "Fix Released"),
        ("LP: #1234567", [("nova", "Fix Released"), ("cinder", "Triaged")], S.RELEASED, "Fix Released"),
        ("LP: #1234567", [("glance", "Fix Released"), ("cinder", "Triaged")], S.OPEN, "Triaged"),
        ("LP: #1234567", [("glance", "Fix Released"), ("glance/rocky", "New")], S.RELEASED, "Fix Released"),
        ("LP: #1234567", [("nova", "Fix Released"), ("nova/rocky", "New")], S.RELEASED, "Fix Released"),
        ("LP: #1234567", [("nova", "Won't Fix")], S.REJECTED, "Won't Fix"),
        ("LP: #1234567", [("nova", "Expired")], S.STALE, "Expired"),
        (
            f"{BUGS}/nova/+bug/1234567",
            [("nova", "Fix Released"), ("cinder", "New")],
            S.RELEASED,
            "Fix Released",
        ),
        (f"{BUGS}/cinder/+bug/1234567", [("nova", "Fix Released"), ("cinder", "New")], S.OPEN, "New"),
    ],
)
def test_launchpad_bugs(tmp_path: Path, link: str, tasks: list, state: LinkState, said: str) -> None:
    served = Served("launchpad", bug(1234567, *tasks))
    with serving(served):
        observation = seen(served, tmp_path, link)
    assert (observation.state, observation.said, observation.owner) == (state, said, "ben")
    assert observation.release == ("19.0.0" if state is S.RELEASED else None)


def test_a_duplicate_is_superseded(tmp_path: Path) -> None:
    link = "https://api.launchpad.net/devel/bugs/1111111"
    served = Served("launchpad", bug(1234567, ("nova", "Fix Released"), duplicate_of_link=link))
    with serving(served):
        observation = seen(served, tmp_path, "LP: #1234567")
    assert (observation.state, observation.said) == (S.SUPERSEDED, "duplicate of 1111111")


@pytest.mark.parametrize(
    ("definition", "implementation", "state"),
    [
        ("Approved", "Started", S.OPEN),
        ("Approved", "Implemented", S.MERGED),
        ("Superseded", "Unknown", S.SUPERSEDED),
        ("Obsolete", "Not started", S.REJECTED),
    ],
)
def test_launchpad_blueprints(tmp_path: Path, definition: str, implementation: str, state: LinkState) -> None:
    spec = {
        "title": "Purge",
        "definition_status": definition,
        "implementation_status": implementation,
        "assignee_link": None,
        "owner_link": "https://api.launchpad.net/devel/~ann",
        "milestone_link": None,
        "date_created": "2019-01-20T10:00:00.5+00:00",
    }
    served = Served("launchpad", {"/nova/+spec/purge-db": spec})
    with serving(served):
        observation = seen(served, tmp_path, "https://blueprints.launchpad.net/nova/+spec/purge-db")
    assert (observation.state, observation.kind, observation.owner) == (state, LinkKind.BLUEPRINT, "ann")
    assert observation.activity == datetime(2019, 1, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "commit_ref", "found", "commit"),
    [
        ("new", None, S.OPEN, None),
        ("changes-requested", None, S.OPEN, None),
        ("accepted", "abcdef1234", S.MERGED, "abcdef1234"),
        ("accepted", "queued for 6.1", S.MERGED, None),
        ("rejected", None, S.REJECTED, None),
        ("superseded", "abcdef1234", S.SUPERSEDED, None),
        ("deferred", None, S.STALE, None),
        ("a-state-of-its-own", None, S.OPEN, None),
    ],
)
def test_patchwork(
    tmp_path: Path, state: str, commit_ref: str | None, found: LinkState, commit: str | None
) -> None:
    served = Served("patchwork", {"/api/patches/12/": patch(12, state, commit_ref=commit_ref)})
    with serving(served):
        by_number = seen(served, tmp_path, "https://patchwork.kernel.org/patch/12/")
        served.things["/api/patches/12/"]["msgid"] = "12@example.org"
        by_mail = seen(
            served, tmp_path, "https://patchwork.kernel.org/project/linux-mm/patch/12@example.org/"
        )
    assert by_number == by_mail
    assert (by_number.state, by_number.said, by_number.commit) == (found, state, commit)


def test_storyboard(tmp_path: Path) -> None:
    story = {"id": 2004455, "title": "A story", "status": "merged", "updated_at": "2019-01-20T10:00:00+00:00"}
    served = Served("storyboard", {"/api/v1/stories/2004455": story})
    with serving(served):
        observation = seen(served, tmp_path, "Story: 2004455")
    assert (observation.state, observation.title) == (S.MERGED, "A story")

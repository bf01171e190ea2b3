"""Links are recognized in every form that people write."""

import pytest
from unfork.model.tracker_host import TrackerHost, TrackerKind
from unfork.trackers import address_host, label_of, mentions, recognise, registry_of

KNOWN = registry_of()
ID = "I0123456789abcdef0123456789abcdef01234567"
CHANGE = "review.opendev.org/change/555081"


@pytest.mark.parametrize(
    ("text", "key", "revision"),
    [
        ("https://review.openstack.org/#/c/555081/", CHANGE, None),
        ("https://review.openstack.org/#/c/555081", CHANGE, None),
        ("http://review.openstack.org/555081", CHANGE, None),
        ("https://review.openstack.org/#/c/555081/3..7/specs/queens/x.rst", CHANGE, "7"),
        ("https://review.openstack.org/#/c/555081/18/specs/rocky/x.rst", CHANGE, "18"),
        ("https://review.opendev.org/c/openstack/nova/+/555081", CHANGE, None),
        ("https://review.opendev.org/c/openstack/nova/+/555081/7", CHANGE, "7"),
        ("https://review.opendev.org/c/openstack/nova/+/555081/7/nova/a.py#12", CHANGE, "7"),
        ("https://review.opendev.org/c/openstack/nova/+/555081?tab=comments", CHANGE, None),
        ("https://review.opendev.org/c/555081", CHANGE, None),
        (f"https://review.opendev.org/q/{ID}", f"review.opendev.org/change-id/{ID}", None),
        (f"https://review.opendev.org/#/q/{ID},n,z", f"review.opendev.org/change-id/{ID}", None),
        (f"https://review.openstack.org/#q,{ID},n,z", f"review.opendev.org/change-id/{ID}", None),
        (
            f"https://gerrit-review.googlesource.com/id/{ID}",
            f"gerrit-review.googlesource.com/change-id/{ID}",
            None,
        ),
        (f"Change-Id: {ID}", f"review.opendev.org/change-id/{ID}", None),
        (ID, f"review.opendev.org/change-id/{ID}", None),
        (
            "https://gerrit.wikimedia.org/r/c/mediawiki/core/+/12345",
            "gerrit.wikimedia.org/change/12345",
            None,
        ),
        ("https://gerrit.wikimedia.org/r/12345", "gerrit.wikimedia.org/change/12345", None),
        ("https://gerrit.wikimedia.org/r/#/c/12345/2", "gerrit.wikimedia.org/change/12345", "2"),
        ("LP: #1234567", "launchpad.net/nova/bug/1234567", None),
        ("lp#1234567", "launchpad.net/nova/bug/1234567", None),
        ("Closes-Bug: #1234567", "launchpad.net/nova/bug/1234567", None),
        ("Partial-Bug: 1234567", "launchpad.net/nova/bug/1234567", None),
        ("https://bugs.launchpad.net/bugs/1234567", "launchpad.net/nova/bug/1234567", None),
        ("https://launchpad.net/bugs/1234567", "launchpad.net/nova/bug/1234567", None),
        ("https://bugs.launchpad.net/nova/+bug/1234567", "launchpad.net/nova/bug/1234567", None),
        ("https://bugs.launchpad.net/nova/+bug/1234567/comments/3", "launchpad.net/nova/bug/1234567", None),
        ("https://api.launchpad.net/devel/bugs/1234567", "launchpad.net/nova/bug/1234567", None),
        (
            "https://bugs.launchpad.net/ubuntu/+source/nova/+bug/1234567",
            "launchpad.net/ubuntu/+source/nova/bug/1234567",
            None,
        ),
        (
            "https://blueprints.launchpad.net/nova/+spec/purge-db",
            "launchpad.net/nova/blueprint/purge-db",
            None,
        ),
        ("https://launchpad.net/nova/stein/+spec/purge-db", "launchpad.net/nova/blueprint/purge-db", None),
        ("blueprint purge-db", "launchpad.net/nova/blueprint/purge-db", None),
        ("bp:neutron/purge-db", "launchpad.net/neutron/blueprint/purge-db", None),
        ("Implements: blueprint purge-db", "launchpad.net/nova/blueprint/purge-db", None),
        ("https://github.com/OpenStack/Nova/pull/12/files", "github.com/openstack/nova/pull/12", None),
        (
            "https://github.com/openstack/nova/issues/12#issuecomment-1",
            "github.com/openstack/nova/issue/12",
            None,
        ),
        ("openstack/nova#12", "github.com/openstack/nova/issue/12", None),
        ("https://gitlab.com/a/b/c/-/merge_requests/4", "gitlab.com/a/b/c/merge-request/4", None),
        ("https://salsa.debian.org/a/b/merge_requests/4/diffs", "salsa.debian.org/a/b/merge-request/4", None),
        ("https://gitlab.com/a/b/-/issues/9", "gitlab.com/a/b/issue/9", None),
        ("a/b!4", "gitlab.com/a/b/merge-request/4", None),
        ("https://patchwork.ozlabs.org/patch/123/", "patchwork.ozlabs.org/patch/123", None),
        (
            "https://patchwork.kernel.org/project/linux-mm/patch/2020.1-x@y.org/",
            "patchwork.kernel.org/message/2020.1-x@y.org",
            None,
        ),
        ("https://storyboard.openstack.org/#!/story/2004455", "storyboard.openstack.org/story/2004455", None),
        ("Story: 2004455", "storyboard.openstack.org/story/2004455", None),
    ],
)
def test_a_link_is_recognized(text: str, key: str, revision: str | None) -> None:
    ref = recognise(text, KNOWN, "nova")
    assert ref is not None
    assert (ref.key, ref.revision) == (key, revision)


@pytest.mark.parametrize(
    "text",
    [
        "https://docs.example.org/nova/12345",
        "https://review.example.org/c/12345",
        "https://github.com/openstack/nova",
        "https://github.com/openstack/nova/commit/0123456789",
        "https://[",
        "https://review.opendev.org/",
        "https://review.opendev.org/c/999999999999999999999999",
        "see the list",
        "mailto:ann@example.org",
        "",
        "#12",
        "https://review.opendev.org.example.org/12345",
        "https://review.opendev.org@example.org/12345",
        "ftp://review.opendev.org/12345",
    ],
)
def test_what_leads_to_no_tracker_is_not_taken_for_one(text: str) -> None:
    assert recognise(text, KNOWN, "nova") is None


def test_a_blueprint_without_a_project_is_none() -> None:
    assert recognise("blueprint purge-db", KNOWN) is None


def test_a_message_names_each_once_and_in_order() -> None:
    message = f"""libvirt: retry

This was bug 12, see (https://review.opendev.org/c/openstack/nova/+/555081) and
https://review.openstack.org/#/c/555081/3. Also (LP: #1765432), and/or nothing.

Closes-Bug: #1234567
Related-Bug: #1234567
Implements: blueprint purge-db
Change-Id: {ID}
"""
    assert [ref.key for ref in mentions(message, KNOWN, "nova")] == [
        CHANGE,
        "launchpad.net/nova/bug/1765432",
        "launchpad.net/nova/bug/1234567",
        "launchpad.net/nova/blueprint/purge-db",
        f"review.opendev.org/change-id/{ID}",
    ]


def test_the_users_own_trackers_are_known_and_may_be_the_usual_ones() -> None:
    own = TrackerHost(
        "review.example.org",
        TrackerKind.GERRIT,
        api="https://review.example.org/r",
        also=("old.example.org",),
        default=True,
    )
    registry = registry_of([own])
    for text in (
        "https://review.example.org/r/c/a/b/+/7",
        "https://old.example.org/#/c/7/",
        "https://REVIEW.example.org:443/7",
    ):
        ref = recognise(text, registry)
        assert ref is not None and ref.key == "review.example.org/change/7"
    ref = recognise(ID, registry)
    assert ref is not None and ref.host == "review.example.org"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("https://review.opendev.org/555081", "555081"),
        ("openstack/nova#12", "openstack/nova#12"),
        ("a/b!4", "a/b!4"),
        ("LP: #1234567", "bug 1234567"),
    ],
)
def test_a_label_is_how_people_call_it(text: str, label: str) -> None:
    ref = recognise(text, KNOWN)
    assert ref is not None and label_of(ref) == label


def test_the_host_of_an_address() -> None:
    assert address_host("https://ann:x@Git.example.org:8443/a/b") == "git.example.org:8443"
    assert address_host("LP: #1") is None

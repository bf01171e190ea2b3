"""What trackers said comes out of the store as it went in, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from unfork.model.plan import LinkKind, LinkState
from unfork.model.tracker import LinkSeen, Observation
from unfork.store import store_address
from unfork.store.database import Store
from unfork.store.links import links_named, links_seen, record_links, record_named

AT = datetime(2019, 2, 1, 10, 30, 1, 5, tzinfo=UTC)
SEEN = LinkSeen(
    key="review.opendev.org/change/571111",
    asked=AT,
    moved=AT,
    observation=Observation(
        LinkState.MERGED, "MERGED", LinkKind.REVIEW, title="Grüße\x00\x1b", activity=AT, revisions={"ab": "1"}
    ),
    etag='W/"x"',
    in_history=False,
)


def test_an_observation_comes_out_as_it_went_in(address: str) -> None:
    bare = LinkSeen("org/repo/issue/1", problem="no\x00connection")
    with Store(store_address(address)) as store:
        record_links(store, [SEEN, bare])
        assert SEEN.observation is not None
        title = SEEN.observation.title.replace("\x00", " ")
        found = links_seen(store, [SEEN.key, bare.key, "another"])
        assert found[bare.key] == replace(bare, problem="no connection")
        told = found[SEEN.key].observation
        assert told is not None and told.title == title
        assert replace(found[SEEN.key], observation=SEEN.observation) == SEEN
        assert links_seen(store, []) == {}


def test_the_later_answer_stays(address: str) -> None:
    later = replace(SEEN, asked=AT + timedelta(seconds=1), problem="later")
    with Store(store_address(address)) as one, Store(store_address(address)) as other:
        record_links(one, [later])
        record_links(other, [SEEN])
        assert links_seen(one, [SEEN.key])[SEEN.key].problem == "later"
        record_links(other, [replace(later, first_release="19.0.0")])
        assert links_seen(one, [SEEN.key])[SEEN.key].first_release == "19.0.0"


def test_many_links_and_names(address: str) -> None:
    keys = [f"org/repo/issue/{number}" for number in range(1200)]
    with Store(store_address(address)) as store:
        assert links_named(store, ["a" * 40]) == {}
        record_links(store, [LinkSeen(key, asked=AT) for key in keys])
        record_named(store, {f"{number:040}": {key: "1"} for number, key in enumerate(keys)})
        assert (
            len(links_seen(store, keys)) == len(links_named(store, [f"{n:040}" for n in range(1200)])) == 1200
        )
        # Another message of the same patch: what it named before is forgotten.
        record_named(store, {f"{0:040}": {"b/bug/2": None}, f"{1:040}": {}})
        assert links_named(store, [f"{0:040}", f"{1:040}"]) == {f"{0:040}": {"b/bug/2": None}}

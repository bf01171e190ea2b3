"""What is known of a patch: the scan's proof before a link's state before what was agreed."""

from dataclasses import replace

import pytest
from report_samples import verdict
from unfork.model import Advice, Relation, State, UpstreamCommit, Verdict
from unfork.model.header import Fact, Standing
from unfork.model.plan import Disposition, Item, Link, LinkState
from unfork.planning.facts import fact_of

SHA = "132636dd610d7e5cce24848776e942d229199e18"
OPEN = Link(url="https://review.example.org/c/571111", state=LinkState.OPEN)
REJECTED = Link(url="https://review.example.org/c/571112", state=LinkState.REJECTED)
BUG = "https://bugs.launchpad.net/bugs/1834048"


def scanned(relation: Relation = Relation.NONE, advice: Advice = Advice.CARRY) -> Verdict:
    commits = (UpstreamCommit("nova", SHA, "s", 1.0),) if relation is not Relation.NONE else ()
    made = verdict("a.patch", "A", relation, State.CLEAN, advice)
    return replace(made, commits=commits, first_release="17.0.0" if commits else None)


def item(**values: object) -> Item:
    return Item(**{"title": "t", "project": "nova", **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "relation", [Relation.IDENTICAL, Relation.REWORKED, Relation.SQUASHED, Relation.SPLIT]
)
def test_a_claim_of_the_whole_patch_is_proof(relation: Relation) -> None:
    fact = fact_of(scanned(relation, Advice.DROP), [item(links=(REJECTED,), disposition=Disposition.KEEP)])
    assert fact == Fact(Standing.UPSTREAM, True, commits=(SHA,), release="17.0.0")


@pytest.mark.parametrize(
    ("relation", "advice"), [(Relation.PARTIAL, Advice.TRIM), (Relation.IDENTICAL, Advice.DECIDE)]
)
def test_a_part_or_a_revert_is_none(relation: Relation, advice: Advice) -> None:
    assert fact_of(scanned(relation, advice), []) == Fact(Standing.PENDING, False)


def test_links_say_what_became_of_it() -> None:
    assert fact_of(scanned(), [item(links=(BUG, OPEN))]) == Fact(
        Standing.SUBMITTED, True, link=OPEN.url, bug=BUG
    )
    assert fact_of(scanned(), [item(links=(REJECTED,))]) == Fact(Standing.DENIED, True, link=REJECTED.url)
    again = [item(links=(REJECTED, OPEN))]
    assert fact_of(scanned(), again).standing is Standing.SUBMITTED, "it was sent again"
    assert fact_of(scanned(), [item(links=(BUG,))]) == Fact(Standing.PENDING, False, bug=BUG)


def test_what_was_agreed_is_no_proof() -> None:
    kept = item(disposition=Disposition.REFACTOR, outside="stx-gui", reason="Ours\nalone")
    assert fact_of(scanned(), [kept]) == Fact(Standing.NEVER, False, reason="Ours alone")
    unsaid = item(disposition=Disposition.PLUGIN, outside="stx-gui")
    assert fact_of(scanned(), [unsaid]).reason == "move-to-plugin stx-gui"
    assert fact_of(scanned(), [item(disposition=Disposition.UPSTREAM_FIX)]) == Fact(Standing.PENDING, False)

"""Which hunks are put together, and by what."""

from collections.abc import Callable
from dataclasses import replace

from making import function
from unfork.model import Patch, Person
from unfork.unsquashing import Donor, Origin, Proposal, Title, default_weights, propose

Squash = Callable[..., Patch]


def body(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def files_of(proposal: Proposal, patch: Patch) -> set[frozenset[str]]:
    return {frozenset(patch.files[line.file].path for line in part.lines) for part in proposal.parts}


BEFORE = {
    "nova/compute/manager.py": function("evacuate") + function("resize"),
    "nova/network/model.py": function("allocate") + function("release"),
    "nova/tests/compute/test_manager.py": body("import unittest", "", "", "class TestManager:", "    pass"),
    "nova/tests/network/test_model.py": body("import unittest", "", "", "class TestModel:", "    pass"),
}
ONE = {
    "nova/compute/manager.py": function("evacuate", "evacuation_throttle(agent, item)") + function("resize"),
    "nova/tests/compute/test_manager.py": BEFORE["nova/tests/compute/test_manager.py"]
    + body("    def test_evacuation_throttle(self):", "        evacuation_throttle(None, 1)"),
}
OTHER = {
    "nova/network/model.py": function("allocate") + function("release", "port_binding_release(item)"),
    "nova/tests/network/test_model.py": BEFORE["nova/tests/network/test_model.py"]
    + body("    def test_port_binding_release(self):", "        port_binding_release(self.item)"),
}


def test_a_test_goes_with_the_code_it_names(squash: Squash) -> None:
    patch = squash(BEFORE, ONE | OTHER)

    proposal = propose(patch, [], [], default_weights(), series="")

    assert files_of(proposal, patch) == {frozenset(ONE), frozenset(OTHER)}
    assert {part.origin for part in proposal.parts} == {Origin.HUNKS}
    assert len({part.title for part in proposal.parts}) == 2


def test_known_parts_take_their_lines_their_author_and_their_order(squash: Squash) -> None:
    patch = squash(BEFORE, ONE | OTHER)
    eve = Person("Eve", "eve@example.org")
    network = replace(squash(BEFORE, OTHER), subject="Release bindings", author=eve, date=7, message="Why.")
    compute = replace(squash(BEFORE, ONE), subject="Throttle evacuation")
    donors = [Donor(Origin.UPSTREAM, "a" * 40, network), Donor(Origin.BESIDE, "0007.02.patch", compute)]

    first, second = propose(patch, donors, [], default_weights(), series="").parts

    assert (first.title, first.author, first.date, first.message) == ("Release bindings", eve, 7, "Why.")
    assert {patch.files[line.file].path for line in first.lines} == set(OTHER)
    assert (second.title, second.origin, second.name) == (
        "Throttle evacuation",
        Origin.BESIDE,
        "0007.02.patch",
    )


def test_lines_beside_each_other_go_to_the_parts_that_have_them(squash: Squash) -> None:
    before = {"f.py": function("drain")}
    lines = (
        "drain_started = agent.clock.monotonic()",
        "else_case = None",
        "drain_limit = agent.settings.most",
    )
    patch = squash(before, {"f.py": function("drain", *lines)})
    one = replace(squash(before, {"f.py": function("drain", *lines[:2])}), subject="One")
    other = replace(squash(before, {"f.py": function("drain", lines[2])}), subject="Other")

    donors = [Donor(Origin.BESIDE, "one", one), Donor(Origin.BESIDE, "other", other)]
    first, second = propose(patch, donors, [], default_weights(), series="").parts

    assert [sorted(line.row for line in part.lines) for part in (first, second)] == [[0, 1], [2]]


def test_listed_parts_give_their_names_to_what_fits(squash: Squash) -> None:
    patch = squash(BEFORE, ONE | OTHER)
    titles = [
        Title("Release port bindings of the network model", "abc1234"),
        Title("Throttle evacuation", "def5678"),
    ]

    proposal = propose(patch, [], titles, default_weights(), series="")

    named = {part.title: {patch.files[line.file].path for line in part.lines} for part in proposal.parts}
    assert named == {titles[0].subject: set(OTHER), titles[1].subject: set(ONE)}
    assert {part.origin for part in proposal.parts} == {Origin.LISTED}


def test_what_defines_a_name_comes_before_what_uses_it(squash: Squash) -> None:
    before = {"a/user.py": function("work"), "z/maker.py": function("build")}
    patch = squash(
        before,
        {
            "a/user.py": function("work", "quota_ledger(agent)"),
            "z/maker.py": function("build") + function("quota_ledger"),
        },
    )
    user = replace(squash(before, {"a/user.py": function("work", "quota_ledger(agent)")}), subject="User")
    donors = [Donor(Origin.BESIDE, "user", user)]
    # The rest is no part's: it would come last by its place alone.
    weights = replace(default_weights(), coefficients={}, intercept=-1.0)

    proposal = propose(patch, donors, [], weights, series="")

    assert [sorted({patch.files[line.file].path for line in part.lines}) for part in proposal.parts] == [
        ["z/maker.py"],
        ["a/user.py"],
    ]


def test_one_change_stays_one_part(squash: Squash) -> None:
    patch = replace(squash(BEFORE, ONE), subject="Throttle evacuation")

    (part,) = propose(patch, [], [], default_weights(), series="").parts

    assert part.title == "Throttle evacuation"


def test_a_patch_of_very_many_pieces_is_put_together_by_hunks_and_files(squash: Squash) -> None:
    patch = squash(BEFORE, ONE | OTHER)
    weights = replace(default_weights(), largest=2)

    proposal = propose(patch, [], [], weights, series="")

    assert sum(len(part.lines) for part in proposal.parts) == patch.changed_lines

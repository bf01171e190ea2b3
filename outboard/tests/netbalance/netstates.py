"""Random small clouds."""

from hypothesis import strategies as st
from outboard.netbalance.model import Agent, Item, Kind, State, Style

_STYLES = {Kind.DHCP: [Style.DHCP], Kind.L3: [Style.LEGACY, Style.HA, Style.DVR]}


@st.composite
def states(draw: st.DrawFn, *, agents: int, items: int, weights: bool = False, frozen: bool = False) -> State:
    """Agents of both kinds in any condition, items anywhere, also where they should not be."""
    made: dict[str, Agent] = {}
    for kind in draw(st.sampled_from([[Kind.DHCP], [Kind.L3], list(Kind)])):
        for number in range(draw(st.integers(1, agents))):
            id_ = f"{kind}-{number}"
            good = draw(st.integers(0, 3))  # mostly
            made[id_] = Agent(
                id_, kind, f"h{number}", draw(st.sampled_from(["z0", "z0", "z1", "z2"])),
                alive=good > 0 or draw(st.booleans()), enabled=good > 0 or draw(st.booleans()),
                drained=good == 0 and draw(st.booleans()),
            )  # fmt: skip
    things: dict[str, Item] = {}
    bindings: dict[str, frozenset[str]] = {}
    active: dict[str, str] = {}
    for number in range(draw(st.integers(0, items))):
        kind = draw(st.sampled_from(sorted({agent.kind for agent in made.values()})))
        mine = sorted(id_ for id_, agent in made.items() if agent.kind is kind)
        style = draw(st.sampled_from(_STYLES[kind]))
        single = style in (Style.LEGACY, Style.DVR)
        id_ = f"i{number}"
        everywhere = draw(st.booleans())
        on = draw(st.sets(st.sampled_from([*mine, "gone"]), max_size=1 if single else 3))
        things[id_] = Item(
            id_, kind, style,
            weight=draw(st.integers(1, 9)) if weights else 1,
            replicas=1 if single else draw(st.integers(1, 3)),
            zones=draw(st.sampled_from([(), (), (), ("z0",), ("z0", "z1")])),
            reachable=frozenset(mine if everywhere else draw(st.sets(st.sampled_from(mine)))),
            frozen_until=draw(st.sampled_from([0.0, 9.0])) if frozen else 0.0,
        )  # fmt: skip
        bindings[id_] = frozenset(on)
        if style is Style.HA and on:
            active[id_] = sorted(on)[0]
    return State(made, things, bindings, active)

"""How good and how fast netbalance's plans are: ``python benchmarks/outboard_planner.py [--cases N]``.

Four questions, all on made-up clouds with fixed seeds, nothing tuned to them:

* moves of a plan over its lower bound on random cases, items alike and of weights 1 to 9;
* of small clouds, how many plans are the best of all assignments there are;
* the same cases by StarlingX's rule for hosts that come up, written anew from its description: repeatedly
  the first item of the fullest agent whose physical network the emptiest agent has, until they differ by no
  more than the threshold; it does not look whether the target has the item already (neutron answers 409
  after the removal), and it never moves tunnels;
* processor time and memory for 300 hosts, 10,000 networks and 3,000 routers.
"""

import argparse
import resource
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "outboard" / "tests" / "netbalance"))

from brute_force import nearest, reached  # type: ignore[import-not-found]
from outboard.netbalance.model import Agent, Item, Kind, State, Style
from outboard.netbalance.planning import apply, plan
from outboard.netbalance.policy import Policy

LEAST = Policy(absolute=0, relative=0.0, fill=False)  # the least maximum load, whatever it takes


def seeded(seed: int) -> Random:
    """The same numbers at every run."""
    return Random(seed)  # noqa: S311


def cloud(
    random: Random,
    *,
    hosts: int,
    networks: int,
    routers: int,
    physical: int,
    weights: int = 1,
    zones: int = 1,
    skew: bool = False,
) -> tuple[State, frozenset[str]]:
    """A cloud in use, placed at random, and its items on tunnels: three in five."""
    agents = {
        f"{kind}-{host}": Agent(f"{kind}-{host}", kind, f"h{host}", f"z{host % zones}")
        for kind in Kind
        for host in range(hosts)
    }
    everywhere = frozenset(range(hosts))
    wired = [
        frozenset(h for h in range(hosts) if random.random() < 0.5 or h == net % hosts)
        for net in range(physical)
    ]
    same: dict[tuple[Kind, frozenset[int]], frozenset[str]] = {}
    items: dict[str, Item] = {}
    bindings: dict[str, frozenset[str]] = {}
    tunnels = set()
    for number in range(networks + routers):
        kind = Kind.DHCP if number < networks else Kind.L3
        style = Style.DHCP if kind is Kind.DHCP else random.choice([Style.HA, Style.LEGACY])
        tunnel = random.random() < 0.6
        reach = everywhere if tunnel else random.choice(wired)
        wanted = 1 if style is Style.LEGACY else min(2, len(reach))
        id_ = f"i{number}"
        if tunnel:
            tunnels.add(id_)
        items[id_] = Item(
            id_, kind, style, weight=random.randint(1, weights), replicas=wanted,
            reachable=same.setdefault((kind, reach), frozenset(f"{kind}-{h}" for h in reach)),
        )  # fmt: skip
        among = sorted(reach)[: max(wanted, len(reach) // 2)] if skew else sorted(reach)
        bindings[id_] = frozenset(f"{kind}-{h}" for h in random.sample(among, wanted))
    return State(agents, items, bindings), frozenset(tunnels)


def changed(random: Random, state: State, hosts: int) -> State:
    """The state with what happens to clouds: a drained, a dead or an emptied host, or nothing."""
    event = random.choice(["drained", "dead", "joined", "nothing"])
    host = f"h{random.randrange(hosts)}"
    mine = {id_ for id_, agent in state.agents.items() if agent.host == host}
    if event == "drained":
        return replace(state, agents={i: replace(a, drained=i in mine) for i, a in state.agents.items()})
    if event == "dead":
        return replace(state, agents={i: replace(a, alive=i not in mine) for i, a in state.agents.items()})
    if event == "joined":  # what it had is on others, where they reach it
        bindings = {}
        for id_, on in state.bindings.items():
            others = sorted(state.items[id_].reachable - on - mine)
            left = on - mine
            bindings[id_] = left | {random.choice(others)} if len(left) < len(on) and others else on
        return replace(state, bindings=bindings)
    return state


def starlingx(state: State, tunnels: frozenset[str], threshold: int = 3) -> tuple[int, State]:
    """Moves, and what the rule leads to."""
    moves = 0
    for kind in Kind:
        agents = sorted(id_ for id_, agent in state.agents.items() if agent.kind is kind and agent.usable)
        on = {a: [i for i in sorted(state.items) if a in state.bindings[i]] for a in agents}
        hopeless: set[tuple[str, str]] = set()
        while True:
            pairs = [(f, e) for f in agents for e in agents if f != e and (f, e) not in hopeless]
            if not pairs:
                break
            full, empty = max(pairs, key=lambda pair: len(on[pair[0]]) - len(on[pair[1]]))
            if len(on[full]) - len(on[empty]) <= threshold:
                break
            item = next((i for i in on[full] if i not in tunnels and empty in state.items[i].reachable), None)
            if item is None:
                hopeless.add((full, empty))
                continue
            moves += 1
            on[full].remove(item)
            left = state.bindings[item] - {full}
            if empty not in left:  # else 409, after the removal
                on[empty].append(item)
            state = replace(state, bindings={**state.bindings, item: left | {empty}})
    return moves, state


def lost(state: State, after: State) -> int:
    """Replicas fewer than before."""
    return sum(max(0, len(on) - len(after.bindings[i])) for i, on in state.bindings.items())


def largest(state: State) -> int:
    """The largest number of items on a usable agent."""
    usable = [id_ for id_, agent in state.agents.items() if agent.usable]
    return max(sum(a in on for on in state.bindings.values()) for a in usable)


def ratios(cases: int, policy: Policy, *, weights: int) -> None:
    """Moves over the bound."""
    found, exact, repeated, gone = [], 0, 0, 0
    for seed in range(cases):
        random = seeded(seed)
        hosts = random.randint(2, 12)
        state, _ = cloud(
            random, hosts=hosts, networks=random.randint(1, 60), routers=random.randint(0, 40),
            physical=random.randint(1, 4), weights=weights, zones=random.randint(1, 3),
            skew=random.random() < 0.3,
        )  # fmt: skip
        state = changed(random, state, hosts)
        made = plan(state, policy, 0.0)
        exact += len(made.moves) == made.bound
        repeated += bool(plan(apply(state, made.moves), policy, 0.0).moves)
        if made.bound:
            found.append(len(made.moves) / made.bound)
        gone += lost(state, apply(state, made.moves))
    name = "least load" if policy is LEAST else "as delivered"
    print(
        f"weights 1..{weights}, {name}: {cases} cases, {exact} plans at the bound, "
        f"moves/bound mean {statistics.mean(found):.4f}, worst {max(found):.3f}; "
        f"second plan not empty: {repeated}, replicas lost: {gone}"
    )


def small(cases: int, *, weights: int) -> None:
    """Against brute force."""
    optimal = 0
    for seed in range(cases):
        random = seeded(seed)
        hosts = random.randint(2, 5)
        state, _ = cloud(
            random, hosts=hosts, networks=random.randint(1, 4), routers=random.randint(0, 4),
            physical=2, weights=weights, zones=random.randint(1, 2), skew=random.random() < 0.3,
        )  # fmt: skip
        state = changed(random, state, hosts)
        made = plan(state, LEAST, 0.0)
        optimal += reached(state, made) == nearest(state, made.least, LEAST)
    print(f"weights 1..{weights}, small: {optimal} of {cases} plans are the best of all assignments")


def beside_starlingx(cases: int) -> None:
    """The same uneven clouds by both."""
    ours, theirs = [0, 0, 0], [0, 0, 0]
    for seed in range(cases):
        random = seeded(seed)
        state, tunnels = cloud(
            random, hosts=random.randint(3, 8), networks=random.randint(10, 60), routers=20, physical=2,
            skew=True,
        )  # fmt: skip
        made = plan(state, Policy(), 0.0)
        moves, after = starlingx(state, tunnels)
        mine = apply(state, made.moves)
        for sums, count, result in ((ours, len(made.moves), mine), (theirs, moves, after)):
            sums[0] += count
            sums[1] += lost(state, result)
            sums[2] += largest(result)
    for name, (moves, gone, load) in (("netbalance", ours), ("StarlingX's rule", theirs)):
        print(
            f"{name:17} {cases} uneven clouds: {moves} moves, {gone} replicas lost, "
            f"largest load {load / cases:.1f} on average"
        )


def large() -> None:
    """Time and memory at 300 hosts."""
    state, _ = cloud(seeded(1), hosts=300, networks=10_000, routers=3_000, physical=6, zones=3)
    policy = Policy()

    def timed(name: str, one: State) -> State:
        began = time.process_time()
        made = plan(one, policy, 0.0)
        took = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{name:22} {took:5.2f} s, {len(made.moves):5} moves (bound {made.bound}), {peak} MB at most")
        return apply(one, made.moves)

    settled = timed("placed at random", state)
    timed("nothing to do", settled)
    seventh = {id_ for id_, agent in settled.agents.items() if agent.host == "h7"}
    drained = {i: replace(a, drained=i in seventh) for i, a in settled.agents.items()}
    dead = {i: replace(a, alive=i not in seventh) for i, a in settled.agents.items()}
    timed("a host is drained", replace(settled, agents=drained))
    without = timed("a host failed", replace(settled, agents=dead))
    timed("it returned, empty", replace(without, agents=settled.agents))
    heavy, _ = cloud(seeded(1), hosts=300, networks=10_000, routers=3_000, physical=6, weights=9)
    timed("unlike weights", heavy)


def main(arguments: Iterable[str] | None = None) -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    cases = parser.parse_args(None if arguments is None else list(arguments)).cases
    for weights in (1, 9):
        ratios(cases, LEAST, weights=weights)
        ratios(cases, Policy(), weights=weights)
        small(cases, weights=weights)
    beside_starlingx(max(1, cases // 10))
    large()


if __name__ == "__main__":
    main()

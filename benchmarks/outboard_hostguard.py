"""hostguard on many hosts of a cloud on loopback: how long a look takes, what it asks, when it writes.

The cloud is ``outboard.corpus.fake_hosts``, which answers at once: this measures hostguard, not nova. On the
real nova see ``outboard/tests/hostguard/test_hostguard_real.py``.

    python benchmarks/outboard_hostguard.py --hosts 300
"""

import argparse
import json
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

import structlog
from outboard.cloud import Cloud, CloudSection
from outboard.corpus.fake_hosts import FakeHosts
from outboard.hostguard import HostGuard, HostGuardSection
from outboard.hostguard.acting import Hands
from outboard.hostguard.answers import Answers
from outboard.hostguard.metrics import GuardMetrics
from outboard.hostguard.model import Desired, Wish
from outboard.hostguard.reading import Reader
from outboard.hostguard.record import FORMAT, Record
from outboard.hostguard.service import Parts
from outboard.hostguard.teller import Teller
from outboard.hostguard.wishes import Said, Wishes
from outboard.sinks import JsonLines
from outboard.state import StateFile
from prometheus_client import CollectorRegistry


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=300)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # openstacksdk warns of its own calls
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with FakeHosts.serving() as cloud, tempfile.TemporaryDirectory() as folder:
        os.environ.update(cloud.served.environment())
        figures = measure(cloud, Path(folder), asked.hosts)
    json.dump(figures, sys.stdout, indent=1)
    print()
    return 0


def measure(cloud: FakeHosts, folder: Path, number: int) -> dict[str, float]:
    """Open all hosts, look while nothing changes, let one agent die and come back, drain all."""
    names = [f"compute-{each}" for each in range(number)]
    guard = make(folder)
    said = StateFile(folder / "hostguard-said.json", dict[str, Wish], number=FORMAT)

    def wish(state: Desired) -> None:
        said.save({name: Wish(state=state) for name in names})

    def settle() -> float:
        began = time.monotonic()
        while guard.round() is not None:
            pass
        return round(time.monotonic() - began, 2)

    figures: dict[str, float] = {"hosts": number}
    for name in names:
        cloud.add_host(name)
    wish(Desired.ENABLED)
    cloud.boot()
    figures["boots before any look"] = len(cloud.servers)
    figures["seconds to open all"] = settle()
    figures["writes to open all"] = len(cloud.writes)
    writes, requests = len(cloud.writes), len(cloud.served.requests)
    figures["seconds of a look, nothing changed"] = settle()
    figures["requests of a look, nothing changed"] = len(cloud.served.requests) - requests
    figures["writes of a look, nothing changed"] = len(cloud.writes) - writes
    events = folder / "events"
    for word, alive in (("raise", False), ("clear", True)):
        before = len(events.read_text().splitlines())
        cloud.neutron.set_host(names[0], alive=alive)
        began = time.monotonic()
        guard.round()
        told = events.read_text().splitlines()[before:]
        figures[f"seconds to {word} an alarm, from the look that sees it"] = round(
            time.monotonic() - began, 2
        )
        figures[f"alarms to {word}"] = sum('"alarm"' in line for line in told)
    wish(Desired.DRAINED)
    writes = len(cloud.writes)
    figures["seconds to drain all empty hosts"] = settle()
    figures["writes to drain all"] = len(cloud.writes) - writes
    return figures


def make(folder: Path) -> HostGuard:
    """As the daemon makes it, without programs to run."""
    section = HostGuardSection(drain_command=(), tell_command=())
    asked = Cloud(CloudSection(name="envvars"))
    reader = Reader(asked, network=True)
    file = StateFile(folder / "hostguard.json", Record, number=FORMAT)
    metrics = GuardMetrics(CollectorRegistry())
    parts = Parts(
        section, reader, Answers(reader, section, None), Wishes(None, Said(folder), {}),
        Hands(asked, reader, lambda: None), file,
    )  # fmt: skip
    return HostGuard(parts, Record(), Teller([JsonLines(str(folder / "events"))], metrics, ()), metrics)


if __name__ == "__main__":
    sys.exit(main())

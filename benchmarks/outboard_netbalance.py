"""What netbalance asks of neutron, how fast it moves, and what a kill between two requests leaves.

    python benchmarks/outboard_netbalance.py calls [--hosts 3 300]   requests to find that nothing is to do
    python benchmarks/outboard_netbalance.py kills [--times 100]     kill -9 between remove and add

Both on a neutron on loopback that is made for tests; outboard_emptying.py measures on a real one.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outboard.corpus.fake_neutron import FakeNeutron
from outboard.netbalance.signals import HostMark, Marks

_COMMAND = (sys.executable, "-m", "outboard", "netbalance")


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("calls").add_argument("--hosts", type=int, nargs="*", default=[3, 300])
    commands.add_parser("kills").add_argument("--times", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if options.command == "calls":
            for hosts in options.hosts:
                _calls(Path(name) / str(hosts), hosts)
        else:
            _kills(Path(name), options.times)
    return 0


def _settings(folder: Path, cloud: str, environment: dict[str, str]) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    file = folder / "outboard.toml"
    file.write_text(
        f'[host]\nrun_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n[log]\nlevel = "warning"\n'
        f'[cloud]\nname = "{cloud}"\ninterface = "public"\n[netbalance]\nrebalance = false\n'
    )
    return os.environ | environment | {"OUTBOARD_CONFIG": str(file)}


def _run(environment: dict[str, str], *arguments: str) -> Any:
    done = subprocess.run(
        [*_COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    return json.loads(done.stdout) if "--json" in arguments else None


def _calls(folder: Path, hosts: int) -> None:
    with FakeNeutron.serving() as neutron:
        for number in range(hosts):
            neutron.add_host(f"h{number}")
        for number in range(hosts):
            network = neutron.add_network(f"n{number}", on=(f"h{number}",))
            neutron.add_router(f"r{number}", networks=(network,), on=(f"h{number}",))
        environment = _settings(folder, "envvars", neutron.served.environment())
        for look in ("first", "second"):
            neutron.served.requests.clear()
            report = _run(environment, "rebalance", "--json")
            print(f"{hosts} hosts, {look} run: {len(neutron.served.requests)} requests, "
                  f"{len(neutron.writes)} writes, {report['seconds']} s")  # fmt: skip


def _kills(folder: Path, times: int) -> None:
    with FakeNeutron.serving() as neutron:
        for host in "abc":
            neutron.add_host(host)
        for number in range(4):
            neutron.add_router(
                f"r{number}", networks=(neutron.add_network(f"n{number}", on=("c",)),), on=("a",)
            )
        environment = _settings(folder, "envvars", neutron.served.environment())
        marks = Marks(folder / "state")
        routers = neutron.tables["routers"]

        def daemon() -> subprocess.Popen[bytes]:
            return subprocess.Popen([*_COMMAND, "run"], env=environment, stderr=subprocess.DEVNULL)

        process = daemon()
        hung, never, slowest, start = 0, 0, 0.0, 0.0
        for turn in range(times):
            source = "ab"[turn % 2]

            def kill(line: str, victim: subprocess.Popen[bytes] = process) -> bool:
                if line.startswith("POST") and "l3-routers" in line and victim.poll() is None:
                    victim.send_signal(signal.SIGKILL)
                    victim.wait()
                    return True
                return False

            neutron.before = kill
            marks.set(source, HostMark.DRAINING)
            process.wait()
            neutron.before = lambda _: None
            marks.set(source, None)  # only the journal speaks for them now
            hung += sum(not neutron.hosts(router) for router in routers)
            neutron.served.requests.clear()
            began = time.monotonic()
            process = daemon()
            _until(lambda: neutron.served.requests)
            asked = time.monotonic()
            if not _until(lambda: all(neutron.hosts(router) for router in routers), 60.0):
                never += 1
            slowest = max(slowest, time.monotonic() - began)
            start = max(start, asked - began)
        process.kill()
        process.wait()
        print(f"{times} kills left {hung} routers unhosted, and {never} times one stayed so")
        print(f"slowest repair {slowest:.1f} s after the start, of which {start:.1f} s to the first request")


def _until(condition: Callable[[], object], seconds: float = 120.0) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


if __name__ == "__main__":
    sys.exit(main())

"""crashwatch: how soon a killed QEMU is recorded and nova asked, what is missed, and what is false alarm.

    python benchmarks/outboard_crashwatch.py [--times N] [--kills N] [--stops N] [--guests N] [--seed N]
        [--witness SHARE]

The real daemon beside a real libvirtd and QEMU (TCG, 64 MB); nova's side is an HTTP server on loopback that
starts guests as nova-compute does. Times count from the kill -9. For the kills and the stops the daemon and
libvirtd are killed and started again at random, before, while and after guests end; a stop is a virsh
destroy, a SIGTERM to QEMU, or a guest that switches itself off. With --witness ``outboard exits`` runs too,
and is killed in that share of the turns.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench.percentiles import percentiles
from outboard.corpus.fake_nova import FakeCloud
from outboard.corpus.real_libvirt import Daemon, RealLibvirt, missing, off_xml, qemu_xml, running, wait_for


def main() -> int:
    """Print the times, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="kills that are timed (default 200)")
    parser.add_argument("--kills", type=int, default=1000, help="kills with restarts (default 1000)")
    parser.add_argument("--stops", type=int, default=1000, help="ordinary stops with restarts (default 1000)")
    parser.add_argument("--guests", type=int, default=6, help="at a time (default 6)")
    parser.add_argument("--restarts", type=float, default=0.4, help="share of turns with one (default 0.4)")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--witness", type=float, help="outboard exits too, killed in this share of turns")
    options = parser.parse_args()
    if why := missing():
        print(f"not measured: {why}")
        return 0
    with tempfile.TemporaryDirectory() as name:  # on a disk: records are synced to it
        chance = random.Random(options.seed)  # noqa: S311
        bench = _Bench(Path(name), chance, options.restarts, options.witness)
        try:
            if options.times:
                bench.times(options.times)
            if options.kills:
                bench.kills(options.kills, options.guests)
            if options.stops:
                bench.stops(options.stops, options.guests)
        finally:
            bench.real.close()
    return 0


class _Bench:
    """The daemons, the guests, and what was done to them."""

    def __init__(self, folder: Path, chance: random.Random, restarts: float, witness: float | None) -> None:
        self.folder = folder
        self.real = RealLibvirt(folder / "libvirt")
        self.chance = chance
        self.share = restarts
        self.shares = {"crashwatch": restarts} | ({} if witness is None else {"exits": witness})
        self.libvirt: Any = None
        self.daemons: dict[str, Daemon] = {}
        self.restarts = Counter[str]()

    def times(self, count: int) -> None:
        """Kill one guest after the other while nothing else happens."""

        def bring_up(uuid: str) -> None:
            self._open().lookupByUUIDString(uuid).create()

        recorded: list[float] = []
        asked: list[float] = []
        with FakeCloud.serving(bring_up) as cloud:
            os.environ.update(cloud.environment())
            config = self._config("times", '[cloud]\nname = "envvars"\nhost = "node1"\n', "window = 0.001\n")
            self._define(qemu_xml(1)).create()
            server = cloud.add(_uuid(1))
            with running("crashwatch", config, self.folder / "times.log"):
                for number in range(1, count + 1):
                    killed = time.monotonic()
                    os.kill(self.real.qemu_pid(_name(1)), signal.SIGKILL)
                    _reach(partial(self._records, "times"), number)
                    recorded.append(time.monotonic() - killed)
                    _reach(lambda: len(server.asked), number)
                    asked.append(server.asked[-1][0] - killed)
                    _reach(partial(self._acknowledged, "times"), number)
        self._gone((1,))
        print(f"{count} kills")
        print(f"QEMU killed -> recorded:    {percentiles(recorded)}")
        print(f"QEMU killed -> nova asked:  {percentiles(asked)}", flush=True)

    def kills(self, count: int, guests: int) -> None:
        """Kill guests while daemon and libvirtd come and go; every kill has to be on record, once."""
        numbers = range(0x10, 0x10 + guests)
        config = self._config("kills", "", "recover = false\n")
        for number in numbers:
            self._define(qemu_xml(number))
        done = 0
        expected = Counter[str]()
        while done < count:
            self._all_up(config, numbers)
            victims = self.chance.sample(numbers, min(self.chance.randint(1, guests), count - done))
            pids = {number: self.real.qemu_pid(_name(number)) for number in victims}
            with self._trouble():
                for number in victims:
                    os.kill(pids[number], signal.SIGKILL)
                    expected[_uuid(number)] += 1
                    time.sleep(self.chance.random() * 0.05)
            done += len(victims)
            self._all_down(victims)
        self._all_up(config, ())
        end = time.monotonic() + 60
        while (found := self._found("kills")) != expected and time.monotonic() < end:
            time.sleep(0.1)
        self._stop_daemons()
        self._gone(numbers)
        missed, extra = (expected - found).total(), (found - expected).total()
        print(
            f"{done} kills, restarts: {dict(self.restarts)}; missed {missed}, recorded twice {extra},"
            f" {self._endings('kills')}",
            flush=True,
        )

    def stops(self, count: int, guests: int) -> None:
        """Stop guests as people and guests do, in the same trouble; nothing may be on record."""
        numbers = range(0x40, 0x40 + guests)
        image = self.folder / "off.img"
        config = self._config("stops", "", "recover = false\n")
        for number in numbers:
            self._define(qemu_xml(number))
        offs = [0x80]
        self._define(off_xml(offs[0], image))
        kinds = Counter[str]()
        self.restarts.clear()
        while kinds.total() < count:
            self._all_up(config, numbers, but=offs)
            kinds["switched off"] += 1  # it was started, and ends by itself meanwhile
            victims = self.chance.sample(numbers, self.chance.randint(1, guests))
            pids = {number: self.real.qemu_pid(_name(number)) for number in victims}
            destroyed = [number for number in victims if self.chance.random() < 0.5]
            for number in destroyed:
                self._domain(number).destroy()
            with self._trouble():
                for number in set(victims) - set(destroyed):
                    os.kill(pids[number], signal.SIGTERM)
            kinds["destroyed"] += len(destroyed)
            kinds["terminated"] += len(victims) - len(destroyed)
            self._all_down([*victims, *offs])
        self._all_up(config, ())
        time.sleep(2)
        self._stop_daemons()
        print(
            f"{kinds.total()} stops {dict(kinds)}, restarts: {dict(self.restarts)};"
            f" false alarms: {self._endings('stops')}",
            flush=True,
        )
        for path in self._folder("stops", "crashes"):
            self._show(path)

    def _endings(self, name: str) -> dict[str, int]:
        """Records by whether they say that it was a crash, or that nobody saw."""
        records = [json.loads(path.read_bytes()) for path in self._folder(name, "crashes")]
        return dict(Counter(record["ending"] for record in records))

    def _show(self, record: Path) -> None:
        """What there is to find out why."""
        crash = json.loads(record.read_bytes())
        log = (self.real.qemu_logs / f"{crash['name']}.log").read_text()
        life = log.partition(f"{crash['started']}: starting up")[2].partition(": starting up")[0]
        print(record.read_text())
        print("\n".join(line for line in life.splitlines() if not line.endswith("\\")))

    @contextlib.contextmanager
    def _trouble(self) -> Iterator[None]:
        """Something goes before the block, or soon after it began, and is back afterwards."""
        libvirtd = self.chance.random() < self.share
        daemons = [name for name, share in self.shares.items() if self.chance.random() < share]
        early = self.chance.random() < 0.5
        if early:
            self._hit(libvirtd, daemons)
        yield
        if not early:
            time.sleep(self.chance.random() * 0.4)
            self._hit(libvirtd, daemons)
        time.sleep(self.chance.random() * 0.3)
        if libvirtd:
            self.real.start()
            self.libvirt = None
            if self.chance.random() < 0.3:  # twice: libvirt's own reason is gone
                self.real.stop()
                self.real.start()

    def _hit(self, libvirtd: bool, daemons: list[str]) -> None:
        for name in daemons:
            self.daemons.pop(name).stop(signal.SIGKILL)
            self.restarts[name] += 1
        if libvirtd:
            self.real.stop(self.chance.choice((signal.SIGKILL, signal.SIGTERM)))
            self.restarts["libvirtd"] += 1

    def _all_up(self, config: Path, numbers: Any, but: Any = ()) -> None:
        """Guests run and so does the daemon."""
        for number in (*numbers, *but):
            wait_for(partial(self._up, number), 60, 0.1)
        for name in self.shares:
            if name not in self.daemons:
                self.daemons[name] = Daemon(name, config, self.folder / "chaos.log")

    def _all_down(self, numbers: Any) -> None:
        """libvirt has noticed all ends; until then it calls the guests active."""
        for number in numbers:
            domain = self._domain(number)
            _reach(domain.isActive, 0)

    def _domain(self, number: int) -> Any:
        return self._open().lookupByUUIDString(_uuid(number))

    def _gone(self, numbers: Any) -> None:
        """Guests whose crashes are no business of what is measured next."""
        for number in numbers:
            domain = self._domain(number)
            if domain.isActive():
                domain.destroy()
            domain.undefine()

    def _up(self, number: int) -> bool:
        import libvirt

        try:
            domain = self._domain(number)
            if not domain.isActive():
                domain.create()
        except libvirt.libvirtError:
            self.libvirt = None
            return False
        return True

    def _stop_daemons(self) -> None:
        while self.daemons:
            self.daemons.popitem()[1].stop()

    def _open(self) -> Any:
        import libvirt

        if self.libvirt is None:
            self.libvirt = libvirt.open(self.real.uri())
        return self.libvirt

    def _define(self, xml: str) -> Any:
        return self._open().defineXML(xml)

    def _config(self, name: str, tables: str, more: str) -> Path:
        path = self.folder / f"{name}.toml"
        path.write_text(
            f'[host]\nlibvirt_uri = "{self.real.uri(read_only=True)}"\nrun_dir = "{self.folder}/{name}/run"\n'
            f'state_dir = "{self.folder}/{name}"\n{tables}'
            f'[crashwatch]\nqemu_logs = "{self.real.qemu_logs}"\nqemu_runs = "{self.real.qemu_runs}"\n{more}'
        )
        return path

    def _folder(self, name: str, which: str) -> Iterator[Path]:
        return (self.folder / name / "crashwatch" / which).glob("[0-9]*.json")

    def _acknowledged(self, name: str) -> int:
        return len(list(self._folder(name, "acknowledged")))

    def _records(self, name: str) -> int:
        keys = {path.name for which in ("crashes", "acknowledged") for path in self._folder(name, which)}
        return len(keys)

    def _found(self, name: str) -> Counter[str]:
        return Counter(json.loads(path.read_bytes())["uuid"] for path in self._folder(name, "crashes"))


def _reach(what: Callable[[], int], number: int) -> None:
    """Wait until it is that many."""
    wait_for(lambda: what() == number, 120, 0.002)


def _name(number: int) -> str:
    return f"instance-{number:08x}"


def _uuid(number: int) -> str:
    return f"{number:08x}-1111-4111-8111-111111111111"


if __name__ == "__main__":
    sys.exit(main())

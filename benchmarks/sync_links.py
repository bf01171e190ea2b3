"""What ``unfork sync`` costs, and whether it is polite: 500 links over five trackers on this machine.

Each server answers after a delay, as one far away does, and refuses what is more than its limit; a refusal
is a failure here. Measured from process start to end: the first time, again when nothing changed (each link
is asked for, conditionally or in batches), and again within --max-age, when nothing is asked.

    python benchmarks/sync_links.py [--links 500] [--delay 0.05] [--limit 400]
"""

import argparse
import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "unfork" / "tests"))

from tracking import Served, bug, change, patch, pull, request  # type: ignore[import-not-found]

FIRST, AGAIN = 15.0, 2.0  # seconds allowed
_NAMES = {
    "gerrit": "review.opendev.org",
    "github": "github.com",
    "gitlab": "gitlab.com",
    "launchpad": "launchpad.net",
    "patchwork": "patchwork.kernel.org",
}
_LINKS = {
    "gerrit": "https://review.opendev.org/{}",
    "github": "https://github.com/org/repo/pull/{}",
    "gitlab": "https://gitlab.com/org/repo/-/merge_requests/{}",
    "launchpad": "https://bugs.launchpad.net/nova/+bug/{}",
    "patchwork": "https://patchwork.kernel.org/patch/{}/",
}


def _things(kind: str, numbers: range) -> dict[str, Any]:
    if kind == "gerrit":
        return {str(number): change(number) for number in numbers}
    if kind == "github":
        return {f"/repos/org/repo/pulls/{number}": pull(number) for number in numbers}
    if kind == "gitlab":
        return {"/api/v4/projects/org/repo/merge_requests": [request(number) for number in numbers]}
    if kind == "launchpad":
        return {path: value for number in numbers for path, value in bug(number, ("nova", "New")).items()}
    return {f"/api/patches/{number}/": patch(number) for number in numbers}


def _serve(kind: str, numbers: range, delay: float, limit: int, pipe: Any, done: Event) -> None:
    """One server, in a process of its own; at the end it tells what it was asked."""
    served = Served(kind, _things(kind, numbers), delay=delay, limit=limit)
    pipe.send(served.address)
    while not done.wait(0.05):
        if pipe.poll():
            pipe.recv()
            pipe.send((len(served.asked), served.refused, served.most_at_once))
    served.stop()


def main() -> int:
    """Print the figures; exit code 1 when one is not as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--links", type=int, default=500, help="over all trackers (default: 500)")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds of each answer (default: 0.05)")
    parser.add_argument("--limit", type=int, default=400, help="requests a minute to each (default: 400)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    options = parser.parse_args()
    numbers = range(1_000_000, 1_000_000 + options.links // len(_NAMES))
    context = multiprocessing.get_context("spawn")
    done = context.Event()
    servers = {}
    for kind in _NAMES:
        here, there = context.Pipe()
        arguments = (kind, numbers, options.delay, options.limit, there, done)
        process = context.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        servers[kind] = (process, here)
    addresses = {kind: pipe.recv() for kind, (_, pipe) in servers.items()}
    try:
        with tempfile.TemporaryDirectory(prefix="unfork-bench-") as folder:
            figures = _measure(Path(folder), numbers, addresses, servers, options.limit)
    finally:
        done.set()
        for process, _ in servers.values():
            process.join(5)
    print(json.dumps(figures, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    good = figures["first s"] <= FIRST and figures["nothing changed s"] <= AGAIN and not figures["refused"]
    return 0 if good else 1


def _cpu() -> float:
    """Seconds that ended children worked: what another machine's load does not change."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _measure(
    folder: Path, numbers: range, addresses: dict[str, str], servers: dict[str, Any], limit: int
) -> dict[str, Any]:
    links = [f"    - {link.format(number)}" for link in _LINKS.values() for number in numbers]
    (folder / "unfork-plan").mkdir()
    (folder / "unfork-plan" / "plan.yaml").write_text(
        "plan: links\nprojects: {nova: {}}\nitems:\n  all:\n    title: All of them\n    project: nova\n"
        "    links:\n" + "\n".join(links) + "\n"
    )
    (folder / "unfork.toml").write_text(
        "".join(
            f'[trackers."{_NAMES[kind]}"]\napi = "{address}"\nlimit = "{limit}/minute"\n'
            for kind, address in addresses.items()
        )
    )
    kept = {key: value for key, value in os.environ.items() if not key.endswith("_TOKEN")}
    # As people have who ask for hundreds of links; without tokens a keyring is looked for.
    kept |= {f"UNFORK_TOKEN_{re.sub(r'[^A-Z0-9]', '_', name.upper())}": "t" for name in _NAMES.values()}
    env = {**kept, "UNFORK_STORE": str(folder / "store.sqlite3"), "UNFORK_CACHE": str(folder / "cache")}
    command = [str(Path(sys.executable).with_name("unfork")), "sync", "-q"]
    figures: dict[str, Any] = {"links": len(links)}
    asked: dict[str, Any] = {}
    for name, more in (("first s", ()), ("nothing changed s", ("--max-age", "0")), ("within max-age s", ())):
        begin, busy = time.monotonic(), _cpu()
        subprocess.run([*command, *more], cwd=folder, env=env, check=True, stdout=subprocess.DEVNULL)
        figures[name] = round(time.monotonic() - begin, 2)
        figures[name.replace(" s", " CPU s")] = round(_cpu() - busy, 2)
        before, asked = asked, {}
        for kind, (_, pipe) in servers.items():
            pipe.send("?")
            asked[kind] = pipe.recv()
        figures[name.replace(" s", " requests")] = {
            kind: asked[kind][0] - before.get(kind, (0,))[0] for kind in servers
        }
    figures["refused"] = sum(each[1] for each in asked.values())
    figures["most at once"] = {kind: each[2] for kind, each in asked.items()}
    return figures


if __name__ == "__main__":
    sys.exit(main())

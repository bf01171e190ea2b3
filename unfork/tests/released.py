"""An upstream of which only releases are at hand, and the patches that a package carries on the first."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from making import confirmed, function
from packed import tar

NAMES = ("start", "renew", "expire", "drain", "pause", "stop", "resume")
NOTED = ('LOG.info("draining %s", item)', "agent.note_drain(item)")
NEWS = """Changes
=======

Version 1.1
-----------

* Confirm what the agent starts before it is counted. (#12)
* Many other things.

Version 1.0
-----------

* First release.
"""


def agent(**changed: str) -> str:
    """The source of the agent, with some functions in another form."""
    return "".join(changed.get(name, function(name)) for name in NAMES)


BASE = {
    "PKG-INFO": "Name: demo\nVersion: 1.0\n",
    "CHANGES.rst": NEWS[: NEWS.index("Version 1.1")] + NEWS[NEWS.index("Version 1.0") :],
    "demo/agent.py": agent(),
    "demo/old.py": function("legacy"),
}
# Upstream took "start" and "renew" as they are and "stop" in other words, and rewrote "drain".
TARGET = {
    "PKG-INFO": "Name: demo\nVersion: 1.1\n",
    "CHANGES.rst": NEWS,
    "demo/agent.py": agent(
        start=confirmed("start"),
        renew=confirmed("renew"),
        stop=confirmed("stop").replace("was not confirmed", "did not stop"),
        drain='def drain(agent):\n    """Rewritten."""\n    yield from agent.drained()\n\n\n',
    ),
}


def patch(subject: str, old: Mapping[str, str], new: Mapping[str, str], folder: Path, more: str = "") -> str:
    """A patch file with a DEP-3 header."""
    for side, files in (("a", old), ("b", new)):
        for name, content in files.items():
            path = folder / side / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    done = subprocess.run(
        ["git", "diff", "--no-index", "--no-prefix", "a", "b"], cwd=folder, capture_output=True
    )
    return f"Description: {subject}\n{more}\n{done.stdout.decode()}"


class Released:
    """Both releases as archives, and the patches as a quilt series."""

    def __init__(self, folder: Path) -> None:
        self.base = tar(folder / "demo-1.0.tar.gz", BASE, top="demo-1.0")
        self.target = tar(folder / "demo-1.1.tar.gz", TARGET, top="demo-1.1")
        self.series = folder / "patches"
        self.series.mkdir()
        self._folder = folder
        agents = {"demo/agent.py": agent()}
        self.add(
            "start",
            "Confirm what the agent starts before it is counted",
            agents,
            {"start": confirmed("start")},
        )
        self.add("stop", "Confirm stops", agents, {"stop": confirmed("stop")})
        self.add(
            "both",
            "Confirm renewals and pauses",
            agents,
            {"renew": confirmed("renew"), "pause": confirmed("pause")},
        )
        self.add("resume", "Confirm what resumes", agents, {"resume": confirmed("resume")})
        self.add("drain", "Confirm what is drained", agents, {"drain": function("drain", *NOTED)})
        old = {"demo/old.py": function("legacy")}
        self._write(
            "old", patch("Confirm the legacy", old, {"demo/old.py": confirmed("legacy")}, self._place("old"))
        )

    def add(self, name: str, subject: str, old: Mapping[str, str], changed: Mapping[str, str]) -> None:
        """A patch that gives some functions another form."""
        new = {"demo/agent.py": agent(**changed)}
        self._write(name, patch(subject, old, new, self._place(name)))

    def _place(self, name: str) -> Path:
        place = self._folder / "made" / name
        place.mkdir(parents=True)
        return place

    def _write(self, name: str, text: str) -> None:
        (self.series / f"{name}.patch").write_text(text)
        with (self.series / "series").open("a") as listed:
            listed.write(f"{name}.patch\n")

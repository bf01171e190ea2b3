"""A small upstream, its fork of four patches, and the commands asked of both."""

from dataclasses import replace
from pathlib import Path

from unfork.commands.decide import Decided, DecideRequest, run_decide
from unfork.commands.scan import ScanRequest, run_scan
from unfork.model import Scan
from unfork.model.decision import DecisionKind
from unfork.scenario import Built

SCENARIO = b"""
title = "decided"
graph = "master: Z(0.9.0) - A(1.0.0) - B - T - U - C(1.1.0) - D(1.2.0)"
ask = { base = "1.0.0", target = "1.1.0" }

[commit.Z]
subject = "Start the agent"
write."agent.py" = { module = "agent", functions = ["start", "renew", "expire", "stop"] }
[commit.A]
subject = "Name the first release"
write."VERSION" = "1.0.0\\n"
[commit.B]
subject = "Count only starts that were applied"
change."agent.py" = '''
-        start_seen += agent.apply("start", item)
+        started = agent.apply("start", item)
+        if started:
+            LOG.debug("start of %s was applied", item)
+            start_seen += started
'''
[commit.T]
subject = "Count only renewals that were applied"
change."agent.py" = '''
-        renew_seen += agent.apply("renew", item)
+        renewed = agent.apply("renew", item)
+        if renewed:
+            LOG.debug("renewal of %s was applied", item)
+            renew_seen += renewed
'''
[commit.U]
subject = "Count only expiries that were applied"
change."agent.py" = '''
-        expire_seen += agent.apply("expire", item)
+        expired = agent.apply("expire", item)
+        if expired:
+            LOG.debug("expiry of %s was applied", item)
+            expire_seen += expired
'''
[commit.C]
subject = "Name the release"
write."VERSION" = "1.1.0\\n"
[commit.D]
subject = "Tell operators about home"
write."home.txt" = "Call home, and say which agent calls.\\n"

[[series]]
take = "B"
name = "starts.patch"
[series.expect]
relation = "identical"
commits = ["B"]
first_release = "1.1.0"
state = "absorbed"
advice = "drop"
[[series]]
subject = "Count only what was applied"
take = ["T", "U"]
name = "both.patch"
[series.expect]
relation = "split"
commits = ["T", "U"]
first_release = "1.1.0"
state = "absorbed"
advice = "drop"
[[series]]
subject = "Call home"
write."home.py" = "def call_home(agent):\\n    return agent.send(HOME, agent.name)\\n"
name = "home.patch"
expect = { relation = "none", commits = [], state = "clean", advice = "carry" }
[[series]]
subject = "Never say stop twice"
change."VERSION" = '''
-1.0.0
+1.0.0+ours
'''
name = "version.patch"
expect = { relation = "none", commits = [], state = "conflict", advice = "rework" }
"""


class Fork:
    """The scenario on disk, with a plan's folder beside it."""

    def __init__(self, built: Built, folder: Path, cache: Path) -> None:
        self.built = built
        self.plan = folder / "plan"
        self.cache = cache
        self.file = self.plan / "decisions.toml"
        self.request = DecideRequest(
            plan=self.plan,
            patch="",
            kind=DecisionKind.KEEP,
            series=built.series,
            upstream=str(built.upstream),
            by="Re Viewer <re@example.org>",
            date="2026-01-31T12:00:00Z",
            cache_dir=cache,
        )

    def sha(self, name: str) -> str:
        """The full hash of a commit of the graph."""
        return self.built.hashes[name]

    def decide(self, patch: str, kind: str, *names: str, **more: str) -> Decided:
        """Record a decision; commits by their id in the graph."""
        return run_decide(
            replace(
                self.request,
                patch=patch,
                kind=DecisionKind(kind),
                commits=tuple(self.built.hashes.get(name, name) for name in names),
                **more,  # type: ignore[arg-type]
            )
        )

    def scan(self) -> Scan:
        """Scan with the plan."""
        return run_scan(
            ScanRequest(
                series=self.built.series,
                upstream=str(self.built.upstream),
                base=self.built.base,
                target=self.built.target,
                cache_dir=self.cache,
                plan=self.plan,
            )
        )

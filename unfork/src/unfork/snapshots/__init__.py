"""Upstreams without history: a release archive, a directory, a package; kept as one commit each."""

from unfork.snapshots.opening import Snapshot, commit_snapshot, open_snapshot

__all__ = ["Snapshot", "commit_snapshot", "open_snapshot"]

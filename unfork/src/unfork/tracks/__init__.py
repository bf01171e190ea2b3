"""Tracks: the series put on a target, patch by patch, on a branch and in a worktree of its own."""

from unfork.tracks.kept import find_tracks, load_track, place_of, save_track, tracks_root

__all__ = ["find_tracks", "load_track", "place_of", "save_track", "tracks_root"]

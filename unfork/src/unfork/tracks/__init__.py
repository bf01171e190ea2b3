"""Tracks: the series put on a target, patch by patch, on a branch and in a worktree of its own."""

from unfork.tracks.adopt import ADOPTED, adopt_track, checked_out, patches_spec
from unfork.tracks.carry import begin, go_on, status, undo
from unfork.tracks.causes import explain
from unfork.tracks.kept import RECORD, find_tracks, load_track, place_of, save_track, tracks_root
from unfork.tracks.outlook import keep_look, last_look, targets_after, turns_between
from unfork.tracks.resolutions import FOLDER as RESOLUTIONS
from unfork.tracks.work import Pick, Work

__all__ = [
    "ADOPTED",
    "RECORD",
    "RESOLUTIONS",
    "Pick",
    "Work",
    "adopt_track",
    "begin",
    "checked_out",
    "explain",
    "find_tracks",
    "go_on",
    "keep_look",
    "last_look",
    "load_track",
    "patches_spec",
    "place_of",
    "save_track",
    "status",
    "targets_after",
    "tracks_root",
    "turns_between",
    "undo",
]

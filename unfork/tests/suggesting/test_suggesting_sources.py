"""Where suggestions come from: messages, release notes, options, specifications."""

from collections.abc import Callable
from pathlib import Path

import pytest
from making import Made, Writer, function
from unfork.model import Scan, Suggestion

Patch = Callable[..., None]
Ask = Callable[..., Scan]
Fill = Callable[[Writer], None]
First = Callable[[Scan], Suggestion]

TIMER = ("Give guests a precise event timer", "Windows guests need the HPET timer: emulate_hpet turns it on.")
NOTE = """\
features:
  - |
    Guests may have a HPET timer now. Set ``hw_timer_hpet``.
"""


def test_a_release_note_is_found_by_its_words(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        sha = writer.commit(
            "Step two of four", {"app/xml.py": function("xml"), "releasenotes/notes/timer-1a.yaml": NOTE}
        )
        fill_up = writer.commit("Something else", {"app/other.py": function("other")})
        writer.tag("1.1", fill_up)
    patch(*TIMER)
    found = first(ask())
    assert found.shas == (sha,)
    assert found.kind == "release-note"
    assert found.release == "1.1"
    assert {"HPET", "timer"} <= set(found.words)
    assert found.title == "Does “Step two of four” replace it?"
    assert "releasenotes/notes/timer-1a.yaml: Guests may have a HPET timer now." in found.detail


def test_a_note_that_the_base_has_is_no_news(made: Made, fill: Fill, patch: Patch, ask: Ask) -> None:
    name = "releasenotes/notes/timer-1a.yaml"
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {name: NOTE}))
        fill(writer)
        edited = writer.commit("Mend the language of notes", {name: NOTE.replace("may", "can")})
    patch(*TIMER)
    (verdict,) = ask().patches
    assert edited not in {sha for each in verdict.suggestions for sha in each.shas}


def test_broken_notes_are_left_out_counted_and_named(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    loop = "features: &a\n  - *a\n  - HPET timer of guests\n"
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        writer.commit(
            "Break things",
            {
                "releasenotes/notes/bad.yaml": "features:\n  - a: [1\n",
                "releasenotes/notes/code.yaml": "features: !!python/object/apply:os.system ['true']\n",
                "releasenotes/notes/list.yaml": "- only\n- a list\n",
                "releasenotes/notes/deep.yaml": "[" * 5000,
                "releasenotes/notes/empty.yaml": "---\n",
            },
        )
        good = writer.commit("Quiet", {"app/q.py": "q = 1\n", "releasenotes/notes/loop.yaml": loop})
    patch(*TIMER)
    scan = ask()
    assert first(scan).shas == (good,)
    (warning,) = [text for text in scan.warnings if "release note" in text]
    assert warning.startswith(
        "4 release notes were left out, not readable: releasenotes/notes/bad.yaml (line "
    )
    assert "releasenotes/notes/code.yaml (" in warning
    assert warning.endswith(", and 1 more")
    assert ask().warnings == scan.warnings  # from the remembered answer too


def test_a_new_option_is_found_by_its_name(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    def options(*names: str) -> str:
        return "".join(f"cfg.IntOpt(\n    '{name}',\n    default=0),\n" for name in names)

    with made.writing() as writer:
        start = writer.commit("Start", {"app/conf/compute.py": options("old_limit")})
        writer.tag("1.0", start)
        fill(writer)
        sha = writer.commit(
            "Step three", {"app/conf/compute.py": options("moved", "spindle_parallelism", "old_limit")}
        )
        writer.commit(
            "Sort them", {"app/conf/compute.py": options("spindle_parallelism", "moved", "old_limit")}
        )
    patch(
        "Keep disks from thrashing with spindle_parallelism",
        "The new option is spindle_parallelism.",
        text="if CONF.spindle_parallelism > 1:\n    wait()\n",
    )
    found = first(ask())
    assert found.shas == (sha,)
    assert found.words == ("spindle_parallelism",)
    assert "new options: moved, spindle_parallelism" in found.detail


def test_a_specification_stands_for_the_commits_of_its_blueprint(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First, tmp_path: Path
) -> None:
    text = "=====\nTimers for guests\n=====\n\nA guest with the HPET timer, which Windows needs.\n"
    specs = Made(tmp_path / "specs.git")
    with specs.writing() as writer:
        writer.commit(
            "Specs",
            {
                "specs/able/approved/guest-timers.rst": text.replace(
                    "Timers for", "Some plans about timers in"
                ),
                "specs/able/implemented/guest-timers.rst": text,
                "specs/able/approved/never-done.rst": text.replace("Timers", "Never done timers"),
                "specs/able-template.rst": text,
            },
        )
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        one = writer.commit("Step one\n\nPart of blueprint guest-timers\n", {"app/one.py": "one = 1\n"})
        two = writer.commit("Step two\n\nImplements: blueprint guest-timers\n", {"app/two.py": "two = 2\n"})
        writer.tag("1.1", two)
        late = writer.commit("Repair\n\nRelated to blueprint guest-timers\n", {"app/two.py": "two = 3\n"})
    patch(*TIMER)
    assert all(each.kind != "spec" for each in ask().patches[0].suggestions)
    scan = ask(specs=specs.path)
    found = first(scan)
    assert (found.kind, found.title) == ("spec", "Does “Timers for guests” replace it?")
    assert found.shas == (late, two, one)
    assert found.release == "1.1"
    assert not any(
        "Never done" in each.title or "plans" in each.title for each in scan.patches[0].suggestions
    )


def test_specifications_that_cannot_be_opened_are_an_error(
    made: Made, patch: Patch, ask: Ask, tmp_path: Path
) -> None:
    from unfork.errors import InputError

    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        writer.commit("Next", {"README": "hello you\n"})
    patch(*TIMER)
    with pytest.raises(InputError, match="no such repository"):
        ask(specs=tmp_path / "nowhere")


CHANGES = "CHANGES\n=======\n\n{new}1.0\n---\n\n* Guests may have a watchdog\n"
HPET = "* Guests may have a HPET timer now\n"


def test_an_entry_of_a_changelog_tells_of_the_commit_that_wrote_it(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"CHANGES.rst": CHANGES.format(new="")}))
        fill(writer)
        sha = writer.commit(
            "Step two",
            {"app/xml.py": function("xml"), "CHANGES.rst": CHANGES.format(new=f"1.1\n---\n\n{HPET}\n")},
        )
        writer.commit("Other\n", {"CHANGES.rst": CHANGES.format(new=f"1.1\n---\n\n{HPET}* Other\n\n")})
    patch(*TIMER)
    found = first(ask())
    assert (found.kind, found.shas) == ("changelog", (sha,))
    assert "with the changelog CHANGES.rst: Guests may have a HPET timer now" in found.detail


def test_an_entry_that_a_release_collected_stands_for_itself(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    collected = f"1.1\n---\n\n{HPET}" + "".join(f"* Thing {name}\n" for name in "abcd") + "\n"
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"NEWS": CHANGES.format(new="")}))
        fill(writer)
        writer.commit("Release", {"NEWS": CHANGES.format(new=collected)})
    patch(*TIMER)
    found = first(ask())
    assert (found.kind, found.release, found.shas) == ("changelog", "1.1", ())
    assert found.title == "Does “Guests may have a HPET timer now” replace it?"
    assert found.detail.startswith("entry of NEWS; words in common: ")


def test_a_debian_changelog_is_read(made: Made, fill: Fill, patch: Patch, ask: Ask, first: First) -> None:
    block = "disk ({version}) unstable; urgency=low\n\n  * {text}\n\n"
    block += " -- A <a@b.c>  Sat, 18 Mar 2023 10:00:00 +0000\n"
    old = block.format(version="1.0-1", text="First release.")
    collected = "\n  * ".join(["Guests may have a HPET timer now.", "A", "B", "C"])
    new = block.format(version="1.1-1", text=collected)
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"debian/changelog": old}))
        fill(writer)
        writer.commit("Release", {"debian/changelog": f"{new}\n{old}"})
    patch(*TIMER)
    found = first(ask())
    assert (found.kind, found.release) == ("changelog", "1.1-1")


def test_what_a_changelog_said_before_is_no_news(made: Made, fill: Fill, patch: Patch, ask: Ask) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"CHANGES": CHANGES.format(new=f"0.9\n---\n\n{HPET}\n")}))
        fill(writer)
        writer.commit("Move it", {"CHANGES.md": CHANGES.format(new=f"0.9\n---\n\n{HPET}\n"), "CHANGES": None})
        writer.commit("Go on", {"CHANGES": CHANGES.format(new=f"1.1\n---\n\n* More\n\n0.9\n---\n\n{HPET}\n")})
    patch(*TIMER)
    (verdict,) = ask().patches
    assert all("HPET" not in each.title and "HPET" not in each.words for each in verdict.suggestions)


def test_broken_changelogs_are_left_out_counted_and_named(
    made: Made, fill: Fill, patch: Patch, ask: Ask, first: First
) -> None:
    with made.writing() as writer:
        writer.tag("1.0", writer.commit("Start", {"README": "hello\n"}))
        fill(writer)
        writer.commit("Break things", {"NEWS": b"\0\1\2 HPET timer\n", "CHANGES": b"\xff 1.1\n---\n"})
        good = writer.commit("Quiet", {"ChangeLog": CHANGES.format(new=f"1.1\n---\n\n{HPET}\n")})
    patch(*TIMER)
    scan = ask()
    assert first(scan).shas == (good,)
    (warning,) = [text for text in scan.warnings if "changelog" in text]
    assert warning == "1 changelog was left out, not readable: NEWS (not a text)"

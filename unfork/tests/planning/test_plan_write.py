"""Changing a plan's file: small diffs, comments kept, one writer, whole or not at all."""

import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock
from planned import HEAD, item, write_plan
from unfork.errors import InputError
from unfork.model.plan import Ended, Ending
from unfork.planning import end, load_plan, promise

ODD = (
    HEAD
    + """\
items:
  # above the first
  first:     # beside it
    title:   'Spaced   oddly'  # why it is called so
    project: nova
    patches:
    - {name: a.patch, hash: 2857911}   # an export
    - {name: b.patch, hash: 1e5}
    notes: >-
      folded
      text

  # above the second
  second:
      title: "Other indentation"
      project: neutron
      links:
        - https://example.org/1
# the end
"""
)


def odd(tmp_path: Path) -> Path:
    return write_plan(tmp_path, head=ODD)


def test_a_promise_adds_three_lines_and_changes_no_other(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    promise(load_plan(folder), "first", by="ann", until=date(2019, 3, 1), today=date(2019, 1, 1), why=None)
    new = (folder / "plan.yaml").read_text()
    added = "    commitment:\n      by: ann\n      date: 2019-03-01\n"
    assert new == ODD.replace("      text\n", "      text\n" + added)


def test_a_moved_promise_keeps_its_history(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    for by, until, today, why in (
        ("ann", date(2019, 3, 1), date(2019, 1, 1), None),
        ("ben", date(2019, 3, 20), date(2019, 2, 1), "spec: late #1"),
        ("ben", date(2019, 4, 1), date(2019, 3, 1), None),
    ):
        promise(load_plan(folder), "second", by=by, until=until, today=today, why=why)
    held = load_plan(folder).items["second"].commitment
    assert held is not None and (held.by, held.date) == ("ben", date(2019, 4, 1))
    assert [(each.was, each.on, each.why) for each in held.changes] == [
        (date(2019, 3, 1), date(2019, 2, 1), "spec: late #1"),
        (date(2019, 3, 20), date(2019, 3, 1), None),
    ]
    assert "# above the second\n  second:\n" in (folder / "plan.yaml").read_text()


def test_an_end_is_written_once(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    ended = Ended(on=date(2019, 1, 2), how=Ending.REPLACED, note="NUMA aware vSwitches")
    end(load_plan(folder), "first", ended)
    assert load_plan(folder).items["first"].ended == ended
    with pytest.raises(InputError, match=r"plan\.yaml:\d+:5: first ended on 2019-01-02: replaced"):
        end(load_plan(folder), "first", ended)


def test_names_that_nobody_knows_get_the_nearest(tmp_path: Path) -> None:
    plan = load_plan(odd(tmp_path))
    with pytest.raises(InputError, match=r"there is no item 'frist' .did you mean first"):
        end(plan, "frist", Ended(on=date(2019, 1, 2), how=Ending.DONE))
    with pytest.raises(InputError, match=r"unknown owner 'ana' .did you mean ann"):
        promise(plan, "first", by="ana", until=date(2019, 3, 1), today=date(2019, 1, 1), why=None)


def test_the_second_writer_is_told(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    plan = load_plan(folder)
    # The lock as the first one holds it.
    told = pytest.raises(InputError, match="another unfork is writing here, nothing was changed")
    with FileLock(folder / ".plan.yaml.lock"), told:
        end(plan, "first", Ended(on=date(2019, 1, 2), how=Ending.DONE))
    assert (folder / "plan.yaml").read_text() == ODD


def test_what_somebody_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    mine, theirs = load_plan(folder), load_plan(folder)
    promise(theirs, "first", by="ben", until=date(2019, 3, 1), today=date(2019, 1, 1), why=None)
    before = (folder / "plan.yaml").read_text()
    with pytest.raises(InputError, match="first was changed by somebody else meanwhile"):
        promise(mine, "first", by="ann", until=date(2019, 2, 1), today=date(2019, 1, 1), why=None)
    assert (folder / "plan.yaml").read_text() == before
    # Another item of the same file is nobody's loss.
    promise(mine, "second", by="ann", until=date(2019, 2, 1), today=date(2019, 1, 1), why=None)
    assert {name for name, each in load_plan(folder).items.items() if each.commitment} == {"first", "second"}


def test_killed_before_the_last_step_leaves_the_old_file(tmp_path: Path) -> None:
    folder = odd(tmp_path)
    script = (
        "import os, signal, sys\n"
        "from datetime import date\nfrom pathlib import Path\n"
        "from unfork.model.plan import Ended, Ending\nfrom unfork.planning import end, load_plan\n"
        "Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "end(load_plan(Path(sys.argv[1])), 'first', Ended(on=date(2019, 1, 2), how=Ending.DONE))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)])
    assert done.returncode == -signal.SIGKILL
    assert (folder / "plan.yaml").read_text() == ODD
    end(load_plan(folder), "first", Ended(on=date(2019, 1, 2), how=Ending.DONE))  # its lock holds nobody up
    assert load_plan(folder).items["first"].ended is not None


def test_an_item_on_a_line_with_others_is_left_to_people(tmp_path: Path) -> None:
    head = HEAD + "items: {a: {title: x, project: nova}, b: {title: y, project: nova}}\n"
    folder = write_plan(tmp_path, head=head)
    with pytest.raises(InputError, match=r"plan\.yaml:8:9: .*edit it by hand"):
        end(load_plan(folder), "a", Ended(on=date(2019, 1, 2), how=Ending.DONE))
    assert (folder / "plan.yaml").read_text() == head


def test_a_further_file_is_changed_where_the_item_stands(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, item("one"), more="items:\n" + item("two"))
    before = (folder / "plan.yaml").read_bytes()
    end(load_plan(folder), "two", Ended(on=date(2019, 1, 2), how=Ending.DONE))
    assert (folder / "plan.yaml").read_bytes() == before
    assert load_plan(folder).items["two"].ended is not None
    assert sorted(each.name for each in (folder / "items").iterdir()) == ["more.yaml"]


def test_an_editor_that_saves_in_between_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from unfork.planning import write

    folder = odd(tmp_path)
    real = write.edited

    def slow(*parts: object) -> bytes:
        (folder / "plan.yaml").write_text(ODD + "# saved by an editor\n")
        return real(*parts)

    monkeypatch.setattr(write, "edited", slow)
    with pytest.raises(InputError, match="the file was changed by somebody else meanwhile"):
        end(load_plan(folder), "first", Ended(on=date(2019, 1, 2), how=Ending.DONE))
    assert (folder / "plan.yaml").read_text().endswith("# saved by an editor\n")

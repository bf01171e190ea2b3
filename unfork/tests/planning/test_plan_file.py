"""What a plan may hold, and how each mistake is told."""

from itertools import pairwise
from pathlib import Path

import pytest
from planned import HEAD, item, write_plan
from unfork.errors import InputError
from unfork.model.plan import Disposition, PatchRef, Plan
from unfork.planning import load_plan
from unfork.store import plan_named


def test_a_plan_over_several_files_is_one(tmp_path: Path) -> None:
    folder = write_plan(
        tmp_path, item("one"), b="items:\n" + item("three", project="neutron"), a="items:\n" + item("two")
    )
    plan = load_plan(folder)
    assert [*plan.items] == ["one", "two", "three"]
    assert plan.items["one"].disposition is Disposition.UPSTREAM_FIX
    assert str(plan.spot("three", "project")) == f"{tmp_path}/items/b.yaml:4:5"


def test_hashes_and_words_stay_as_they_are_written(tmp_path: Path) -> None:
    patches = "[{name: a.patch, hash: 2857911}, {name: b.patch, hash: 1e5}, {name: no, hash: 0123456}]"
    (found,) = load_plan(write_plan(tmp_path, item(patches=patches))).items.values()
    assert found.patches == (
        PatchRef(name="a.patch", hash="2857911"),
        PatchRef(name="b.patch", hash="1e5"),
        PatchRef(name="no", hash="0123456"),
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (item(disposition="upstream-bugfix"), "12:5", "did you mean upstream-bug-fix?"),
        (item(owner="anm"), "15:5", "owner: unknown owner 'anm' (did you mean ann?)"),
        (item(agreed="{on: 2019-01-20, by: bem}"), "16:5", "unknown owner 'bem' (did you mean ben?)"),
        (item(due="freez"), "17:5", "due: unknown milestone 'freez' (did you mean freeze?)"),
        (item(project="novva"), "11:5", "unknown project 'novva' (did you mean nova?)"),
        (item(added="Mar 8"), "14:5", "added: 'Mar 8' is no date (write it as 2019-04-12)"),
        (item(added="2019-02-30"), "14:5", "'2019-02-30' is no date"),
        (item(agreed="{on: soon, by: ann}"), "16:14", "on: 'soon' is no date"),
        (item(titel="x"), "17:5", "unknown key 'titel' (did you mean title?)"),
        (item(title=None), "9:3", "title is missing"),
        (item(after="[retry]"), "17:5", "a cycle: retry -> retry"),
        (item(after="[retri]"), "17:5", "unknown item 'retri' (did you mean retry?)"),
        (item(patches="[a, b, a]"), "17:5", "'a' is named twice"),
        (item(links="[{url: u, state: opn}]"), "17:22", "'opn' is unknown (did you mean open?)"),
        (item(silence="[{rule: reason-filer, reason: r}]"), "17:5", "did you mean reason-filler?"),
        (item(drop_when="{merged: ['552723']}", links="[https://r.example/c/552722]"), "17:5", "552722?"),
        (item(after="x"), "17:5", "after: is a text, it must be a list"),
        (item(title="&t x"), "10:12", "an anchor (&t)"),
        (item(title="*t"), "10:12", "an alias (*t)"),
        (item(title="!!python/object/apply:os.system [id]"), "10:12", "a tag (tag:yaml.org,2002:python/"),
        (item(title="!x y"), "10:12", "a tag (!x)"),
        (item("retry") + item("retry"), "17:3", "'retry' is there twice (the first is at line 9, column 3)"),
        (item().replace("    title", "    title: a\n    title"), "11:5", "'title' is there twice"),
        ("<<<<<<< ours\n" + item(), "9:1", "a mark of a merge conflict"),
        (item() + "=======\n", "17:1", "a mark of a merge conflict"),
        (item() + ">>>>>>> theirs\n", "17:1", "a mark of a merge conflict"),
        ("  a: {title: x\n", "10:1", "not YAML"),
        (item() + "---\nitems: {}\n", "17:1", "a second document"),
        ("  a:" + " [" * 40 + "]" * 40 + "\n", "9:", "nested too deep"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_the_right_word(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    folder = write_plan(tmp_path, text)
    with pytest.raises(InputError) as told:
        load_plan(folder)
    assert str(told.value).startswith(f"{tmp_path}/plan.yaml:{where}")
    assert what in str(told.value)
    assert "\n" not in str(told.value)


def test_a_cycle_is_printed_as_the_cycle(tmp_path: Path) -> None:
    folder = write_plan(
        tmp_path, item("a", after="[b]"), item("b", after="[d, c]"), item("c", after="[a]"), item("d")
    )
    with pytest.raises(InputError) as told:
        load_plan(folder)
    cycle = str(told.value).split("a cycle: ")[1].split(":")[0].split(" -> ")
    assert cycle[0] == cycle[-1] and sorted(cycle[1:]) == ["a", "b", "c"]
    waits = {"a": "b", "b": "c", "c": "a"}
    assert all(waits[one] == other for one, other in pairwise(cycle))


def test_an_item_twice_in_two_files_names_both(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, item("a"), more="items:\n" + item("a"))
    with pytest.raises(InputError, match=r"more\.yaml:2:3: item 'a' is there twice .*plan\.yaml:9:3"):
        load_plan(folder)


def test_a_further_file_holds_items_alone(tmp_path: Path) -> None:
    folder = write_plan(tmp_path, more="people: {x: {}}\n")
    with pytest.raises(InputError, match=r"more\.yaml:1:1: unknown key 'people'"):
        load_plan(folder)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("projects: {a: {}}\n", "the plan has no name"),
        ("plan: two words\n", "1:1: plan: 'two words' is no name"),
        ("plan: x\nmilestons: {}\n", "2:1: unknown key 'milestons' (did you mean milestones?)"),
        (
            "plan: x\nmilestones: {m: {date: 2019-01-01, expects: {undecidd: open}}}\n",
            "unknown key 'undecidd' (did",
        ),
        ("plan: x\nmilestones: {m: {date: 2019-01-01, projects: [novv]}}\n", "unknown project 'novv'"),
        ("plan: x\nlimits: {quiet-days: many}\n", "2:10: quiet-days: is a text, it must be a whole number"),
        ("plan: x\nsilence: [{rule: can-end, reason: r, item: gone}]\n", "2:11: unknown item 'gone'"),
        ("- a\n", "the file is no mapping"),
        ("", "the plan has no name"),
    ],
)
def test_a_mistake_above_the_items(tmp_path: Path, head: str, what: str) -> None:
    folder = write_plan(tmp_path, head=head)
    with pytest.raises(InputError) as told:
        load_plan(folder)
    assert what in str(told.value)


def test_what_is_no_utf8_names_the_byte(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(b"plan: x\ntitle: \xff\n")
    with pytest.raises(InputError, match=r"plan\.yaml:2:8: not UTF-8"):
        load_plan(tmp_path)


def test_a_folder_without_a_plan_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no plan\.yaml .*unfork plan init"):
        load_plan(tmp_path)


def test_aliases_cannot_be_used_to_fill_the_memory(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    (tmp_path / "plan.yaml").write_text(bomb)
    with pytest.raises(InputError, match=r"1:4: an anchor"):
        load_plan(tmp_path)


def test_the_schema_takes_what_we_take(tmp_path: Path) -> None:
    """An editor that checks by the schema agrees with the reader."""
    import json

    import jsonschema
    import yaml

    schema = json.loads((Path(__file__).parents[3] / "docs/plan.schema.json").read_text())
    folder = write_plan(tmp_path, item(gate="cutover", due="release", links="[{url: u, state: open}]"))
    document = yaml.load((folder / "plan.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text alone
    jsonschema.validate(document, schema)
    assert isinstance(load_plan(folder), Plan)
    document["items"]["retry"]["titel"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_names_are_taken_from_the_whole_head(tmp_path: Path) -> None:
    head = HEAD + "tracks: {new: The new one}\n"
    assert load_plan(write_plan(tmp_path, item(track="new"), head=head)).items["retry"].track == "new"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# a\n\nplan: small # why\n", "small"),
        ("title: x\nplan:   'a.b-c'\n", "a.b-c"),
        ('"plan": "small"\n', "small"),
        ("title: |\n  plan: other\nplan: small\n", "small"),
        ("plan: two words\n", None),
        ("projects: {plan: {}}\n", None),
        ("\xff", None),
    ],
)
def test_a_scan_finds_the_name_that_the_plan_has(tmp_path: Path, text: str, name: str | None) -> None:
    (tmp_path / "plan.yaml").write_bytes(text.encode("latin-1"))
    assert plan_named(tmp_path) == name
    if name is not None:
        assert load_plan(tmp_path).name == name


def test_the_example_of_the_manual_is_a_plan(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[3] / "docs/plan.md").read_text()
    (tmp_path / "plan.yaml").write_text(manual.partition("```yaml\n")[2].partition("```")[0])
    assert [*load_plan(tmp_path).items] == ["numa-live-migration", "vtpm"]

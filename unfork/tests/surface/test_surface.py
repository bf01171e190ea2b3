"""Options, routes, entry points and migrations of trees, and what one lacks of the other."""

from pathlib import Path

import pytest
from making import Made
from unfork.git import Repository
from unfork.model.compared import ContentKind
from unfork.series import parse_patch
from unfork.surface import BroughtBy, Found, content_lost, lines_lost, read_surface
from unfork.surface.migrations import read_migration
from unfork.surface.packaging import read_packaging
from unfork.surface.python import read_python


def names(source: str, kind: ContentKind, path: str = "nova/conf/a.py") -> list[str]:
    return [each.name for each in read_python(path, source.encode()) if each.kind is kind]


def options(source: str) -> set[str]:
    return {*names(source, ContentKind.OPTION)}


def test_options_stand_in_the_group_that_their_file_tells() -> None:
    assert options("cfg.StrOpt('a-b')\ncfg.BoolOpt(name='c')") == {"[DEFAULT] a_b", "[DEFAULT] c"}
    grouped = "G = 'api'\ngroup = cfg.OptGroup(G)\nOPTS = [cfg.IntOpt('n')]\n"
    assert options(grouped) == {"[api] n"}
    two = (
        "a = cfg.OptGroup('a')\nb = cfg.OptGroup(name='b')\none = [cfg.IntOpt('n')]\n"
        "two = [cfg.IntOpt('m')]\n"
        "three = [cfg.IntOpt('o')]\nfour = [cfg.IntOpt('p')]\nconf.register_opts(one, group=a)\n"
        "conf.register_opts(two, 'b')\nconf.register_opts(three)\n"
    )
    assert options(two) == {"[a] n", "[b] m", "[DEFAULT] o", "p"}


def test_a_name_that_is_no_text_and_other_calls_are_no_options() -> None:
    assert (
        options("cfg.StrOpt(NAME)\nStrOpt()\ncfg.SubCommandOpt('x')\nadopt('y')\nmake_option('z')") == set()
    )


def test_routes_of_several_frameworks() -> None:
    source = """
ROUTE_LIST = (('', '/'), ('/servers/{id}', {'GET': [c, 'show'], 'PUT': [c, 'update']}))
ROUTE_DECLARATIONS = {'/usages': {'GET': usage.list}}
mapper.connect('hosts', '/hosts/:id', conditions=dict(method=['GET']))
mapper.connect('/agents', conditions={'method': ['POST']})
@app.route('/health/<int:n>', methods=['GET', 'HEAD'])
def f(): pass
@router.get('/items/{item}')
def g(): pass
api.add_route('/things', T())
client.get('/not/a/route')
ALIAS = 'os-cells'
class E:
    alias = 'binding'
    def get_alias(cls):
        return 'quotas'
"""
    assert {*names(source, ContentKind.ROUTE)} == {
        "GET /servers/{}", "PUT /servers/{}", "GET /usages", "/hosts/{}", "POST /agents", "GET /health/{}",
        "HEAD /health/{}", "GET /items/{}", "/things", "extension os-cells", "extension binding",
        "extension quotas",
    }  # fmt: skip


@pytest.mark.parametrize(
    "source", ["def (", "\x00", "(" * 5000 + ")" * 5000, "print 'python 2'", "x = 1\n" * 9]
)
def test_what_is_no_python_of_today_declares_nothing(source: str) -> None:
    assert names(source, ContentKind.OPTION) == []


def test_entry_points_of_both_files() -> None:
    setup = "[entry_points]\nconsole_scripts =\n  nova-api = a:b\n  # no\nnova.x =\n  y = z:w\n"
    project = '[project.scripts]\nrun = "a:b"\n[project.entry-points."nova.x"]\ny = "z:w"\n'
    assert [each.name for each in read_packaging("setup.cfg", setup.encode())] == [
        "console_scripts: nova-api", "nova.x: y",
    ]  # fmt: skip
    assert [each.name for each in read_packaging("pyproject.toml", project.encode())] == [
        "console_scripts: run", "nova.x: y",
    ]  # fmt: skip
    for bad in (b"[entry_points", b"a = [", b"\xff\xfe", b"x = 1\n[[project]]\n"):
        assert [*read_packaging("setup.cfg", bad)] == [*read_packaging("pyproject.toml", bad)] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("nova/db/sqlalchemy/migrate_repo/versions/359_add_x.py", "359_add_x"),
        ("nova/db/sqlalchemy/api_migrations/migrate_repo/versions/044_y.py", "api_migrations: 044_y"),
        (
            "neutron/db/migration/alembic_migrations/versions/pike/expand/62c781cb6192_add_q.py",
            "62c781cb6192_add_q",
        ),
        ("shop/migrations/0001_initial.py", "0001_initial"),
        ("nova/db/sqlalchemy/migrate_repo/versions/360_placeholder.py", None),
        ("nova/tests/db/migrate_repo/versions/001_z.py", None),
        ("nova/api/versions/v21.py", None),
    ],
)
def test_migrations_are_known_by_their_places(path: str, name: str | None) -> None:
    found = read_migration(path)
    assert (found.name if found else None) == name


def thing(name: str, loose: str | None = None) -> Found:
    return Found(ContentKind.OPTION, name, "a.py", 1, loose or name.rpartition(" ")[2])


def test_lost_is_told_apart_by_who_brought_it() -> None:
    old = [thing("[a] ours"), thing("[a] theirs"), thing("[a] kept"), thing("[b] kept")]
    base = [thing("[a] theirs"), thing("[a] kept"), thing("[b] kept")]
    new = [thing("[a] kept"), thing("[b] kept")]
    patch = parse_patch(b"--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n x\n+cfg.StrOpt('ours')\n", name="p.patch")
    brought = BroughtBy([patch], {patch.id: ("item",)})
    lost = content_lost(old, new, base, brought)
    assert [(each.name, each.ours, each.patches, each.items) for each in lost] == [
        ("[a] ours", True, ("p.patch",), ("item",)),
        ("[a] theirs", False, (), ()),
    ]
    assert [each.ours for each in content_lost(old, new, None, brought)] == [None, None]


def test_where_a_group_is_not_told_the_name_alone_decides() -> None:
    nobody = BroughtBy([], {})
    assert content_lost([thing("[a] n")], [thing("n", loose="n")], [], nobody) == ()
    assert content_lost([thing("n", loose="n")], [thing("[a] n")], [], nobody) == ()
    assert len(content_lost([thing("[a] n")], [thing("[b] n")], [], nobody)) == 1


def test_lines_of_a_patch_are_looked_for_in_files_of_the_same_name() -> None:
    text = b"--- a/x/m.py\n+++ b/x/m.py\n@@ -1 +1,5 @@\n q\n+  first line\n+second line\n+else:\n+}\n"
    gone = b"--- a/x/gone.py\n+++ b/x/gone.py\n@@ -1 +1,2 @@\n q\n+third line\n"
    patch = parse_patch(text + gone, name="p")
    (lost,) = lines_lost(BroughtBy([patch], {}), {"m.py": frozenset({b"first line"})}, ["y/m.py"])
    assert (lost.added, lost.missing, lost.files_gone) == (4, 3, ("x/gone.py",))
    assert lines_lost(BroughtBy([patch], {}), {"m.py": frozenset({b"first line", b"second line", b"else:"}),
                                               "gone.py": frozenset({b"third line"})}, []) == ()  # fmt: skip


def test_a_tree_is_read_without_its_tests(tmp_path: Path) -> None:
    made = Made(tmp_path / "r.git")
    with made.writing() as writer:
        commit = writer.commit(
            "all",
            {
                "setup.cfg": "[entry_points]\na =\n  b = c:d\n",
                "nova/conf/a.py": "cfg.StrOpt('one')\n",
                "nova/tests/test_a.py": "cfg.StrOpt('two')\n",
                "nova/db/migrate_repo/versions/001_x.py": "",
                "docs/a.txt": "cfg.StrOpt('three')\n",
            },
        )
    found = read_surface(Repository(tmp_path / "r.git"), commit)
    assert [each.name for each in found] == ["a: b", "001_x", "[DEFAULT] one"]

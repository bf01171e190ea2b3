"""A store on SQLite and one on PostgreSQL, which is started here and stopped again."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_PLACES = "/usr/lib/postgresql/*/bin"


def _programs() -> Path | None:
    """The folder with initdb, as Debian's package postgresql puts it, or on the PATH."""
    found = sorted(Path("/").glob(f"{_PLACES[1:]}/initdb")) or [
        Path(each) for each in [shutil.which("initdb")] if each
    ]
    return found[-1].parent if found else None


def _as_user() -> dict[str, object]:
    """PostgreSQL refuses root: then it runs as the user its package made, else as nobody."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server of our own, on a socket in a folder of its own."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Short: the path of a socket may have 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="unfork-pg-", dir="/tmp"))
    user = _as_user()
    if user:
        os.chown(folder, int(str(user["user"])), int(str(user["group"])))
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    common: dict = {"check": True, "cwd": folder, "env": environment, "capture_output": True, **user}
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "unfork", "-A", "trust", "-E", "UTF8", "-N"], **common
        )
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        subprocess.run(
            [programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"],
            **(common | {"capture_output": False, "stdout": subprocess.DEVNULL}),
        )
        try:
            yield f"postgresql://unfork@/{{name}}?host={folder}"
        finally:
            subprocess.run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], **common)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty store, as users write it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if request.param == "sqlite":
        yield str(tmp_path / "store.sqlite3")
        return
    import psycopg

    template = request.getfixturevalue("postgres")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(template.format(name="postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    yield template.format(name=name)

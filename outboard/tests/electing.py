"""Real backends for leader election, each on a free port with a folder of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NEEDS = {
    "memcached": ("memcached", "memcached"), "etcd": ("etcd", "etcd-server"),
    "mysql": ("mariadbd", "mariadb-server"),
}  # fmt: skip


@contextmanager
def backend(kind: str, folder: Path) -> Iterator[str]:
    """tooz's URL of a running server; skips where Debian's package is not installed."""
    if kind == "file":
        yield f"file://{folder}/locks"
        return
    program, package = _NEEDS[kind]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed (Debian: {package})")
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments, url = {
        "memcached": _memcached, "etcd": _etcd, "mysql": _mysql,
    }[kind](folder, port)  # fmt: skip
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(arguments, stdout=log, stderr=log)
        try:
            _listens(port, server)
            yield url
        finally:
            server.kill()
            server.wait()


def _memcached(_folder: Path, port: int) -> tuple[list[str], str]:
    return (
        ["memcached", "-l", "127.0.0.1", "-p", str(port), "-u", "root", "-U", "0"],
        f"memcached://127.0.0.1:{port}",
    )


def _etcd(folder: Path, port: int) -> tuple[list[str], str]:
    at, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{_free_port()}"
    arguments = [
        "etcd", "--data-dir", str(folder / "data"), "--listen-client-urls", at, "--advertise-client-urls", at,
        "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
        "--initial-cluster", f"default={peers}",
    ]  # fmt: skip
    return arguments, f"etcd3+{at}?api_version=v3"


def _mysql(folder: Path, port: int) -> tuple[list[str], str]:
    data = folder / "data"  # empty: locks need no tables, and making those takes long
    data.mkdir()
    arguments = [
        "mariadbd", "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={folder}/s", "--user=root", f"--pid-file={folder}/pid", "--skip-grant-tables",
    ]  # fmt: skip
    return arguments, f"mysql://root@127.0.0.1:{port}/information_schema"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"{server.args} does not listen")

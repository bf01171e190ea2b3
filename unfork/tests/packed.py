"""Release archives made in a test, and a package index that serves them on the loopback."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

Files = Mapping[str, str | bytes]


def tar(path: Path, files: Files, *, top: str = "") -> Path:
    """A tar archive, compressed as its name says."""
    mode = {".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}.get(path.suffix, "w")
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(f"{top}/{name}" if top else name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def members(path: Path, *infos: tuple[tarfile.TarInfo, bytes]) -> Path:
    """A tar archive of just these members."""
    with tarfile.open(path, "w:gz") as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """The head of a member."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def zipped(path: Path, files: Files, *, top: str = "") -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}/{name}" if top else name, content)
    return path


class Index:
    """A package index: files of a project, what was asked for, and what to spoil."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}  # file name -> content; "demo-1.0.tar.gz"
        self.asked: list[str] = []
        self.wrong_hash = False
        self.url = ""

    def add(self, path: Path) -> None:
        """Offer a file."""
        self.files[path.name] = path.read_bytes()

    def page(self) -> bytes:
        """The project's page, PEP 691."""
        listed = [
            {
                "filename": name,
                "url": f"/files/{name}",
                "hashes": {"sha256": "0" * 64 if self.wrong_hash else hashlib.sha256(data).hexdigest()},
            }
            for name, data in self.files.items()
        ]
        return json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": listed}).encode()


@contextmanager
def serving() -> Iterator[Index]:
    """An index that answers as long as the block lasts."""
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            name = self.path.rpartition("/")[2]
            if self.path == "/simple/demo/":
                self._answer(200, index.page(), "application/vnd.pypi.simple.v1+json")
            elif name in index.files:
                self._answer(200, index.files[name], "application/octet-stream")
            else:
                self._answer(404, b"", "text/plain")

        def _answer(self, code: int, body: bytes, kind: str) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the test's standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.url = f"http://127.0.0.1:{server.server_address[1]}/simple/"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()

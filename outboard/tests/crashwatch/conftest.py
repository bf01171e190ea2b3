"""The bench of crashwatch's tests."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crash_bench import Bench
from outboard.corpus.fake_nova import FakeCloud
from outboard.corpus.real_libvirt import RealLibvirt


@pytest.fixture
def bench(
    libvirt_host: RealLibvirt, qemu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    lock = threading.Lock()

    def bring_up(uuid: str) -> None:
        import libvirt

        with lock:
            connection = libvirt.open(libvirt_host.uri())
            with contextlib.closing(connection):
                domain = connection.lookupByUUIDString(uuid)
                if not domain.isActive():
                    domain.create()

    with FakeCloud.serving(bring_up) as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        yield Bench(libvirt_host, qemu, cloud, tmp_path)

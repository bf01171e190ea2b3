"""What the tests of all services share."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from outboard.corpus import FakeHost, Topology
from outboard.corpus.real_libvirt import RealLibvirt, missing
from testbed.fixtures import bed, running_bed

__all__ = ["bed", "running_bed"]  # of the real OpenStack; the rest is below


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the one real OpenStack take turns: ``--dist loadgroup`` gives one worker all of them."""
    for item in items:
        if "running_bed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("testbed"))


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What was logged, as dictionaries; nothing goes to the terminal."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    """Two nodes of 32 CPUs."""
    return FakeHost(tmp_path / "host", Topology.of(2, 32))


@pytest.fixture(scope="session")
def libvirt_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealLibvirt]:
    """A real libvirtd with QEMU."""
    if why := missing():
        pytest.skip(why)
    real = RealLibvirt(tmp_path_factory.mktemp("libvirt"))
    yield real
    real.close()


@pytest.fixture
def test_driver(libvirt_host: RealLibvirt) -> Iterator[Any]:
    """A connection to libvirt's test driver inside the real libvirtd, without guests."""
    from queue import SimpleQueue

    import libvirt
    from outboard.hypervisor import Hypervisor

    # The driver forgets its guests with its last connection; this one also starts the event loop.
    keeper = Hypervisor(libvirt_host.uri("test", read_only=True), SimpleQueue())
    keeper.connect()
    connection = libvirt.open(libvirt_host.uri("test"))
    _end_all(connection)
    yield connection
    connection.close()
    keeper.close()


@pytest.fixture
def qemu(libvirt_host: RealLibvirt) -> Iterator[Any]:
    """A connection to the QEMU driver; its guests end with the test."""
    import libvirt

    connection = libvirt.open(libvirt_host.uri())
    yield connection
    connection.close()
    connection = libvirt.open(libvirt_host.uri())
    _end_all(connection)
    connection.close()


def _end_all(connection: Any) -> None:
    import libvirt

    for domain in connection.listAllDomains():
        persistent = domain.isPersistent()
        with contextlib.suppress(libvirt.libvirtError):  # it may just be ending
            domain.destroy()
        if persistent:
            domain.undefine()


@pytest.fixture
def settings_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes settings that point at a host made of files."""

    def write(fake: FakeHost, uri: str, more: str = "") -> Path:
        path = tmp_path / f"outboard-{uuid.uuid4()}.toml"
        path.write_text(
            f'[host]\nlibvirt_uri = "{uri}"\nsysfs = "{fake.sysfs}"\nprocfs = "{fake.procfs}"\n'
            f'run_dir = "{tmp_path}/run"\n[log]\nformat = "json"\n{more}'
        )
        return path

    return write

"""pytest fixtures: one bed for all tests of a run and all of its workers, clean for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.bed import Bed
from testbed.errors import BedError, MissingPartError
from testbed.install import home
from testbed.locks import locked
from testbed.reset import reset

RUNNING_VARIABLE = "OUTBOARD_TESTBED_RUNNING"


@pytest.fixture(scope="session")
def running_bed(request: pytest.FixtureRequest) -> Iterator[Bed]:
    """The bed of this test run. The first worker that needs it starts it, the last one takes it along; one
    that runs already, in ``.testbed/tests`` or where ``OUTBOARD_TESTBED_RUNNING`` says, is used."""
    folder = Path(os.environ.get(RUNNING_VARIABLE) or home() / "tests")
    capture = request.config.pluginmanager.getplugin("capturemanager")
    try:
        with locked(folder.with_suffix(".lock")):
            bed = _attached(folder)
            if bed is None:
                with capture.global_and_fixture_disabled():
                    bed = Bed.start(folder, say=lambda line: print(f"test bed: {line}", flush=True))  # noqa: T201
    except MissingPartError as error:
        pytest.skip(f"no test bed: {error}")
    yield bed
    bed.close()


@pytest.fixture
def bed(running_bed: Bed) -> Iterator[Bed]:
    """The bed as it was when it started. Tests of other workers wait: there is one at a time."""
    with locked(running_bed.layout.folder / "in-use"):
        reset(running_bed)
        yield running_bed


def _attached(folder: Path) -> Bed | None:
    try:
        return Bed.attach(folder)
    except BedError:
        return None

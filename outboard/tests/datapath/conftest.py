"""One data-path bed for all its tests; they are one group, so one worker of pytest-xdist has them all."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from testbed.bed import Bed, Options
from testbed.datapath.bed import DataPath
from testbed.datapath.missing import missing
from testbed.errors import MissingPartError


@pytest.fixture(scope="session")
def data_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataPath]:
    """neutron, three hosts with its agents on a wire; skips with the part that is missing."""
    if why := missing():
        pytest.skip(f"no data-path bed: {why}")
    folder: Path = tmp_path_factory.mktemp("datapath")
    # Agents on a machine with more to do report late; nothing here is about a dead one.
    options = Options(hosts=(), nova=False, agent_down_time=75)
    try:
        bed = Bed.start(folder, options)
    except MissingPartError as error:
        pytest.skip(f"no data-path bed: {error}")
    try:
        with closing(DataPath(bed)) as path:
            yield path
    finally:
        bed.close()

"""Each scenario file becomes a parameter named after it."""

from importlib.resources import files
from pathlib import Path

import pytest
from unfork.scenario import Built, Scenario, build, load

DEMO = Path(str(files("unfork.scenario") / "demo.toml"))
FILES = [*sorted(Path(__file__).parent.glob("*.toml")), DEMO]


@pytest.fixture(scope="session", params=FILES, ids=lambda path: path.stem)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    """One scenario after the other."""
    return load(request.param)


@pytest.fixture(scope="session")
def built(scenario: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """One scenario after the other, on disk. Tests share it: they only read."""
    return build(scenario, tmp_path_factory.mktemp(scenario.title) / "built")

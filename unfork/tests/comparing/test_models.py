"""The data file that ships: whole, with its origin, and sane where everybody knows the answer."""

import json
from importlib.resources import files

from unfork.comparing import (
    FEATURES,
    HUNK_PRODUCTS,
    PATCH_FEATURES,
    PATCH_PRODUCTS,
    default_snapshots,
)


def test_every_coefficient_has_a_feature() -> None:
    models = default_snapshots()
    for model, names, products in (
        (models.hunk, FEATURES, HUNK_PRODUCTS),
        (models.patch, PATCH_FEATURES, PATCH_PRODUCTS),
    ):
        assert set(model.coefficients) <= {*names, *(f"{one}*{two}" for one, two in products)}
        assert 0 < model.ask < model.claim < 1


def test_the_file_says_how_it_was_made() -> None:
    made = json.loads((files("unfork.comparing") / "snapshots.json").read_text())["made"]
    assert made["by"] == "benchmarks/train_snapshots.py"
    assert made["from"]["project"] == "neutron"

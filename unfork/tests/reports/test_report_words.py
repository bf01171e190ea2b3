"""Words that all reports share."""

from dataclasses import replace

import pytest
from report_samples import sample_scan
from unfork.model import Suggestion
from unfork.reports._words import odds, promising


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        (0.0, "not known"),
        (0.02, "1 in 50"),
        (0.3, "1 in 3"),
        (0.5, "1 in 2"),
        (0.7, "7 in 10"),
        (1.0, "9 in 10"),
    ],
)
def test_chances_as_people_say_them(chance: float, said: str) -> None:
    assert odds(chance) == said


def test_the_best_chance_comes_first() -> None:
    scan = sample_scan()
    asked = [
        replace(verdict, suggestions=(Suggestion("Q", "why", chance=chance, promising=chance >= 0.1),))
        for verdict, chance in zip(scan.patches[:3], (0.2, 0.05, 0.6), strict=True)
    ]
    found = promising(replace(scan, patches=tuple(asked)))
    assert [verdict.name for verdict in found] == [asked[2].name, asked[0].name]

"""Does the confidence mean what it says? Claimed against true, bin by bin."""

from collections.abc import Sequence

from unfork.model.evaluation import Bin

_BINS = 10


def reliability(answers: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    """Confidences (0..1) and whether each answer was right, in ten bins of equal width; no empty ones."""
    found = []
    for number in range(_BINS):
        inside = [each for each in answers if min(_BINS - 1, int(_BINS * each[0])) == number]
        if inside:
            claimed = sum(confidence for confidence, _ in inside) / len(inside)
            found.append(Bin(claimed, sum(right for _, right in inside), len(inside)))
    return tuple(found)


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean gap between claimed and true, by answers
    (Naeini, Cooper, Hauskrecht, AAAI 2015); 0 of nothing."""
    count = sum(each.count for each in bins)
    return sum(abs(each.claimed - each.true) * each.count for each in bins) / count if count else 0.0

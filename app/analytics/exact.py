"""Exact arithmetic: shares that lose nothing, and parts that add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

#: wide enough that no figure of a company is rounded before its last step
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
#: places of a ratio where it is written down
PLACES = 10
#: one unit of the last of so many places
_LAST = [Decimal(1).scaleb(-places) for places in range(PLACES + 1)]


def ratio(part: Decimal | int, whole: Decimal | int | None) -> Decimal | None:
    """part ÷ whole; blank where there is nothing to divide by (BR-057: blank, not infinity)."""
    return _WIDE.divide(Decimal(part), Decimal(whole)) if whole else None


def times(*factors: Decimal | None) -> Decimal | None:
    """The product; blank as soon as one factor is."""
    product = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        product = _WIDE.multiply(product, factor)
    return product


def plain(value: Decimal, places: int = PLACES) -> str:
    """A ratio as written: up to ten places, no zeros behind them, never an exponent."""
    text = f"{value.quantize(_LAST[places], ROUND_HALF_UP, _WIDE):f}"
    text = text.rstrip("0").rstrip(".") if places else text
    return "0" if text == "-0" else text


def in_parts(whole: Decimal, weights: Sequence[Decimal | int], places: int = 2) -> list[Decimal]:
    """Divide an amount by weights so that the parts add up to it, to the fen (largest remainder).

    BR-053: the months add to the target. Equal remainders go to the earlier part; where all
    weights are zero the parts are equal.
    """
    if not weights:
        return []
    exact = [Fraction(weight) for weight in weights]
    if any(weight < 0 for weight in exact):
        raise ValueError("a share cannot be below zero")
    total = sum(exact)
    if not total:
        exact, total = [Fraction(1)] * len(exact), Fraction(len(exact))
    units = Fraction(whole) * 10**places
    if units.denominator != 1:
        raise ValueError(f"{whole} has more than {places} places")
    wanted = [units * weight / total for weight in exact]
    floors = [part.numerator // part.denominator for part in wanted]
    left = int(units) - sum(floors)
    order = sorted(range(len(wanted)), key=lambda i: (floors[i] - wanted[i], i))
    for place in order[:left]:
        floors[place] += 1
    return [Decimal(units).scaleb(-places) for units in floors]

"""ABC classes: who makes three quarters of the sales, who the next fifth, who the rest (BR-051)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Classes:
    """Where the classes end in a falling ranking."""

    count: int
    #: the sum of the amounts above zero
    total: int
    #: the first so many are A
    a_ends: int
    #: and up to here they are B
    b_ends: int
    #: amounts above zero; the others are C with share 0
    positive: int
    #: cumulative sums of the amounts above zero
    cumulative: Sequence[int]

    def class_at(self, place: int) -> str:
        """The class of the item at this place, counted from 0."""
        if place < self.a_ends:
            return "A"
        return "B" if place < self.b_ends else "C"

    def reached_at(self, place: int) -> int:
        """The cumulative sum including the item at this place."""
        if not self.positive:
            return 0
        return self.cumulative[min(place, self.positive - 1)]

    def amount_at(self, place: int) -> int:
        """The amount of the item at this place; what is not above zero counts as nothing."""
        return self.sum_between(place, place + 1)

    def sum_between(self, start: int, end: int) -> int:
        """The sum of the amounts above zero from one place up to another."""
        start, end = min(start, self.positive), min(end, self.positive)
        if start >= end:
            return 0
        return self.cumulative[end - 1] - (self.cumulative[start - 1] if start else 0)


def classify(amounts: Sequence[int], a: Decimal, b: Decimal, *, crossing: bool = False) -> Classes:
    """Cut a falling ranking at a % and b % of its cumulative sum; in integers, never in floats.

    `within`: an item is A while its own cumulative share is at most a, B while at most b; the first
    one is always A. `crossing`: the item that crosses the line is put into the better class.

    :param amounts: in falling order
    """
    count = positive = len(amounts)
    if amounts and amounts[-1] <= 0:
        positive = bisect_left(amounts, 0, key=lambda amount: -amount)
        amounts = amounts[:positive]
    cumulative = list(accumulate(amounts))
    total = cumulative[-1] if cumulative else 0
    ends = [_end(cumulative, total, limit, crossing=crossing) for limit in (a, b)]
    return Classes(
        count=count,
        total=total,
        a_ends=ends[0],
        b_ends=max(ends),
        positive=positive,
        cumulative=cumulative,
    )


def _end(cumulative: Sequence[int], total: int, limit: Decimal, *, crossing: bool) -> int:
    if not cumulative:
        return 0
    reach = Fraction(limit) * total / 100
    if crossing:
        # Whoever begins below the line is still inside.
        return min(len(cumulative), bisect_left(cumulative, reach) + 1)
    return max(1, bisect_right(cumulative, reach))

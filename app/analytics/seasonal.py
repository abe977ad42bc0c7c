"""The seasonal index: how strong each month is against the average one (BR-053).

The document's own words lose the year's target on the way: its "yearly average" cannot be the sum
of twelve months. Read as the average month it is the textbook's ratio to average, and Σ = 1,200 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.analytics.exact import in_parts, ratio
from app.analytics.months import Month, months_between

MONTHS = 12
FULL = 3


@dataclass(frozen=True)
class Season:
    """One month or quarter of the calendar."""

    season: int
    #: the mean of this season over the years
    average: Decimal
    #: 1.5 is 150 %
    index: Decimal
    #: of the year
    share: Decimal
    target: Decimal | None = None


@dataclass(frozen=True)
class Pattern:
    seasons: Sequence[Season]
    #: the mean of all seasons
    grand_average: Decimal
    #: whole years behind the averages; fewer than three are flagged
    years: int
    #: nothing was sold: every season weighs the same, flagged
    is_flat: bool

    @property
    def is_short(self) -> bool:
        return self.years < FULL


def window(until: Month, years: int, begins: Month | None) -> tuple[Month, Month]:
    """The months that count: so many years up to `until`, but not before anything was sold at all."""
    first = until.plus(1 - MONTHS * years)
    return (max(first, begins) if begins is not None else first), until


def pattern(
    amounts: Mapping[Month, Decimal],
    first: Month,
    last: Month,
    *,
    by_quarter: bool = False,
    target: Decimal | None = None,
) -> Pattern:
    """Averages, indices, shares and targets of the seasons between two months.

    A month of the calendar that occurs twice in the window is averaged over two; one that does not
    occur at all weighs nothing.
    """
    sums = [Decimal(0)] * MONTHS
    occurs = [0] * MONTHS
    for month in months_between(first, last):
        occurs[month.month - 1] += 1
        sums[month.month - 1] += amounts.get(month, Decimal(0))
    averages = [
        (ratio(total, count) or Decimal(0)) if count else Decimal(0)
        for total, count in zip(sums, occurs, strict=True)
    ]
    if by_quarter:
        averages = [sum(averages[i : i + 3], Decimal(0)) for i in range(0, MONTHS, 3)]
    return _pattern(averages, target, years=max(0, last.place - first.place + 1) // MONTHS)


def of_averages(averages: Sequence[Decimal], target: Decimal | None = None) -> Pattern:
    """The same from given averages of twelve months or four quarters."""
    return _pattern(list(averages), target, years=FULL)


def _pattern(averages: list[Decimal], target: Decimal | None, years: int) -> Pattern:
    many = len(averages)
    total = sum(averages, Decimal(0))
    # Returns may outweigh sales: a season below zero weighs nothing, and a year without sales is flat.
    weights = [max(average, Decimal(0)) for average in averages]
    whole = sum(weights, Decimal(0))
    is_flat = not whole
    if is_flat:
        weights, whole = [Decimal(1)] * many, Decimal(many)
    shares = [ratio(weight, whole) or Decimal(0) for weight in weights]
    targets = in_parts(target, weights) if target is not None else [None] * many
    return Pattern(
        seasons=[
            Season(place + 1, average, share * many, share, part)
            for place, (average, share, part) in enumerate(
                zip(averages, shares, targets, strict=True)
            )
        ],
        grand_average=ratio(total, many) or Decimal(0),
        years=years,
        is_flat=is_flat,
    )

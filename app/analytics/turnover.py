"""Turnover, cross ratio and contribution ratio of products (BR-056 to BR-059)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.analytics.exact import ratio, times


@dataclass(frozen=True)
class Moved:
    """What is known of one product in a period."""

    code: str
    sales: Decimal
    #: None where no cost is known
    margin: Decimal | None
    #: None where nobody stated a stock
    average_stock: Decimal | None
    #: what turns the stock over: sales at selling price, or the cost of sales where stock is at cost
    turned: Decimal


@dataclass(frozen=True)
class Ratios:
    code: str
    turnover: Decimal | None
    cross_ratio: Decimal | None
    share: Decimal | None
    contribution: Decimal | None
    contribution_share: Decimal | None


def average_stock(opening: Decimal, closing: Decimal) -> Decimal:
    """BR-056: (a + b) ÷ 2."""
    return (opening + closing) / 2


def margin(gross_profit: Decimal, sales: Decimal) -> Decimal | None:
    """BR-055: gross profit ÷ sales."""
    return ratio(gross_profit, sales)


def turnover(turned: Decimal, average: Decimal | None) -> Decimal | None:
    """BR-057: sales ÷ average stock; blank where the stock is 0 or unknown."""
    return ratio(turned, average)


def cross_ratio(of_margin: Decimal | None, of_turnover: Decimal | None) -> Decimal | None:
    """BR-058: margin × turnover."""
    return times(of_margin, of_turnover)


def contribution(cross: Decimal | None, share: Decimal | None) -> Decimal | None:
    """BR-059: cross ratio × share of sales."""
    return times(cross, share)


def ratios(products: Iterable[Moved]) -> list[Ratios]:
    """All ratios of some products; shares are of the sales of all of them.

    The normalised share is a product's part of all contributions above zero.
    """
    moved = list(products)
    total = sum((one.sales for one in moved), Decimal(0))
    rows = []
    for one in moved:
        turned = turnover(one.turned, one.average_stock)
        cross = cross_ratio(one.margin, turned)
        share = ratio(one.sales, total)
        rows.append((one.code, turned, cross, share, contribution(cross, share)))
    whole = sum((part for *_rest, part in rows if part is not None and part > 0), Decimal(0))
    return [
        Ratios(
            code,
            turned,
            cross,
            share,
            part,
            None if part is None or not whole else ratio(max(part, Decimal(0)), whole),
        )
        for code, turned, cross, share, part in rows
    ]


def by_contribution(row: Ratios) -> tuple[bool, Decimal, str]:
    """What to push comes first: falling contribution, blanks last, equals by code."""
    return (row.contribution is None, -(row.contribution or Decimal(0)), row.code)

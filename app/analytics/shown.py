"""Figures of measures as people read them, on the page and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from app.analytics.measure import Column

MINUS = "−"
EMPTY = "–"
#: from here on an overview needs no fen
_LARGE = Decimal(100_000)


def places_for(column: Column, rows: Iterable[Mapping[str, Any]]) -> int:
    """Whole units where amounts are large, else to the fen."""
    values = (row.get(column.name) for row in rows)
    largest = max((abs(v) for v in values if isinstance(v, Decimal)), default=Decimal(0))
    return 0 if largest >= _LARGE else 2


def text(value: Any, column: Column, places: int = 2) -> str:
    """A value in words and figures."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return str(column.yes if value else column.no)
    if column.kind == "share":
        return f"{number(value * 100, 2)} %"
    if column.kind == "ratio":
        # A contribution of 0.0236 would read 0.02 beside one of 0.0164.
        return number(value, 2 if abs(value) >= 1 else 4)
    if column.kind in ("money", "quantity"):
        return number(value, places)
    if column.kind == "whole":
        return f"{value:,}"
    return str(value)


def season(grain: Any, number: Any) -> str:
    """A month or a quarter of the calendar by its name."""
    return _("Quarter %(n)d", n=number) if grain == "quarter" else _("Month %(n)d", n=number)


def exactly(value: Any) -> str:
    """A figure with all its places, for whoever asks."""
    return f"{value.normalize():,f}".replace("-", MINUS) if isinstance(value, Decimal) else ""


def number(value: Decimal | int, places: int) -> str:
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{rounded:,f}".replace("-", MINUS)


def signed(value: Decimal, places: int = 2) -> str:
    """A difference, with its sign."""
    word = number(value, places)
    return word if word.startswith(MINUS) or not value else f"+{word}"


def columns_of(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Without the columns in which nothing stands at all."""
    return [
        c
        for c in columns
        if not (c.only_shown or c.name in ("group",))
        or any(row.get(c.name) not in (None, "", False) for row in rows)
    ]

"""Values as paper shows them: right scale, true minus, a dash for nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from app.documents.readers import class_of
from app.records import FieldSpec, Kind, clock, specs_of

EMPTY = "–"
MINUS = "−"


def money(value: Decimal | None, places: int = 2) -> str:
    """Thousands by comma, always to the fen."""
    return figure(value, places)


def figure(value: Decimal | int | None, places: int | None = None) -> str:
    if value is None:
        return EMPTY
    number = Decimal(value)
    if places is not None:
        number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    else:
        number = number.normalize() if number else Decimal(0)
    text = f"{abs(number):,f}"
    return f"{MINUS}{text}" if number < 0 else text


def share(value: Decimal | None, places: int = 1) -> str:
    """A fraction as per cent."""
    return EMPTY if value is None else f"{figure(value * 100, places)} %"


def day(value: date | datetime | None) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        value = clock.in_office(value).date()
    return value.isoformat()


def long_day(value: date | datetime | None) -> str:
    """A date as forms write it: 2026 年 4 月 22 日."""
    if value is None:
        return EMPTY
    if isinstance(value, datetime):
        value = clock.in_office(value).date()
    return _("%(year)d-%(month)02d-%(day)02d", year=value.year, month=value.month, day=value.day)


def moment(value: datetime | None) -> str:
    return EMPTY if value is None else f"{clock.in_office(value):%Y-%m-%d %H:%M}"


def shown(value: Any, spec: FieldSpec | None = None) -> str:
    """A value in the words of paper."""
    if value is None or value == "" or value == ():
        return EMPTY
    kind = spec.kind if spec else None
    if spec is not None and kind in (Kind.CHOICE, Kind.STATE):
        return spec.label_of(value)
    if spec is not None and kind is Kind.CHOICES:
        return "、".join(spec.label_of(one) for one in value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return _decimal(value, kind)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    # A count is grouped; a year or a number that is a name never is an integer of this kind.
    if isinstance(value, int):
        return figure(value)
    if isinstance(value, list | tuple):
        return "、".join(shown(one) for one in value)
    return str(value)


def _decimal(value: Decimal, kind: Kind | None) -> str:
    if kind is Kind.MONEY:
        return money(value)
    if kind is Kind.PERCENT:
        return f"{figure(value)} %"
    return figure(value)


@dataclass(frozen=True)
class Box:
    """One labelled box of a form."""

    label: Any
    text: str
    #: takes the whole width of the sheet
    wide: bool = False


_WIDE = {Kind.PROSE, Kind.LINE, Kind.TITLE, Kind.URL, Kind.CHOICES}


def boxes_of(record: Any, names: Sequence[str]) -> list[Box]:
    """The named fields of a record as boxes, in the order given."""
    specs = specs_of(class_of(record))
    made = []
    for name in names:
        spec = specs[name]
        value = getattr(record, spec.relation if spec.kind is Kind.REFERENCE else name)
        text = shown(value, spec)
        # A share has its sign already.
        if spec.unit and spec.kind is not Kind.PERCENT and text != EMPTY:
            text = f"{text} {unit_of(record, spec)}".strip()
        made.append(Box(spec.label, text, spec.kind in _WIDE))
    return made


def unit_of(record: Any, spec: FieldSpec) -> str:
    """The unit of a figure; `@currency` names the field that holds it."""
    unit = str(spec.unit)
    return str(getattr(record, unit[1:]) or "") if unit.startswith("@") else unit


def in_rows(boxes: Sequence[Box]) -> list[tuple[Box, ...]]:
    """Two boxes side by side, a wide one alone, and none left with a hole beside it."""
    rows: list[tuple[Box, ...]] = []
    waiting: list[Box] = []
    for box in boxes:
        if box.wide:
            if waiting:
                rows.append(tuple(waiting))
            rows.append((box,))
            waiting = []
        else:
            waiting.append(box)
            if len(waiting) == 2:
                rows.append(tuple(waiting))
                waiting = []
    if waiting:
        rows.append(tuple(waiting))
    return rows

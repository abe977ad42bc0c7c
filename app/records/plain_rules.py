"""Rules that many registers share: a register names its fields in `ruled_by`, and the words are the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.records import clock
from app.records.refusals import Refusal

Rule = Callable[[Any], Iterator[Refusal]]


def not_below_zero(*names: str) -> Rule:
    """None of these figures is negative."""

    def figures_are_not_negative(record: Any) -> Iterator[Refusal]:
        for name in names:
            value = getattr(record, name)
            if value is not None and value < 0:
                yield Refusal(_("It cannot be below zero."), name)

    return figures_are_not_negative


def has_happened(*names: str) -> Rule:
    """None of these days and moments is still to come."""

    def days_have_come(record: Any) -> Iterator[Refusal]:
        for name in names:
            value = getattr(record, name)
            if value and value > (clock.now() if isinstance(value, datetime) else clock.today()):
                yield Refusal(_("Enter it when it has happened."), name)

    return days_have_come


def ends_after_it_begins(begin: str, end: str) -> Rule:
    """What has a first and a last day, or moment, does not end before it begins."""

    def period_has_its_order(record: Any) -> Iterator[Refusal]:
        first, last = getattr(record, begin), getattr(record, end)
        if first and last and last < first:
            yield Refusal(_("It cannot end before it begins."), end)

    return period_has_its_order

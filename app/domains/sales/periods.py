"""The year or the month that a task, an estimate or a conclusion is about, as a person writes it."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy.orm import Mapped, validates

from app.analytics.months import Month
from app.records import Word, field

_WRITTEN = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>0?[1-9]|1[0-2]))?")


def read(text: str | None) -> tuple[Month, Month] | None:
    """The first and the last month of “2026” or “2026-03”; None for anything else."""
    found = _WRITTEN.fullmatch((text or "").strip())
    if found is None:
        return None
    year = int(found["year"])
    if found["month"] is None:
        return Month(year, 1), Month(year, 12)
    month = Month(year, int(found["month"]))
    return month, month


def tidy(text: str | None) -> str | None:
    """“2026-3” as “2026-03”, so that one period has one spelling; what is no period stays as it is."""
    found = read(text)
    if found is None:
        return text
    first, last = found
    return str(first) if first == last else f"{first.year:04}"


class OfPeriod:
    """What is about a year or about a month."""

    period: Mapped[Word] = field(
        lazy_pgettext("sales", "Period"),
        sortable=True,
        help=_("A year or a month, like 2026 or 2026-03."),
    )

    @validates("period")
    def _period_has_one_spelling(self, _name: str, text: str | None) -> str | None:
        return tidy(text)

    @property
    def months(self) -> tuple[Month, Month] | None:
        return read(self.period)

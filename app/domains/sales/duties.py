"""What sales analysis owes again and again."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, month_after, yearly_by
from app.domains.sales.models import CustomerStock, SeasonalIndex
from app.extensions import db
from app.records import clock


def stock_is_stated(period: Period) -> tuple[str, int] | None:
    """DL-25: opening and closing stock of the month were entered."""
    month = date(period.last.year, period.last.month, 1)
    found = db.session.scalar(
        select(CustomerStock.id)
        .where(CustomerStock.month == month)
        .order_by(CustomerStock.id)
        .limit(1)
    )
    return None if found is None else ("customer_stock", found)


def indices_are_new(period: Period) -> tuple[str, int] | None:
    """DL-24: the seasonal indices were calculated anew in this year, before targets are set."""
    found = db.session.scalar(
        select(func.max(SeasonalIndex.id)).where(
            SeasonalIndex.created_at
            >= datetime.combine(period.first, datetime.min.time(), clock.OFFICE)
        )
    )
    return None if found is None else ("seasonal_index", found)


declare(
    Duty(
        "DL-25", _("State the customers' stock of the month"), month_after(5), ("sales_rep",),
        "D1§4.4", "customer_stock", stock_is_stated, escalates_to=("marketing_manager",), inferred=True,
    ),
    Duty(
        "DL-24", _("Calculate the seasonal indices anew before targets are set"), yearly_by(12, 1),
        ("marketing_manager",), "D1§4.1", "seasonal_index", indices_are_new, inferred=True,
    ),
)  # fmt: skip

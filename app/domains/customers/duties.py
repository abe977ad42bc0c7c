"""What the customer desk owes again and again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, half_yearly, yearly_by
from app.domains.customers.models import CustomerAnnualRecord
from app.domains.directory.models import Customer
from app.extensions import db


def every_trading_customer_has_his_record(period: Period) -> tuple[str, int] | None:
    """DL-19: the year before is on record for every customer who trades."""
    year = period.last.year - 1
    trading = select(Customer.id).where(Customer.state == "trading", Customer.voided_at.is_(None))
    have = select(CustomerAnnualRecord.customer_id).where(
        CustomerAnnualRecord.year == year, CustomerAnnualRecord.voided_at.is_(None)
    )
    if db.session.scalar(trading.where(Customer.id.not_in(have)).limit(1)) is not None:
        return None
    last = db.session.scalar(
        select(func.max(CustomerAnnualRecord.id)).where(CustomerAnnualRecord.year == year)
    )
    return None if last is None else ("customer_annual_record", last)


declare(
    Duty(
        "DL-19", _("Annual record of every trading customer"), yearly_by(5, 31),
        ("customer_info_officer",), "D16§3.4(3)", "customer_annual_record",
        every_trading_customer_has_his_record, escalates_to=("customer_info_supervisor",), inferred=True,
    ),
    Duty(
        "DL-18", _("Look through the customers' data and confirm it"), half_yearly,
        ("customer_info_officer",), "D20§4.3", "customer",
        escalates_to=("customer_info_supervisor",), inferred=True,
    ),
)  # fmt: skip

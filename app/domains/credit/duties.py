"""What the credit office owes again and again."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, half_yearly, month_after
from app.domains.credit.models import CreditInvestigation, CustomerInvestigationReport
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import clock

_INVESTIGATED = CreditInvestigation.voided_at.is_(None), CreditInvestigation.state != "draft"
_REPORTED = (
    CustomerInvestigationReport.voided_at.is_(None),
    CustomerInvestigationReport.state != "draft",
)


def every_trading_customer_was_investigated(period: Period) -> tuple[str, int] | None:
    """DL-61: 营销人员必须经常进行信用调查; each who trades, within the half-year."""
    within = (
        *_INVESTIGATED,
        CreditInvestigation.investigated_on.between(period.first, period.last),
    )
    trading = select(Customer.id).where(Customer.state == "trading", Customer.voided_at.is_(None))
    have = select(CreditInvestigation.customer_id).where(*within)
    if db.session.scalar(trading.where(Customer.id.not_in(have)).limit(1)) is not None:
        return None
    last = db.session.scalar(select(func.max(CreditInvestigation.id)).where(*within))
    return None if last is None else ("credit_investigation", last)


def findings_are_reported(period: Period) -> tuple[str, int] | None:
    """DL-22: 及时报告给主管上司; whoever was investigated in the month was reported on since it began."""
    begin = datetime.combine(period.first, datetime.min.time(), clock.OFFICE)
    since = (*_REPORTED, CustomerInvestigationReport.reported_on >= begin)
    silent = select(CreditInvestigation.id).where(
        *_INVESTIGATED,
        CreditInvestigation.investigated_on.between(period.first, period.last),
        CreditInvestigation.customer_id.not_in(
            select(CustomerInvestigationReport.customer_id).where(*since)
        ),
    )
    if db.session.scalar(silent.limit(1)) is not None:
        return None
    last = db.session.scalar(select(func.max(CustomerInvestigationReport.id)).where(*since))
    return None if last is None else ("customer_investigation_report", last)


declare(
    Duty(
        "DL-22", _("Report the month's findings on customers' credit"), month_after(1), ("sales_rep",),
        "D1§7.1(1)", "customer_investigation_report", findings_are_reported,
        escalates_to=("marketing_manager",), inferred=True,
    ),
    Duty(
        "DL-61", _("Investigate the credit of every trading customer"), half_yearly, ("sales_rep",),
        "D1§11.1(1)", "credit_investigation", every_trading_customer_was_investigated,
        escalates_to=("marketing_manager",), inferred=True,
    ),
)  # fmt: skip

"""What the customer desk owes again and again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from app.deadlines.duties import Duty, declare
from app.deadlines.rhythm import Period, every_workday, half_yearly, month_after, yearly_by
from app.domains.customers.archive_checks import CustomerArchiveCheck
from app.domains.customers.models import CustomerAnnualRecord
from app.domains.customers.reports import CustomerStatisticalReport
from app.domains.customers.retail import RetailOnboarding
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


def the_archive_was_checked(period: Period) -> tuple[str, int] | None:
    """DL-16, BR-013: the check of this half-year is signed; without it the half-year is overdue."""
    check = CustomerArchiveCheck.of_half_year(period.key.replace("-", ""), None)
    if check is None or check.state not in ("done", "corrected"):
        return None
    return "customer_archive_check", check.id


def the_month_is_reported_on(period: Period) -> tuple[str, int] | None:
    """DL-17: a report of the month stands reviewed by both."""
    reviewed = select(CustomerStatisticalReport.id).where(
        CustomerStatisticalReport.periodicity == "month",
        CustomerStatisticalReport.period == period.key,
        CustomerStatisticalReport.state.in_(("reviewed_by_manager", "issued", "amended")),
        CustomerStatisticalReport.voided_at.is_(None),
    )
    found = db.session.scalar(reviewed.order_by(CustomerStatisticalReport.id.desc()).limit(1))
    return None if found is None else ("customer_statistical_report", found)


def somebody_new_was_received(period: Period) -> tuple[str, int] | None:
    """DL-01: what the licence clerk passed on that day is entered; where nothing came, the analyst says so."""
    received = select(RetailOnboarding.id).where(
        RetailOnboarding.received_on == period.first, RetailOnboarding.voided_at.is_(None)
    )
    found = db.session.scalar(received.order_by(RetailOnboarding.id.desc()).limit(1))
    return None if found is None else ("retail_onboarding", found)


declare(
    Duty(
        "DL-01", _("Take in the new retailers that the licence clerk passed on"), every_workday,
        ("statistics_analyst",), "D8§7.1", "retail_onboarding", somebody_new_was_received,
        escalates_to=("marketing_section_chief",), or_by_hand=True,
    ),
    Duty(
        "DL-16", _("Check how the customer archive is kept"), half_yearly,
        ("customer_info_officer", "customer_service_manager"), "D12§3.1", "customer_archive_check",
        the_archive_was_checked, escalates_to=("general_manager",), inferred=True,
    ),
    Duty(
        "DL-17", _("Compile the customer statistics of the month"), month_after(5),
        ("customer_info_officer",), "D12§2.1", "customer_statistical_report",
        the_month_is_reported_on, escalates_to=("customer_service_manager",), inferred=True,
    ),
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

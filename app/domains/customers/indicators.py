"""What a statistical report counts (R14): the figures of the books for a period.

What was entered after the period is not in it; how something stands (a state, what is missing) is as the
books have it on the day the report is drafted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.approvals.words import OFFICE_LANGUAGE
from app.domains.customers.contacts import ContactReport, CustomerMajorMatter
from app.domains.customers.models import (
    Channel,
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEvent,
    CustomerInteraction,
    VolumeState,
)
from app.domains.directory.models import Customer, PartyKind, TradeStatus
from app.extensions import db
from app.records import clock

Figures = Iterator[tuple[str, int]]


def of_period(report_type: str, first: date, last: date) -> list[tuple[str, str]]:
    """The items of a kind of report and their values, as the office's books have them now."""
    counted = {
        "overview": (_customers, _care, _volumes, _dealings),
        "classes": (_customers, _kinds, _standing),
        "archive": (_volumes, _completeness),
        "dealings": (_dealings, _channels),
    }[report_type]
    with force_locale(OFFICE_LANGUAGE):
        return [
            (item, f"{value:,}") for figures in counted for item, value in figures(first, last)
        ]


def _count(cls: Any, *conditions: Any) -> int:
    query = select(func.count(cls.id)).where(cls.voided_at.is_(None), *conditions)
    with db.session.no_autoflush:
        return db.session.scalar(query) or 0


def _by(cls: Any, column: Any, *conditions: Any) -> dict[str, int]:
    query = (
        select(column, func.count(cls.id))
        .where(cls.voided_at.is_(None), *conditions)
        .group_by(column)
    )
    with db.session.no_autoflush:
        return {row[0]: row[1] for row in db.session.execute(query)}


def _within(column: Any, first: date, last: date) -> Any:
    """An instant of these days, by the office's clock."""
    begin = datetime.combine(first, time(), clock.OFFICE)
    end = datetime.combine(last + timedelta(days=1), time(), clock.OFFICE)
    return (column >= begin) & (column < end)


def _there(cls: Any, last: date, *conditions: Any) -> int:
    """How many had been entered when the period ended."""
    end = datetime.combine(last + timedelta(days=1), time(), clock.OFFICE)
    return _count(cls, cls.created_at < end, *conditions)


def _customers(first: date, last: date) -> Figures:
    yield _("Customers at the end of the period"), _there(Customer, last)
    yield (
        _("Customers entered in the period"),
        _count(Customer, _within(Customer.created_at, first, last)),
    )
    yield from (
        (str(_("Of them: %(what)s", what=label)), many)
        for value, label in TradeStatus.options()
        if (many := _there(Customer, last, Customer.state == value))
    )


def _care(_first: date, last: date) -> Figures:
    yield _("Files that are incomplete"), _there(Customer, last, Customer.incomplete())
    yield _("Important new customers"), _there(Customer, last, Customer.is_promising_new.is_(True))
    yield (
        _("Important new ones without two contacts or a report"),
        _there(Customer, last, Customer.neglected()),
    )
    yield (
        _("Customers without a responsible representative"),
        _there(Customer, last, Customer.responsible_rep_id.is_(None)),
    )


def _kinds(_first: date, last: date) -> Figures:
    for value, label in PartyKind.options():
        yield str(label), _there(Customer, last, Customer.party_kind.like(f"%,{value},%"))


def _standing(_first: date, last: date) -> Figures:
    yield _("Key customers"), _there(Customer, last, Customer.is_key_customer.is_(True))
    yield _("Received as guests of honour"), _there(Customer, last, Customer.is_vip.is_(True))


def _volumes(_first: date, last: date) -> Figures:
    yield _("Archive volumes"), _there(CustomerArchiveVolume, last)
    for value, label in VolumeState.options():
        if many := _there(CustomerArchiveVolume, last, CustomerArchiveVolume.state == value):
            yield str(_("Volumes: %(what)s", what=label)), many


def _completeness(_first: date, last: date) -> Figures:
    filed = select(CustomerArchiveVolume.customer_id).where(
        CustomerArchiveVolume.voided_at.is_(None)
    )
    yield _("Customers without a volume"), _there(Customer, last, Customer.id.not_in(filed))
    yield _("Files that are incomplete"), _there(Customer, last, Customer.incomplete())
    yield (
        _("Annual records of %(year)d", year=last.year - 1),
        _count(CustomerAnnualRecord, CustomerAnnualRecord.year == last.year - 1),
    )


def _dealings(first: date, last: date) -> Figures:
    yield (
        _("Dealings in the period"),
        _count(CustomerInteraction, _within(CustomerInteraction.happened_on, first, last)),
    )
    yield (
        _("Major changes of customers"),
        _count(CustomerChangeEvent, CustomerChangeEvent.event_on.between(first, last)),
    )
    yield (
        _("Major matters reported"),
        _count(CustomerMajorMatter, _within(CustomerMajorMatter.created_at, first, last)),
    )
    yield (
        _("Contact reports"),
        _count(
            ContactReport,
            ContactReport.contact_on.between(first, last),
            ContactReport.state != "draft",
        ),
    )


def _channels(first: date, last: date) -> Figures:
    by_channel = _by(
        CustomerInteraction,
        CustomerInteraction.channel,
        _within(CustomerInteraction.happened_on, first, last),
    )
    for value, label in Channel.options():
        yield str(_("Dealings by: %(what)s", what=label)), by_channel.get(value, 0)

"""What follows from every figure that changes: exposure, alerts, and what was decided about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.deadlines.dates import each_round
from app.deadlines.working_days import calendar
from app.domains.credit import lending_rules
from app.domains.credit.exceptions import CreditException, CreditLimitAlert, limit_of
from app.domains.credit.ledger import (
    HELD,
    Receivable,
    exposure_as_stored,
    limit_today,
    owed_by,
    remembered,
    whose,
)
from app.domains.credit.limits import CreditLimit
from app.domains.credit.signed import in_nobodys_name
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import Refusal, Refused, clock, follows_from, settings
from app.records.moving import moving


def hold_fast(customer: Customer) -> None:
    """Who writes what this customer owes waits here for whoever else does, and sees what that one wrote."""
    held = db.session.info.setdefault(HELD, {})
    if customer.id is None or customer.id in held:
        return
    held[customer.id] = {}
    if customer in db.session.dirty:
        db.session.execute(
            db.select(Customer.id).where(Customer.id == customer.id).with_for_update()
        )
    else:
        db.session.refresh(customer, ["state", "version"], with_for_update=True)


# -- what is owed ------------------------------------------------------------------------------------


@follows_from("receivable")
def count_the_sale(receivable: Any) -> None:
    """BR-030: what is left of a sale counts, in dollars, and is known at the same moment."""
    if receivable in db.session.deleted:
        return
    _hold_those_of(receivable)
    receivable.paid_amount, receivable.bill_amount = receivable.paid_now(), receivable.by_bills()
    receivable.balance = receivable.rest
    receivable.state = "paid" if receivable.rest <= 0 else "open"
    _count(receivable)


@follows_from("receivable_payment")
def count_the_payment(payment: Any) -> None:
    sale = payment.receivable or db.session.get(Receivable, payment.as_stored("receivable_id"))
    if sale is not None:
        count_the_sale(sale)


@follows_from("bill")
def count_the_bill(bill: Any) -> None:
    """BR-030: an open bill counts; one that pays a sale counts in its place."""
    if bill in db.session.deleted:
        return
    _hold_those_of(bill)
    if bill.state != "settled":
        bill.settled_on = None
    elif bill.settled_on is None:
        bill.settled_on = clock.today()
    former = bill.as_stored("receivable_id")
    for sale in {bill.referred("receivable"), former and db.session.get(Receivable, former)}:
        if sale:
            count_the_sale(sale)
    _count(bill)


def _customers_of(document: Any) -> list[Customer]:
    """Whose exposure a document changes: the customer it is of, and the one it was of."""
    former = document.as_stored("customer_id")
    found = (whose(document), former and db.session.get(Customer, former))
    # In the same order everywhere, so that two writers never wait for each other.
    return sorted({one for one in found if one}, key=lambda one: one.id or 0)


def _hold_those_of(document: Any) -> None:
    for customer in _customers_of(document):
        hold_fast(customer)


def _count(document: Any) -> None:
    document.outstanding_usd = document.owed_usd
    for customer in _customers_of(document):
        keep_current(customer)


def keep_current(customer: Customer) -> None:
    """The limit in force shows what is used of it; who comes close to it or passes it is reported (R39)."""
    if customer.id is None:
        return
    receivables, bills = owed_by(customer)
    limit = remembered(customer, "in force", lambda: CreditLimit.in_force(customer))
    if limit is not None:
        limit.receivable_total, limit.unsettled_bill_total = receivables, bills
    raise_alert(customer, receivables, bills, exposure_as_stored(customer))


def look_again(customer: Customer) -> None:
    """The limit has changed: what is used of it is counted anew, as if the customer came from nothing."""
    hold_fast(customer)
    receivables, bills = owed_by(customer)
    limit = CreditLimit.in_force(customer)
    if limit is not None:
        limit.receivable_total, limit.unsettled_bill_total = receivables, bills
    db.session.flush()
    with in_nobodys_name():
        raise_alert(customer, receivables, bills, Decimal(0))


def raise_alert(customer: Customer, receivables: Decimal, bills: Decimal, before: Decimal) -> None:
    """AF-05, AF-06, DL-23: the alert is there at the moment the mark is passed, for the representative to report.

    :param before: his exposure until now: who was past the mark already is not reported anew
    """
    if customer.id is None:
        return
    limit = limit_today(customer)
    exposure = lending_rules.exposure(receivables, bills)
    warn = Decimal(settings.get("credit_warn_pct"))
    kind = lending_rules.kind_of_alert(exposure, limit, warn)
    _let_lapse(customer, exposure, limit, warn)
    if kind is None or kind == lending_rules.kind_of_alert(before, limit, warn):
        return
    if _waiting(customer, kind) is not None:
        return
    db.session.add(
        CreditLimitAlert(
            customer=customer,
            kind=kind,
            receivable_total=receivables,
            unsettled_bill_total=bills,
            limit_amount=limit or Decimal(0),
            responsible_rep=customer.responsible_rep,
            report_by=calendar().after(clock.today(), 1),
        )
    )


def _waiting(customer: Customer, kind: str) -> CreditLimitAlert | None:
    query = CreditLimitAlert.living().where(
        CreditLimitAlert.customer_id == customer.id,
        CreditLimitAlert.kind == kind,
        CreditLimitAlert.state.in_(("raised", "opinion")),
    )
    with db.session.no_autoflush:
        found = db.session.scalar(query.limit(1))
    return found or next(
        (
            one
            for one in db.session.new
            if isinstance(one, CreditLimitAlert)
            and one.referred("customer") is customer
            and one.kind == kind
        ),
        None,
    )


def _let_lapse(
    customer: Customer, exposure: Decimal, limit: Decimal | None, warn: Decimal
) -> None:
    """Nobody has to report what is no longer so; that he passed his limit stays until it is decided."""
    if lending_rules.kind_of_alert(exposure, limit, warn) is not None:
        return
    waiting = remembered(customer, "near", lambda: _waiting(customer, "near"))
    if waiting is not None and waiting.state == "raised" and waiting.id is not None:
        waiting.state = "lapsed"


@follows_from("credit_limit_alert")
def take_the_figures_down(alert: Any) -> None:
    """DL-23: an alert keeps the figures of the day on which it is reported."""
    if (
        alert.is_void
        and alert.changed("voided_at")
        and alert.kind == "exceeded"
        and alert.state in ("raised", "opinion")
    ):
        raise Refused(Refusal(_("The general manager decides it; it is not voided.")))
    if alert.state not in (None, "raised") or alert in db.session.deleted:
        return
    customer = alert.referred("customer")
    if customer is None or customer.id is None:
        return
    alert.receivable_total, alert.unsettled_bill_total = owed_by(customer)
    alert.limit_amount = limit_of(customer.id) or Decimal(0)
    alert.report_by = alert.report_by or calendar().after(clock.today(), 1)
    alert.responsible_rep = alert.responsible_rep or customer.responsible_rep


# -- what was decided --------------------------------------------------------------------------------


def carry_out_decision(alert: CreditLimitAlert) -> None:
    """AF-05, AF-06: allowed by the figure, or supply stops, the limit is asked for anew, the money is collected."""
    from app.domains.credit import emergencies
    from app.domains.credit.guarantees import DebtRecovery

    decision, why = alert.handling_decision, alert.handling_opinion or str(alert)
    if decision == "stop_supply":
        emergencies.stop_supply(alert.customer, why, confirmed=True)
    elif decision in ("raise_limit", "collect"):
        reason = _("Decided on the alert %(alert)s.", alert=alert.number)
        with in_nobodys_name():
            if decision == "collect":
                made: Any = DebtRecovery(amount_due=alert.exposure, occasion=reason)
            else:
                wanted = alert.exposure + (alert.planned_amount or Decimal(0))
                made = CreditLimit(limit_amount=wanted, reason=reason)
            made.customer = alert.customer
            db.session.add(made)
    db.session.flush()


# -- days that come ----------------------------------------------------------------------------------


@each_round
def keep_exceptions() -> int:
    """BR-035: exceptions begin and end on their day; so does what the general manager allowed."""
    today, changed = clock.today(), 0
    begins = CreditException.living().where(
        CreditException.state == "approved", CreditException.valid_from <= today
    )
    for exception in list(db.session.scalars(begins.order_by(CreditException.id))):
        if exception.valid_to >= today:
            exception.put_in_force()
            changed += 1
    over = CreditException.living().where(
        CreditException.state.in_(("approved", "active")), CreditException.valid_to < today
    )
    for exception in list(db.session.scalars(over.order_by(CreditException.id))):
        exception.state = "ended"
        db.session.flush()
        look_again(exception.customer)
        changed += 1
    return changed


@follows_from("credit_exception")
def what_is_in_force_is_ended_and_not_voided(exception: Any) -> None:
    """:raises Refused: where an exception in force would vanish without the usual limit being looked at"""
    if exception.is_void and exception.as_stored("state") in ("approved", "active"):
        raise Refused(Refusal(_("It is in force; end it instead of voiding it.")))


def end_exception(exception: CreditException, reason: str | None) -> None:
    """An exception is ended before its day; the usual limit is in force again."""
    moving("ended")(exception, reason)
    look_again(exception.customer)

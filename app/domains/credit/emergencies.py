"""What is done when a customer does not pay: at once alone only the stop, all else on instruction."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.deadlines.dates import each_round
from app.deadlines.working_days import calendar
from app.domains.credit.contracts import SalesContract
from app.domains.credit.crises import (
    STANDS,
    CreditSupplyHold,
    DishonourReport,
    RiskCustomerReport,
    TradeSuspension,
)
from app.domains.credit.guarantees import CreditCountermeasure, DebtRecovery, Guarantee
from app.domains.credit.ledger import owed_by
from app.domains.credit.signed import in_nobodys_name
from app.domains.credit.watching import hold_fast
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.records import Refusal, Refused, acting, clock, follows_from, within
from app.records.moving import moving, unless, why_not_move

# -- the stop ----------------------------------------------------------------------------------------


@follows_from("credit_supply_hold")
def the_stop_stops(hold: Any) -> None:
    """BR-037, AF-11: from this moment the customer gets nothing on credit; released, he does again."""
    customer = hold.referred("customer")
    if hold.id is None:
        hold.held_on = hold.held_on or clock.now()
        hold.held_by = hold.held_by or people.who_acts()
        hold.confirm_by = hold.confirm_by or calendar().after(clock.today(), 1)
    elif hold.changed("state") and hold.state == "confirmed" and hold.confirmed_on is None:
        hold.confirmed_by, hold.confirmed_on = people.who_acts(), clock.today()
    elif hold.changed("state") and hold.state in ("released", "unconfirmed"):
        hold.released_on = clock.today()
    if customer is None or not (hold.id is None or hold.changed("state", "voided_at")):
        return
    if hold.is_void and hold.as_stored("state") in STANDS:
        raise Refused(Refusal(_("A stop is not voided; the superior releases it.")))
    hold_fast(customer)
    stopped = bool(CreditSupplyHold.standing_of(customer))
    if stopped and customer.state == "trading":
        customer.state = "credit_hold"
    elif not stopped and customer.state == "credit_hold":
        customer.state = "trading"


def stop_supply(
    customer: Customer,
    reason: str,
    *,
    confirmed: bool = False,
    dishonour: DishonourReport | None = None,
) -> CreditSupplyHold | None:
    """BR-037: stop the supply on credit, where it is not stopped already.

    :param confirmed: it was instructed by whoever would confirm it
    """
    if customer.state != "trading" or CreditSupplyHold.standing_of(customer):
        return None
    hold = CreditSupplyHold(customer=customer, reason=reason, dishonour=dishonour)
    db.session.add(hold)
    the_stop_stops(hold)  # also in the midst of a flush, where nobody asks a new record
    if confirmed:
        db.session.flush()
        with within(deciding=True):  # by the signature under what led to it
            hold.decided_at = clock.now()
            hold.state = "confirmed"
            db.session.flush()
    return hold


def release_hold(hold: CreditSupplyHold, reason: str | None) -> None:
    """The superior lets supply go on; never who stopped it alone.

    :raises Refused: without the reason
    """
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why supply goes on."), "reason"))
    moving("released", why_not_release)(hold, reason)


def why_not_release(hold: Any) -> Any:
    if hold.is_under_approval:
        return _("Its confirmation is being decided.")
    return None


# -- dishonour ---------------------------------------------------------------------------------------


@follows_from("dishonour_report")
def dishonour_has_consequences(report: Any) -> None:
    """AF-12, R43: the bill is marked, the supply on credit stops, and the risk report is begun."""
    customer = report.referred("customer")
    if report.id is not None or customer is None or report in db.session.deleted:
        return
    bill = report.referred("bill")
    if bill is not None:
        if report.amount is None:
            report.amount = bill.outstanding_usd
        bad = "deferred" if report.event == "deferred" else "dishonoured"
        if bill.state != bad and bill.states.may_follow(bill.state, bad):
            bill.state = bad
    stop_supply(customer, report.detail, dishonour=report)
    me = acting().actor.id
    superior = people.superior_of(me) if me is not None else None
    risk = RiskCustomerReport(
        customer=customer,
        dishonour=report,
        facts=report.detail,
        submitted_to=people.employee_of(superior) if superior is not None else None,
    )
    db.session.add(risk)
    snapshot(risk)


@follows_from("risk_customer_report")
def snapshot(report: Any) -> None:
    """R44: what he owes and what secures it, as it stands when the report is written and handed in."""
    if report.state not in (None, "draft") and not report.changed("state"):
        return
    customer = report.referred("customer")
    if customer is None or customer.id is None or report.state in ("instructed", "closed"):
        return
    report.exposure = sum(owed_by(customer))
    report.guarantees = Guarantee.list_of(customer.id) or _("None.")


def follow_the_instruction(report: RiskCustomerReport) -> None:
    """AF-12: "suspend" or "end" begins the end of trade, "recover" the recovery."""
    with in_nobodys_name():
        if report.decision in ("suspend", "terminate"):
            db.session.add(
                TradeSuspension(
                    customer=report.customer,
                    kind=report.decision,
                    risk_report=report,
                    reason=report.facts,
                    instruction=report.instruction,
                )
            )
        elif report.decision == "collect" and report.exposure:
            db.session.add(
                DebtRecovery(
                    customer=report.customer,
                    amount_due=report.exposure,
                    occasion=_("Instructed on the report %(report)s.", report=report.number),
                )
            )


# -- the end of trade --------------------------------------------------------------------------------


def note_notice(suspension: TradeSuspension, _reason: str | None = None) -> None:
    """BR-039, AF-12: the customer has been told; from its day on trade has ended."""
    moving("notified")(suspension, None)
    if suspension.effective_on is not None and suspension.effective_on <= clock.today():
        take_effect(suspension)


def take_effect(suspension: TradeSuspension) -> None:
    suspension.state = "effective"
    db.session.flush()


def resume_trade(suspension: TradeSuspension, reason: str | None) -> None:
    """The superior lets trade go on.

    :raises Refused: without the reason, or where trade has ended for good
    """
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why trade is resumed."), "reason"))
    moving("resumed", why_not_resume)(suspension, reason)


def why_not_resume(suspension: Any) -> Any:
    if suspension.kind == "terminate":
        return _("Trade has ended for good.")
    if CreditSupplyHold.standing_of(suspension.customer):
        return _("His supply on credit is stopped; release that first.")
    return None


@follows_from("trade_suspension")
def the_customer_follows(suspension: Any) -> None:
    """BR-039: the customer's file says it from the day it takes effect."""
    customer = suspension.referred("customer")
    if customer is None or suspension.id is None:
        return
    as_signed = suspension.as_stored("state") not in ("draft", "submitted")
    if (
        as_signed
        and not acting().deciding
        and suspension.changed("instruction", "kind", "risk_report_id", "customer_id")
    ):
        raise Refused(Refusal(_("What the superior signed stays as it is."), "instruction"))
    if suspension.is_void and suspension.state == "effective":
        raise Refused(Refusal(_("Trade has ended by this; resume it instead of voiding.")))
    if not suspension.changed("state"):
        return
    if suspension.state == "effective" and not suspension.is_void:
        hold_fast(customer)
        ended = "terminated" if suspension.kind == "terminate" else "suspended"
        if customer.state != ended:
            customer.state = ended
    elif suspension.state == "resumed" and customer.state == "suspended":
        if no := why_not_resume(suspension):
            raise Refused(Refusal(no, "state"))
        hold_fast(customer)
        suspension.resume_on = clock.today()
        customer.state = "trading"


@each_round
def end_trade_on_its_day() -> int:
    """What was announced takes effect on its day."""
    query = TradeSuspension.living().where(TradeSuspension.has_begun())
    found = list(db.session.scalars(query.order_by(TradeSuspension.id)))
    for suspension in found:
        take_effect(suspension)
    return len(found)


@follows_from("customer")
def states_of_trade_have_their_reason(customer: Any) -> None:
    """BR-037, BR-039: by whichever door it is written, supply stops by a hold (R45), trade by a suspension (R46).

    :raises Refused: otherwise
    """
    # A new file has no state before this one, also where a load has given it its id already.
    if customer.as_stored("state") is None or not customer.changed("state"):
        return
    if acting().undoing is not None:
        return
    before, after = customer.as_stored("state"), customer.state
    held = bool(CreditSupplyHold.standing_of(customer))
    if after == "credit_hold" and not held:
        raise Refused(
            Refusal(_("Supply on credit is stopped by an emergency stop (R45)."), "state")
        )
    if after in ("suspended", "terminated") and not _ended(customer):
        raise Refused(Refusal(_("Trade is suspended or ended by R46, with its instruction."), "state"))  # fmt: skip
    if after != "trading":
        return
    if before == "credit_hold" and held:
        raise Refused(Refusal(_("His supply on credit is stopped; release that first."), "state"))
    if before == "suspended" and _ended(customer):
        raise Refused(Refusal(_("His trade is suspended; resume that first."), "state"))


def _ended(customer: Customer) -> bool:
    pending = (
        one
        for one in (*db.session.new, *db.session.dirty)
        if isinstance(one, TradeSuspension) and one.referred("customer") is customer
    )
    found = {*TradeSuspension.in_effect_for(customer), *pending}
    return any(one.state == "effective" and not one.is_void for one in found)


# -- guarantees, countermeasures, recovery -----------------------------------------------------------


def claim(guarantee: Guarantee, reason: str | None) -> None:
    """:raises Refused: without saying for what"""
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say for which debt it is claimed."), "reason"))
    guarantee.claimed_on = clock.today()
    moving("claimed")(guarantee, reason)


@follows_from("credit_countermeasure")
def note_who_instructed(measure: Any) -> None:
    """AF-10: who signed it has instructed it."""
    if measure.state == "instructed" and measure.changed("state") and acting().deciding:
        measure.instruction_by = people.who_acts()


def execute(measure: CreditCountermeasure, reason: str | None) -> None:
    """AF-10: what was instructed is done.

    :raises Refused: without saying what came of it
    """
    if not (reason or "").strip():
        raise Refused(Refusal(pgettext("countermeasure", "Say what came of it."), "reason"))
    if no := why_not_move("executed")(measure):
        raise Refused(Refusal(no, "state"))
    measure.executed_on, measure.result = clock.today(), str(reason).strip()
    measure.state = "executed"
    db.session.flush()


@follows_from("debt_recovery")
def add_up_the_recovery(recovery: Any) -> None:
    recovery.recovered_total = sum(
        (line.recovered or 0 for line in recovery.action_lines if line not in db.session.deleted),
        0,
    )


@follows_from("recovery_step")
def a_step_adds_up(step: Any) -> None:
    recovery = step.recovery or db.session.get(DebtRecovery, step.as_stored("recovery_id"))
    if recovery is not None:
        add_up_the_recovery(recovery)


# -- contracts ---------------------------------------------------------------------------------------


@follows_from("sales_contract")
def a_contract_waits_its_turn(contract: Any) -> None:
    """BR-034: what is signed on credit is asked about one after the other."""
    customer = contract.referred("customer")
    if contract.state == "signed" and contract.changed("state") and customer is not None:
        hold_fast(customer)


@unless(why_not_move("signed"), field="state")
def sign_contract(contract: SalesContract, _reason: str | None = None) -> None:
    """BR-083: signed or confirmed today, where nothing else was written down.

    :raises Refused: without the review, or where the credit does not fit
    """
    contract.signed_on = contract.signed_on or clock.today()
    contract.state = "signed"
    db.session.flush()


# -- what an urgent report leads to ------------------------------------------------------------------


def open_countermeasure(report: Any) -> None:
    """AF-09: what the superior named when he instructed is opened, for the representative to carry out."""
    if report.report_mode != "urgent" or not report.countermeasures:
        return
    with in_nobodys_name():
        db.session.add(
            CreditCountermeasure(
                customer=report.customer,
                report=report,
                measures=report.countermeasures,
                instruction=report.instruction,
            )
        )

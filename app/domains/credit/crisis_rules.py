"""When the credit office says no in a crisis: without instruction nothing but the emergency stop."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

#: guarantees given by a person, and those given by a thing
BY_A_PERSON = ("guarantor", "joint_guarantor", "personal", "joint")
BY_A_THING = ("mortgage",)


def _is_blank(text: str | None) -> bool:
    return not (text or "").strip()


def _others(record: Any, relation: str) -> bool:
    """Whether a record it refers to is about another customer, or void."""
    other = record.referred(relation)
    return other is not None and (
        other.is_void or other.referred("customer") is not record.referred("customer")
    )


# -- guarantees --------------------------------------------------------------------------------------


def guarantee_names_what_stands_behind_it(guarantee: Any) -> Iterator[Refusal]:
    """D1§7.2(4): a person or a thing or a sum; which one, the kind says."""
    if guarantee.kind in BY_A_PERSON and _is_blank(guarantee.guarantor):
        yield Refusal(_("Name the guarantor."), "guarantor")
    elif guarantee.kind in BY_A_THING and _is_blank(guarantee.collateral):
        yield Refusal(_("Say what is mortgaged."), "collateral")
    elif guarantee.kind == "deposit" and not guarantee.amount:
        yield Refusal(_("Say how much was deposited."), "amount")
    if guarantee.amount is not None and guarantee.amount < 0:
        yield Refusal(_("It cannot be below zero."), "amount")


# -- countermeasures ---------------------------------------------------------------------------------


def measures_follow_an_urgent_report(measure: Any) -> Iterator[Refusal]:
    """BR-036, AF-09, AF-10, D1§7.2(2): countermeasures stand on an urgent report about this customer."""
    report = measure.referred("report")
    if report is None:
        return
    if _others(measure, "report"):
        yield Refusal(_("This report is about another customer."), "report_id")
    elif report.report_mode != "urgent":
        yield Refusal(_("Countermeasures follow an urgent report."), "report_id")
    elif report.state not in ("instructed", "executed", "closed"):
        yield Refusal(
            _("The superior has not instructed on this report yet; nothing is done without him."), "report_id"
        )  # fmt: skip


def measures_are_instructed(measure: Any) -> Iterator[Refusal]:
    """BR-036, AF-10, D1§7.2(3): 必须有上司的明确指示,不能擅自处理."""
    if measure.state in ("instructed", "executed") and (
        measure.instruction_by_id is None and measure.instruction_by is None
    ):
        yield Refusal(_("Without the superior's instruction it stays a draft."), "state")


# -- dishonour ---------------------------------------------------------------------------------------


def dishonour_is_of_this_bill(report: Any) -> Iterator[Refusal]:
    """D1§11.2(1): 票据和支票被拒付,或延期支付."""
    bill = report.referred("bill")
    if bill is None:
        return
    if _others(report, "bill"):
        yield Refusal(_("This bill is void, or of another customer."), "bill_id")
        return
    wanted = {"bill_dishonoured": "bill", "cheque_dishonoured": "cheque"}.get(report.event)
    if wanted is not None and bill.kind != wanted:
        yield Refusal(_("The bill is of the other kind: choose the other event."), "event")


def dishonour_says_what_is_done(report: Any) -> Iterator[Refusal]:
    """D1§11.2(2): 尽一切可能收回货款; a report is closed when it says what was done for it."""
    if report.state == "closed" and _is_blank(report.recovery_actions):
        yield Refusal(_("Say what was done to recover the money."), "recovery_actions")


# -- risk reports, holds, suspensions ----------------------------------------------------------------


def risk_report_is_instructed(report: Any) -> Iterator[Refusal]:
    """AF-12, D1§11.2(4): 根据上司的具体指示."""
    if report.state != "instructed":
        return
    if not report.decision:
        yield Refusal(_("Choose what is to be done."), "decision")
    if _is_blank(report.instruction):
        yield Refusal(
            _("Give an explicit instruction: nothing is done without one."), "instruction"
        )


def hold_stops_who_trades(hold: Any) -> Iterator[Refusal]:
    """BR-037, D1§11.1(3): 暂时停止贷货; who gets nothing on credit cannot be stopped."""
    customer = hold.referred("customer")
    if (
        hold.id is None
        and customer is not None
        and customer.state not in ("trading", "credit_hold")
    ):
        yield Refusal(_("This customer gets nothing on credit as it is."), "customer_id")


def one_hold_at_a_time(hold: Any) -> Iterator[Refusal]:
    other = hold.other_that_stands()
    if other is not None:
        yield Refusal(
            _("His supply is stopped already: %(hold)s.", hold=other.number or other),
            "customer_id",
        )


def suspension_stands_on_its_report(suspension: Any) -> Iterator[Refusal]:
    """BR-039, D1§11.2(3)(4): a risk report with the superior's instruction comes first."""
    report = suspension.referred("risk_report")
    if report is None:
        return
    if _others(suspension, "risk_report"):
        yield Refusal(_("This report is void, or about another customer."), "risk_report_id")
    elif report.state not in ("instructed", "closed"):
        yield Refusal(
            _("The superior has not instructed on the risk report yet."), "risk_report_id"
        )
    elif report.decision not in ("suspend", "terminate"):
        yield Refusal(_("The superior instructed something else than to end trade."), "risk_report_id")  # fmt: skip


def suspension_is_instructed(suspension: Any) -> Iterator[Refusal]:
    """BR-039: no trade is suspended without the superior's words."""
    if suspension.state not in (None, "draft", "submitted") and _is_blank(suspension.instruction):
        yield Refusal(
            _("Give an explicit instruction: nothing is done without one."), "instruction"
        )


def customer_is_notified_first(suspension: Any) -> Iterator[Refusal]:
    """BR-039, D1§11.2(4): the customer is told, with the day, before it takes effect."""
    if suspension.state in ("notified", "effective", "resumed"):
        if not suspension.customer_notified:
            yield Refusal(_("Notify the customer first."), "customer_notified")
        if suspension.notified_on is None:
            yield Refusal(_("Say when the customer was notified."), "notified_on")
        if not suspension.channel:
            yield Refusal(_("Say how the customer was notified."), "channel")
    if suspension.notified_on and suspension.notified_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "notified_on")


def suspension_takes_effect_on_its_day(suspension: Any) -> Iterator[Refusal]:
    day = suspension.effective_on
    if suspension.state in ("effective", "resumed") and (day is None or day > clock.today()):
        yield Refusal(_("It takes effect on its day, and not before."), "effective_on")


# -- recovery ----------------------------------------------------------------------------------------


def recovery_figures_fit(recovery: Any) -> Iterator[Refusal]:
    if recovery.amount_due is not None and recovery.amount_due <= 0:
        yield Refusal(_("Above zero, please."), "amount_due")
    total = Decimal(0)
    for line in recovery.action_lines:
        total += line.recovered or Decimal(0)
        if line.recovered is not None and line.recovered < 0:
            yield Refusal(_("It cannot be below zero."), "actions")
        if line.done_on and line.done_on > clock.today():
            yield Refusal(_("Enter it when it has happened."), "actions")
    if recovery.amount_due is not None and total > recovery.amount_due:
        yield Refusal(_("More was recovered than was due."), "actions")


def collateral_comes_before_the_guarantor(recovery: Any) -> Iterator[Refusal]:
    """BR-038, D1§7.2(4)⑤: 有前两者抵押债权时,从后至前交涉 - where both stand, first the collateral."""
    pursued = [line for line in recovery.action_lines if line.action == "guarantor"]
    if not pursued or not recovery.has_both_securities():
        return
    taken = [
        line.done_on for line in recovery.action_lines if line.action == "collateral" and line.done_on
    ]  # fmt: skip
    first = min((line.done_on for line in pursued if line.done_on), default=None)
    if not taken or (first is not None and first < min(taken)):
        yield Refusal(
            _("There are a guarantor and a collateral: first the collateral is taken, then the guarantor is pursued."),
            "actions",
        )  # fmt: skip

"""When the credit office says no to a sale on credit, to an exception, to an alert or a contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask_babel import gettext as _

from app.domains.credit.rules import exposure
from app.records import Refusal, clock

#: the limit is stated in it (D1§9.3); what is in another currency is counted at its rate
DOLLAR = "USD"
CENT = Decimal("0.01")
#: in these states a customer gets goods on credit
GETS_CREDIT = ("trading",)


@dataclass(frozen=True)
class Standing:
    """How a customer stands with what is being written, in US dollars.

    :param before: his exposure as it is stored
    :param after: as it will be
    :param limit: up to which he gets credit today; None: no limit in force
    :param state: of the customer, as it is stored now
    :param undecided: that he is above his limit waits for the general manager's word
    """

    before: Decimal
    after: Decimal
    limit: Decimal | None
    state: str
    undecided: bool = False


def in_dollars(amount: Decimal | None, rate: Decimal | None) -> Decimal:
    """What counts towards the limit, where so many units of the currency make one dollar.

    >>> in_dollars(Decimal(92_000), Decimal("0.92"))
    Decimal('100000.00')
    """
    return ((amount or Decimal(0)) / (rate or 1)).quantize(CENT, ROUND_HALF_UP)


# -- the limit ---------------------------------------------------------------------------------------


def stays_within_the_limit(record: Any) -> Iterator[Refusal]:
    """BR-034, AF-06, D1§8.1: 惟有在所确定金额限度的信贷才是安全的.

    Whatever raises a customer's exposure is asked: a new document, one that is edited, reopened, restored
    or moved to him, in whichever currency and by whichever door.
    """
    standing = record.standing()
    if standing is not None and standing.after > standing.before:
        yield from no_more_credit(standing, "amount")


def no_more_credit(standing: Standing, field: str) -> Iterator[Refusal]:
    """Why this customer gets no more on credit now."""
    if standing.state not in GETS_CREDIT:
        yield Refusal(
            _("The customer gets nothing on credit now: he does not trade yet, or his supply is stopped."),
            "customer_id",
        )  # fmt: skip
    elif standing.undecided:
        yield Refusal(
            _("The customer is above his limit; nothing more on credit until the general manager has decided."),
            "customer_id",
        )  # fmt: skip
    elif standing.limit is None:
        yield Refusal(_("The customer has no credit limit in force."), "customer_id")
    elif standing.after > standing.limit:
        yield Refusal(
            _(
                "With this he would owe %(after)s USD, and his limit is %(limit)s USD. Report it beforehand (R39) and ask how to handle it.",
                after=f"{standing.after:,.2f}",
                limit=f"{standing.limit:,.2f}",
            ),
            field,
        )


def currency_has_its_rate(record: Any) -> Iterator[Refusal]:
    """The limit is in US dollars: another currency says how many of it make one."""
    foreign = bool(record.currency) and record.currency != DOLLAR
    if foreign and record.usd_rate is None:
        yield Refusal(
            _("Say how many %(currency)s make one US dollar; the limit is stated in dollars.", currency=record.currency),
            "usd_rate",
        )  # fmt: skip
    elif record.usd_rate is not None and record.usd_rate <= 0:
        yield Refusal(_("Above zero, please."), "usd_rate")
    elif not foreign and record.usd_rate not in (None, 1):
        yield Refusal(_("A dollar is a dollar: leave the rate empty."), "usd_rate")


def amount_is_above_zero(record: Any) -> Iterator[Refusal]:
    if record.amount is not None and record.amount <= 0:
        yield Refusal(_("Above zero, please."), "amount")


# -- receivables and bills ---------------------------------------------------------------------------


def no_more_is_paid_than_is_owed(receivable: Any) -> Iterator[Refusal]:
    if receivable.amount is not None and receivable.rest < 0:
        yield Refusal(_("More is paid than was sold."), "payments")
    for line in receivable.paid_lines:
        if line.amount is not None and line.amount <= 0:
            yield Refusal(_("Above zero, please."), "payments")
        if line.paid_on and line.paid_on > clock.today():
            yield Refusal(_("Enter it when it has happened."), "payments")


def due_after_it_begins(record: Any) -> Iterator[Refusal]:
    begins = getattr(record, "invoiced_on", None) or getattr(record, "issued_on", None)
    if begins and record.due_on and record.due_on < begins:
        yield Refusal(_("It is not due before it begins."), "due_on")


def bill_pays_a_sale_of_its_customer(bill: Any) -> Iterator[Refusal]:
    """A bill that pays a sale takes the place of it: same customer, same currency, no more than it."""
    sale = bill.referred("receivable")
    if sale is None:
        return
    if sale.is_void or sale.referred("customer") is not bill.referred("customer"):
        yield Refusal(_("This sale is void, or of another customer."), "receivable_id")
    elif sale.currency != bill.currency or sale.usd_rate != bill.usd_rate:
        yield Refusal(_("The sale is in another currency, or at another rate."), "receivable_id")


# -- exceptions --------------------------------------------------------------------------------------


def exception_has_its_end(exception: Any) -> Iterator[Refusal]:
    """BR-035: an exception ends on a day."""
    begins, ends = exception.valid_from, exception.valid_to
    if begins and ends and ends < begins:
        yield Refusal(_("It cannot end before it begins."), "valid_to")
    elif ends and ends < clock.today() and exception.state in (None, "pending", "submitted"):
        yield Refusal(_("This day is over already."), "valid_to")


def exception_goes_the_way_of_its_ground(exception: Any) -> Iterator[Refusal]:
    """D1§9.2: to let trade grow the limit is raised; where credit fails it is lowered."""
    grows = exception.ground == "growth"
    if exception.ground and exception.direction and (exception.direction == "raise") != grows:
        yield Refusal(
            _("To let trade grow the limit is raised; on the other grounds it is lowered."), "direction"
        )  # fmt: skip
    usual, new = exception.usual_limit, exception.new_limit
    if (
        new is None
        or not exception.direction
        or exception.state not in (None, "pending", "submitted")
    ):
        return
    if new < 0:
        yield Refusal(_("It cannot be below zero."), "new_limit")
    elif usual is not None and new != usual and (new > usual) != (exception.direction == "raise"):
        yield Refusal(
            _("The limit in force is %(limit)s USD; this goes the other way.", limit=f"{usual:,.2f}"),
            "new_limit",
        )  # fmt: skip


def exception_stays_below_the_cap(exception: Any) -> Iterator[Refusal]:
    """BR-034: no exception goes past the company's highest limit either."""
    new, cap = exception.new_limit, exception.company_cap
    if new is None or not exception.changed("new_limit", "state"):
        return
    if cap is not None and new > cap and exception.state not in ("ended", "rejected"):
        yield Refusal(
            _("No customer's limit is above %(cap)s USD.", cap=f"{cap:,.2f}"), "new_limit"
        )


def exception_is_instructed(exception: Any) -> Iterator[Refusal]:
    """AF-07, AF-08: 特别批示; it is in force by the superior's words, and by nothing else."""
    if exception.state in ("approved", "active") and not (exception.instruction or "").strip():
        yield Refusal(
            _("Give an explicit instruction: nothing is done without one."), "instruction"
        )


# -- alerts ------------------------------------------------------------------------------------------


def kind_of_alert(
    exposure_: Decimal, limit: Decimal | None, warn: Decimal, planned: Decimal | None = None
) -> str | None:
    """BR-034: close from 90 % on, above it, or above it with what is planned.

    >>> kind_of_alert(Decimal(90), Decimal(100), Decimal(90))
    'near'
    >>> kind_of_alert(Decimal(90), Decimal(100), Decimal(90), Decimal(11))
    'may_exceed'
    >>> kind_of_alert(Decimal("100.01"), Decimal(100), Decimal(90))
    'exceeded'
    """
    limit = limit or Decimal(0)
    if exposure_ > limit:
        return "exceeded"
    if planned and exposure_ + planned > limit:
        return "may_exceed"
    if exposure_ > 0 and exposure_ * 100 >= limit * warn:
        return "near"
    return None


def alert_fits_the_figures(alert: Any) -> Iterator[Refusal]:
    """BR-034: what is reported is what the books say."""
    if alert.id is not None:
        if alert.changed("kind"):
            yield Refusal(_("An alert keeps its kind; report the other one anew."), "kind")
        return
    if alert.kind is None:
        return
    found = kind_of_alert(
        exposure(alert.receivable_total, alert.unsettled_bill_total),
        alert.limit_amount,
        alert.warn_from,
        alert.planned_amount,
    )
    if found is None:
        yield Refusal(
            _("He is below the mark, and with what is planned he stays within the limit."), "kind"
        )
    elif found != alert.kind and not (found == "may_exceed" and alert.kind == "near"):
        label = alert.specs()["kind"].label_of(found)
        yield Refusal(_("By the figures it is “%(kind)s”.", kind=label), "kind")


def one_alert_is_on_its_way(alert: Any) -> Iterator[Refusal]:
    other = alert.other_on_its_way()
    if other is not None:
        yield Refusal(
            _("This is reported already: %(alert)s.", alert=other.number or other), "kind"
        )


def decision_is_explicit(alert: Any) -> Iterator[Refusal]:
    """AF-05, AF-06: who decides says how it is handled; who allows more says how much, and until when."""
    if alert.state != "decided":
        return
    if not alert.handling_decision:
        yield Refusal(_("Say how it is handled."), "handling_decision")
    elif alert.handling_decision == "allow" and alert.kind != "near":
        if alert.allowed_up_to is None:
            yield Refusal(_("Say up to which sum he may owe."), "allowed_up_to")
        if alert.allowed_until is None:
            yield Refusal(_("Say until when."), "allowed_until")


# -- contracts ---------------------------------------------------------------------------------------


def signed_after_its_review(contract: Any) -> Iterator[Refusal]:
    """BR-083, DL-32, D3§4.2.1: 在签订合同或确认订单之前; only with a review that says we are able to."""
    review = contract.referred("review")
    if review is not None and review.referred("customer") is not contract.referred("customer"):
        yield Refusal(_("This review is about another customer."), "review_id")
    elif contract.state in ("signed", "done") and (
        review is None or review.is_void or review.state != "capable"
    ):
        yield Refusal(
            _("It is signed or confirmed only after a review that found us capable."), "review_id"
        )


def contract_fits_the_credit(contract: Any) -> Iterator[Refusal]:
    """BR-034: what a contract sells on credit must fit into the limit when it is signed."""
    if contract.state != "signed" or not contract.changed(
        "state", "credit_amount", "usd_rate", "currency", "customer_id", "voided_at"
    ):
        return
    standing = contract.standing()
    if standing is None:
        return
    if standing.after > standing.before:
        yield from no_more_credit(standing, "credit_amount")
    elif standing.state in ("prospect", "card_pending", "suspended", "terminated"):
        yield Refusal(_("With this customer nothing is signed now."), "customer_id")


def signed_on_its_day(contract: Any) -> Iterator[Refusal]:
    if contract.state in ("signed", "done") and contract.signed_on is None:
        yield Refusal(_("Say when it was signed or confirmed."), "signed_on")
    elif contract.signed_on and contract.signed_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "signed_on")


def credit_is_part_of_the_amount(contract: Any) -> Iterator[Refusal]:
    amount, credit = contract.amount, contract.credit_amount
    if credit is not None and credit < 0:
        yield Refusal(_("It cannot be below zero."), "credit_amount")
    elif amount is not None and credit is not None and credit > amount:
        yield Refusal(_("No more on credit than is sold."), "credit_amount")


def lines_add_up(contract: Any) -> Iterator[Refusal]:
    sums = [line.line_amount for line in contract.product_lines]
    for line in contract.product_lines:
        if line.quantity is not None and line.quantity <= 0:
            yield Refusal(_("Above zero, please."), "products")
    if sums and contract.amount is not None and sum(sums) != contract.amount:
        yield Refusal(
            _("The lines add up to %(sum)s.", sum=f"{sum(sums):,.2f}"), "amount"
        )  # fmt: skip

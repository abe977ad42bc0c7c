"""When the sales analysis says no."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.records import clock
from app.records.refusals import Refusal

HUNDRED = Decimal(100)
#: states of a customer before his first trade
BEFORE_TRADE = ("prospect", "card_pending")
_YEARS = range(1990, 2101)


def profit_is_sales_less_cost(fact: Any) -> Iterator[Refusal]:
    """BR-055: gross profit = sales − cost; where all three are given they must agree."""
    if None in (fact.sales_amount, fact.cost, fact.gross_profit):
        return
    if fact.id is not None and not (fact.changed("cost") and fact.changed("gross_profit")):
        return  # the one that was not given follows
    profit = fact.sales_amount - fact.cost
    if profit != fact.gross_profit:
        yield Refusal(
            _(
                "Sales less cost is %(profit)s. Enter that as gross profit, or leave one of the two empty.",
                profit=f"{profit.normalize():f}",
            ),
            "gross_profit",
        )


def nothing_is_sold_before_the_card(fact: Any) -> Iterator[Refusal]:
    """BR-023, D1§10.1(8): sales to a customer begin with his approved trade card, or his take-over.

    What he bought in the months before his file was opened is history, and is brought in as it was.
    """
    if fact.month is None or not (fact.id is None or fact.changed("customer_id", "month")):
        return
    state, opened = fact.standing_of_customer()
    if state in BEFORE_TRADE and fact.month >= opened:
        yield Refusal(
            _(
                "This customer does not trade yet: his trade card is not approved. Have it approved, or let him be taken over."
            ),
            "customer_id",
        )


def stock_is_not_negative(stock: Any) -> Iterator[Refusal]:
    """BR-056: nobody holds less than nothing."""
    for name in ("opening_stock", "closing_stock", "opening_quantity", "closing_quantity"):
        value = getattr(stock, name)
        if value is not None and value < 0:
            yield Refusal(_("Stock cannot be below zero."), name)


def quantities_come_in_pairs(stock: Any) -> Iterator[Refusal]:
    """BR-056: an average needs the opening and the closing figure."""
    if (stock.opening_quantity is None) != (stock.closing_quantity is None):
        missing = "opening_quantity" if stock.opening_quantity is None else "closing_quantity"
        yield Refusal(_("Enter both quantities, of the opening and of the closing."), missing)


def stock_is_stated_once(stock: Any) -> Iterator[Refusal]:
    """R53: one statement for each customer, product and month; a void one does not count."""
    twin = stock.statement_of_the_month()
    if twin is not None:
        yield Refusal(
            _(
                "This month's stock is stated already, as %(number)s.",
                number=twin.number or twin.id,
            ),
            "month",
        )


def share_is_a_share(policy: Any) -> Iterator[Refusal]:
    """R55: a target share lies between 0 and 100 %."""
    for name in ("target_share", "tolerance"):
        value = getattr(policy, name)
        if value is not None and not 0 <= value <= HUNDRED:
            yield Refusal(_("A share lies between 0 and 100 %."), name)


def shares_of_a_year_stay_below_the_whole(policy: Any) -> Iterator[Refusal]:
    """BR-050: the shares that the policy wants for the kinds of business make up at most the whole."""
    if policy.target_share is None:
        return
    others = policy.shares_of_the_others()
    if others + policy.target_share > HUNDRED:
        yield Refusal(
            _(
                "With %(others)s %% for the other kinds of business there are %(left)s %% left for this one.",
                others=f"{others.normalize():f}",
                left=f"{(HUNDRED - others).normalize():f}",
            ),
            "target_share",
        )


def policy_is_set_once(policy: Any) -> Iterator[Refusal]:
    """R55: one target share for each kind of business and year."""
    twin = policy.same_year_and_type()
    if twin is not None:
        yield Refusal(
            _(
                "The policy of this year for this kind of business is set already, in %(number)s.",
                number=twin.number or _("a draft"),
            ),
            "business_type_id",
        )


def target_is_positive(target: Any) -> Iterator[Refusal]:
    """R57: who has no target has no row."""
    if target.annual_target is not None and target.annual_target <= 0:
        yield Refusal(_("The target must be above zero."), "annual_target")


def target_is_set_once(target: Any) -> Iterator[Refusal]:
    """R57: one target for each customer and year."""
    twin = target.same_customer_and_year()
    if twin is not None:
        yield Refusal(
            _(
                "The target of this customer for %(year)d is set already, as %(number)s.",
                year=target.year,
                number=twin.number or twin.id,
            ),
            "year",
        )


def year_is_a_year(record: Any) -> Iterator[Refusal]:
    if record.year is not None and record.year not in _YEARS:
        yield Refusal(_("Write the year with four figures, like 2026."), "year")


def period_is_a_year_or_a_month(record: Any) -> Iterator[Refusal]:
    """R54, R58, R60: figures are reckoned by the month or by the year (D1§3.3(1))."""
    if record.period is not None and record.months is None:
        yield Refusal(
            _("Write a year or a month, like 2026 or 2026-03."),
            "period",
        )


def task_is_positive(task: Any) -> Iterator[Refusal]:
    """R58: a task of nothing is none; what is not demanded has no row."""
    if task.task_amount is not None and task.task_amount <= 0:
        yield Refusal(_("The task must be above zero."), "task_amount")


def task_is_of_one_customer_or_one_representative(task: Any) -> Iterator[Refusal]:
    """R58: the task is the whole company's, one representative's or one customer's."""
    if (task.customer_id or task.customer) and (task.rep_id or task.rep):
        yield Refusal(
            _(
                "Name the customer or the representative: a customer's task is his representative's."
            ),
            "rep_id",
        )


def task_is_set_once(task: Any) -> Iterator[Refusal]:
    """R58: one task for each product, period and whoever has it."""
    twin = task.same_task()
    if twin is not None:
        yield Refusal(
            _(
                "This task is set already, in %(number)s.",
                number=twin.number or _("a draft"),
            ),
            "product_id",
        )


def level_is_of_one_customer_or_one_kind_of_business(level: Any) -> Iterator[Refusal]:
    """R56: the level is demanded of one customer, or of each customer of a kind of business."""
    customer = level.customer_id or level.customer
    business_type = level.business_type_id or level.business_type
    if not customer and not business_type:
        yield Refusal(_("Name the customer or the kind of business."), "customer_id")
    elif customer and business_type:
        yield Refusal(
            _("Name the customer or the kind of business, not both."), "business_type_id"
        )


def level_is_a_share_above_nothing(level: Any) -> Iterator[Refusal]:
    """R56, BR-052: a level lies above 0 and up to 100 %."""
    if level.required_pct is not None and not 0 < level.required_pct <= HUNDRED:
        yield Refusal(_("A level lies above 0 and up to 100 %."), "required_pct")


def level_is_set_once(level: Any) -> Iterator[Refusal]:
    """R56: one level for each year, metric and customer or kind of business."""
    twin = level.same_level()
    if twin is not None:
        yield Refusal(
            _(
                "This level is set already, in %(number)s.",
                number=twin.number or _("a draft"),
            ),
            "year",
        )


def estimate_is_positive(estimate: Any) -> Iterator[Refusal]:
    """R54: a customer without trade is none."""
    if estimate.amount is not None and estimate.amount <= 0:
        yield Refusal(_("The trade must be above zero."), "amount")


def estimate_was_asked_already(estimate: Any) -> Iterator[Refusal]:
    """R54: how old an estimate is counts from the day it was asked."""
    if estimate.asked_on is not None and estimate.asked_on > clock.today():
        yield Refusal(_("It cannot have been asked in the future."), "asked_on")


def statements_are_named(estimate: Any) -> Iterator[Refusal]:
    """BR-062, D1§3.3(1)⑥: who reckons from the customer's own statements says which."""
    if estimate.method == "statements" and not estimate.source_document:
        yield Refusal(_("Say which statement of the customer this is from."), "source_document")


def note_says_something(note: Any) -> Iterator[Refusal]:
    """R60: a conclusion is a tendency, a problem, a reason or products to push."""
    told = (note.tendency, note.problem, note.hot_here_slow_there_reason)
    if not any(told) and not note.push_lines:
        yield Refusal(
            _("Write the tendency, the problem, the reason, or the products to push."), "tendency"
        )


def a_product_is_pushed_once(note: Any) -> Iterator[Refusal]:
    """R60: each product to push stands once in the conclusion."""
    products = [line.product_id or line.product for line in note.push_lines]
    if len(set(products)) < len(products):
        yield Refusal(_("A product stands here twice."), "products_to_push")

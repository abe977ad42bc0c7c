"""When the credit office says no."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

#: BR-020, D1§10.1(1)②: 访问某一客户5次以上而无实效; five is among them (A-11)
FRUITLESS_VISITS = 5

#: what the card asks for, in the order of D1§10.1(6); the detailed list of assets stands beside
CARD_FIELDS = (
    "name",
    "headquarters",
    "trading_place",
    "contact_address",
    "contact_phone",
    "contact_email",
    "website",
    "opened_on",
    "capital",
    "employee_count",
    "manager_count",
    "operator_age_structure",
    "credit_limit_requested",
)
#: in these a card may still have blanks
UNFINISHED = ("draft", "with_customer", "returned")
#: in these both copies are on their way
FORWARDED = ("hq_submitted", "hq_approved", "superseded")
#: an explicit entry where there is nothing to enter
NOTHING = ("无", "none", "nil")

#: states of a customer before his first trade
BEFORE_TRADE = ("prospect", "card_pending")

#: D1§9.1(1)③: 债权余额在10万美元以上; the figure itself is among them (BR-032)
LARGE_CLAIMS = Decimal(100_000)
#: D1§9.1(1)③: 员工不足100人的小企业
SMALL_STAFF = 100


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


# -- visits ------------------------------------------------------------------------------------------


def visit_is_not_in_the_future(visit: Any) -> Iterator[Refusal]:
    if visit.visited_on and visit.visited_on > clock.today():
        yield Refusal(
            _("Enter it when it has happened; what is to come is planned."), "visited_on"
        )


def visits_are_planned_within_the_period(plan: Any) -> Iterator[Refusal]:
    if not (plan.period_from and plan.period_to):
        return
    for line in plan.planned:
        if line.planned_on and not plan.period_from <= line.planned_on <= plan.period_to:
            yield Refusal(
                _("%(day)s is not within the period of the plan.", day=line.planned_on), "visits"
            )


def each_customer_is_planned_once(plan: Any) -> Iterator[Refusal]:
    seen = set()
    for line in plan.planned:
        customer = line.referred("customer")
        if line.planned_visits is not None and line.planned_visits < 1:
            yield Refusal(_("Plan one visit at least."), "visits")
        if customer is None:
            continue
        if customer in seen:
            yield Refusal(_("%(customer)s stands here twice.", customer=customer.name), "visits")
        seen.add(customer)


def fruitless_customers_are_not_planned(plan: Any) -> Iterator[Refusal]:
    """BR-020: whom five visits brought nothing is off the plan, and does not come back onto one."""
    for line in plan.planned:
        if line.id is not None and not line.changed("customer_id"):
            continue  # what was planned before is taken off by the visits themselves
        customer = line.referred("customer")
        count = customer.visit_without_result_count if customer is not None else None
        if count is not None and count >= FRUITLESS_VISITS:
            yield Refusal(
                _(
                    "%(count)d visits to %(customer)s in a row brought no result; such a customer is not planned.",
                    count=count,
                    customer=customer.name,
                ),
                "visits",
            )


def without_result(visits: Iterable[Any], until: date | None = None) -> int:
    """BR-020: how many visits in a row had no result, up to a day; one that had begins the count anew.

    :param visits: in the order they happened
    """
    count = 0
    for visit in visits:
        if until is None or visit.visited_on <= until:
            count = 0 if visit.effective else count + 1
    return count


# -- the trade card ----------------------------------------------------------------------------------


def blanks_of(card: Any) -> Iterator[Refusal]:
    """BR-021, D1§10.1(5): 所有栏目都必须填满,不得留有空白."""
    for name in CARD_FIELDS:
        if _is_blank(getattr(card, name)):
            yield Refusal(
                _(
                    "The trade card leaves no blank: fill in “%(label)s”, or write “无” where there is nothing.",
                    label=card.specs()[name].label,
                ),
                name,
            )
    if not card.asset_lines and not card.no_assets:
        yield Refusal(
            _("List the equipment and real estate, or tick that there is none."), "assets"
        )


def finished_card_has_no_blank(card: Any) -> Iterator[Refusal]:
    """BR-021: from “complete” on there is none, by whichever door it is written."""
    if card.state not in UNFINISHED:
        yield from blanks_of(card)


def no_assets_means_none(card: Any) -> Iterator[Refusal]:
    if card.no_assets and card.asset_lines:
        yield Refusal(_("There are lines; then “none” is not ticked."), "no_assets")


def mail_address_is_one(card: Any) -> Iterator[Refusal]:
    """A-63: an address, or the explicit entry that there is none."""
    text = (card.contact_email or "").strip()
    name, at, host = text.partition("@")
    if text and text.lower() not in NOTHING and not (name and at and "." in host):
        yield Refusal(
            _("“%(text)s” is no e-mail address; where there is none, write “无”.", text=text),
            "contact_email",
        )


def both_copies_are_on_their_way(card: Any) -> Iterator[Refusal]:
    """BR-022, D1§10.1(4): one copy stays with the representative, the other went to head office."""
    kept, forwarded = card.copy_rep_kept_on, card.copy_hq_forwarded_on
    if card.state in FORWARDED:
        for name in ("copy_rep_kept_on", "copy_hq_forwarded_on"):
            if getattr(card, name) is None:
                yield Refusal(_("Say when, before it goes to head office."), name)
    elif forwarded is not None and card.state in ("draft", "with_customer", "complete"):
        yield Refusal(
            _("The manager forwards the copy when he agrees; not before."), "copy_hq_forwarded_on"
        )
    for name, day in (("copy_rep_kept_on", kept), ("copy_hq_forwarded_on", forwarded)):
        if day is not None and day > clock.today() and card.changed(name):
            yield Refusal(_("Enter it when it has happened."), name)
    if kept and forwarded and forwarded < kept:
        yield Refusal(
            _("It is not forwarded before the representative kept his copy."),
            "copy_hq_forwarded_on",
        )


def change_says_why(card: Any) -> Iterator[Refusal]:
    """BR-024, D1§10.1(7): who adjusts an approved card says why."""
    if (card.card_version or 1) > 1 and _is_blank(card.change_reason):
        yield Refusal(_("Say why the approved card is adjusted."), "change_reason")


def card_stays_with_its_customer(card: Any) -> Iterator[Refusal]:
    if card.id is not None and card.number and card.changed("customer_id", "customer"):
        yield Refusal(
            _("A card stays with its customer. Void it and write another."), "customer_id"
        )


def one_card_is_on_its_way(card: Any) -> Iterator[Refusal]:
    """BR-024: one card of a customer is being written or decided, and one is in force."""
    other = card.other_on_its_way()
    if other is not None:
        yield Refusal(
            _(
                "A card of this customer is on its way already: %(card)s.",
                card=other.number or other,
            ),
            "customer_id",
        )


# -- investigations ----------------------------------------------------------------------------------


def score_is_a_score(investigation: Any) -> Iterator[Refusal]:
    score = investigation.overall_score
    if score is not None and not 0 <= score <= 100:
        yield Refusal(_("Between 0 and 100."), "overall_score")


def items_are_named(investigation: Any) -> Iterator[Refusal]:
    """R32: a preset item, or a further one (等) with a name of its own, once each."""
    for field, found in (
        ("section_1", investigation.operator_items),
        ("items", investigation.company_items),
    ):
        seen = set()
        for line in found:
            if line.item == "other":
                if _is_blank(line.other_item):
                    yield Refusal(_("Name the further item."), field)
                continue
            if line.item in seen:
                label = line.specs()["item"].label_of(line.item)
                yield Refusal(_("“%(item)s” stands here twice.", item=label), field)
            seen.add(line.item)


def items_stand_in_their_section(investigation: Any) -> Iterator[Refusal]:
    for line in investigation.company_items:
        home = line.home_section()
        if line.section and home and line.section != home:
            label = line.specs()["item"].label_of(line.item)
            yield Refusal(_("“%(item)s” belongs to another section.", item=label), "items")


def sanction_is_answered_by_yes_or_no(investigation: Any) -> Iterator[Refusal]:
    """D1§6.4: 是否受过银行的强制性处分 is a question; the others are graded."""
    for field, found in (
        ("section_1", investigation.operator_items),
        ("items", investigation.company_items),
    ):
        for line in found:
            if not line.rating or line.item == "other":
                continue
            if (line.item == "bank_sanction") != (line.rating in ("yes", "no")):
                label = line.specs()["item"].label_of(line.item)
                if line.item == "bank_sanction":
                    yield Refusal(_("“%(item)s”: answer yes or no.", item=label), field)
                else:
                    yield Refusal(_("“%(item)s”: choose good, fair or poor.", item=label), field)


# -- reports -----------------------------------------------------------------------------------------


def abnormality_is_urgent(report: Any) -> Iterator[Refusal]:
    """BR-036, D1§7.2(2): 对所发现的异常情况,按“紧急报告”类处理."""
    if report.abnormality and report.report_mode and report.report_mode != "urgent":
        yield Refusal(_("What is abnormal is reported urgently."), "report_mode")


def urgent_report_says_its_form(report: Any) -> Iterator[Refusal]:
    """D1§7.2(2): 口头或[书面]."""
    if report.report_mode == "urgent" and not report.form:
        yield Refusal(_("Say whether it was reported by word of mouth or in writing."), "form")


def nothing_is_done_without_instruction(report: Any) -> Iterator[Refusal]:
    """BR-036, AF-09, D1§7.2(3): 必须有上司的明确指示,不能擅自处理."""
    decided = ("instructed", "executed")
    if (
        report.report_mode == "urgent"
        and report.state in decided
        and _is_blank(report.instruction)
    ):
        yield Refusal(
            _("Give an explicit instruction: nothing is done without one."), "instruction"
        )


def investigation_is_of_this_customer(report: Any) -> Iterator[Refusal]:
    investigation = report.referred("investigation")
    if investigation is not None and _other_customer(report, investigation):
        yield Refusal(_("This investigation is about another customer."), "investigation_id")


def _other_customer(one: Any, other: Any) -> bool:
    return one.referred("customer") is not other.referred("customer")


# -- class and limit ---------------------------------------------------------------------------------


def exposure(receivables: Decimal | None, bills: Decimal | None) -> Decimal:
    """BR-030, D1§8.3: 赊销款和未结算票据余额之和.

    >>> exposure(Decimal(62_000), Decimal(30_000))
    Decimal('92000')
    """
    return (receivables or Decimal(0)) + (bills or Decimal(0))


def suggested_class(facts: Any) -> str:
    """BR-031, BR-032, BR-033, D1§9.1(1): the class that the criteria give; the first that fits.

    Past dishonesty and intermediate wholesale come before everything: the text exempts no 甲 from them.
    How much a 甲 trades with us does not count, nor what he owes.
    """
    return _suggested(facts)[0]


def why_suggested(facts: Any) -> str:
    """BR-031: the criterion that decided, in words."""
    return _suggested(facts)[1]


def _suggested(facts: Any) -> tuple[str, str]:
    if facts.past_dishonesty:
        return "bing", _("The customer was dishonest in the past.")
    if facts.is_intermediate_wholesaler:
        return "bing", _("The customer is an intermediate wholesaler.")
    if facts.large_scale and facts.good_reputation and facts.stable:
        return "jia", _("Large, of good reputation, and stable in its business.")
    if (facts.claims_balance or Decimal(0)) >= LARGE_CLAIMS:
        return "bing", _("Claims of %(figure)s USD or more.", figure=f"{LARGE_CLAIMS:,.0f}")
    if facts.large_trade_volume:
        return "bing", _("Claims below %(figure)s USD, but large trade with us.", figure=f"{LARGE_CLAIMS:,.0f}")  # fmt: skip
    if facts.employee_count is not None and facts.employee_count < SMALL_STAFF:
        return "bing", _("Fewer than %(count)d employees.", count=SMALL_STAFF)
    if facts.newly_established:
        return "bing", _("Newly established.")
    return "yi", _("None of the criteria of class A or C is met.")


def another_class_says_why(classification: Any) -> Iterator[Refusal]:
    """BR-033: the class may differ from the suggested one, with the reason."""
    chosen, suggested = classification.credit_class, suggested_class(classification)
    if chosen and chosen != suggested and _is_blank(classification.override_reason):
        label = classification.specs()["credit_class"].label_of(suggested)
        yield Refusal(
            _("The criteria give %(class_)s. Say why another class is right.", class_=label),
            "override_reason",
        )


def large_trade_follows_its_share(classification: Any) -> Iterator[Refusal]:
    """A-09: where the share of our sales is given, it says whether the trade is large."""
    share = classification.trade_share
    if share is None:
        return
    if not 0 <= share <= 100:
        yield Refusal(_("A share lies between 0 and 100 %."), "trade_share")
    elif (share >= classification.large_share) != bool(classification.large_trade_volume):
        yield Refusal(
            _("Trade counts as large from %(share)s %% of our sales.", share=f"{classification.large_share.normalize():f}"),
            "large_trade_volume",
        )  # fmt: skip


def limit_stays_below_the_cap(limit: Any) -> Iterator[Refusal]:
    """BR-034, AF-04, D1§9.3(1): no customer's limit is above the company's."""
    amount, cap = limit.limit_amount, limit.company_cap
    if amount is None:
        return
    if cap is None:
        if limit.state in ("approved", "active"):
            yield Refusal(
                _(
                    "The company's highest limit is not set. Until it is, no limit comes into force."
                ),
                "limit_amount",
            )
    elif (
        amount > cap
        and limit.state in ("requested", "submitted", "approved", "active")
        and limit.changed("limit_amount", "state")
    ):
        yield Refusal(
            _("No customer's limit is above %(cap)s USD.", cap=f"{cap:,.2f}"), "limit_amount"
        )


def in_force_is_decided(record: Any) -> Iterator[Refusal]:
    """AF-04: no class and no limit is in force that nobody signed, by whichever door it is written."""
    if record.state in ("active", "expired", "replaced") and record.decided_at is None:
        yield Refusal(_("It comes into force by the signatures of its flow."), "state")


def no_credit_before_trade(limit: Any) -> Iterator[Refusal]:
    """BR-023: to whom nothing may be sold yet, nothing is sold on credit."""
    customer = limit.referred("customer")
    if customer is not None and customer.state in BEFORE_TRADE:
        yield Refusal(
            _("%(customer)s does not trade yet; the limit comes with the trade card.", customer=customer.name),
            "customer_id",
        )  # fmt: skip


def credit_begins_with_trade(limit: Any) -> Iterator[Refusal]:
    """BR-023, for a limit that is being decided or in force, by whichever door it is written."""
    if limit.state in ("submitted", "approved", "active") and limit.changed(
        "state", "customer_id"
    ):
        yield from no_credit_before_trade(limit)


def basis_is_of_this_customer(record: Any, relations: Sequence[str] = ()) -> Iterator[Refusal]:
    for relation in relations or ("classification", "trade_card"):
        basis = record.referred(relation)
        if basis is not None and _other_customer(record, basis):
            yield Refusal(_("This is about another customer."), f"{relation}_id")


# -- conditions --------------------------------------------------------------------------------------


def condition_has_its_report(condition: Any) -> Iterator[Refusal]:
    """BR-025, AF-03, D1§10.2(2): the manager sets it by the investigation report of the representative."""
    report = condition.referred("basis_report")
    if report is not None and _other_customer(condition, report):
        yield Refusal(_("This report is about another customer."), "basis_report_id")


def report_was_handed_in(condition: Any) -> Iterator[Refusal]:
    """BR-025: before the manager is asked, his representative has reported."""
    report = condition.referred("basis_report")
    if report is not None and (report.is_void or report.state == "draft"):
        yield Refusal(_("Hand the report in first; a draft is no basis."), "basis_report_id")

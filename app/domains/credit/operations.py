"""What the credit office does, and what follows from what it writes."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.deadlines.dates import each_round
from app.domains.credit import rules
from app.domains.credit.cards import FROM_THE_FILE, IN_FORCE, TradeCard, TradeCardAsset
from app.domains.credit.conditions import AdditionalCondition
from app.domains.credit.investigations import (
    PRESET,
    PRESET_OF_SECTION_1,
    CompanyFinding,
    CustomerInvestigationReport,
    OperatorFinding,
)
from app.domains.credit.limits import CreditClassification, CreditLimit
from app.domains.credit.visits import VisitPlanLine, VisitProgress, VisitRecord
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation import people
from app.records import (
    Refusal,
    Refused,
    acting,
    clock,
    follows_from,
    settings,
    specs_of,
    within,
)
from app.records.moving import it_is_void, moving, unless, why_not_move

#: the customer does business with us in these; what stands before them needs the card
_TRADES = ("trading", "credit_hold", "suspended")


# -- visits ------------------------------------------------------------------------------------------


@follows_from("visit_record")
def keep_the_count(visit: Any) -> None:
    """BR-020: the file says how many visits in a row were in vain; the fifth takes him off every plan."""
    if visit not in db.session.deleted and not visit.changed(
        "customer_id", "customer", "visitor_id", "visitor", "visited_on", "effective", "voided_at"
    ):
        return
    former = visit.as_stored("customer_id")
    for customer in {
        visit.referred("customer"),
        db.session.get(Customer, former) if former else None,
    } - {None}:
        _count_anew(customer)


def _count_anew(customer: Customer) -> None:
    if customer.id is not None and customer not in db.session.dirty:
        # Two visits entered at the same moment count one after the other.
        db.session.refresh(
            customer, ["visit_without_result_count", "version"], with_for_update=True
        )
    visits = VisitRecord.of_customer(customer)
    customer.visit_without_result_count = rules.without_result(visits)
    for line in VisitPlanLine.open_of(customer):
        _judge(line, visits)


def _judge(line: VisitPlanLine, visits: list[VisitRecord]) -> None:
    """How far a planned customer came, by the visits that were made."""
    plan = line.plan
    line.visits_made = sum(
        plan.period_from <= one.visited_on <= plan.period_to
        and one.referred("visitor") is plan.sales_rep
        for one in visits
    )
    in_vain = rules.without_result(visits, line.removed_on)
    if in_vain >= rules.FRUITLESS_VISITS:
        line.progress = VisitProgress.REMOVED.value
        line.removed_on = line.removed_on or clock.today()
        line.removed_reason = _("%(count)d visits in a row without result.", count=in_vain)
        return
    # A visit that was entered wrongly and is voided puts him back.
    line.removed_on = line.removed_reason = None
    done = line.visits_made >= line.planned_visits
    line.progress = (VisitProgress.VISITED if done else VisitProgress.PLANNED).value


# -- the trade card ----------------------------------------------------------------------------------


@unless(why_not_move("complete"), field="state")
def complete_card(card: TradeCard, _reason: str | None = None) -> None:
    """BR-021: the card is filled in; from here on it has no blank.

    :raises Refused: with every blank at its field
    """
    if blanks := list(rules.blanks_of(card)):
        raise Refused(blanks)
    card.state = "complete"
    db.session.flush()


def why_not_adjust(card: Any) -> Any:
    if card.state != IN_FORCE:
        return _("Only the card that is in force is adjusted by a new version.")
    other = TradeCard.living().where(
        TradeCard.customer_id == card.customer_id, TradeCard.replaces_id == card.id,
        TradeCard.state.not_in(("rejected", "superseded")),
    )  # fmt: skip
    if db.session.scalar(other.limit(1)) is not None:
        return _("A new version of it is on its way already.")
    return None


@unless(it_is_void, why_not_adjust)
def adjust_card(card: TradeCard, reason: str | None) -> TradeCard:
    """AF-02, BR-024: a new version of the card that is in force; that one stays as it is and readable.

    :raises Refused: without the reason, or where no card is in force
    """
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why the approved card is adjusted."), "reason"))
    made = TradeCard(
        **{name: getattr(card, name) for name in (*_COPIED, "customer_id", "sales_rep_id")},
        customer=card.customer,
        card_version=card.card_version + 1,
        replaces=card,
        change_reason=str(reason).strip(),
        asset_lines=[
            TradeCardAsset(
                order_no=line.order_no,
                **{
                    name: getattr(line, name)
                    for name, spec in specs_of(TradeCardAsset).items()
                    if spec.writable and name != "card_id"
                },
            )
            for line in card.asset_lines
        ],
    )
    db.session.add(made)
    db.session.flush()
    return made


_COPIED = (*rules.CARD_FIELDS, "capital_currency", "no_assets", "customer_filled_fields")


@follows_from("trade_card")
def carry_the_card(card: Any) -> None:
    """What a card takes over, and what each of its stations leads to."""
    if card.id is None and card.replaces is None:
        _take_over_from_the_file(card)
    _keep_the_stations(card)
    _keep_who_waits(card)


def _take_over_from_the_file(card: TradeCard) -> None:
    customer = card.referred("customer")
    if customer is None:
        return
    for name, theirs in FROM_THE_FILE.items():
        if getattr(card, name) is None:
            setattr(card, name, getattr(customer, theirs))
    if card.sales_rep_id is None and card.sales_rep is None:
        card.sales_rep = customer.responsible_rep or people.who_acts()


def _keep_the_stations(card: TradeCard) -> None:
    """BR-022: handed in, the representative keeps one copy; the manager's signature forwards the other.
    BR-024: approved, a newer version replaces the older one.
    """
    if not acting().deciding:
        return
    if card.changed("state"):
        if card.state == IN_FORCE and card.replaces is not None:
            # In the same flush, for one card of a customer is in force at any moment.
            card.replaces.state = "superseded"
        elif card.state == "submitted":
            card.copy_rep_kept_on = card.copy_rep_kept_on or clock.today()
        elif card.state == "returned":
            card.copy_hq_forwarded_on = None
    elif card.state == "manager_approved" and card.current_step and card.changed("current_step"):
        # The next station is asked: the copy is on its way there.
        card.copy_hq_forwarded_on = card.copy_hq_forwarded_on or clock.today()
        card.state = "hq_submitted"


def _keep_who_waits(card: TradeCard) -> None:
    """Whose first card is under way waits for it; where it is refused or void he is a prospect again."""
    customer = card.referred("customer")
    if customer is None or not card.changed("state", "voided_at"):
        return
    if card.is_void and card.as_stored("state") == IN_FORCE and customer.state in _TRADES:
        raise Refused(
            Refusal(_("The customer trades by this card. Adjust it by a new version instead."))
        )
    ended = card.is_void or card.state == "rejected"
    if customer.state == "card_pending" and ended and TradeCard.in_force(customer) is None:
        customer.state = "prospect"
    elif customer.state == "prospect" and not ended and not card.is_draft:
        customer.state = "card_pending"


def card_comes_into_force(card: TradeCard) -> None:
    """AF-01, AF-02: head office approved; trade opens, and the limit that was applied for is granted."""
    if card.customer.state in _TRADES:
        _grant_what_was_asked(card)
    else:
        open_trade(card.customer)


def open_trade(customer: Customer) -> None:
    """BR-023: who has an approved card, and no condition that holds him up, trades."""
    card = TradeCard.in_force(customer)
    if customer.state not in rules.BEFORE_TRADE or card is None:
        return
    if AdditionalCondition.holding_up(customer):
        return
    customer.state = "trading"
    db.session.flush()
    _grant_what_was_asked(card)


@follows_from("customer")
def nobody_trades_without_a_card(customer: Any) -> None:
    """BR-023: by whichever door it is written, trade begins with the approved card or the take-over.

    :raises Refused: otherwise
    """
    if customer.state not in _TRADES or not customer.changed("state"):
        return
    if (
        customer.as_stored("state") not in (None, *rules.BEFORE_TRADE)
        or acting().undoing is not None
    ):
        return
    if customer.taken_over_on is not None and customer.take_over_reason:
        return
    if TradeCard.in_force(customer) is not None:
        return
    raise Refused(
        Refusal(
            _("%(customer)s trades when head office has approved the trade card, and not before.", customer=customer.name),
            "state",
        )
    )  # fmt: skip


def _grant_what_was_asked(card: TradeCard) -> None:
    """The limit that the card asks for is passed to R35; it was signed with the card (AF-04)."""
    amount, now = card.credit_limit_requested, CreditLimit.in_force(card.customer)
    if amount is None or (now is not None and now.limit_amount == amount):
        return
    limit = CreditLimit(
        customer=card.customer,
        limit_amount=amount,
        trade_card=card,
        classification=CreditClassification.in_force(card.customer),
        valid_from=clock.today(),
        reason=_("Asked for by the trade card %(card)s.", card=card.number),
    )
    db.session.add(limit)
    db.session.flush()
    cap = settings.get("credit_company_cap_usd")
    if cap is None or amount > cap:
        return  # it stays requested until the company's figure is set
    with within(deciding=True):  # by the signatures under the card
        limit.submitted_at = limit.decided_at = clock.now()
        for state in ("submitted", "approved"):
            limit.state = state
            db.session.flush()
        limit.put_in_force()


# -- investigations ----------------------------------------------------------------------------------


@follows_from("credit_investigation")
def ask_the_preset_items(investigation: Any) -> None:
    """R32: a new investigation asks the 26 items of the regulation; further ones may be added."""
    if investigation.id is not None:
        return
    if not investigation.operator_items:
        investigation.operator_items = [
            OperatorFinding(order_no=place, item=item)
            for place, item in enumerate(PRESET_OF_SECTION_1)
        ]
    if not investigation.company_items:
        investigation.company_items = [
            CompanyFinding(order_no=place, section=section, item=item)
            for place, (section, item) in enumerate(preset_items())
        ]


def preset_items() -> list[tuple[str, str]]:
    """Sections 2 to 4: (section, item) in the order of D1§6."""
    return [(section, item) for section, items in PRESET.items() for item in items]


@follows_from("customer_investigation_report")
def note_when_it_was_reported(report: Any) -> None:
    """DL-22: where nobody wrote it down, the superior learned of it when it was handed in."""
    if report.state == "reported" and report.changed("state") and report.reported_on is None:
        report.reported_on = clock.now()


def why_not_carry_out(report: Any) -> Any:
    if (no := why_not_move("executed")(report)) is not None:
        return no
    return None if report.instruction else _("There is no instruction to carry out.")


@unless(why_not_carry_out, field="state")
def carry_out_instruction(report: CustomerInvestigationReport, reason: str | None) -> None:
    """AF-09: what the superior instructed is done; how, stands in the remark.

    :raises Refused: without an instruction, or without saying what was done
    """
    if not (reason or "").strip():
        raise Refused(Refusal(pgettext("instruction", "Say what was done."), "reason"))
    moving("executed")(report, reason)


# -- class and limit ---------------------------------------------------------------------------------


@follows_from("credit_limit")
def take_over_the_class(limit: Any) -> None:
    """A limit keeps the class the customer had when it was asked for."""
    customer = limit.referred("customer")
    if customer is not None and limit.credit_class is None and limit.id is None:
        limit.credit_class = customer.credit_class


@each_round
def keep_limits() -> int:
    """Limits whose day has come are in force, those whose day is over are not. Says how many changed."""
    today, changed = clock.today(), 0
    due = CreditLimit.living().order_by(CreditLimit.id)
    over = due.where(CreditLimit.state == "active", CreditLimit.valid_to < today)
    for limit in db.session.scalars(over):
        limit.expire()
        changed += 1
    begins = due.where(CreditLimit.state == "approved", CreditLimit.valid_from <= today)
    for limit in db.session.scalars(begins):
        limit.put_in_force()
        changed += 1
    return changed


# -- conditions --------------------------------------------------------------------------------------


def fulfil(condition: AdditionalCondition, _reason: str | None = None) -> None:
    """The customer gave what was demanded; where that held up his trade, it opens."""
    _end(condition, "fulfilled", None)


def waive(condition: AdditionalCondition, reason: str | None) -> None:
    """:raises Refused: without the reason"""
    if not (reason or "").strip():
        raise Refused(Refusal(_("Say why it is waived."), "reason"))
    _end(condition, "waived", reason)


def _end(condition: AdditionalCondition, state: str, reason: str | None) -> None:
    if no := why_not_move(state)(condition):
        raise Refused(Refusal(no, "state"))
    if state == "fulfilled":
        condition.fulfilled_on = clock.today()
    moving(state)(condition, reason)
    open_trade(condition.customer)

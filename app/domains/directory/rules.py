"""When the common ground says no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from operator import mul
from typing import Any

from flask_babel import gettext as _
from stdnum.cn import uscc

from app.records import clock, current
from app.records.refusals import Refusal

SPECIAL = "special_partner"
#: who buys and sells with us
TRADING = frozenset({"dealer", "business_customer"})


def customer_is_entered_once(customer: Any) -> Iterator[Refusal]:
    """BR-001: the same legal name at the same address cannot be opened twice."""
    if not customer.name or not customer.changed("name", "address", "voided_at"):
        return
    twin = customer.same_name_and_address()
    if twin is not None:
        yield Refusal(
            _(
                "%(name)s at this address is entered already, as %(number)s.",
                name=customer.name,
                number=twin.number or twin.id,
            ),
            "name",
        )


def special_kind_goes_with_special_partners(customer: Any) -> Iterator[Refusal]:
    """BR-003: the kind of special partner only and always for special partners."""
    is_special = SPECIAL in (customer.party_kind or ())
    if is_special and not customer.special_kind:
        yield Refusal(_("For a special customer or partner, say of which kind."), "special_kind")
    if customer.special_kind and not is_special:
        yield Refusal(
            _(
                "Only special customers and partners have such a kind. Clear it, or tick the kind of party."
            ),
            "special_kind",
        )


#: a code as it should be written; what it may be made of (GB 32100: no I, O, S, V, Z), and what each place weighs
_PLAIN = re.compile(r"[0-9]{8}[0-9A-HJ-NP-RTUWXY]{10}")
_WORTH = {sign: worth for worth, sign in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)


@lru_cache(maxsize=10_000)
def _is_credit_code(code: str) -> bool:
    """A load asks three times for each row: in the trial, beforehand, and at the flush.

    The library looks at each sign several times, for blanks and dashes that a plain code has not.
    """
    if _PLAIN.fullmatch(code):
        return sum(map(mul, map(_WORTH.__getitem__, code), _WEIGHTS)) % 31 == 0
    return bool(uscc.is_valid(code))


def credit_code_checks_out(customer: Any) -> Iterator[Refusal]:
    """A unified social credit code has 18 places and its own check digit."""
    code = customer.unified_social_credit_code
    fresh = customer.id is None or customer.changed("unified_social_credit_code")
    if code and fresh and not _is_credit_code(code):
        yield Refusal(
            _(
                "%(code)s is no valid unified social credit code: 18 places, the last one checks the others.",
                code=code,
            ),
            "unified_social_credit_code",
        )


def who_trades_begins_by_the_card(customer: Any) -> Iterator[Refusal]:
    """R01 States: active and inactive are those of partners that do not trade with us."""
    begins = customer.state == "active" and customer.as_stored("state") == "prospect"
    if begins and (no := why_no_partner(customer)):
        yield Refusal(no, "state")


def why_no_partner(customer: Any) -> Any:
    if TRADING.intersection(customer.party_kind or ()):
        return _("Dealers and business customers begin by the trade card.")
    return None


def why_not_take_over(customer: Any) -> Any:
    """BR-023: only who would otherwise begin by the trade card is taken over."""
    if not TRADING.intersection(customer.party_kind or ()):
        return _("Only dealers and business customers trade with us.")
    if customer.state not in ("prospect", "card_pending"):
        return _("The customer trades already, or did.")
    return None


def managers_are_not_more_than_staff(customer: Any) -> Iterator[Refusal]:
    if (
        customer.employee_count is not None
        and customer.manager_count is not None
        and customer.manager_count > customer.employee_count
    ):
        yield Refusal(
            _(
                "There cannot be more managers than the %(count)d employees.",
                count=customer.employee_count,
            ),
            "manager_count",
        )


def prices_are_not_negative(product: Any) -> Iterator[Refusal]:
    for name in ("unit_cost", "list_price"):
        value = getattr(product, name)
        if value is not None and value < 0:
            yield Refusal(_("A price cannot be below zero."), name)


def back_after_it_began(leave: Any) -> Iterator[Refusal]:
    if leave.back_on and leave.from_on and leave.back_on < leave.from_on:
        yield Refusal(_("Nobody is back before he went."), "back_on")


def _who_acts() -> int | None:
    """The account that writes; none where a rule is only asked, or the machine writes."""
    context = current()
    return context.actor.id if context is not None else None


# -- confidentiality (R195) --------------------------------------------------------------------------


def agreement_is_about_a_key_post(agreement: Any) -> Iterator[Refusal]:
    """R195, D7§7(3): key posts sign a confidentiality agreement (重要岗位应签订保密协议书)."""
    post = agreement.referred("post") if agreement.changed("post_id", "post") else None
    if post is not None and not post.is_key_post:
        yield Refusal(_("%(post)s is no key post.", post=post.post_name), "post_id")


def secrecy_lasts_some_years(agreement: Any) -> Iterator[Refusal]:
    if agreement.secrecy_years is not None and not 0 <= agreement.secrecy_years <= 50:
        yield Refusal(_("Between 0 and 50 years."), "secrecy_years")


def nobody_signs_for_another(agreement: Any) -> Iterator[Refusal]:
    """R195: the person signs himself, by whichever door."""
    if agreement.state != "signed" or not agreement.changed("state"):
        return
    person, actor = agreement.referred("person"), _who_acts()
    if person is not None and (actor is None or person.user_id != actor):
        yield Refusal(_("Only %(name)s can sign it.", name=person.name), "person_id")


def one_agreement_is_in_force(agreement: Any) -> Iterator[Refusal]:
    if agreement.state != "signed" or not agreement.changed("state", "voided_at"):
        return
    other = type(agreement).in_force(agreement)
    if other is not None:
        yield Refusal(
            _("%(number)s is in force for this person and post.", number=other.number), "post_id"
        )


def agreement_ends_after_today(agreement: Any) -> Iterator[Refusal]:
    fresh = agreement.changed("valid_to") or (
        agreement.state == "signed" and agreement.changed("state")
    )
    if fresh and agreement.valid_to is not None and agreement.valid_to < clock.today():
        yield Refusal(_("This day is past."), "valid_to")


# -- training (R196) ---------------------------------------------------------------------------------


def held_training_has_participants(training: Any) -> Iterator[Refusal]:
    """R196: a training that nobody attended was none."""
    if training.state == "done" and all(one.was_absent for one in training.attendances):
        yield Refusal(_("Enter who took part first."), "participants")


def held_training_is_not_in_the_future(training: Any) -> Iterator[Refusal]:
    if training.state == "done" and training.on and training.on > clock.today():
        yield Refusal(_("It has not been held yet."), "on")


def training_takes_time(training: Any) -> Iterator[Refusal]:
    if training.hours is not None and training.hours <= 0:
        yield Refusal(_("The hours must be above zero."), "hours")


def score_lies_between_0_and_100(line: Any) -> Iterator[Refusal]:
    if line.score is not None and not 0 <= line.score <= 100:
        yield Refusal(_("A score lies between 0 and 100."), "score")


def person_is_trained_once(participant: Any) -> Iterator[Refusal]:
    """R196: nobody stands on the sheet twice."""
    training, me = participant.training, participant.referred("person")
    if training is None or me is None:
        return
    if sum(one.referred("person") is me for one in training.attendances) > 1:
        yield Refusal(_("%(name)s is entered twice.", name=me.name), "person_id")


# -- assessment (R197) -------------------------------------------------------------------------------

_MONTH = re.compile(r"20\d{2}-(0[1-9]|1[0-2])")
_HALF_YEAR = re.compile(r"20\d{2}-H[12]")


def period_fits_the_subject(assessment: Any) -> Iterator[Refusal]:
    """R197, D9§15, D7§7(4): service staff each month, IT staff each half-year."""
    if not assessment.period or not assessment.subject:
        return
    by_half = assessment.subject == "it_staff"
    if not (_HALF_YEAR if by_half else _MONTH).fullmatch(assessment.period):
        text = _("Write the half-year: 2026-H1.") if by_half else _("Write the month: 2026-03.")
        yield Refusal(text, "period")


def nobody_assesses_himself(assessment: Any) -> Iterator[Refusal]:
    """R197, BR-170: the ratings of a person are written and confirmed by others."""
    person, actor = assessment.referred("person"), _who_acts()
    if person is not None and actor is not None and person.user_id == actor:
        yield Refusal(_("Nobody assesses himself."), "person_id")


def scored_assessment_is_complete(assessment: Any) -> Iterator[Refusal]:
    """R197: every item has its score, and the weights make a hundred."""
    if assessment.state == "open" or not assessment.changed("state"):
        return
    if not assessment.scores:
        yield Refusal(_("Enter the items first."), "items")
    elif any(one.score is None for one in assessment.scores):
        yield Refusal(_("Every item needs its score."), "items")
    elif sum(one.weight for one in assessment.scores) != 100:
        yield Refusal(_("The weights make 100 % together."), "items")


def weight_is_above_zero(item: Any) -> Iterator[Refusal]:
    if item.weight is not None and item.weight <= 0:
        yield Refusal(_("A weight is above zero."), "weight")


def weighted(scores: Sequence[tuple[Decimal | None, Decimal | None]]) -> Decimal | None:
    """R197: the mean of the scores by their weights, to two places; None while one is missing."""
    whole = sum((weight or Decimal(0) for weight, _score in scores), Decimal(0))
    if not whole or any(score is None for _weight, score in scores):
        return None
    total = sum((weight * score for weight, score in scores if weight and score), Decimal(0))
    return (total / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)


# -- two persons (R198) ------------------------------------------------------------------------------


def two_persons_are_two(dual: Any) -> Iterator[Refusal]:
    """R198: the two are different persons."""
    first, second = dual.referred("person_1"), dual.referred("person_2")
    if first is not None and first is second:
        yield Refusal(_("These are to be two persons."), "person_2_id")


def two_persons_hold_a_key_post(dual: Any) -> Iterator[Refusal]:
    post = dual.referred("post") if dual.changed("post_id", "post") else None
    if post is not None and not post.is_key_post:
        yield Refusal(_("%(post)s is no key post.", post=post.post_name), "post_id")


def two_persons_promised_secrecy(dual: Any) -> Iterator[Refusal]:
    """BR-156: nobody answers for a key post without a valid confidentiality agreement."""
    if dual.state != "active" or not dual.changed("state"):
        return
    for name in ("person_1", "person_2"):
        if no := dual.why_no_secrecy(dual.referred(name), dual.referred("post")):
            yield Refusal(no, f"{name}_id")


def one_pair_answers_for_a_post(dual: Any) -> Iterator[Refusal]:
    if dual.state != "active" or not dual.changed("state", "voided_at"):
        return
    other = type(dual).active_for(dual.post_id, dual.id)
    if other is not None:
        yield Refusal(_("%(number)s is active for this post.", number=other.number), "post_id")


def nothing_is_left_half_signed(dual: Any) -> Iterator[Refusal]:
    """R198: critical operations carry both sign-offs before the two are released."""
    if dual.state == "ended" and dual.changed("state") and dual.half_signed:
        yield Refusal(
            _("%(count)d operations wait for the second signature.", count=dual.half_signed),
            "critical_operations",
        )


# -- one person alone (R199) -------------------------------------------------------------------------


def one_person_stands_alone(monitor: Any) -> Iterator[Refusal]:
    """R199: a post is monitored that exactly one person holds (单人单岗)."""
    post = monitor.referred("post") if monitor.changed("post_id", "post") else None
    if post is None:
        return
    many = len(monitor.holders(post))
    if many != 1:
        yield Refusal(
            _("%(post)s is held by %(count)d persons.", post=post.post_name, count=many), "post_id"
        )


def nobody_monitors_himself(monitor: Any) -> Iterator[Refusal]:
    watcher, post = monitor.referred("monitor"), monitor.referred("post")
    if watcher is None or post is None or not monitor.changed("monitor_id", "monitor", "post_id"):
        return
    if any(one is watcher for one in monitor.holders(post)):
        yield Refusal(_("Nobody monitors himself."), "monitor_id")


def post_is_looked_at_once_at_a_time(monitor: Any) -> Iterator[Refusal]:
    if monitor.state == "checked" or monitor.post_id is None:
        return
    other = type(monitor).open_for(monitor.post_id, monitor.id)
    if other is not None:
        yield Refusal(_("%(number)s is open for this post.", number=other.number), "post_id")


def what_was_checked_stays(monitor: Any) -> Iterator[Refusal]:
    """R199: of what was checked only the action is still written."""
    if monitor.as_stored("state") != "checked":
        return
    for name in ("post", "monitor"):
        if monitor.changed(f"{name}_id", name):
            yield Refusal(_("This was checked and stays as it is."), f"{name}_id")

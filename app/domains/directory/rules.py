"""When the common ground says no."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from stdnum.cn import uscc

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


@lru_cache(maxsize=10_000)
def _is_credit_code(code: str) -> bool:
    """A load asks three times for each row: in the trial, beforehand, and at the flush."""
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


def leave_ends_after_it_begins(leave: Any) -> Iterator[Refusal]:
    if leave.from_on and leave.to_on and leave.to_on < leave.from_on:
        yield Refusal(_("It cannot end before it begins."), "to_on")


def back_after_it_began(leave: Any) -> Iterator[Refusal]:
    if leave.back_on and leave.from_on and leave.back_on < leave.from_on:
        yield Refusal(_("Nobody is back before he went."), "back_on")

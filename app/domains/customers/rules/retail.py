"""When the customer desk says no to retail customers: R19, R20."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock


def sequence_begins_at_one(profile: Any) -> Iterator[Refusal]:
    if profile.delivery_sequence is not None and profile.delivery_sequence < 1:
        yield Refusal(_("The first stop of a route is number 1."), "delivery_sequence")


def law_records_have_happened(profile: Any) -> Iterator[Refusal]:
    for line in profile.law_lines:
        if line.happened_on and line.happened_on > clock.today():
            yield Refusal(_("Enter it when it has happened."), "law_records")


def first_order_follows_the_receipt(onboarding: Any) -> Iterator[Refusal]:
    """BR-016: a day must be left on which the quantification can be approved."""
    first, received = onboarding.first_order_on, onboarding.received_on
    if first and received and first <= received:
        yield Refusal(
            _("The customer orders at the earliest on the day after receipt."), "first_order_on"
        )


def grading_follows_the_receipt(onboarding: Any) -> Iterator[Refusal]:
    """D8§7.2: what was graded before he came does not hurry anybody."""
    grading, received = onboarding.grading_on, onboarding.received_on
    if grading and received and grading <= received:
        yield Refusal(_("Enter the next grading, after the day of receipt."), "grading_on")


#: what the signatures stood on
SIGNED = ("customer_id", "received_on", "first_order_on", "account_manager_id")


def what_was_approved_stays(onboarding: Any) -> Iterator[Refusal]:
    """AF-24: customer, receipt and first order day are what was signed."""
    if onboarding.as_stored("state") in ("approved", "orderable", "complete"):
        for name in SIGNED:
            if onboarding.changed(name):
                yield Refusal(_("It is approved; this is not changed any more."), name)


def base_is_maintained(onboarding: Any) -> Iterator[Refusal]:
    """DL-02, DL-03: all of the first group stands in the profile before the account manager is told."""
    if onboarding.account_manager_id is None and onboarding.account_manager is None:
        yield Refusal(_("Name the account manager who goes on with it."), "account_manager_id")
    yield from _missing(onboarding, "base")


def quant_is_maintained(onboarding: Any) -> Iterator[Refusal]:
    """DL-04: market type, business form and quantification stand in the profile before the chief is told."""
    if onboarding.state == "quant_maintained" and onboarding.changed("state"):
        yield from _missing(onboarding, "quant")


def _missing(onboarding: Any, stage: str) -> Iterator[Refusal]:
    missing = onboarding.missing_of(stage)
    if missing:
        yield Refusal(
            _(
                "Not maintained in the customer's profile yet: %(fields)s.",
                fields="、".join(missing),
            ),
            "customer_id",
        )


def approved_before_the_first_order(onboarding: Any) -> Iterator[Refusal]:
    """BR-016: at the latest on the day before the customer orders."""
    if onboarding.state != "approved" or not onboarding.changed("state"):
        return
    if onboarding.first_order_on and clock.today() > onboarding.first_order_on - timedelta(days=1):
        yield Refusal(
            _(
                "It had to be approved by %(day)s. Return it, so that the customer gets another first"
                " order day.",
                day=f"{onboarding.first_order_on - timedelta(days=1):%Y-%m-%d}",
            ),
            "first_order_on",
        )

"""When the customer desk says no to how a retail customer orders: R21 to R25."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock

#: "密码：abc123", "口令是 8x!k", "password = hunter2"; not "密码是客户自己设置的"
_SECRET = re.compile(
    r"(密\s*码|口\s*令|pass\s*word|\bpwd\b|\bpin\b)\s*(为|是|[:：=＝])\s*[A-Za-z0-9!-/][^\s，。；,;（(]{2,}",
    re.IGNORECASE,
)


def no_password_is_written(record: Any) -> Iterator[Refusal]:
    """BR-158, A-62: only the fact of a handover is kept, never the password itself."""
    for name, spec in record.specs().items():
        if not spec.kind.is_text or spec.calculated:
            continue
        value = getattr(record, name)
        if isinstance(value, str) and _SECRET.search(value):
            yield Refusal(_("Passwords are written down nowhere. Take it out."), name)


def ordering_method_is(method: str, record: Any) -> Iterator[Refusal]:
    """D8§7.4: the form of one method is not for a customer whose profile names another one."""
    if record.id is not None and not record.changed("customer_id", "customer"):
        return
    said = record.method_in_profile()
    if said and said != method:
        yield Refusal(_("The customer's profile names another ordering method."), "customer_id")


def password_is_of_a_maintained_application(handover: Any) -> Iterator[Refusal]:
    """AF-25: the order clerk sends a password when the customer has been maintained in the system."""
    if handover.id is not None and not handover.changed("application_id", "application"):
        return
    application = handover.referred("application")
    if application is not None and application.state != "maintained":
        yield Refusal(
            _("The customer has not been maintained in the system, or has his password already."),
            "application_id",
        )


def sender_is_not_the_receiver(handover: Any) -> Iterator[Refusal]:
    sender, receiver = handover.referred("from_person"), handover.referred("to_person")
    if sender is not None and sender is receiver:
        yield Refusal(_("Who sends it and who receives it are two persons."), "to_person_id")


def fee_is_not_negative(agreement: Any) -> Iterator[Refusal]:
    for name in ("telecom_prepaid_fee", "deposit"):
        amount = getattr(agreement, name, None)
        if amount is not None and amount < 0:
            yield Refusal(_("The amount cannot be below zero."), name)


def operator_trains_on_the_order_day(agreement: Any) -> Iterator[Refusal]:
    """D8§7.4: the operator trains the customer on the order day itself, not before."""
    trained, day = agreement.trained_on, agreement.order_day_sent
    if trained and agreement.changed("trained_on"):
        if day and trained < day:
            yield Refusal(
                _("The operator trains on the order day, %(day)s.", day=f"{day:%Y-%m-%d}"),
                "trained_on",
            )
        elif trained > clock.today():
            yield Refusal(_("Enter it when it has happened."), "trained_on")


#: who trains for which method
TRAINERS = {
    "online": "account_manager",
    "mobile": "telecom",
    "yanxintong": "mobile_operator",
}


def trainer_fits_the_method(training: Any) -> Iterator[Refusal]:
    """R25: online ordering is trained by the account manager, the others by the operator."""
    wanted = TRAINERS.get(training.order_method or "")
    if training.trainer and wanted and training.trainer != wanted:
        words = dict(type(training).specs()["trainer"].options())
        yield Refusal(_("For this method the trainer is: %(who)s.", who=words[wanted]), "trainer")


def training_comes_in_time(training: Any) -> Iterator[Refusal]:
    """R25, DL-11: online before the customer's order day; by telephone handset on the order day itself."""
    if not training.trained_at or not training.order_on:
        return
    day = clock.in_office(training.trained_at).date()
    if training.order_method == "online" and day >= training.order_on:
        yield Refusal(
            _("Train him before his order day, %(day)s.", day=f"{training.order_on:%Y-%m-%d}"),
            "trained_at",
        )
    elif training.order_method in ("mobile", "yanxintong") and day != training.order_on:
        yield Refusal(
            _(
                "The operator trains on the order day, %(day)s.",
                day=f"{training.order_on:%Y-%m-%d}",
            ),
            "trained_at",
        )

"""When the customer desk says no to contacts and reports of them: R07, R08, R09."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock


def confidential_says_why(report: Any) -> Iterator[Refusal]:
    """BR-008: only a confidential business keeps its content apart, and it says why it is one."""
    if report.is_confidential and not (report.confidential_reason or "").strip():
        yield Refusal(_("Say why this business is confidential."), "confidential_reason")
    if not report.is_confidential and report.confidential_reason:
        yield Refusal(_("Mark it as confidential, or take the reason out."), "confidential_reason")


def receipt_says_who_and_when(report: Any) -> Iterator[Refusal]:
    """R07: what counts as received names who received it, and on which day."""
    if report.state in ("received", "filed") and not (
        report.received_on and (report.received_by_id or report.received_by)
    ):
        yield Refusal(_("The department it is reported to receives it."), "state")


def contact_is_another_person(assignment: Any) -> Iterator[Refusal]:
    """BR-010: two contacts are two different persons."""
    if not _is_newly_active(assignment, "employee_id", "employee"):
        return
    person = assignment.referred("employee")
    if any(other.referred("employee") is person for other in _other_contacts(assignment)):
        yield Refusal(_("This person is in touch with the customer already."), "employee_id")


def customer_has_one_main_contact(assignment: Any) -> Iterator[Refusal]:
    if assignment.role != "main" or not _is_newly_active(assignment, "role"):
        return
    if any(other.role == "main" for other in _other_contacts(assignment)):
        yield Refusal(
            _("The customer has a main contact already. End that one first, or enter a second."),
            "role",
        )


def important_customer_keeps_two_contacts(assignment: Any) -> Iterator[Refusal]:
    """BR-010: an important new customer who has two contacts of ours is not left with one."""
    if assignment.id is None or not assignment.changed(
        "state", "voided_at", "customer_id", "employee_id"
    ):
        return
    customer = assignment.referred("customer")
    former = assignment.as_stored("customer_id")
    if former is not None and customer is not None and former != customer.id:
        yield Refusal(_("End it, and enter a new one for the other customer."), "customer_id")
        return
    was_active = assignment.as_stored("state") == "active" and not assignment.as_stored(
        "voided_at"
    )
    if customer is None or not customer.is_promising_new:
        return
    if assignment.is_active or not was_active:
        return
    if len(_other_contacts(assignment)) < 2:
        yield Refusal(
            _(
                "%(customer)s is an important new customer: two of us keep in touch."
                " Enter another contact person first.",
                customer=customer.name,
            ),
            "state",
        )


def _is_newly_active(assignment: Any, *names: str) -> bool:
    """Whether it takes a place among the active ones by what this click writes."""
    return assignment.is_active and assignment.changed(
        "state", "voided_at", "customer_id", "customer", *names
    )


def _other_contacts(assignment: Any) -> list[Any]:
    customer = assignment.referred("customer")
    if customer is None:
        return []
    return [one for one in type(assignment).active_of(customer) if one is not assignment]


def contact_has_happened(report: Any) -> Iterator[Refusal]:
    if report.contact_on and report.contact_on > clock.today():
        yield Refusal(
            _("Enter it when it has happened; what is planned belongs to the next step."),
            "contact_on",
        )


def reporters_stand_once(report: Any) -> Iterator[Refusal]:
    named = [one.referred("employee") for one in report.reporting]
    for person in {one for one in named if one is not None and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=person.name), "reporters")


def enough_people_report(report: Any, contacts: list[int]) -> Iterator[Refusal]:
    """BR-010: of an important new customer at least two of those who are in touch with him report.

    :param contacts: the employees who are in touch with him now
    """
    named = [one.employee_id for one in report.reporting]
    if not named:
        yield Refusal(_("Say who reports."), "reporters")
    elif report.customer.is_promising_new and len(set(named) & set(contacts)) < 2:
        yield Refusal(
            _(
                "%(customer)s is an important new customer: two of the people who are in touch"
                " with him report together.",
                customer=report.customer.name,
            ),
            "reporters",
        )

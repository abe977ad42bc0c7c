"""When the customer desk says no."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask_babel import gettext as _

from app.records import Refusal, clock, settings
from app.records.reading import Unreadable, read

DURABLE_CARRIER = "paper"


def paper_says_its_ink(volume: Any) -> Iterator[Refusal]:
    """BR-011, D12 一.5: what is written on paper is written in ink that lasts."""
    if volume.carrier == DURABLE_CARRIER and not volume.ink:
        yield Refusal(_("For paper, say with which ink it is written."), "ink")
    if volume.carrier and volume.carrier != DURABLE_CARRIER and volume.ink:
        yield Refusal(_("Only paper is written with ink. Clear it, or choose paper."), "ink")


def volume_lasts(volume: Any) -> Iterator[Refusal]:
    """D12 一.5: carriers are of good quality and keep for long."""
    if not volume.durable:
        yield Refusal(
            _("Volumes are kept on carriers that last. Copy it onto a better one first."),
            "durable",
        )


def event_is_not_in_the_future(event: Any) -> Iterator[Refusal]:
    if event.event_on and event.event_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "event_on")


def new_values_fit_the_card(event: Any) -> Iterator[Refusal]:
    """Each new value must be one that the card itself would take; and no field twice."""
    customer = event.referred("customer")
    if customer is None:
        return
    specs, seen = customer.specs(), set()
    for effect in event.effects:
        if not effect.master_field or effect.master_field not in specs:
            continue
        spec = specs[effect.master_field]
        if effect.master_field in seen:
            yield Refusal(_("%(label)s stands here twice.", label=spec.label), "effect_on_master")
        seen.add(effect.master_field)
        try:
            value = read(spec, effect.new_value)
        except Unreadable as no:
            yield Refusal(str(no), "effect_on_master")
            continue
        if spec.kind.is_text and spec.length and value and len(value) > spec.length:
            yield Refusal(
                _("%(label)s has no room for so many characters.", label=spec.label),
                "effect_on_master",
            )


def dealing_is_not_in_the_future(dealing: Any) -> Iterator[Refusal]:
    if dealing.happened_on and dealing.happened_on > clock.now():
        yield Refusal(
            _("Enter it when it has happened; what is planned belongs to the next step."),
            "happened_on",
        )


def their_person_is_of_the_customer(dealing: Any) -> Iterator[Refusal]:
    person = dealing.referred("their_person")
    if person is not None and person.customer is not dealing.referred("customer"):
        yield Refusal(
            _("%(name)s belongs to another customer.", name=person.name), "their_person_id"
        )


def next_action_has_its_day(dealing: Any) -> Iterator[Refusal]:
    if dealing.next_action_on and not dealing.next_action:
        yield Refusal(_("Say what is to be done on that day."), "next_action")


def year_has_begun(record: Any) -> Iterator[Refusal]:
    if record.year and not 1949 <= record.year <= clock.today().year:
        yield Refusal(_("A year between 1949 and the present one."), "year")


def one_record_for_each_year(record: Any) -> Iterator[Refusal]:
    """R06: one record for a customer and year."""
    if not (record.customer_id and record.year):
        return
    if record.id is not None and not record.changed("customer_id", "year", "voided_at"):
        return
    twin = record.of_year(record.customer_id, record.year, record.id)
    if twin is not None:
        yield Refusal(
            _(
                "%(year)d of this customer is entered already, as %(number)s.",
                year=record.year,
                number=twin.number,
            ),
            "year",
        )


# -- contacts: R07, R08, R09 ---------------------------------------------------------------------------


def matter_has_happened(report: Any) -> Iterator[Refusal]:
    if report.happened_on and report.happened_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "happened_on")


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


def assignment_ends_after_it_begins(assignment: Any) -> Iterator[Refusal]:
    if assignment.from_on and assignment.to_on and assignment.to_on < assignment.from_on:
        yield Refusal(_("It cannot end before it begins."), "to_on")


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


# -- handing over: R11, R12 -----------------------------------------------------------------------------


def leaver_does_not_succeed_himself(handover: Any) -> Iterator[Refusal]:
    """BR-006: a successor is somebody else, and so is who receives the material."""
    leaver = handover.referred("leaver")
    if leaver is None:
        return
    if handover.referred("successor") is leaver:
        yield Refusal(_("The leaver cannot come after himself."), "successor_id")
    if handover.referred("received_by") is leaver:
        yield Refusal(_("The leaver cannot receive what he hands over."), "received_by_id")
    for line in handover.material:
        if line.referred("successor") is leaver:
            yield Refusal(_("The leaver cannot come after himself."), "handed")
    named = [line.referred("customer") for line in handover.material]
    for customer in {one for one in named if one is not None and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=customer.name), "handed")


def one_handover_for_a_leaver(handover: Any) -> Iterator[Refusal]:
    leaver = handover.referred("leaver")
    if leaver is None or leaver.id is None or handover.state == "closed":
        return
    if handover.id is not None and not handover.changed("leaver_id", "state", "voided_at"):
        return
    if handover.open_of(leaver.id, handover.id) is not None:
        yield Refusal(_("A handover of this person is open already."), "leaver_id")


def what_is_not_complete(handover: Any) -> Iterator[Refusal]:
    """R11: what goes into the archive is complete, or the line says what is missing."""
    for line in handover.material:
        if not line.complete and not (line.missing or "").strip():
            yield Refusal(
                _(
                    "%(customer)s: tick that the material is complete, or say what is missing.",
                    customer=line.customer.name,
                ),
                "handed",
            )


def archived_is_complete(handover: Any) -> Iterator[Refusal]:
    if handover.state in ("archived", "closed") and handover.changed("state"):
        yield from what_is_not_complete(handover)


def what_stands_against_closing(handover: Any) -> Iterator[Refusal]:
    """BR-006, BR-007: every customer of the leaver has a successor, and has been told of him."""
    for customer in handover.customers_with_him():
        yield Refusal(
            _("%(customer)s has no successor of the leaver yet.", customer=customer.name), "state"
        )
    for customer in handover.not_told():
        yield Refusal(
            _(
                "%(customer)s has not been told who comes after the leaver.",
                customer=customer.name,
            ),
            "state",
        )


def nobody_is_left_alone(handover: Any) -> Iterator[Refusal]:
    """BR-006: asked again at the flush, whoever closes it."""
    if handover.state == "closed" and handover.changed("state"):
        yield from what_stands_against_closing(handover)


def successor_keeps_two_contacts(
    line: Any, handover: Any, contacts: set[int]
) -> Iterator[Refusal]:
    """BR-010: who is the other contact of an important new customer already makes no second one.

    :param contacts: the employees who are in touch with the customer now
    """
    customer, successor = line.customer, line.goes_to
    if not customer.is_promising_new or handover.leaver_id not in contacts:
        return
    if len((contacts - {handover.leaver_id}) | {successor.id}) < 2:
        yield Refusal(
            _(
                "%(customer)s is an important new customer: two of us keep in touch."
                " Name a successor who is not his contact yet.",
                customer=customer.name,
            ),
            "handed",
        )


def what_was_handed_over_stays(line: Any) -> Iterator[Refusal]:
    """R11: once it is signed, a line keeps its customer and to whom he went."""
    handover = line.referred("handover")
    if handover is None or handover.as_stored("state") in (None, "opened", "signing"):
        return
    if line.id is None or line.changed("customer_id", "successor_id", "handover_id"):
        yield Refusal(
            _("It is handed over. Customers and successors of the list do not change any more."),
            "customer_id",
        )


def notice_names_two_persons(notice: Any) -> Iterator[Refusal]:
    leaver = notice.referred("leaver")
    if leaver is not None and notice.referred("successor") is leaver:
        yield Refusal(_("The leaver cannot come after himself."), "successor_id")


def notice_says_when_and_how(notice: Any) -> Iterator[Refusal]:
    """BR-007: a customer who was told has the day, and the way he was told."""
    if notice.notified_on and notice.notified_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "notified_on")
    if notice.state != "drafted" and notice.state is not None:
        if not notice.notified_on:
            yield Refusal(_("Say on which day the customer was told."), "notified_on")
        if not notice.channel:
            yield Refusal(_("Say how the customer was told."), "channel")


def successor_gets_in_touch_after_the_notice(notice: Any) -> Iterator[Refusal]:
    """DL-21: the successor is in touch once the customer has been told of him."""
    first = notice.first_contact_on
    if notice.state == "contacted" and not first:
        yield Refusal(_("Say on which day the successor was in touch."), "first_contact_on")
    if first and first > clock.today():
        yield Refusal(_("Enter it when it has happened."), "first_contact_on")
    elif first and (not notice.notified_on or first < notice.notified_on):
        yield Refusal(
            _("The customer is told first; the successor gets in touch afterwards."),
            "first_contact_on",
        )


# -- statistical reports: R14 to R17 --------------------------------------------------------------------

_PERIODS = {
    "month": re.compile(r"\d{4}-(0[1-9]|1[0-2])"),
    "quarter": re.compile(r"\d{4}Q[1-4]"),
    "year": re.compile(r"\d{4}"),
}
_HALF_YEAR = re.compile(r"(\d{4})H([12])")


def days_of_period(period: str) -> tuple[date, date] | None:
    """The first and last day of 2026-05, 2026Q2, 2026H1 or 2026; None for anything else.

    >>> days_of_period("2026Q2")
    (datetime.date(2026, 4, 1), datetime.date(2026, 6, 30))
    """
    year, rest = int(period[:4]) if period[:4].isdecimal() else 0, period[4:]
    if not year:
        return None
    if not rest and _PERIODS["year"].fullmatch(period):
        first, last = 1, 12
    elif _PERIODS["month"].fullmatch(period):
        first = last = int(rest[1:])
    elif _PERIODS["quarter"].fullmatch(period):
        last = int(rest[1:]) * 3
        first = last - 2
    elif _HALF_YEAR.fullmatch(period):
        last = int(rest[1:]) * 6
        first = last - 5
    else:
        return None
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def period_fits(report: Any) -> Iterator[Refusal]:
    """R14: the period is written as its kind is."""
    wanted = _PERIODS.get(report.periodicity or "")
    if not report.period or wanted is None:
        return
    if wanted.fullmatch(report.period) is None or days_of_period(report.period) is None:
        yield Refusal(_("Write the period as 2026-05, 2026Q2 or 2026."), "period")
    elif days_of_period(report.period)[0] > clock.today():  # type: ignore[index]
        yield Refusal(_("This period has not begun yet."), "period")


def one_report_for_a_period(report: Any) -> Iterator[Refusal]:
    """R14: a second report of the same kind and period is a new version by an amendment (R16)."""
    if not (report.period and report.report_type):
        return
    if report.id is not None and not report.changed(
        "period", "report_type", "version_no", "voided_at"
    ):
        return
    twin = report.twin()
    if twin is not None:
        yield Refusal(
            _(
                "This report stands already, as %(number)s. What is wrong in it is amended.",
                number=twin.number or twin.title,
            ),
            "period",
        )


def indicators_stand_once(report: Any) -> Iterator[Refusal]:
    named = [one.item for one in report.indicator_lines]
    for item in {one for one in named if one and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=item), "indicators")


def issued_after_both_reviews(report: Any) -> Iterator[Refusal]:
    """BR-012: a report is issued only when the supervisor and the manager have reviewed it."""
    if report.state not in ("issued", "amended"):
        return
    if report.id is not None and not report.changed("state"):
        return
    if not report.has_both_reviews():
        yield Refusal(
            _("It is issued when the supervisor and the manager have both reviewed it."), "state"
        )


def request_ends_after_it_begins(request: Any) -> Iterator[Refusal]:
    if request.from_on and request.to_on and request.to_on < request.from_on:
        yield Refusal(_("It cannot end before it begins."), "to_on")


def amendment_is_of_an_issued_report(amendment: Any) -> Iterator[Refusal]:
    """R16: what is not issued yet is still edited; what was amended has a newer version."""
    if amendment.state not in (None, "draft") or not amendment.changed(
        "report_id", "report", "item", "new_value", "state"
    ):
        return
    report = amendment.referred("report")
    if report is None:
        return
    if report.is_void or report.state != "issued":
        yield Refusal(
            _("Only an issued report is amended, and of its versions the newest."), "report_id"
        )
        return
    line = report.indicator(amendment.item)
    if amendment.item and line is None:
        yield Refusal(
            _(
                "The report has no such item. It has: %(items)s.",
                items="、".join(one.item for one in report.indicator_lines),
            ),
            "item",
        )
    elif line is not None and line.value == amendment.new_value:
        yield Refusal(_("This is its value already."), "new_value")


def distribution_is_of_a_reviewed_report(distribution: Any) -> Iterator[Refusal]:
    """BR-012: printed after both reviews, handed out when it is issued."""
    if distribution.id is not None and not distribution.changed(
        "report_id", "report", "state", "issued_on"
    ):
        return
    report = distribution.referred("report")
    if report is None:
        return
    if report.state not in ("reviewed_by_manager", "issued", "amended"):
        yield Refusal(_("Only a reviewed report is printed and handed out."), "report_id")
    elif distribution.state == "issued" and report.state != "issued":
        yield Refusal(
            _("Issue the report first; of an amended one the new version is handed out."),
            "report_id",
        )


def distribution_says_what_was_printed(distribution: Any) -> Iterator[Refusal]:
    """R17: how many were printed and who keeps them; to whom they went and when."""
    if distribution.printed_qty is not None and distribution.printed_qty < 1:
        yield Refusal(_("At least one copy is printed."), "printed_qty")
    if distribution.state in ("printed", "issued"):
        if not distribution.printed_qty:
            yield Refusal(_("Say how many copies were printed."), "printed_qty")
        if not (distribution.kept_by_id or distribution.kept_by):
            yield Refusal(_("Say who keeps the copies."), "kept_by_id")
    if distribution.state == "issued" and not distribution.issued_on:
        yield Refusal(_("Say on which day it was handed out."), "issued_on")
    if distribution.issued_on and distribution.issued_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "issued_on")


def copies_are_kept_by_the_desk(distribution: Any) -> Iterator[Refusal]:
    """BR-012: printing, custody and issue are central; the customer desk alone keeps the copies."""
    keeper = distribution.referred("kept_by")
    if keeper is None or not distribution.changed("kept_by_id", "kept_by"):
        return
    if not distribution.may_keep(keeper):
        yield Refusal(
            _("Copies are kept by the department that keeps the customer files."), "kept_by_id"
        )


def other_departments_have_an_approved_request(distribution: Any) -> Iterator[Refusal]:
    """BR-012: what another department gets was asked for and approved (R15)."""
    request = distribution.referred("request")
    department = distribution.referred("issued_to")
    if distribution.purpose == "upward":
        return
    if request is None:
        yield Refusal(
            _("Another department gets a report by its approved request. Name the request."),
            "request_id",
        )
        return
    if distribution.id is not None and not distribution.changed(
        "request_id", "issued_to_id", "state", "report_id"
    ):
        return
    report = distribution.referred("report")
    if request.is_void or request.state != "approved":
        yield Refusal(_("This request is not approved: no report is given."), "request_id")
    elif department is not None and request.referred("dept") is not department:
        yield Refusal(_("Another department asked for it."), "issued_to_id")
    elif report is not None and request.report_wanted != report.report_type:
        yield Refusal(_("This request is about another report."), "request_id")


# -- the half-yearly check: R18 --------------------------------------------------------------------------


def half_year_is_one(check: Any) -> Iterator[Refusal]:
    """BR-013: 2026H1 or 2026H2, and not one that has not begun."""
    if not check.half_year:
        return
    days = days_of_period(check.half_year) if _HALF_YEAR.fullmatch(check.half_year) else None
    if days is None:
        yield Refusal(_("Write the half-year as 2026H1 or 2026H2."), "half_year")
        return
    if days[0] > clock.today():
        yield Refusal(_("This half-year has not begun yet."), "half_year")
    if check.checked_on and check.checked_on < days[0]:
        yield Refusal(_("This day lies before the half-year."), "checked_on")


def one_check_for_a_half_year(check: Any) -> Iterator[Refusal]:
    """BR-013: one comprehensive check for each half-year."""
    if not check.half_year:
        return
    if check.id is not None and not check.changed("half_year", "voided_at"):
        return
    twin = check.of_half_year(check.half_year, check.id)
    if twin is not None:
        yield Refusal(
            _(
                "%(half_year)s is checked already, as %(number)s.",
                half_year=check.half_year,
                number=twin.number or twin.half_year,
            ),
            "half_year",
        )


def check_is_not_in_the_future(check: Any) -> Iterator[Refusal]:
    if check.state in (None, "planned"):
        return
    if not check.checked_on:
        yield Refusal(_("Say on which day it was checked."), "checked_on")
    elif check.checked_on > clock.today() and check.changed("checked_on", "state"):
        yield Refusal(_("Enter it when it has happened."), "checked_on")


def volumes_stand_once(check: Any) -> Iterator[Refusal]:
    named = [one.referred("volume") for one in check.checked]
    for volume in {one for one in named if one is not None and named.count(one) > 1}:
        yield Refusal(_("%(name)s stands here twice.", name=volume.index_no), "volumes")


def check_is_finished(check: Any) -> Iterator[Refusal]:
    """BR-013: a finished check covers every living volume, and every fault has its action."""
    if not (check.findings or "").strip():
        yield Refusal(_("Write down what was found."), "findings")
    left_out = check.left_out()
    if left_out:
        names = "、".join(one.index_no for one in left_out[:5])
        more = len(left_out) - 5
        yield Refusal(
            _("The check leaves out: %(names)s and %(count)d more.", names=names, count=more)
            if more > 0
            else _("The check leaves out: %(names)s.", names=names),
            "volumes",
        )
    for line in check.checked:
        if not line.condition:
            yield Refusal(
                _("%(volume)s: say in which condition it is.", volume=line.volume.index_no),
                "volumes",
            )
        elif line.is_faulty and not (line.action or "").strip():
            yield Refusal(
                _("%(volume)s: say what is done about it.", volume=line.volume.index_no),
                "volumes",
            )


def what_is_not_corrected(check: Any) -> Iterator[Refusal]:
    """R18: every fault that was found is corrected, on a day."""
    for line in check.checked:
        if line.is_faulty and line.corrected_on is None:
            yield Refusal(
                _("%(volume)s is not corrected yet.", volume=line.volume.index_no), "volumes"
            )


def corrected_is_without_faults(check: Any) -> Iterator[Refusal]:
    if check.state == "corrected" and check.changed("state"):
        yield from what_is_not_corrected(check)


def what_was_checked_stays(check: Any) -> Iterator[Refusal]:
    """R18: what the manager signed is not written anew; only corrections come after it."""
    if check.as_stored("state") != "done":
        return
    for name in ("checked_on", "scope", "half_year", "findings", "checker_id"):
        if check.changed(name):
            yield Refusal(_("It is signed. Only the corrections are entered now."), name)


def what_was_found_stays(line: Any) -> Iterator[Refusal]:
    """R18: the line of a signed check keeps its volume and its condition."""
    check = line.referred("check")
    if line.corrected_on and line.corrected_on > clock.today():
        yield Refusal(_("Enter it when it has happened."), "corrected_on")
    if check is None or check.as_stored("state") in (None, "planned", "submitted"):
        return
    if line.id is None or line.changed("volume_id", "condition", "check_id"):
        yield Refusal(_("It is signed. Only the corrections are entered now."), "condition")


# -- access: R10 ------------------------------------------------------------------------------------------


def access_ends_after_it_begins(request: Any) -> Iterator[Refusal]:
    if request.from_on and request.to_on and request.to_on < request.from_on:
        yield Refusal(_("It cannot end before it begins."), "to_on")


def access_is_asked_for_days_to_come(request: Any) -> Iterator[Refusal]:
    """R10: temporary, so it has an end that is not far."""
    if not request.to_on or not request.changed("from_on", "to_on"):
        return
    if request.to_on < clock.today():
        yield Refusal(_("Ask for days to come."), "to_on")
    longest = int(settings.get("access_request_days"))
    if request.from_on and (request.to_on - request.from_on).days >= longest:
        yield Refusal(_("At most %(days)d days are given at a time.", days=longest), "to_on")


def files_are_named_once(request: Any) -> Iterator[Refusal]:
    """Each name must lead to one customer, and each customer stands there once."""
    seen = set()
    for line in request.files:
        found = line.found()
        if line.named and found is None:
            yield Refusal(
                _(
                    "No single customer is called “%(name)s”. Write the full name or the number.",
                    name=line.named,
                ),
                "customers",
            )
        elif found is not None and found in seen:
            yield Refusal(_("“%(name)s” stands here twice.", name=line.named), "customers")
        seen.add(found)

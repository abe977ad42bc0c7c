"""When the customer desk says no to statistical reports: R14 to R17."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from app.domains.customers.rules.periods import PERIODS, days_of_period
from app.records import Refusal, clock


def period_fits(report: Any) -> Iterator[Refusal]:
    """R14: the period is written as its kind is."""
    wanted = PERIODS.get(report.periodicity or "")
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

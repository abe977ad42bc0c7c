"""What the customer desk keeps."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

from app.approvals import casework
from app.domains.customers import reports
from app.domains.customers.access import CustomerAccessLine, CustomerAccessRequest
from app.domains.customers.archive_checks import CustomerArchiveCheck
from app.domains.customers.contacts import (
    ContactReport,
    CustomerContactAssignment,
    CustomerMajorMatter,
)
from app.domains.customers.handing_over import CustomerHandover, CustomerNotice
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.customers.reports import (
    CustomerStatisticalReport,
    StatisticalReportAmendment,
    StatisticalReportDistribution,
    StatisticalReportRequest,
)
from app.domains.customers.rules.periods import days_of_period
from app.extensions import db
from app.records import Actor, clock, within
from app.security import users
from tests.factories import makes
from tests.factories.directory import a_customer, a_department, an_employee

_next = itertools.count(1)


@makes("customer_archive_volume")
def a_volume(**values: Any) -> CustomerArchiveVolume:
    customer = values.pop("customer", None) or a_customer()
    return CustomerArchiveVolume(
        **{
            "customer": customer,
            "index_no": f"A-{next(_next):04}",
            "category": "business_customer",
            "carrier": "paper",
            "ink": "carbon",
        }
        | values
    )


@makes("customer_change_event")
def a_change(**values: Any) -> CustomerChangeEvent:
    customer = values.pop("customer", None) or a_customer()
    return CustomerChangeEvent(
        **{"customer": customer, "event_on": clock.today(), "content": "迁址"} | values
    )


@makes("customer_interaction")
def a_dealing(**values: Any) -> CustomerInteraction:
    customer = values.pop("customer", None) or a_customer()
    return CustomerInteraction(
        **{
            "customer": customer,
            "channel": "letter",
            "happened_on": clock.now(),
            "content": "询价函",
        }
        | values
    )


@makes("customer_annual_record")
def an_annual_record(**values: Any) -> CustomerAnnualRecord:
    customer = values.pop("customer", None) or a_customer()
    return CustomerAnnualRecord(**{"customer": customer, "year": clock.today().year - 1} | values)


@makes("customer_major_matter")
def a_matter(**values: Any) -> CustomerMajorMatter:
    return CustomerMajorMatter(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "dept": values.pop("dept", None) or a_department(),
            "reported_to": values.pop("reported_to", None) or a_department(),
            "matter": "客户有意合资建厂",
        }
        | values
    )


@makes("customer_contact_assignment")
def a_contact(**values: Any) -> CustomerContactAssignment:
    return CustomerContactAssignment(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "employee": values.pop("employee", None) or an_employee(),
        }
        | values
    )


@makes("contact_report")
def a_contact_report(**values: Any) -> ContactReport:
    return ContactReport(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "contact_on": clock.today(),
            "matters_discussed": "试用情况与首批订货",
        }
        | values
    )


@makes("customer_handover")
def a_handover(**values: Any) -> CustomerHandover:
    return CustomerHandover(
        **{
            "leaver": values.pop("leaver", None) or an_employee(),
            "business_dept": values.pop("business_dept", None) or a_department(),
            "received_by": values.pop("received_by", None) or an_employee(),
            "successor": values.pop("successor", None) or an_employee(),
        }
        | values
    )


@makes("customer_notice")
def a_notice(**values: Any) -> CustomerNotice:
    return CustomerNotice(
        **{
            "customer": values.pop("customer", None) or a_customer(),
            "leaver": values.pop("leaver", None) or an_employee(),
            "successor": values.pop("successor", None) or an_employee(),
        }
        | values
    )


@makes("customer_statistical_report")
def a_report(**values: Any) -> CustomerStatisticalReport:
    number = next(_next)
    return CustomerStatisticalReport(
        **{
            "title_": "客户信息统计报表",
            "report_type": "overview",
            "periodicity": "month",
            "period": f"{2025 - number // 12}-{12 - number % 12:02}",
            "compiled_by": values.pop("compiled_by", None) or an_employee(),
        }
        | values
    )


@makes("statistical_report_request")
def a_report_request(**values: Any) -> StatisticalReportRequest:
    return StatisticalReportRequest(
        **{
            "dept": values.pop("dept", None) or a_department(),
            "report_wanted": "overview",
            "work_need": "编制生产计划需要客户数量",
        }
        | values
    )


def an_issued_report(**values: Any) -> CustomerStatisticalReport:
    """A report that went the whole way: nothing but its two reviews lets it be issued. It is stored."""
    roles = ("customer_info_officer", "customer_info_supervisor", "customer_service_manager")
    officer, *reviewers = (_somebody_who_is(role) for role in roles)
    report = a_report(**values)
    with _acting_as(officer):
        db.session.add(report)
        db.session.flush()
        case = casework.submit(report, key=uuid.uuid4().hex).case
    for reviewer in reviewers:
        with _acting_as(reviewer):
            task = next(
                t for t in case.tasks if t.status == "open" and t.assignee_id == reviewer.id
            )
            casework.act(task.id, "approve", key=uuid.uuid4().hex)
    with _acting_as(officer):
        reports.issue(report)
    return report


def _somebody_who_is(role: str) -> Any:
    """The first account in this role; one is made where there is none."""
    held = users.holding(role)
    if held:
        return users.by_id(held[0])
    return users.create(f"the_{role}", role, "Blau-Pferd-71-Fenster", [role])


def _acting_as(user: Any) -> Any:
    return within(who=lambda: Actor(user.id, users.display_name(user)))


@makes("statistical_report_amendment")
def an_amendment(**values: Any) -> StatisticalReportAmendment:
    report = values.pop("report", None) or an_issued_report()
    return StatisticalReportAmendment(
        **{"report": report, "item": report.indicator_lines[0].item, "new_value": "31"} | values
    )


@makes("statistical_report_distribution")
def a_distribution(**values: Any) -> StatisticalReportDistribution:
    return StatisticalReportDistribution(
        **{
            "report": values.pop("report", None) or an_issued_report(),
            "issued_to": values.pop("issued_to", None) or a_department(),
            "purpose": "upward",
        }
        | values
    )


@makes("customer_archive_check")
def a_check(**values: Any) -> CustomerArchiveCheck:
    number = next(_next)
    half_year = values.pop("half_year", f"{2024 - number // 2}H{number % 2 + 1}")
    days = days_of_period(half_year)
    return CustomerArchiveCheck(
        **{"half_year": half_year, "checked_on": days[0] if days else clock.today()} | values
    )


@makes("customer_access_request")
def an_access_request(**values: Any) -> CustomerAccessRequest:
    customer = values.pop("customer", None) or a_customer()
    if customer.id is None:
        db.session.add(customer)
        db.session.flush()
    today = clock.today()
    return CustomerAccessRequest(
        **{
            "access_kind": "view",
            "purpose": "编制年度客户分析",
            "from_on": today,
            "to_on": today + timedelta(days=6),
            "files": [CustomerAccessLine(named=customer.name, order_no=0)],
        }
        | values
    )

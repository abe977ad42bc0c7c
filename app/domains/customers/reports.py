"""Statistical reports: compiled and reviewed (R14), asked for (R15), amended (R16), handed out (R17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask_babel import gettext, lazy_pgettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Mapped, relationship

from app.approvals import Approvable, Outcome, Route, Step
from app.approvals.models import ApprovalCase, ApprovalFlow
from app.approvals.words import in_office_language
from app.documents import Printout
from app.domains.customers import indicators
from app.domains.customers.rules import reports as rules
from app.domains.customers.rules.periods import days_of_period
from app.extensions import db
from app.organisation import people
from app.organisation.models import Department, Employee
from app.records import (
    Choice,
    Choices,
    Line,
    LineRecord,
    Prose,
    Record,
    Refusal,
    Refused,
    Stateful,
    States,
    Title,
    Word,
    clock,
    field,
    follows_from,
    lines,
    once,
    reference,
)
from app.records.context import Context
from app.records.flush import guarded_by
from app.records.moving import it_is_void, unless
from app.records.plain_rules import ends_after_it_begins


class ReportType(Choices):
    OVERVIEW = "overview", _("Customer overview")
    CLASSES = "classes", _("Customers by kind")
    ARCHIVE = "archive", _("Customer files and volumes")
    DEALINGS = "dealings", _("Dealings and major changes")


class Periodicity(Choices):
    MONTH = "month", lazy_pgettext("periodicity", "Month")
    QUARTER = "quarter", lazy_pgettext("periodicity", "Quarter")
    YEAR = "year", lazy_pgettext("periodicity", "Year")


# -- R14 -------------------------------------------------------------------------------------------


class StatisticsState(Choices):
    DRAFT = "draft", lazy_pgettext("statistical report", "Draft")
    SUBMITTED = "submitted", lazy_pgettext("statistical report", "Waits for review")
    SUPERVISOR = "reviewed_by_supervisor", _("Reviewed by the supervisor")
    MANAGER = "reviewed_by_manager", _("Reviewed by the manager")
    ISSUED = "issued", lazy_pgettext("statistical report", "Issued")
    AMENDED = "amended", _("Amended: a new version stands")


SUPERVISOR, MANAGER, GENERAL_MANAGER = (
    "customer_info_supervisor",
    "customer_service_manager",
    "general_manager",
)


def _of_paper(report: Any) -> dict[str, Any]:
    """What the form says besides: the days of the period, and by which amendments it came to be."""
    return {
        "days": days_of_period(report.period or ""),
        "amendments": StatisticalReportAmendment.that_led_to(report.kept),
    }


class CustomerStatisticalReport(Approvable, Record):
    """The periodic figures about customers: compiled, reviewed twice, and only then issued."""

    __tablename__ = "customer_statistical_report"
    __table_args__ = (
        once("uq_customer_statistical_report_period", "report_type", "period", "version_no"),
    )
    catalogue_code = "R14"
    sources = ("D12§2.1", "D12§2.5", "D16§3.2")
    numbered = "TJBB-{year}{month:02}-{seq:03}"
    titled_by = "title_"
    owned_by = ("compiled_by_id",)
    owned_through = ("copies",)
    ruled_by = (
        rules.period_fits,
        rules.one_report_for_a_period,
        rules.indicators_stand_once,
        rules.issued_after_both_reviews,
    )
    outcome = Outcome(submitted="submitted", approved="reviewed_by_manager", rejected="draft")
    states = States(
        StatisticsState,
        start="draft",
        moves={
            "draft": ("submitted",),
            "submitted": ("draft", "reviewed_by_supervisor", "reviewed_by_manager"),
            "reviewed_by_supervisor": ("draft", "reviewed_by_manager"),
            "reviewed_by_manager": ("issued",),
            "issued": ("amended",),
        },
        draft="draft",
        locked=(
            "submitted",
            "reviewed_by_supervisor",
            "reviewed_by_manager",
            "issued",
            "amended",
        ),
        elsewhere=("amended",),  # by an amendment (R16)
        issued=("issued", "amended"),
        tones={
            "draft": "draft",
            "submitted": "run",
            "reviewed_by_supervisor": "run",
            "reviewed_by_manager": "run",
            "issued": "ok",
            "amended": "mute",
        },
    )
    #: AF-19: 客户信息主管, then 客户服务部经理; BR-012: both
    signed_by = (
        Route(
            "AF-19",
            _("Review of a statistical report"),
            Step("supervisor", _("Review of the supervisor"), SUPERVISOR, sets_state="reviewed_by_supervisor", within=2),
            Step("manager", _("Review of the manager"), MANAGER, within=2),
            article="D12",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "statistical_report.html",
            _("Customer statistics report"),
            form="E05",
            article="D12§2",
            context=_of_paper,
            signatures=(
                _("Compiled by"),
                _("Customer information supervisor"),
                _("Customer service manager"),
            ),
        ),
    )

    title_: Mapped[Title] = field(
        lazy_pgettext("statistical report", "Title"),
        catalogue="title",
        searched=True,
        sortable=True,
    )
    report_type: Mapped[Choice] = field(
        _("Kind of report"), choices=ReportType, default="overview", sortable=True
    )
    periodicity: Mapped[Choice] = field(
        lazy_pgettext("customer desk", "Periodicity"), choices=Periodicity, default="month"
    )
    period: Mapped[Word] = field(
        lazy_pgettext("statistical report", "Period"),
        sortable=True,
        searched=True,
        help=_("A month as 2026-05, a quarter as 2026Q2, a year as 2026."),
    )
    version_no: Mapped[int] = field(
        lazy_pgettext("statistical report", "Version"),
        default=1,
        machine=True,
        catalogue="version",
    )
    compiled_by_id: Mapped[int] = reference(
        _("Compiled by"), "employee.id", catalogue="compiled_by"
    )
    compiled_by: Mapped[Employee] = relationship(foreign_keys=compiled_by_id)
    indicator_lines: Mapped[list[ReportIndicator]] = relationship(
        back_populates="report", cascade="all, delete-orphan", order_by="ReportIndicator.order_no"
    )
    indicators = lines(
        _("Indicators"),
        "indicator_lines",
        help=_("Empty: the figures of the books are brought in; they may be edited."),
    )
    issued_on: Mapped[date | None] = field(
        lazy_pgettext("statistical report", "Issued on"), machine=True, sortable=True
    )
    former_id: Mapped[int | None] = reference(
        _("Former version"), "customer_statistical_report.id", machine=True
    )
    former: Mapped[CustomerStatisticalReport | None] = relationship(
        remote_side="CustomerStatisticalReport.id", foreign_keys=former_id
    )
    #: the head of a department that gets a copy reads the report too (approved recipients, §2.16)
    copies: Mapped[list[StatisticalReportDistribution]] = relationship(
        viewonly=True, foreign_keys="StatisticalReportDistribution.report_id"
    )

    def before_submission(self) -> Iterator[Refusal]:
        if not self.indicator_lines:
            yield Refusal(gettext("A report without indicators says nothing."), "indicators")

    def indicator(self, item: str | None) -> ReportIndicator | None:
        return next((one for one in self.indicator_lines if one.item == item), None)

    def twin(self) -> CustomerStatisticalReport | None:
        """Another living report of this kind, period and version."""
        cls = type(self)
        query = cls.living().where(
            cls.report_type == self.report_type,
            cls.period == self.period,
            cls.version_no == (self.version_no or 1),
        )
        if self.id is not None:
            query = query.where(cls.id != self.id)
        with db.session.no_autoflush:
            return db.session.scalar(query.limit(1))

    def first_version(self) -> CustomerStatisticalReport:
        """The version that was reviewed; the later ones stand on its reviews."""
        report = self
        while (former := report.referred("former")) is not None:
            report = former
        return report

    def newest_version(self) -> CustomerStatisticalReport:
        """The version that stands. Two amendments meet at the first one's row and build on each other."""
        cls = type(self)
        first = select(cls.id).where(cls.id == self.first_version().id)
        db.session.execute(first.with_for_update())
        query = (
            cls.living()
            .where(cls.report_type == self.report_type, cls.period == self.period)
            .order_by(cls.version_no.desc())
            .limit(1)
        )
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def reviews(self) -> dict[str, tuple[str, datetime]]:
        """Who reviewed it and when, by the role whose review it was."""
        first = self.first_version()
        if first.id is None:
            return {}
        with db.session.no_autoflush:
            case = db.session.scalar(
                select(ApprovalCase)
                .where(
                    ApprovalCase.register == first.register_name(),
                    ApprovalCase.record_id == first.id,
                    ApprovalCase.status.in_(("running", "approved")),
                )
                .order_by(ApprovalCase.id.desc())
                .limit(1)
            )
            if case is None:
                return {}
            signed = {task.no for task in case.tasks if task.status == "approved"}
            by_step = {
                act.step: (act.actor_name, act.at)
                for act in case.actions
                if act.command == "approve" and act.task_no in signed
            }
            return {
                role: by_step[step.key]
                for step in case.flow.spec()
                for role in step.who.names
                if step.key in by_step
            }

    def has_both_reviews(self) -> bool:
        return {SUPERVISOR, MANAGER} <= set(self.reviews())

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """E05: who compiled it, and both reviews; a new version carries those of the first."""
        nobody: tuple[str, datetime | None] = ("", None)
        reviews = self.reviews()
        return [
            (
                gettext("Compiled by"),
                str(self.compiled_by or ""),
                self.first_version().submitted_at,
            ),
            (gettext("Customer information supervisor"), *reviews.get(SUPERVISOR, nobody)),
            (gettext("Customer service manager"), *reviews.get(MANAGER, nobody)),
        ]


class ReportIndicator(LineRecord):
    """One figure of a statistical report."""

    __tablename__ = "customer_statistical_report_indicator"
    parent = "report"

    report_id: Mapped[int] = reference(
        lazy_pgettext("statistical report", "Report"), "customer_statistical_report.id"
    )
    report: Mapped[CustomerStatisticalReport] = relationship(back_populates="indicator_lines")
    item: Mapped[Line] = field(lazy_pgettext("customer desk", "Item"))
    value: Mapped[Line] = field(lazy_pgettext("statistical report", "Value"))


@follows_from("customer_statistical_report")
def a_new_report_brings_its_figures(report: Any) -> None:
    """D12 二.1: the figures of the books stand in it when it is drafted; they may be edited."""
    if report.id is None and not report.indicator_lines and (report.version_no or 1) == 1:
        report.indicator_lines = _figures(report)


def _figures(report: Any) -> list[ReportIndicator]:
    days = days_of_period(report.period or "")
    if days is None or report.report_type is None:
        return []
    return [
        ReportIndicator(item=item, value=value, order_no=place)
        for place, (item, value) in enumerate(indicators.of_period(report.report_type, *days))
    ]


def why_not_count_again(report: Any) -> Any:
    return None if report.state == "draft" else gettext("It is not a draft any more.")


@unless(it_is_void, why_not_count_again)
def count_again(report: CustomerStatisticalReport, _reason: str | None = None) -> None:
    """Bring the figures of the books in anew; lines of one's own stay.

    :raises Refused: when it is no draft any more
    """
    for fresh in _figures(report):
        line = report.indicator(fresh.item)
        if line is None:
            fresh.order_no = len(report.indicator_lines)
            report.indicator_lines.append(fresh)
        else:
            line.value = fresh.value
    db.session.flush()


def why_not_issue(report: Any) -> Any:
    if report.state == "issued":
        return gettext("It is issued already.")
    if report.state != "reviewed_by_manager" or not report.has_both_reviews():
        return gettext("It is issued when the supervisor and the manager have both reviewed it.")
    return None


@unless(it_is_void, why_not_issue, field="state")
def issue(report: CustomerStatisticalReport, _reason: str | None = None) -> None:
    """报发: it goes to whoever asked for it and was approved (BR-012, R15, R17).

    :raises Refused: before both have reviewed it
    """
    report.issued_on = clock.today()
    report.state = "issued"
    db.session.flush()
    deliver(report)


def deliver(report: CustomerStatisticalReport) -> None:
    """A copy is to be printed for every department whose request is approved and runs."""
    for request in StatisticalReportRequest.running(report):
        db.session.add(
            StatisticalReportDistribution(
                report=report, request=request, issued_to=request.dept, purpose="request"
            )
        )
    db.session.flush()


def new_version(
    report: CustomerStatisticalReport, item: str, value: str
) -> CustomerStatisticalReport:
    """The same report with one item changed; the one before is history (R16 Effect).

    :raises Refused: where the newest version has no such item any more
    """
    if report.indicator(item) is None:
        raise Refused(Refusal(gettext("The newest version has no such item any more."), "item"))
    number = report.version_no + 1
    # Lists show the names of versions side by side.
    name = _("%(title)s, version %(no)d", title=report.first_version().title_, no=number)
    made = CustomerStatisticalReport(
        title_=in_office_language(name)[:200],
        version_no=number,
        former=report,
        former_id=report.id,
        state="issued",
        issued_on=clock.today(),
        submitted_at=report.submitted_at,
        decided_at=report.decided_at,
        **{
            name: getattr(report, name)
            for name in (
                "report_type", "periodicity", "period", "compiled_by_id", "owner_dept_id",
            )
        },
    )  # fmt: skip
    made.indicator_lines = [
        ReportIndicator(
            item=one.item, value=value if one.item == item else one.value, order_no=one.order_no
        )
        for one in report.indicator_lines
    ]
    db.session.add(made)
    report.state = "amended"
    db.session.flush()
    deliver(made)
    return made


# -- R15 -------------------------------------------------------------------------------------------


class RequestState(Choices):
    DRAFT = "draft", lazy_pgettext("report request", "Draft")
    PENDING = "pending", lazy_pgettext("report request", "Pending")
    APPROVED = "approved", lazy_pgettext("report request", "Approved")
    REJECTED = "rejected", lazy_pgettext("report request", "Rejected")


class StatisticalReportRequest(Approvable, Record):
    """Another department asks for a periodic report it needs for its work; approved, it gets every issue."""

    __tablename__ = "statistical_report_request"
    catalogue_code = "R15"
    sources = ("D12§2.2",)
    numbered = "BBSQ-{year}{month:02}-{seq:03}"
    titled_by = "number"
    department_by = ("dept_id", "owner_dept_id")
    ruled_by = (ends_after_it_begins("from_on", "to_on"),)
    outcome = Outcome(submitted="pending", approved="approved", rejected="rejected")
    states = States(
        RequestState,
        start="draft",
        moves={"draft": ("pending",), "pending": ("draft", "approved", "rejected")},
        draft="draft",
        locked=("pending", "approved", "rejected"),
        tones={"draft": "draft", "pending": "run", "approved": "ok", "rejected": "bad"},
    )
    #: AF-20: 客户服务部经理 审查同意, then 总经理 批准
    signed_by = (
        Route(
            "AF-20",
            _("Request for a periodic report"),
            Step("service_manager", _("Customer service manager"), MANAGER, within=2),
            Step("general_manager", _("General manager"), GENERAL_MANAGER, within=2),
            article="D12",
        ),
    )  # fmt: skip
    printed_as = (
        Printout(
            "report_request.html",
            _("Request for a statistical report"),
            form="E46",
            article="D12§2.2",
            signatures=(_("Department"), _("Customer service manager"), _("General manager")),
            submitted_as=_("Department"),
        ),
    )

    dept_id: Mapped[int] = reference(_("Department"), "department.id")
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    report_wanted: Mapped[Choice] = field(
        _("Report wanted"), choices=ReportType, default="overview", sortable=True
    )
    periodicity: Mapped[Choice | None] = field(
        lazy_pgettext("customer desk", "Periodicity"),
        choices=Periodicity,
        help=_("Empty: every issue of this report."),
    )
    from_on: Mapped[date | None] = field(
        lazy_pgettext("report request", "From"), catalogue="from", sortable=True
    )
    to_on: Mapped[date | None] = field(
        lazy_pgettext("report request", "To"),
        catalogue="to",
        sortable=True,
        help=_("Empty: until further notice."),
    )
    work_need: Mapped[Prose] = field(_("Need of the work"), searched=True)
    #: the subscription: since when the department gets every issue
    subscribed_on: Mapped[date | None] = field(_("Delivered since"), machine=True, sortable=True)

    def approved(self, case: Any) -> None:
        """AF-20: from now on the department gets every issue (R17)."""
        self.subscribed_on = clock.today()
        db.session.flush()

    @classmethod
    def running(cls, report: CustomerStatisticalReport) -> list[StatisticalReportRequest]:
        """The subscriptions that an issue of this report fulfils."""
        today = clock.today()
        query = cls.living().where(
            cls.state == "approved",
            cls.report_wanted == report.report_type,
            or_(cls.periodicity.is_(None), cls.periodicity == report.periodicity),
            or_(cls.from_on.is_(None), cls.from_on <= today),
            or_(cls.to_on.is_(None), cls.to_on >= today),
        )
        return list(db.session.scalars(query.order_by(cls.id)))


# -- R16 -------------------------------------------------------------------------------------------


class AmendmentState(Choices):
    DRAFT = "draft", lazy_pgettext("report amendment", "Draft")
    PENDING = "pending", lazy_pgettext("report amendment", "Pending")
    APPROVED = "approved", lazy_pgettext("report amendment", "Approved")
    FILED = "filed", lazy_pgettext("report amendment", "Put on record")
    REJECTED = "rejected", lazy_pgettext("report amendment", "Rejected")


class StatisticalReportAmendment(Approvable, Record):
    """One item of an issued report is changed: the general manager approves, the desk puts it on record."""

    __tablename__ = "statistical_report_amendment"
    catalogue_code = "R16"
    sources = ("D12§2.3",)
    numbered = "BBXG-{year}{month:02}-{seq:03}"
    titled_by = "number"
    ruled_by = (rules.amendment_is_of_an_issued_report,)
    outcome = Outcome(submitted="pending", approved="approved", rejected="rejected")
    states = States(
        AmendmentState,
        start="draft",
        moves={
            "draft": ("pending",),
            "pending": ("draft", "approved", "rejected"),
            "approved": ("filed",),
        },
        draft="draft",
        locked=("pending", "approved", "filed", "rejected"),
        tones={
            "draft": "draft",
            "pending": "run",
            "approved": "warn",
            "filed": "ok",
            "rejected": "bad",
        },
    )
    #: AF-21: 总经理 alone; BR-012: "不必再办理审批手续"
    signed_by = (
        Route(
            "AF-21",
            _("Amendment of a statistical report"),
            Step("general_manager", _("General manager"), GENERAL_MANAGER, within=2),
            article="D12",
        ),
    )

    report_id: Mapped[int] = reference(
        lazy_pgettext("statistical report", "Report"), "customer_statistical_report.id"
    )
    report: Mapped[CustomerStatisticalReport] = relationship(foreign_keys=report_id)
    item: Mapped[Line] = field(
        lazy_pgettext("customer desk", "Item"),
        searched=True,
        help=_("As it stands in the report."),
    )
    old_value: Mapped[Line | None] = field(_("Old value"), machine=True)
    new_value: Mapped[Line] = field(_("New value"))
    reason: Mapped[Prose | None] = field(lazy_pgettext("report amendment", "Reason"))
    new_version_id: Mapped[int | None] = reference(
        _("New version"), "customer_statistical_report.id", machine=True
    )
    new_version: Mapped[CustomerStatisticalReport | None] = relationship(
        foreign_keys=new_version_id
    )
    filed_on: Mapped[date | None] = field(_("Put on record on"), machine=True)
    filed_by_id: Mapped[int | None] = reference(_("Put on record by"), "employee.id", machine=True)
    filed_by: Mapped[Employee | None] = relationship(foreign_keys=filed_by_id)

    @classmethod
    def that_led_to(cls, report: CustomerStatisticalReport) -> list[StatisticalReportAmendment]:
        """The amendments of all versions up to this one, the first one first."""
        ids: list[int] = []
        version: CustomerStatisticalReport | None = report
        while version is not None:
            ids.append(version.id)
            version = version.former
        return list(
            db.session.scalars(cls.living().where(cls.new_version_id.in_(ids)).order_by(cls.id))
        )

    def approved(self, case: Any) -> None:
        """AF-21: a new version of the report, without another review of it."""
        newest = self.report.newest_version()
        line = newest.indicator(self.item)
        self.old_value = line.value if line is not None else None
        self.new_version = new_version(newest, self.item, self.new_value)
        db.session.flush()


@follows_from("statistical_report_amendment")
def the_old_value_is_kept(amendment: Any) -> None:
    report = amendment.referred("report")
    if report is not None and (amendment.state or "draft") == "draft":
        line = report.indicator(amendment.item)
        amendment.old_value = line.value if line is not None else None


def why_not_put_on_record(amendment: Any) -> Any:
    if amendment.state == "filed":
        return gettext("It is on record already.")
    return (
        None
        if amendment.state == "approved"
        else gettext("The general manager approves it first.")
    )


@unless(it_is_void, why_not_put_on_record)
def put_on_record(amendment: StatisticalReportAmendment, _reason: str | None = None) -> None:
    """备案: the customer service department keeps it.

    :raises Refused: before the general manager has approved it
    """
    amendment.filed_on = clock.today()
    amendment.filed_by = people.who_acts()
    amendment.state = "filed"
    db.session.flush()


@guarded_by
def flows_keep_who_must_sign(record: Any, _context: Context, _act: str) -> Iterator[Refusal]:
    """BR-012: an office may edit these flows, but not take these signatures away, nor add to R16's one."""
    if not isinstance(record, ApprovalFlow) or record.state != "published":
        return
    asked = [set(step.roles or ()) for step in record.steps]
    wanted = {
        "customer_statistical_report": [{SUPERVISOR}, {MANAGER}],
        "statistical_report_request": [{MANAGER}, {GENERAL_MANAGER}],
        "statistical_report_amendment": [{GENERAL_MANAGER}],
    }.get(record.register or "")
    if wanted is None:
        return
    steps = iter(asked)
    if not all(any(roles == step for step in steps) for roles in wanted):
        yield Refusal(
            gettext("The regulation names who must sign here, in this order (D12§2)."),
            "step_lines",
        )
    elif record.register == "statistical_report_amendment" and len(asked) != 1:
        yield Refusal(
            gettext("The general manager alone approves an amendment (D12§2.3)."), "step_lines"
        )


# -- R17 -------------------------------------------------------------------------------------------


class DistributionState(Choices):
    PLANNED = "planned", lazy_pgettext("report distribution", "To be printed")
    PRINTED = "printed", lazy_pgettext("report distribution", "Printed")
    ISSUED = "issued", lazy_pgettext("report distribution", "Handed out")


class DistributionPurpose(Choices):
    UPWARD = "upward", _("Reported upward")
    REQUEST = "request", _("Given to a department that asked for it")


class StatisticalReportDistribution(Stateful, Record):
    """Copies of a report: printed, kept and handed out by the customer desk alone."""

    __tablename__ = "statistical_report_distribution"
    catalogue_code = "R17"
    sources = ("D12§2.4", "D12§2.5")
    numbered = "BBFF-{year}{month:02}-{seq:04}"
    titled_by = "number"
    department_by = ("issued_to_id", "owner_dept_id")
    owned_by = ("kept_by_id",)
    ruled_by = (
        rules.distribution_is_of_a_reviewed_report,
        rules.distribution_says_what_was_printed,
        rules.copies_are_kept_by_the_desk,
        rules.other_departments_have_an_approved_request,
    )
    states = States(
        DistributionState,
        start="planned",
        moves={"planned": ("printed",), "printed": ("issued",)},
        locked=("issued",),
        tones={"planned": "warn", "printed": "run", "issued": "ok"},
    )

    report_id: Mapped[int] = reference(
        lazy_pgettext("statistical report", "Report"), "customer_statistical_report.id"
    )
    report: Mapped[CustomerStatisticalReport] = relationship(foreign_keys=report_id)
    purpose: Mapped[Choice] = field(
        lazy_pgettext("report distribution", "Purpose"),
        choices=DistributionPurpose,
        default="upward",
    )
    request_id: Mapped[int | None] = reference(
        _("By the request"), "statistical_report_request.id"
    )
    request: Mapped[StatisticalReportRequest | None] = relationship(foreign_keys=request_id)
    issued_to_id: Mapped[int] = reference(
        _("Handed out to"), "department.id", catalogue="issued_to"
    )
    issued_to: Mapped[Department] = relationship(foreign_keys=issued_to_id)
    printed_qty: Mapped[int | None] = field(_("Copies printed"))
    kept_by_id: Mapped[int | None] = reference(
        lazy_pgettext("customer desk", "Kept by"), "employee.id", catalogue="kept_by"
    )
    kept_by: Mapped[Employee | None] = relationship(foreign_keys=kept_by_id)
    issued_on: Mapped[date | None] = field(_("Handed out on"), sortable=True)

    @staticmethod
    def may_keep(keeper: Employee) -> bool:
        """Whether he is of a department that keeps customer files, where the office has named one (A-44)."""
        named = select(Department.id).where(
            Department.keeps_customer_archive.is_(True), Department.voided_at.is_(None)
        )
        with db.session.no_autoflush:
            ids = set(db.session.scalars(named))
        dept = keeper.dept_id if keeper.dept_id is not None else keeper.dept.id
        return not ids or dept in ids


def hand_out(distribution: StatisticalReportDistribution, _reason: str | None = None) -> None:
    """The printed copies go out, today unless another day is entered."""
    distribution.issued_on = distribution.issued_on or clock.today()
    distribution.state = "issued"
    db.session.flush()


def why_not_hand_out(distribution: Any) -> Any:
    if distribution.is_void:
        return gettext("It is void.")
    if distribution.state == "issued":
        return gettext("It is handed out already.")
    return None if distribution.state == "printed" else gettext("Print the copies first.")


__all__ = [
    "CustomerStatisticalReport",
    "ReportIndicator",
    "StatisticalReportAmendment",
    "StatisticalReportDistribution",
    "StatisticalReportRequest",
]

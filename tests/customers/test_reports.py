"""Statistical reports: reviewed twice before they are issued, amended without a second round, handed out by the desk."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.approvals import casework, publishing
from app.approvals.models import ApprovalFlow, ApprovalStep
from app.deadlines import duties
from app.deadlines.models import DutyOccurrence
from app.domains.customers import reports
from app.domains.customers.reports import (
    CustomerStatisticalReport,
    ReportIndicator,
    StatisticalReportDistribution,
)
from app.domains.customers.rules.periods import days_of_period
from app.extensions import db
from app.records import Actor, Refused, check, clock, void, writing
from app.records.moving import moving
from tests.customers.acting import asked, by, sign, store, submit
from tests.factories.customers import (
    a_distribution,
    a_report,
    a_report_request,
    a_volume,
    an_amendment,
)
from tests.factories.directory import a_customer
from tests.people import hire

printed = moving("printed")


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.fixture
def desk(people):
    """The supervisor, the manager, the general manager, and the head of another department."""
    with writing("cli"):
        post = people.dave.employee.post
        made = {
            name: hire(name, chinese, dept, post, role)
            for name, chinese, dept, role in (
                ("fred", "褚卫东", people.office, "customer_info_supervisor"),
                ("mary", "蒋丽华", people.office, "customer_service_manager"),
                ("gina", "高敏", people.office, "general_manager"),
                ("hugo", "胡果", people.sales, "department_head"),
            )
        }
        people.office.keeps_customer_archive = True
    return type("Desk", (), made)


def compiled(people, **values):
    with by(people.dave):
        report = a_report(compiled_by=people.dave.employee, **values)
        db.session.add(report)
    return report


def reviewed(people, desk, **values):
    report = compiled(people, **values)
    case = submit(report, people.dave)
    sign(case, desk.fred)
    sign(case, desk.mary)
    return report


def issued(people, desk, **values):
    report = reviewed(people, desk, **values)
    with by(people.dave):
        reports.issue(report)
    return report


def values_of(report):
    return {line.item: line.value for line in report.indicator_lines}


# -- R14 ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R14")
@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_days(period, first, last):
    assert days_of_period(period) == (first, last)


@pytest.mark.catalogue("R14")
@pytest.mark.parametrize("wrong", ["2026-13", "2026-1", "2026Q5", "26", "0000-01", "2026H3", "x"])
def test_what_is_no_period_has_none(wrong):
    assert days_of_period(wrong) is None


@pytest.mark.catalogue("R14")
def test_the_period_is_written_as_its_kind_is(app, on):
    with on("2026-03-06"):
        assert refused(a_report(periodicity="month", period="2026-02")) == set()
        assert refused(a_report(periodicity="quarter", period="2026-02")) == {"period"}
        assert refused(a_report(periodicity="quarter", period="2026Q1")) == set()
        assert refused(a_report(periodicity="year", period="2025")) == set()
        assert refused(a_report(periodicity="month", period="2026-04")) == {"period"}
        assert refused(a_report(periodicity="month", period="0000-04")) == {"period"}


@pytest.mark.catalogue("R14")
def test_a_new_report_brings_the_figures_of_the_books(people, on):
    with on("2026-02-10"):
        old = store(a_customer(name="甲公司", is_key_customer=True))
        store(a_volume(customer=old), a_volume(customer=old, carrier="disk", ink=None))
    with on("2026-03-10"):
        late = store(a_customer(name="乙公司"))
        store(a_volume(customer=late))

    with on("2026-04-01"):
        february = compiled(people, period="2026-02")
        march = compiled(people, period="2026-03")
        archive = compiled(people, period="2026-03", report_type="archive")
        classes = compiled(people, period="2026-03", report_type="classes")

    assert values_of(february)["期末客户总数"] == "1"
    assert values_of(february)["资料不完整的客户档案"] == "1", (
        "what came later is in none of its figures"
    )
    assert values_of(february)["档案卷总数"] == "2"
    assert (values_of(march)["期末客户总数"], values_of(march)["本期新建客户档案"]) == ("2", "1")
    assert (values_of(archive)["档案卷总数"], values_of(archive)["未立卷的客户"]) == ("3", "0")
    assert values_of(classes)["重点客户"] == "1"


@pytest.mark.catalogue("R14")
def test_lines_of_ones_own_stay_when_the_figures_are_brought_in_again(people, on):
    with on("2026-04-01"):
        report = compiled(people, period="2026-03")
        with by(people.dave):
            report.indicator_lines.append(
                ReportIndicator(item="展会接待客户", value="12", order_no=99)
            )
            report.indicator("期末客户总数").value = "写错了"
        with by(people.dave):
            reports.count_again(report)

    assert (values_of(report)["展会接待客户"], values_of(report)["期末客户总数"]) == ("12", "0")


@pytest.mark.catalogue("R14")
def test_a_period_has_one_report_of_a_kind_and_no_item_twice(people):
    compiled(people, period="2026-02")

    with pytest.raises(Refused) as no:
        compiled(people, period="2026-02")
    assert {refusal.field for refusal in no.value.refusals} == {"period"}
    compiled(people, period="2026-02", report_type="archive")
    twice = a_report(
        indicator_lines=[
            ReportIndicator(item="一", value="1"),
            ReportIndicator(item="一", value="2"),
        ]
    )
    assert refused(twice) == {"indicators"}
    row = {
        "title_": "重复", "report_type": "overview", "periodicity": "month", "period": "2026-02", "version_no": 1,
        "compiled_by_id": people.dave.employee.id, "state": "draft", "version": 1,
    }  # fmt: skip
    with (
        pytest.raises(IntegrityError),
        db.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.execute(CustomerStatisticalReport.__table__.insert(), [row])


@pytest.mark.catalogue("AF-19", "R14")
def test_the_supervisor_reviews_first_and_the_manager_then(people, desk):
    report = compiled(people)

    case = submit(report, people.dave)
    assert (report.state, asked(case)) == ("submitted", {desk.fred.id})
    sign(case, desk.fred)
    assert (report.state, asked(case)) == ("reviewed_by_supervisor", {desk.mary.id})
    sign(case, desk.mary)

    assert report.state == "reviewed_by_manager"
    assert set(report.reviews()) == {"customer_info_supervisor", "customer_service_manager"}


@pytest.mark.catalogue("AF-19", "R14")
def test_who_refuses_sends_it_back_to_its_compiler(people, desk):
    report = compiled(people)
    case = submit(report, people.dave)
    sign(case, desk.fred)

    sign(case, desk.mary, "reject", "数字与台账不符")

    assert (report.state, report.reviews()) == ("draft", {})
    with by(people.dave):
        report.title_ = "客户信息统计报表（更正）"


@pytest.mark.catalogue("BR-012", "R14")
def test_a_report_is_issued_only_with_both_reviews(people, desk):
    report = compiled(people)
    with pytest.raises(Refused), by(people.dave):
        reports.issue(report)
    case = submit(report, people.dave)
    sign(case, desk.fred)
    with pytest.raises(Refused), by(people.dave):
        reports.issue(report)
    sign(case, desk.mary)
    with by(people.dave):
        reports.issue(report)

    assert (report.state, report.issued_on) == ("issued", clock.today())


@pytest.mark.catalogue("BR-012")
def test_no_report_is_born_issued_and_no_administrator_pushes_one_past_a_review(people, desk):
    with pytest.raises(Refused) as no:
        compiled(people, state="issued")
    assert {refusal.field for refusal in no.value.refusals} == {"state"}
    report = compiled(people)
    case = submit(report, people.dave)
    sign(case, desk.fred)
    with writing("ui", Actor(people.admin.id, "admin")):
        casework.force(case.id, "force_pass", key="f", reason="经理出差")
    assert report.state == "reviewed_by_manager"

    with pytest.raises(Refused), by(people.dave):
        reports.issue(report)
    with pytest.raises(Refused), writing("cli"):
        report.state = "issued"


@pytest.mark.catalogue("BR-012", "AF-19", "AF-20", "AF-21")
@pytest.mark.parametrize(
    ("flow", "change"),
    [
        ("AF-19", lambda steps: steps.pop()),
        ("AF-19", lambda steps: steps.reverse()),
        ("AF-20", lambda steps: steps.pop(0)),
        ("AF-21", lambda steps: setattr(steps[0], "roles", ("marketing_manager",))),
        (
            "AF-21",
            lambda steps: steps.append(
                ApprovalStep(
                    key="more", title="再审", who="role", roles=("marketing_manager",), order_no=9
                )
            ),
        ),
    ],
)
def test_an_office_cannot_publish_these_flows_without_who_must_sign(app, flow, change):
    found = db.session.scalars(select(ApprovalFlow).where(ApprovalFlow.flow == flow)).one()

    with pytest.raises(Refused) as no, writing("cli"):
        draft = publishing.new_version(found)
        change(draft.steps)
        publishing.publish(draft)

    assert "step_lines" in {refusal.field for refusal in no.value.refusals}


@pytest.mark.catalogue("BR-012", "AF-19")
def test_an_office_may_add_a_review_of_its_own_to_the_two(app):
    found = db.session.scalars(select(ApprovalFlow).where(ApprovalFlow.flow == "AF-19")).one()

    with writing("cli"):
        draft = publishing.new_version(found)
        draft.steps.append(
            ApprovalStep(
                key="gm", title="总经理", who="role", roles=("general_manager",), order_no=9
            )
        )
        publishing.publish(draft)

    assert draft.state == "published"


# -- R15 ---------------------------------------------------------------------------------------------


def requested(people, desk, **values):
    with by(desk.hugo):
        request = a_report_request(dept=people.sales, **values)
        db.session.add(request)
    return request


def granted(people, desk, **values):
    request = requested(people, desk, **values)
    case = submit(request, desk.hugo)
    sign(case, desk.mary)
    sign(case, desk.gina)
    return request


@pytest.mark.catalogue("AF-20", "R15")
def test_the_manager_consents_and_the_general_manager_approves_a_request(people, desk):
    request = requested(people, desk)

    case = submit(request, desk.hugo)
    assert (request.state, asked(case)) == ("pending", {desk.mary.id})
    sign(case, desk.mary)
    assert (request.state, asked(case)) == ("pending", {desk.gina.id})
    assert request.subscribed_on is None
    sign(case, desk.gina)

    assert (request.state, request.subscribed_on) == ("approved", clock.today())


@pytest.mark.catalogue("AF-20", "R15", "R17")
def test_an_approved_request_brings_a_copy_of_every_issue(people, desk):
    granted(people, desk)

    report = issued(people, desk)
    issued(people, desk, report_type="archive")

    (copy,) = db.session.scalars(select(StatisticalReportDistribution))
    assert (copy.report, copy.issued_to, copy.state) == (report, people.sales, "planned")


@pytest.mark.catalogue("AF-20", "R14", "R15")
def test_who_gets_a_copy_reads_the_report_and_no_other_department_does(people, desk, as_):
    before = issued(people, desk)
    granted(people, desk)
    report, other = issued(people, desk), issued(people, desk, report_type="archive")

    pages = [
        as_(desk.hugo).get(f"/customer_statistical_report/show/{one.id}").status_code
        for one in (before, report, other)
    ]

    assert pages == [404, 200, 404]


@pytest.mark.catalogue("AF-20", "R15", "BR-012")
def test_a_refused_ended_or_other_request_brings_nothing(people, desk):
    refused_one = requested(people, desk)
    sign(submit(refused_one, desk.hugo), desk.mary, "reject", "与工作无关")
    today = clock.today()
    granted(people, desk, from_on=today - timedelta(days=9), to_on=today - timedelta(days=1))
    granted(people, desk, from_on=today + timedelta(days=1))
    granted(people, desk, periodicity="quarter")
    gone = granted(people, desk)
    with writing("cli"):
        void(gone, "部门撤销")

    issued(people, desk)

    assert list(db.session.scalars(select(StatisticalReportDistribution))) == []
    assert refused_one.state == "rejected"


def test_a_request_ends_after_it_begins(app):
    assert refused(a_report_request(from_on=date(2026, 3, 2), to_on=date(2026, 3, 1))) == {"to_on"}


# -- R16 ---------------------------------------------------------------------------------------------


def amended(people, desk, report, item="期末客户总数", value="31"):
    with by(desk.mary):
        amendment = an_amendment(report=report, item=item, new_value=value)
        db.session.add(amendment)
    return amendment


@pytest.mark.catalogue("AF-21", "R16", "BR-012")
def test_the_general_manager_alone_approves_an_amendment_and_the_desk_puts_it_on_record(
    people, desk
):
    report = issued(people, desk)
    amendment = amended(people, desk, report)
    assert amendment.old_value == "0"

    case = submit(amendment, desk.mary)
    assert asked(case) == {desk.gina.id}
    with pytest.raises(Refused), by(desk.mary):
        reports.put_on_record(amendment)
    sign(case, desk.gina)
    assert amendment.state == "approved"
    with by(desk.mary):
        reports.put_on_record(amendment)

    assert (amendment.state, amendment.filed_by, amendment.filed_on) == (
        "filed",
        desk.mary.employee,
        clock.today(),
    )


@pytest.mark.catalogue("AF-21", "R14", "R16")
def test_it_makes_a_new_version_without_another_review(people, desk):
    report = issued(people, desk)
    before = values_of(report)
    amendment = amended(people, desk, report)

    sign(submit(amendment, desk.mary), desk.gina)

    new = amendment.new_version
    assert (report.state, new.state, new.version_no, new.former) == (
        "amended",
        "issued",
        2,
        report,
    )
    assert "2" in new.title
    assert "2" not in report.title
    assert values_of(report) == before
    assert values_of(new) == before | {"期末客户总数": "31"}
    assert new.has_both_reviews()
    assert [name for _title, name, _at in new.signatures()] == ["陈勇", "褚卫东", "蒋丽华"]


@pytest.mark.catalogue("AF-21", "R16")
def test_two_amendments_under_way_build_on_each_other(people, desk):
    report = issued(people, desk)
    one = amended(people, desk, report, value="31")
    two = amended(people, desk, report, item="较重要、未来将发展的新客户", value="5")
    first, second = submit(one, desk.mary), submit(two, desk.mary)

    sign(first, desk.gina)
    sign(second, desk.gina)

    last = two.new_version
    assert (last.version_no, last.former, one.new_version.state) == (3, one.new_version, "amended")
    assert values_of(last)["期末客户总数"] == "31"
    assert values_of(last)[two.item] == "5"


@pytest.mark.catalogue("R16")
def test_only_the_newest_issued_report_is_amended_and_only_what_it_has(people, desk):
    report = issued(people, desk)
    assert refused(an_amendment(report=report, item="没有这一项")) == {"item"}
    assert refused(an_amendment(report=report, item="期末客户总数", new_value="0")) == {
        "new_value"
    }
    sign(submit(amended(people, desk, report), desk.mary), desk.gina)

    assert refused(an_amendment(report=report, item="期末客户总数")) == {"report_id"}


@pytest.mark.catalogue("AF-21", "R16")
def test_a_refused_amendment_changes_nothing(people, desk):
    report = issued(people, desk)
    amendment = amended(people, desk, report)

    sign(submit(amendment, desk.mary), desk.gina, "reject", "数字无误")

    assert (amendment.state, report.state, amendment.new_version) == ("rejected", "issued", None)


# -- R17 ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R17", "BR-012")
def test_only_reviewed_reports_are_printed_and_only_issued_ones_handed_out(people, desk):
    assert refused(a_distribution(report=compiled(people))) == {"report_id"}
    report = reviewed(people, desk)
    with by(people.dave):
        copy = a_distribution(
            report=report, issued_to=people.sales, printed_qty=3, kept_by=people.dave.employee
        )
        db.session.add(copy)
    with by(people.dave):
        printed(copy)

    with pytest.raises(Refused) as no, by(people.dave):
        reports.hand_out(copy)
    assert {refusal.field for refusal in no.value.refusals} == {"report_id"}
    db.session.refresh(copy)
    with by(people.dave):
        reports.issue(report)
        reports.hand_out(copy)

    assert (copy.state, copy.issued_on) == ("issued", clock.today())


@pytest.mark.catalogue("R17", "BR-012")
def test_of_an_amended_report_the_new_version_is_handed_out(people, desk):
    report = issued(people, desk)
    with by(people.dave):
        copy = a_distribution(
            report=report, issued_to=people.sales, printed_qty=1, kept_by=people.dave.employee
        )
        db.session.add(copy)
        printed(copy)
    sign(submit(amended(people, desk, report), desk.mary), desk.gina)

    with pytest.raises(Refused), by(people.dave):
        reports.hand_out(copy)


@pytest.mark.catalogue("R17")
def test_copies_say_how_many_were_printed_and_who_keeps_them(people, desk):
    report = issued(people, desk)
    copy = a_distribution(report=report, state="printed")
    assert refused(copy) == {"printed_qty", "kept_by_id"}
    assert refused(a_distribution(report=report, printed_qty=0)) == {"printed_qty"}
    assert refused(a_distribution(report=report, kept_by=people.alice.employee)) == {"kept_by_id"}
    assert refused(a_distribution(report=report, kept_by=people.dave.employee)) == set()


@pytest.mark.catalogue("R17", "BR-012", "R15")
def test_another_department_gets_a_report_by_its_approved_request_only(people, desk):
    report = issued(people, desk)
    pending, other = requested(people, desk), granted(people, desk, report_wanted="archive")
    good = granted(people, desk)

    def asked_for(request, dept=people.sales):
        return refused(
            a_distribution(report=report, purpose="request", request=request, issued_to=dept)
        )

    assert asked_for(None) == {"request_id"}
    assert asked_for(pending) == {"request_id"}
    assert asked_for(other) == {"request_id"}
    assert asked_for(good, people.office) == {"issued_to_id"}
    assert asked_for(good) == set()


@pytest.mark.catalogue("R17", "BR-012")
def test_nobody_but_the_desk_prints_keeps_and_hands_out(people, desk, as_):
    report = issued(people, desk)
    data = {"report_id": report.id, "purpose": "upward", "issued_to_id": people.sales.id}

    codes = [
        as_(somebody).post("/statistical_report_distribution/add", data=data).status_code
        for somebody in (desk.hugo, desk.mary, desk.gina, people.alice, people.dave)
    ]

    assert codes == [403, 403, 403, 403, 302]


# -- deadlines and paper ---------------------------------------------------------------------------------


@pytest.mark.catalogue("DL-17")
def test_the_report_of_a_month_is_due_on_the_fifth_working_day_of_the_next(people, desk, on):
    with on("2026-03-02"):
        duties.run()
        row = db.session.scalars(
            select(DutyOccurrence).where(
                DutyOccurrence.duty == "DL-17", DutyOccurrence.period == "2026-02"
            )
        ).one()
        assert clock.in_office(row.due_at).date() == date(2026, 3, 6)
        compiled(people, period="2026-01")
        compiled(people, period="2026-02")
        duties.run()
        assert row.done_at is None
        report = db.session.scalars(
            select(CustomerStatisticalReport).where(CustomerStatisticalReport.period == "2026-02")
        ).one()
        case = submit(report, people.dave)
        sign(case, desk.fred)
        sign(case, desk.mary)
        duties.run()

    db.session.refresh(row)
    assert (row.evidence_register, row.evidence_id) == ("customer_statistical_report", report.id)


@pytest.mark.catalogue("E05", "R14")
def test_the_report_comes_out_with_its_indicators_signatures_and_amendments(people, desk, as_):
    from tests.documents.test_prints import words_of

    report = issued(people, desk, title_="二月客户信息统计报表")
    amendment = amended(people, desk, report, value="31,415")
    sign(submit(amendment, desk.mary), desk.gina)
    new = amendment.new_version

    paper = as_(desk.fred).get(
        f"/print/customer_statistical_report/{new.id}/statistical_report.pdf", buffered=True
    )

    words = words_of(paper.data).replace(" ", "")
    for said in ("客户信息统计报表", "二月客户信息统计报表", "期末客户总数", "31,415", "褚卫东", "蒋丽华", "陈勇", amendment.number, "E05"):  # fmt: skip
        assert said in words


@pytest.mark.catalogue("E46", "R15")
def test_the_request_comes_out_with_its_need_and_both_signatures(people, desk, as_):
    from tests.documents.test_prints import words_of

    request = granted(people, desk)

    paper = as_(desk.hugo).get(
        f"/print/statistical_report_request/{request.id}/report_request.pdf", buffered=True
    )

    words = words_of(paper.data).replace(" ", "")
    for said in (
        "统计报表提供申请单",
        "编制生产计划需要客户数量",
        "销售部",
        "蒋丽华",
        "高敏",
        "E46",
    ):
        assert said in words

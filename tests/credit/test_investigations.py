"""Investigations of credit (R32) and what is reported of them (R33)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.deadlines import duties
from app.deadlines.models import DutyOccurrence
from app.domains.credit import operations
from app.domains.credit.models import CompanyFinding, CreditInvestigation, OperatorFinding
from app.extensions import db
from app.records import Refused, clock, writing
from tests.credit.office import asked, by, decide, refused, store, submit
from tests.documents.test_prints import words_of
from tests.factories.credit import a_report, an_investigation
from tests.factories.directory import a_customer


@pytest.fixture
def investigation(people, customer):
    """alice's, with an answer about the operator and one about the company."""
    made = store(
        an_investigation(customer=customer, investigator=people.alice.employee), by_=people.alice
    )
    with by(people.alice):
        made.operator_items[0].rating = "good"
        made.operator_items[0].text = "夫妻共同经营"
        made.company_items[0].rating = "fair"
        made.company_items[0].text = "班组协作一般"
    return made


# -- R32 ---------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R32")
def test_a_new_investigation_asks_the_26_items_in_their_four_sections(people, customer):
    made = store(an_investigation(customer=customer), by_=people.alice)

    sections = {"company": 0, "funding": 0, "payment": 0}
    for line in made.company_items:
        sections[line.section] += 1
    assert len(made.operator_items) == 7
    assert sections == {"company": 5, "funding": 7, "payment": 7}


def test_who_signs_reads_in_his_inbox_which_customer_a_bare_number_is_about(people, investigation):
    case = submit(investigation, people.alice)

    assert case.record_label == f"{investigation.customer.name} · {investigation.number}"


@pytest.mark.catalogue("R32")
def test_the_form_of_a_new_investigation_asks_them_too(people, as_):
    page = as_(people.alice).get("/credit_investigation/add").text

    assert 'name="section_1-6-item"' in page
    assert 'name="items-18-item"' in page
    assert "是否受过银行的强制性处分" in page


@pytest.mark.catalogue("R32")
def test_items_are_graded_stand_in_their_section_and_further_ones_have_a_name(app):
    def with_item(**values):
        line = CompanyFinding(**{"section": "company", "item": "efficiency"} | values)
        return an_investigation(company_items=[line])

    assert refused(with_item(rating="good")) == set()
    assert refused(with_item(rating="yes")) == {"items"}
    assert refused(with_item(section="payment")) == {"items"}
    assert refused(with_item(item="other")) == {"items"}
    assert refused(with_item(item="other", other_item="环保记录")) == set()
    sanction = {"section": "payment", "item": "bank_sanction"}
    assert refused(with_item(**sanction, rating="good")) == {"items"}
    assert refused(with_item(**sanction, rating="no")) == set()
    twice = [OperatorFinding(item="family"), OperatorFinding(item="family")]
    assert refused(an_investigation(operator_items=twice)) == {"section_1"}


@pytest.mark.catalogue("R32", "BR-040")
def test_the_channel_is_one_of_four_outside_or_two_inside(app):
    words = [value for value, _label in CreditInvestigation.specs()["channel"].options()]

    assert len(words) == 6
    with app.test_request_context():
        kinds = [an_investigation(channel=word).channel_kind for word in words]
    assert len(set(kinds[:4])) == len(set(kinds[4:])) == 1
    assert kinds[0] != kinds[-1]
    assert refused(an_investigation(channel="horoscope")) == {"channel"}


@pytest.mark.catalogue("R32")
def test_figures_and_days_of_an_investigation_are_possible_ones(app):
    tomorrow = clock.today() + timedelta(days=1)

    assert refused(an_investigation(investigated_on=tomorrow)) == {"investigated_on"}
    assert refused(an_investigation(overall_score=101)) == {"overall_score"}
    assert refused(an_investigation(best_limit=-1)) == {"best_limit"}


@pytest.mark.catalogue("R32")
def test_the_superior_reads_what_was_handed_in_or_sends_it_back(people, investigation):
    case = submit(investigation, people.alice)
    assert (investigation.state, asked(case)) == ("submitted", [people.bob.id])
    decide(case, people.bob, "reject", opinion="补充票据情况")
    assert investigation.state == "draft"

    decide(submit(investigation, people.alice), people.bob)

    assert investigation.state == "reviewed"


@pytest.mark.catalogue("R32")
def test_what_was_found_out_about_the_operator_is_for_author_manager_and_head_office(
    people, hugo, gina, investigation, as_, client, token
):
    page = f"/credit_investigation/show/{investigation.id}"
    place = f"/api/v1/credit_investigation/{investigation.id}"
    secret = "夫妻共同经营"

    for somebody in (people.alice, people.bob, hugo):
        assert secret in as_(somebody).get(page).text
        assert client.get(place, headers=token(somebody)).json["result"]["section_1"]
    for somebody in (gina, people.erin):
        shown = as_(somebody).get(page).text
        assert secret not in shown
        assert "班组协作一般" in shown
        row = client.get(place, headers=token(somebody)).json["result"]
        assert "section_1" not in row
        assert row["items"]


@pytest.mark.catalogue("R32")
def test_the_history_of_the_page_gives_no_hint_of_it(people, gina, investigation, as_):
    with by(people.alice):
        investigation.operator_items[0].text = "家庭纠纷"
        investigation.company_items[0].text = "流动频繁"
    page = f"/credit_investigation/timeline/{investigation.id}"

    assert "家庭纠纷" in as_(people.bob).get(page).text
    shown = as_(gina).get(page).text
    assert "家庭纠纷" not in shown
    assert "流动频繁" in shown


@pytest.mark.catalogue("R32")
def test_it_is_never_exported_and_the_looks_are_logged(people, investigation, as_):
    browser = as_(people.bob)
    for address in ("", "?columns=all", "?which=all"):
        with browser.get(f"/export/credit_investigation.csv{address}") as answer:
            sheet = answer.data.decode("utf-8-sig")
        assert investigation.customer.name in sheet
        assert "夫妻共同经营" not in sheet

    browser.get(f"/credit_investigation/show/{investigation.id}")
    entry = db.session.scalars(
        select(AuditEntry).where(
            AuditEntry.register == "credit_investigation", AuditEntry.action == "read"
        )
    ).first()
    assert entry.actor_id == people.bob.id


@pytest.mark.catalogue("E08")
def test_the_form_shows_four_sections_and_leaves_the_operator_out_for_whom_he_is_none_of_it(
    people, gina, investigation, as_
):
    place = f"/print/credit_investigation/{investigation.id}/credit_investigation.pdf"
    with as_(people.bob).get(place) as answer:
        paper = words_of(answer.data)
    with as_(gina).get(place) as answer:
        less = words_of(answer.data)

    for words in ("家庭气氛", "员工的团队意识", "票据业务", "付款构成", "夫妻共同经营"):
        assert words in paper
    assert "夫妻共同经营" not in less
    assert "班组协作一般" in less


@pytest.mark.catalogue("R32")
def test_another_representative_does_not_see_it(people, investigation, as_):
    from tests.people import hire

    with writing("cli"):
        other = hire("ruth", "罗兰", people.sales, people.alice.employee.post, "sales_rep")

    assert as_(other).get(f"/credit_investigation/show/{investigation.id}").status_code == 404


# -- R33 ---------------------------------------------------------------------------------------------


def report(people, customer, **values):
    return store(
        a_report(customer=customer, reported_to=people.bob.employee, **values), by_=people.alice
    )


@pytest.mark.catalogue("BR-036", "R33")
def test_what_is_abnormal_is_reported_urgently_and_says_in_which_form(app):
    assert refused(a_report(abnormality=True)) == {"report_mode"}
    assert refused(a_report(abnormality=True, report_mode="urgent")) == {"form"}
    assert refused(a_report(abnormality=True, report_mode="urgent", form="oral")) == set()
    assert refused(a_report(report_mode="periodic")) == set()


@pytest.mark.catalogue("AF-09", "BR-036", "R33")
def test_an_urgent_report_waits_for_the_explicit_instruction_of_the_superior(people, customer):
    urgent = report(people, customer, report_mode="urgent", form="oral", abnormality=True)
    case = submit(urgent, people.alice)
    assert (case.flow.flow, asked(case), urgent.state) == ("AF-09", [people.bob.id], "reported")

    with pytest.raises(Refused) as no:
        decide(case, people.bob)
    assert no.value.refusals[0].field == "instruction"
    with pytest.raises(Refused), by(people.alice):
        operations.carry_out_instruction(urgent, "已减少供货")
    decide(case, people.bob, values={"instruction": "减少供货量，追加抵押担保"})

    assert (urgent.state, urgent.instructed_by, urgent.instruction) == (
        "instructed",
        people.bob.employee,
        "减少供货量，追加抵押担保",
    )
    with pytest.raises(Refused), by(people.alice):
        operations.carry_out_instruction(urgent, " ")
    with by(people.alice):
        operations.carry_out_instruction(urgent, "自四月起减半供货")
    assert urgent.state == "executed"
    assert "自四月起减半供货" in urgent.remark


@pytest.mark.catalogue("AF-13", "R33")
@pytest.mark.parametrize("mode", ["daily", "periodic"])
def test_a_daily_or_periodic_report_is_read_by_the_superior_and_closed(people, customer, mode):
    made = report(people, customer, report_mode=mode)
    case = submit(made, people.alice)
    assert (case.flow.flow, asked(case)) == ("AF-13", [people.bob.id])

    decide(case, people.bob, opinion="已阅")

    assert (made.state, made.instructed_by) == ("closed", people.bob.employee)


@pytest.mark.catalogue("AF-13")
def test_a_superior_who_may_not_sign_is_stood_in_for_by_the_marketing_manager(people, customer):
    made = store(a_report(customer=customer, reported_to=people.carol.employee), by_=people.alice)

    assert asked(submit(made, people.alice)) == [people.bob.id]


@pytest.mark.catalogue("R33", "DL-22")
def test_a_report_was_made_when_it_was_handed_in_unless_it_says_when(people, customer, on):
    with on("2026-03-02 10:00"):
        made = report(people, customer)
        submit(made, people.alice)

    assert clock.in_office(made.reported_on).date() == date(2026, 3, 2)
    assert refused(a_report(reported_on=clock.now() + timedelta(days=1))) == {"reported_on"}


@pytest.mark.catalogue("R33")
def test_a_report_refers_to_an_investigation_of_the_same_customer(people, investigation):
    mine = a_report(customer=investigation.customer, investigation=investigation)
    assert refused(mine) == set()
    other = store(a_customer())
    assert refused(a_report(customer=other, investigation=investigation)) == {"investigation_id"}


@pytest.mark.catalogue("E09")
def test_the_report_is_printed_with_its_mode_the_instruction_and_both_names(people, customer, as_):
    urgent = report(people, customer, report_mode="urgent", form="written")
    decide(submit(urgent, people.alice), people.bob, values={"instruction": "立即停止赊销"})

    with as_(people.bob).get(
        f"/print/customer_investigation_report/{urgent.id}/customer_investigation_report.pdf"
    ) as answer:
        paper = words_of(answer.data)

    for words in ("紧急报告", "立即停止赊销", "李雯", "王强", urgent.number):
        assert words in paper


# -- what is due -------------------------------------------------------------------------------------


def occurrence(code, period):
    return db.session.scalars(
        select(DutyOccurrence).where(DutyOccurrence.duty == code, DutyOccurrence.period == period)
    ).one()


@pytest.mark.catalogue("DL-61")
def test_every_trading_customer_is_investigated_each_half_year(people, on):
    with on("2026-06-20"):
        with writing("cli"):
            one, two = a_customer(), a_customer()
            db.session.add_all([one, two])
            db.session.flush()
            for customer in (one, two):
                customer.taken_over_on, customer.take_over_reason = clock.today(), "老客户"
                customer.state = "trading"
        first = store(an_investigation(customer=one), by_=people.alice)
        submit(first, people.alice)
        duties.run()
        assert occurrence("DL-61", "2026-H1").done_at is None
        second = store(an_investigation(customer=two), by_=people.alice)
        duties.run()
        assert occurrence("DL-61", "2026-H1").done_at is None, "a draft is no investigation"
        submit(second, people.alice)
        duties.run()

    found = occurrence("DL-61", "2026-H1")
    assert (found.evidence_register, found.evidence_id) == ("credit_investigation", second.id)
    assert found.due_at.isoformat() == "2026-06-30T09:30:00+00:00"


@pytest.mark.catalogue("DL-22")
def test_what_a_month_brought_is_reported_by_the_first_working_day_of_the_next(
    people, customer, on
):
    with on("2026-03-10"):
        submit(store(an_investigation(customer=customer), by_=people.alice), people.alice)
        submit(report(people, store(a_customer())), people.alice)
        duties.run()
        found = occurrence("DL-22", "2026-03")
        assert found.due_at.isoformat() == "2026-04-01T09:30:00+00:00"
        assert found.done_at is None, "the customer who was investigated was not reported on"
        submit(report(people, customer), people.alice)
        duties.run()

    assert occurrence("DL-22", "2026-03").done_at is not None

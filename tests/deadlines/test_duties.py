"""What is due again and again, what proves it, who is told."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.deadlines import duties, rhythm
from app.deadlines.calendar import WorkCalendar
from app.deadlines.duties import DUTIES
from app.deadlines.models import CalendarDay, DutyOccurrence
from app.domains.customers.models import CustomerAnnualRecord
from app.domains.sales.models import CustomerStock
from app.extensions import db
from app.notices.models import Notification
from app.records import NotAllowed, Refused, writing
from tests import people as persons
from tests.approvals.test_casework import as_person, hand_over
from tests.approvals.test_casework import pair as pair
from tests.clock import on
from tests.factories import make
from tests.factories.directory import a_customer

PLAIN = WorkCalendar()


def dues(kind, year=2026, table=PLAIN):
    return {p.key: p.due.strftime("%m-%d %H:%M") for p in kind(year, table)}


def test_each_kind_of_duty_is_due_when_the_regulations_say():
    assert dues(rhythm.month_after(5))["2026-03"] == "04-07 17:30"
    assert dues(rhythm.quarter_after(5))["2026-Q1"] == "04-07 17:30"
    assert dues(rhythm.half_yearly) == {"2026-H1": "06-30 17:30", "2026-H2": "12-31 17:30"}
    assert dues(rhythm.within((10, 1), (12, 31))) == {"2026": "12-31 17:30"}
    assert dues(rhythm.yearly_by(5, 31)) == {"2026": "05-31 17:30"}
    assert dues(rhythm.weekly)["2026-W10"] == "03-06 17:30"
    assert dues(rhythm.every_workday)["2026-03-02"] == "03-02 17:30"
    assert "2026-03-01" not in dues(rhythm.every_workday)


def test_the_last_five_days_of_a_month_begin_on_the_27th_of_january():
    periods = rhythm.last_days_of(5, 1, 4, 7, 10)(2026, PLAIN)

    assert [str(p.first) for p in periods] == [
        "2026-01-27",
        "2026-04-26",
        "2026-07-27",
        "2026-10-27",
    ]
    assert [str(p.last) for p in periods] == [
        "2026-01-31",
        "2026-04-30",
        "2026-07-31",
        "2026-10-31",
    ]


def test_a_make_up_saturday_makes_it_due_earlier_and_a_half_day_at_noon():
    assert (
        dues(rhythm.month_after(5), table=WorkCalendar({date(2026, 4, 4): "makeup"}))["2026-03"]
        == "04-06 17:30"
    )
    assert (
        dues(rhythm.month_after(5), table=WorkCalendar({date(2026, 4, 7): "morning"}))["2026-03"]
        == "04-07 12:00"
    )


@given(st.integers(2000, 2100))
def test_periods_of_a_year_have_names_of_their_own(year):
    for kind in (
        rhythm.weekly,
        rhythm.month_after(5),
        rhythm.quarterly,
        rhythm.half_yearly,
        rhythm.every_workday,
    ):
        keys = [p.key for p in kind(year, PLAIN)]
        assert len(keys) == len(set(keys))
        assert all(p.first <= p.last for p in kind(year, PLAIN))


def row_of(code, period):
    db.session.expire_all()
    return db.session.scalars(
        select(DutyOccurrence).where(DutyOccurrence.duty == code, DutyOccurrence.period == period)
    ).one_or_none()


def told(somebody, code):
    """What a person was told about this duty."""
    query = select(Notification.kind).where(
        Notification.user_id == somebody.id, Notification.once.contains(f":{code}:")
    )
    return db.session.scalars(query.order_by(Notification.id)).all()


@pytest.mark.catalogue("DL-25")
def test_the_stock_of_a_month_is_due_on_the_fifth_working_day_of_the_next_and_proved_by_the_register(
    people,
):
    with on("2026-03-20"):
        duties.run()
        row = row_of("DL-25", "2026-03")
        # Tomb-sweeping Day 2026 takes the 6th of April away.
        assert row.due_at.isoformat() == "2026-04-08T09:30:00+00:00"
        assert duties.run().made == 0, "twice makes nothing twice"
    with on("2026-04-03"), as_person(people.alice):
        stock = make("customer_stock", month=date(2026, 3, 1))
        db.session.add(stock)
    with on("2026-04-03"):
        assert duties.run().fulfilled == 1

    row = row_of("DL-25", "2026-03")
    assert row.done_at is not None
    assert (row.evidence_register, row.evidence_id) == ("customer_stock", stock.id)
    assert isinstance(stock, CustomerStock)


@pytest.mark.catalogue("DL-25")
def test_its_owner_is_reminded_before_and_his_manager_told_after_each_once(people):
    with on("2026-03-20"):
        duties.run()
    with on("2026-04-01"):
        duties.run()
        assert told(people.alice, "DL-25") == []
    with on("2026-04-02"):  # three working days before the 8th: the 6th is a holiday
        duties.run()
        duties.run()
    assert told(people.alice, "DL-25") == ["duty_due"]
    with on("2026-04-08 17:31"):
        duties.run()
        assert duties.run().escalated == 0
    assert "duty_late" in told(people.bob, "DL-25")


def test_when_the_calendar_changes_what_is_open_is_due_anew(people):
    with on("2026-03-20"):
        duties.run()
        due = row_of("DL-25", "2026-03").due_at
        # Whatever else reports on March by the fifth working day (DL-17) moves with it, and nothing
        # besides: a duty of each working day (DL-01) stays on its day.
        together = db.session.scalars(
            select(DutyOccurrence.duty).where(
                DutyOccurrence.due_at == due, DutyOccurrence.period == "2026-03"
            )
        ).all()
        with writing("cli"):
            db.session.add(CalendarDay(day=date(2026, 4, 4), kind="makeup", name="调休"))
        assert duties.run().moved == len(together)

        assert row_of("DL-25", "2026-03").due_at.isoformat() == "2026-04-07T09:30:00+00:00"


@pytest.mark.catalogue("DL-19")
def test_the_yearly_record_is_done_when_every_trading_customer_has_his(people):
    with on("2026-05-20"):
        with writing("cli"):
            one, two = a_customer(), a_customer()
            db.session.add_all([one, two])
            db.session.flush()
            for customer in (one, two):
                db.session.execute(
                    db.text("UPDATE customer SET state = 'trading' WHERE id = :id"),
                    {"id": customer.id},
                )
            db.session.add(CustomerAnnualRecord(customer=one, year=2025))
        duties.run()
        assert row_of("DL-19", "2026").done_at is None
        with writing("cli"):
            db.session.add(CustomerAnnualRecord(customer=two, year=2025))
        duties.run()

    assert row_of("DL-19", "2026").done_at is not None


@pytest.mark.catalogue("DL-18")
def test_what_no_register_proves_is_ticked_off_by_whose_duty_it_is_with_a_word(people):
    with on("2026-06-20"):
        duties.run()
        row = row_of("DL-18", "2026-H1")
        with pytest.raises(Refused), as_person(people.dave):
            duties.tick_off(row, " ")
        with pytest.raises(NotAllowed), as_person(people.alice):
            duties.tick_off(row, "已核对")
        with as_person(people.dave):
            duties.tick_off(row, "上半年 312 户已逐户核对")
        with pytest.raises(Refused), as_person(people.alice):
            duties.tick_off(row_of("DL-25", "2026-06") or row, "x")

    assert duties.state_of(row_of("DL-18", "2026-H1")) == "done"


@pytest.mark.catalogue("DL-24")
def test_the_indices_are_due_before_targets_are_set(people):
    with on("2026-11-20"):
        duties.run()
        assert row_of("DL-24", "2026").due_at.isoformat() == "2026-12-01T09:30:00+00:00"


@pytest.mark.catalogue("DL-51")
def test_the_review_of_rights_is_a_duty_of_each_quarter(people):
    with on("2026-03-20"):
        duties.run()

    assert row_of("DL-51", "2026-Q1").due_at.isoformat() == "2026-03-31T09:30:00+00:00"


def test_every_duty_names_roles_and_registers_that_exist():
    from app.records import REGISTERED
    from app.security.roles import ROLES

    for duty in DUTIES.values():
        assert set(duty.owners) | set(duty.escalates_to) <= set(ROLES), duty.code
        assert not duty.register or duty.register in REGISTERED, duty.code


@pytest.fixture
def boss(people):
    with writing("cli"):
        return persons.hire(
            "gina", "高敏", people.office, people.alice.employee.post, "general_manager"
        )


def of_regulation(code, page):
    return re.search(rf'(?s)regulation={code}".*?</a>', page)[0]


def leave_only(code):
    """All other duties are done."""
    with writing("cli"):
        for row in db.session.scalars(select(DutyOccurrence).where(DutyOccurrence.duty != code)):
            row.done_at = row.due_at


def test_a_manager_sees_article_by_article_how_the_regulations_are_kept(people, as_, boss):
    with on("2026-03-20"):
        duties.run()
        leave_only("DL-25")
    with on("2026-04-08 17:00"):
        page = as_(boss).get("/compliance/?regulation=D1").text
        assert "填报客户当月库存" in page
        assert "将到期 1" in of_regulation("D1", page)
    with on("2026-04-09 09:00"):
        page = as_(boss).get("/compliance/").text
        assert "逾期 1" in of_regulation("D1", page), "a day later it is red"


def test_each_sees_his_duties_and_ticks_them_off_over_the_page(people, as_):
    with on("2026-06-20"):
        duties.run()
        browser = as_(people.dave)
        assert "核对并确认客户资料" in browser.get("/duties/").text
        assert "核对并确认客户资料" not in as_(people.alice).get("/duties/").text
        row = row_of("DL-18", "2026-H1")
        browser.post(f"/duties/{row.id}/done", data={"reason": "已逐户核对"})

        assert row_of("DL-18", "2026-H1").note == "已逐户核对"


@pytest.mark.catalogue("BR-015")
def test_b_has_as_duties_between_the_dates_of_the_handover(people, pair):
    """bob owns what the marketing manager owes; carol stands in for him on Monday and Tuesday."""
    duty = next(d for d in duties.DUTIES.values() if "marketing_manager" in d.owners)
    with on("2026-03-06"):
        hand_over(people, pair, "2026-03-09", "2026-03-10")
        assert not duties.owns(duty, people.carol.id)
    with on("2026-03-09"):
        assert duties.owns(duty, people.carol.id)
    with on("2026-03-11"):
        assert not duties.owns(duty, people.carol.id)
        assert duties.owns(duty, people.bob.id)

"""Before a grading the account manager puts right what it stands on; the approved grade stands in the profile."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from app.deadlines import dates
from app.domains.customers import grading
from app.domains.customers.grading import CustomerGrading
from app.extensions import db
from app.records import NotAllowed, Refused, void, writing
from tests.clock import on
from tests.customers import retailers
from tests.customers.acting import asked, by, sign, submit
from tests.customers.retailers import ATTENTION, CIRCLE, fill, profile_of, received
from tests.factories.retail import a_grading


@pytest.fixture
def staff(people):
    return retailers.take_on(people)


@pytest.fixture
def shop(staff):
    with on("2026-03-02"):
        return received(staff)


def opened(shop, staff, day="2026-03-10", **values):
    with by(staff.nina):
        made = a_grading(
            **{
                "customer": shop.customer,
                "round_name": "2026Q1",
                "evaluation_on": date.fromisoformat(day),
            }
            | values
        )
        db.session.add(made)
    return made


def late(record):
    return [deadline.code for deadline, _when, is_late in dates.standing(record) if is_late]


@pytest.mark.catalogue("R26", "DL-06", "BR-017")
def test_a_round_that_comes_early_hurries_the_onboarding_and_a_voided_one_does_not(shop, staff):
    with on("2026-03-02"):
        made = opened(shop, staff)
        assert shop.circle_display_by == date(2026, 3, 9)
        with writing("cli"):
            void(made, "改期")
        dates.run()
    db.session.refresh(shop)

    assert shop.circle_display_by == date(2026, 3, 13)


@pytest.mark.catalogue("R26", "DL-09")
def test_the_account_manager_puts_the_inputs_right_by_the_working_day_before(shop, staff):
    with on("2026-03-02"):
        made = opened(shop, staff)
        assert made.account_manager == staff.mike.employee
        with pytest.raises(Refused), by(staff.mike):
            grading.adjust_inputs(made)  # nothing is maintained yet
        fill(shop, staff.mike, CIRCLE, ATTENTION)
        with pytest.raises(NotAllowed), by(staff.nina):
            grading.adjust_inputs(made)
    with on("2026-03-09 17:29"):
        assert late(made) == []
    with on("2026-03-09 17:31"):
        assert late(made) == ["DL-09"]
        with by(staff.mike):
            grading.adjust_inputs(made)

    assert (made.inputs_adjusted_on, late(made)) == (date(2026, 3, 9), [])


@pytest.mark.catalogue("R26")
def test_a_round_closes_only_on_complete_inputs_and_the_chiefs_signature(shop, staff):
    with on("2026-03-10"):
        made = opened(shop, staff)
        fill(shop, staff.mike, CIRCLE, attention_degree="high")
        with pytest.raises(Refused) as no:
            submit(made, staff.nina)
        assert {refusal.field for refusal in no.value.refusals} == {"customer_id", "grade"}
        fill(shop, staff.mike, ATTENTION)
        with by(staff.nina):
            made.grade = "b"
        case = submit(made, staff.nina)
        assert (asked(case), profile_of(shop).grade) == ({staff.carl.id}, None)
        fill(shop, staff.mike, attention_degree="low")
        sign(case, staff.carl)

    assert (made.state, made.approver) == ("closed", staff.carl.employee)
    assert (made.attention_degree, profile_of(shop).grade) == ("high", "b")


@pytest.mark.catalogue("R26", "R19")
def test_the_inputs_follow_the_profile_while_it_is_open(shop, staff):
    with on("2026-03-10"):
        fill(shop, staff.mike, CIRCLE)
        made = opened(shop, staff)
        assert (made.trade_circle_type, made.display_form) == ("residential", "cabinet")
        fill(shop, staff.mike, display_form="shelf")

    assert made.display_form == "shelf"


@pytest.mark.catalogue("R26", "R19")
def test_an_older_round_that_is_signed_late_does_not_undo_a_newer_grade(shop, staff):
    with on("2026-07-10"):
        fill(shop, staff.mike, CIRCLE, ATTENTION)
        older = opened(shop, staff, grade="c")
        newer = opened(shop, staff, "2026-06-10", round_name="2026Q2", grade="a")
        for made in (newer, older):
            sign(submit(made, staff.nina), staff.carl)

    assert (older.state, profile_of(shop).grade) == ("closed", "a")


@pytest.mark.catalogue("R26")
def test_a_customer_stands_once_in_a_round(shop, staff):
    with on("2026-03-02"):
        made = opened(shop, staff)
        with pytest.raises((Refused, IntegrityError)):
            opened(shop, staff)
    db.session.rollback()
    with on("2026-03-02"):
        with writing("cli"):
            void(db.session.get(CustomerGrading, made.id), "录错")
        opened(shop, staff)

"""Customers are received by the rules for guests; important ones as guests of honour."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domains.customers import reception
from app.extensions import db
from app.records import Refused, check, clock, writing
from tests.clock import on
from tests.customers.acting import asked, by, sign, submit
from tests.factories.directory import a_customer
from tests.factories.retail import a_reception
from tests.people import hire


@pytest.fixture
def ruth(people):
    """Of the office."""
    with writing("cli"):
        return hire("ruth", "云霞", people.office, people.alice.employee.post, "office")


def planned(people, customer=None, **values):
    with by(people.alice):
        made = a_reception(**{"customer": customer or a_customer()} | values)
        db.session.add(made)
    return made


@pytest.mark.catalogue("R13")
def test_the_level_comes_from_the_card_and_the_host_from_who_enters_it(people):
    plain = planned(people)
    honoured = planned(people, a_customer(is_vip=True))

    assert (plain.level, honoured.level) == ("ordinary", "vip")
    assert plain.host == people.alice.employee


@pytest.mark.catalogue("R13", "BR-009")
def test_whom_the_card_calls_important_is_received_as_a_guest_of_honour(app):
    with db.session.no_autoflush:
        made = a_reception(customer=a_customer(is_vip=True), level="ordinary")
        assert {refusal.field for refusal in check(made)} == {"level"}
        assert not list(check(a_reception(customer=a_customer(), level="vip")))
        early = a_reception(leave_at=clock.now())
        assert {refusal.field for refusal in check(early)} == {"leave_at"}


@pytest.mark.catalogue("R13", "AF-60")
def test_the_head_signs_and_for_guests_of_honour_the_office_too(people, ruth):
    plain = planned(people)
    case = submit(plain, people.alice)
    assert asked(case) == {people.bob.id}
    sign(case, people.bob)
    honoured = planned(people, a_customer(is_vip=True), programme="参观展厅，洽谈")
    case = submit(honoured, people.alice)
    sign(case, people.bob)
    assert (plain.state, honoured.state, asked(case)) == ("approved", "submitted", {ruth.id})
    sign(case, ruth)

    assert (honoured.state, honoured.number is not None) == ("approved", True)


@pytest.mark.catalogue("R13")
def test_a_guest_of_honour_has_a_programme_and_no_budget_is_below_zero(people):
    made = planned(people, a_customer(is_vip=True), budget=Decimal(-1))

    with pytest.raises(Refused) as no:
        submit(made, people.alice)

    assert {refusal.field for refusal in no.value.refusals} == {"programme", "budget"}


@pytest.mark.catalogue("R13")
def test_it_is_held_when_it_was_approved_and_the_guests_have_come(people):
    with on("2026-03-02"):
        made = planned(people, arrive_at=clock.now() + timedelta(days=1))
        with pytest.raises(Refused), by(people.alice):
            reception.note_done(made)
        sign(submit(made, people.alice), people.bob)
        with pytest.raises(Refused), by(people.alice):
            reception.note_done(made)
    with on("2026-03-04"), by(people.alice):
        reception.note_done(made, "客户满意，约定下月签约")

    assert (made.state, made.outcome_note) == ("done", "客户满意，约定下月签约")

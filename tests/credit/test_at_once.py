"""Several who sell to the same customer at the same moment, each in a process of his own, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.domains.credit.models import CreditLimitAlert, CreditSupplyHold, Receivable
from app.extensions import db
from tests.credit.office import store
from tests.factories.credit import a_creditworthy_customer, a_receivable
from tests.house.processes import two_of

ROUNDS = 5


@pytest.fixture(scope="module")
def sellers(app, database, data_dir):
    yield from two_of("tests.credit.seller", database, data_dir)


@pytest.fixture(autouse=True)
def _others_write_too(database):
    database.written |= set(db.metadata.tables)


def both(sellers, *asked):
    for seller, one in zip(sellers, asked, strict=True):
        seller.send(**one)
    return [seller.answer() for seller in sellers]


def owed(customer):
    db.session.rollback()
    query = select(func.sum(Receivable.outstanding_usd)).where(
        Receivable.customer_id == customer.id
    )
    return db.session.scalar(query) or 0


@pytest.mark.catalogue("BR-034", "R36")
def test_of_two_sales_that_each_fit_and_together_do_not_one_is_refused(people, sellers):
    for _round in range(ROUNDS):
        customer = a_creditworthy_customer()
        one = {"act": "sell", "customer": customer.id, "amount": "60000"}

        answers = both(sellers, one, one)

        assert sorted(answers, key=str) == [{"done": True}, {"no": ["amount"]}], answers
        assert owed(customer) == 60_000


@pytest.mark.catalogue("BR-034", "R37")
def test_a_bill_and_a_sale_at_once_are_counted_together(people, sellers):
    for _round in range(ROUNDS):
        customer = a_creditworthy_customer()

        answers = both(
            sellers,
            {"act": "sell", "customer": customer.id, "amount": "60000"},
            {"act": "bill", "customer": customer.id, "amount": "60000"},
        )

        assert sorted(answers, key=str) == [{"done": True}, {"no": ["amount"]}], answers


@pytest.mark.catalogue("R36")
def test_two_sales_that_both_fit_both_stand_and_the_alert_is_there_once(people, sellers):
    for _round in range(ROUNDS):
        customer = a_creditworthy_customer()
        one = {"act": "sell", "customer": customer.id, "amount": "47000"}

        answers = both(sellers, one, one)

        assert [next(iter(a)) for a in answers] == ["done", "done"], answers
        assert owed(customer) == 94_000
        alerts = select(func.count()).where(CreditLimitAlert.customer_id == customer.id)
        assert db.session.scalar(alerts) == 1


@pytest.mark.catalogue("BR-037", "R45")
def test_a_stop_and_a_sale_at_once_leave_no_sale_after_the_stop(people, sellers):
    for _round in range(ROUNDS):
        customer = a_creditworthy_customer()

        answers = both(
            sellers,
            {"act": "hold", "customer": customer.id},
            {"act": "sell", "customer": customer.id, "amount": "60000"},
        )

        assert "done" in answers[0], answers
        db.session.rollback()
        db.session.refresh(customer)
        assert customer.state == "credit_hold"
        hold = db.session.scalar(
            select(CreditSupplyHold.created_at).where(CreditSupplyHold.customer_id == customer.id)
        )
        sold = db.session.scalar(
            select(Receivable.created_at).where(Receivable.customer_id == customer.id)
        )
        assert hold is not None
        assert ("done" in answers[1]) == (sold is not None)


@pytest.mark.catalogue("BR-034", "R36")
def test_an_edited_sale_and_a_new_one_at_once_are_counted_together(people, sellers):
    for _round in range(ROUNDS):
        customer = a_creditworthy_customer()
        sale = store(a_receivable(customer=customer, amount=1_000))

        answers = both(
            sellers,
            {"act": "raise", "sale": sale.id, "amount": "60000"},
            {"act": "sell", "customer": customer.id, "amount": "60000"},
        )

        assert sorted(answers, key=str) == [{"done": True}, {"no": ["amount"]}], answers
        assert owed(customer) <= 100_000

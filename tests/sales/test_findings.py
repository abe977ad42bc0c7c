"""What is found out: the trade of customers, and what the figures say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.domains.sales import operations
from app.domains.sales.findings import (
    CustomerTradeEstimate,
    EstimateMethod,
    PushLine,
    SalesAnalysisNote,
)
from app.extensions import db
from app.records import Actor, Refused, writing
from app.security import scopes
from tests.factories import make


def refused_fields(function):
    with pytest.raises(Refused) as no:
        function()
    return set(no.value.by_field())


def stored(register, **values):
    with writing("cli"):
        record = make(register, **values)
        db.session.add(record)
        db.session.flush()
    return record


# -- the trade of a customer (R54) ---------------------------------------------------------------------


@pytest.mark.catalogue("R54", "BR-062")
def test_an_estimate_names_one_of_the_seven_ways(shop):
    def without():
        stored("customer_trade_estimate", customer=shop.near, method=None)

    def by_guess():
        stored("customer_trade_estimate", customer=shop.near, method="guess")

    assert len(EstimateMethod) == 7
    assert refused_fields(without) == {"method"}
    assert refused_fields(by_guess) == {"method"}
    for way in EstimateMethod:
        made = stored(
            "customer_trade_estimate",
            customer=shop.near,
            method=way.value,
            source_document="2025 年度决算书",
        )
        assert made.number.startswith("JYE-")


@pytest.mark.catalogue("R54", "BR-062")
def test_who_has_the_statement_of_accounts_says_which(shop):
    def unnamed():
        stored("customer_trade_estimate", customer=shop.near, method="statements")

    assert refused_fields(unnamed) == {"source_document"}


@pytest.mark.catalogue("R54")
def test_trade_of_nothing_or_asked_tomorrow_is_refused(shop, on):
    with on("2026-03-01"):
        assert refused_fields(lambda: stored("customer_trade_estimate", amount=Decimal(0))) == {
            "amount"
        }
        assert refused_fields(
            lambda: stored("customer_trade_estimate", asked_on=date(2026, 3, 2))
        ) == {"asked_on"}
        assert stored("customer_trade_estimate", asked_on=date(2026, 3, 1)).id


@pytest.mark.catalogue("R54")
def test_trade_is_of_a_month_or_of_a_year(shop):
    assert stored("customer_trade_estimate", period="2026-3").period == "2026-03"
    assert stored("customer_trade_estimate", period="2026").period == "2026"
    assert refused_fields(lambda: stored("customer_trade_estimate", period="三月")) == {"period"}


# -- conclusions (R60) ---------------------------------------------------------------------------------


@pytest.mark.catalogue("R60")
def test_a_conclusion_says_something(shop):
    def empty():
        stored("sales_analysis_note", customer=shop.near, tendency=None, focus_correct=True)

    assert refused_fields(empty) == {"tendency"}
    assert stored("sales_analysis_note", tendency=None, problem="货架太小").id
    assert stored("sales_analysis_note", tendency=None, hot_here_slow_there_reason="学校多").id
    pushing = stored("sales_analysis_note", tendency=None, push_lines=[PushLine(product=shop.p)])
    assert [line.product for line in pushing.push_lines] == [shop.p]


@pytest.mark.catalogue("R60")
def test_a_product_is_pushed_once(shop):
    def twice():
        lines = [PushLine(product=shop.p), PushLine(product=shop.q), PushLine(product=shop.p)]
        stored("sales_analysis_note", push_lines=lines)

    assert refused_fields(twice) == {"products_to_push"}


@pytest.mark.catalogue("R60")
def test_what_was_read_says_by_whom_and_stays_as_it_is(shop, people, on):
    note = stored("sales_analysis_note", customer=shop.near)
    bob = people.bob
    with on("2026-03-05"), writing("cli", Actor(bob.user.id, "bob")):
        operations.mark_read(note)

    assert (note.state, note.read_on) == ("read", date(2026, 3, 5))
    assert note.read_by_id == bob.employee.id
    with pytest.raises(Refused), writing("cli"):
        note.problem = "改写"
    with pytest.raises(Refused), writing("cli"):
        operations.mark_read(note)


@pytest.mark.catalogue("R54", "R60", "BR-061")
def test_a_representative_sees_what_is_written_of_his_own_customers(shop, people, eyes):
    def seen(cls):
        reached = scopes.rows_reached(eyes(people.alice), "r", cls.__tablename__, cls)
        return {record.customer_id for record in db.session.scalars(cls.living().where(reached))}

    for customer in (shop.near, shop.far):
        stored("customer_trade_estimate", customer=customer)
        stored("sales_analysis_note", customer=customer)

    assert seen(CustomerTradeEstimate) == {shop.near.id}
    assert seen(SalesAnalysisNote) == {shop.near.id}

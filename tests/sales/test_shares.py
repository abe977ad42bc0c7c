"""A customer's share of our sales, and our share of his purchases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.analytics.months import Month
from app.domains.sales import operations
from app.domains.sales.measures.customer_share import trade_of
from app.extensions import db
from app.records import void, writing
from tests.factories import make
from tests.sales.shop import TYPES, a_customer, a_fact, asked, column, type_named
from tests.sales.test_measures import YEAR, everything_behind_adds_up


def stored(register, in_force=True, **values):
    with writing("cli"):
        record = make(register, **values)
        db.session.add(record)
        db.session.flush()
        if in_force and register == "required_share":
            operations.put_in_force(record)
    return record


def trade(customer, amount, period="2026", asked_on=date(2026, 1, 5)):
    return stored(
        "customer_trade_estimate",
        customer=customer,
        amount=Decimal(amount),
        period=period,
        asked_on=asked_on,
    )


def level(metric, pct, **whose):
    return stored("required_share", year=2026, metric=metric, required_pct=Decimal(pct), **whose)


@pytest.fixture
def example(shop, on):
    """BR-052: 300 000 of 5 000 000; he trades 1 200 000."""
    with on("2026-12-31"):
        with writing("cli"):
            a_fact(shop.near, shop.p, "2026-02", 100_000)
            a_fact(shop.near, shop.q, "2026-09", 200_000)
            a_fact(shop.far, shop.p, "2026-03", 4_700_000)
            a_fact(shop.near, shop.p, "2025-12", 999)
        trade(shop.near, 1_200_000)
        yield shop


@pytest.mark.catalogue("AN-03", "BR-052")
def test_the_shares_of_the_example(example):
    level("of_company", 5, customer=example.near)
    level("of_customer", 30, customer=example.near)

    answer = asked("customer_share", **YEAR)
    near = answer["rows"][1]

    assert column(answer, "code") == [example.far.number, example.near.number]
    assert (near["sales"], near["share"], near["required"]) == ("300000.00", "0.06", "0.05")
    assert near["reached"] is True
    assert (near["trade"], near["wallet"], near["wallet_required"]) == (
        "1200000.00",
        "0.25",
        "0.3",
    )
    assert near["wallet_reached"] is False
    assert Decimal(answer["totals"]["sales"]) == 5_000_000
    assert everything_behind_adds_up("customer_share", **YEAR) == 2


@pytest.mark.catalogue("AN-03", "BR-052", "R56")
def test_a_level_is_reached_at_the_level_itself(example):
    level("of_company", 6, customer=example.near)

    assert asked("customer_share", **YEAR)["rows"][1]["reached"] is True


@pytest.mark.catalogue("AN-03", "R56")
def test_a_customers_own_level_goes_before_that_of_his_kind_of_business(example):
    level("of_company", 9, business_type=example.near.business_type)
    of_kind = asked("customer_share", **YEAR)["rows"][1]
    level("of_company", 4, customer=example.near)

    own = asked("customer_share", **YEAR)["rows"]

    assert (of_kind["required"], of_kind["reached"]) == ("0.09", False)
    assert (own[1]["required"], own[1]["reached"]) == ("0.04", True)
    assert (own[0]["required"], own[0]["reached"]) == (None, None)


@pytest.mark.catalogue("AN-03", "R56")
def test_a_draft_a_void_or_another_years_level_is_none(example):
    stored(
        "required_share",
        in_force=False,
        year=2026,
        metric="of_company",
        business_type=type_named(TYPES[2]),
    )
    void_one = level("of_company", 4, customer=example.near)
    with writing("cli"):
        void(void_one, "改了")
    stored("required_share", year=2025, metric="of_company", customer=example.near)

    answer = asked("customer_share", **YEAR)

    assert column(answer, "required") == [None, None]
    assert answer["totals"]["flags"]


@pytest.mark.catalogue("AN-03", "R54")
def test_the_estimate_asked_last_counts_in_proportion_of_the_months(example):
    first, last = Month(2026, 1), Month(2026, 12)
    near = example.near.id
    trade(example.near, 2_400_000, asked_on=date(2026, 6, 1))
    void_one = trade(example.near, 1, asked_on=date(2026, 7, 1))
    trade(example.near, 7, period="2025", asked_on=date(2026, 8, 1))
    with writing("cli"):
        void(void_one, "听错了")

    assert trade_of([near], first, last) == {near: 2_400_000}
    assert trade_of([near], first, Month(2026, 3)) == {near: 600_000}
    trade(example.near, 50_000, period="2026-09", asked_on=date(2026, 9, 9))
    assert trade_of([near], first, last) == {near: 600_000}
    assert trade_of([near], first, Month(2026, 8)) == {near: 1_600_000}
    assert trade_of([example.far.id], first, last) == {}


@pytest.mark.catalogue("AN-03")
def test_a_period_without_sales_has_no_shares_and_is_no_error(example):
    answer = asked("customer_share", from_="2020-01", to="2020-12")

    assert answer["rows"] == []
    assert answer["totals"]["share"] is None
    assert answer["totals"]["flags"]


@pytest.mark.catalogue("AN-03", "BR-061")
def test_a_representative_sees_his_customers_measured_by_the_whole_company(
    example, people, eyes, as_
):
    answer = asked("customer_share", eyes(people.alice), **YEAR)

    assert column(answer, "code") == [example.near.number]
    assert column(answer, "share") == ["0.06"]
    assert Decimal(answer["totals"]["sales"]) == 300_000
    page = as_(people.alice).get("/measures/customer_share?from=2026-01&to=2026-12")
    assert example.near.name in page.text
    assert example.far.name not in page.text


@pytest.mark.catalogue("AN-03")
def test_page_sheet_and_paper_say_which_level_is_not_reached(example, people, as_):
    level("of_company", 9, customer=example.near)
    bob = as_(people.bob)

    page = bob.get("/measures/customer_share?from=2026-01&to=2026-12")
    paper = bob.get("/measures/customer_share.pdf?from=2026-01&to=2026-12")

    assert "未达到" in page.text
    assert paper.data[:4] == b"%PDF"
    with writing("cli"):
        a_customer("无交易客户")
    assert len(asked("customer_share", **YEAR)["rows"]) == 2


# -- ways of finding out (AN-04) -----------------------------------------------------------------------


@pytest.mark.catalogue("AN-04", "BR-062")
def test_the_seven_ways_are_counted_with_their_age(example):
    trade(example.near, 900_000, asked_on=date(2026, 12, 1))
    trade(example.far, 800_000, asked_on=date(2026, 11, 1))
    stored(
        "customer_trade_estimate",
        customer=example.near,
        method="statements",
        source_document="2025 年度决算书",
        asked_on=date(2026, 12, 30),
    )
    with writing("cli"):
        void(trade(example.far, 5, asked_on=date(2026, 12, 31)), "听错了")

    answer = asked("trade_estimates")
    of_far = asked("trade_estimates", customer=example.far.number)

    assert len(answer["rows"]) == 7
    first, statements = answer["rows"][0], answer["rows"][5]
    assert (first["estimates"], first["customers"], first["share"]) == (3, 2, "0.75")
    assert (first["asked_last"], first["days"]) == ("2026-12-01", 30)
    assert (statements["estimates"], statements["days"]) == (1, 1)
    assert answer["rows"][1]["days"] is None
    assert column(of_far, "estimates") == [1, 0, 0, 0, 0, 0, 0]


@pytest.mark.catalogue("AN-04", "BR-061")
def test_a_representative_counts_the_estimates_of_his_own_customers(example, people, eyes, as_):
    trade(example.far, 800_000)

    assert asked("trade_estimates", eyes(people.alice))["rows"][0]["customers"] == 1
    assert asked("trade_estimates")["rows"][0]["customers"] == 2
    assert as_(people.alice).get("/measures/trade_estimates").status_code == 200
    assert as_(people.bob).get("/measures/trade_estimates.pdf").data[:4] == b"%PDF"
    assert as_(people.carol).get("/measures/trade_estimates").status_code == 403


@pytest.mark.catalogue("AN-04")
def test_without_any_estimate_there_is_a_word_and_no_share(shop):
    answer = asked("trade_estimates")

    assert column(answer, "share") == [None] * 7
    assert answer["totals"]["flags"]

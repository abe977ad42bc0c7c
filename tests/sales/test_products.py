"""The composition of what is sold, and whether the tasks are fulfilled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domains.sales import operations
from app.extensions import db
from app.records import writing
from tests.factories import make
from tests.sales.shop import a_fact, asked, column, figures
from tests.sales.test_measures import YEAR, everything_behind_adds_up


def a_task(product, amount, period="2026", in_force=True, **whose):
    with writing("cli"):
        task = make(
            "product_sales_task",
            product=product,
            period=period,
            task_amount=Decimal(amount),
            **whose,
        )
        db.session.add(task)
        db.session.flush()
        if in_force:
            operations.put_in_force(task)
    return task


@pytest.fixture
def example(shop):
    """BR-054: 120 000, 90 000 and 90 000 of one customer."""
    with writing("cli"):
        for product, sales in ((shop.p, 120_000), (shop.q, 90_000), (shop.r, 90_000)):
            a_fact(shop.near, product, "2026-02", sales)
        a_fact(shop.far, shop.r, "2026-03", 700_000)
    return shop


@pytest.mark.catalogue("AN-06", "BR-054")
def test_the_composition_of_the_example(example):
    near = example.near.number
    a_task(example.p, 120_000, customer=example.near)
    a_task(example.q, 90_001, customer=example.near)

    answer = asked("product_composition", customer=near, **YEAR)

    assert column(answer, "name") == ["插座 P", "开关 Q", "灯泡 R"]
    assert figures(column(answer, "sales")) == [120_000, 90_000, 90_000]
    assert column(answer, "share") == ["0.4", "0.3", "0.3"]
    assert column(answer, "achieved") == [True, False, None]
    assert everything_behind_adds_up("product_composition", customer=near, **YEAR) == 3


@pytest.mark.catalogue("AN-11", "R58")
def test_target_actual_and_rate_of_the_whole_company(example):
    a_task(example.r, 1_580_000)
    a_task(example.p, 1, customer=example.near)
    a_task(example.q, 1, in_force=False)

    answer = asked("product_composition", **YEAR)
    first = answer["rows"][0]

    assert (first["sales"], first["task"], first["rate"]) == ("790000.00", "1580000.00", "0.5")
    assert column(answer, "achieved") == [False, None, None]


@pytest.mark.catalogue("AN-11", "R58")
def test_what_was_never_sold_is_not_fulfilled(example, shop):
    with writing("cli"):
        unsold = make("product", name="新品")
        db.session.add(unsold)
        db.session.flush()
    a_task(unsold, 10)

    last = asked("product_composition", **YEAR)["rows"][-1]

    assert (last["name"], last["sales"], last["rate"], last["achieved"]) == (
        "新品",
        "0.00",
        "0",
        False,
    )


@pytest.mark.catalogue("AN-11", "R58")
def test_a_years_task_stands_for_its_months_and_half_a_year_has_none(example):
    a_task(example.p, 100, "2026-02")
    a_task(example.p, 50, "2026-03")
    a_task(example.q, 500)
    a_task(example.q, 40, "2026-02")

    of_year = asked("product_composition", **YEAR)
    of_spring = asked("product_composition", from_="2026-02", to="2026-03")

    def tasks(answer):
        return {row["name"]: row["task"] for row in answer["rows"]}

    assert tasks(of_year) == {"灯泡 R": None, "插座 P": "150.00", "开关 Q": "500.00"}
    assert tasks(of_spring) == {"灯泡 R": None, "插座 P": "150.00", "开关 Q": "40.00"}


@pytest.mark.catalogue("AN-11", "BR-061")
def test_a_representative_sees_his_sales_against_his_own_tasks(example, people, eyes):
    a_task(example.p, 1_000_000)
    a_task(example.p, 60_000, rep_id=people.alice.employee.id)
    a_task(example.r, 5, rep_id=people.bob.employee.id)
    alice = eyes(people.alice)

    answer = asked("product_composition", alice, **YEAR)
    of_bob = asked("product_composition", alice, rep=str(people.bob.employee.id), **YEAR)

    assert figures(column(answer, "sales")) == [120_000, 90_000, 90_000]
    assert column(answer, "task") == ["60000.00", None, None]
    assert column(answer, "rate") == ["2", None, None]
    assert of_bob["rows"] == []
    assert everything_behind_adds_up("product_composition", alice, **YEAR) == 3


@pytest.mark.catalogue("AN-06")
def test_a_period_without_sales_has_no_shares_and_the_default_is_a_year(example, on):
    empty = asked("product_composition", from_="2020-01", to="2020-12")
    with on("2026-06-20"):
        default = asked("product_composition")["parameters"]

    assert empty["rows"] == []
    assert len(empty["totals"]["flags"]) == 2
    assert (default["from"], default["to"]) == ("2026-01", "2026-12")


@pytest.mark.catalogue("AN-11")
def test_the_page_says_which_task_is_not_fulfilled(example, people, as_):
    a_task(example.p, 900_000)
    bob = as_(people.bob)

    page = bob.get("/measures/product_composition?from=2026-01&to=2026-12")
    paper = bob.get("/measures/product_composition.pdf?from=2026-01&to=2026-12")

    assert "未完成" in page.text
    assert paper.data[:4] == b"%PDF"

"""What the company expects: sales tasks of products, and shares it requires."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from app.domains.sales import operations
from app.domains.sales.expectations import ProductSalesTask, RequiredShare
from app.extensions import db
from app.records import Refused, void, writing
from app.security import scopes
from tests.factories import make
from tests.sales.shop import TYPES, a_fact, type_named


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


def a_level(customer=None, **more):
    return stored("required_share", **({"customer": customer} if customer else {}), **more)


# -- sales tasks (R58) ---------------------------------------------------------------------------------


@pytest.mark.catalogue("R58", "BR-054")
@pytest.mark.parametrize(
    ("sales", "pct", "fulfilled"),
    [(119_999, "100.00", False), (120_000, "100", True), (90_000, "75", False)],
)
def test_a_task_is_fulfilled_when_sales_reach_it(shop, sales, pct, fulfilled):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", sales)
        a_fact(shop.near, shop.q, "2026-02", 999)
        a_fact(shop.near, shop.p, "2025-12", 999)

    task = stored("product_sales_task", product=shop.p, period="2026", task_amount=120_000)

    assert task.achieved_amount == sales
    assert task.achieved_pct == Decimal(pct)
    assert task.achieved is fulfilled


@pytest.mark.catalogue("R58")
def test_a_task_counts_the_sales_of_whoever_has_it(shop, people):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", 30)
        a_fact(shop.small, shop.p, "2026-03", 5)
        a_fact(shop.far, shop.p, "2026-02", 70)

    def achieved(period="2026", **whose):
        task = stored("product_sales_task", product=shop.p, period=period, **whose)
        return task.achieved_amount

    assert achieved() == 105
    assert achieved(rep_id=people.alice.employee.id) == 35
    assert achieved(customer=shop.small) == 5
    assert achieved("2026-02") == 100


@pytest.mark.catalogue("R58")
def test_the_period_of_a_task_is_a_year_or_a_month(shop):
    task = stored("product_sales_task", product=shop.p, period=" 2026-3 ")

    assert task.period == "2026-03"
    for wrong in ("2026-13", "明年", "2026Q1", "26"):
        assert refused_fields(
            lambda text=wrong: stored("product_sales_task", product=shop.q, period=text)
        ) == {"period"}


@pytest.mark.catalogue("R58")
def test_a_task_of_nothing_is_refused(shop):
    assert refused_fields(lambda: stored("product_sales_task", task_amount=Decimal(0))) == {
        "task_amount"
    }


@pytest.mark.catalogue("R58")
def test_a_task_is_a_customers_or_a_representatives_not_both(shop, people):
    def both():
        stored("product_sales_task", customer=shop.near, rep_id=people.alice.employee.id)

    assert refused_fields(both) == {"rep_id"}


@pytest.mark.catalogue("R58")
def test_a_task_is_set_once_for_whoever_has_it_until_it_is_void(shop, people):
    alice, bob = people.alice.employee.id, people.bob.employee.id
    whose = ({}, {"rep_id": alice}, {"rep_id": bob}, {"customer": shop.near})
    first = [stored("product_sales_task", product=shop.p, **one) for one in whose]

    for one in whose:
        assert refused_fields(
            lambda one=one: stored("product_sales_task", product=shop.p, **one)
        ) == {"product_id"}
    with writing("cli"):
        void(first[0], "另立")
    assert stored("product_sales_task", product=shop.p).id != first[0].id


@pytest.mark.catalogue("R58", "R56")
@pytest.mark.parametrize("whose", ["company", "rep", "customer", "level_customer", "level_type"])
def test_two_who_set_the_same_at_one_moment_are_told_apart_by_the_database(shop, people, whose):
    if whose.startswith("level"):
        record = a_level(shop.near) if whose == "level_customer" else a_level()
    else:
        more = {
            "company": {},
            "rep": {"rep_id": people.alice.employee.id},
            "customer": {"customer": shop.near},
        }[whose]
        record = stored("product_sales_task", product=shop.p, **more)
    table = type(record).__table__
    row = {
        c.name: getattr(record, c.name)
        for c in table.columns
        if c.name not in ("id", "number", "search_text") and hasattr(record, c.name)
    }

    connection = db.session.connection()
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(table).values(**row))


@pytest.mark.catalogue("R58", "R56")
def test_what_is_in_force_is_no_longer_edited(shop):
    task = stored("product_sales_task", product=shop.p, customer=shop.near)
    level = a_level(shop.near)
    with writing("cli"):
        operations.put_in_force(task)
        operations.put_in_force(level)

    with pytest.raises(Refused), writing("cli"):
        task.task_amount = Decimal(1)
    with pytest.raises(Refused), writing("cli"):
        level.required_pct = Decimal(1)
    with pytest.raises(Refused), writing("cli"):
        operations.put_in_force(task)
    assert (task.state, level.state) == ("active", "active")
    assert (task.number[:5], level.number[:4]) == ("SPRW-", "ZYL-")


@pytest.mark.catalogue("R58", "R56", "BR-061")
def test_a_representative_sees_the_tasks_and_levels_of_his_own(shop, people, eyes):
    tasks = [
        stored("product_sales_task", product=shop.p, **one)
        for one in (
            {"rep_id": people.alice.employee.id},
            {"rep_id": people.bob.employee.id},
            {"customer": shop.near},
            {"customer": shop.far},
        )
    ]
    levels = [a_level(shop.near), a_level(shop.far)]

    def seen(cls):
        reached = scopes.rows_reached(eyes(people.alice), "r", cls.__tablename__, cls)
        return {record.id for record in db.session.scalars(cls.living().where(reached))}

    assert seen(ProductSalesTask) == {tasks[0].id, tasks[2].id}
    assert seen(RequiredShare) == {levels[0].id}


# -- required shares (R56) -----------------------------------------------------------------------------


@pytest.mark.catalogue("R56")
def test_a_level_is_demanded_of_a_customer_or_of_a_kind_of_business(shop):
    kind = type_named(TYPES[2])

    assert a_level(shop.near).business_type_id is None
    assert stored("required_share", business_type=kind).customer_id is None
    assert refused_fields(lambda: a_level(shop.far, business_type=kind)) == {"business_type_id"}

    def of_nobody():
        with writing("cli"):
            db.session.add(RequiredShare(year=2026, metric="of_company", required_pct=Decimal(5)))

    assert refused_fields(of_nobody) == {"customer_id"}


@pytest.mark.catalogue("R56", "BR-052")
@pytest.mark.parametrize("level", ["0", "-1", "100.01"])
def test_a_level_lies_above_nothing_and_up_to_the_whole(shop, level):
    assert refused_fields(lambda: a_level(shop.near, required_pct=Decimal(level))) == {
        "required_pct"
    }
    assert a_level(shop.near, required_pct=Decimal(100)).id


@pytest.mark.catalogue("R56")
def test_a_level_is_set_once_for_each_year_and_metric(shop):
    a_level(shop.near, year=2026)

    assert refused_fields(lambda: a_level(shop.near, year=2026)) == {"year"}
    assert a_level(shop.near, year=2026, metric="of_customer").id
    assert a_level(shop.near, year=2027).id

"""One sheet feeds several registers: rows are gathered, summed, and never guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domains.directory.models import Customer, Product
from app.domains.sales.models import SalesFact
from app.exchange import RECIPES, Feed, Input, Of, Recipe, Unfit, declare
from app.exchange.models import ImportRun, RunState
from app.extensions import db
from app.records import Kind, writing
from tests.exchange.rights import give
from tests.exchange.sheets import faults, faulty_rows, load

pytestmark = pytest.mark.usefixtures("people")


def no_returns(row):
    if row["amount"] < 0:
        raise Unfit("Returns are entered by hand.", "Take the row out.")
    return {
        "customer_id": Of("customer", row["customer"]),
        "product_id": Of("product", row["product"]),
        "month": row["day"].replace(day=1),
        "sales_amount": row["amount"],
        "quantity": row["quantity"],
    }


@pytest.fixture(autouse=True)
def _recipe() -> Iterator[None]:
    declare(
        Recipe(
            "test_lines",
            "Lines",
            "sales_fact",
            inputs=(
                Input("customer", "Customer", Kind.WORD, aliases=("客户 ID",), required=True),
                Input("customer_name", "Customer name", Kind.TITLE, required=True),
                Input("product", "Product", Kind.WORD, required=True),
                Input("day", "Day", Kind.DATE, required=True),
                Input("amount", "Amount", Kind.MONEY, required=True),
                Input("quantity", "Quantity", Kind.QUANTITY),
            ),
            feeds=(
                Feed(
                    "customer",
                    ("number",),
                    lambda row: {
                        "number": row["customer"],
                        "name": row["customer_name"],
                        "party_kind": ("business_customer",),
                        "relation_stage": "present",
                    },
                    agree=("name",),
                    keeps=True,
                ),
                Feed(
                    "product",
                    ("number",),
                    lambda row: {
                        "number": row["product"],
                        "name": row["product"],
                        "model": row["product"],
                    },
                    keeps=True,
                ),
                Feed(
                    "sales_fact",
                    ("customer_id", "product_id", "month"),
                    no_returns,
                    sums=("sales_amount", "quantity"),
                ),
            ),
        )
    )
    yield
    del RECIPES["test_lines"]


HEAD = ["客户 ID", "Customer name", "Product", "Day", "Amount", "Quantity"]
ROWS = [
    HEAD,
    ["C1", "甲公司", "P1", "2026-01-05", "100.125", "1"],
    ["C1", "甲公司", "P1", "2026-01-20", "50", "2"],
    ["C1", "甲公司", "P1", "2026-02-01", "7", "1"],
    ["C2", "乙公司", "P1", "2026-01-09", "30", "3"],
]


def cook(rows=ROWS, **more) -> ImportRun:
    return load(rows, "sales_fact", recipe="test_lines", **more)


def facts() -> dict[tuple[str, date], tuple[Decimal, Decimal]]:
    db.session.expire_all()
    return {
        (f.customer.number, f.month): (f.sales_amount, f.quantity)
        for f in db.session.scalars(select(SalesFact))
    }


def test_rows_are_summed_and_what_they_speak_of_is_made():
    tried = cook(simulate=True)
    assert facts() == {}

    run = cook()

    assert facts() == {
        ("C1", date(2026, 1, 1)): (Decimal("150.125"), Decimal(3)),
        ("C1", date(2026, 2, 1)): (Decimal(7), Decimal(1)),
        ("C2", date(2026, 1, 1)): (Decimal(30), Decimal(3)),
    }
    assert tried.counts["registers"] == run.counts["registers"]
    assert run.counts["registers"]["sales_fact"]["new"] == 3
    assert {c.number for c in db.session.scalars(select(Customer))} == {"C1", "C2"}
    assert all(c.import_id == run.id for c in db.session.scalars(select(Customer)))


def test_the_same_sheet_twice_gives_the_same_figures():
    cook()
    before = facts()

    run = cook()

    assert facts() == before
    assert run.counts["registers"]["sales_fact"] == {"new": 0, "changed": 0, "same": 3}


def test_an_amount_in_another_currency_is_reported_and_never_taken_for_yuan():
    rows = [
        HEAD,
        ["C1", "甲公司", "P1", "2026-01-05", "¥100", "1"],
        ["C1", "甲公司", "P1", "2026-02-20", "$50", "2"],
    ]

    run = cook(rows)

    assert faulty_rows(run) == {3}
    assert "USD" in str(faults(run))
    assert facts() == {("C1", date(2026, 1, 1)): (Decimal(100), Decimal(1))}


def test_one_id_with_two_names_is_reported_row_by_row_and_never_guessed():
    run = cook(
        [
            *ROWS,
            ["C3", "丙公司", "P1", "2026-01-05", "1", "1"],
            ["C3", "丙公司", "P2", "2026-01-05", "1", "1"],
            ["C3", "丁公司", "P2", "2026-03-05", "1", "1"],
        ]
    )

    assert faulty_rows(run) == {6, 7, 8}
    assert all("丙公司" in reason and "丁公司" in reason for _r, _c, reason in faults(run))
    assert "C3" not in {c.number for c in db.session.scalars(select(Customer))}
    assert len(facts()) == 3


def test_a_name_that_contradicts_the_register_is_reported_too():
    cook()

    run = cook([HEAD, ["C1", "甲公司(新)", "P1", "2026-04-05", "1", "1"]])

    assert faulty_rows(run) == {2}
    assert ("C1", date(2026, 4, 1)) not in facts()


def test_a_sum_that_lacks_a_row_is_not_loaded():
    rows = [
        HEAD,
        ["C1", "甲公司", "P1", "2026-01-05", "100", "1"],
        ["C1", "甲公司", "P1", "2026-01-06", "很多", "1"],
        ["C1", "甲公司", "P1", "2026-02-06", "5", "1"],
    ]

    run = cook(rows)

    # The row that cannot be read has no amount, so nobody can tell which sum it belongs to but by its keys.
    assert 3 in faulty_rows(run)
    assert ("C1", date(2026, 2, 1)) in facts()


def test_a_row_that_the_recipe_refuses_takes_its_sum_along():
    rows = [
        HEAD,
        ["C1", "甲公司", "P1", "2026-01-05", "100", "1"],
        ["C1", "甲公司", "P1", "2026-01-06", "-3", "1"],
        ["C2", "乙公司", "P1", "2026-01-06", "3", "1"],
    ]

    run = cook(rows)

    assert (3, "", "Returns are entered by hand.") in faults(run)
    assert ("C2", date(2026, 1, 1)) in facts()


def test_all_or_nothing_holds_for_every_register():
    run = cook([*ROWS, ["C9", "", "P1", "2026-01-05", "1", "1"]], mode="all")

    assert run.state == RunState.SIMULATED
    assert db.session.scalars(select(Customer)).all() == []


def test_undo_takes_every_register_back():
    cook(ROWS[:2])
    before = facts()
    run = cook([*ROWS[:3], *ROWS[4:]])
    from app.exchange import runs

    with writing("cli"):
        db.session.get(ImportRun, run.id).undo_reason = "表错了"
        runs.undo_run(run.id)

    assert facts() == before
    living = {c.number for c in db.session.scalars(Customer.living())}
    assert living == {"C1"}


def test_who_may_not_enter_customers_creates_none_by_a_recipe(people):
    give(people.carol.user, "sales_fact", "raexl", "all")
    give(people.carol.user, "product", "rax", "all")
    give(people.carol.user, "customer", "r", "all")
    with writing("cli"):
        db.session.add(
            Customer(
                number="C1", name="甲公司", party_kind=("supplier",), relation_stage="present"
            )
        )

    run = cook(by=people.carol)

    assert {c.number for c in db.session.scalars(select(Customer))} == {"C1"}
    assert {p.number for p in db.session.scalars(select(Product))} == {"P1"}
    assert {number for number, _month in facts()} == {"C1"}
    assert faulty_rows(run) == {5}

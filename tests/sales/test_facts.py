"""Facts and the sums that follow them in the same transaction."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.sales import rollups
from app.domains.sales.models import SalesFact
from app.domains.sales.rollups import SalesByCustomer, SalesByProduct, SalesTotal, StockByProduct
from app.extensions import db
from app.jobs import Job
from app.records import Refused, settings, within, writing
from tests.sales.shop import a_fact, day


def sums_of(customer):
    """period → (sales, cost, gross profit, quantity, facts) of a customer."""
    table = SalesByCustomer
    rows = db.session.execute(
        select(
            table.period, table.sales, table.cost, table.gross_profit, table.quantity, table.facts
        ).where(table.customer_id == customer.id)
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def all_sums_are_those_of_the_facts():
    return not any(rollups.differences(db.session.connection()).values())


@pytest.mark.catalogue("R52", "BR-055")
def test_cost_or_gross_profit_follows_from_the_other(shop):
    with writing("cli"):
        by_cost = a_fact(shop.near, shop.p, "2026-01", "120000", cost="84000")
        by_profit = a_fact(shop.near, shop.q, "2026-01", "129.696", gross_profit="-60.704")
        neither = a_fact(shop.near, shop.r, "2026-01", "10")

    assert by_cost.gross_profit == 36000
    assert by_profit.cost == Decimal("190.4")
    assert (neither.cost, neither.gross_profit) == (None, None)


@pytest.mark.catalogue("R52", "BR-055")
def test_cost_and_gross_profit_that_contradict_each_other_are_refused(shop):
    with pytest.raises(Refused) as no, writing("cli"):
        a_fact(shop.near, shop.p, "2026-01", "120000", cost="84000", gross_profit="40000")

    assert list(no.value.by_field()) == ["gross_profit"]


@pytest.mark.catalogue("R52", "BR-055")
def test_a_corrected_figure_takes_the_other_one_along(shop):
    with writing("cli"):
        fact = a_fact(shop.near, shop.p, "2026-01", "100", cost="60")

    with writing("cli"):
        fact.sales_amount = Decimal(110)
    assert fact.gross_profit == 50
    with writing("cli"):
        fact.gross_profit = Decimal(30)
    assert fact.cost == 80
    with writing("cli"):
        fact.cost = Decimal(70)
    assert fact.gross_profit == 40


@pytest.mark.catalogue("R52")
def test_a_fact_takes_month_currency_and_representative_from_where_they_are_known(shop, people):
    with writing("cli"):
        fact = SalesFact(
            customer_id=shop.near.id,
            product_id=shop.p.id,
            month=date(2026, 3, 17),
            sales_amount=Decimal(5),
        )
        db.session.add(fact)

    assert fact.month == date(2026, 3, 1)
    assert fact.currency == "CNY"
    assert fact.rep_id == people.alice.employee.id


@pytest.mark.catalogue("R52")
def test_a_customer_a_product_and_a_month_stand_once(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-03", "5")

    with pytest.raises(Exception, match=r"(?i)unique"), writing("cli"):
        a_fact(shop.near, shop.p, "2026-03", "6")

    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_a_fact_is_in_the_sums_of_its_month_quarter_year_and_of_all_time(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-05", "10.125", cost="4", quantity="2")
        a_fact(shop.near, shop.q, "2026-06", "1", cost="1", quantity="1.5")

    month, both = (
        (Decimal("10.125"), 4, Decimal("6.125"), 2, 1),
        (Decimal("11.125"), 5, Decimal("6.125"), Decimal("3.5"), 2),
    )
    assert sums_of(shop.near) == {
        202605: month,
        202606: (1, 1, 0, Decimal("1.5"), 1),
        202622: both,
        202600: both,
        0: both,
    }
    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_what_moves_to_another_customer_product_or_month_moves_in_the_sums(shop):
    with writing("cli"):
        fact = a_fact(shop.near, shop.p, "2026-05", "10", cost="4")
        a_fact(shop.near, shop.q, "2026-05", "7", cost="4")
    db.session.expire_all()

    with writing("cli"):
        # Nothing of it was read before: the former values must be known all the same.
        moved = db.session.get(SalesFact, fact.id)
        moved.customer = shop.far
        moved.month = date(2025, 12, 1)
        moved.sales_amount = Decimal(12)

    assert sums_of(shop.far)[202512][0] == 12
    assert sums_of(shop.near)[0][0] == 7
    assert 202512 not in sums_of(shop.near)
    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_what_is_undone_leaves_no_trace_in_the_sums(shop):
    with writing("cli", importing=71):
        a_fact(shop.near, shop.p, "2026-05", "10")
        a_fact(shop.far, shop.p, "2026-05", "20")

    with writing("cli"), within(undoing=71):
        for fact in db.session.scalars(select(SalesFact).where(SalesFact.import_id == 71)):
            db.session.delete(fact)
        db.session.flush()

    for table in (SalesByCustomer, SalesByProduct, SalesTotal, StockByProduct):
        assert db.session.execute(select(table.period)).all() == []


@pytest.mark.catalogue("R52")
def test_what_is_refused_or_rolled_back_is_in_no_sum(shop):
    def write_two_of_which_one_is_wrong():
        with writing("cli"):
            a_fact(shop.near, shop.p, "2026-05", "10")
            a_fact(shop.near, shop.q, "2026-05", "10", cost="1", gross_profit="1")

    with pytest.raises(Refused):
        write_two_of_which_one_is_wrong()
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-06", "1")
        part = db.session.begin_nested()
        a_fact(shop.near, shop.q, "2026-06", "1000")
        part.rollback()

    assert sums_of(shop.near)[0][0] == 1
    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_more_places_than_are_kept_are_rounded_alike_in_fact_and_sum(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-05", "1.00005", cost="0.99995")

    assert sums_of(shop.near)[0][0] == Decimal("1.0001")
    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_wrong_sums_are_found_and_made_anew(app, shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-05", "10", cost="4", quantity="1")
        a_fact(shop.far, shop.q, "2025-01", "20", cost="30", currency="USD")
        db.session.connection().execute(
            SalesByCustomer.__table__.update()
            .where(SalesByCustomer.customer_id == shop.near.id)
            .values(sales=1)
        )
    shell = app.test_cli_runner()

    found = shell.invoke(args=["rollups", "--json"])
    made = shell.invoke(args=["rollups", "--rebuild", "--json"])

    assert found.exit_code == 1
    assert json.loads(found.output)["differences"]["sales_by_customer"] == 4
    assert made.exit_code == 0, made.output
    assert all_sums_are_those_of_the_facts()
    assert sums_of(shop.near)[202622] == (10, 4, 6, 1, 1)


@pytest.mark.catalogue("R52")
def test_the_sums_are_made_anew_by_a_job_too(app, shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-05", "10", cost="4")
        db.session.connection().execute(SalesByCustomer.__table__.delete())

    done = app.test_cli_runner().invoke(args=["rollups", "--later", "--json"])

    job = db.session.get(Job, json.loads(done.output)["job"])
    assert job.state == "done", job.error
    assert all_sums_are_those_of_the_facts()


@pytest.mark.catalogue("R52")
def test_a_currency_that_was_set_for_the_house_is_taken(shop):
    with writing("cli"):
        settings.put("sales_currency", "USD")

    with writing("cli"):
        fact = a_fact(shop.near, shop.p, "2026-05", "10")

    assert fact.currency == "USD"
    with pytest.raises(Refused), writing("cli"):
        settings.put("sales_currency", "dollar")


@pytest.mark.catalogue("R52")
def test_a_correction_is_in_the_audit_book_with_both_figures(shop):
    with writing("cli"):
        fact = a_fact(shop.near, shop.p, "2026-05", "10", cost="4")

    with writing("cli"):
        fact.sales_amount = Decimal("11.5")

    entry = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.register == "sales_fact", AuditEntry.action == "edit")
        .order_by(AuditEntry.id.desc())
    ).first()
    assert [Decimal(v) for v in entry.details["sales_amount"]] == [10, Decimal("11.5")]
    assert [Decimal(v) for v in entry.details["gross_profit"]] == [6, Decimal("7.5")]


@pytest.mark.catalogue("R52")
def test_the_list_says_how_many_facts_there_are(shop, people, as_):
    with writing("cli"):
        for product in (shop.p, shop.q, shop.r):
            a_fact(shop.near, product, "2026-05", 1)

    page = as_(people.bob).get("/sales_fact/list/")
    exact = as_(people.bob).get("/sales_fact/count")

    assert exact.text == "3"
    assert page.text.count(">宁波恒昌电器有限公司</a>") == 3


@pytest.mark.catalogue("R52")
def test_finance_enters_facts_and_others_only_read_their_own(shop, people, as_, token, app):
    from tests.people import hire

    with writing("cli"):
        post = people.alice.employee.post
        fred = hire("fred", "周财", people.office, db.session.merge(post), "finance")
    near, p = shop.near.id, shop.p.id
    body = {
        "customer_id": near,
        "product_id": p,
        "month": "2026-05-09",
        "sales_amount": "12.5",
        "cost": "10",
    }

    made = app.test_client().post("/api/v1/sales_fact/", json=body, headers=token(fred))
    refused = app.test_client().post("/api/v1/sales_fact/", json=body, headers=token(people.alice))

    assert made.status_code == 201, made.json
    assert made.json["result"]["month"] == "2026-05-01"
    assert Decimal(made.json["result"]["gross_profit"]) == Decimal("2.5")
    assert refused.status_code == 403
    pk = made.json["id"]
    assert as_(people.alice).get(f"/sales_fact/show/{pk}").status_code == 200
    with writing("cli"):
        db.session.merge(shop.near).responsible_rep_id = people.bob.employee.id
    assert as_(people.alice).get(f"/sales_fact/show/{pk}").status_code == 404
    assert day("2026-05") == date(2026, 5, 1)

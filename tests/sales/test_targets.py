"""Stock, policies, targets and the register of seasonal indices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.analytics.months import Month
from app.domains.sales import operations, rollups
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    MonthlyTarget,
    SeasonalIndex,
)
from app.domains.sales.rollups import StockByProduct
from app.extensions import db
from app.records import Refused, void, writing
from tests.documents.test_prints import words_of
from tests.sales.shop import TYPES, a_fact, a_statement, type_named

AVERAGES = (150, 60, 90, 100, 100, 80, 70, 80, 110, 120, 120, 120)


def refused_fields(function):
    with pytest.raises(Refused) as no:
        function()
    return set(no.value.by_field())


@pytest.fixture
def three_years(shop):
    with writing("cli"):
        for year in (2023, 2024, 2025):
            for month, average in enumerate(AVERAGES, 1):
                a_fact(shop.near, shop.p, f"{year}-{month:02}", average)
    return shop


# -- stock (R53) ---------------------------------------------------------------------------------------


@pytest.mark.catalogue("R53", "BR-056")
def test_the_average_stock_is_half_of_opening_and_closing(shop):
    with writing("cli"):
        stock = a_statement(shop.near, shop.p, "2026-03", 35_000, 25_000)

    assert stock.average_stock == 30_000
    assert stock.number.startswith("KC-")
    assert stock.month == date(2026, 3, 1)
    assert stock.currency == "CNY"


@pytest.mark.catalogue("R53", "BR-056")
def test_stock_below_zero_or_half_of_a_quantity_is_refused(shop):
    def write(**more):
        with writing("cli"):
            a_statement(shop.near, shop.p, "2026-03", more.pop("opening", 1), 2, **more)

    assert refused_fields(lambda: write(opening=-1)) == {"opening_stock"}
    assert refused_fields(lambda: write(opening_quantity=1)) == {"closing_quantity"}
    assert refused_fields(lambda: write(closing_quantity=1)) == {"opening_quantity"}


@pytest.mark.catalogue("R53")
def test_a_month_is_stated_once_until_its_statement_is_void(shop):
    with writing("cli"):
        first = a_statement(shop.near, shop.p, "2026-03", 10, 20)

    def again():
        with writing("cli"):
            return a_statement(shop.near, shop.p, "2026-03", 1, 1)

    assert refused_fields(again) == {"month"}
    with writing("cli"):
        void(first, "数错了")
    second = again()

    kept = db.session.execute(
        select(StockByProduct.opening, StockByProduct.closing, StockByProduct.statements)
    ).all()
    assert kept == [(1, 1, 1)]
    assert second.id != first.id
    assert not any(rollups.differences(db.session.connection()).values())


@pytest.mark.catalogue("R53")
def test_a_corrected_statement_is_in_the_sums(shop):
    with writing("cli"):
        stock = a_statement(
            shop.near, shop.p, "2026-03", 10, 20, opening_quantity=1, closing_quantity=2
        )
        a_statement(shop.far, shop.p, "2026-03", 5, 5)
    with writing("cli"):
        stock.closing_stock = Decimal(30)
        stock.product = shop.q

    rows = db.session.execute(
        select(
            StockByProduct.product_id,
            StockByProduct.closing,
            StockByProduct.with_quantity,
            StockByProduct.statements,
        )
    ).all()
    assert sorted(rows) == [(shop.p.id, 5, 0, 1), (shop.q.id, 30, 1, 1)]
    assert not any(rollups.differences(db.session.connection()).values())


# -- policy (R55) --------------------------------------------------------------------------------------


def a_policy(kind=0, share="30", year=2026, **more):
    policy = CompositionPolicy(
        year=year, business_type=type_named(TYPES[kind]), target_share=Decimal(share), **more
    )
    db.session.add(policy)
    db.session.flush()
    return policy


@pytest.mark.catalogue("R55", "BR-050")
def test_the_shares_of_a_year_make_up_at_most_the_whole(people):
    with writing("cli"):
        a_policy(0, "60")
        a_policy(0, "60", year=2027)

    def write(*what, **more):
        with writing("cli"):
            a_policy(*what, **more)

    write(1, "40")
    assert refused_fields(lambda: write(2, "0.0001")) == {"target_share"}
    assert refused_fields(lambda: write(2, "101", year=2028)) == {"target_share"}
    assert refused_fields(lambda: write(0, "1", year=2027)) == {"business_type_id"}
    assert refused_fields(lambda: write(3, "1", year=26)) == {"year"}


@pytest.mark.catalogue("R55")
def test_the_general_manager_puts_a_policy_in_force_and_nobody_edits_it_then(people, as_):
    from tests.people import hire

    with writing("cli"):
        gm = hire(
            "gina",
            "吴总",
            people.office,
            db.session.merge(people.alice.employee.post),
            "general_manager",
        )
        policy = a_policy()
    pk = policy.id

    by_manager = as_(people.bob).post(f"/composition_policy/action/put_in_force/{pk}")
    as_(gm).post(f"/composition_policy/action/put_in_force/{pk}")

    db.session.expire_all()
    assert by_manager.status_code == 403
    assert db.session.get(CompositionPolicy, pk).state == "active"
    assert db.session.get(CompositionPolicy, pk).number.startswith("JYFZ-")
    assert as_(people.bob).get(f"/composition_policy/edit/{pk}").status_code == 403
    assert as_(people.alice).get(f"/composition_policy/show/{pk}").status_code == 200


# -- targets (R57) -------------------------------------------------------------------------------------


def a_target(customer, amount="2400", year=2026):
    target = CustomerSalesTarget(customer=customer, year=year, annual_target=Decimal(amount))
    db.session.add(target)
    db.session.flush()
    return target


@pytest.mark.catalogue("R57", "BR-053")
def test_a_target_falls_to_its_months_as_in_the_example(three_years):
    with writing("cli"):
        target = a_target(three_years.near)

    assert [line.amount for line in target.months] == [
        Decimal(a) for a in (300, 120, 180, 200, 200, 160, 140, 160, 220, 240, 240, 240)
    ]
    assert target.months[0].index_pct == 150
    assert target.months[0].share_pct == Decimal("12.5")
    assert target.years_of_history == 3


@pytest.mark.catalogue("R57", "BR-053")
def test_a_changed_target_changes_its_months_and_they_add_up_to_the_fen(three_years):
    with writing("cli"):
        target = a_target(three_years.near)
    ids = [line.id for line in target.months]

    with writing("cli"):
        target.annual_target = Decimal("1000.01")

    assert sum(line.amount for line in target.months) == Decimal("1000.01")
    assert [line.id for line in target.months] == ids
    assert len(db.session.scalars(select(MonthlyTarget)).all()) == 12


@pytest.mark.catalogue("R57", "BR-053")
def test_a_customer_without_history_gets_equal_months_and_the_page_says_so(shop, people, as_):
    with writing("cli"):
        target = a_target(shop.far, "1200")

    page = as_(people.bob).get(f"/customer_sales_target/show/{target.id}")

    assert {line.amount for line in target.months} == {Decimal(100)}
    assert target.years_of_history == 0
    assert "100.00" in page.text
    assert page.text.count('class="tz-note warn-n"') == 1


@pytest.mark.catalogue("R57")
def test_one_target_for_a_customer_and_a_year(shop):
    with writing("cli"):
        a_target(shop.near)

    def write(**more):
        with writing("cli"):
            a_target(shop.near, **more)

    assert refused_fields(write) == {"year"}
    assert refused_fields(lambda: write(amount="0", year=2027)) == {"annual_target"}
    write(year=2028)


@pytest.mark.catalogue("R57")
def test_a_representative_sets_targets_of_his_own_customers_by_form_and_by_rest(
    three_years, people, as_, token, app
):
    near, far = three_years.near.id, three_years.far.id
    typed = {"customer_id": near, "year": "2026", "annual_target": "2400"}

    form = as_(people.alice).get("/customer_sales_target/add")
    made = as_(people.alice).post("/customer_sales_target/add", data=typed)
    answer = app.test_client().post(
        "/api/v1/customer_sales_target/",
        json={"customer_id": near, "year": 2027, "annual_target": "1200.00"},
        headers=token(people.alice),
    )
    foreign = app.test_client().post(
        "/api/v1/customer_sales_target/",
        json={"customer_id": far, "year": 2027, "annual_target": "1200.00"},
        headers=token(people.alice),
    )

    assert 'name="annual_target"' in form.text
    assert 'name="monthly_targets' not in form.text
    assert made.status_code == 302
    assert answer.status_code == 201, answer.json
    assert [line["amount"] for line in answer.json["result"]["monthly_targets"]][:2] == [
        "150.00",
        "60.00",
    ]
    assert foreign.status_code == 422
    shown = as_(people.alice).get(made.headers["Location"])
    assert "300.00" in shown.text


# -- the register of indices (R59) ------------------------------------------------------------------------


def indices_of(customer, state="current"):
    return list(
        db.session.scalars(
            select(SeasonalIndex)
            .where(SeasonalIndex.customer_id == customer.id, SeasonalIndex.state == state)
            .order_by(SeasonalIndex.month)
        )
    )


@pytest.mark.catalogue("R59", "BR-053")
def test_the_rebuild_keeps_twelve_rows_for_each_customer_who_bought(three_years, people, as_):
    with writing("cli"):
        a_target(three_years.near)

    as_(people.bob).post("/measures/seasonal_index/act/rebuild?until=2025-12")

    rows = indices_of(three_years.near)
    assert [row.three_year_month_avg for row in rows] == list(AVERAGES)
    assert {row.overall_month_avg for row in rows} == {Decimal(100)}
    assert (rows[0].index_pct, rows[0].share_pct, rows[0].monthly_target) == (
        150,
        Decimal("12.5"),
        300,
    )
    assert (rows[0].window_from, rows[0].window_to) == (date(2023, 1, 1), date(2025, 12, 1))
    assert rows[0].years == 3
    assert indices_of(three_years.far) == []


@pytest.mark.catalogue("R59")
def test_a_rebuild_changes_nothing_where_nothing_changed_and_supersedes_what_did(three_years):
    with writing("cli"):
        first = operations.rebuild_index([three_years.near.id], Month(2025, 12))
    with writing("cli"):
        again = operations.rebuild_index([three_years.near.id], Month(2025, 12))
    with writing("cli"):
        a_fact(three_years.near, three_years.q, "2025-01", 300)
        changed = operations.rebuild_index([three_years.near.id], Month(2025, 12))

    assert (first, again, changed) == (1, 0, 1)
    assert indices_of(three_years.near)[0].three_year_month_avg == 250
    assert len(indices_of(three_years.near, "superseded")) == 12


@pytest.mark.catalogue("R57", "R59")
def test_targets_follow_the_register_when_they_are_spread_anew(three_years, people, as_):
    with writing("cli"):
        target = a_target(three_years.near)
        a_fact(three_years.near, three_years.q, "2025-01", 300)
        operations.rebuild_index([three_years.near.id], Month(2025, 12))
    before = target.months[0].amount

    as_(people.bob).post(f"/customer_sales_target/action/spread_anew/{target.id}")

    db.session.expire_all()
    after = db.session.get(CustomerSalesTarget, target.id).months[0].amount
    assert before == 300
    assert after == Decimal("461.54")  # 250 ÷ 1,300 of 2,400


@pytest.mark.catalogue("R59")
def test_nobody_writes_the_register_by_hand(three_years, people, token, app, as_):
    with writing("cli"):
        operations.rebuild_index([three_years.near.id], Month(2025, 12))
    pk = indices_of(three_years.near)[0].id

    answer = app.test_client().put(
        f"/api/v1/seasonal_index/{pk}",
        json={"version": 1, "index_pct": "1"},
        headers=token(people.bob),
    )

    assert answer.status_code == 403
    assert as_(people.bob).get("/seasonal_index/add").status_code == 403
    assert as_(people.alice).get("/seasonal_index/list/").text.count("/seasonal_index/show/") >= 12
    assert as_(people.alice).post("/measures/seasonal_index/act/rebuild").status_code == 403


@pytest.mark.catalogue("E50")
def test_the_twelve_months_of_a_reckoning_stand_on_one_sheet(three_years, people, as_):
    with writing("cli"):
        a_target(three_years.near)
        operations.rebuild_index([three_years.near.id], Month(2025, 12))
    with writing("cli"):
        a_fact(three_years.near, three_years.q, "2025-01", 300)
        operations.rebuild_index([three_years.near.id], Month(2025, 12))
    former, in_force = indices_of(three_years.near, "superseded"), indices_of(three_years.near)
    browser = as_(people.bob)

    def sheet(row):
        with browser.get(f"/print/seasonal_index/{row.id}/seasonal_index.pdf") as answer:
            return words_of(answer.data).replace(" ", "")

    then, now = sheet(former[6]), sheet(in_force[6])

    assert former[6].reckoned_together() == former
    assert in_force[6].reckoned_together() == in_force
    for words in ("季节指数与月销售目标表", three_years.near.name, "150%", "300.00", "2,400.00"):
        assert words in then
    assert "%%" not in then  # a share has one sign
    assert "150%" not in now
    assert "230.7692" in now  # 250 ÷ 108.33

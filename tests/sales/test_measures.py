"""The five analyses on stored facts: the regulation's examples, whose figures they are, what lies behind each."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import Engine, event

from app.analytics.measure import MEASURES
from app.domains.sales.models import CompositionPolicy
from app.extensions import db
from app.records import Refused, writing
from app.records import settings as house
from app.registers.measuring import sum_behind
from app.security.scopes import THE_MACHINE
from tests.people import hire
from tests.sales.shop import (
    TYPES,
    a_customer,
    a_fact,
    a_product,
    a_statement,
    asked,
    column,
    figures,
    type_named,
)

YEAR = {"from_": "2026-01", "to": "2026-12"}


@contextlib.contextmanager
def statements():
    """What the database is asked meanwhile, besides whether rights changed, which every request asks."""
    seen = []

    def see(_connection, _cursor, statement, *_rest):
        if "rights_epoch" not in statement and not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


def everything_behind_adds_up(name, person=THE_MACHINE, **raw):
    """Each figure of each row that leads somewhere is the sum of the rows behind it."""
    measure = MEASURES[name]
    question = measure.ask({k.rstrip("_"): v for k, v in raw.items()}, person)
    result = measure.compute(person, question)
    seen = 0
    for row in result.rows:
        for one in measure.columns:
            if not one.behind or row.get(one.name) is None:
                continue
            behind = measure.behind(person, question, row, one.name)
            total = sum_behind(behind, person) / behind.divided_by
            assert abs(total - row[one.name]) < Decimal("1e-20"), (row, one.name)
            seen += 1
    return seen


# -- composition (AN-01) --------------------------------------------------------------------------------


@pytest.fixture
def seven(people):
    """A customer of each kind of business, selling as in the example."""
    with writing("cli"):
        product = a_product("插座")
        for name, sales in zip(TYPES, (400, 250, 150, 80, 60, 40, 20), strict=True):
            customer = a_customer(f"{name}甲", type=name, rep=people.alice)
            a_fact(customer, product, "2026-02", sales, cost=sales)


@pytest.mark.catalogue("AN-01", "BR-050")
def test_the_composition_of_the_example(seven):
    answer = asked("composition", **YEAR)

    assert column(answer, "business_type") == list(TYPES)
    assert figures(column(answer, "amount")) == [400, 250, 150, 80, 60, 40, 20]
    assert [s * 100 for s in figures(column(answer, "share"))] == [40, 25, 15, 8, 6, 4, 2]
    assert column(answer, "share")[0] == "0.4"
    assert Decimal(answer["totals"]["amount"]) == 1000
    assert set(answer) == {"measure", "parameters", "formula", "rows", "totals"}
    assert answer["parameters"] == {"from": "2026-01", "to": "2026-12", "rep": None, "dept": None}
    assert everything_behind_adds_up("composition", **YEAR) == 7


@pytest.mark.catalogue("AN-01", "BR-050", "R55")
def test_the_policy_stands_beside_the_share_once_it_is_in_force(seven):
    with writing("cli"):
        draft = CompositionPolicy(
            year=2026, business_type=type_named(TYPES[0]), target_share=Decimal("37.5")
        )
        db.session.add(draft)
    before = asked("composition", **YEAR)["rows"][0]
    with writing("cli"):
        draft.state = "active"

    after = asked("composition", **YEAR)["rows"]

    assert before["policy_share"] is None
    assert (after[0]["policy_share"], after[0]["difference"]) == ("0.375", "0.025")
    assert after[1]["difference"] is None
    assert asked("composition", from_="2026-01", to="2027-01")["rows"][0]["policy_share"] is None


@pytest.mark.catalogue("AN-01", "BR-050")
def test_a_period_without_sales_has_no_shares_and_is_no_error(seven):
    answer = asked("composition", from_="2020-01", to="2020-12")

    assert column(answer, "share") == [None] * 7
    assert Decimal(answer["totals"]["amount"]) == 0
    assert answer["totals"]["flags"]


@pytest.mark.catalogue("AN-01")
def test_customers_without_a_kind_of_business_are_counted_apart(seven, shop):
    with writing("cli"):
        a_fact(shop.small, shop.p, "2026-02", 1000)

    answer = asked("composition", **YEAR)

    assert len(answer["rows"]) == 8
    assert Decimal(answer["rows"][-1]["share"]) == Decimal("0.5")
    assert everything_behind_adds_up("composition", **YEAR) == 8


@pytest.mark.catalogue("AN-01")
def test_a_manager_looks_at_one_representative_or_one_department(shop, people):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", 30)
        a_fact(shop.far, shop.p, "2026-02", 70)

    of_alice = asked("composition", rep=str(people.alice.employee.id), **YEAR)
    by_number = asked("composition", rep=people.bob.employee.number, **YEAR)
    of_sales = asked("composition", dept=people.sales.number, **YEAR)
    of_office = asked("composition", dept=people.office.number, **YEAR)

    assert [a["totals"]["amount"] for a in (of_alice, by_number, of_sales, of_office)] == [
        "30",
        "70",
        "100",
        "0",
    ]
    assert by_number["parameters"]["rep"] == people.bob.employee.number
    assert everything_behind_adds_up("composition", dept=people.sales.number, **YEAR) == 8 - 1


# -- ABC (AN-02) ---------------------------------------------------------------------------------------


def a_row_of_customers(amounts, product=None, month="2026-02", **more):
    with writing("cli"):
        product = product or a_product("插座")
        of = more.get("type", "客户")
        customers = [a_customer(f"{of}{n:03}", **more) for n in range(len(amounts))]
        for customer, sales in zip(customers, amounts, strict=True):
            a_fact(customer, product, month, sales, cost=0, quantity=1)
    return customers


@pytest.mark.catalogue("AN-02", "BR-051")
@pytest.mark.parametrize(
    ("amounts", "within", "crossing"),
    [
        ([80, 500, 120, 250, 20, 30], "AABBCC", "AABBCC"),
        ([600, 300, 60, 40], "ABCC", "AABC"),
        ([900, 60, 40], "ACC", "ABC"),
    ],
)
def test_the_abc_of_the_examples(people, amounts, within, crossing):
    a_row_of_customers(amounts)

    answer = asked("abc", **YEAR)
    other = asked("abc", boundary="crossing", **YEAR)

    assert "".join(column(answer, "class")) == within
    assert "".join(column(other, "class")) == crossing
    assert column(answer, "rank") == list(range(1, len(amounts) + 1))
    assert figures(column(answer, "amount")) == sorted(amounts, reverse=True)
    assert column(answer, "cumulative")[-1] == "1"
    assert everything_behind_adds_up("abc", **YEAR) == len(amounts)


@pytest.mark.catalogue("AN-02", "BR-051")
def test_the_boundary_of_the_house_is_the_default(people):
    a_row_of_customers([600, 300, 60, 40])
    with writing("cli"):
        house.put("abc_boundary", "crossing")

    answer = asked("abc", **YEAR)

    assert answer["parameters"]["boundary"] == "crossing"
    assert "".join(column(answer, "class")) == "AABC"


@pytest.mark.catalogue("AN-02", "BR-051")
def test_equal_amounts_stand_in_the_order_of_their_numbers(people):
    first, second, third = a_row_of_customers([50, 50, 50])
    with writing("cli"):
        first.number, third.number = "KH-900003", "KH-900001"
        second.number = "KH-900002"

    whole = asked("abc", **YEAR)
    part = asked("abc", offset="1", limit="1", **YEAR)
    of_a_quarter = asked("abc", from_="2026-01", to="2026-02")

    assert column(whole, "code") == ["KH-900001", "KH-900002", "KH-900003"]
    assert column(part, "code") == ["KH-900002"]
    assert column(part, "rank") == [2]
    assert column(of_a_quarter, "code") == column(whole, "code")


@pytest.mark.catalogue("AN-02", "BR-051")
def test_who_brought_back_more_than_he_bought_is_c_with_share_zero(people):
    a_row_of_customers([90, 10, 0, -40])

    answer = asked("abc", **YEAR)

    assert "".join(column(answer, "class")) == "ACCC"
    assert column(answer, "share")[2:] == ["0", "0"]
    assert column(answer, "cumulative") == ["0.9", "1", "1", "1"]
    assert Decimal(answer["totals"]["amount"]) == 100


@pytest.mark.catalogue("AN-02", "BR-051")
def test_within_each_kind_of_business_everybody_is_ranked_among_his_own(people):
    a_row_of_customers([600, 300, 60, 40], type="地区电气店")
    a_row_of_customers([6, 4], type="地区专营店")

    answer = asked("abc", scope="business_type", **YEAR)

    assert column(answer, "group") == ["地区电气店"] * 4 + ["地区专营店"] * 2
    assert "".join(column(answer, "class")) == "ABCC" + "AC"
    assert column(answer, "rank") == [1, 2, 3, 4, 1, 2]
    assert [c["count"] for c in answer["totals"]["classes"]] == [2, 1, 3]
    part = asked("abc", scope="business_type", offset="3", limit="2", **YEAR)
    assert part["rows"] == answer["rows"][3:5]
    assert asked("abc", **YEAR)["rows"][0]["group"] is None


@pytest.mark.catalogue("AN-02", "BR-051")
def test_products_are_ranked_by_profit_and_by_quantity(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", 100, cost=90, quantity=1)
        a_fact(shop.near, shop.q, "2026-02", 50, cost=10, quantity="2.5")

    by_profit = asked("abc", of="product", base="gross_profit", **YEAR)
    by_quantity = asked("abc", of="product", base="quantity", **YEAR)

    assert column(by_profit, "name") == ["开关 Q", "插座 P"]
    assert figures(column(by_profit, "amount")) == [40, 10]
    assert figures(column(by_quantity, "amount")) == [Decimal("2.5"), 1]
    assert everything_behind_adds_up("abc", of="product", base="quantity", **YEAR) == 2


@pytest.mark.catalogue("AN-02", "BR-051")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    offset=some.integers(0, 13),
    limit=some.integers(1, 13),
    base=some.sampled_from(["sales", "gross_profit"]),
)
def test_any_part_of_a_ranking_is_that_part_of_the_whole(ranking, offset, limit, base):
    # One piece is read from the index, several are added up: both must say the same.
    for period in ({"from_": "2026-01", "to": "2026-12"}, {"from_": "2026-02", "to": "2026-12"}):
        whole = asked("abc", base=base, **period)
        part = asked("abc", base=base, offset=str(offset), limit=str(limit), **period)

        assert part["rows"] == whole["rows"][offset : offset + limit]
        assert part["totals"] == whole["totals"]


@pytest.fixture
def ranking(people):
    a_row_of_customers([100, 80, 80, 80, 50, 50, 20, 10, 10, 5, 0, -3])
    with writing("cli"):
        a_fact(a_customer("年初客户"), a_product("开关"), "2026-01", 70)


# -- seasons (AN-05) --------------------------------------------------------------------------------------

AVERAGES = (150, 60, 90, 100, 100, 80, 70, 80, 110, 120, 120, 120)


@pytest.fixture
def three_years(shop):
    with writing("cli"):
        for year, delta in ((2023, -20), (2024, 5), (2025, 15)):
            for month, average in enumerate(AVERAGES, 1):
                a_fact(shop.near, shop.p, f"{year}-{month:02}", average + delta)
        a_fact(shop.far, shop.q, "2025-06", 1200)
    return shop


@pytest.mark.catalogue("AN-05", "BR-053")
def test_the_seasonal_index_of_the_example(three_years):
    near = three_years.near.number

    answer = asked("seasonal_index", customer=near, until="2025-12", target="2400")

    assert column(answer, "season") == list(range(1, 13))
    assert figures(column(answer, "average")) == list(AVERAGES)
    assert answer["rows"][0] == {
        "season": 1,
        "average": "150.00",
        "index": "1.5",
        "share": "0.125",
        "target": "300.00",
    }
    assert answer["rows"][1]["target"] == "120.00"
    assert sum(figures(column(answer, "target"))) == 2400
    assert "flags" not in answer["totals"]
    assert everything_behind_adds_up("seasonal_index", customer=near, until="2025-12") == 12


@pytest.mark.catalogue("AN-05", "BR-053")
def test_quarters_products_and_all_customers_have_their_own_seasons(three_years):
    quarters = asked(
        "seasonal_index", grain="quarter", customer=three_years.near.number, until="2025-12"
    )
    of_q = asked("seasonal_index", product=three_years.q.number, until="2025-12")
    of_all = asked("seasonal_index", until="2025-12")
    of_both = asked(
        "seasonal_index",
        product=three_years.p.number,
        customer=three_years.near.number,
        until="2025-12",
    )

    assert figures(column(quarters, "average")) == [300, 280, 260, 360]
    assert sum(figures(column(quarters, "index"))) == pytest.approx(4)
    assert figures(column(of_q, "index")) == [0] * 5 + [12] + [0] * 6 or of_q["totals"]["flags"]
    assert figures(column(of_all, "average"))[5] == 80 + 400
    assert figures(column(of_both, "average")) == list(AVERAGES)
    for raw in (
        {"grain": "quarter", "customer": three_years.near.number},
        {"product": three_years.q.number},
        {},
    ):
        assert everything_behind_adds_up("seasonal_index", until="2025-12", **raw) in (4, 12)


@pytest.mark.catalogue("AN-05", "BR-053")
def test_fewer_than_three_years_are_reckoned_and_flagged(shop):
    with writing("cli"):
        for month in range(1, 13):
            a_fact(shop.near, shop.p, f"2025-{month:02}", month)

    answer = asked("seasonal_index", customer=shop.near.number, until="2025-12", target="78")

    assert figures(column(answer, "target")) == list(range(1, 13))
    assert answer["totals"]["window"] == {"from": "2025-01", "to": "2025-12"}
    assert len(answer["totals"]["flags"]) == 1


@pytest.mark.catalogue("AN-05", "BR-053")
def test_what_came_of_the_targets_stands_on_the_page(three_years, people, as_):
    with writing("cli"):
        a_fact(three_years.near, three_years.p, "2026-01", 330)

    page = as_(people.bob).get(
        f"/measures/seasonal_index?customer={three_years.near.number}&until=2025-12&target=2400"
    )

    assert page.status_code == 200
    assert "330.00" in page.text
    assert "110.00 %" in page.text


# -- gross profit (AN-07) ---------------------------------------------------------------------------------


@pytest.mark.catalogue("AN-07", "BR-055")
def test_products_stand_by_gross_profit_and_not_by_margin(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-01", 120_000, cost=84_000)
        a_fact(shop.near, shop.q, "2026-01", 10_000, cost=2_000)
        a_fact(shop.far, shop.q, "2026-01", 100, cost=200)

    answer = asked("gross_profit", **YEAR)
    of_near = asked("gross_profit", customer=shop.near.number, **YEAR)
    of_customers = asked("gross_profit", of="customer", **YEAR)

    assert column(answer, "name") == ["插座 P", "开关 Q"]
    assert answer["rows"][0] == {
        "rank": 1,
        "code": shop.p.number,
        "name": "插座 P",
        "sales": "120000.00",
        "cost": "84000.00",
        "gross_profit": "36000.00",
        "margin": "0.3",
    }
    assert figures(column(answer, "gross_profit")) == [36_000, 7_900]
    assert figures(column(of_near, "gross_profit")) == [36_000, 8_000]
    assert figures(column(of_customers, "gross_profit")) == [44_000, -100]
    assert everything_behind_adds_up("gross_profit", **YEAR) == 6
    assert everything_behind_adds_up("gross_profit", of="customer", **YEAR) == 6
    assert everything_behind_adds_up("gross_profit", customer=shop.near.number, **YEAR) == 6


@pytest.mark.catalogue("AN-07", "BR-055")
def test_sales_of_unknown_cost_do_not_pass_for_profit(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-01", 100, cost=60)
        a_fact(shop.far, shop.p, "2026-01", 900)

    answer = asked("gross_profit", **YEAR)

    assert answer["rows"][0]["gross_profit"] == "40.00"
    assert answer["rows"][0]["margin"] == "0.4"
    assert "900" in answer["totals"]["flags"][0]


# -- turnover (AN-08, AN-09) ---------------------------------------------------------------------------------


@pytest.fixture
def stocked(shop):
    """The three products of the example at one customer."""
    with writing("cli"):
        for product, sales, cost, opening, closing in (
            (shop.p, 120_000, 84_000, 35_000, 25_000),
            (shop.q, 90_000, 72_000, 10_000, 20_000),
            (shop.r, 90_000, 54_000, 50_000, 40_000),
        ):
            a_fact(shop.near, product, "2026-03", sales, cost=cost)
            a_statement(shop.near, product, "2026-03", opening, closing)
    return shop


MARCH = {"from_": "2026-03", "to": "2026-03"}


@pytest.mark.catalogue("AN-08", "AN-09", "BR-056", "BR-057", "BR-058", "BR-059", "R53")
@pytest.mark.parametrize("whose", ["all", "one"])
def test_the_ratios_of_the_example(stocked, whose):
    raw = MARCH if whose == "all" else MARCH | {"customer": stocked.near.number}

    answer = asked("turnover", **raw)

    assert answer["rows"][0] == {
        "code": stocked.p.number,
        "name": "插座 P",
        "average_stock": "30000.00",
        "sales": "120000.00",
        "turnover": "4",
        "margin": "0.3",
        "cross_ratio": "1.2",
        "share": "0.4",
        "contribution": "0.48",
        "contribution_share": "0.4444444444",
    }
    assert column(answer, "turnover") == ["4", "6", "2"]
    assert column(answer, "cross_ratio") == ["1.2", "1.2", "0.8"]
    assert column(answer, "contribution") == ["0.48", "0.36", "0.24"]
    assert [c[:5] for c in column(answer, "contribution_share")] == ["0.444", "0.333", "0.222"]
    assert Decimal(answer["totals"]["contribution"]) == Decimal("1.08")
    assert everything_behind_adds_up("turnover", **raw) == 6


@pytest.mark.catalogue("BR-057")
def test_a_year_is_turned_over_against_the_mean_of_its_monthly_averages(stocked):
    with writing("cli"):
        a_statement(stocked.near, stocked.p, "2026-04", 25_000, 5_000)
        a_fact(stocked.near, stocked.p, "2026-04", 60_000, cost=42_000)

    answer = asked("turnover", **YEAR)

    p = next(row for row in answer["rows"] if row["code"] == stocked.p.number)
    assert Decimal(p["average_stock"]) == (30_000 + 15_000) / 2
    assert p["turnover"] == "8"
    assert everything_behind_adds_up("turnover", **YEAR) == 6


@pytest.mark.catalogue("AN-08", "BR-057")
def test_the_page_shows_how_the_turnover_of_the_months_went(stocked, people, as_):
    with writing("cli"):
        a_statement(stocked.near, stocked.p, "2026-05", 10_000, 20_000)
        a_fact(stocked.near, stocked.p, "2026-05", 30_000, cost=1)

    page = as_(people.bob).get("/measures/turnover?from=2026-01&to=2026-12").text

    drawn = json.loads(page.split('data-chart-for="further-1">')[1].split("</script>")[0])
    assert drawn["series"][0]["data"] == [None, None, 3.33, None, 2.0, *[None] * 7]


@pytest.mark.catalogue("BR-057")
def test_no_stock_gives_a_blank_and_not_infinity(stocked):
    with writing("cli"):
        bulb = a_product("无库存灯")
        a_fact(stocked.near, bulb, "2026-03", 10, cost=5)
        empty = a_product("空库存灯")
        a_fact(stocked.near, empty, "2026-03", 10, cost=5)
        a_statement(stocked.near, empty, "2026-03", 0, 0)

    rows = {row["code"]: row for row in asked("turnover", **MARCH)["rows"]}

    for product in (bulb, empty):
        assert rows[product.number]["turnover"] is None
        assert rows[product.number]["contribution"] is None
    assert rows[bulb.number]["average_stock"] is None
    assert rows[empty.number]["average_stock"] == "0.00"


@pytest.mark.catalogue("BR-057")
def test_at_cost_the_cost_of_sales_is_held_against_stock_at_cost(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-03", 120, cost=70)
        a_statement(shop.near, shop.p, "2026-03", 200, 200, opening_quantity=6, closing_quantity=4)
        a_fact(shop.near, shop.q, "2026-03", 10, cost=5)
        a_statement(shop.near, shop.q, "2026-03", 20, 20)

    rows = asked("turnover", base="cost", **MARCH)
    by_code = {row["code"]: row for row in rows["rows"]}

    assert by_code[shop.p.number]["average_stock"] == "35.00"
    assert by_code[shop.p.number]["turnover"] == "2"
    assert by_code[shop.q.number]["turnover"] is None
    assert rows["totals"]["flags"]
    assert "at cost" in rows["formula"] or "成本" in rows["formula"]


@pytest.mark.catalogue("AN-09")
def test_the_products_to_push_are_marked_on_the_page(stocked, people, as_):
    page = as_(people.bob).get("/measures/turnover?from=2026-03&to=2026-03")

    assert page.text.count('class="chip chip-ok"') == 1


# -- whose figures (BR-061) ------------------------------------------------------------------------------------


@pytest.fixture
def two_reps(shop, people):
    """alice sold 30 and 5, bob 70; carl sells to nobody yet."""
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", 30, cost=20)
        a_fact(shop.small, shop.q, "2026-02", 5, cost=1)
        a_fact(shop.far, shop.p, "2026-02", 70, cost=60)
        a_statement(shop.near, shop.p, "2026-02", 10, 20)
        a_statement(shop.far, shop.p, "2026-02", 100, 200)
    return shop


@pytest.mark.catalogue("BR-061")
def test_a_representative_sees_the_figures_of_his_own_customers_in_every_measure(
    two_reps, people, eyes
):
    alice = eyes(people.alice)

    composition = asked("composition", alice, **YEAR)
    ranking = asked("abc", alice, **YEAR)
    products = asked("abc", alice, of="product", **YEAR)
    seasons = asked("seasonal_index", alice, until="2026-12")
    profit = asked("gross_profit", alice, **YEAR)
    turned = asked("turnover", alice, **YEAR)

    assert Decimal(composition["totals"]["amount"]) == 35
    assert figures(column(ranking, "amount")) == [30, 5]
    assert figures(column(products, "amount")) == [30, 5]
    assert sum(figures(column(seasons, "average"))) == 35
    assert figures(column(profit, "gross_profit")) == [10, 4]
    p = turned["rows"][0]
    assert (p["average_stock"], p["sales"], p["turnover"]) == ("15.00", "30.00", "2")
    for name, raw in (
        ("composition", YEAR),
        ("abc", YEAR),
        ("abc", YEAR | {"of": "product"}),
        ("seasonal_index", {"until": "2026-12"}),
        ("gross_profit", YEAR),
        ("turnover", YEAR),
    ):
        assert everything_behind_adds_up(name, alice, **raw)


@pytest.mark.catalogue("BR-061")
def test_asking_for_another_representative_or_his_customer_shows_nothing_of_his(
    two_reps, people, eyes
):
    alice = eyes(people.alice)

    of_bob = asked("composition", alice, rep=str(people.bob.employee.id), **YEAR)
    with pytest.raises(Refused) as no:
        asked("gross_profit", alice, customer=two_reps.far.number, **YEAR)

    assert Decimal(of_bob["totals"]["amount"]) == 0
    assert list(no.value.by_field()) == ["customer"]


@pytest.mark.catalogue("BR-061")
def test_over_every_door_the_representative_gets_the_same_figures(
    two_reps, people, as_, token, app
):
    browser, header = as_(people.alice), token(people.alice)

    page = browser.get("/measures/abc?from=2026-01&to=2026-12")
    api = app.test_client().get("/api/v1/measures/abc?from=2026-01&to=2026-12", headers=header)
    behind = browser.get(
        f"/measures/abc/rows?from=2026-01&to=2026-12&row={two_reps.near.id}&column=amount"
    )
    foreign = browser.get(
        f"/measures/abc/rows?from=2026-01&to=2026-12&row={two_reps.far.id}&column=amount"
    )
    sheet = browser.get("/measures/abc.xlsx?from=2026-01&to=2026-12")

    assert two_reps.far.name not in page.text
    assert two_reps.near.name in page.text
    assert figures(row["amount"] for row in api.json["rows"]) == [30, 5]
    assert behind.status_code == 200
    assert "30.00" in behind.text
    assert foreign.status_code == 404
    assert sheet.status_code == 403  # he reads facts, he does not export them


@pytest.mark.catalogue("BR-061")
def test_who_may_not_read_facts_sees_no_analysis(people, as_, token, app):
    carol = as_(people.carol)

    assert carol.get("/measures/").status_code == 403
    assert carol.get("/measures/abc").status_code == 403
    assert carol.get("/measures/abc/rows?row=1").status_code == 403
    assert app.test_client().get("/measures/abc").status_code == 302
    answer = app.test_client().get("/api/v1/measures/abc", headers=token(people.carol))
    assert answer.status_code == 403
    assert app.test_client().get("/api/v1/measures/abc").status_code == 401


@pytest.mark.catalogue("BR-061", "BR-057")
def test_finance_without_a_right_on_stock_has_no_turnover(people, token, app):
    with writing("cli"):
        fred = hire(
            "fred", "周财", people.office, db.session.merge(people.alice.employee.post), "finance"
        )
    header = token(fred)

    turned = app.test_client().get("/api/v1/measures/turnover", headers=header)
    profit = app.test_client().get("/api/v1/measures/gross_profit", headers=header)

    assert (turned.status_code, profit.status_code) == (403, 200)
    names = [
        m["name"]
        for m in app.test_client().get("/api/v1/measures/", headers=header).json["result"]
    ]
    ours = [n for n in names if type(MEASURES[n]).__module__.startswith("app.domains.sales")]
    assert ours == [
        "composition",
        "abc",
        "customer_share",
        "seasonal_index",
        "gross_profit",
        "hot_and_slow",
    ]


# -- what is asked wrongly ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "field"),
    [
        ("abc", {"from": "2026-13"}, "from"),
        ("abc", {"from": "2026-05", "to": "2026-04"}, "from"),
        ("abc", {"a": "95", "b": "75"}, "b"),
        ("abc", {"a": "-1"}, "a"),
        ("abc", {"a": "viel"}, "a"),
        ("abc", {"of": "rep"}, "of"),
        ("abc", {"of": "product", "scope": "business_type"}, "scope"),
        ("abc", {"rep": "niemand"}, "rep"),
        ("abc", {"colour": "red"}, "colour"),
        ("abc", {"limit": "-5"}, "limit"),
        ("composition", {"dept": "999999"}, "dept"),
        ("seasonal_index", {"years": "0"}, "years"),
        ("seasonal_index", {"grain": "week"}, "grain"),
        ("seasonal_index", {"target": "1.234"}, "target"),
        ("turnover", {"base": "weight"}, "base"),
        ("gross_profit", {"customer": "-1"}, "customer"),
        ("customer_share", {"from": "2026-05", "to": "2026-04"}, "from"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name_in_the_users_language(
    people, as_, token, app, name, raw, field
):
    answer = app.test_client().get(
        f"/api/v1/measures/{name}",
        query_string=raw,
        headers=token(people.bob) | {"Accept-Language": "zh"},
    )
    page = as_(people.bob).get(f"/measures/{name}", query_string=raw)

    assert answer.status_code == 422
    assert list(answer.json["message"]) == [field]
    assert page.status_code == 422 or field == "limit"  # the page has pages of its own
    assert ('role="alert"' in page.text) == (page.status_code == 422)


def test_an_analysis_that_is_none_is_not_there(people, as_, token, app):
    assert as_(people.bob).get("/measures/happiness").status_code == 404
    answer = app.test_client().get("/api/v1/measures/happiness", headers=token(people.bob))
    assert answer.status_code == 404


def test_the_default_period_is_twelve_months_up_to_the_last_complete_one_with_figures(shop, on):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-03", 1)
        a_fact(shop.near, shop.p, "2026-05", 1)

    with on("2026-05-20"):
        running = asked("abc")["parameters"]
    with on("2026-08-20"):
        later = asked("abc")["parameters"]
        given = asked("abc", to="2025-02")["parameters"]

    assert (running["from"], running["to"]) == ("2025-05", "2026-04")
    assert (later["from"], later["to"]) == ("2025-06", "2026-05")
    assert (given["from"], given["to"]) == ("2024-03", "2025-02")


def test_facts_in_two_currencies_are_flagged(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-03", 1, currency="CNY")
        a_fact(shop.near, shop.q, "2026-03", 1, currency="USD")

    assert "CNY、USD" in asked("composition", **YEAR)["totals"]["flags"][-1]


# -- how often the database is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "raw", "count"),
    [
        ("composition", YEAR, 5),
        ("abc", YEAR, 5),
        ("abc", {"from_": "2026-01", "to": "2026-02"}, 5),
        ("abc", YEAR | {"scope": "business_type"}, 5),
        ("abc", YEAR | {"of": "product"}, 4),
        ("seasonal_index", {"until": "2026-12"}, 3),
        ("gross_profit", YEAR, 4),
        ("turnover", YEAR, 6),
        ("customer_share", YEAR, 8),
        ("product_composition", YEAR, 5),
        ("hot_and_slow", YEAR, 2),
    ],
)
def test_a_measure_asks_the_database_a_few_times_whatever_there_is(two_reps, name, raw, count):
    asked(name, **raw)
    db.session.rollback()

    with statements() as seen:
        asked(name, **raw)
    with writing("cli"):
        product = a_product("更多")
        for n in range(30):
            a_fact(a_customer(f"更多客户{n}"), product, "2026-02", 1000 + n, cost=1)
            a_fact(two_reps.near, a_product(f"更多商品{n}"), "2026-03", 5000 + n, cost=1)
    with statements() as later:
        asked(name, **raw)

    assert len(seen) == count, "\n\n".join(seen)
    assert len(later) == count

"""What sells well to one customer and badly to another."""

from __future__ import annotations

import pytest

from app.domains.sales.measures.hot_and_slow import apart, thirds
from app.records import writing
from tests.sales.shop import a_fact, asked, column
from tests.sales.test_measures import YEAR, everything_behind_adds_up


@pytest.fixture
def example(shop):
    """near buys P most and R least; far the other way round; small buys two products only."""
    with writing("cli"):
        for customer, amounts in (
            (shop.near, (90, 50, 10)),
            (shop.far, (10, 50, 90)),
            (shop.small, (5, 70, None)),
        ):
            for product, sales in zip((shop.p, shop.q, shop.r), amounts, strict=True):
                if sales is not None:
                    a_fact(customer, product, "2026-02", sales)
    return shop


@pytest.mark.catalogue("AN-10", "BR-060")
def test_the_thirds_of_a_ranking():
    assert thirds([1, 2, 3, 4, 5, 6]) == ([1, 2], [5, 6])
    assert thirds([1, 2, 3, 4, 5]) == ([1], [5])
    assert thirds([1, 2]) == ([], [])


@pytest.mark.catalogue("AN-10", "BR-060")
def test_what_is_hot_everywhere_is_not_listed():
    assert apart([(1, 7, 9), (1, 8, 5), (1, 9, 1), (2, 7, 9), (2, 8, 1), (2, 9, 5)]) == {}


@pytest.mark.catalogue("AN-10", "BR-060")
def test_hot_here_and_slow_there(example):
    answer = asked("hot_and_slow", **YEAR)
    rows = {row["name"]: row for row in answer["rows"]}

    assert set(rows) == {"插座 P", "灯泡 R"}
    assert rows["插座 P"]["hot_with"] == example.near.name
    assert rows["插座 P"]["slow_with"] == example.far.name
    assert rows["灯泡 R"]["hot_with"] == example.far.name
    assert column(answer, "hot_count") == [1, 1]
    assert everything_behind_adds_up("hot_and_slow", **YEAR) == 2


@pytest.mark.catalogue("AN-10", "BR-061")
def test_a_representative_compares_his_own_customers_only(example, people, eyes, as_):
    answer = asked("hot_and_slow", eyes(people.alice), **YEAR)

    assert answer["rows"] == []
    assert answer["totals"]["flags"]
    page = as_(people.alice).get("/measures/hot_and_slow?from=2026-01&to=2026-12")
    assert example.far.name not in page.text
    assert (
        example.far.name
        in as_(people.bob).get("/measures/hot_and_slow?from=2026-01&to=2026-12").text
    )
    assert as_(people.bob).get("/measures/hot_and_slow.pdf").data[:4] == b"%PDF"

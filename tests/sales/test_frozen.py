"""Frozen ABC results: kept as they were, compared, and written to the customers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.analytics import frozen
from app.analytics.models import FrozenItem, FrozenResult
from app.audit import AuditEntry
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import Refused, writing
from tests.sales.shop import a_customer, a_fact, a_product


@pytest.fixture
def two_years(people):
    """2025: one two three four by amount; in 2026 the second falls and the third rises; the fourth is gone."""
    with writing("cli"):
        product = a_product("插座")
        customers = [a_customer(f"客户{n}", rep=people.alice) for n in range(5)]
        for customer, sales in zip(customers, (600, 300, 60, 40), strict=False):
            a_fact(customer, product, "2025-05", sales)
        for place, sales in ((0, 600), (1, 50), (2, 300), (4, 40)):
            a_fact(customers[place], product, "2026-05", sales)
    return customers


def freeze(browser, year, **more):
    query = {"from": f"{year}-01", "to": f"{year}-12", **more}
    return browser.post("/measures/abc/act/freeze", query_string=query)


def classes():
    db.session.expire_all()
    rows = db.session.execute(select(Customer.name, Customer.abc_class).order_by(Customer.id))
    return [row[1] for row in rows]


@pytest.mark.catalogue("AN-02", "R01")
def test_freezing_keeps_the_ranking_and_gives_customers_their_class(two_years, people, as_):
    bob = as_(people.bob)

    answer = freeze(bob, 2025)

    assert answer.status_code == 302
    result = db.session.scalars(select(FrozenResult)).one()
    assert result.parameters["from"] == "2025-01"
    assert result.frozen_by == "王强"
    assert "2025-01" in result.label
    items = db.session.execute(
        select(FrozenItem.rank, FrozenItem.class_, FrozenItem.amount).order_by(FrozenItem.rank)
    ).all()
    assert [tuple(item) for item in items] == [
        (1, "A", 6_000_000),
        (2, "B", 3_000_000),
        (3, "C", 600_000),
        (4, "C", 400_000),
    ]
    assert classes() == ["A", "B", "C", "C", None]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.register == "frozen_result")
    ).one()
    assert entry.action == "add"


@pytest.mark.catalogue("AN-02", "R01")
def test_the_later_result_moves_customers_and_shows_the_movement(two_years, people, as_):
    bob = as_(people.bob)
    freeze(bob, 2025)
    first = db.session.scalars(select(FrozenResult)).one().id

    freeze(bob, 2026)

    assert classes() == ["A", "C", "B", None, "C"]
    before, after = db.session.scalars(select(FrozenResult).order_by(FrozenResult.id)).all()
    moved = frozen.movement(before, after)
    assert (moved.up, moved.down) == (1, 1)
    assert moved.counts == {
        ("A", "A"): 1,
        ("B", "C"): 1,
        ("C", "B"): 1,
        ("", "C"): 1,
        ("C", ""): 1,
    }
    page = bob.get(f"/measures/abc/frozen/{after.id}")
    assert "C → B" in page.text
    assert "B → C" in page.text
    compared = bob.get(f"/measures/abc?from=2026-01&to=2026-12&compare={first}")
    assert compared.text.count("C → B") == 1
    listed = bob.get("/measures/abc/frozen/")
    assert listed.text.count(f"/measures/abc/frozen/{first}") == 1


@pytest.mark.catalogue("AN-02")
def test_later_facts_do_not_change_what_is_frozen(two_years, people, as_):
    freeze(as_(people.bob), 2025)

    with writing("cli"):
        a_fact(two_years[3], a_product("开关"), "2025-06", 5000)

    ranked = db.session.execute(select(FrozenItem.item_id).order_by(FrozenItem.rank)).scalars()
    assert next(iter(ranked)) == two_years[0].id


@pytest.mark.catalogue("AN-02")
def test_a_ranking_of_products_is_frozen_and_leaves_the_customers_alone(two_years, people, as_):
    freeze(as_(people.bob), 2025, of="product")

    assert classes() == [None] * 5
    assert db.session.scalars(select(FrozenResult)).one().items == 1


@pytest.mark.catalogue("AN-02", "BR-061")
def test_only_a_manager_freezes_and_only_over_all(two_years, people, as_):
    by_alice = freeze(as_(people.alice), 2025)
    of_alice = freeze(as_(people.bob), 2025, rep=people.alice.employee.number)

    assert by_alice.status_code == 403
    assert of_alice.status_code == 302
    assert db.session.scalars(select(FrozenResult)).all() == []
    assert classes() == [None] * 5


@pytest.mark.catalogue("AN-02")
def test_a_frozen_result_is_never_deleted(two_years, people, as_):
    freeze(as_(people.bob), 2025)
    result = db.session.scalars(select(FrozenResult)).one()

    def remove():
        with writing("cli"):
            db.session.delete(result)

    with pytest.raises(Refused):
        remove()


@pytest.mark.catalogue("AN-02")
def test_a_representative_reads_of_a_movement_only_his_own_customers(two_years, people, as_):
    with writing("cli"):
        two_years[2].responsible_rep_id = people.bob.employee.id
    bob = as_(people.bob)
    freeze(bob, 2025)
    freeze(bob, 2026)
    last = db.session.scalars(select(FrozenResult.id).order_by(FrozenResult.id.desc())).first()

    page = as_(people.alice).get(f"/measures/abc/frozen/{last}")

    assert two_years[1].name in page.text
    assert two_years[2].name not in page.text

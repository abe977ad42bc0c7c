"""A list leaves the house as the person sees it: his rows, his fields, and an entry in the book."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.directory.models import Customer
from app.exchange.sheet import open_sheet
from app.extensions import db
from app.records import void, writing
from app.security import scopes
from tests.exchange.rights import give
from tests.exchange.sheets import load


@pytest.fixture
def customers(people: Any) -> dict[str, Customer]:
    with writing("cli"):
        made = {
            name: Customer(
                name=name,
                party_kind=("supplier", "dealer"),
                relation_stage="present",
                phone="021-55550117",
                legal_representative="陈思远",
                registered_on=date(2019, 1, 2),
                registered_capital=Decimal("1234567.80"),
                responsible_rep_id=rep,
                is_vip=name == "甲公司",
            )
            for name, rep in (
                ("甲公司", people.alice.employee.id),
                ("=cmd|'/C calc'!A0", people.alice.employee.id),
                ("丙公司", people.bob.employee.id),
            )
        }
        db.session.add_all(made.values())
    return made


def table(answer: Any, ending: str = "xlsx") -> list[list[Any]]:
    assert answer.status_code == 200, answer.text[:500]
    sheet = open_sheet(io.BytesIO(answer.data), f"a.{ending}")
    return [sheet.header, *(cells for _n, cells in sheet.rows())]


def column(rows: list[list[Any]], label: Any) -> list[Any]:
    place = rows[0].index(str(label))
    return [row[place] for row in rows[1:]]


def label(name: str) -> Any:
    return Customer.specs()[name].label


def test_the_list_is_exported_with_figures_as_figures(as_, people, customers):
    rows = table(as_(people.dave).get("/export/customer.xlsx?columns=all", buffered=True))

    assert column(rows, label("registered_capital")) == [1234567.8] * 3
    assert column(rows, label("registered_on")) == [date(2019, 1, 2)] * 3
    assert set(column(rows, label("name"))) == set(customers)


def test_conditions_order_and_search_of_the_list_hold(as_, people, customers):
    client = as_(people.dave)

    by_name = table(client.get("/export/customer.xlsx?order=name", buffered=True))
    vip = table(client.get("/export/customer.xlsx?where=is_vip:is:1", buffered=True))
    found = table(client.get("/export/customer.xlsx?q=丙公", buffered=True))

    assert column(by_name, label("name")) == sorted(customers)
    assert column(vip, label("name")) == ["甲公司"]
    assert column(found, label("name")) == ["丙公司"]


def test_the_chosen_rows_are_exported_and_no_others(as_, people, customers):
    ids = customers["丙公司"].id

    rows = table(as_(people.dave).get(f"/export/customer.xlsx?ids={ids},999999", buffered=True))

    assert column(rows, label("name")) == ["丙公司"]


def test_a_void_row_is_left_out_unless_it_was_ticked(as_, people, customers):
    with writing("cli"):
        void(customers["丙公司"], "错录")

    client = as_(people.dave)
    assert len(table(client.get("/export/customer.xlsx", buffered=True))) == 3
    assert (
        len(
            table(client.get(f"/export/customer.xlsx?ids={customers['丙公司'].id}", buffered=True))
        )
        == 2
    )


def test_nobody_takes_away_rows_beyond_his_scope(as_, people, customers):
    give(people.alice.user, "customer", "rx", "own")

    rows = table(as_(people.alice).get("/export/customer.xlsx", buffered=True))
    by_id = table(
        as_(people.alice).get(f"/export/customer.xlsx?ids={customers['丙公司'].id}", buffered=True)
    )

    assert set(column(rows, label("name"))) == {"甲公司", "=cmd|'/C calc'!A0"}
    assert len(by_id) == 1


def test_without_the_right_nothing_is_exported(as_, people, client, customers):
    assert as_(people.carol).get("/export/product.xlsx", buffered=True).status_code == 403
    # Everybody may ask for access to customers (R10); who was given none takes none away.
    assert len(table(as_(people.carol).get("/export/customer.xlsx", buffered=True))) == 1
    assert client.get("/export/customer.xlsx", buffered=True).status_code == 302
    assert as_(people.dave).get("/export/no_register.xlsx", buffered=True).status_code in (
        403,
        404,
    )


def limit(user: Any, name: str, right: str) -> None:
    with writing("cli"):
        connection = db.session.connection()
        connection.execute(
            db.metadata.tables["role_field"].insert(),
            [
                {"role_id": r.id, "register": "customer", "field": name, "limit_to": right}
                for r in user.roles
            ],
        )
        scopes.rights_changed(connection)
    scopes._cache.clear()


def test_hidden_fields_stay_and_masked_ones_show_their_edges(as_, people, customers):
    limit(people.dave.user, "legal_representative", "hidden")
    limit(people.dave.user, "phone", "masked")

    rows = table(as_(people.dave).get("/export/customer.xlsx?columns=all", buffered=True))

    assert str(label("legal_representative")) not in rows[0]
    assert "021-55550117" not in column(rows, label("phone"))
    assert (
        as_(people.dave).get("/export/customer.xlsx?where=phone:is:021", buffered=True).status_code
        == 422
    )


def test_no_cell_of_a_csv_is_a_formula(as_, people, customers):
    answer = as_(people.dave).get("/export/customer.csv", buffered=True)

    rows = table(answer, "csv")
    assert "'=cmd|'/C calc'!A0" in column(rows, label("name"))
    assert answer.data.startswith(b"\xef\xbb\xbf")


def test_an_export_can_be_loaded_again_and_changes_nothing(as_, people, customers):
    answer = as_(people.dave).get("/export/customer.xlsx?columns=all", buffered=True)

    sheet = open_sheet(io.BytesIO(answer.data), "a.xlsx")
    run = load([sheet.header, *(cells for _n, cells in sheet.rows())])

    assert run.counts["changes"] == []
    assert (run.counts["same"], run.counts["new"], run.counts["bad"]) == (3, 0, 0)


def test_every_export_is_entered_into_the_book(as_, people, customers):
    as_(people.dave).get("/export/customer.xlsx?where=is_vip:is:1&q=甲公", buffered=True)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.register, entry.actor_id) == ("customer", people.dave.id)
    assert entry.details["rows"] == 1
    assert entry.details["where"] == ["is_vip:is:1"]


def test_nonsense_in_the_address_is_no_failure(as_, people, customers):
    client = as_(people.dave)

    assert client.get("/export/customer.xlsx?where=colour:is:1", buffered=True).status_code == 422
    assert (
        client.get(
            "/export/customer.xlsx?ids=a,b,,99999999999999999999", buffered=True
        ).status_code
        == 200
    )
    assert (
        client.get("/export/customer.xlsx?order=password&page=x", buffered=True).status_code == 200
    )


def test_two_exports_at_once_do_not_mix(app, as_, people, customers):
    import contextvars
    from concurrent.futures import ThreadPoolExecutor

    give(people.alice.user, "customer", "rx", "own")
    hers, his = as_(people.alice), as_(people.dave)

    def names(client: Any) -> set[str]:
        def ask() -> set[str]:
            with app.app_context():
                return set(
                    column(
                        table(client.get("/export/customer.xlsx", buffered=True)), label("name")
                    )
                )

        return contextvars.Context().run(ask)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(names, [hers, his] * 6))

    assert all(one == set(customers) - {"丙公司"} for one in found[::2])
    assert all(one == set(customers) for one in found[1::2])

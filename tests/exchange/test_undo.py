"""A whole import is taken back: what it brought goes, what it changed is as it was; nothing built on it is lost."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.domains.customers.models import CustomerChangeEffect, CustomerChangeEvent
from app.domains.directory.models import Customer, CustomerPerson, Product
from app.exchange import loading, runs, undoing
from app.exchange.models import ImportRun, RunState
from app.extensions import db
from app.records import Refused, search, writing
from app.records.attachments import attach
from tests.exchange.sheets import credit_code, load
from tests.factories.directory import a_customer

pytestmark = pytest.mark.usefixtures("people")

HEAD = ["name", "party_kind", "unified_social_credit_code", "phone", "registered_capital"]


def undo(run: ImportRun, reason: str = "表错了") -> dict[str, int]:
    with writing("cli"):
        db.session.get(ImportRun, run.id).undo_reason = reason
        return runs.undo_run(run.id)


def customers() -> list[Customer]:
    db.session.expire_all()
    return list(db.session.scalars(select(Customer).order_by(Customer.id)))


def test_numbered_records_are_voided_with_the_reason():
    run = load([HEAD, ["甲公司", "supplier", "", "1", "5"]])

    counts = undo(run)

    (customer,) = customers()
    assert (customer.is_void, customer.void_reason) == (True, "表错了")
    assert counts == {"restored": 0, "removed": 0, "voided": 1}
    assert db.session.get(ImportRun, run.id).state == RunState.UNDONE
    assert search.ids_of(db.session, "甲公司", "customer") == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "undo")).one()
    assert entry.details["reason"] == "表错了"


def test_changed_rows_get_every_former_value_back(monkeypatch):
    monkeypatch.setattr(undoing, "PART", 2)
    monkeypatch.setattr(loading, "PART", 2)
    head = ["number", *HEAD, "registered_on", "is_vip", "special_kind"]
    load(
        [
            head,
            *(
                [f"C-{n}", f"公司{n}", "supplier、special_partner", credit_code(n), "1", "12.5", "2019-01-02", "是", "bank"]
                for n in range(5)
            ),
        ]
    )  # fmt: skip
    before = [values(c) for c in customers()]
    run = load(
        [
            head,
            *(
                [f"C-{n}", f"新{n}", "dealer、special_partner", credit_code(n + 50), "2", "20(万美元)", "2020-02-03", "否", "lawyer"]
                for n in range(5)
            ),
        ]
    )  # fmt: skip
    assert run.counts["changed"] == 5
    assert all(values(c) != b for c, b in zip(customers(), before, strict=True))

    counts = undo(run)

    assert [values(c) for c in customers()] == before
    assert counts["restored"] == 5
    assert search.ids_of(db.session, "公司3", "customer") != []
    assert search.ids_of(db.session, "新3", "customer") == []


def values(customer: Customer) -> dict[str, object]:
    passed_by = {"version", "changed_at", "changed_by_id"}
    return {
        a.key: getattr(customer, a.key)
        for a in Customer.__mapper__.column_attrs
        if a.key not in passed_by
    }


def test_a_better_sheet_brings_back_what_was_voided():
    code = credit_code(9)
    run = load([HEAD, ["甲公司", "supplier", code, "1", "5"]])
    number = customers()[0].number
    undo(run)

    again = load([HEAD, ["甲公司(正名)", "supplier", code, "2", "6"]])

    (customer,) = customers()
    assert (again.counts["new"], again.counts["bad"]) == (1, 0)
    assert (customer.number, customer.name, customer.is_void) == (number, "甲公司(正名)", False)
    assert customer.import_id == again.id
    undo(again)
    assert customers()[0].is_void


def test_without_a_reason_nothing_is_undone():
    run = load([HEAD, ["甲公司", "supplier", "", "1", "5"]])

    with pytest.raises(Refused):
        undo(run, " ")

    assert not customers()[0].is_void


def test_what_was_built_on_it_is_named_and_nothing_is_undone():
    run = load([HEAD, ["甲公司", "supplier", "", "1", "5"], ["乙公司", "supplier", "", "1", "5"]])
    first, second = customers()
    with writing("cli"):
        db.session.add(CustomerPerson(customer_id=first.id, name="陈思远"))
        second.phone = "999"
        db.session.flush()
        attach(second, io.BytesIO(b"%PDF-1.4 x"), "执照.pdf")

    with pytest.raises(Refused) as no:
        undo(run)

    said = " ".join(str(r) for r in no.value.refusals)
    person = db.session.scalars(select(CustomerPerson)).one()
    assert person.number in said
    assert "乙公司" in said
    assert len(no.value.refusals) >= 3
    assert not any(c.is_void for c in customers())


def test_looking_and_printing_builds_nothing(as_, people):
    run = load([HEAD, ["甲公司", "supplier", "", "1", "5"]])
    as_(people.dave).get(f"/customer/show/{customers()[0].id}")
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "read")) == 1

    assert undo(run)["voided"] == 1


def test_a_later_import_must_go_first():
    first = load([HEAD, ["甲公司", "supplier", credit_code(1), "1", "5"]])
    second = load([HEAD, ["甲公司", "supplier", credit_code(1), "2", "5"]])

    with pytest.raises(Refused):
        undo(first)
    undo(second)

    assert customers()[0].phone == "1"
    assert undo(first)["voided"] == 1


def test_an_undone_import_is_not_undone_twice():
    run = load([HEAD, ["甲公司", "supplier", "", "1", "5"]])
    undo(run)

    with writing("cli"):
        runs.undo_run(run.id)

    entries = select(func.count()).where(AuditEntry.action == "undo")
    assert db.session.scalar(entries) == 1


LINES = ["number", "customer", "event_on", "content", "effect_on_master / master_field", "effect_on_master / new_value"]  # fmt: skip


def events() -> list[CustomerChangeEvent]:
    db.session.expire_all()
    return list(db.session.scalars(select(CustomerChangeEvent).order_by(CustomerChangeEvent.id)))


def effects(event: CustomerChangeEvent) -> list[tuple[str, str]]:
    return [(e.master_field, e.new_value) for e in event.effects]


def test_lines_come_as_repeated_rows_and_go_back_as_they_were():
    load([HEAD, ["甲公司", "supplier", "", "1", "5"]])
    first = load(
        [
            LINES,
            ["E-1", "甲公司", "2026-01-05", "迁址", "address", "真南路2号"],
            ["E-1", "甲公司", "2026-01-05", "迁址", "phone", "222"],
            ["", "", "", "", "fax", "333"],
            ["E-2", "甲公司", "2026-02-05", "增资", "registered_capital", "900"],
        ],
        "customer_change_event",
    )
    one, two = events()
    assert (first.counts["rows"], first.counts["new"]) == (4, 2)
    assert effects(one) == [("address", "真南路2号"), ("phone", "222"), ("fax", "333")]
    assert effects(two) == [("registered_capital", "900")]

    second = load(
        [
            LINES,
            ["E-1", "甲公司", "2026-01-05", "迁址", "address", "沪太路3号"],
            ["E-2", "甲公司", "2026-02-05", "增资", "registered_capital", "900"],
            ["E-2", "甲公司", "2026-02-05", "增资", "fax", "1"],
        ],
        "customer_change_event",
    )
    assert (second.counts["changed"], second.counts["bad"]) == (2, 0)
    assert effects(events()[0]) == [("address", "沪太路3号")]
    assert effects(events()[1]) == [("registered_capital", "900"), ("fax", "1")]

    undo(second)

    assert effects(events()[0]) == [("address", "真南路2号"), ("phone", "222"), ("fax", "333")]
    assert effects(events()[1]) == [("registered_capital", "900")]
    assert db.session.scalar(select(func.count()).select_from(CustomerChangeEffect)) == 4


def test_no_sheet_reaches_the_lines_of_a_confirmed_change(people):
    load([HEAD, ["甲公司", "supplier", "", "1", "5"]])
    rows = [LINES, ["E-1", "甲公司", "2026-01-05", "迁址", "address", "真南路2号"]]
    load(rows, "customer_change_event")
    with writing("cli"):
        events()[0].applied = True

    for line in (["address", "别处"], ["fax", "1"]):
        run = load([LINES, [*rows[1][:4], *line]], "customer_change_event")

        assert run.counts["bad"] == 1
        assert "修改" in db.session.scalars(select(loading.ImportFault.reason)).all()[-1]
    assert effects(events()[0]) == [("address", "真南路2号")]


def test_a_former_value_that_somebody_else_has_by_now_is_a_reason_and_no_accident():
    code, other = credit_code(1), credit_code(2)
    load([["number", *HEAD], ["C-1", "甲公司", "supplier", code, "1", "5"]])
    run = load([["number", *HEAD], ["C-1", "甲公司", "supplier", other, "1", "5"]])
    load([["number", *HEAD], ["C-2", "乙公司", "supplier", code, "1", "5"]])

    with pytest.raises(Refused) as no:
        undo(run)

    assert "统一社会信用代码" in str(no.value)
    assert [c.unified_social_credit_code for c in customers()] == [other, code]


def test_what_an_undone_import_left_comes_back_only_while_its_value_is_free():
    code = credit_code(1)
    run = load([["number", *HEAD], ["C-1", "甲公司", "supplier", code, "1", "5"]])
    undo(run)
    with writing("cli"):
        db.session.add(a_customer(number="C-2", unified_social_credit_code=code))

    again = load([["number", "name", "party_kind"], ["C-1", "甲公司", "supplier"]])

    assert again.counts["bad"] == 1
    assert "C-2" in db.session.scalars(select(loading.ImportFault.reason)).all()[-1]
    assert [c.is_void for c in customers()] == [True, False]


def test_a_bad_line_names_its_own_row():
    load([HEAD, ["甲公司", "supplier", "", "1", "5"]])

    run = load(
        [
            LINES,
            ["E-1", "甲公司", "2026-01-05", "迁址", "address", "x"],
            ["E-1", "甲公司", "2026-01-05", "迁址", "colour", "x"],
        ],
        "customer_change_event",
    )

    (fault,) = db.session.scalars(select(loading.ImportFault))
    assert (fault.row, fault.column) == (3, "effect_on_master / master_field")
    assert run.counts["bad"] == 2
    assert events() == []


def test_values_of_every_kind_survive_the_book():
    """What the audit book keeps as text comes back as what the column holds."""
    kept = {
        "event_on": date(2026, 1, 5),
        "voided_at": datetime(2026, 1, 5, 8, 0, tzinfo=UTC),
    }
    for name, value in kept.items():
        assert undoing._typed(CustomerChangeEvent, name, value.isoformat()) == value
    assert undoing._typed(Customer, "party_kind", ["supplier"]) == ("supplier",)
    assert undoing._typed(Product, "list_price", "12.50") == Decimal("12.50")
    assert undoing._typed(Customer, "is_vip", True) is True
    assert undoing._typed(Customer, "name", None) is None

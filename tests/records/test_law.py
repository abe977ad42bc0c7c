"""The law at the flush: form, REST, import, command and shell meet the same no."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from sqlalchemy import UniqueConstraint, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app.audit import AuditEntry
from app.domains.directory.models import Customer, Product
from app.extensions import db
from app.records import (
    REGISTERED,
    BulkWriteRefused,
    Kind,
    NobodyActs,
    Record,
    Refused,
    check,
    clock,
    void,
    writing,
)
from app.records.numbering import NumberCounter
from app.registers.saving import saving
from tests.factories import make
from tests.factories.directory import a_credit_code, a_customer, a_product


def store(record):
    with writing("cli"):
        db.session.add(record)
    return record


def test_nothing_is_written_when_nobody_says_who_writes(app):
    db.session.add(a_customer())

    with pytest.raises(NobodyActs):
        db.session.flush()
    db.session.rollback()


def test_a_page_that_only_reads_writes_nothing(app):
    with app.test_request_context("/"):
        app.preprocess_request()
        db.session.add(a_customer())

        with pytest.raises(RuntimeError):
            db.session.flush()
        db.session.rollback()


def test_what_is_required_is_named_by_its_label(app):
    refusals = check(Customer())

    assert {r.field for r in refusals} == {"name", "party_kind"}


def test_a_refused_record_leaves_nothing_behind(app):
    with pytest.raises(Refused), writing("cli"):
        db.session.add(a_customer(name="甲"))
        db.session.flush()
        db.session.add(a_customer(party_kind=("emperor",)))

    assert db.session.scalars(select(Customer)).all() == []
    assert (
        db.session.scalar(select(AuditEntry.id).where(AuditEntry.register == "customer")) is None
    )


@pytest.mark.parametrize(
    "statement",
    [
        lambda: update(Customer).values(name="x"),
        lambda: Customer.__table__.delete(),
        lambda: Customer.__table__.insert().values(name="x"),
    ],
)
def test_bulk_statements_on_a_register_are_refused(app, statement):
    with pytest.raises(BulkWriteRefused), writing("cli"):
        db.session.execute(statement())


def test_a_number_is_given_once_and_has_no_gap(app, on):
    with on("2026-03-02"):
        first, second = store(a_customer()), store(a_customer())
        with pytest.raises(Refused), writing("cli"):
            db.session.add(a_customer())
            db.session.flush()
            db.session.add(Customer(name="incomplete"))
            db.session.flush()
        third = store(a_customer())

    assert [c.number for c in (first, second, third)] == [
        "KH-202603-0001",
        "KH-202603-0002",
        "KH-202603-0003",
    ]


def test_a_new_month_begins_to_count_anew(app, on):
    with on("2026-03-31"):
        store(a_customer())
    with on("2026-04-01"):
        assert store(a_customer()).number == "KH-202604-0001"


def test_the_month_is_that_of_the_office_and_not_of_greenwich(app, on):
    with on("2026-04-01 02:00"):  # still March in London
        assert store(a_customer()).number == "KH-202604-0001"


def test_twenty_clerks_at_once_get_twenty_numbers(app):
    failed = []

    def enter(nth):
        with app.app_context():
            try:
                with writing("cli"):
                    db.session.add(a_product(name=f"同时{nth}"))
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    numbers = sorted(db.session.scalars(select(Product.number)))
    assert numbers == [f"SP-{n:05}" for n in range(1, 21)]
    assert db.session.get(NumberCounter, ("product", "")).last == 20


def test_an_amount_keeps_every_fen_on_both_databases(app):
    product = store(a_product(unit_cost=Decimal("0.10"), list_price=Decimal("9007199254740.93")))
    db.session.expire_all()

    assert product.unit_cost + Decimal("0.20") == Decimal("0.30")
    assert product.list_price == Decimal("9007199254740.93")


def test_two_flushes_on_one_version_do_not_lose_a_change(app):
    customer = store(a_customer(phone="1"))
    assert customer.phone == "1"
    writes = {"writes": True}
    with db.engine.connect().execution_options(**writes) as connection, connection.begin():
        connection.execute(text("UPDATE customer SET version = version + 1"))

    with pytest.raises(StaleDataError), writing("cli"):
        set_committed_value(customer, "version", 1)
        customer.phone = "2"


def test_a_state_that_does_not_exist_cannot_be_stored(app):
    customer = store(a_customer())

    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE customer SET state = 'paradise' WHERE id = :id"), {"id": customer.id}
        )


def test_a_state_is_reached_only_by_the_moves_that_exist(app):
    customer = store(a_customer())

    with pytest.raises(Refused) as no, writing("cli"):
        customer.state = "trading"
        db.session.flush()

    assert no.value.refusals[0].field == "state"


def test_what_has_a_number_is_voided_and_not_deleted(app):
    customer = store(a_customer())

    with pytest.raises(Refused), writing("cli"):
        db.session.delete(customer)
        db.session.flush()

    with writing("cli"):
        void(db.session.get(Customer, customer.id), "重复建档")
    assert customer.is_void
    assert db.session.scalars(Customer.living()).all() == []


def test_nothing_is_voided_without_a_reason_or_twice(app):
    customer = store(a_customer())

    with pytest.raises(Refused), writing("cli"):
        void(customer, "  ")
    with writing("cli"):
        void(customer, "重复建档")
    with pytest.raises(Refused), writing("cli"):
        void(customer, "再次")


@pytest.mark.catalogue("BR-004")
def test_every_change_is_kept_with_its_author_and_the_old_value(app):
    customer = store(a_customer(phone="021-1"))

    with writing("cli"):
        customer.phone = "021-2"

    entry = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.register == "customer", AuditEntry.action == "edit")
        .order_by(AuditEntry.id)
    ).one()
    assert entry.details == {"phone": ["021-1", "021-2"]}
    assert (entry.channel, entry.actor_name) == ("cli", "system")


def test_what_was_not_changed_makes_no_entry(app):
    customer = store(a_customer(phone="1"))

    with writing("cli"):
        customer.phone = "1"

    assert customer.version == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET actor_name = 'x'", "DELETE FROM audit_log"]
)
def test_the_database_itself_refuses_to_change_the_book(app, statement):
    store(a_customer())

    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_book_cannot_be_overwritten_or_emptied_at_once(app):
    store(a_customer())
    statement = "TRUNCATE audit_log"
    if db.engine.dialect.name == "sqlite":
        statement = (
            "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE id = "
            "(SELECT min(id) FROM audit_log)"
        )

    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_credit_code_stands_once(app):
    code = a_credit_code()
    store(a_customer(unified_social_credit_code=code))

    with pytest.raises((Refused, IntegrityError)), writing("cli"):
        db.session.add(a_customer(unified_social_credit_code=code))


UNIQUE = [
    (cls.__tablename__, column.name)
    for cls in REGISTERED.values()
    if issubclass(cls, Record)
    for column in cls.__table__.columns
    if column.info.get("field", {}).get("unique")
]


def a_value(register, name):
    spec = REGISTERED[register].specs()[name]
    if spec.kind is Kind.DATE:
        return clock.today()
    if spec.kind is Kind.CHOICE:
        return getattr(make(register), name)
    return a_credit_code() if name == "unified_social_credit_code" else "只此一个"


@pytest.mark.parametrize(("register", "name"), UNIQUE)
def test_what_stands_once_stands_once_among_the_living(app, register, name):
    value = a_value(register, name)
    first = store(make(register, **{name: value}))
    with pytest.raises(Refused) as no, writing("cli"), saving():
        db.session.add(make(register, **{name: value}))
    assert no.value.refusals[0].field == name

    with writing("cli"):
        void(first, "登记有误")
    second = store(make(register, **{name: value}))

    assert getattr(second, name) == value


@pytest.mark.parametrize(("register", "name"), UNIQUE)
def test_who_comes_back_from_being_void_finds_his_value_taken(app, register, name):
    value = a_value(register, name)
    first = store(make(register, **{name: value}))
    with writing("cli"):
        void(first, "登记有误")
    second = store(make(register, **{name: value}))

    with pytest.raises(Refused) as no, writing("cli"):
        first.voided_at = None
        db.session.flush()
    assert no.value.refusals[0].field == name
    assert str(second.number or second.title) in str(no.value)

    with writing("cli"):
        void(second, "登记有误")
        first.voided_at = None
    assert not first.is_void


def test_nothing_but_the_number_counts_void_records(app):
    """What may stand only once is declared with `once`: a void record must not block a value."""
    strict = [
        f"{cls.__tablename__}: {one.name}"
        for cls in REGISTERED.values()
        if "voided_at" in cls.__table__.c
        for one in (*cls.__table__.constraints, *cls.__table__.indexes)
        if (isinstance(one, UniqueConstraint) or getattr(one, "unique", False))
        and one.name != f"uq_{cls.__tablename__}_number"
        and "voided_at IS NULL" not in str(one.dialect_kwargs.get("sqlite_where"))
    ]

    # An account is taken from a void employee when another one gets it (the page of accounts).
    assert strict == ["employee: uq_employee_user_id"]

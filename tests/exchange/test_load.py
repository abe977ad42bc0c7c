"""A sheet is tried first and loaded after; both see the same, and what is refused is refused in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.domains.directory.models import BusinessType, Customer, CustomerPerson, Product
from app.exchange import loading, placing
from app.exchange.models import ImportRun, RunState
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import Refused, search, void, writing
from app.records.attachments import attachments_of
from app.records.numbering import NumberCounter
from tests.exchange.rights import give
from tests.exchange.sheets import credit_code, faults, faulty_rows, load

pytestmark = pytest.mark.usefixtures("people")

HEAD = ["客户", "party_kind", "address", "unified_social_credit_code", "registered_capital"]
MAP = {"客户": "name"}


def customers() -> list[Customer]:
    return list(db.session.scalars(select(Customer).order_by(Customer.id)))


def some(*names: str, kind: str = "supplier") -> list[list[object]]:
    return [["name", "party_kind"], *([name, kind] for name in names)]


# -- trial and load ------------------------------------------------------------------------------


def test_a_trial_stores_nothing():
    run = load(some("甲公司", "乙公司"), simulate=True)

    assert run.state == RunState.SIMULATED
    assert (run.counts["rows"], run.counts["new"], run.counts["bad"]) == (2, 2, 0)
    assert customers() == []
    entries = select(func.count()).where(AuditEntry.register == "customer")
    assert db.session.scalar(entries) == 0


def test_a_load_stores_what_the_trial_promised():
    rows = [
        HEAD,
        ["上海仓祥绿化工程有限公司", "supplier", "叶旺路1号", credit_code(1), "1,000(万元人民币)"],
        ["大阪共荣电工商会", "business_customer、dealer", "N/A", "", "20(万美元)"],
    ]

    tried = load(rows, mapping=MAP, simulate=True)
    done = load(rows, mapping=MAP)

    same = ("rows", "new", "changed", "same", "bad", "faults")
    assert {k: tried.counts[k] for k in same} == {k: done.counts[k] for k in same}
    first, second = customers()
    assert (first.registered_capital, first.registered_capital_currency) == (
        Decimal("10000000.00"),
        "CNY",
    )
    assert (second.registered_capital, second.registered_capital_currency) == (
        Decimal("200000.00"),
        "USD",
    )
    assert second.party_kind == ("business_customer", "dealer")
    assert second.address is None
    assert second.relation_stage == "potential"


def test_every_fault_of_every_row_is_told_at_once():
    rows = [
        HEAD,
        ["甲公司", "supplier", "x", "123", "三百万"],
        ["", "供货的", "", "", ""],
        ["丙公司", "supplier", "", "", "5"],
    ]

    run = load(rows, mapping=MAP, simulate=True)

    where = {(row, column) for row, column, _reason in faults(run)}
    assert where == {
        (2, "unified_social_credit_code"),
        (2, "registered_capital"),
        (3, "客户"),
        (3, "party_kind"),
    }
    assert (run.counts["bad"], run.counts["faults"], run.counts["new"]) == (2, 4, 1)


def test_all_or_nothing_loads_nothing_when_one_row_is_bad():
    run = load(some("甲公司", "", "丙公司"), mode="all")

    assert run.state == RunState.SIMULATED
    assert customers() == []


def test_good_rows_only_leaves_the_bad_ones():
    run = load(some("甲公司", "", "丙公司"), mode="good")

    assert run.state == RunState.LOADED
    assert [c.name for c in customers()] == ["甲公司", "丙公司"]
    assert faulty_rows(run) == {3}


def test_a_load_in_the_mode_all_takes_everything_back_when_a_row_has_become_bad():
    load(some("甲公司"))
    with writing("cli"):
        run = ImportRun
        run = db.session.scalars(select(ImportRun)).one()
        run.state, run.mode = RunState.SIMULATED.value, "all"
    from app.exchange import runs

    with pytest.raises(Refused):
        runs.load_run(run.id)

    assert len(customers()) == 1


# -- new or changed --------------------------------------------------------------------------------


def test_a_number_finds_the_record_and_empty_cells_keep_what_is_there():
    load([["name", "party_kind", "phone", "fax"], ["甲公司", "supplier", "111", "222"]])
    number = customers()[0].number

    run = load([["number", "phone", "fax", "name"], [number, "333", "", "甲公司"]])

    (customer,) = customers()
    assert (customer.phone, customer.fax) == ("333", "222")
    assert (run.counts["new"], run.counts["changed"], run.counts["cells"]) == (0, 1, 1)
    assert run.counts["changes"][0][2:] == [str(Customer.specs()["phone"].label), "111", "333"]


def test_empty_cells_empty_the_field_where_that_is_wanted():
    load([["name", "party_kind", "phone"], ["甲公司", "supplier", "111"]])
    number = customers()[0].number
    from app.exchange import runs
    from tests.exchange.sheets import xlsx

    with writing("cli"):
        run, _found = runs.receive(
            "customer", xlsx([["number", "phone"], [number, ""]]), "a.xlsx", runs.person_of(None)
        )
        run.keeps_empty = False
    runs.try_run(run.id)
    runs.load_run(run.id)

    assert customers()[0].phone is None


def test_the_key_of_the_register_finds_the_record_too():
    row = ["甲公司", "supplier", "叶旺路1号", credit_code(7), ""]
    load([HEAD, row], mapping=MAP)

    run = load([HEAD, ["甲公司(新)", *row[1:]]], mapping=MAP)

    assert [c.name for c in customers()] == ["甲公司(新)"]
    assert run.counts["changed"] == 1


def test_what_is_the_same_already_is_passed_by():
    rows = [HEAD, ["甲公司", "supplier", "叶旺路1号", credit_code(7), "5"]]
    load(rows, mapping=MAP)
    version = customers()[0].version

    run = load(rows, mapping=MAP)

    assert (run.counts["same"], run.counts["changed"]) == (1, 0)
    assert customers()[0].version == version


def test_the_office_own_numbers_are_kept():
    load([["number", "name", "model"], ["P-100", "电钻", "D1"], ["", "扳手", "B2"]], "product")

    numbers = set(db.session.scalars(select(Product.number)))
    assert numbers == {"P-100", "SP-00001"}


def test_numbers_that_look_like_ours_are_not_given_again():
    load([["number", "name", "model"], ["SP-00041", "电钻", "D1"]], "product")

    load([["name", "model"], ["扳手", "B2"]], "product")

    assert set(db.session.scalars(select(Product.number))) == {"SP-00041", "SP-00042"}
    assert db.session.get(NumberCounter, ("product", "")).last == 42


def test_number_and_key_of_two_records_contradict_each_other():
    load(
        [
            HEAD,
            ["甲公司", "supplier", "", credit_code(1), ""],
            ["乙公司", "supplier", "", credit_code(2), ""],
        ],
        mapping=MAP,
    )
    first, second = customers()

    run = load(
        [
            ["number", "unified_social_credit_code"],
            [first.number, second.unified_social_credit_code],
        ]
    )

    assert faulty_rows(run) == {2}


def test_the_values_of_a_void_record_are_free_again():
    code = credit_code(1)
    load([HEAD, ["甲公司", "supplier", "a", code, ""]], mapping=MAP)
    with writing("cli"):
        void(customers()[0], "错录")

    run = load([HEAD, ["甲公司", "supplier", "a", code, ""]], mapping=MAP)

    assert (run.counts["new"], run.counts["bad"]) == (1, 0)
    assert [c.is_void for c in customers()] == [True, False]


def test_a_void_record_is_not_changed():
    load(some("甲公司"))
    with writing("cli"):
        void(customers()[0], "错录")
        number = customers()[0].number

    run = load([["number", "phone"], [number, "1"]])

    assert faulty_rows(run) == {2}
    assert customers()[0].phone is None


# -- doubles -----------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-001")
def test_the_same_name_at_the_same_address_is_entered_once():
    load([["name", "party_kind", "address"], ["甲公司", "supplier", "叶旺路1号"]])

    run = load(
        [
            ["name", "party_kind", "address"],
            ["甲公司", "supplier", "叶旺路1号"],
            ["甲公司", "supplier", "真南路2号"],
            ["乙公司", "supplier", ""],
            ["乙公司", "supplier", ""],
        ]
    )

    assert faulty_rows(run) == {2, 5}
    assert "4" in faults(run)[1][2]
    assert len(customers()) == 3


@pytest.mark.catalogue("BR-001")
def test_twins_are_found_across_the_parts_of_a_sheet(monkeypatch):
    monkeypatch.setattr(loading, "PART", 2)

    run = load(some("甲", "乙", "丙", "丁", "甲", "丙"))

    assert faulty_rows(run) == {6, 7}
    assert [c.name for c in customers()] == ["甲", "乙", "丙", "丁"]


def test_two_rows_about_one_record_are_refused():
    load(some("甲公司"))
    number = customers()[0].number

    run = load([["number", "phone"], [number, "1"], [number, "2"]])

    assert faulty_rows(run) == {3}


def test_a_unique_value_stands_once_in_the_sheet_and_in_the_register():
    load(
        [["name", "party_kind", "unified_social_credit_code"], ["甲", "supplier", credit_code(1)]]
    )
    number = customers()[0].number

    run = load(
        [
            ["number", "name", "party_kind", "unified_social_credit_code"],
            ["X-1", "乙", "supplier", credit_code(2)],
            ["X-2", "丙", "supplier", credit_code(2)],
        ]
    )
    again = load([["number", "name", "party_kind"], [number, "甲甲", "supplier"]])

    assert faulty_rows(run) == {3}
    assert again.counts["changed"] == 1


# -- references ----------------------------------------------------------------------------------------


def test_a_reference_is_found_by_number_and_by_a_name_that_occurs_once():
    with writing("cli"):
        kind = BusinessType(name="测试店", order_no=9)
        db.session.add(kind)
        db.session.flush()
        kind_id, number = kind.id, kind.number

    load(
        [
            ["name", "party_kind", "business_type"],
            ["甲", "supplier", "测试店"],
            ["乙", "supplier", number],
        ]
    )

    assert [c.business_type_id for c in customers()] == [kind_id, kind_id]


def test_a_name_that_occurs_twice_is_answered_with_the_numbers(people):
    with writing("cli"):
        for _n in range(2):
            db.session.add(
                Employee(
                    name="王伟", dept_id=people.sales.id, post_id=people.alice.employee.post_id
                )
            )
    twins = set(db.session.scalars(select(Employee.number).where(Employee.name == "王伟")))

    run = load([["name", "party_kind", "responsible_rep"], ["甲", "supplier", "王伟"]])

    (fault,) = db.session.scalars(select(loading.ImportFault))
    assert fault.column == "responsible_rep"
    assert all(number in fault.cure for number in twins)
    assert run.counts["new"] == 0


def test_a_name_that_is_not_there_is_answered_with_the_nearest_one():
    with writing("cli"):
        db.session.add(BusinessType(name="国际零配件销售商公司", order_no=9))

    load([["name", "party_kind", "business_type"], ["甲", "supplier", "国际零配件销售公司"]])

    (fault,) = db.session.scalars(select(loading.ImportFault))
    assert "国际零配件销售商公司" in fault.cure


def test_a_reference_reaches_no_further_than_the_person(people):
    """A sales representative refers to her own customers only."""
    with writing("cli"):
        mine = Customer(
            name="她的", party_kind=("supplier",), relation_stage="present",
            responsible_rep_id=people.alice.employee.id,
        )  # fmt: skip
        other = Customer(name="别人的", party_kind=("supplier",), relation_stage="present")
        db.session.add_all([mine, other])
    give(people.alice.user, "customer_person", "raexl", "all")

    run = load(
        [["customer", "name"], ["她的", "陈思远"], ["别人的", "李雷"]],
        "customer_person",
        by=people.alice,
    )

    assert faulty_rows(run) == {3}
    assert db.session.scalars(select(CustomerPerson.name)).all() == ["陈思远"]


def test_rows_may_refer_to_rows_above_them(monkeypatch):
    monkeypatch.setattr(loading, "PART", 2)
    rows = [["name", "parent"], ["总部", ""], ["华东", "总部"], ["上海", "华东"], ["松江", "上海"]]

    tried = load(rows, "department", simulate=True)
    load(rows, "department")

    assert tried.counts["bad"] == 0
    above = {
        d.name: d.parent.name if d.parent else None for d in db.session.scalars(select(Department))
    }
    assert (above["松江"], above["华东"]) == ("上海", "总部")


# -- rights ------------------------------------------------------------------------------------------


def test_what_a_person_may_not_edit_is_not_changed_by_his_sheet(people):
    with writing("cli"):
        mine = Customer(
            name="她的", party_kind=("supplier",), relation_stage="present",
            responsible_rep_id=people.alice.employee.id,
        )  # fmt: skip
        other = Customer(name="别人的", party_kind=("supplier",), relation_stage="present")
        db.session.add_all([mine, other])
    give(people.alice.user, "customer", "raexl", "own")

    run = load([["number", "phone"], [mine.number, "1"], [other.number, "2"]], by=people.alice)

    assert {row for row, _column, _reason in faults(run)} == {3}, faults(run)
    db.session.expire_all()
    assert (mine.phone, other.phone) == ("1", None)


def test_who_may_not_load_enters_nothing_new(people):
    run = load(some("甲公司"), by=people.carol)

    assert run.counts["new"] == 0
    assert customers() == []


# -- what follows ----------------------------------------------------------------------------------------


def test_a_load_leaves_its_traces(people):
    run = load(some("上海仓祥绿化工程有限公司"), by=people.dave)

    (customer,) = customers()
    assert (customer.import_id, customer.created_by_id) == (run.id, people.dave.id)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.register == "customer", AuditEntry.action == "add")
    ).one()
    assert (entry.channel, entry.record_id, entry.click) == ("import", customer.id, run.click)
    assert entry.details["name"] == [None, "上海仓祥绿化工程有限公司"]
    summary = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "load")).one()
    assert (summary.details["new"], summary.details["sha256"]) == (1, run.sha256)
    (file,) = attachments_of(run)
    assert (file.name, file.sha256) == ("sheet.xlsx", run.sha256)
    assert search.ids_of(db.session, "cxlh", "customer") == [customer.id]


def test_fixed_values_fill_what_no_column_has():
    load([["name"], ["甲公司"]], fixed={"party_kind": "supplier、dealer", "is_vip": "是"})

    (customer,) = customers()
    assert (customer.party_kind, customer.is_vip) == (("supplier", "dealer"), True)


def test_fixed_values_change_nothing_that_is_there():
    load(some("甲公司"))

    load([["number", "phone"], [customers()[0].number, "1"]], fixed={"party_kind": "dealer"})

    assert customers()[0].party_kind == ("supplier",)


def test_a_required_field_without_column_says_how_to_give_it():
    load([["name"], ["甲公司"]])

    (fault,) = db.session.scalars(select(loading.ImportFault))
    assert str(Customer.specs()["party_kind"].label) in fault.cure


def test_what_only_the_database_refuses_is_found_row_by_row(monkeypatch):
    """A rule that no trial knows: here the database's own, with the trial made blind."""
    load([["number", "name", "model"], ["P-1", "电钻", "D1"]], "product")
    monkeypatch.setattr(placing.Placer, "_find", lambda self, drafts: None)
    monkeypatch.setattr(placing.Placer, "_refuse_doubles", lambda self, drafts: None)

    run = load(
        [
            ["number", "name", "model"],
            ["P-2", "扳手", "B"],
            ["P-1", "锤子", "C"],
            ["P-3", "锯", "D"],
        ],
        "product",
    )

    assert faulty_rows(run) == {3}
    assert set(db.session.scalars(select(Product.number))) == {"P-1", "P-2", "P-3"}


def test_parts_do_not_change_the_result(monkeypatch):
    monkeypatch.setattr(loading, "PART", 3)

    run = load(some(*(f"公司{n}" for n in range(10)), ""))

    assert (run.counts["rows"], run.counts["new"], run.counts["bad"]) == (11, 10, 1)
    assert [c.name for c in customers()] == [f"公司{n}" for n in range(10)]
    assert len({c.number for c in customers()}) == 10

"""Who may what, as a manager reads it; and roles that contradict each other."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, select

from app.audit import AuditEntry
from app.desk.rights import reasons
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import Actor, writing
from app.security import conflicts, granting, scopes, users
from app.security.models import DutyException
from tests import people as persons
from tests.clock import on
from tests.factories.directory import a_customer


@pytest.fixture
def boss(people):
    with writing("cli"):
        return persons.hire(
            "gina", "高敏", people.office, people.alice.employee.post, "general_manager"
        )


@pytest.fixture
def desk(people, as_):
    return as_(people.admin)


def give(desk, somebody, *roles, **more):
    return desk.post(
        f"/users/{somebody.id}/edit",
        data={
            "display_name": somebody.employee.name,
            "employee_id": str(somebody.employee.id),
            "roles": ",".join(roles),
            **more,
        },
    )


def roles_of(somebody):
    db.session.expire_all()
    return {role.name for role in users.by_id(somebody.id).roles}


def test_a_manager_reads_who_may_what_and_who_has_no_business_does_not(people, as_, boss):
    page = as_(boss).get("/rights/").text
    assert "客户档案" in page
    assert "销售代表" in page
    assert 'class="differs"' not in page
    assert as_(people.alice).get("/rights/").status_code == 403
    only = as_(boss).get("/rights/?chapter=customers&role=sales_rep").text
    assert "信息设备档案" not in re.sub(r"(?s)<nav.*?</nav>", "", only)


def test_what_the_office_changed_is_ringed_against_the_regulations(people, as_, boss):
    role_id = users.role_id("sales_rep")
    with writing("cli"):
        connection = db.session.connection()
        table = db.metadata.tables["ab_permission_view_role"]
        pair = connection.exec_driver_sql(
            "SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id "
            "JOIN ab_view_menu v ON v.id = pv.view_menu_id "
            "WHERE p.name = 'can_export' AND v.name = 'customer_stock'"
        ).scalar()
        connection.execute(
            delete(table).where(table.c.role_id == role_id, table.c.permission_view_id == pair)
        )
        scopes.rights_changed(connection)

    page = as_(boss).get("/rights/?differs=1").text

    assert 'class="differs"' in page
    assert 'class="gone"' in page


def test_behind_a_cell_stands_who_holds_it_since_when_and_when_he_used_it(people, as_, boss):
    with writing("ui", Actor(people.alice.id, "李雯")):
        db.session.add(a_customer())

    page = as_(boss).get("/rights/cell/customer/sales_rep").text

    assert "李雯" in page
    assert "今天" in page
    assert "2.16" in page or "6.2" in page


def test_what_one_person_may_says_from_which_role_it_comes(people, as_, boss):
    page = as_(boss).get(f"/rights/person/{people.alice.id}").text

    assert "销售代表: 本人" in page.replace("：", ": ")
    assert as_(boss).get("/rights/person/99999").status_code == 404


def test_why_somebody_sees_a_row_is_answered_role_by_role(people, as_, boss):
    with writing("ui", Actor(people.dave.id, "陈勇")):
        customer = a_customer(responsible_rep=people.alice.employee)
        db.session.add(customer)

    found = {
        name: reached
        for name, _reach, reached in reasons(people.alice.user, Customer, customer.id)
    }
    assert found["sales_rep"]["r"]
    with writing("cli"):
        customer.responsible_rep_id = None
    found = {
        name: reached
        for name, _reach, reached in reasons(people.alice.user, Customer, customer.id)
    }
    assert not found["sales_rep"]["e"]
    page = as_(boss).get(f"/rights/why/customer/{customer.id}/{people.alice.id}")
    assert page.status_code == 200
    assert "✓" in page.text or "–" in page.text


@pytest.mark.catalogue("BR-171")
def test_roles_that_contradict_each_other_are_not_given_to_one_person(people, desk):
    answer = give(desk, people.alice, "sales_rep", "marketing_manager")

    assert answer.status_code == 422
    assert "BR-171" in answer.text
    assert "marketing_manager" not in roles_of(people.alice)


@pytest.mark.catalogue("BR-170")
def test_where_it_cannot_be_helped_it_needs_a_reason_and_an_end(people, desk, as_, boss):
    with on("2026-03-05 10:00"):
        late = give(
            desk, people.alice, "sales_rep", "marketing_manager",
            exception_reason="经理空缺", exception_until="2026-03-01",
        )  # fmt: skip
        assert late.status_code in (302, 422)
    give(
        desk, people.alice, "sales_rep", "marketing_manager",
        exception_reason="经理空缺", exception_until="2099-12-31",
    )  # fmt: skip
    [waits] = granting.waiting()
    as_(boss).post(f"/rights/requests/{waits.id}/grant")

    assert {"sales_rep", "marketing_manager"} <= roles_of(people.alice)
    row = db.session.scalars(select(DutyException)).one()
    assert (row.first, row.second, row.by_id) == (
        "marketing_manager",
        "sales_rep",
        people.admin.id,
    )
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "grant_asked").order_by(AuditEntry.id.desc())
    ).first()
    assert "经理空缺" in str(entry.details)
    page = as_(boss).get("/rights/conflicts").text
    assert "经理空缺" in page


def test_who_reads_only_holds_no_role_that_writes(people):
    assert conflicts.between(["auditor", "sales_rep"])
    assert not conflicts.between(["auditor", "employee"])
    assert not conflicts.between(["sales_rep", "employee"])

"""Accounts: made by the administrator, owned by one person each."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.extensions import db
from app.organisation.models import Employee
from app.security import users
from tests.people import PASSWORD


def last_act(action):
    return db.session.scalar(
        select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id.desc())
    )


@pytest.fixture
def desk(people, as_):
    return as_(people.admin)


def test_a_new_account_gets_a_password_for_one_time(people, desk, app):
    page = desk.post(
        "/users/add",
        data={"username": "frank", "display_name": "周凯", "roles": ["service_staff"]},
    )

    shown = re.search(r"data-secret>([^<]+)<", page.text)[1]
    door = app.test_client()
    door.post("/login/", data={"username": "frank", "password": shown})
    assert door.get("/").headers["Location"] == "/password"
    frank = users.find("frank")
    assert {r.name for r in frank.roles} == {"employee", "service_staff"}
    assert last_act("account_made").record_id == frank.id


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"username": "alice", "display_name": "x"}, "username"),
        ({"username": "a b", "display_name": "x"}, "username"),
        ({"username": "frank", "display_name": ""}, "display_name"),
        ({"username": "frank", "display_name": "x", "roles": "emperor"}, "roles"),
    ],
)
def test_a_refused_account_keeps_what_was_typed(people, desk, typed, field):
    answer = desk.post("/users/add", data=typed)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{typed["username"]}"' in answer.text
    assert users.find("frank") is None


def test_roles_are_changed_by_name_and_entered_into_the_book(people, desk):
    desk.post(
        f"/users/{people.carol.id}/edit",
        data={
            "display_name": "赵静",
            "roles": ["archivist"],
            "employee_id": people.carol.employee.id,
        },
    )

    db.session.refresh(people.carol.user)
    assert {r.name for r in people.carol.user.roles} == {"archivist", "employee"}
    assert last_act("roles").details["before"] == ["employee", "receptionist"]


def test_nobody_changes_his_own_roles(people, desk):
    answer = desk.post(
        f"/users/{people.admin.id}/edit",
        data={"display_name": "admin", "roles": ["general_manager"]},
    )

    assert answer.status_code == 422
    assert {r.name for r in people.admin.roles} == {"platform_admin", "employee"}


def test_nobody_closes_his_own_account(people, desk):
    desk.post(f"/users/{people.admin.id}/close")

    db.session.refresh(people.admin)
    assert people.admin.active


def test_an_employee_has_one_account_at_most(people, desk):
    answer = desk.post(
        f"/users/{people.carol.id}/edit",
        data={"display_name": "赵静", "employee_id": people.alice.employee.id},
    )

    assert answer.status_code == 422
    alice = db.session.get(Employee, people.alice.employee.id)
    assert alice.user_id == people.alice.id


def test_a_reset_ends_the_sessions_and_unlocks(people, desk, as_, app):
    browser = as_(people.alice)
    for _try in range(6):
        app.test_client().post("/login/", data={"username": "alice", "password": "wrong"})

    page = desk.post(f"/users/{people.alice.id}/reset")

    shown = re.search(r"data-secret>([^<]+)<", page.text)[1]
    assert browser.get("/profile").status_code == 302
    answer = app.test_client().post("/login/", data={"username": "alice", "password": shown})
    assert answer.status_code == 302


@pytest.mark.parametrize("who", ["alice", "bob", "dave"])
@pytest.mark.parametrize("page", ["/users/", "/users/1", "/roles/", "/settings/", "/audit/"])
def test_the_house_is_run_by_its_administrator_alone(people, as_, who, page):
    assert as_(getattr(people, who)).get(page).status_code == 403


def test_the_auditor_reads_accounts_and_changes_none(people, as_):
    browser = as_(people.erin)

    assert browser.get("/users/").status_code == 200
    assert browser.post(f"/users/{people.alice.id}/close").status_code == 403


def test_everybody_may_see_and_end_his_own_sessions(people, as_):
    here, there = as_(people.alice), as_(people.alice)

    here.post("/profile/end")

    assert here.get("/profile").status_code == 200
    assert there.get("/profile").status_code == 302


def test_a_role_page_says_what_the_role_may(people, desk):
    role = next(r for r in people.alice.user.roles if r.name == "sales_rep")

    page = desk.get(f"/roles/{role.id}").text

    assert "李雯" in page
    assert "✓" in page


def test_the_administrator_signs_nothing(people):
    from app.security import scopes
    from app.security.roles import VERBS

    rights = scopes.rights_of(scopes.person_of(people.admin))

    assert VERBS["s"] not in {verb for verb, _register in rights.permissions}


def test_old_ways_of_the_framework_are_closed(people, desk):
    for page in ("/users/list/", "/roles/list/", "/users/userinfo/", "/resetpassword/form",
                 "/api/v1/security/users/", "/api/v1/security/roles/", "/groups/list/"):  # fmt: skip
        assert desk.get(page).status_code == 404


def test_signing_in_again_does_not_need_the_old_session(people, client):
    for _time in range(2):
        client.post("/login/", data={"username": "alice", "password": PASSWORD})
        assert client.get("/profile").status_code == 200
        client.post("/logout/")

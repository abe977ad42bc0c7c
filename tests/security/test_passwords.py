"""Which passwords are good enough."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.records import settings, writing
from app.security import passwords
from tests.people import PASSWORD


@pytest.mark.parametrize(
    "password",
    [
        "zhangwei1988",
        "Huawei@123",
        "woaini1314",
        "liwen2024!!",
        "admin@123456",
        "1qaz@WSX3edc",
        "aaaaaaaaaaaa",
        "20261125liwen",
    ],
)
def test_what_people_in_china_type_first_is_refused(app, password):
    assert passwords.faults(password, "alice", "李雯")


@pytest.mark.parametrize("password", ["Weiden-Kiesel-48-Lampe", "雨后竹林有七只黑猫在看书"])
def test_words_that_do_not_belong_together_are_good(app, password):
    assert passwords.faults(password, "alice", "李雯") == []


def test_the_firm_is_no_password(app):
    with writing("cli"):
        settings.put("company_name", "东岭电器")

    assert passwords.faults("donglingdianqi1", "alice", "李雯")


def test_nobody_takes_one_of_the_last_five_again(people):
    with writing("cli"):
        for word in ("Brunnen-Nebel-17-Faden", "Kirsche-Zange-29-Ofen"):
            passwords.change(people.alice.user, word)

    user = people.alice.user
    assert passwords.faults_for(user, PASSWORD)
    assert passwords.faults_for(user, "Brunnen-Nebel-17-Faden")
    assert passwords.faults_for(user, "Leiter-Quarz-55-Moos") == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"old": "wrong", "new": "Leiter-Quarz-55-Moos", "again": "Leiter-Quarz-55-Moos"}, "old"),
        ({"old": PASSWORD, "new": "Leiter-Quarz-55-Moos", "again": "Leiter"}, "again"),
        ({"old": PASSWORD, "new": "12345678", "again": "12345678"}, "new"),
    ],
)
def test_a_refused_change_says_at_which_field(people, as_, typed, field):
    answer = as_(people.alice).post("/password", data=typed)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    db.session.refresh(people.alice.user)
    assert passwords.is_right(people.alice.user.password, PASSWORD)


def test_no_page_shows_a_password_that_was_typed(people, as_):
    answer = as_(people.alice).post(
        "/password", data={"old": PASSWORD, "new": "12345678", "again": "12345678"}
    )

    assert PASSWORD not in answer.text
    assert "12345678" not in answer.text

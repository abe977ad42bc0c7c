"""Who comes in, and who does not."""

from __future__ import annotations

import re
import threading
import time

import pytest
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.extensions import db
from app.records import writing
from app.security import passwords, sessions
from app.security.models import Account, SignInAttempt
from tests.people import PASSWORD

WRONG = "Weiden-Kiesel-48-Lampf"


def knock(client, password, username="alice"):
    return client.post("/login/", data={"username": username, "password": password})


def without_tokens(page: str) -> str:
    """Each page carries fresh tokens against forged forms."""
    return re.sub(r'(content|value)="[\w.\-]{60,}"', "", page)


def is_in(client) -> bool:
    return client.get("/profile").status_code == 200


def test_the_right_password_opens_the_door(people, client):
    answer = knock(client, PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert is_in(client)


def test_nobody_is_sent_to_another_house_after_signing_in(people, client):
    answer = client.post(
        "/login/?next=https://evil.example/", data={"username": "alice", "password": PASSWORD}
    )

    assert answer.headers["Location"] == "/"


def test_what_was_typed_as_name_stays_after_a_wrong_password(people, client):
    answer = knock(client, WRONG)

    assert answer.status_code == 401
    assert 'value="alice"' in answer.text
    assert WRONG not in answer.text


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(people, client, app):
    def answer(username):
        page = knock(app.test_client(), WRONG, username).text
        return without_tokens(page).replace(f'value="{username}"', "")

    assert answer("alice") == answer("nobody")


def test_a_name_nobody_has_costs_as_many_hashes_as_a_wrong_password(people, client, monkeypatch):
    hashed = []
    check = passwords.check_password_hash
    monkeypatch.setattr(
        passwords, "check_password_hash", lambda *pair: hashed.append(pair) or check(*pair)
    )

    for username in ("alice", "nobody", ""):
        before = len(hashed)
        knock(client, WRONG, username)
        assert len(hashed) - before == 1


@pytest.mark.catalogue("BR-151")
def test_after_five_failures_even_the_right_password_is_refused(people, client):
    for _try in range(5):
        knock(client, WRONG)

    answer = knock(client, PASSWORD)

    assert answer.status_code == 401
    assert not is_in(client)


def test_a_locked_account_answers_like_an_open_one(people, client):
    first = without_tokens(knock(client, WRONG).text)
    for _try in range(5):
        knock(client, WRONG)

    assert without_tokens(knock(client, PASSWORD).text) == first


def test_a_locked_account_opens_again_after_a_quarter_of_an_hour(people, client, on):
    with on("2026-03-02 09:00"):
        for _try in range(6):
            knock(client, WRONG)
    with on("2026-03-02 09:14"):
        assert knock(client, PASSWORD).status_code == 401
    with on("2026-03-02 09:31"):
        assert knock(client, PASSWORD).status_code == 302


def test_a_success_in_between_lets_the_count_begin_anew(people, client, app):
    for _try in range(4):
        knock(client, WRONG)
    knock(client, PASSWORD)
    for _try in range(4):
        knock(app.test_client(), WRONG)

    assert knock(app.test_client(), PASSWORD).status_code == 302


@pytest.mark.parametrize("door", ["form", "api"])
def test_twenty_guesses_at_the_same_moment_are_twenty_attempts(people, app, door, monkeypatch):
    looked_at = []
    slow = passwords.is_right

    def is_right(stored, password):
        time.sleep(0.05)
        looked_at.append(password)
        return slow(stored, password)

    monkeypatch.setattr("app.security.sign_in.passwords.is_right", is_right)
    answers = []

    def guess():
        with app.app_context():
            one_guess(app.test_client())

    def one_guess(client):
        if door == "form":
            answers.append(knock(client, PASSWORD if len(answers) > 12 else WRONG).status_code)
        else:
            body = {"username": "alice", "password": WRONG}
            answers.append(client.post("/api/v1/security/login", json=body).status_code)

    threads = [threading.Thread(target=guess) for _n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 20
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 20
    assert knock(app.test_client(), PASSWORD).status_code == 401


def test_the_api_knows_the_same_lock(people, client):
    for _try in range(5):
        client.post("/api/v1/security/login", json={"username": "alice", "password": WRONG})

    answer = client.post(
        "/api/v1/security/login", json={"username": "alice", "password": PASSWORD}
    )

    assert answer.status_code == 401


def test_one_address_cannot_try_many_names(people, client):
    for number in range(60):
        knock(client, WRONG, f"name{number}")

    assert knock(client, PASSWORD).status_code == 401


def test_a_closed_account_does_not_come_in(people, client):
    with writing("cli"):
        people.alice.user.active = False

    assert knock(client, PASSWORD).status_code == 401


def test_closing_an_account_ends_its_open_session(people, as_):
    browser = as_(people.alice)
    assert is_in(browser)

    with writing("cli"):
        people.alice.user.active = False

    assert not is_in(browser)


def test_a_copied_cookie_is_worth_nothing_after_signing_out(people, as_, app):
    browser, thief = as_(people.alice), app.test_client()
    with browser.session_transaction() as kept, thief.session_transaction() as copied:
        copied.update(kept)
    assert is_in(thief)

    browser.post("/logout/")

    assert not is_in(thief)


def test_a_link_from_elsewhere_signs_nobody_out(people, as_):
    browser = as_(people.alice)

    browser.get("/logout/")

    assert is_in(browser)


def test_a_new_password_ends_the_other_sessions(people, as_):
    here, there = as_(people.alice), as_(people.alice)

    here.post(
        "/password",
        data={"old": PASSWORD, "new": "Brunnen-Nebel-17-Faden", "again": "Brunnen-Nebel-17-Faden"},
    )

    assert is_in(here)
    assert not is_in(there)


def test_a_token_ends_with_the_sessions_of_its_owner(people, client, token):
    header = token(people.alice)
    assert client.get("/api/v1/customer/", headers=header).status_code == 200

    with writing("cli"):
        sessions.end_all(people.alice.id)

    assert client.get("/api/v1/customer/", headers=header).status_code == 401


def test_a_session_ends_when_nobody_uses_it_for_an_hour(people, as_, on):
    with on("2026-03-02 09:00"):
        browser = as_(people.alice)
        assert is_in(browser)
    with on("2026-03-02 09:50"):
        assert is_in(browser)
    with on("2026-03-02 10:40"):
        assert is_in(browser)
    with on("2026-03-02 11:45"):
        assert not is_in(browser)


@pytest.mark.catalogue("DL-13")
def test_a_password_older_than_ninety_days_must_be_changed(people, as_, on):
    with on("2026-03-02"):
        with writing("cli"):
            account = db.session.get(Account, people.alice.id)
            account.password_changed_at = account.password_changed_at.replace(2026, 2, 27)
        assert as_(people.alice).get("/").status_code == 200
    with on("2026-05-29"):
        answer = as_(people.alice).get("/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/password")


def test_a_one_time_password_leads_nowhere_but_to_a_new_one(people, as_):
    with writing("cli"):
        passwords.change(people.alice.user, "Einmal-Nur-Heute-93", must_change=True)
    browser = as_(people.alice)

    assert browser.get("/customer/list/").headers["Location"] == "/password"
    browser.post(
        "/password",
        data={
            "old": "Einmal-Nur-Heute-93",
            "new": "Brunnen-Nebel-17-Faden",
            "again": "Brunnen-Nebel-17-Faden",
        },
    )

    assert browser.get("/customer/list/").status_code == 200


def test_a_one_time_password_gets_no_token(people, client):
    with writing("cli"):
        passwords.change(people.alice.user, "Einmal-Nur-Heute-93", must_change=True)

    answer = client.post(
        "/api/v1/security/login", json={"username": "alice", "password": "Einmal-Nur-Heute-93"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body", [None, [], {"username": "alice"}, {"username": 1, "password": 2}, {"password": "x"}]
)
def test_nonsense_at_the_door_of_programs_is_named_as_such(people, client, body):
    assert client.post("/api/v1/security/login", json=body).status_code == 400


def test_sign_ins_and_refusals_are_entered_into_the_book(people, client):
    knock(client, WRONG)
    knock(client, WRONG, "nobody")
    knock(client, PASSWORD)

    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor_name, AuditEntry.record_label)
        .where(AuditEntry.register == "account", AuditEntry.action.like("sign_in%"))
        .order_by(AuditEntry.id)
    ).all()
    assert rows == [
        ("sign_in_refused", "李雯", "李雯"),
        ("sign_in_refused", "system", "nobody"),
        ("sign_in", "李雯", "李雯"),
    ]

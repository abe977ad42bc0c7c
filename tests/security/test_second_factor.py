"""The second factor, and the addresses of administrators."""

from __future__ import annotations

import re

import pyotp
import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.records import settings, writing
from app.security.models import SecondFactor
from tests.clock import on
from tests.people import PASSWORD


def sign_in(client, name, password=PASSWORD, **more):
    return client.post("/login/", data={"username": name, "password": password}, **more)


def set_up(browser):
    """Set a second factor up over the pages; gives its clock and the recovery codes."""
    browser.post("/second-factor/begin")
    page = browser.get("/second-factor/").text
    secret = re.search(r"密钥：\s*([A-Z2-7 ]+)", page)[1].replace(" ", "")
    clock = pyotp.TOTP(secret)
    answer = browser.post("/second-factor/confirm", data={"code": clock.now()})
    return clock, re.findall(r"<li>([a-z2-9]{5}-[a-z2-9]{5})</li>", answer.text)


def demand(roles):
    with writing("cli"):
        settings.put("second_factor_roles", roles)


@pytest.mark.catalogue("BR-151")
def test_the_password_alone_opens_nothing_any_more(people, as_, client):
    with on("2026-03-05 10:00"):
        clock, codes = set_up(as_(people.alice))
    assert len(codes) == 10

    with on("2026-03-05 10:05"):
        assert sign_in(client, "alice").location.endswith("/login/code")
        assert client.get("/").location.startswith("/login/")
        assert client.post("/login/code", data={"code": "000000"}).status_code == 401
        assert client.post("/login/code", data={"code": clock.now()}).location == "/"

        assert client.get("/").status_code == 200


def test_a_code_opens_the_door_once(people, as_, app):
    with on("2026-03-05 10:00"):
        clock, _codes = set_up(as_(people.alice))
    with on("2026-03-05 10:05"):
        for place, status in ((0, 302), (1, 401)):
            browser = app.test_client()
            sign_in(browser, "alice")
            answer = browser.post("/login/code", data={"code": clock.now()})
            assert answer.status_code == status, place


def test_a_recovery_code_opens_it_once_when_the_phone_is_lost(people, as_, app):
    with on("2026-03-05 10:00"):
        _clock, codes = set_up(as_(people.alice))
    with on("2026-03-05 10:05"):
        for status in (302, 401):
            browser = app.test_client()
            sign_in(browser, "alice")
            assert (
                browser.post("/login/code", data={"code": codes[0].upper()}).status_code == status
            )


def test_five_wrong_codes_lock_it_also_over_several_sign_ins(people, as_, app):
    with on("2026-03-05 10:00"):
        clock, _codes = set_up(as_(people.alice))
    with on("2026-03-05 10:05"):
        for _try in range(5):
            browser = app.test_client()
            sign_in(browser, "alice")
            browser.post("/login/code", data={"code": "000000"})
        assert browser.post("/login/code", data={"code": clock.now()}).status_code == 401
    with on("2026-03-05 10:21"):
        sign_in(browser, "alice")
        assert browser.post("/login/code", data={"code": clock.now()}).status_code == 302


def test_half_a_sign_in_is_worth_nothing_after_five_minutes(people, as_, client):
    with on("2026-03-05 10:00"):
        clock, _codes = set_up(as_(people.alice))
        sign_in(client, "alice")
    with on("2026-03-05 10:06"):
        assert client.post("/login/code", data={"code": clock.now()}).location.startswith(
            "/login/"
        )


def test_a_role_may_demand_it_before_anything_else(people, as_):
    demand("sales_rep")

    assert as_(people.alice).get("/customer/list/").location == "/second-factor/"
    assert as_(people.bob).get("/customer/list/").status_code == 200
    browser = as_(people.alice)
    set_up(browser)
    assert browser.get("/customer/list/").status_code == 200


def test_programs_need_the_code_too(people, as_, client):
    def token(**more):
        return client.post(
            "/api/v1/security/login",
            json={"username": "alice", "password": PASSWORD, **more},
        ).status_code

    demand("sales_rep")
    assert token() == 403
    with on("2026-03-05 10:00"):
        clock, _codes = set_up(as_(people.alice))
    with on("2026-03-05 10:05"):
        assert token() == 401
        assert token(code=clock.now()) == 200


def test_its_owner_removes_it_with_his_password_and_an_administrator_when_the_phone_is_lost(
    people, as_
):
    browser = as_(people.alice)
    set_up(browser)
    assert browser.post("/second-factor/remove", data={"password": "x"}).status_code == 422
    browser.post("/second-factor/remove", data={"password": PASSWORD})
    assert db.session.get(SecondFactor, people.alice.id) is None

    set_up(browser)
    assert as_(people.bob).post(f"/users/{people.alice.id}/factor").status_code == 403
    as_(people.admin).post(f"/users/{people.alice.id}/factor")

    db.session.expire_all()
    assert db.session.scalar(select(SecondFactor)) is None


def test_a_copy_of_the_database_shows_no_secret(people, as_):
    clock, codes = set_up(as_(people.alice))

    row = db.session.execute(text("SELECT secret, recovery FROM second_factor")).one()

    assert clock.secret not in row.secret
    assert codes[0] not in row.recovery


@pytest.mark.catalogue("BR-151")
def test_administrators_come_in_from_their_addresses_only(people, app):
    with writing("cli"):
        settings.put("admin_addresses", "10.1.0.0/16, 192.168.7.5")

    def answer(name, password, ip):
        browser = app.test_client()
        return sign_in(browser, name, password, environ_base={"REMOTE_ADDR": ip}).status_code

    admin = "Blau-Pferd-71-Fenster"
    assert answer("admin", admin, "10.2.0.1") == 401
    assert answer("admin", admin, "10.1.9.9") == 302
    assert answer("admin", admin, "192.168.7.5") == 302
    assert answer("alice", PASSWORD, "10.2.0.1") == 302


def test_what_is_no_address_and_no_role_is_no_setting(people, as_):
    browser = as_(people.admin)
    assert settings.DECLARED["admin_addresses"].check("10.0.0.0/8，192.168.1.1") is None
    assert settings.DECLARED["admin_addresses"].check("10.0.0.300")
    assert settings.DECLARED["second_factor_roles"].check("queen")
    assert browser.get("/settings/").status_code == 200

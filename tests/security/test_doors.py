"""What every answer wears, and what no answer says."""

from __future__ import annotations

import re

import pytest

PAGES = ["/login/", "/", "/customer/list/", "/customer/add", "/nothing", "/static/css/app.css"]


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_wears_the_headers(people, as_, page):
    with as_(people.dave).get(page) as answer:
        headers = answer.headers

    csp = headers["Content-Security-Policy"]
    assert "script-src 'self'" in csp
    assert "style-src 'self'" in csp
    assert "unsafe" not in csp
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("page", PAGES[:-1])
def test_no_page_has_inline_script_or_style_or_calls_another_host(people, as_, page):
    text = as_(people.dave).get(page).text

    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"""(?:src|href)=["']https?://""", text)
    assert not re.search(r"appbuilder/|jquery|bootstrap\.min", text)


def test_pages_do_not_stay_in_a_proxy(people, as_):
    assert as_(people.dave).get("/customer/list/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "page",
    [
        "/customer/show/999999999",
        "/customer/show/99999999999999999999",
        "/customer/show/-1",
        "/customer/show/abc",
        "/customer/edit/abc",
        "/customer/list/?page=abc&size=x&order=nosuch&at=!!!",
        "/customer/list/?order=-created_by_id",
        "/customer/list/?where=nosuch:is:1",
        "/customer/list/?where=name:nosuch:1",
        "/customer/list/?where=registered_on:from:yesterday",
        "/customer/download/1/999",
        "/customer/timeline/0",
        "/options/nosuch",
        "/options/customer?page=-1",
        "/users/99999999999",
        "/audit/?where=at:from:abc",
        "/articles/D99",
        "/chapter/nosuch",
        "/search?q=%00%25_'\"",
    ],
)
def test_a_bad_address_is_never_an_accident(people, as_, page):
    for somebody in (people.dave, people.admin):
        assert as_(somebody).get(page).status_code in (200, 302, 403, 404)


@pytest.mark.parametrize(
    "page",
    [
        "/customer/action/nosuch/1",
        "/customer/delete/999",
        "/customer/void/999",
        "/customer/views/999/delete",
        "/customer/unmask/1/nosuch",
    ],
)
def test_a_bad_command_is_never_an_accident(people, as_, page):
    assert as_(people.dave).post(page).status_code in (302, 403, 404)


def test_a_form_without_its_token_changes_nothing(app, people, as_):
    browser = as_(people.dave)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        answers = {
            page: browser.post(page, data={"name": "x"}).status_code
            for page in (
                "/customer/add",
                "/customer/delete/1",
                "/customer/action_post",
                "/password",
                "/preferences",
                "/logout/",
                "/favourites/customer",
            )
        }
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert set(answers.values()) == {400}


def test_nothing_is_changed_by_a_mere_link(people, as_):
    browser = as_(people.dave)

    for page in ("/customer/delete/1", "/customer/void/1", "/customer/action/void/1"):
        assert browser.get(page).status_code == 405


def test_who_is_not_signed_in_comes_to_the_door(app, client):
    for page in ("/", "/customer/list/", "/users/", "/settings/", "/audit/", "/regulation/list/"):
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login/?next=")


def test_an_accident_shows_neither_sql_nor_a_trace(people, as_, app, monkeypatch):
    def fails(*_arguments):
        raise RuntimeError("SELECT secret FROM ab_user")

    monkeypatch.setattr("app.registers.listing.list_page", fails)
    browser = as_(people.dave)
    monkeypatch.setitem(app.config, "TESTING", False)

    answer = browser.get("/customer/list/")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text

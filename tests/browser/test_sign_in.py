"""The door as a person meets it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_wrong_password_keeps_the_name_and_says_so(opened):
    page = opened(None)
    page.goto("/login/")

    page.fill("#username", "alice")
    page.fill("#password", "not this one")
    page.click("button[type=submit]")

    expect(page.locator(".tz-note[role=alert]")).to_contain_text("不正确")
    expect(page.locator("#username")).to_have_value("alice")
    expect(page.locator("#password")).to_be_focused()


def test_the_password_can_be_shown_and_hidden_again(opened):
    page = opened(None)
    page.goto("/login/")
    page.fill("#password", "Blau")

    page.get_by_role("button", name="显示密码").click()

    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="显示密码").click()
    assert page.locator("#password").get_attribute("type") == "password"


def test_the_page_is_read_in_english_too(opened):
    page = opened(None)
    page.goto("/login/")

    page.get_by_role("link", name="English").click()
    page.goto("/login/")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


def test_who_signs_out_is_at_the_door_again(opened, server):
    page = opened("carol")

    page.locator(".tz-who").click()
    page.get_by_role("menuitem", name="退出登录").click()
    page.get_by_role("button", name="退出登录").click()
    page.goto("/customer/list/")

    expect(page.locator("#username")).to_be_visible()

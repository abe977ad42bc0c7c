"""The page of one record."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_record(page, words: str) -> None:
    page.goto(f"/customer/list/?q={words}")
    page.locator("#list-body tbody a.main").first.click()
    page.wait_for_url("**/customer/show/**")


def test_a_masked_value_is_shown_against_a_reason_only(opened):
    page = opened("dave")
    open_record(page, "Nordlicht+54")
    phone = page.locator("#phone dd")
    expect(phone).to_contain_text("*")

    phone.get_by_role("button", name="显示").click()
    page.locator("#tz-ask [data-ask-yes]").click()
    expect(page.locator("#tz-ask-e")).to_be_visible()
    page.locator("#tz-ask textarea").fill("回访")
    page.locator("#tz-ask [data-ask-yes]").click()

    expect(phone).to_have_text("0574-00000054")
    page.reload()
    expect(page.locator("#phone dd")).to_contain_text("*")


def test_a_file_is_added_where_it_is_dropped(opened):
    page = opened("alice")
    open_record(page, "Nordlicht+50")

    page.locator("#upload-files").set_input_files(
        {"name": "说明.txt", "mimeType": "text/plain", "buffer": "往来说明".encode()}
    )

    expect(page.locator("#files .tz-files a")).to_have_text("说明.txt")


def test_looks_are_left_out_of_the_history_until_asked_for(opened):
    page = opened("alice")
    open_record(page, "Nordlicht+46")
    page.reload()
    looks = page.locator("[data-timeline] li[data-look]")
    expect(looks.first).to_be_hidden()

    page.locator("[data-timeline-filter]").select_option("")

    expect(looks.first).to_be_visible()


def test_a_missing_value_leads_to_its_field(opened):
    page = opened("alice")
    open_record(page, "Nordlicht+42")

    page.locator("#fax").get_by_role("link", name="补填").click()

    page.wait_for_url(re.compile("/customer/edit/.*#fax"))
    expect(page.locator("#fax")).to_be_focused()

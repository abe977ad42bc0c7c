"""A form under the hand: nothing typed is ever lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from app.documents.capitals import rmb
from tests.browser.furnish import PASSWORD

pytestmark = pytest.mark.browser


def show_page_of(page, name: str) -> str:
    page.goto(f"/customer/list/?q={name}")
    return page.locator("#list-body tbody a.main").first.get_attribute("href")


def test_after_a_refusal_all_that_was_typed_is_there(opened):
    page = opened("alice")
    page.goto("/customer/add")

    page.fill("#short_name", "新客户")
    page.fill("#registered_on", "2031-02-30")
    page.fill("#employee_count", "12")
    page.keyboard.press("Control+Enter")

    summary = page.locator(".tz-note[role=alert]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("客户名称")
    expect(page.locator("#short_name")).to_have_value("新客户")
    expect(page.locator("#registered_on")).to_have_value("2031-02-30")
    expect(page.locator("#registered_on")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#registered_on-e")).to_contain_text("2031-02-30")
    summary.get_by_role("link", name="注册日期").click()
    expect(page.locator("#registered_on")).to_be_focused()


def test_a_customer_is_entered_and_shown(opened):
    page = opened("alice")
    page.goto("/customer/add")

    page.fill("#name", "绍兴柯桥鑫澄灯饰电料行")
    page.locator("#party_kind input").first.check()
    page.fill("#registered_on", "20090318")
    page.locator("#registered_on").press("Tab")
    expect(page.locator("#registered_on")).to_have_value("2009-03-18")
    page.fill("#registered_capital", "1200000")
    page.locator("#registered_capital").press("Tab")
    expect(page.locator("#registered_capital")).to_have_value("1,200,000")
    page.keyboard.press("Control+Enter")

    page.wait_for_url("**/customer/show/**")
    expect(page.locator("h1")).to_have_text("绍兴柯桥鑫澄灯饰电料行")
    expect(page.locator(".tz-toast")).to_contain_text("已登记")
    expect(page.locator("main")).to_contain_text("1,200,000.00")


def test_a_reference_is_found_by_initials(opened):
    page = opened("alice")
    page.goto("/customer/add")
    field = page.locator("#responsible_rep_id + .ts-wrapper")

    field.locator(".ts-control").click()
    page.keyboard.type("csy")
    field.locator(".option", has_text="陈思远").click()

    expect(field.locator(".item")).to_contain_text("陈思远")


def test_leaving_with_something_typed_asks_first_and_keeps_a_copy(opened):
    page = opened("alice")
    page.goto("/customer/add")
    page.fill("#name", "还没有存的客户")
    expect(page.locator("[data-guard-note]")).to_contain_text("暂存在本机")

    page.locator(".tz-brand").click()
    question = page.locator("#tz-ask")
    expect(question).to_be_visible()
    expect(question.locator("[data-ask-no]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#name")).to_have_value("还没有存的客户")

    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/")
    page.goto("/customer/add")
    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#name")).to_have_value("还没有存的客户")


def test_what_was_saved_leaves_no_copy_behind(opened):
    page = opened("alice")
    address = show_page_of(page, "Nordlicht").replace("/show/", "/edit/")
    page.goto(address)
    page.fill("#fax", "0574-99")
    expect(page.locator("[data-guard-note]")).to_contain_text("暂存在本机")

    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/customer/show/**")
    page.goto(address)

    expect(page.locator("#fax")).to_have_value("0574-99")
    expect(page.get_by_role("button", name="恢复")).to_have_count(0)


def test_a_session_that_ended_takes_nothing_typed_with_it(opened):
    page = opened("alice")
    page.goto("/customer_person/add")
    page.fill("#name", "荣木健一郎")
    expect(page.locator("[data-guard-note]")).to_contain_text("暂存在本机")

    page.context.clear_cookies()
    # What was pressed first must have arrived: a browser drops one journey for the next.
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.goto("/login/?next=/customer_person/add")
    page.fill("#username", "alice")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("button[type=submit]")
    page.goto("/customer_person/add")

    page.get_by_role("button", name="恢复").click()
    expect(page.locator("#name")).to_have_value("荣木健一郎")


def test_two_people_at_one_record_choose_field_by_field(opened):
    page = opened("alice")
    address = show_page_of(page, "Nordlicht").replace("/show/", "/edit/")
    page.goto(address)
    other = page.context.new_page()
    other.goto(address)
    other.fill("#phone", "0571-1")
    other.fill("#district", "杭州")
    other.keyboard.press("Control+Enter")
    other.wait_for_url("**/show/**")

    page.fill("#phone", "0571-2")
    page.keyboard.press("Control+Enter")
    lost = page.locator("#lost")
    expect(lost).to_be_visible()
    expect(lost).to_contain_text("电话")
    expect(lost).to_contain_text("杭州")
    lost.get_by_label("0571-1").check()
    lost.get_by_role("button", name="按所选保存").click()

    page.wait_for_url("**/customer/show/**")
    expect(page.locator("main")).to_contain_text("0571-1")
    expect(page.locator("main")).to_contain_text("杭州")


def test_rows_copied_in_a_spreadsheet_fill_the_lines(opened):
    page = opened("alice")
    page.goto("/customer_change_event/add")
    lines = page.locator("[data-lines]")
    expect(lines.locator("tr[data-line]")).to_have_count(1)

    choices = lines.locator("select").first.locator("option").all_text_contents()
    one, two = [text for text in choices if text and text != "请选择"][:2]
    lines.locator("select").first.focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        f"{one}\t甲\n{two}\t乙\n",
    )

    expect(lines.locator("tr[data-line]")).to_have_count(2)
    expect(lines.locator("tr[data-line]").nth(1).locator("input[type=text]")).to_have_value("乙")
    lines.locator("tr[data-line]").nth(1).locator("input[type=text]").press("Enter")
    expect(lines.locator("tr[data-line]")).to_have_count(3)


AMOUNTS = (
    "0", "0.05", "0.5", "1", "10", "15.02", "100.3", "1001", "10010", "16409.02", "100000", "107000.53",
    "1000000", "1200000", "20000000", "100000001", "100010001", "1010101010.10", "123456789012.34",
    "1000000000000", "-5", "2.675",
)  # fmt: skip


def test_the_capitals_under_an_amount_are_those_of_the_voucher(opened):
    page = opened("alice")
    page.goto("/customer/add")

    shown = {amount: page.evaluate("(text) => tz.capitals(text)", amount) for amount in AMOUNTS}

    assert shown == {amount: rmb(Decimal(amount)) for amount in AMOUNTS}

"""A register's list under the hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ROWS = "#list-body tbody tr"


def test_initials_find_a_record_while_one_types(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.locator("[data-list-search] input[name=q]").press_sequentially("dbgr", delay=20)

    expect(page.locator(ROWS)).to_have_count(15)
    expect(page.locator(f"{ROWS} a.main").first).to_contain_text("大阪共荣")
    expect(page.locator("[data-list-search] input[name=q]")).to_be_focused()
    expect(page.locator("#page-head .sub")).to_contain_text("共 15 条")
    assert "q=dbgr" in page.url


def test_a_search_that_finds_nothing_offers_the_way_back(opened):
    page = opened("alice")
    page.goto("/customer/list/?q=zzzzqq")

    page.locator(".tz-empty").get_by_role("link", name="清除条件").click()

    expect(page.locator(ROWS)).to_have_count(25)
    expect(page.locator("[data-list-search] input[name=q]")).to_have_value("")


def test_ticking_rows_moves_nothing(opened):
    page = opened("alice")
    page.goto("/customer/list/")
    before = page.locator(ROWS).nth(5).bounding_box()

    page.locator("[data-pick-row]").nth(1).check()
    page.locator("[data-pick-row]").nth(3).check()

    expect(page.locator("[data-bulk-count]")).to_have_text("已选 2 条")
    assert page.locator(ROWS).nth(5).bounding_box() == before


def test_shift_ticks_all_rows_between(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.locator("[data-pick-row]").nth(2).check()
    page.locator("[data-pick-row]").nth(6).click(modifiers=["Shift"])

    expect(page.locator("[data-bulk-count]")).to_have_text("已选 5 条")


def test_all_rows_of_the_list_are_ticked_over_every_page_and_no_others(opened):
    page = opened("alice")
    page.goto("/customer/list/")
    total = page.locator("#page-head .sub").inner_text()

    page.locator("[data-pick-row]").first.check()
    page.locator("[data-bulk-all]").click()

    expect(page.locator("[data-bulk-count]")).not_to_have_text("已选 1 条")
    many = page.locator("[data-bulk-count]").inner_text().removeprefix("已选 ").removesuffix(" 条")
    assert int(many) > 25
    assert f"共 {many} 条" in total
    expect(page.locator("[data-pick-row]").nth(7)).to_be_checked()


def test_void_many_asks_for_a_reason_and_names_every_row(opened):
    page = opened("alice")
    page.goto("/customer/list/?q=Nordlicht+58")
    page.locator("[data-pick-row]").first.check()

    page.locator("[data-bulk]").get_by_role("button", name="作废").click()
    page.locator("#tz-ask [data-ask-yes]").click()
    expect(page.locator("#tz-ask-e")).to_be_visible()
    page.locator("#tz-ask textarea").fill("重复登记")
    page.locator("#tz-ask [data-ask-yes]").click()

    expect(page.locator("h1")).to_contain_text("作废")
    expect(page.locator(".tz-figs")).to_contain_text("1")


def test_a_condition_becomes_a_chip_that_is_edited_in_place(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.locator("[data-add-condition]").click()
    page.locator(".tz-pop select").nth(0).select_option("is_key_customer")
    page.locator(".tz-pop").get_by_role("button", name="应用").click()
    expect(page.locator(ROWS)).to_have_count(6)
    page.locator("[data-condition]").click()
    page.locator(".tz-pop-value select").select_option("0")
    page.locator(".tz-pop").get_by_role("button", name="应用").click()

    expect(page.locator("#page-head .sub")).not_to_contain_text("共 6 条")
    expect(page.locator("[data-condition]")).to_have_count(1)
    page.locator(".tz-f a.x").click()
    expect(page.locator("[data-condition]")).to_have_count(0)


def test_back_brings_the_whole_page_as_it_was(opened):
    page = opened("alice")
    page.goto("/customer/list/")
    page.locator("[data-next]").click()
    expect(page.locator(".tz-page nav a[aria-current]")).to_have_text("2")

    page.locator(f"{ROWS} a.main").first.click()
    page.wait_for_url("**/show/**")
    page.go_back()

    expect(page.locator(".tz-side")).to_be_visible()
    expect(page.locator(".tz-page nav a[aria-current]")).to_have_text("2")


def test_chosen_columns_stay_chosen(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.get_by_role("button", name="列").first.click()
    page.locator('[data-column="short_name"] input').check()
    page.locator('[data-column="phone"] input').uncheck()
    page.locator("[data-columns]").get_by_role("button", name="应用").click()
    page.goto("/customer/list/")

    expect(page.locator("#list-body thead")).to_contain_text("简称")
    expect(page.locator("#list-body thead")).not_to_contain_text("电话")
    page.get_by_role("button", name="列").first.click()
    page.get_by_role("button", name="恢复默认").click()
    expect(page.locator("#list-body thead")).to_contain_text("电话")


def test_columns_are_sorted_by_dragging(opened):
    page = opened("alice")
    page.goto("/customer/list/")
    page.get_by_role("button", name="列").first.click()
    names = "[data-columns-shown] [data-column]"
    before = [one.get_attribute("data-column") for one in page.locator(names).all()]

    grip = page.locator(names).nth(4).locator(".grip").bounding_box()
    goal = page.locator(names).nth(2).bounding_box()
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(goal["x"] + 5, goal["y"] + 20, steps=4)
    page.mouse.move(goal["x"] + 5, goal["y"] + 3, steps=4)
    page.mouse.up()

    after = [one.get_attribute("data-column") for one in page.locator(names).all()]
    assert after == [*before[:2], before[4], before[2], before[3], *before[5:]]
    expect(page.locator(names).nth(2).locator("input")).to_be_checked()


def test_a_view_of_ones_own_stands_among_the_tabs(opened):
    page = opened("alice")
    page.goto("/customer/list/?where=is_key_customer:is:1")

    page.locator(".tz-tabadd").click()
    page.fill("#view-label", "要紧的")
    page.get_by_role("button", name="存为视图").last.click()

    current = page.locator("#list-tabs a[aria-current]")
    expect(current).to_contain_text("要紧的")
    expect(page.locator(ROWS)).to_have_count(6)


def test_the_keyboard_is_enough(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-pick-row]").nth(1)).to_be_checked()
    page.keyboard.press("Enter")

    page.wait_for_url("**/customer/show/**")


def test_on_the_phone_a_row_is_a_card_and_conditions_are_a_sheet(opened):
    from tests.browser.conftest import PHONE, is_wider_than_the_window

    page = opened("alice", PHONE, has_touch=True, is_mobile=True)
    page.goto("/customer/list/")

    expect(page.locator("#list-body thead")).to_have_css("position", "absolute")
    assert not is_wider_than_the_window(page)
    expect(page.locator("[data-add-condition]")).to_be_hidden()
    page.locator("[data-sheet]").click()
    expect(page.locator("[data-add-condition]")).to_be_visible()

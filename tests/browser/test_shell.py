"""What stands around every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, is_wider_than_the_window

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/menu",
    "/menu?new=1",
    "/search?q=nordlicht",
    "/chapter/customers",
    "/customer/list/",
    "/customer/add",
    "/customer/help",
    "/customer_person/list/",
    "/customer_change_event/add",
    "/profile",
    "/password",
    "/nothing-here",
)


def test_a_theme_chosen_once_comes_with_the_page(opened):
    page = opened("carol")

    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="深色/浅色").click()

    # as the server writes it, before any script runs
    answer = page.request.get("/")
    assert 'data-bs-theme="dark"' in answer.text()
    with page.expect_response("**/preferences"):
        page.get_by_role("button", name="深色/浅色").click()
    assert 'data-bs-theme="light"' in page.request.get("/").text()


def test_the_row_height_is_kept_with_the_account(opened):
    page = opened("carol")
    page.locator(".tz-who").click()

    with page.expect_response("**/preferences"):
        page.get_by_label("紧凑").check()

    page.reload()
    assert page.locator("html").get_attribute("data-density") == "compact"


def test_ctrl_k_finds_records_and_pages_by_initials(opened):
    page = opened("alice")

    page.keyboard.press("Control+k")
    page.keyboard.type("khlxr")
    expect(page.locator("#tz-found .o").first).to_contain_text("客户联系人")
    page.keyboard.press("Enter")

    page.wait_for_url("**/customer_person/list/")


def test_ctrl_k_moves_with_the_arrows(opened):
    page = opened("alice")

    page.keyboard.press("Control+k")
    page.keyboard.type("nordlicht")
    expect(page.locator("#tz-found .o").nth(1)).to_be_visible()
    page.keyboard.press("ArrowDown")

    expect(page.locator("#tz-found .o").nth(1)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#tz-found mark").first).to_have_text("Nordlicht")


def test_the_side_menu_is_filtered_by_initials(opened):
    page = opened("alice")

    page.locator("[data-menu-filter]").fill("ywjw")

    shown = page.locator(".tz-nav details a[data-find]:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_have_text("业务交往")


def test_the_menu_as_a_page_is_filtered_too(opened):
    page = opened("alice", PHONE, has_touch=True, is_mobile=True)
    page.goto("/menu")

    page.locator("[data-page-filter]").fill("ywjw")

    expect(page.locator("[data-menu-page] a:visible")).to_have_count(1)


def test_a_favourite_stands_in_the_menu(opened):
    page = opened("bob")
    page.goto("/employee/list/")

    page.locator(".tz-star").click()

    expect(page.locator(".tz-star")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".tz-nav > a[aria-current]")).to_have_text("员工")
    page.locator(".tz-star").click()
    expect(page.locator(".tz-star")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("width", [320, 390, 1000])
def test_no_page_is_wider_than_its_window(opened, width):
    page = opened("alice", {"width": width, "height": 800})

    wide = []
    for address in PAGES:
        page.goto(address)
        if is_wider_than_the_window(page):
            wide.append(address)

    assert wide == []


def test_the_tab_bar_leads_through_the_house_on_the_phone(opened):
    page = opened("alice", PHONE, has_touch=True, is_mobile=True)

    page.locator(".tz-tabbar").get_by_text("登记").click()
    page.get_by_role("link", name="客户联系人").click()

    page.wait_for_url("**/customer_person/add")
    expect(page.locator(".tz-topbar")).to_contain_text("客户联系人")


LABELS = """() => {
  const faults = [];
  const seen = new Set();
  for (const element of document.querySelectorAll("[id]")) {
    if (element.closest("template")) continue;
    if (seen.has(element.id)) faults.push(`two elements are called ${element.id}`);
    seen.add(element.id);
  }
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not one h1");
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (field.type === "hidden" || field.closest("template, [hidden], dialog:not([open])")) continue;
    if (field.matches(".tomselected")) continue; // Tom Select stands for it, with its label
    const labelled = field.labels?.length || field.getAttribute("aria-label")
      || field.getAttribute("aria-labelledby");
    if (!labelled) faults.push(`no label: ${field.outerHTML.slice(0, 120)}`);
  }
  for (const button of document.querySelectorAll("button, a[href]")) {
    if (button.closest("dialog:not([open])")) continue;
    const name = button.textContent.trim() || button.getAttribute("aria-label");
    if (!name) faults.push(`no name: ${button.outerHTML.slice(0, 120)}`);
  }
  for (const named of document.querySelectorAll("[aria-describedby], [aria-labelledby]")) {
    for (const attribute of ["aria-describedby", "aria-labelledby"]) {
      for (const id of (named.getAttribute(attribute) || "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${attribute} leads to no ${id}`);
      }
    }
  }
  for (const link of document.querySelectorAll("label[for]")) {
    if (!document.getElementById(link.htmlFor)) faults.push(`a label leads to no ${link.htmlFor}`);
  }
  for (const styled of document.querySelectorAll("[onclick], script:not([src]):not([type])")) {
    faults.push(`inline: ${styled.outerHTML.slice(0, 80)}`);
  }
  return faults;
}"""

SIGNS = """async () => {
  const uses = [...document.querySelectorAll("svg use")].map((use) => use.getAttribute("href"));
  const sprite = await (await fetch(uses[0].split("#")[0])).text();
  return [...new Set(uses.map((href) => href.split("#")[1]))]
    .filter((id) => !sprite.includes(`id="${id}"`));
}"""


@pytest.mark.parametrize("who", ["alice", "admin"])
def test_every_page_is_labelled_and_its_signs_are_drawn(opened, who):
    page = opened(who)
    found = {}

    pages = [*PAGES, *(("/users/", "/settings/", "/audit/", "/roles/") if who == "admin" else ())]
    for address in pages:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        faults = page.evaluate(LABELS) + page.evaluate(SIGNS)
        if faults:
            found[address] = faults

    assert found == {}


def test_the_page_of_a_record_is_labelled_too(opened):
    page = opened("alice")
    page.goto("/customer/list/?q=Nordlicht")

    page.locator("#list-body tbody a.main").first.click()
    page.wait_for_url("**/customer/show/**")

    assert page.evaluate(LABELS) == []
    assert page.evaluate(SIGNS) == []


def test_the_keyboard_reaches_the_content_first(opened):
    page = opened("alice")
    page.goto("/customer/list/")

    page.keyboard.press("Tab")
    expect(page.locator(".tz-skip")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()

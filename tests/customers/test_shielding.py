"""What nobody needs is shielded: it disappears everywhere, and is missed nowhere."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.deadlines import dates
from app.deadlines.models import CalendarDay
from app.domains.customers import shielding
from app.domains.customers.shielding import FieldControl
from app.extensions import db
from app.records import Refused, check, writing
from app.security import scopes
from tests.clock import on
from tests.customers import retailers
from tests.customers.acting import by, store
from tests.customers.retailers import fill, profile_of, received
from tests.factories.directory import a_customer
from tests.factories.retail import a_field_control


@pytest.fixture
def staff(people):
    return retailers.take_on(people)


@pytest.fixture
def shop(staff):
    with on("2026-03-02"):
        onboarding = received(staff)
        fill(onboarding, staff.mike, signboard="小徐便利")
    return onboarding


def control_of(name):
    return db.session.scalars(select(FieldControl).where(FieldControl.field_name == name)).one()


def shield(name, who):
    with by(who):
        shielding.shield(control_of(name))


@pytest.mark.catalogue("R27")
def test_the_list_begins_with_every_field_that_somebody_has_to_maintain(app):
    controls = db.session.scalars(select(FieldControl)).all()

    assert {one.category for one in controls} == {
        "identity",
        "business",
        "operation",
        "law",
        "image",
    }
    market = control_of("market_type")
    assert (market.category, market.due_days, market.needed) == ("operation", 3, True)
    assert "客户经理" in market.responsible_post or "Account" in market.responsible_post
    assert control_of("attention_degree").due_days == 20
    assert control_of("geo_location").due_days == 2


@pytest.mark.catalogue("R27", "BR-014", "DL-14")
def test_a_shielded_field_disappears_from_page_form_list_rest_sheet_and_search(
    shop, staff, as_, token, client
):
    fill(shop, staff.mike, market_type="country")
    profile = profile_of(shop)
    browser, header = as_(staff.mike), token(staff.mike)
    pages = {
        "show": f"/retail_customer_profile/show/{profile.id}",
        "form": f"/retail_customer_profile/edit/{profile.id}",
        "list": "/retail_customer_profile/list/",
    }
    api = f"/api/v1/retail_customer_profile/{profile.id}"

    def seen():
        found = {name for name, page in pages.items() if "市场类型" in browser.get(page).text}
        if "market_type" in client.get(api, headers=header).text:
            found.add("rest")
        with browser.get("/export/retail_customer_profile.csv") as answer:
            heads = answer.data.decode("utf-8-sig").splitlines()[0]
        if "市场类型" in heads:
            found.add("sheet")
        rows = client.get(f"/api/v1/retail_customer_profile/?q={profile.number}", headers=header)
        return found | ({"rest"} if "market_type" in rows.text else set())

    assert seen() == {"show", "form", "list", "rest", "sheet"}
    shield("market_type", staff.ivan)
    assert seen() == set()
    browser.post(pages["form"], data={"market_type": "town", "version": profile.version})
    client.put(api, json={"market_type": "town", "version": profile.version}, headers=header)
    db.session.refresh(profile)
    assert profile.market_type == "country"
    with by(staff.ivan):
        shielding.show_again(control_of("market_type"))

    assert seen() == {"show", "form", "list", "rest", "sheet"}


@pytest.mark.catalogue("BR-014")
def test_what_is_shielded_is_not_missed_and_its_stage_can_be_done(shop, staff):
    profile = profile_of(shop)
    before = profile.completeness
    with on("2026-03-02"):
        fill(shop, staff.mike, attention_degree="high")
        assert shop.attention_coop_done_on is None
        shield("cooperation_degree", staff.ivan)
        assert "cooperation_degree" not in profile.missing_names()
        dates.run()
    db.session.refresh(shop)

    assert shop.attention_coop_done_on == date(2026, 3, 2)
    assert profile.completeness > before


@pytest.mark.catalogue("R27", "DL-14")
def test_who_shields_a_field_stands_there_with_the_day(staff):
    with on("2026-03-06"):
        with by(staff.ivan):
            control_of("signboard").unneeded_on = date(2026, 3, 6)
        control = control_of("signboard")
        assert (control.shield_by, control.state) == (date(2026, 3, 9), "needed")
        with writing("cli"):
            day = CalendarDay(day=date(2026, 3, 9), kind="rest", name="停电")
            db.session.add(day)
        dates.run()
        db.session.refresh(control)
        assert control.shield_by == date(2026, 3, 10)
        with writing("cli"):
            db.session.delete(day)
        dates.run()
        db.session.refresh(control)
    with on("2026-03-09 17:31"):
        [(deadline, _when, is_late)] = dates.standing(control)
        assert (deadline.code, is_late) == ("DL-14", True)
        shield("signboard", staff.ivan)
        assert dates.standing(control) == []

    assert (control.state, control.shielded_on, control.shielded_by) == (
        "shielded", date(2026, 3, 9), staff.ivan.employee,
    )  # fmt: skip
    with pytest.raises(Refused), by(staff.ivan):
        shielding.shield(control)
    with by(staff.ivan):
        control.needed = True
    assert (control.state, control.shielded_on, control.unneeded_on) == ("needed", None, None)


@pytest.mark.catalogue("R27")
def test_what_a_record_demands_is_not_offered_and_what_is_not_a_field_neither(app):
    offered = {name for name, _label in shielding.fields_of_base_information()}

    assert {
        "customer_id",
        "customer.name",
        "customer.party_kind",
        "state",
        "grade",
    } & offered == set()
    assert {"law_records", "display_photo", "customer.fax"} <= offered
    with db.session.no_autoflush:
        assert {r.field for r in check(a_field_control(field_name="customer.name"))} == {
            "field_name"
        }
        tomorrow = date(2999, 1, 1)
        assert {r.field for r in check(a_field_control(unneeded_on=tomorrow))} == {"unneeded_on"}


@pytest.mark.catalogue("R27")
def test_a_field_of_the_customers_card_can_be_shielded_too(people, staff, as_):
    customer = store(a_customer(fax="0574-87654321"))
    page = f"/customer/show/{customer.id}"
    assert "0574-87654321" in as_(people.dave).get(page).text
    control = store(a_field_control(field_name="customer.fax"))
    shield("customer.fax", staff.ivan)

    assert "0574-87654321" not in as_(people.dave).get(page).text
    assert control.title not in ("", "customer.fax")
    assert scopes.hidden_fields(scopes.someone(people.dave.user), "customer") >= {"fax"}


@pytest.mark.catalogue("R27", "R19")
def test_the_office_says_in_which_category_a_field_stands(shop, staff):
    profile = profile_of(shop)
    with by(staff.ivan):
        control_of("customer_code").category = "image"
    lines = profile.missing.splitlines()

    assert "customer_code" in profile.missing_names()
    label = str(profile.specs()["customer_code"].label)
    assert label in lines[-1]
    with writing("cli"):
        assert shielding.category_of("customer_code") == "image"

"""Customers and their people: entered once, complete in time, changed with a past."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.audit import AuditEntry
from app.domains.directory.models import BusinessType, Customer
from app.extensions import db
from app.records import Refused, check, void, writing
from tests.clock import on
from tests.factories.directory import (
    a_business_type,
    a_credit_code,
    a_customer,
    a_customer_person,
    a_lookup_value,
    a_product,
)


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.mark.catalogue("R01", "BR-001")
def test_the_same_name_at_the_same_address_is_not_entered_twice(app):
    first = store(a_customer(name="宁波恒昌", address="人民路1号"))

    assert refused(a_customer(name="宁波恒昌", address="人民路1号")) == {"name"}
    assert refused(a_customer(name="宁波恒昌", address="人民路2号")) == set()
    assert refused(a_customer(name="宁波恒隆", address="人民路1号")) == set()
    with pytest.raises(Refused), writing("cli"):
        db.session.add(a_customer(name="宁波恒昌", address="人民路1号"))
    assert first.number


@pytest.mark.catalogue("BR-001")
def test_two_without_an_address_are_one(app):
    store(a_customer(name="宁波恒昌"))

    assert refused(a_customer(name="宁波恒昌")) == {"name"}


@pytest.mark.catalogue("BR-001")
def test_a_change_of_name_or_address_must_not_make_a_twin(app):
    store(a_customer(name="宁波恒昌", address="人民路1号"))
    other = store(a_customer(name="宁波恒昌", address="人民路2号"))

    with pytest.raises(Refused), writing("cli"):
        other.address = "人民路1号"
        db.session.flush()


@pytest.mark.catalogue("BR-001")
def test_a_void_customer_stands_in_nobodys_way(app):
    customer = store(a_customer(name="宁波恒昌"))
    with writing("cli"):
        void(customer, "登记有误")

    assert refused(a_customer(name="宁波恒昌")) == set()
    again = store(a_customer(name="宁波恒昌"))
    with pytest.raises(Refused) as no, writing("cli"):
        customer.voided_at = None
        db.session.flush()
    assert again.number in str(no.value)


@pytest.mark.catalogue("BR-001")
@pytest.mark.parametrize(
    ("one", "two"), [("人民路1号", "人民路1号"), (None, None), (None, ""), ("", "")]
)
def test_two_twins_that_are_entered_in_one_go_are_refused(app, one, two):
    with pytest.raises(Refused) as no, writing("cli"):
        db.session.add_all(
            [a_customer(name="宁波恒昌", address=one), a_customer(name="宁波恒昌", address=two)]
        )

    assert {refusal.field for refusal in no.value.refusals} == {"name"}
    assert db.session.scalars(select(Customer)).all() == []


@pytest.mark.catalogue("BR-001")
def test_two_customers_that_become_twins_in_one_go_are_refused(app):
    one, two = store(a_customer(name="甲"), a_customer(name="乙")), None
    two = db.session.scalars(select(Customer).where(Customer.name == "乙")).one()

    with pytest.raises(Refused), writing("cli"):
        for customer in (one[0], two):
            customer.name = "丙"
        db.session.flush()


@contextmanager
def both_have_asked():
    """Nobody writes before the other one has passed the rules too (or waits for the one writer)."""
    both = threading.Barrier(2)

    def wait(_session, _context, _instances):
        with suppress(threading.BrokenBarrierError):
            both.wait(2)

    event.listen(Session, "before_flush", wait)
    try:
        yield
    finally:
        event.remove(Session, "before_flush", wait)


@pytest.mark.catalogue("BR-001")
@pytest.mark.parametrize("address", ["人民路1号", ""])
@pytest.mark.parametrize("door", ["form", "rest"])
def test_of_two_clerks_who_enter_the_same_customer_at_the_same_moment_one_is_refused(
    app, people, as_, token, address, door
):
    key, answers = token(people.dave), []
    browsers = [as_(people.dave), as_(people.dave)]
    values = {"name": "宁波恒昌", "party_kind": "dealer", "relation_stage": "present"}

    def enter(browser):
        with app.app_context():
            if door == "form":
                answers.append(browser.post("/customer/add", data=values | {"address": address}))
            else:
                body = values | {"party_kind": ["dealer"], "address": address or None}
                answers.append(browser.post("/api/v1/customer/", json=body, headers=key))

    with both_have_asked():
        threads = [threading.Thread(target=enter, args=(browser,)) for browser in browsers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    db.session.rollback()  # what was read before is old
    assert sorted(answer.status_code for answer in answers) == (
        [302, 422] if door == "form" else [201, 422]
    )
    assert len(db.session.scalars(select(Customer)).all()) == 1
    (no,) = (answer for answer in answers if answer.status_code == 422)
    if door == "rest":
        assert list(no.json["message"]) == ["name"]
        assert "登记" in no.json["message"]["name"][0]
    else:
        assert "已登记" in no.text


@pytest.mark.catalogue("BR-002", "R01")
def test_a_customer_without_telephone_is_saved_and_listed_as_incomplete(people, as_):
    browser = as_(people.dave)
    browser.post(
        "/customer/add",
        data={"name": "宁波恒昌", "party_kind": "dealer", "relation_stage": "present"},
    )
    whole = store(
        a_customer(
            name="齐全公司", legal_representative="钱", address="a", postcode="315000", phone="1",
            fax="1", business_scope="批发", registered_capital=1,
        )
    )  # fmt: skip

    customer = db.session.scalars(select(Customer).where(Customer.name == "宁波恒昌")).one()
    listed = browser.get("/customer/list/?view=incomplete").text
    page = browser.get(f"/customer/show/{customer.id}").text

    assert f"/customer/show/{customer.id}" in listed
    assert f"/customer/show/{whole.id}" not in listed
    assert {spec.name for spec in customer.missing_standard_fields()} == {
        "legal_representative", "address", "postcode", "phone", "fax", "business_scope", "registered_capital",
    }  # fmt: skip
    assert f"/customer/edit/{customer.id}#legal_representative" in page


@pytest.mark.catalogue("BR-003", "R01")
def test_the_kind_of_partner_goes_with_special_partners_and_with_nobody_else(app):
    assert refused(a_customer(party_kind=("special_partner",))) == {"special_kind"}
    assert refused(a_customer(party_kind=("dealer",), special_kind="bank")) == {"special_kind"}
    for kind in ("lawyer", "financing_help"):
        both = a_customer(party_kind=("dealer", "special_partner"), special_kind=kind)
        assert refused(both) == set()


@pytest.mark.catalogue("R01")
@pytest.mark.parametrize("code", ["91310117MA1J3AJ43H", "123", "91310117MA1J3AJ43"])
def test_a_credit_code_whose_check_digit_is_wrong_is_refused(app, code):
    assert refused(a_customer(unified_social_credit_code=code)) == {"unified_social_credit_code"}
    assert refused(a_customer(unified_social_credit_code=a_credit_code())) == set()


@pytest.mark.catalogue("R01")
def test_there_are_not_more_managers_than_staff(app):
    assert refused(a_customer(employee_count=3, manager_count=4)) == {"manager_count"}
    assert refused(a_customer(employee_count=4, manager_count=4)) == set()


@pytest.mark.catalogue("R01", "BR-023")
def test_trade_begins_by_the_card_and_not_by_hand(app):
    customer = store(a_customer())
    assert customer.state == "prospect"

    for before in ("prospect", "card_pending"):
        with writing("cli"):
            customer.state = before
        with pytest.raises(Refused) as no, writing("cli"):
            customer.state = "trading"
            db.session.flush()
        assert no.value.refusals[0].field == "state"
    with pytest.raises(Refused), writing("cli"):
        db.session.add(a_customer(state="trading"))


@pytest.mark.catalogue("R01", "BR-023")
def test_who_traded_before_the_house_opened_is_taken_over_with_day_and_reason(people, as_, on):
    with on("2026-03-02"):
        dealer, bank = (
            store(a_customer()),
            store(a_customer(party_kind=("special_partner",), special_kind="bank")),
        )
        browser, action = as_(people.dave), "/customer/action/take_over"
        browser.post(f"{action}/{dealer.id}", data={"reason": " "})
        db.session.refresh(dealer)
        assert dealer.state == "prospect"
        for one in (dealer, bank):
            browser.post(f"{action}/{one.id}", data={"reason": "2019年起按年度合同供货"})
            db.session.refresh(one)

    assert (dealer.state, dealer.taken_over_on) == ("trading", date(2026, 3, 2))
    assert dealer.take_over_reason == "2019年起按年度合同供货"
    assert bank.state == "prospect"
    entry = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.register == "customer", AuditEntry.action == "edit")
        .order_by(AuditEntry.id.desc())
    ).first()
    assert (entry.actor_id, entry.details["state"]) == (people.dave.id, ["prospect", "trading"])


@pytest.mark.catalogue("BR-023")
def test_only_who_keeps_the_files_takes_customers_over(people, as_, token):
    dealer = store(a_customer(responsible_rep_id=people.alice.employee.id))
    place = f"/api/v1/customer/{dealer.id}/take_over"

    rest = as_(people.alice).post(place, json={"reason": "老客户"}, headers=token(people.alice))
    assert rest.status_code == 403
    rest = as_(people.dave).post(place, json={"reason": "老客户"}, headers=token(people.dave))
    assert (rest.status_code, rest.json["result"]["state"]) == (200, "trading")


@pytest.mark.catalogue("R01")
def test_an_archived_customer_is_read_and_not_edited(people, as_):
    customer = store(a_customer(state="prospect"))
    with writing("cli"):
        customer.state = "archived"

    assert as_(people.dave).get(f"/customer/edit/{customer.id}").status_code == 403
    with pytest.raises(Refused), writing("cli"):
        customer.phone = "1"
        db.session.flush()


def do(browser, customer, *names):
    for name in names:
        browser.post(f"/customer/action/{name}/{customer.id}", data={"reason": "多年无往来"})
    db.session.refresh(customer)
    return customer.state


@pytest.mark.catalogue("R01")
def test_a_partner_becomes_active_inactive_and_is_archived_by_who_keeps_the_files(
    people, as_, token
):
    bank = store(a_customer(party_kind=("special_partner",), special_kind="bank"))

    assert do(as_(people.carol), bank, "activate") == "prospect"
    assert do(as_(people.dave), bank, "activate") == "active"
    assert do(as_(people.dave), bank, "deactivate") == "inactive"
    rest = as_(people.dave).post(
        f"/api/v1/customer/{bank.id}/activate", headers=token(people.dave)
    )
    assert (rest.status_code, rest.json["result"]["state"]) == (200, "active")
    assert do(as_(people.dave), bank, "archive", "activate") == "archived"
    assert "多年无往来" in bank.remark


@pytest.mark.catalogue("R01")
def test_no_button_leads_past_the_trade_card(people, as_, token):
    dealer = store(a_customer(party_kind=("dealer",)))
    page = as_(people.dave).get(f"/customer/show/{dealer.id}").text

    assert do(as_(people.dave), dealer, "activate") == "prospect"
    with pytest.raises(Refused), writing("cli"):
        dealer.state = "active"
        db.session.flush()
    for state in ("card_pending", "trading", "credit_hold", "suspended", "terminated"):
        assert f"/customer/action/{state}/" not in page
        answer = as_(people.dave).post(
            f"/api/v1/customer/{dealer.id}/{state}", headers=token(people.dave)
        )
        assert answer.status_code == 404
    rest = as_(people.dave).post(
        f"/api/v1/customer/{dealer.id}/activate", headers=token(people.dave)
    )
    assert rest.status_code == 422


@pytest.mark.catalogue("R01")
def test_customers_are_found_by_hanzi_pinyin_initials_and_number(people, as_):
    customer = store(a_customer(name="重庆长安汽车配件有限公司"))
    browser = as_(people.dave)

    for asked in ("长安", "chongqing", "cqca", "汽车配件", customer.number, customer.number[-4:]):
        assert f"/customer/show/{customer.id}" in browser.get(f"/customer/list/?q={asked}").text, (
            asked
        )


@pytest.mark.catalogue("R02")
def test_a_contact_belongs_to_a_customer_and_his_telephone_is_masked_for_who_may_not_export(
    people, as_
):
    contact = store(a_customer_person(name="周经理", phone="13912345678"))
    with writing("cli"):
        role = next(r for r in people.alice.user.roles if r.name == "sales_rep")
        supervisor = db.session.scalar(
            select(type(role)).where(type(role).name == "customer_info_supervisor")
        )
        people.carol.user.roles = [supervisor]

    page = as_(people.carol).get("/customer_person/list/").text

    assert "13912345678" not in page
    assert "139******78" in page
    assert "13912345678" in as_(people.dave).get(f"/customer_person/show/{contact.id}").text


@pytest.mark.catalogue("R50")
def test_the_seven_kinds_of_business_of_the_regulation_stand_from_the_first_day(people, as_):
    page = as_(people.bob).get("/business_type/list/").text

    for name in (
        "国际零配件销售商",
        "国际性用品商",
        "地区电气店",
        "地区专营店",
        "地区批量销售店",
        "地区DIY店",
        "其他",
    ):
        assert name in page


@pytest.mark.catalogue("R50")
def test_a_kind_of_business_stands_once_and_stays_while_it_is_in_use(people, as_):
    kind = store(a_business_type(name="电商"))
    store(a_customer(business_type_id=kind.id))
    browser = as_(people.admin)

    again = browser.post("/business_type/add", data={"name": "电商", "order_no": "8"})
    browser.post(f"/business_type/delete/{kind.id}")

    assert again.status_code == 422
    assert db.session.get(type(kind), kind.id) is not None
    unused = store(a_business_type(name="直播")).id
    browser.post(f"/business_type/delete/{unused}")
    assert db.session.scalar(select(BusinessType.id).where(BusinessType.id == unused)) is None


@pytest.mark.catalogue("R51")
def test_a_product_has_name_and_model_and_no_price_below_zero(app):
    assert refused(a_product(name=None, model=None)) == {"name", "model"}
    assert refused(a_product(unit_cost=-1, list_price=-1)) == {"unit_cost", "list_price"}
    assert store(a_product()).number.startswith("SP-")


@pytest.mark.catalogue("R239")
def test_a_value_of_a_list_stands_once_in_it(people, as_):
    store(a_lookup_value(list_name="info_source", value="web", label="网络"))

    again = as_(people.admin).post(
        "/lookup_value/add",
        data={
            "list_name": "info_source",
            "value": "web",
            "label": "互联网",
            "order_no": "1",
            "is_active": "1",
        },
    )

    assert again.status_code == 422


@pytest.mark.catalogue("R239")
def test_a_setting_says_its_default_and_its_source_and_takes_no_nonsense(people, as_):
    browser = as_(people.admin)

    page = browser.get("/settings/").text
    wrong = browser.post(
        "/settings/", data={"password_min_length": "3", "password_history": "many"}
    )
    right = browser.post("/settings/", data={"password_min_length": "12"})

    assert "DL-13" in page
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert right.status_code == 302
    assert 'value="12"' in browser.get("/settings/").text


@pytest.mark.catalogue("DL-20", "R01")
def test_a_file_that_is_opened_late_says_so(app):
    with on("2026-03-09"), writing("cli"):
        in_time = a_customer(first_contact_on=date(2026, 3, 6))
        late = a_customer(first_contact_on=date(2026, 3, 5))
        db.session.add_all([in_time, late])

    assert (in_time.file_by, in_time.is_opened_late) == (date(2026, 3, 9), False)
    assert (late.file_by, late.is_opened_late) == (date(2026, 3, 6), True)
    with db.session.no_autoflush:
        never = check(a_customer(first_contact_on=date(2999, 1, 1)))
        assert [refusal.field for refusal in never] == ["first_contact_on"]

"""The trade card (R30, R31), its two signatures, and the trade that begins with them."""

from __future__ import annotations

import contextvars
import json
import threading
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.domains.credit import operations, rules
from app.domains.credit.models import CreditLimit, TradeCard, TradeCardAsset
from app.extensions import db
from app.records import Refused, void, writing
from app.registers.saving import saving
from tests.credit.office import asked, by, cap, decide, refused, store, submit
from tests.documents.test_prints import words_of
from tests.exchange.sheets import load
from tests.factories.credit import a_trade_card, an_investigation
from tests.factories.directory import a_customer


@pytest.fixture
def card(people, investigated):
    """alice's card of her customer, without a blank."""
    return complete(store(a_trade_card(customer=investigated), by_=people.alice), people.alice)


def complete(card, somebody):
    with by(somebody):
        operations.complete_card(card)
    return card


def approve(card, people, hugo):
    case = submit(card, people.alice)
    decide(case, people.bob)
    decide(case, hugo)
    return card


def refused_by(act):
    with pytest.raises(Refused) as no:
        act()
    return {refusal.field for refusal in no.value.refusals}


# -- no blank ----------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-021", "R30")
@pytest.mark.parametrize("field", rules.CARD_FIELDS)
def test_no_item_of_the_card_stays_blank(people, investigated, field):
    blank = None if field in ("opened_on", "capital", "employee_count") else "  "
    if field in ("manager_count", "credit_limit_requested"):
        blank = None
    card = store(a_trade_card(customer=investigated), by_=people.alice)
    with by(people.alice):
        setattr(card, field, blank)

    assert refused_by(lambda: complete(card, people.alice)) == {field}
    assert card.state == "draft"


@pytest.mark.catalogue("BR-021", "R31")
def test_the_list_of_assets_has_a_line_or_says_that_there_is_none(people, investigated):
    card = store(a_trade_card(customer=investigated, asset_lines=[]), by_=people.alice)

    assert refused_by(lambda: complete(card, people.alice)) == {"assets"}
    with by(people.alice):
        card.no_assets = True
    complete(card, people.alice)

    assert card.state == "complete"
    assert refused(a_trade_card(no_assets=True)) == {"no_assets"}


@pytest.mark.catalogue("BR-021")
def test_where_there_is_nothing_the_card_says_so(app):
    assert refused(a_trade_card(contact_email="无", website="无")) == set()
    assert refused(a_trade_card(contact_email="buy.example.com")) == {"contact_email"}
    assert refused(a_trade_card(employee_count=0, manager_count=0, capital=Decimal(0))) == set()


@pytest.mark.catalogue("BR-021")
def test_a_complete_card_gets_no_blank_by_any_door(people, card, client, token):
    def blank():
        with by(people.alice):
            card.website = None

    assert refused_by(blank) == {"website"}
    rest = client.put(
        f"/api/v1/trade_card/{card.id}",
        json={"version": card.version, "website": ""},
        headers=token(people.alice),
    )
    assert (rest.status_code, list(rest.json["message"])) == (422, ["website"])


@pytest.mark.catalogue("BR-021", "AF-01")
def test_a_returned_card_with_a_blank_is_not_handed_in_again(people, card):
    decide(submit(card, people.alice), people.bob, "return", opinion="核对网址")
    assert card.state == "returned"
    with by(people.alice):
        card.website = None

    assert refused_by(lambda: submit(card, people.alice)) == {"website"}


@pytest.mark.catalogue("R30")
def test_a_new_card_takes_over_what_the_file_of_the_customer_says(people):
    customer = store(
        a_customer(
            name="海湾五金", address="沙迦5号", phone="+971", headquarters="迪拜", employee_count=30,
            responsible_rep_id=people.alice.employee.id,
        )
    )  # fmt: skip

    card = store(TradeCard(customer_id=customer.id, name="海湾五金有限公司"), by_=people.bob)

    assert (card.name, card.contact_address, card.employee_count) == (
        "海湾五金有限公司",
        "沙迦5号",
        30,
    )
    assert (card.headquarters, card.capital) == ("迪拜", None)
    assert card.sales_rep == people.alice.employee


@pytest.mark.catalogue("R30")
def test_the_customer_fills_in_his_part_before_the_card_is_complete(people, customer, as_):
    card = store(a_trade_card(customer=customer), by_=people.alice)
    browser = as_(people.alice)
    assert card.number is None

    browser.post(f"/trade_card/action/give_to_customer/{card.id}")
    db.session.refresh(card)
    assert (card.state, card.number is not None) == ("with_customer", True)
    browser.post(f"/trade_card/action/complete/{card.id}")
    db.session.refresh(card)

    assert card.state == "complete"


# -- the two signatures ------------------------------------------------------------------------------


@pytest.mark.catalogue("AF-01", "BR-023", "R30")
def test_trade_begins_when_the_manager_agreed_and_head_office_approved_and_not_before(
    people, hugo, investigated, card
):
    assert investigated.state == "card_pending"
    case = submit(card, people.alice)
    assert (card.state, asked(case)) == ("submitted", [people.bob.id])

    decide(case, people.bob)
    assert (card.state, asked(case)) == ("hq_submitted", [hugo.id])
    assert investigated.state == "card_pending"
    decide(case, hugo)

    assert (card.state, investigated.state) == ("hq_approved", "trading")


@pytest.mark.catalogue("BR-023")
def test_nobody_trades_before_by_page_rest_sheet_or_shell(
    people, hugo, investigated, card, as_, client, token
):
    case = submit(card, people.alice)
    decide(case, people.bob)
    pk = investigated.id

    as_(people.dave).post(
        f"/customer/edit/{pk}",
        data={"version": investigated.version, "name": investigated.name, "state": "trading"},
    )
    rest = client.put(
        f"/api/v1/customer/{pk}",
        json={"version": investigated.version, "state": "trading"},
        headers=token(people.dave),
    )
    load([["number", "name", "state"], [investigated.number, investigated.name, "trading"]])
    with pytest.raises(Refused), writing("cli"):
        investigated.state = "trading"
        db.session.flush()

    assert rest.status_code == 422
    db.session.refresh(investigated)
    assert investigated.state == "card_pending"


@pytest.mark.catalogue("BR-023", "AF-01")
def test_head_office_is_not_asked_before_the_manager_and_the_writer_never_signs(
    people, hugo, card
):
    case = submit(card, people.alice)

    for somebody in (hugo, people.alice):
        with pytest.raises(Refused):
            decide(case, somebody)
    with pytest.raises(Refused), by(people.bob):
        card.state = "hq_approved"
        db.session.flush()
    for state in ("hq_submitted", "hq_approved"):
        with pytest.raises(Refused):
            store(a_trade_card(state=state, copy_rep_kept_on=date(2026, 1, 1)))

    db.session.refresh(card)
    assert card.state == "submitted"


@pytest.mark.catalogue("BR-023")
def test_the_database_refuses_a_card_that_nobody_approved(card):
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(
            text("UPDATE trade_card SET state = 'hq_approved' WHERE id = :id"), {"id": card.id}
        )


@pytest.mark.catalogue("AF-01")
def test_the_card_of_a_customer_whom_nobody_investigated_is_not_handed_in(people, customer):
    card = complete(store(a_trade_card(customer=customer), by_=people.alice), people.alice)
    store(an_investigation(customer=customer), by_=people.alice)  # a draft is none yet

    assert refused_by(lambda: submit(card, people.alice)) == {"customer_id"}


@pytest.mark.catalogue("AF-01")
@pytest.mark.parametrize("verb", ["reject", "return"])
@pytest.mark.parametrize("by_head_office", [False, True])
def test_a_refused_or_returned_card_opens_no_trade(
    people, hugo, investigated, card, verb, by_head_office
):
    case = submit(card, people.alice)
    if by_head_office:
        decide(case, people.bob)
    decide(case, hugo if by_head_office else people.bob, verb, opinion="资本额存疑")

    assert card.state == ("rejected" if verb == "reject" else "returned")
    assert investigated.state == ("prospect" if verb == "reject" else "card_pending")
    with pytest.raises(Refused), writing("cli"):
        investigated.state = "trading"
        db.session.flush()


@pytest.mark.catalogue("AF-01")
def test_a_returned_card_is_corrected_and_goes_the_whole_way(people, hugo, investigated, card):
    case = submit(card, people.alice)
    decide(case, people.bob)
    decide(case, hugo, "return", opinion="补充地址")
    assert (card.state, card.copy_hq_forwarded_on) == ("returned", None)
    with by(people.alice):
        card.contact_address = "沙迦工业区5号2楼"

    again = submit(card, people.alice)
    assert (again.id, asked(again)) == (case.id, [people.bob.id])
    decide(again, people.bob)
    decide(again, hugo)

    assert (card.state, investigated.state) == ("hq_approved", "trading")


@pytest.mark.catalogue("AF-01")
def test_head_office_may_send_the_card_back_to_the_manager(people, hugo, card):
    case = submit(card, people.alice)
    decide(case, people.bob)
    decide(case, hugo, "return", opinion="请经理复核", to="manager")
    assert asked(case) == [people.bob.id]
    decide(case, people.bob)

    assert (card.state, asked(case)) == ("hq_submitted", [hugo.id])


# -- two copies --------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-022")
def test_one_copy_is_kept_when_it_is_handed_in_and_the_other_forwarded_by_the_manager(
    people, card, on
):
    with on("2026-03-02"):
        case = submit(card, people.alice)
    assert (card.copy_rep_kept_on, card.copy_hq_forwarded_on) == (date(2026, 3, 2), None)
    with on("2026-03-04"):
        decide(case, people.bob)

    assert card.copy_hq_forwarded_on == date(2026, 3, 4)
    assert card.state == "hq_submitted"


@pytest.mark.catalogue("BR-022")
def test_the_manager_may_say_another_day_on_which_he_forwarded_it(people, card, on):
    with on("2026-03-02"):
        case = submit(card, people.alice)
    with on("2026-03-05"):
        early = {"copy_hq_forwarded_on": date(2026, 3, 1)}
        assert refused_by(lambda: decide(case, people.bob, values=early)) == {
            "copy_hq_forwarded_on"
        }
        decide(case, people.bob, values={"copy_hq_forwarded_on": date(2026, 3, 3)})

    assert card.copy_hq_forwarded_on == date(2026, 3, 3)


@pytest.mark.catalogue("BR-022")
def test_without_both_days_a_card_does_not_go_to_head_office(app):
    both = {"copy_rep_kept_on": date(2026, 3, 2), "copy_hq_forwarded_on": date(2026, 3, 3)}

    for missing in both:
        assert refused(a_trade_card(state="hq_submitted", **both | {missing: None})) == {missing}
    assert refused(a_trade_card(state="hq_submitted", **both)) == set()
    assert refused(a_trade_card(**both)) == {"copy_hq_forwarded_on"}


# -- what follows ------------------------------------------------------------------------------------


@pytest.mark.catalogue("R30", "R35", "AF-04")
def test_with_the_approval_the_customer_gets_the_limit_he_applied_for(
    people, hugo, investigated, card
):
    cap("100000")

    approve(card, people, hugo)

    limit = db.session.scalars(select(CreditLimit)).one()
    assert (limit.state, limit.limit_amount, limit.trade_card) == ("active", Decimal(60_000), card)
    assert limit.number is not None
    assert investigated.credit_limit == Decimal(60_000)


@pytest.mark.catalogue("R35", "AF-04")
def test_while_the_company_has_no_highest_limit_the_limit_stays_requested(
    people, hugo, investigated, card
):
    approve(card, people, hugo)

    limit = db.session.scalars(select(CreditLimit)).one()
    assert (limit.state, investigated.credit_limit) == ("requested", None)
    assert investigated.state == "trading"


@pytest.mark.catalogue("AF-04", "R30")
def test_more_than_the_company_grants_is_not_applied_for(people, card):
    cap("59999.99")

    assert refused_by(lambda: submit(card, people.alice)) == {"credit_limit_requested"}
    cap("60000")
    assert submit(card, people.alice).status == "running"


@pytest.mark.catalogue("R30")
def test_one_card_of_a_customer_is_on_its_way_also_for_two_clerks_at_once(
    app, people, customer, card
):
    assert refused(a_trade_card(customer=card.customer, customer_id=card.customer_id)) == {
        "customer_id"
    }
    other = store(a_customer())
    pk, outcomes = other.id, []

    def write():
        def inside():
            with app.app_context():
                try:
                    with writing("cli"), saving():
                        db.session.add(TradeCard(customer_id=pk, name="同时"))
                except Refused:
                    outcomes.append("refused")
                else:
                    outcomes.append("stored")
                db.session.remove()

        contextvars.Context().run(inside)

    threads = [threading.Thread(target=write) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["refused", "refused", "stored"]


@pytest.mark.catalogue("R30")
def test_a_card_stays_with_its_customer_and_a_void_one_lets_him_go(people, investigated, card):
    def move():
        with by(people.alice):
            card.customer = store(a_customer())

    assert refused_by(move) == {"customer_id"}
    db.session.refresh(card)
    with by(people.alice):
        void(card, "客户撤回申请")

    assert investigated.state == "prospect"


@pytest.mark.catalogue("BR-023")
def test_the_card_a_customer_trades_by_is_not_voided(people, hugo, card):
    approve(card, people, hugo)

    with pytest.raises(Refused), by(people.alice):
        void(card, "不要了")
        db.session.flush()

    db.session.refresh(card)
    assert not card.is_void


# -- a new version -----------------------------------------------------------------------------------


@pytest.fixture
def adjusted(people, hugo, card):
    """A new version of the approved card, with another address."""
    cap("100000")
    approve(card, people, hugo)
    with by(people.alice):
        new = operations.adjust_card(card, "客户迁址")
        new.contact_address = "阿布扎比港区2号"
    return complete(new, people.alice)


@pytest.mark.catalogue("BR-024", "AF-02")
def test_an_approved_card_is_adjusted_by_a_new_version_and_stays_readable(
    people, hugo, card, adjusted, as_
):
    assert (adjusted.card_version, adjusted.replaces, adjusted.change_reason) == (
        2,
        card,
        "客户迁址",
    )
    assert [line.name for line in adjusted.asset_lines] == ["叉车"]
    assert card.state == "hq_approved"

    approve(adjusted, people, hugo)

    assert (adjusted.state, card.state) == ("hq_approved", "superseded")
    page = as_(people.alice).get(f"/trade_card/show/{card.id}")
    assert (page.status_code, "沙迦工业区5号" in page.text) == (200, True)


@pytest.mark.catalogue("AF-02")
def test_who_signs_an_adjusted_card_sees_what_differs_and_nothing_else(
    people, hugo, adjusted, as_
):
    case = submit(adjusted, people.alice)
    assert case.flow.flow == "AF-02"

    browser = as_(people.bob)
    page = browser.get(browser.get(f"/approvals/case/{case.id}").location).text

    assert "沙迦工业区5号" in page, "the former address"
    assert "阿布扎比港区2号" in page
    assert asked(case) == [people.bob.id]


@pytest.mark.catalogue("BR-024", "AF-02")
def test_a_refused_version_leaves_the_approved_card_in_force(people, hugo, card, adjusted):
    decide(submit(adjusted, people.alice), people.bob, "reject", opinion="无须调整")

    assert (card.state, adjusted.state) == ("hq_approved", "rejected")
    assert card.customer.state == "trading"


@pytest.mark.catalogue("BR-024")
def test_an_approved_card_is_not_written_over_and_adjusted_only_with_a_reason(
    people, hugo, card, as_
):
    approve(card, people, hugo)

    with pytest.raises(Refused), by(people.alice):
        card.website = "www.other.example"
        db.session.flush()
    with pytest.raises(Refused), by(people.alice):
        card.asset_lines.append(TradeCardAsset(kind="equipment", name="货车", order_no=1))
        db.session.flush()
    with pytest.raises(Refused), by(people.alice):
        operations.adjust_card(card, " ")
    assert refused(a_trade_card(card_version=2, change_reason=None)) == {"change_reason"}
    with by(people.alice):
        operations.adjust_card(card, "迁址")
    with pytest.raises(Refused), by(people.alice):
        operations.adjust_card(card, "再次")


@pytest.mark.catalogue("AF-02", "R35")
def test_an_adjusted_card_that_asks_for_the_same_limit_grants_no_other(
    people, hugo, card, adjusted
):
    approve(adjusted, people, hugo)

    assert len(db.session.scalars(select(CreditLimit)).all()) == 1


# -- paper -------------------------------------------------------------------------------------------


@pytest.mark.catalogue("E07", "BR-022")
def test_the_card_is_printed_in_two_copies_with_its_list_of_assets_and_signatures(
    people, hugo, card, as_
):
    approve(card, people, hugo)

    with as_(people.bob).get(f"/print/trade_card/{card.id}/trade_card.pdf") as answer:
        paper = words_of(answer.data).replace("\n", "")

    for copy in ("销售代表留存联", "总公司联"):
        assert copy in paper
    assert paper.count("叉车") == 2, "the annexed list stands in both copies"
    assert paper.count("海湾五金有限公司") == 2
    for name in ("李雯", "王强", "冯立新"):
        assert name in paper


@pytest.mark.catalogue("R31")
def test_the_list_of_assets_is_a_register_of_its_own_inside_the_card(app):
    rows = app.test_cli_runner().invoke(args=["registers", "--json"]).output

    (row,) = [one for one in json.loads(rows[rows.find("[") :]) if one["code"] == "R31"]
    assert (row["name"], row["kind"]) == ("trade_card_asset", "lines")
    assert row["titles"]["zh"] == "设备和不动产明细表"
    assert {"kind", "name", "ownership", "mortgaged"} <= {f["name"] for f in row["fields"]}

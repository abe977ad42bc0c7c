"""What the framework leaks as shipped, and what must never leak again."""

from __future__ import annotations

import io
import re
import threading
from importlib.metadata import version
from pathlib import Path

import prison
import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.directory.models import Customer, CustomerPerson
from app.extensions import db
from app.records import writing
from app.records.attachments import Attachment
from tests.factories.directory import a_customer, a_customer_person, an_employee

ROOT = Path(__file__).resolve().parents[2]


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


@pytest.fixture
def hers(people):
    """A customer of alice's."""
    return store(a_customer(name="李雯的客户", responsible_rep_id=people.alice.employee.id))


@pytest.fixture
def foreign(people):
    """A customer that is none of alice's business."""
    return store(a_customer(name="别人的客户", phone="021-5550000"))


def sent(**values):
    return {"name": "东岭商贸", "party_kind": "dealer", "relation_stage": "present"} | values


# -- rows out of scope, on every path --------------------------------------------------------------


@pytest.mark.catalogue("BR-005", "BR-061")
@pytest.mark.parametrize(
    "path",
    [
        "/customer/show/{id}",
        "/customer/edit/{id}",
        "/customer/timeline/{id}",
        "/customer/download/{id}/1",
        "/print/customer/{id}/customer_file.pdf",
        "/api/v1/customer/{id}",
    ],
)
def test_a_row_out_of_scope_is_as_if_it_were_not_there(people, as_, token, foreign, path):
    address = path.format(id=foreign.id)
    if address.startswith("/api/"):
        answer = as_(people.carol).get(address, headers=token(people.alice))
    else:
        answer = as_(people.alice).get(address)

    assert answer.status_code in (403, 404)
    assert "别人的客户" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/customer/list/", "/customer/list/?q=客户", "/customer/list/?q=bierendekehu", "/search?q=客户",
     "/options/customer?q=客户", "/options/customer", "/customer/count", "/"],
)  # fmt: skip
def test_no_list_select_or_search_names_a_row_out_of_scope(people, as_, hers, foreign, path):
    text = as_(people.alice).get(path).text

    assert "别人的客户" not in text
    if path == "/customer/count":
        assert text == "1"


@pytest.mark.parametrize("command", ["void", "delete"])
def test_no_command_reaches_a_row_out_of_scope(people, as_, foreign, command):
    answer = as_(people.alice).post(f"/customer/{command}/{foreign.id}", data={"reason": "x"})

    assert answer.status_code in (403, 404)
    db.session.refresh(foreign)
    assert not foreign.is_void


def test_ticking_all_rows_gives_those_of_the_filter_and_of_ones_own_scope(people, as_, foreign):
    with writing("cli"):
        mine = [
            a_customer(name=f"本人{n}", responsible_rep=people.alice.employee) for n in range(3)
        ]
        db.session.add_all(mine)

    everything = as_(people.alice).get("/customer/ids").json
    filtered = as_(people.alice).get("/customer/ids?q=本人1").json
    wrong = as_(people.alice).get("/customer/ids?where=nonsense:is:1")

    assert foreign.id not in everything["ids"]
    assert {c.id for c in mine} <= set(everything["ids"])
    assert filtered == {"ids": [mine[1].id], "more": False}
    assert wrong.status_code == 422
    assert as_(people.carol).get("/customer_stock/ids").status_code == 403


def test_a_bulk_action_refuses_rows_out_of_scope_one_by_one(people, as_, foreign):
    answer = as_(people.alice).post(
        "/customer/action_post", data={"action": "void", "ids": [foreign.id], "reason": "x"}
    )

    assert "别人的客户" not in answer.text
    db.session.refresh(foreign)
    assert not foreign.is_void


def test_a_lines_tab_shows_no_row_out_of_scope(people, as_, hers, foreign):
    store(a_customer_person(customer=hers, name="自己的联系人"))
    store(a_customer_person(customer=foreign, name="别人的联系人"))

    page = as_(people.alice).get(f"/customer/show/{hers.id}").text

    assert "自己的联系人" in page
    assert "别人的联系人" not in page


def test_nobody_hangs_a_new_row_onto_one_he_does_not_see(people, as_, token, foreign):
    typed = {"customer_id": str(foreign.id), "name": "冒充"}

    by_page = as_(people.alice).post("/customer_person/add", data=typed)
    by_address = as_(people.alice).get(f"/customer_person/add?customer_id={foreign.id}")
    by_rest = as_(people.carol).post(
        "/api/v1/customer_person/", json=typed, headers=token(people.alice)
    )

    assert (by_page.status_code, by_rest.status_code) == (422, 422)
    assert "别人的客户" not in by_page.text + by_address.text + by_rest.text
    assert db.session.scalars(select(CustomerPerson)).all() == []


def test_a_reference_that_stood_there_may_stay_though_its_editor_does_not_see_it(people, as_):
    rep = store(an_employee())
    customer = store(a_customer(responsible_rep_id=rep.id))

    answer = as_(people.dave).post(
        f"/customer/edit/{customer.id}",
        data=sent(version="1", responsible_rep_id=str(rep.id), name="改名后"),
    )

    assert answer.status_code == 302


# -- what REST takes and gives -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    ["number", "state", "version", "created_by_id", "voided_at", "import_id", "credit_limit", "id",
     "archive_opened_on", "nonsense"],
)  # fmt: skip
def test_nobody_forges_what_the_machine_keeps(people, client, token, field):
    answer = client.post(
        "/api/v1/customer/",
        json={"name": "东岭商贸", "party_kind": ["dealer"], field: "1"},
        headers=token(people.dave),
    )

    assert answer.status_code == 422
    assert field in answer.json["message"]
    assert db.session.scalars(select(Customer)).all() == []


def test_a_hidden_column_is_neither_given_nor_asked_nor_sorted_by(people, client, token, hers):
    with writing("cli"):
        hers.voided_by_id = people.alice.id
    header = token(people.dave)

    for asked in (
        {"columns": ["voided_by_id"]},
        {"filters": [{"col": "created_by_id", "opr": "eq", "value": "1"}]},
    ):
        answer = client.get(
            "/api/v1/customer/", query_string={"q": prison.dumps(asked)}, headers=header
        )
        assert answer.status_code == 422
    listed = client.get("/api/v1/customer/", headers=header).json["result"][0]
    assert not {"created_by_id", "voided_by_id", "import_id"} & set(listed)


def test_no_list_is_sorted_by_a_column_it_does_not_offer(people, as_):
    store(*(a_customer(name=name, address=place) for name, place in (("甲", "2"), ("乙", "1"))))
    browser = as_(people.dave)

    plain = rows_of(browser.get("/customer/list/").text)

    for order in ("address", "-address", "created_by_id", "voided_by_id", "nonsense"):
        assert rows_of(browser.get(f"/customer/list/?order={order}").text) == plain


def rows_of(page):
    return re.findall(r"/customer/show/(\d+)", page)


def test_a_change_without_the_version_or_with_an_old_one_is_refused(people, client, token, hers):
    header = token(people.dave)

    without = client.put(f"/api/v1/customer/{hers.id}", json={"phone": "1"}, headers=header)
    good = client.put(
        f"/api/v1/customer/{hers.id}", json={"phone": "2", "version": hers.version}, headers=header
    )
    stale = client.put(
        f"/api/v1/customer/{hers.id}", json={"phone": "3", "version": 1}, headers=header
    )

    assert (without.status_code, good.status_code, stale.status_code) == (422, 200, 409)
    db.session.refresh(hers)
    assert hers.phone == "2"


def test_a_value_that_stands_already_is_a_sentence_at_its_field_and_no_sql(
    people, client, token, as_
):
    store(a_customer(name="甲", unified_social_credit_code="91310117MA1J3AJ43G"))

    by_rest = client.post(
        "/api/v1/customer/",
        json={
            "name": "乙",
            "party_kind": ["dealer"],
            "unified_social_credit_code": "91310117MA1J3AJ43G",
        },
        headers=token(people.dave),
    )
    by_page = as_(people.dave).post(
        "/customer/add", data=sent(unified_social_credit_code="91310117MA1J3AJ43G")
    )

    assert by_rest.status_code == 422
    assert "unified_social_credit_code" in by_rest.json["message"]
    assert by_page.status_code == 422
    for text in (by_rest.text, by_page.text):
        assert "INSERT" not in text
        assert "UNIQUE" not in text


def test_a_browser_session_opens_no_door_of_rest(people, as_):
    assert as_(people.dave).get("/api/v1/customer/").status_code == 401


def test_no_right_is_403_and_nobody_is_401(people, client, token):
    assert client.get("/api/v1/product/", headers=token(people.carol)).status_code == 403
    assert client.get("/api/v1/customer/").status_code == 401
    assert client.get("/api/v1/nosuch/", headers=token(people.dave)).status_code == 404


@pytest.mark.parametrize("body", ["[]", "null", "{", '"x"', "12"])
def test_nonsense_sent_to_rest_is_named_as_such(people, client, token, body):
    answer = client.post(
        "/api/v1/customer/", data=body, content_type="application/json", headers=token(people.dave)
    )

    assert answer.status_code == 400


# -- forms -------------------------------------------------------------------------------------------


def test_nothing_typed_is_lost_when_the_form_is_refused(people, as_):
    answer = as_(people.dave).post(
        "/customer/add",
        data=sent(name="", phone="021-12345678", registered_capital="lots", address="上海市"),
    )

    assert answer.status_code == 422
    for typed in ("021-12345678", "lots", "上海市"):
        assert f'value="{typed}"' in answer.text
    assert 'href="#name"' in answer.text
    assert 'href="#registered_capital"' in answer.text


def test_a_required_reference_is_not_chosen_by_itself(people, as_, hers):
    answer = as_(people.dave).post("/customer_person/add", data={"name": "周经理"})

    assert answer.status_code == 422
    assert 'href="#customer_id"' in answer.text


def test_a_refused_change_is_not_stored_by_a_later_one(people, as_, hers):
    browser = as_(people.dave)
    refused = browser.post(
        f"/customer/edit/{hers.id}", data=sent(version="1", name="应被拒绝", special_kind="bank")
    )
    browser.post("/preferences", data={"theme": "dark"})

    assert refused.status_code == 422
    db.session.refresh(hers)
    assert hers.name == "李雯的客户"


def test_the_other_ones_change_is_shown_beside_mine(people, as_, hers):
    first, second = as_(people.dave), as_(people.dave)
    base = base_of(first.get(f"/customer/edit/{hers.id}").text)
    second.post(
        f"/customer/edit/{hers.id}",
        data=sent(version="1", base=base, name=hers.name, phone="021-222", fax="021-9"),
    )

    mine = sent(version="1", base=base, name=hers.name, phone="021-111")
    clash = first.post(f"/customer/edit/{hers.id}", data=mine)

    assert clash.status_code == 409
    assert "021-111" in clash.text
    assert "021-222" in clash.text
    db.session.refresh(hers)
    assert hers.phone == "021-222"
    settled = first.post(
        f"/customer/edit/{hers.id}",
        data=mine
        | {
            "version": str(hers.version),
            "base": base_of(clash.text),
            "keep-phone": "mine",
            "fax": "021-9",
        },
    )
    db.session.refresh(hers)
    assert (settled.status_code, hers.phone, hers.fax) == (302, "021-111", "021-9")


def base_of(page):
    import html

    return html.unescape(re.search(r'name="base"\s+value="([^"]*)"', page)[1])


def test_what_only_the_other_one_changed_is_taken_over_and_said(people, as_, hers):
    first, second = as_(people.dave), as_(people.dave)
    base = base_of(first.get(f"/customer/edit/{hers.id}").text)
    second.post(
        f"/customer/edit/{hers.id}", data=sent(version="1", base=base, name=hers.name, fax="021-9")
    )

    first.post(
        f"/customer/edit/{hers.id}",
        data=sent(version="1", base=base, name=hers.name, phone="021-1"),
    )

    db.session.refresh(hers)
    assert (hers.phone, hers.fax) == ("021-1", "021-9")


def test_a_deleted_reference_says_that_it_is_in_use_and_not_nothing(people, as_):
    rep = people.alice.employee
    answer = as_(people.admin).post(f"/department/delete/{rep.dept_id}", follow_redirects=True)

    assert answer.status_code in (200, 403)
    from app.organisation.models import Department

    assert db.session.get(Department, rep.dept_id) is not None


# -- threads -----------------------------------------------------------------------------------------


def test_eight_people_at_once_see_their_own_rows_only(people, app, as_):
    mine = {}
    for somebody in (people.alice, people.bob):
        mine[somebody.id] = store(
            *(
                a_customer(
                    name=f"{somebody.user.username}{n}", responsible_rep_id=somebody.employee.id
                )
                for n in range(8)
            )
        )
    dave, alice = as_(people.dave), as_(people.alice)
    wrong = []

    def look(browser, query, expected):
        with app.app_context():
            for _time in range(6):
                found = len(set(rows_of(browser.get(f"/customer/list/?{query}").text)))
                if found != expected:
                    wrong.append((query, found, expected))

    threads = [
        threading.Thread(target=look, args=args)
        for args in (
            (alice, "", 8),
            (dave, "", 16),
            (dave, "where=name:begins:alice", 8),
            (dave, "where=name:is:bob1", 1),
            (alice, "where=name:begins:bob", 0),
            (dave, "q=alice3", 1),
            (alice, "q=bob", 0),
            (dave, "where=name:contains:nosuch", 0),
        )
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


# -- files -------------------------------------------------------------------------------------------


def upload(browser, customer, name, content=b"%PDF-1.7 x"):
    return browser.post(
        f"/customer/files/{customer.id}",
        data={"files": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


def test_a_chinese_file_name_comes_back_whole(people, as_, hers):
    browser = as_(people.dave)
    upload(browser, hers, "合同 附件（终稿）.pdf")
    file = db.session.scalars(select(Attachment)).one()

    answer = browser.get(f"/customer/download/{hers.id}/{file.id}")

    assert file.name == "合同 附件（终稿）.pdf"
    assert "filename*=UTF-8''%E5%90%88%E5%90%8C" in answer.headers["Content-Disposition"]
    assert answer.data == b"%PDF-1.7 x"
    assert answer.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evil.html", b"<script>"),
        ("evil.exe", b"MZ"),
        ("x.svg", b"<svg/>"),
        ("a.pdf", b"MZ"),
        ("b.pdf", b""),
        ("noending", b"x"),
    ],
)
def test_unwelcome_files_are_refused_with_a_reason(people, as_, hers, name, content):
    answer = upload(as_(people.dave), hers, name, content)

    assert answer.status_code == 302
    assert db.session.scalars(select(Attachment)).all() == []


def test_a_file_is_read_by_whoever_reads_its_record_and_nobody_else(people, as_, hers, foreign):
    upload(as_(people.dave), foreign, "报告.pdf")
    file = db.session.scalars(select(Attachment)).one()
    alice = as_(people.alice)

    assert alice.get(f"/customer/download/{foreign.id}/{file.id}").status_code == 404
    # nor by way of a record of her own
    assert alice.get(f"/customer/download/{hers.id}/{file.id}").status_code == 404


# -- reads, masks, unmasking ---------------------------------------------------------------------------


@pytest.mark.catalogue("BR-005", "BR-172")
def test_reading_a_customer_file_is_entered_into_the_book(people, as_, hers):
    as_(people.bob).get(f"/customer/show/{hers.id}")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "read")).one()
    assert (entry.actor_name, entry.record_label) == ("王强", "李雯的客户")


def test_the_auditor_sees_personal_data_masked_everywhere(people, as_, client, token):
    customer = store(a_customer(name="甲", phone="021-55512345", legal_representative="钱多多"))
    browser = as_(people.erin)

    with browser.get("/export/customer.csv") as sheet:
        exported = sheet.text
    pages = [
        browser.get("/customer/list/").text,
        browser.get(f"/customer/show/{customer.id}").text,
        client.get(f"/api/v1/customer/{customer.id}", headers=token(people.erin)).text,
        exported,
    ]

    for page in pages:
        assert "55512345" not in page
        assert "钱多多" not in page


def test_no_button_is_offered_that_leads_nowhere(people, as_, hers):
    """bob reads all customers and may export only what an access request opens to him: nothing."""
    with writing("cli"):
        people.bob.user.roles = [r for r in people.bob.user.roles if r.name != "department_head"]

    page = as_(people.bob).get(f"/customer/show/{hers.id}").text
    listed = as_(people.bob).get("/customer/list/").text

    assert "/print/customer/" not in page
    assert "/export/customer.xlsx" not in listed
    assert "/print/customer/" in as_(people.dave).get(f"/customer/show/{hers.id}").text


def test_a_masked_value_is_uncovered_only_against_a_reason(people, as_):
    customer = store(a_customer(name="甲", phone="021-55512345"))
    browser = as_(people.erin)

    without = browser.post(f"/customer/unmask/{customer.id}/phone", data={"reason": " "})
    answer = browser.post(f"/customer/unmask/{customer.id}/phone", data={"reason": "核对回访"})

    assert without.status_code == 422
    assert answer.json == {"value": "021-55512345"}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "unmask")).one()
    assert entry.details == {"field": "phone", "reason": "核对回访"}


@pytest.mark.parametrize("asked", ["55512345", "555123", "021-555"])
def test_nobody_finds_out_a_masked_telephone_number_by_searching_for_it(people, as_, asked):
    customer = store(a_customer(name="甲公司", phone="021-55512345"))
    auditor, officer = as_(people.erin), as_(people.dave)

    for path in ("/customer/list/?q=", "/search?q=", "/options/customer?q="):
        assert str(customer.number) not in auditor.get(path + asked).text, path
        assert str(customer.number) in officer.get(path + asked).text, path
    assert str(customer.number) in auditor.get("/customer/list/?q=甲公").text
    assert str(customer.number) in auditor.get("/customer/list/?q=jgs").text


def test_a_file_is_taken_away_by_whoever_may_edit_its_record(people, as_, hers):
    officer = as_(people.dave)
    upload(officer, hers, "报告.pdf")
    file = db.session.scalars(select(Attachment)).one()
    address = f"/customer/files/{hers.id}/{file.id}/remove"
    assert address in officer.get(f"/customer/show/{hers.id}").text

    refused = as_(people.bob).post(address)
    officer.post(address)

    assert refused.status_code == 403
    assert db.session.scalars(select(Attachment)).all() == []


def test_who_sees_few_rows_finds_them_among_many_that_are_not_his(people, as_, hers):
    store(*(a_customer(name=f"别人的客户{n}") for n in range(650)))

    assert hers.name in as_(people.alice).get("/search?q=客户").text


def test_nobody_asks_for_masked_values_by_filter(people, as_):
    store(a_customer(name="甲", phone="021-55512345"))

    page = as_(people.erin).get("/customer/list/?where=phone:begins:021-555").text

    assert rows_of(page) == rows_of(as_(people.erin).get("/customer/list/").text) or not rows_of(
        page
    )


# -- pins ----------------------------------------------------------------------------------------------


def test_the_pins_that_keep_the_framework_alive_hold():
    assert version("marshmallow").startswith("3.")
    assert version("marshmallow-sqlalchemy") == "1.1.1"
    major, minor = version("WTForms").split(".")[:2]
    assert (major, int(minor) < 4) == ("3", True)
    assert version("Flask-AppBuilder") == "5.3.0"

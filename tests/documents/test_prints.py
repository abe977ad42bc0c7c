"""Forms on paper: what they show to whom, that they are entered, and what the page behind the code says."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.documents import html_of, to_pdf
from app.documents.models import IssuedPrint
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.directory.models import Customer, CustomerPerson
from app.extensions import db
from app.jobs.job import Job
from app.records import void, writing
from app.registers import printing
from app.security import scopes
from tests.exchange.rights import give

#: rare characters that a sliced or wrong font prints as boxes or as others
RARE = "镕骉犇龘喆堃"


@pytest.fixture
def customer(people: Any) -> Customer:
    with writing("cli"):
        made = Customer(
            name=f"上海{RARE}绿化工程有限公司",
            party_kind=("supplier",),
            relation_stage="present",
            phone="021-55550117",
            legal_representative="荣木健一郎",
            registered_capital=Decimal("10000000"),
            address="叶旺路1号三楼",
            business_scope="园林绿化工程",
            responsible_rep_id=people.alice.employee.id,
        )
        db.session.add(made)
        db.session.flush()
        for kept in (
            CustomerPerson(customer_id=made.id, name="陈思远", title_="总经理", is_primary=True),
            CustomerChangeEvent(customer_id=made.id, event_on=date(2026, 1, 5), content="办公地址迁至五楼"),
            CustomerInteraction(
                customer_id=made.id, channel="letter", content="来函询价",
                happened_on=datetime(2026, 1, 6, 1, 0, tzinfo=UTC),
            ),
            CustomerAnnualRecord(customer_id=made.id, year=2025, revenue=Decimal("38200000")),
        ):  # fmt: skip
            db.session.add(kept)
    return made


def form(client: Any, customer: Customer) -> Any:
    return client.get(f"/print/customer/{customer.id}/customer_file.pdf", buffered=True)


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", "")


def pages_of(pdf: bytes) -> int:
    return len(pypdfium2.PdfDocument(pdf))


def codes() -> list[str]:
    return list(db.session.scalars(select(IssuedPrint.code).order_by(IssuedPrint.id)))


# -- what stands on it -----------------------------------------------------------------------------


@pytest.mark.catalogue("E02")
def test_the_customer_file_holds_the_master_and_all_that_belongs_to_it(as_, people, customer):
    answer = form(as_(people.dave), customer)

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    words = words_of(answer.data)
    for said in (
        customer.number,
        customer.name,
        "021-55550117",
        "人民币壹仟万元整",
        "园林绿化工程",
    ):
        assert said in words
    for said in ("陈思远", "办公地址迁至五楼", "来函询价", "38,200,000.00", "E02"):
        assert said in words


@pytest.mark.catalogue("E01")
def test_the_customer_list_has_a_row_for_each_and_its_head_on_every_page(as_, people, customer):
    with writing("cli"):
        for n in range(60):
            db.session.add(
                Customer(name=f"客户{n}号", party_kind=("dealer",), relation_stage="present")
            )

    answer = as_(people.dave).get("/print/customer/customer_list.pdf", buffered=True)

    document = pypdfium2.PdfDocument(answer.data)
    assert len(document) > 1
    width, height = document[0].get_size()
    assert width > height
    texts = [page.get_textpage().get_text_bounded() for page in document]
    head = str(Customer.specs()["legal_representative"].label)
    from flask_babel import force_locale

    with force_locale("zh"):
        head = str(Customer.specs()["legal_representative"].label)
    assert all(
        head.replace(" ", "") in text.replace("\r\n", "").replace(" ", "") for text in texts
    )
    words = words_of(answer.data)
    assert all(f"客户{n}号" in words for n in range(60))


def test_the_list_on_paper_is_the_list_on_the_screen(as_, people, customer):
    with writing("cli"):
        db.session.add(
            Customer(
                name="别的公司", party_kind=("dealer",), relation_stage="present", is_vip=True
            )
        )

    answer = as_(people.dave).get(
        "/print/customer/customer_list.pdf?where=is_vip:is:1", buffered=True
    )

    words = words_of(answer.data)
    assert "别的公司" in words
    assert RARE not in words


def test_a_list_that_is_a_book_is_refused_with_the_way_out(as_, people, customer, monkeypatch):
    monkeypatch.setattr(printing, "LONGEST_LIST", 0)

    answer = as_(people.dave).get("/print/customer/customer_list.pdf")

    assert answer.status_code == 422


def test_a_long_list_is_set_as_a_job(as_, people, customer, monkeypatch):
    monkeypatch.setattr(printing, "AT_ONCE", 0)
    client = as_(people.dave)

    answer = client.get("/print/customer/customer_list.pdf?where=is_vip:is:0")

    job = db.session.scalars(select(Job)).one()
    assert answer.headers["Location"] == f"/jobs/{job.id}"
    assert job.state == "done", job.error
    file = client.get(f"/jobs/{job.id}/file", buffered=True)
    assert RARE in words_of(file.data)


@pytest.mark.catalogue("E02")
def test_rare_characters_are_drawn_as_the_fonts_draw_them(as_, people, customer):
    """The text layer is right even where a font prints boxes: compare what is drawn."""
    pdf = form(as_(people.dave), customer).data

    drawn = ink(pdf, RARE)
    fonts = ink(to_pdf([_sheet_with(RARE)]), RARE)
    others = ink(to_pdf([_sheet_with("上海松江区路")]), "上海松江区路")

    assert all(sum(character) > 3 for character in drawn), "nothing is drawn"
    assert difference(drawn, fonts) < 0.05
    assert difference(drawn, others) > 0.1
    assert all(
        difference([one], [other]) > 0.05
        for n, one in enumerate(drawn)
        for other in drawn[n + 1 :]
    ), "boxes look alike, characters do not"


def _sheet_with(text: str) -> str:
    return (
        '<!DOCTYPE html><html lang="zh-CN"><body><main class="sheet"><table class="p-t p-quad"><tr>'
        f"<th>名称</th><td>{text}</td></tr></table></main></body></html>"
    )


class Picture:
    """What a page really looks like: the darkness of each pixel."""

    def __init__(self, page: Any, scale: int) -> None:
        bitmap = page.render(scale=scale, grayscale=True)
        self.width, self.height, self.stride = bitmap.width, bitmap.height, bitmap.stride
        self.pixels = bytes(bitmap.buffer)

    def darkness(self, left: int, top: int, right: int, bottom: int) -> float:
        """0 is white, 1 is black."""
        rows = [
            self.pixels[y * self.stride + left : y * self.stride + right]
            for y in range(top, bottom)
        ]
        count = (right - left) * (bottom - top)
        return 1 - sum(map(sum, rows)) / (255 * count) if count else 0.0


def ink(pdf: bytes, text: str, *, scale: int = 6, at: int | None = None) -> list[list[float]]:
    """How dark each cell of a small grid over each character is, as it is really drawn."""
    page = pypdfium2.PdfDocument(pdf)[0]
    layer = page.get_textpage()
    if at is None:
        found = layer.search(text).get_next()
        assert found is not None, f"{text} is not on the page"
        at = found[0]
    picture, height = Picture(page, scale), page.get_height()
    grids = []
    for nth in range(len(text)):
        left, bottom, right, top = layer.get_charbox(at + nth, loose=True)
        x, y = int(left * scale), int((height - top) * scale)
        wide, high = int((right - left) * scale), int((top - bottom) * scale)
        assert min(wide, high) > 16
        grids.append(
            [
                picture.darkness(
                    x + wide * i // 8,
                    y + high * j // 8,
                    x + wide * (i + 1) // 8,
                    y + high * (j + 1) // 8,
                )
                for j in range(8)
                for i in range(8)
            ]
        )
    return grids


def difference(one: list[list[float]], other: list[list[float]]) -> float:
    pairs = [(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)]
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def test_the_page_is_not_empty_and_keeps_its_margins(as_, people, customer):
    pdf = form(as_(people.dave), customer).data

    picture = Picture(pypdfium2.PdfDocument(pdf)[0], 1)
    whole = picture.darkness(0, 0, picture.width, picture.height)
    assert 0.02 < whole < 0.3
    assert picture.darkness(0, 0, 50, picture.height) == 0
    assert picture.darkness(picture.width - 34, 0, picture.width, picture.height) == 0


# -- rights ------------------------------------------------------------------------------------------


def test_without_the_right_to_take_away_nothing_is_printed(as_, people, customer, client):
    assert client.get(f"/print/customer/{customer.id}/customer_file.pdf").status_code == 302
    # Everybody has it for customers he was given access to (R10): for others it is as if they were not there.
    assert form(as_(people.carol), customer).status_code == 404
    assert form(as_(people.erin), customer).status_code == 404
    assert codes() == []


def test_nobody_prints_beyond_his_scope(as_, people, customer):
    give(people.bob.user, "customer", "rx", "own")
    give(people.alice.user, "customer", "rx", "own")

    assert form(as_(people.alice), customer).status_code == 200
    assert form(as_(people.bob), customer).status_code == 404
    listed = as_(people.bob).get("/print/customer/customer_list.pdf", buffered=True)
    assert RARE not in words_of(listed.data)


def test_hidden_fields_stay_hidden_on_paper_and_masked_ones_masked(as_, people, customer):
    with writing("cli"):
        connection = db.session.connection()
        connection.execute(
            db.metadata.tables["role_field"].insert(),
            [
                {"role_id": r.id, "register": "customer", "field": field, "limit_to": right}
                for r in people.dave.user.roles
                for field, right in (("legal_representative", "hidden"), ("phone", "masked"))
            ],
        )
        scopes.rights_changed(connection)
    scopes._cache.clear()

    client = as_(people.dave)
    file = words_of(form(client, customer).data)
    listed = words_of(client.get("/print/customer/customer_list.pdf", buffered=True).data)

    for words in (file, listed):
        assert "荣木健一郎" not in words
        assert "021-55550117" not in words
        assert "021" in words


def test_what_belongs_to_it_is_left_out_for_whom_may_not_read_that(as_, people, customer):
    give(people.alice.user, "customer", "rx", "all")
    give(people.alice.user, "customer_annual_record", "", "own")
    with writing("cli"):
        db.session.connection().exec_driver_sql(
            "DELETE FROM ab_permission_view_role WHERE permission_view_id IN (SELECT pv.id FROM ab_permission_view pv"
            " JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE v.name = 'customer_annual_record')"
        )
        scopes.rights_changed(db.session.connection())
    scopes._cache.clear()

    words = words_of(form(as_(people.alice), customer).data)

    assert "38,200,000.00" not in words
    assert "陈思远" in words


# -- the book, and the page behind the code --------------------------------------------------------------


def test_every_print_is_entered_and_counted(as_, people, customer):
    client = as_(people.dave)
    form(client, customer)
    second = form(client, customer)

    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "print").order_by(AuditEntry.id)
    ).all()
    assert [(e.record_id, e.actor_id, e.details["nth"]) for e in entries] == [
        (customer.id, people.dave.id, 1),
        (customer.id, people.dave.id, 2),
    ]
    assert entries[0].details["form"] == "E02"
    assert entries[0].details["content"]
    assert "2" in words_of(second.data)


def check(client: Any, code: str) -> tuple[int, str]:
    answer = client.get(f"/check/{code}")
    return answer.status_code, answer.text


def test_anybody_with_the_paper_learns_that_it_is_genuine_and_current(
    as_, people, customer, client
):
    form(as_(people.dave), customer)
    (code,) = codes()

    status, page = check(client, code)
    typed, _page = check(client, f" {code[:4].lower()}-{code[4:].lower()} ")

    assert (status, typed) == (200, 200)
    assert "tz-note ok-n" in page
    assert customer.number in page
    assert "绿化工程" not in page


def test_after_a_change_it_says_no_longer_current(as_, people, customer, client):
    form(as_(people.dave), customer)
    (code,) = codes()
    with writing("cli"):
        db.session.get(Customer, customer.id).phone = "1"

    status, page = check(client, code)

    assert (status, "tz-note warn-n" in page) == (200, True)


def test_a_change_beside_the_record_counts_too(as_, people, customer, client):
    form(as_(people.dave), customer)
    (code,) = codes()
    with writing("cli"):
        db.session.scalars(select(CustomerPerson)).one().phone = "13812345678"

    assert "tz-note warn-n" in check(client, code)[1]


def test_a_void_record_is_no_longer_current(as_, people, customer, client):
    form(as_(people.dave), customer)
    (code,) = codes()
    with writing("cli"):
        void(db.session.get(Customer, customer.id), "错录")

    assert "tz-note warn-n" in check(client, code)[1]


def test_a_void_record_says_so_on_paper(as_, people, customer):
    with writing("cli"):
        void(db.session.get(Customer, customer.id), "错录")

    assert "作废" in words_of(form(as_(people.dave), customer).data)


def test_a_new_print_after_the_change_is_current_again(as_, people, customer, client):
    form(as_(people.dave), customer)
    with writing("cli"):
        db.session.get(Customer, customer.id).phone = "1"
    form(as_(people.dave), customer)
    old, new = codes()

    assert "tz-note warn-n" in check(client, old)[1]
    assert "tz-note ok-n" in check(client, new)[1]


@pytest.mark.parametrize("code", ["AAAA-AAAA", "x", "%00", "'; DROP TABLE customer", "9" * 50])
def test_a_foreign_code_is_unknown(client, people, code):
    assert client.get(f"/check/{code}").status_code == 404


def test_codes_are_not_guessed_by_the_thousand(client, people, monkeypatch):
    monkeypatch.setattr(printing, "QUESTIONS", 3)

    answers = [check(client, f"AAAA-AAA{n}")[0] for n in range(5)]

    assert answers == [404, 404, 404, 429, 429]


# -- many at once ----------------------------------------------------------------------------------------


def test_the_chosen_records_are_printed_into_one_file(as_, people, customer):
    with writing("cli"):
        more = [
            Customer(name=f"客户{n}号", party_kind=("dealer",), relation_stage="present")
            for n in range(3)
        ]
        db.session.add_all(more)
        db.session.flush()
        ids = [customer.id, *(c.id for c in more)]
    client = as_(people.dave)

    answer = client.post(
        "/customer/action_post", data={"action": "print-customer_file", "ids": ids}
    )

    job = db.session.scalars(select(Job)).one()
    assert answer.headers["Location"] == f"/jobs/{job.id}"
    assert job.state == "done", job.error
    assert job.result["printed"] == 4
    file = client.get(f"/jobs/{job.id}/file", buffered=True)
    words = words_of(file.data)
    assert all(name in words for name in (RARE, "客户0号", "客户2号"))
    assert pages_of(file.data) == job.result["pages"]
    assert len(codes()) == 4


def test_a_batch_leaves_out_what_is_beyond_the_scope(as_, people, customer):
    give(people.alice.user, "customer", "rx", "own")
    with writing("cli"):
        other = Customer(name="别人的公司", party_kind=("dealer",), relation_stage="present")
        db.session.add(other)

    as_(people.alice).post("/print/customer/customer_file", data={"ids": [customer.id, other.id]})

    job = db.session.scalars(select(Job)).one()
    assert (job.result["printed"], job.result["refused"]) == (1, 1)
    assert db.session.scalar(select(func.count()).select_from(IssuedPrint)) == 1


def test_without_the_right_no_batch_is_ordered(as_, people, customer):
    answer = as_(people.carol).post("/print/product/any", data={"ids": [1]})

    assert answer.status_code == 403
    assert db.session.scalars(select(Job)).all() == []


def test_a_form_that_is_not_there_is_not_found(as_, people, customer):
    client = as_(people.dave)

    assert client.get(f"/print/customer/{customer.id}/nothing.pdf").status_code == 404
    assert client.get("/print/customer/nothing.pdf").status_code == 404
    assert client.get("/print/customer/999999/customer_file.pdf").status_code == 404


def test_the_forms_are_in_chinese_whoever_prints(as_, people, customer, app):
    from flask_babel import force_locale

    client = as_(people.dave)
    client.post("/preferences", data={"locale": "en"})

    words = words_of(form(client, customer).data)

    with force_locale("zh"):
        label = str(Customer.specs()["business_scope"].label)
    assert label in words


def test_the_templates_of_all_printouts_are_there():
    """Every form that is declared has its paper."""
    from app.documents.issue import template_of
    from app.documents.paper import environment
    from app.records import REGISTERED

    missing = []
    for cls in REGISTERED.values():
        for printout in (*getattr(cls, "printed_as", ()), *getattr(cls, "lists_printed_as", ())):
            if cls is Customer:
                environment().get_template(template_of(cls, printout))
                missing.append(printout.form)
    assert set(missing) == {"E01", "E02"}


def test_html_of_a_form_escapes_what_people_typed(people, app):
    from app.documents.head import Head

    html = html_of("documents/list.html", {"head": Head("<b>x</b>"), "columns": [], "rows": []})

    assert "<b>x</b>" not in html[0]
    assert io.BytesIO(to_pdf(html)).read(4) == b"%PDF"

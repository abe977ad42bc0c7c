"""The regulation library: what is in force, who says so, and what an article says."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domains.archives import articles, library
from app.domains.archives.models import Regulation, RegulationPart
from app.extensions import db
from app.records import Actor, Refused, check, writing
from tests.exchange.sheets import load
from tests.factories.archives import a_regulation
from tests.people import hire


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.mark.catalogue("R185")
def test_the_customers_documents_stand_in_the_library_and_can_be_opened(people, as_):
    marks = set(
        db.session.scalars(select(Regulation.short_mark).where(Regulation.level != "external"))
    )

    assert marks == {*(f"D{n}" for n in range(1, 22) if n != 4), "D4a", "D4b"}
    page = as_(people.carol).get("/articles/D16/3.4").text
    assert "客户档案的更新、修改" in page
    assert "积累客户年度业绩和财务状况报告" in page


@pytest.mark.catalogue("R185")
@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("D16§3.4(1)", "重大变动"),
        ("D1§10.1(6)", "交易卡的主要项目"),  # the heading of D1§10 lost its number
        ("D1§3.1(5)", "经营方针"),
        ("D7§7(1)", "定岗、定编、定责"),
        ("D10§4(三)", ""),
        ("D12§1.3", "设置索引"),
        ("D20§4.4", "重大变动事项"),
        ("D5§4.1", "归口管理部门"),
        ("D8§7.2", "第三个工作日"),
        ("D4a§6", ""),
    ],
)
def test_a_reference_opens_its_article(app, reference, words):
    quoted = library.quote(reference)

    assert quoted
    assert words in quoted


@pytest.mark.catalogue("R185")
def test_a_place_that_does_not_exist_quotes_the_article_above(app):
    assert library.find("D16§3.4(9)")[2] == "3.4"
    assert library.find("D99§1") is None
    assert library.find("nonsense") is None


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("第一条 甲。第二条 乙:1 丙。2 丁。", ["1", "2", "2.1", "2.2"]),
        (
            "一、总则 1.甲。2.乙: 1)丙。2)丁。二、附则 1.戊。",
            ["1", "1.1", "1.2", "1.2(1)", "1.2(2)", "2", "2.1"],
        ),
        ("1目的 甲。 2范围 乙。 2.1丙。 2.1.1丁。", ["1", "2", "2.1", "2.1(1)"]),
        ("第一章总则 第一条 甲。第二章 职责 第二条 (一)乙;(二)丙。", ["1", "2", "2.1", "2.2"]),
        ("第三条 于2017年4月20日起 5个工作日内,第1个。", ["3"]),
    ],
)
def test_running_text_becomes_numbered_articles(text, places):
    found = [articles.label_of(part.path) for part in articles.parts_of(text) if part.path]

    assert found == places


@pytest.mark.catalogue("R185")
def test_our_own_regulation_says_who_explains_and_who_approves_it_and_external_law_does_not(app):
    assert refused(a_regulation(interpreted_by=None, approved_by=None)) == {
        "interpreted_by", "approved_by",
    }  # fmt: skip
    assert refused(a_regulation(level="external", interpreted_by=None, approved_by=None)) == set()


@pytest.fixture
def chief(people):
    """The general manager: approves what others draft."""
    with writing("cli"):
        return hire("frank", "周建平", people.office, people.dave.employee.post, "general_manager")


def by(somebody):
    """This person writes, at the console."""
    return writing("cli", Actor(somebody.id, somebody.employee.name))


def do(browser, regulation, *names):
    for name in names:
        browser.post(f"/regulation/action/{name}/{regulation.id}", data={"reason": "改一改"})
    db.session.refresh(regulation)
    return regulation.state


def drafted(officer, **values):
    with by(officer):
        draft = a_regulation(
            **{
                "short_mark": "X1",
                "parts": [RegulationPart(place="1", marker="第一条", text="旧文", order_no=0)],
            }
            | values
        )
        db.session.add(draft)
    return draft


@pytest.mark.catalogue("R185", "AF-59")
def test_a_regulation_is_consulted_approved_by_another_and_put_into_force(
    people, chief, as_, on, token
):
    draft = drafted(people.dave)
    officer = as_(people.dave)
    assert (draft.state, draft.number) == ("draft", None)

    assert do(officer, draft, "consult", "approve") == "consulting"  # nobody signs his own draft
    assert do(as_(chief), draft, "approve") == "consulting"  # nor anybody what has no day
    with by(people.dave):
        draft.effective_on = date(2026, 4, 1)
    with on("2026-03-20"):
        assert do(as_(chief), draft, "approve") == "approved"
        assert draft.number.startswith("ZD-")
        assert do(as_(people.dave), draft, "put_in_force") == "approved"  # its day has not come
    with on("2026-04-01"):
        rest = as_(people.dave).post(
            f"/api/v1/regulation/{draft.id}/put_in_force", headers=token(people.dave)
        )
    assert (rest.status_code, rest.json["result"]["state"]) == (200, "effective")


@pytest.mark.catalogue("R185")
def test_what_was_approved_is_not_rewritten_before_it_comes_into_force(people, chief, as_):
    draft = drafted(people.dave, effective_on=date(2026, 1, 1))
    do(as_(people.dave), draft, "consult")
    assert do(as_(chief), draft, "approve") == "approved"

    for forged in (
        lambda: setattr(draft, "title_", "改写"),
        lambda: setattr(draft.parts[0], "text", "改写"),
    ):
        with pytest.raises(Refused), writing("cli"):
            forged()
            db.session.flush()
    assert do(as_(people.dave), draft, "take_back") == "draft"
    with writing("cli"):
        draft.parts[0].text = "改写"
    number = draft.number
    as_(people.dave).post(f"/regulation/delete/{draft.id}")
    db.session.expire_all()
    assert db.session.get(Regulation, draft.id).number == number  # it had a number: it is voided


@pytest.mark.catalogue("R185")
def test_what_is_in_force_is_revised_and_not_rewritten(people, as_, token):
    regulation = db.session.scalars(select(Regulation).where(Regulation.short_mark == "D16")).one()
    part = regulation.parts[3]
    words = part.text

    def added():
        regulation.parts.append(RegulationPart(place="9.9", text="添加", order_no=99))

    for forged in (
        lambda: setattr(regulation, "title_", "改写"),
        lambda: setattr(part, "text", "改写"),
        lambda: regulation.parts.remove(part),
        lambda: db.session.delete(part),
        added,
        # nor while it ends
        lambda: (setattr(regulation, "state", "revised"), setattr(regulation, "title_", "改写")),
    ):
        with pytest.raises(Refused), writing("cli"):
            forged()
            db.session.flush()
    form = as_(people.dave).post(
        f"/regulation/edit/{regulation.id}", data={"version": regulation.version, "title_": "改写"}
    )
    rest = as_(people.dave).put(
        f"/api/v1/regulation/{regulation.id}",
        json={"version": regulation.version, "articles": []},
        headers=token(people.dave),
    )
    sheet = load(
        [
            ["number", "title_", "articles / place", "articles / text"],
            [regulation.number, regulation.title_, "3", "改写"],
        ],
        "regulation",
    )

    assert (form.status_code, rest.status_code, sheet.counts["bad"]) == (403, 403, 1)
    db.session.expunge_all()
    regulation = db.session.scalars(select(Regulation).where(Regulation.short_mark == "D16")).one()
    assert regulation.parts[3].text == words


@pytest.mark.catalogue("R185")
def test_a_new_version_is_quoted_from_the_day_it_is_in_force_and_the_former_one_is_no_more(
    people, chief, as_
):
    officer = as_(people.dave)
    former = drafted(people.dave, effective_on=date(2026, 1, 1))
    do(officer, former, "consult")
    do(as_(chief), former, "approve")
    assert do(officer, former, "put_in_force") == "effective"
    assert library.quote("X1§1") == "第一条旧文"

    do(officer, former, "revise", "revise")  # the second click finds the draft of the first
    (draft,) = db.session.scalars(select(Regulation).where(Regulation.replaces_id == former.id))
    assert (draft.state, draft.short_mark, draft.effective_on) == ("draft", "X1", None)
    with by(people.dave):
        draft.parts[0].text, draft.effective_on = "新文", date(2026, 2, 1)
    assert library.quote("X1§1") == "第一条旧文"
    do(officer, draft, "consult")
    do(as_(chief), draft, "approve")
    assert library.quote("X1§1") == "第一条旧文"
    assert do(officer, draft, "put_in_force") == "effective"

    db.session.refresh(former)
    assert former.state == "revised"
    assert library.quote("X1§1") == "第一条新文"
    assert do(officer, draft, "repeal") == "repealed"
    assert library.find("X1§1") is None
    assert as_(people.carol).get("/articles/X1/1").status_code == 404


@pytest.mark.catalogue("R185")
def test_two_regulations_of_one_mark_are_not_in_force_together(people, chief, as_):
    other = drafted(people.dave, short_mark="D16", effective_on=date(2026, 1, 1))
    do(as_(people.dave), other, "consult")
    do(as_(chief), other, "approve")

    assert do(as_(people.dave), other, "put_in_force") == "approved"


@pytest.mark.catalogue("R185")
def test_a_draft_is_nobodys_law_and_only_those_who_draft_read_it(people, as_, token):
    draft = drafted(people.dave)
    carol = as_(people.carol)

    assert library.find("X1§1") is None
    assert carol.get("/articles/X1/1").status_code == 404
    assert carol.get(f"/regulation/show/{draft.id}").status_code == 404
    assert draft.title_ not in carol.get("/regulation/list/").text
    assert draft.title_ not in carol.get(f"/search?q={draft.title_}").text
    rest = carol.get(f"/api/v1/regulation/{draft.id}", headers=token(people.carol))
    assert rest.status_code == 404
    assert as_(people.dave).get(f"/regulation/show/{draft.id}").status_code == 200
    issued = db.session.scalar(select(Regulation.id).where(Regulation.short_mark == "D16"))
    assert carol.get(f"/regulation/show/{issued}").status_code == 200


@pytest.mark.catalogue("R185")
def test_neither_form_nor_rest_nor_sheet_brings_a_regulation_into_force(people, as_, token):
    values = {
        "title_": "速成规定", "level": "provision", "interpreted_by": "办公室", "approved_by": "总经理",
    }  # fmt: skip

    as_(people.dave).post("/regulation/add", data=values | {"state": "effective"})
    rest = as_(people.dave).post(
        "/api/v1/regulation/",
        json=values | {"state": "effective"},
        headers=token(people.dave),
    )
    load([[*values, "state"], [*values.values(), "effective"]], "regulation")

    assert rest.status_code == 422
    states = set(
        db.session.scalars(select(Regulation.state).where(Regulation.title_ == "速成规定"))
    )
    assert states == {"draft"}


@pytest.mark.catalogue("R185")
def test_the_help_of_a_register_quotes_its_article_and_the_article_names_its_registers(
    people, as_
):
    helped = as_(people.dave).get("/customer_change_event/help").text
    article = as_(people.dave).get("/articles/D16/3.4(1)").text

    assert "重大变动" in helped
    assert "/articles/D16/3.4(1)" in helped
    assert "/customer_change_event/list/" in article


@pytest.mark.catalogue("R185")
def test_a_draft_may_be_deleted_and_what_has_a_number_may_not(people, as_):
    draft = store(a_regulation()).id

    as_(people.dave).post(f"/regulation/delete/{draft}")

    assert db.session.scalar(select(Regulation.id).where(Regulation.id == draft)) is None
    with pytest.raises(Refused), writing("cli"):
        db.session.delete(
            db.session.scalars(select(Regulation).where(Regulation.short_mark == "D16")).one()
        )
        db.session.flush()

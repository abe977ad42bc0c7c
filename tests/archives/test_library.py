"""The regulation library: what is in force, who says so, and what an article says."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.domains.archives import articles, library
from app.domains.archives.models import Regulation
from app.extensions import db
from app.records import Refused, check, writing
from tests.factories.archives import a_regulation


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


@pytest.mark.catalogue("R185")
def test_a_regulation_is_consulted_approved_by_another_and_put_into_force(people, as_):
    with writing("cli"):
        role = type(people.alice.user.roles[0])
        people.dave.user.roles = [
            *people.dave.user.roles,
            db.session.scalar(select(role).where(role.name == "general_manager")),
        ]
        people.carol.user.roles = [
            db.session.scalar(select(role).where(role.name == "general_manager"))
        ]
    officer, chief = as_(people.dave), as_(people.carol)
    officer.post(
        "/regulation/add",
        data={
            "title_": "盘点细则",
            "level": "detailed_rules",
            "interpreted_by": "信息部",
            "approved_by": "总经理",
        },
    )
    draft = db.session.scalars(select(Regulation).where(Regulation.title_ == "盘点细则")).one()
    place = "/regulation/action"
    assert (draft.state, draft.number) == ("draft", None)

    officer.post(f"{place}/consult/{draft.id}")
    officer.post(f"{place}/approve/{draft.id}")
    db.session.refresh(draft)
    assert draft.state == "consulting"  # nobody approves his own draft
    chief.post(f"{place}/approve/{draft.id}")
    db.session.refresh(draft)
    assert draft.state == "approved"
    assert draft.number.startswith("ZD-")
    officer.post(f"{place}/put_in_force/{draft.id}")
    db.session.refresh(draft)
    assert draft.state == "approved"  # without its day it is not in force
    with writing("cli"):
        draft.effective_on = date(2026, 4, 1)
    officer.post(f"{place}/put_in_force/{draft.id}")
    db.session.refresh(draft)
    assert draft.state == "effective"


@pytest.mark.catalogue("R185")
def test_what_is_in_force_is_revised_and_not_rewritten(app):
    regulation = db.session.scalars(select(Regulation).where(Regulation.short_mark == "D16")).one()

    with pytest.raises(Refused), writing("cli"):
        regulation.title_ = "改写"
        db.session.flush()


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

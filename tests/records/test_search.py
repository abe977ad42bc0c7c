"""The instant search: what it finds, in which order, and how many it says there are."""

from __future__ import annotations

import pytest

from app.domains.directory.models import Customer
from app.exchange.runs import person_of
from app.extensions import db
from app.records import search, void, writing
from app.registers import query
from app.security import scopes
from tests.factories.directory import a_customer, a_product


def store(*records):
    with writing("cli"):
        db.session.add_all(records)


def found(words: str, registers: tuple[str, ...] = ("customer", "product")) -> list[str]:
    return [one.title for one in search.find(db.session, words, registers)]


@pytest.mark.parametrize("newest", [1, 3, 1000])
@pytest.mark.parametrize("words", ["宁波", "ningbo", "nb", "宁"])
def test_what_stands_among_the_newest_and_what_the_index_holds_is_the_same(
    app, monkeypatch, newest, words
):
    monkeypatch.setattr(search, "NEWEST", newest)
    store(*(a_customer(name=f"宁波{n}号") for n in "甲乙丙"), a_customer(name="上海丁号"))
    store(a_product(name="宁波汤圆"))

    assert sorted(found(words)) == ["宁波丙号", "宁波乙号", "宁波汤圆", "宁波甲号"]
    assert found(words, ("product",)) == ["宁波汤圆"]
    assert found("宁波 甲") == ["宁波甲号"]


def test_of_a_common_word_the_newest_come_first(app, monkeypatch):
    monkeypatch.setattr(search, "NEWEST", 30)
    store(*(a_customer(name=f"公司{n:02}") for n in range(60)))

    titles = [one.title for one in search.find(db.session, "公司", ("customer",), limit=5)]

    assert titles == ["公司59", "公司58", "公司57", "公司56", "公司55"]


def test_a_list_says_how_many_it_found_and_counts_no_void_ones(app):
    kept, gone, other = (
        a_customer(name="宁波甲"),
        a_customer(name="宁波乙"),
        a_customer(name="上海"),
    )
    store(kept, gone, other)
    with writing("cli"):
        void(gone, "entered twice")

    asked = query.Asked(query="宁波")
    page = query.page(Customer, asked, scopes.THE_MACHINE, ["name"])

    assert ([one.name for one in page.records], page.total) == (["宁波甲"], 1)


def test_a_search_within_a_filter_counts_what_both_leave(app):
    store(*(a_customer(name=f"宁波{n}", district=n) for n in "甲乙"))

    asked = query.Asked(query="宁波", conditions=(("district", "is", "乙"),))
    page = query.page(Customer, asked, scopes.THE_MACHINE, ["name"])

    assert ([one.name for one in page.records], page.total) == (["宁波乙"], 1)


def test_who_sees_few_rows_is_told_how_many_of_them_were_found(people):
    store(
        a_customer(name="宁波甲", responsible_rep_id=people.alice.employee.id),
        a_customer(name="宁波乙"),
    )
    person = person_of(people.alice.id)

    page = query.page(Customer, query.Asked(query="宁波"), person, ["name"])

    assert ([one.name for one in page.records], page.total) == (["宁波甲"], 1)

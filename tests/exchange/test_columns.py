"""Columns find their fields by every name a field goes by, and nothing is guessed."""

from __future__ import annotations

import pytest

from app.exchange import columns, loading, runs
from app.records import FieldSpec, Kind, Refused, writing
from app.security.scopes import THE_MACHINE, person_of
from tests.exchange.sheets import load, xlsx

pytestmark = pytest.mark.usefixtures("app")


def target(name: str, label: str, **more: object) -> columns.Target:
    return columns.target_of(FieldSpec(name, label, Kind.LINE, **more), ("zh", "en"))  # type: ignore[arg-type]


def matched(headers: list[str], *targets: columns.Target, **more: object) -> dict[str, str]:
    return {m.header: m.target for m in columns.match(headers, targets, **more)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header", ["Telephone", "telephone *", "phone", "TEL", "联系电话", "Ｔelephone", "tele phone"]
)
def test_a_field_is_found_by_label_name_alias_and_catalogue_name(header):
    phone = target("phone", "Telephone", aliases=("联系电话",), catalogue="tel")

    assert matched([header], phone) == {header: "phone"}


def test_what_two_fields_go_by_is_left_to_the_person():
    one, other = target("phone", "Telephone"), target("mobile", "Telephone")

    (found,) = columns.match(["Telephone"], [one, other])

    assert found.target == ""
    assert set(found.candidates) == {"phone", "mobile"}


def test_a_label_is_better_news_than_an_alias():
    one, other = target("name", "Name"), target("short_name", "Short", aliases=("Name",))

    assert matched(["Name"], one, other) == {"Name": "name"}


def test_two_columns_do_not_fill_one_field():
    phone = target("phone", "Telephone", aliases=("Tel",))

    assert matched(["Telephone", "Tel"], phone) == {"Telephone": "", "Tel": ""}


def test_what_only_sounds_alike_is_proposed_and_not_taken():
    name = target("name", "客户名称")

    (found,) = columns.match(["客户的名称"], [name])

    assert (found.target, found.suggestion) == ("", "name")


def test_what_was_said_last_time_holds_for_the_same_headers(people):
    rows = [["Firma", "Art"], ["甲", "supplier"]]
    load(rows, mapping={"Firma": "name", "Art": "party_kind"}, simulate=True)

    with writing("cli"):
        _run, found = runs.receive("customer", xlsx(rows), "again.xlsx", THE_MACHINE)

    assert {m.header: (m.target, m.by) for m in found} == {
        "Firma": ("name", "kept"),
        "Art": ("party_kind", "kept"),
    }


def test_a_column_left_out_stays_left_out_and_an_undecided_one_does_not(people):
    rows = [["name", "party_kind", "phone"], ["甲", "supplier", "1"]]
    load(rows, mapping={"phone": ""}, simulate=True)

    with writing("cli"):
        _run, found = runs.receive("customer", xlsx(rows), "again.xlsx", THE_MACHINE)

    assert {m.header: m.target for m in found}["phone"] == columns.LEFT_OUT


def test_hidden_and_read_only_fields_are_no_targets(people):
    person = person_of(people.dave.user)
    names = {t.name for t in loading.targets_of("customer", person)}

    assert {"number", "name", "party_kind", "owner_dept_id", "remark"} <= names
    assert not names & {"credit_limit", "abc_class", "state", "created_at", "archive_opened_on"}


def test_a_column_the_house_fills_itself_says_so(people):
    rows = [["name", "credit_limit"], ["甲", "1"]]

    with writing("cli"):
        _run, found = runs.receive("customer", xlsx(rows), "a.xlsx", THE_MACHINE)

    assert found[1].target == ""
    assert found[1].note


def test_lines_are_named_after_what_they_belong_to():
    advice = FieldSpec("advice", "Advice", Kind.LINES, relation="advice_lines")
    amount = columns.target_of(FieldSpec("amount", "Amount", Kind.MONEY), ("en",), line=advice)

    for header in ("Advice / Amount", "advice.amount", "Advice-Amount"):
        assert matched([header], amount) == {header: "advice.amount"}


def test_a_column_that_is_not_in_the_sheet_cannot_be_mapped(people):
    with pytest.raises(Refused, match="Firma"):
        load([["name"], ["甲"]], mapping={"Firma": "name"})


def test_a_field_that_is_not_there_cannot_be_filled(people):
    with pytest.raises(Refused, match="colour"):
        load([["name", "x"], ["甲", "1"]], mapping={"x": "colour"})
    with pytest.raises(Refused, match="colour"):
        load([["name"], ["甲"]], fixed={"colour": "red"})


def test_every_register_reads_its_own_template(app):
    """In both languages each header of each template finds its field, and only that."""
    from flask_babel import force_locale

    from app.exchange.questions import press

    wrong = []
    for register in app.extensions["registers"]:
        if not press().is_loadable(register):
            continue
        for language in ("zh", "en"):
            with force_locale(language):
                targets = loading.targets_of(register, THE_MACHINE)
                found = columns.match([t.label for t in targets], targets)
            wrong += [
                (register, language, one.header, one.note)
                for one, target in zip(found, targets, strict=True)
                if one.target != target.name
            ]
    assert wrong == []

"""The same from the command line."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.directory.models import Customer
from app.exchange.models import ImportRun
from app.exchange.sheet import open_sheet
from app.extensions import db
from tests.exchange.sheets import load


@pytest.fixture
def flask(app, people):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=list(words))


@pytest.fixture
def sheet(tmp_path):
    file = tmp_path / "客户.csv"
    file.write_text("Firma,phone\n甲公司,1\n,2\n", "utf-8")
    return str(file)


def test_load_tries_first_and_tells_programs_everything(flask, sheet):
    done = flask("load", "customer", sheet, "--map", "Firma=name", "--set", "party_kind=supplier", "--simulate", "--json")  # fmt: skip

    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (said["loaded"], said["counts"]["new"], said["counts"]["bad"]) == (False, 1, 1)
    assert said["faults"][0]["row"] == 3
    assert db.session.scalars(select(Customer)).all() == []


def test_load_is_all_or_nothing_unless_good_rows_are_enough(flask, sheet):
    words = ("load", "customer", sheet, "--map", "Firma=name", "--set", "party_kind=supplier")

    assert flask(*words).exit_code == 1
    assert db.session.scalars(select(Customer)).all() == []
    assert flask(*words, "--good-rows-only").exit_code == 0

    assert [c.name for c in db.session.scalars(select(Customer))] == ["甲公司"]


def test_load_says_what_is_wrong_with_the_words(flask, sheet):
    for words in (
        ("load", "customers", sheet),
        ("load", "customer", sheet, "--map", "Firma"),
        ("load", "customer", sheet, "--map", "Name=name"),
        ("load", "customer", sheet, "--recipe", "soup"),
    ):
        done = flask(*words)
        assert done.exit_code != 0
        assert "Traceback" not in done.output


def test_an_import_is_undone_by_its_number(flask):
    run = load([["name", "party_kind"], ["甲公司", "supplier"]])

    assert flask("undo-load", str(run.id), "--reason", "表错了").exit_code == 0
    assert flask("undo-load", str(run.id), "--reason", "再来").exit_code == 1

    db.session.expire_all()
    assert db.session.scalars(select(Customer)).one().is_void
    assert db.session.get(ImportRun, run.id).undo_reason == "表错了"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_export_writes_the_rows_that_fit(flask, tmp_path, ending):
    load(
        [
            ["name", "party_kind", "is_vip"],
            ["甲公司", "supplier", "是"],
            ["乙公司", "dealer", "否"],
        ]
    )
    target = tmp_path / f"out.{ending}"

    done = flask("export", "customer", "--where", "is_vip:is:1", "--columns", "name,phone", "-o", str(target))  # fmt: skip

    assert done.exit_code == 0, done.output
    with target.open("rb") as file:
        assert [cells[0] for _n, cells in open_sheet(file, target.name).rows()] == ["甲公司"]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.channel, entry.details["rows"]) == ("cli", 1)


def test_export_refuses_a_condition_that_says_nothing(flask, tmp_path):
    done = flask("export", "customer", "--where", "colour:is:red", "-o", str(tmp_path / "a.csv"))

    assert done.exit_code == 1
    assert "colour" in done.output


def test_print_takes_the_name_and_the_code_of_a_form(flask, tmp_path):
    load([["name", "party_kind"], ["甲公司", "supplier"]])
    number = db.session.scalars(select(Customer)).one().number

    for form, words in (("E02", (number,)), ("customer_file", ("1",)), ("E01", ())):
        target = tmp_path / f"{form}.pdf"
        done = flask("print", form, *words, "-o", str(target))
        assert done.exit_code == 0, done.output
        assert target.read_bytes().startswith(b"%PDF")
    assert flask("print", "E02", "KH-1", "-o", str(tmp_path / "x.pdf")).exit_code == 1
    assert flask("print", "E999", "1", "-o", str(tmp_path / "x.pdf")).exit_code == 1

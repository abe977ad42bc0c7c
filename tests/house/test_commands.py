"""The house from the command line, and the steps of a deploy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, make_url, text

from app.extensions import db
from app.security import users
from tests.databases import fresh_database
from tests.house import processes
from tests.house.walk import REGISTERS


@pytest.fixture
def shell(app):
    def run(*words):
        done = app.test_cli_runner().invoke(args=list(words))
        assert done.exit_code == 0, done.output
        return done.output

    return run


def test_registers_are_listed_with_fields_and_articles(shell):
    rows = {row["name"]: row for row in json.loads(shell("registers", "--json"))}

    assert {name for name, row in rows.items() if row["kind"] != "lines"} == set(REGISTERS)
    assert rows["trade_card_asset"]["code"] == "R31"
    customer = rows["customer"]
    assert (customer["code"], customer["titles"]["zh"], customer["domain"]) == (
        "R01", "客户档案", "customers",
    )  # fmt: skip
    fields = {field["name"]: field for field in customer["fields"]}
    assert fields["name"]["required"]
    assert {"value": "dealer", "label": "经销商"} in fields["party_kind"]["choices"]
    assert "E02" in customer["printouts"]


def test_the_trace_names_places_tests_and_articles(shell):
    found = json.loads(shell("trace", "--json"))

    assert "app.domains.directory.rules:customer_is_entered_once" in found["BR-001"]["places"]
    assert "app.domains.directory.models:Customer" in found["R01"]["places"]
    assert any("test_chain" not in name for name in found["BR-004"]["tests"])
    assert "D16§2" in found["R01"]["articles"]


def test_an_account_is_made_listed_closed_and_opened(shell, app):
    password = shell("users", "add", "frank", "周凯", "--role", "service_staff").strip()

    rows = {row["username"]: row for row in json.loads(shell("users", "list", "--json"))}
    assert rows["frank"]["roles"] == ["employee", "service_staff"]
    door = app.test_client().post("/login/", data={"username": "frank", "password": password})
    assert door.status_code == 302
    shell("users", "close", "frank")
    assert not users.find("frank").active
    shell("users", "open", "frank")
    db.session.expire_all()
    assert users.find("frank").active


def test_a_password_read_from_outside_meets_the_policy(app, people):
    runner = app.test_cli_runner()

    weak = runner.invoke(args=["users", "password", "alice", "--stdin"], input="12345678\n")
    good = runner.invoke(
        args=["users", "password", "alice", "--stdin"], input="Leiter-Quarz-55-Moos\n"
    )

    assert weak.exit_code == 1
    assert "Traceback" not in weak.output
    assert good.exit_code == 0


def test_the_description_of_rest_names_every_register_and_only_its_fields(client, people, token):
    with client.get("/api/v1/_openapi", headers=token(people.alice)) as answer:
        described = json.loads(answer.data)

    assert described["openapi"] == "3.0.3"
    for register in REGISTERS:
        assert f"/api/v1/{register}/" in described["paths"]
    written = described["components"]["schemas"]["customer_write"]["properties"]
    assert "name" in written
    assert not {"number", "state", "credit_limit", "created_by_id"} & set(written)


def test_the_description_is_for_who_is_signed_in(client):
    assert client.get("/api/v1/_openapi").status_code == 401


@pytest.mark.processes
def test_four_machines_deploy_at_once_onto_an_empty_database(tmp_path):
    database = fresh_database("four", tmp_path)
    try:
        env = processes.environment(tmp_path, database.url)
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "run", "sync"],
                cwd=processes.ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
            for _n in range(4)
        ]  # fmt: skip
        said = [one.communicate(timeout=240)[0] for one in started]

        assert [one.returncode for one in started] == [0, 0, 0, 0], "\n".join(said)
        engine = create_engine(make_url(database.url))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM ab_user")) == 1
            assert connection.scalar(text("SELECT count(*) FROM business_type")) == 7
            doubles = "SELECT count(*) - count(DISTINCT name) FROM ab_role"
            assert connection.scalar(text(doubles)) == 0
        engine.dispose()
    finally:
        database.remove()


@pytest.mark.processes
def test_a_second_sync_changes_nothing_an_office_has_edited(app, shell, people):
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE role_scope SET scope = 'own' WHERE register = 'product'"))
        connection.execute(text("UPDATE business_type SET name = '改名' WHERE order_no = 1"))

    shell("sync")

    with db.engine.connect() as connection:
        assert connection.scalars(
            text("SELECT DISTINCT scope FROM role_scope WHERE register = 'product'")
        ).all() == ["own"]
        assert connection.scalar(text("SELECT count(*) FROM business_type")) == 7

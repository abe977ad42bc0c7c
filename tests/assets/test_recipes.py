"""Devices from the lists of other systems: what they do not know is given once, and nothing is guessed."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.domains.assets import recipes
from app.domains.assets.models import ITDevice
from app.exchange.recipe import Unfit
from app.extensions import db

SNIPE = (
    "Asset Tag",
    "Name",
    "Category",
    "Manufacturer",
    "Model",
    "Purchase Date",
    "Purchase Cost",
)
NETBOX = (
    "id",
    "name",
    "asset_tag",
    "serial",
    "status",
    "role",
    "manufacturer",
    "model",
    "site",
    "rack",
)
GIVEN = ("--set", "department=行政部", "--set", "manager=陈勇", "--set", "owner_kind=central")


def load(app, folder, recipe, headers, *rows, given=GIVEN):
    text = io.StringIO()
    csv.writer(text).writerows([headers, *rows])
    sheet = folder / "sheet.csv"
    sheet.write_text(text.getvalue(), "utf-8")
    return app.test_cli_runner().invoke(
        args=[
            "load",
            "it_device",
            str(sheet),
            "--recipe",
            recipe,
            *given,
            "--good-rows-only",
            "--json",
        ]
    )


def devices():
    return {d.number: d for d in db.session.scalars(select(ITDevice).order_by(ITDevice.id))}


@pytest.mark.catalogue("R113")
def test_assets_of_snipe_it_become_devices_with_their_own_numbers(app, people, tmp_path):
    done = load(
        app, tmp_path, "snipe_it_assets", SNIPE,
        ("ICC-1", "前台电脑", "Laptops", "Lenovo", "T14", "1/23/23", "2266.13"),
        ("ICC-2", "会议桌", "Furniture", "", "", "", ""),
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    found = devices()
    laptop, table = found["ICC-1"], found["ICC-2"]
    assert (laptop.category, laptop.purchased_on, laptop.price) == (
        "computer", date(2023, 1, 23), Decimal("2266.13"),
    )  # fmt: skip
    assert (table.category, table.remark) == ("other", "Furniture")
    assert (laptop.dept_id, laptop.device_manager_id) == (
        people.office.id,
        people.dave.employee.id,
    )


@pytest.mark.catalogue("R113")
def test_serial_number_and_warranty_of_snipe_it_come_along(app, people, tmp_path):
    done = load(
        app, tmp_path, "snipe_it_assets", (*SNIPE, "Serial Number", "Warranty Months"),
        ("ICC-1", "前台电脑", "Laptops", "Lenovo", "T14", "8/31/23", "", "PF-1", "18"),
        ("ICC-2", "打印机", "Printers", "", "", "", "", "PF-2", "12"),
        ("ICC-3", "另一台", "Printers", "", "", "", "", "PF-1", ""),
        ("ICC-4", "永保", "Printers", "", "", "8/31/23", "", "PF-4", "99999"),
    )  # fmt: skip

    found = devices()
    assert set(found) == {"ICC-1", "ICC-2"}, done.output
    assert (found["ICC-1"].serial, found["ICC-1"].warranty_until) == ("PF-1", date(2025, 2, 28))
    assert found["ICC-2"].warranty_until is None  # nobody knows from when
    assert {fault["row"] for fault in json.loads(done.output)["faults"]} == {4, 5}


@pytest.mark.catalogue("R113")
def test_bad_rows_are_named_one_by_one_and_the_others_come_in(app, people, tmp_path):
    done = load(
        app, tmp_path, "snipe_it_assets", SNIPE,
        ("A-1", "好的", "Desktop", "", "", "", ""),
        ("A-2", "", "Desktop", "", "", "", ""),
        ("", "没有标签", "Desktop", "", "", "", ""),
        ("A-4", "坏日期", "Desktop", "", "", "23/1/23", ""),
        ("A-5", "坏价格", "Desktop", "", "", "", "many"),
    )  # fmt: skip

    assert set(devices()) == {"A-1"}
    said = json.loads(done.output)
    assert {fault["row"] for fault in said["faults"]} == {3, 4, 5, 6}


@pytest.mark.catalogue("R113")
def test_devices_of_netbox_take_state_and_kind_from_status_and_role(app, people, tmp_path):
    load(
        app, tmp_path, "netbox_devices", NETBOX,
        ("1", "core-sw1", "", "S1", "active", "Core Switch", "Huawei", "S5735", "总部", "机柜1"),
        ("2", "fw1", "ZC-9", "S2", "failed", "Firewall", "Huawei", "USG", "总部", ""),
        ("3", "pdu1", "", "", "active", "PDU", "", "", "", ""),
    )  # fmt: skip

    found = devices()
    assert (found["NB-1"].category, found["NB-1"].state, found["NB-1"].location) == (
        "connection", "in_use", "总部 机柜1",
    )  # fmt: skip
    assert (found["ZC-9"].category, found["ZC-9"].state) == ("bridge", "awaiting_repair")
    assert (found["NB-3"].category, found["NB-3"].remark) == ("other", "PDU")


@pytest.mark.catalogue("R113")
def test_a_manager_whom_two_people_could_be_is_not_guessed(app, people, tmp_path):
    from app.records import writing
    from tests.factories.directory import an_employee

    with writing("cli"):
        db.session.add(an_employee(name="陈勇"))

    done = load(
        app, tmp_path, "netbox_devices", NETBOX,
        ("1", "core-sw1", "", "", "active", "Switch", "", "", "", ""),
    )  # fmt: skip

    assert devices() == {}
    assert people.dave.employee.number in done.output


@pytest.mark.parametrize("text", ["13/1/23", "2023-01-23", "soon"])
def test_a_day_that_is_not_american_is_refused(app, text):
    with app.test_request_context(), pytest.raises(Unfit):
        recipes.american_day(text)


def test_words_of_others_mean_our_kinds_or_other(app):
    assert recipes.kind_of("Distribution Switch") == "connection"
    assert recipes.kind_of("Application Server") == "server"
    assert recipes.kind_of("Ornamental Railings") == "other"
    assert recipes.kind_of("Laptops") == "computer"
    for word in ("Cups and Saucers", "Switchgear", "Working Groups", "Github Licences"):
        assert recipes.kind_of(word) == "other"

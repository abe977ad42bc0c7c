"""Devices and who has them."""

from __future__ import annotations

import itertools
from typing import Any

from app.domains.assets.models import DeviceAssignment, ITDevice
from app.records import clock
from tests.factories import makes
from tests.factories.directory import an_employee

_next = itertools.count(1)


@makes("it_device")
def a_device(**values: Any) -> ITDevice:
    manager = values.pop("device_manager", None) or an_employee()
    return ITDevice(
        **{
            "name": f"台式机{next(_next)}",
            "category": "computer",
            "dept": manager.dept,
            "owner_kind": "department",
            "device_manager": manager,
        }
        | values
    )


@makes("device_assignment")
def an_assignment(**values: Any) -> DeviceAssignment:
    device = values.pop("device", None) or a_device()
    person = values.pop("person", None) or an_employee()
    return DeviceAssignment(
        **{"device": device, "person": person, "dept": person.dept, "assigned_on": clock.today()}
        | values
    )

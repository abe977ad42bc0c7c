"""Devices and who has them."""

from __future__ import annotations

import itertools
from typing import Any

from app.domains.assets.lifecycle import (
    DeviceRepair,
    DeviceScrap,
    DeviceTransfer,
    TechnicalAppraisal,
)
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


@makes("technical_appraisal")
def an_appraisal(**values: Any) -> TechnicalAppraisal:
    return TechnicalAppraisal(
        **{
            "device": values.pop("device", None) or a_device(),
            "purpose": "fault",
            "fault_cause": "主板电容鼓包",
            "result": "无修复价值",
            "technician": values.pop("technician", None) or an_employee(),
        }
        | values
    )


@makes("device_transfer")
def a_transfer(**values: Any) -> DeviceTransfer:
    device = values.pop("device", None) or a_device()
    manager = values.pop("new_manager", None) or an_employee()
    return DeviceTransfer(
        **{
            "device": device,
            "kind": "transfer",
            "from_dept": device.dept,
            "to_dept": manager.dept,
            "new_manager": manager,
            "reason": "新设岗位需要",
        }
        | values
    )


@makes("device_scrap")
def a_scrap(**values: Any) -> DeviceScrap:
    return DeviceScrap(
        **{"device": values.pop("device", None) or a_device(), "reason": "使用满八年，无法修复"}
        | values
    )


@makes("device_repair")
def a_repair(**values: Any) -> DeviceRepair:
    return DeviceRepair(
        **{
            "device": values.pop("device", None) or a_device(),
            "reported_by": values.pop("reported_by", None) or an_employee(),
            "noticed_on": clock.today(),
            "fault_kind": "hardware",
            "fault": "开机无显示",
        }
        | values
    )

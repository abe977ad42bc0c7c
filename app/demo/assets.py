"""Devices are filed, handed out and signed for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from app.demo.company import PEOPLE
from app.demo.story import Story
from app.domains.assets import operations as devices
from app.domains.assets.models import DeviceAssignment, ITDevice, LifespanAdvice
from app.extensions import db
from app.records.moving import moving


def hand_out_devices(story: Story) -> None:
    manager = story.people["device_manager"]
    kinds = (
        ("联想台式计算机", "computer", "联想", "启天 M455", 4600), ("激光打印机", "peripheral", "惠普", "LaserJet M404", 2100),
        ("笔记本电脑", "computer", "华为", "MateBook B5", 6800), ("接入交换机", "connection", "华为", "S1730S", 1500),
        ("不间断电源", "ups", "山特", "C3K", 3900), ("图形工作站", "workstation", "戴尔", "Precision 3660", 12800),
    )  # fmt: skip
    made: list[ITDevice] = []
    with story.as_("device_manager"):
        for number in range(36):
            name, category, brand, model, price = kinds[number % len(kinds)]
            bought = story.today - timedelta(days=100 + number * 45)
            device = ITDevice(
                name=f"{name}{number + 1:02}",
                category=category,
                brand=brand,
                model=model,
                serial=f"SN{20260000 + number}",
                dept_id=manager.dept_id,
                owner_kind="department" if number % 3 else "central",
                device_manager_id=manager.id,
                location=f"{number % 4 + 1}楼{100 + number}室",
                placement=("ventilated", "dust_free"),
                supplier="宁波数码科技有限公司",
                purchased_on=bought,
                price=Decimal(price),
                warranty_until=bought + timedelta(days=1095),
                advice=[
                    LifespanAdvice(
                        on=story.today - timedelta(days=90),
                        use_life="5年",
                        reliability="良好",
                        advice="每季度除尘",
                        order_no=0,
                    )
                ]
                if number % 4 == 0
                else [],
            )
            db.session.add(device)
            made.append(device)
        db.session.flush()
    assignments: list[tuple[str, DeviceAssignment]] = []
    with story.as_("device_manager"):
        for device, role in zip(made, PEOPLE, strict=False):
            person = story.people[role]
            assignment = DeviceAssignment(
                device=device,
                person=person,
                dept_id=manager.dept_id,
                assigned_on=story.today - timedelta(days=30),
                division_of_work="日常办公",
            )
            db.session.add(assignment)
            db.session.flush()
            assignments.append((role, assignment))
            if len(assignments) == 24:
                break
    for role, assignment in assignments[:18]:
        with story.as_(role):
            devices.sign_for(assignment)
    with story.as_("device_manager"):
        for _role, assignment in assignments[:2]:
            devices.take_back(assignment)
        moving("awaiting_repair")(made[5], "开机无显示")

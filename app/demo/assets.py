"""Devices are filed, handed out and signed for; then they are moved, repaired and scrapped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from app.demo.company import PEOPLE
from app.demo.story import Story
from app.domains.assets import operations as devices
from app.domains.assets import upkeep
from app.domains.assets.lifecycle import (
    DeviceRepair,
    DeviceScrap,
    DeviceTransfer,
    TechnicalAppraisal,
)
from app.domains.assets.models import DeviceAssignment, ITDevice, LifespanAdvice
from app.extensions import db
from app.records import clock
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


def look_after_devices(story: Story) -> None:
    """Moved, repaired, scrapped: some of it done, some under way, some too late."""
    with story.as_("it_head"):
        story.people["it_head"].dept.keeps_it_assets = True
    made = list(db.session.scalars(select(ITDevice).order_by(ITDevice.id)))
    _move(story, made)
    _repair(story, made)
    _scrap(story, made)


def _appraise(
    story: Story, device: ITDevice, purpose: str, result: str, cause: str = "", days_ago: int = 0
) -> TechnicalAppraisal:
    with story.as_("network_system_admin", days_ago):
        appraisal = TechnicalAppraisal(
            device=device,
            purpose=purpose,
            fault_cause=cause or None,
            result=result,
            technician=story.people["network_system_admin"],
        )
        db.session.add(appraisal)
    with story.as_("it_head", days_ago, hour=15):
        upkeep.issue(appraisal)
    return appraisal


def _move(story: Story, made: list[ITDevice]) -> None:
    buyer, home = story.people["procurement"], story.people["device_manager"].dept
    office = story.people["it_head"]

    def move(place: int, kind: str, reason: str, to: object, manager: object) -> DeviceTransfer:
        with story.as_("department_head", 9):
            transfer = DeviceTransfer(
                device=made[place], kind=kind, to_dept=to, new_manager=manager, reason=reason
            )
            db.session.add(transfer)
        return transfer

    gone = move(24, "transfer", "采购部新设合同专员岗位，需一台台式机。", buyer.dept, buyer)
    case = story.submit("department_head", gone, 9)
    fit = _appraise(story, made[24], "transfer", "性能良好，可以调拨使用。", days_ago=8)
    story.decide(case, "approve", "同意调拨。", 8, values={"appraisal_id": fit.id})
    move_inside = move(25, "redeployment", "打印机改放二号车间。", home, None)
    story.submit("department_head", move_inside, 9)
    recalled = move(26, "recall", "岗位撤销，笔记本电脑交回。", office.dept, office)
    story.submit("department_head", recalled, 2)
    move(27, "transfer", "交换机拟调给采购部。", buyer.dept, buyer)
    refused = move(28, "transfer", "不间断电源调给采购部。", buyer.dept, buyer)
    story.decide(
        story.submit("department_head", refused, 7),
        "reject",
        "本部门机柜仍需使用，不同意调拨。",
        6,
    )
    _appraise(story, made[35], "purchase", "图形工作站满足三维设计要求，建议按此配置采购。")


def _repair(story: Story, made: list[ITDevice]) -> None:
    roles = list(PEOPLE)
    technician = story.people["network_system_admin"]

    def report(place: int, fault: str, kind: str, days_ago: int, *, late: int = 0) -> DeviceRepair:
        with story.as_(roles[place], days_ago, hour=9):
            repair = DeviceRepair(
                device=made[place],
                reported_by=story.people[roles[place]],
                noticed_on=clock.today() - timedelta(days=late),
                fault_kind=kind,
                fault=fault,
            )
            db.session.add(repair)
        return repair

    def assign(place: int, fault: str, kind: str, days_ago: int, *, late: int = 0) -> DeviceRepair:
        repair = report(place, fault, kind, days_ago, late=late)
        case = story.submit(roles[place], repair, days_ago)
        story.decide(
            case, "approve", "请戚军到场处理。", days_ago, values={"technician_id": technician.id}
        )
        return repair

    def on_site(place: int, fault: str, kind: str, days_ago: int) -> DeviceRepair:
        repair = assign(place, fault, kind, days_ago)
        with story.as_("network_system_admin", days_ago, hour=15):
            upkeep.arrive(repair)
        return repair

    def fixed(place: int, fault: str, kind: str, record: str, days_ago: int) -> DeviceRepair:
        repair = on_site(place, fault, kind, days_ago)
        with story.as_("network_system_admin", days_ago, hour=17):
            repair.repair_record = record
            upkeep.fix(repair)
        return repair

    done = fixed(6, "开机蓝屏，反复重启。", "hardware", "更换内存条一根，连续测试两小时正常。", 18)
    with story.as_("network_system_admin", 18, hour=17):
        done.parts, done.cost = "DDR4 8G 内存条", Decimal(260)
    with story.as_(roles[6], 17):
        upkeep.accept(done)
    fixed(7, "打印有黑条。", "hardware", "清洁定影组件，更换硒鼓。", 1)
    on_site(8, "无法登录业务系统。", "software", 1)
    assign(9, "网口灯不亮。", "hardware", 1)
    story.submit(roles[10], report(10, "蓄电池鼓包报警。", "hardware", 0))
    sent = on_site(11, "显卡花屏，无法作图。", "hardware", 12)
    with story.as_("network_system_admin", 12, hour=16):
        upkeep.cannot_fix(sent, "现场无备件")
    found = _appraise(story, made[11], "fault", "显卡损坏，可由定点公司更换。", "显卡核心虚焊", 11)
    with story.as_("network_system_admin", 10):
        sent.appraisal = found
        db.session.flush()
        upkeep.send_out(sent)
    waiting = on_site(12, "硬盘异响，读写缓慢。", "hardware", 3)
    with story.as_("network_system_admin", 3, hour=16):
        upkeep.cannot_fix(waiting, "需开盘检测")
    lost = on_site(13, "进水后无法开机。", "hardware", 15)
    with story.as_("network_system_admin", 15, hour=16):
        upkeep.cannot_fix(lost, "主板腐蚀")
    verdict = _appraise(
        story,
        made[13],
        "fault",
        "主板及电源腐蚀，维修费用超过残值，建议报废。",
        "饮料泼溅进水",
        14,
    )
    with story.as_("network_system_admin", 13):
        lost.appraisal = verdict
        db.session.flush()
        upkeep.give_up(lost)
    no_fault = report(14, "电脑很慢。", "software", 6)
    story.decide(
        story.submit(roles[14], no_fault, 6), "reject", "已远程查看，系统升级中，属正常现象。", 6
    )
    assign(15, "指示灯全灭，部门断网。", "hardware", 4, late=2)
    report(16, "切换电池时断电。", "hardware", 0)


def _scrap(story: Story, made: list[ITDevice]) -> None:
    def ask(place: int, reason: str) -> DeviceScrap:
        with story.as_("device_manager", 20):
            scrap = DeviceScrap(device=made[place], reason=reason)
            db.session.add(scrap)
        return scrap

    def approve(place: int, reason: str, result: str) -> DeviceScrap:
        scrap = ask(place, reason)
        case = story.submit("device_manager", scrap, 20)
        story.decide(case, "approve", "同意报废。", 19)
        appraisal = _appraise(story, made[place], "scrap", result, days_ago=18)
        story.decide(case, "approve", "鉴定属实。", 18, values={"appraisal_id": appraisal.id})
        story.approve_all(case, days_ago=17)
        return scrap

    gone = approve(
        29, "使用八年，图形性能已不能满足设计软件要求。", "设备老化，无升级价值，同意报废。"
    )
    with story.as_("it_head", 10):
        gone.data_wiped, gone.disposal_way, gone.residual_value = True, "recycled", Decimal(300)
        db.session.flush()
        upkeep.dispose(gone)
    approve(30, "主板故障，市场无配件更换。", "市场已无同型号配件，同意报废。")
    story.submit("device_manager", ask(31, "打印机定影组件损坏，维修费用过高。"), 1)
    ask(32, "笔记本电脑电池无法充电。")
    kept = ask(33, "端口老化。")
    story.decide(story.submit("device_manager", kept, 5), "reject", "仍可降级使用，暂不报废。", 4)

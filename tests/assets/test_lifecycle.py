"""A device is moved, appraised, repaired and scrapped."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalTask
from app.domains.assets import operations, rules, upkeep
from app.domains.assets.lifecycle import DeviceScrap
from app.extensions import db
from app.notices.models import Notification
from app.organisation.rules import why_not_leave
from app.records import Actor, NotAllowed, Refused, check, clock, settings, void, writing
from tests.clock import on
from tests.exchange.rights import give
from tests.factories.assets import (
    a_device,
    a_repair,
    a_scrap,
    a_transfer,
    an_appraisal,
    an_assignment,
)
from tests.factories.directory import a_department, a_post, an_employee
from tests.people import hire

_key = itertools.count(1)


@pytest.fixture
def staff(people):
    """Who has to do with devices: manager and head of one department, the device office, the technician."""

    class Staff:
        pass

    with writing("cli"):
        post, dept = people.alice.employee.post, people.sales
        made = Staff()
        made.manager = hire("mia", "章宏", dept, post, "device_manager")
        made.office = hire("ivan", "谢东", people.office, post, "it_head")
        made.technician = hire("nick", "戚军", people.office, post, "network_system_admin")
        made.boss = hire("gina", "高敏", people.office, post, "general_manager")
        made.buyer = hire("paul", "苏强", people.office, post, "procurement")
        made.head, made.user, made.people = people.bob, people.alice, people
    return made


def by(somebody):
    return writing("ui", Actor(somebody.id, somebody.employee.name))


def store(somebody, *records):
    with by(somebody):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def submit(record, somebody):
    with by(somebody):
        return casework.submit(record, key=f"s{next(_key)}").case


def asked(case):
    query = select(ApprovalTask).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == "open"
    )
    return list(db.session.scalars(query))


def act(case, somebody, name="approve", **more):
    (task,) = (t for t in asked(case) if t.assignee_id == somebody.id)
    with by(somebody):
        return casework.act(task.id, name, key=f"a{next(_key)}", opinion="同意", **more)


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


def a_device_of(staff, **values):
    manager = staff.manager.employee
    return store(staff.manager, a_device(device_manager=manager, dept=manager.dept, **values))


def signed_appraisal(staff, device, purpose):
    appraisal = store(
        staff.technician,
        an_appraisal(device=device, purpose=purpose, technician=staff.technician.employee),
    )
    with by(staff.office):
        upkeep.issue(appraisal)
    return appraisal


# -- appraisal ---------------------------------------------------------------------------------------


@pytest.mark.catalogue("R117")
def test_an_appraisal_of_a_fault_says_its_cause_and_what_is_gone_is_not_appraised(app):
    assert refused(an_appraisal(fault_cause=" ")) == {"fault_cause"}
    assert refused(an_appraisal(purpose="scrap", fault_cause=None)) == set()
    assert refused(an_appraisal(device=a_device(state="scrapped"))) == {"device_id"}


@pytest.mark.catalogue("R117", "BR-171")
def test_the_device_office_signs_the_appraisal_and_nobody_his_own(staff):
    appraisal = store(staff.technician, an_appraisal())

    with pytest.raises(Refused), by(staff.technician):
        upkeep.issue(appraisal)
    with by(staff.office):
        upkeep.issue(appraisal)

    assert (appraisal.state, appraisal.signed_by_id) == ("issued", staff.office.id)
    with pytest.raises(Refused), by(staff.technician):
        appraisal.result = "可以修复"
    own = store(staff.office, an_appraisal())
    with pytest.raises(Refused), by(staff.office):
        upkeep.issue(own)


# -- transfer ----------------------------------------------------------------------------------------


@pytest.mark.catalogue("R115")
def test_each_kind_of_move_leads_where_the_regulation_says(app):
    device = a_device()
    home, other = device.dept, a_department()

    def move(kind, to, **values):
        manager = an_employee(post=a_post(dept=to))
        return refused(
            a_transfer(device=device, kind=kind, to_dept=to, new_manager=manager, **values)
        )

    assert move("transfer", other) == set()
    assert move("transfer", home) == {"to_dept_id"}
    assert move("recall", other) == {"to_dept_id"}
    other.keeps_it_assets = True
    assert move("recall", other) == set()
    assert move("redeployment", home) == set()
    assert move("redeployment", other) == {"kind"}
    device.owner_kind = "central"
    assert move("redeployment", other) == set()


@pytest.mark.catalogue("R115", "BR-110")
def test_the_new_department_names_a_device_manager_who_works_there(app):
    nobody = a_transfer()
    nobody.new_manager = None
    assert refused(nobody) == {"new_manager_id"}
    assert refused(a_transfer(new_manager=an_employee(), to_dept=a_department())) == {
        "new_manager_id"
    }


@pytest.mark.catalogue("R115")
@pytest.mark.parametrize("state", ["awaiting_repair", "out_for_repair", "scrapping", "scrapped"])
def test_what_is_in_repair_or_given_up_is_not_moved(app, state):
    assert refused(a_transfer(device=a_device(state=state))) == {"device_id"}


@pytest.mark.catalogue("AF-49", "BR-111", "R115")
def test_a_transfer_is_appraised_then_approved_and_takes_the_device_along(staff):
    device = a_device_of(staff)
    assignment = store(staff.manager, an_assignment(device=device))
    transfer = store(staff.head, a_transfer(device=device))
    case = submit(transfer, staff.head)
    assert (transfer.state, transfer.from_dept_id) == ("pending", staff.people.sales.id)

    with pytest.raises(Refused) as no:
        act(case, staff.office)
    assert no.value.refusals[0].field == "appraisal_id"
    fitting = signed_appraisal(staff, device, "transfer")
    for wrong in (
        signed_appraisal(staff, device, "scrap"),
        signed_appraisal(staff, a_device(), "transfer"),
        store(staff.technician, an_appraisal(device=device, purpose="transfer")),
    ):
        with pytest.raises(Refused) as no:
            act(case, staff.office, values={"appraisal_id": wrong.id})
        assert no.value.refusals[0].field == "appraisal_id"
    act(case, staff.office, values={"appraisal_id": fitting.id})

    assert (transfer.state, transfer.moved_on) == ("done", clock.today())
    assert device.dept_id == transfer.to_dept_id
    assert device.device_manager_id == transfer.new_manager_id
    assert (device.state, device.assigned_person) == ("idle", None)
    assert assignment.state == "returned"


@pytest.mark.catalogue("AF-49", "R115")
def test_inside_the_department_it_redeploys_its_own_devices_without_a_signature(staff):
    own, central = a_device_of(staff), a_device_of(staff, owner_kind="central")
    moves = [
        store(
            staff.head,
            a_transfer(
                device=device,
                kind="redeployment",
                to_dept=staff.people.sales,
                new_manager=staff.manager.employee,
            ),
        )
        for device in (own, central)
    ]

    for move in moves:
        submit(move, staff.head)

    assert [move.state for move in moves] == ["done", "pending"]
    assert [move.needs_device_office for move in moves] == [False, True]


@pytest.mark.catalogue("AF-49", "R115")
def test_where_the_companys_regulations_hold_general_affairs_moves_devices_alone(staff):
    with writing("cli"):
        settings.put("approval_preset", "company")
    device = a_device_of(staff)
    transfer = store(staff.head, a_transfer(device=device))

    case = submit(transfer, staff.head)
    act(case, staff.office)

    assert case.flow.flow == "AF-49-R115/company"
    assert (transfer.state, device.dept_id) == ("done", transfer.to_dept_id)


@pytest.mark.catalogue("R115")
def test_a_device_is_moved_once_at_a_time_and_a_stale_transfer_can_only_be_refused(staff):
    device = a_device_of(staff)
    first = store(staff.head, a_transfer(device=device))
    second = store(staff.manager, a_transfer(device=device))
    case = submit(first, staff.head)
    with pytest.raises(Refused):
        submit(second, staff.manager)

    with by(staff.manager):
        device.dept = staff.people.office
    with pytest.raises(Refused):
        act(case, staff.office)
    act(case, staff.office, "reject")

    assert (first.state, device.dept_id) == ("rejected", staff.people.office.id)


@pytest.mark.catalogue("BR-171", "R115")
def test_who_asks_for_a_transfer_does_not_appraise_it(staff):
    give(staff.technician.user, "device_transfer", "rae", "all")
    device = a_device_of(staff)
    appraisal = signed_appraisal(staff, device, "transfer")
    transfer = store(staff.technician, a_transfer(device=device, appraisal=appraisal))
    case = submit(transfer, staff.technician)

    with pytest.raises(Refused) as no:
        act(case, staff.office)

    assert no.value.refusals[0].field == "appraisal_id"


# -- scrapping ---------------------------------------------------------------------------------------


def approved_scrap(staff, price=Decimal(800), **values):
    device = a_device_of(staff, state="idle", price=price)
    scrap = store(staff.manager, a_scrap(device=device, **values))
    case = submit(scrap, staff.manager)
    act(case, staff.head)
    appraisal = signed_appraisal(staff, device, "scrap")
    act(case, staff.office, values={"appraisal_id": appraisal.id})
    return scrap, case


@pytest.mark.catalogue("AF-49", "R118", "BR-111")
def test_scrapping_is_signed_by_the_department_and_appraised_by_the_device_office(staff):
    device = a_device_of(staff, state="idle", price=Decimal(800))
    scrap = store(staff.manager, a_scrap(device=device))
    case = submit(scrap, staff.manager)
    assert [task.assignee_id for task in asked(case)] == [staff.head.id]
    act(case, staff.head)

    with pytest.raises(Refused) as no:
        act(case, staff.office)
    assert no.value.refusals[0].field == "appraisal_id"
    assert device.state == "idle"
    appraisal = signed_appraisal(staff, device, "scrap")
    act(case, staff.office, values={"appraisal_id": appraisal.id})

    assert (scrap.state, device.state) == ("approved", "scrapping")


@pytest.mark.catalogue("R118", "AF-49")
@pytest.mark.parametrize(("price", "signs"), [("4999.99", False), ("5000", True), (None, True)])
def test_by_value_the_general_manager_signs_too(staff, price, signs):
    scrap, case = approved_scrap(staff, Decimal(price) if price else None)

    assert scrap.needs_general_manager == signs
    assert (scrap.state == "approved") != signs
    if signs:
        assert scrap.device.state == "idle"
        act(case, staff.boss)
        assert (scrap.state, scrap.device.state) == ("approved", "scrapping")


@pytest.mark.catalogue("R118")
def test_the_companys_regulations_scrap_with_one_signature_of_general_affairs(staff):
    with writing("cli"):
        settings.put("approval_preset", "company")
    scrap, case = approved_scrap(staff)

    assert (case.flow.flow, scrap.state) == ("AF-49-R118/company", "approved")


@pytest.mark.catalogue("R118")
def test_nothing_is_disposed_of_with_its_data(staff):
    scrap, _case = approved_scrap(staff)

    with pytest.raises(Refused), by(staff.office):
        upkeep.dispose(scrap)
    with by(staff.office):
        scrap.disposal_way, scrap.residual_value = "recycled", Decimal(50)
    with pytest.raises(Refused), by(staff.office):
        upkeep.dispose(scrap)
    with pytest.raises(Refused) as no, by(staff.office):
        scrap.state = "disposed"
    assert no.value.refusals[0].field == "data_wiped"
    with by(staff.office):
        scrap.data_wiped = True
    with by(staff.office):
        upkeep.dispose(scrap)

    assert (scrap.state, scrap.disposed_on) == ("disposed", clock.today())
    assert scrap.device.state == "scrapped"
    with pytest.raises(Refused), by(staff.office):
        void(scrap, "弄错了")


@pytest.mark.catalogue("R118")
def test_after_the_approval_only_the_disposal_is_written(staff):
    scrap, _case = approved_scrap(staff)

    for name, value in (("reason", "别的原因"), ("appraisal_id", None)):
        with pytest.raises(Refused) as no, by(staff.office):
            setattr(scrap, name, value)
        assert name in {refusal.field for refusal in no.value.refusals}
    with pytest.raises(Refused) as no, by(staff.office):
        scrap.residual_value = Decimal(-1)
    assert no.value.refusals[0].field == "residual_value"


@pytest.mark.catalogue("R118")
def test_what_somebody_has_is_not_scrapped_and_nothing_is_scrapped_twice(staff):
    device = store(staff.manager, an_assignment(device=a_device_of(staff))).device
    scrap = store(staff.manager, a_scrap(device=device))
    with pytest.raises(Refused) as no:
        submit(scrap, staff.manager)
    assert no.value.refusals[0].field == "device_id"

    with by(staff.manager):
        operations.hand_in(device)
    submit(scrap, staff.manager)

    assert refused(a_scrap(device=device, device_id=device.id)) == {"device_id"}


@pytest.mark.catalogue("R118")
def test_a_voided_approval_leaves_the_device_idle(staff):
    scrap, _case = approved_scrap(staff)

    with by(staff.office):
        void(scrap, "还能使用")

    assert scrap.device.state == "idle"


# -- repair ------------------------------------------------------------------------------------------


@pytest.mark.catalogue("BR-090")
@pytest.mark.parametrize(
    ("owner", "fault", "warranty", "route"),
    [
        ("central", "hardware", True, "device_office"),
        ("central", "hardware", False, "device_office"),
        ("department", "software", True, "device_office"),
        ("department", "software", False, "device_office"),
        ("department", "hardware", True, "buyer"),
        ("department", "hardware", False, "workshop"),
    ],
)
def test_the_route_of_a_repair_follows_owner_fault_and_warranty(owner, fault, warranty, route):
    assert rules.repair_route(owner, fault, warranty) == route


@pytest.mark.catalogue("BR-090", "R119")
def test_the_warranty_counts_on_the_day_of_the_fault_and_a_blank_one_is_out(app):
    today = clock.today()
    last_day = a_device(warranty_until=today)

    assert a_repair(device=last_day).route == "buyer"
    day_after = today - timedelta(days=1)
    assert a_repair(device=a_device(warranty_until=day_after)).route == "workshop"
    assert (
        a_repair(device=a_device(warranty_until=day_after), noticed_on=day_after).route == "buyer"
    )
    assert a_repair(device=a_device()).route == "workshop"


def reported(staff, **values):
    device = values.pop("device", None) or a_device_of(staff)
    repair = store(staff.user, a_repair(device=device, reported_by=staff.user.employee, **values))
    return repair, submit(repair, staff.user)


def assigned(staff, **values):
    repair, case = reported(staff, **values)
    act(case, staff.office, values={"technician_id": staff.technician.employee.id})
    return repair


@pytest.mark.catalogue("AF-50", "R119")
def test_a_fault_is_reported_and_the_office_says_who_goes_there(staff):
    device = store(staff.manager, an_assignment(device=a_device_of(staff))).device
    repair, case = reported(staff, device=device)
    assert (repair.state, device.state) == ("reported", "awaiting_repair")

    with pytest.raises(Refused) as no:
        act(case, staff.office)
    assert no.value.refusals[0].field == "technician_id"
    with pytest.raises(NotAllowed):
        act(case, staff.office, values={"fault": "别的故障"})
    act(case, staff.office, values={"technician_id": staff.technician.employee.id})

    assert repair.state == "assigned"
    told = select(Notification.user_id).where(Notification.kind.startswith("repair_"))
    assert set(db.session.scalars(told)) == {staff.technician.id, staff.buyer.id}


@pytest.mark.catalogue("DL-48", "R119")
def test_a_fault_that_is_reported_the_day_after_is_late(staff):
    with on("2026-03-05 17:00"):
        same_day, _case = reported(staff)
    with on("2026-03-06 09:00"):
        next_day, _case = reported(staff, noticed_on=same_day.noticed_on)

    assert (same_day.reported_late, next_day.reported_late) == (False, True)
    assert refused(a_repair(noticed_on=clock.today() + timedelta(days=1))) == {"noticed_on"}


@pytest.mark.catalogue("R119")
def test_a_repair_on_site_is_recorded_and_accepted_by_who_has_the_device(staff):
    device = store(
        staff.manager, an_assignment(device=a_device_of(staff), person=staff.user.employee)
    ).device
    with on("2026-03-05 09:00"):
        repair = assigned(staff, device=device)
        with by(staff.technician):
            upkeep.arrive(repair)
        with pytest.raises(Refused), by(staff.technician):
            upkeep.fix(repair)
        with by(staff.technician):
            repair.repair_record = "更换内存条"
    with on("2026-03-05 11:30"), by(staff.technician):
        upkeep.fix(repair)

    assert (repair.state, repair.on_site_repairable, device.state) == ("fixed", True, "in_use")
    assert repair.repaired_by_id == staff.technician.employee.id
    assert repair.downtime == Decimal("2.5")
    with pytest.raises(Refused), by(staff.technician):
        upkeep.accept(repair)
    with by(staff.user):
        upkeep.reopen(repair, "又黑屏了")
    assert (repair.state, device.state) == ("on_site", "awaiting_repair")
    with by(staff.technician):
        upkeep.fix(repair)
    with by(staff.user):
        upkeep.accept(repair)
    assert (repair.state, repair.accepted_by_id) == ("accepted", staff.user.employee.id)


@pytest.mark.catalogue("BR-090", "R119")
def test_only_with_a_signed_appraisal_is_a_device_sent_out(staff):
    repair = assigned(staff)
    device = repair.device
    with by(staff.technician):
        upkeep.arrive(repair)
        upkeep.cannot_fix(repair, "主板损坏")
    assert (repair.state, repair.on_site_repairable) == ("to_appraise", False)

    with pytest.raises(Refused), by(staff.technician):
        upkeep.send_out(repair)
    unsigned = store(staff.technician, an_appraisal(device=device))
    with pytest.raises(Refused) as no, by(staff.technician):
        repair.appraisal = unsigned
        db.session.flush()
        upkeep.send_out(repair)
    assert no.value.refusals[0].field == "appraisal_id"
    with pytest.raises(Refused), by(staff.technician):
        repair.state = "external"
    fitting = signed_appraisal(staff, device, "fault")
    with by(staff.technician):
        repair.appraisal = fitting
        db.session.flush()
        upkeep.send_out(repair)
    assert (repair.state, device.state) == ("external", "out_for_repair")

    with by(staff.technician):
        repair.repair_record = "定点公司更换主板"
        upkeep.fix(repair)
    assert (repair.state, device.state) == ("fixed", "idle")


@pytest.mark.catalogue("R119", "R118")
def test_what_is_beyond_repair_is_drafted_for_scrapping(staff):
    repair = assigned(staff)
    appraisal = signed_appraisal(staff, repair.device, "fault")
    with by(staff.technician):
        upkeep.arrive(repair)
        upkeep.cannot_fix(repair, "主板损坏")
        repair.appraisal = appraisal
        db.session.flush()
        upkeep.give_up(repair)

    scrap = db.session.scalars(select(DeviceScrap)).one()
    assert (repair.state, scrap.state, scrap.device_id) == ("scrap", "draft", repair.device_id)
    case = submit(scrap, staff.manager)
    act(case, staff.head)
    act(case, staff.office)
    act(case, staff.boss)
    assert (scrap.state, repair.device.state) == ("approved", "scrapping")


@pytest.mark.catalogue("R119")
def test_a_device_is_in_one_repair_at_a_time_and_the_report_is_not_rewritten(staff):
    repair = assigned(staff)

    again = a_repair(device=repair.device, device_id=repair.device_id)
    assert refused(again) == {"device_id"}
    for name, value in (("fault", "别的"), ("fault_kind", "software")):
        with pytest.raises(Refused) as no, by(staff.technician):
            setattr(repair, name, value)
        assert no.value.refusals[0].field == name
    with pytest.raises(Refused), by(staff.technician):
        repair.cost = Decimal(-1)
    assert refused(a_repair(device=a_device(state="scrapped"))) == {"device_id"}


@pytest.mark.catalogue("AF-50", "R119")
def test_a_report_that_is_refused_or_withdrawn_gives_the_device_back(staff):
    repair, case = reported(staff)
    act(case, staff.office, "reject")
    assert (repair.state, repair.device.state) == ("rejected", "idle")

    repair, case = reported(staff)
    with by(staff.user):
        casework.withdraw(case.id, key="w")
    assert (repair.state, repair.device.state) == ("draft", "idle")


@pytest.mark.catalogue("R119")
def test_everybody_reports_the_fault_of_the_device_in_his_hands(staff, as_):
    device = store(
        staff.manager,
        an_assignment(
            device=a_device_of(staff), person=staff.user.employee, dept=staff.people.sales
        ),
    ).device
    browser = as_(staff.user)

    answer = browser.post(
        "/device_repair/add",
        data={
            "device_id": device.id,
            "reported_by_id": staff.user.employee.id,
            "noticed_on": clock.today().isoformat(),
            "fault_kind": "hardware",
            "fault": "无法开机",
        },
    )

    assert answer.status_code == 302, answer.text


@pytest.mark.catalogue("R119", "R113")
def test_a_device_that_was_marked_as_faulty_is_listed_until_the_fault_is_reported(staff, as_):
    device = a_device_of(staff, state="awaiting_repair")
    page, place = f"/it_device/show/{device.id}", "/it_device/list/?view=unreported"
    browser = as_(staff.office)

    assert page in browser.get(place).text
    reported(staff, device=device)
    assert page not in browser.get(place).text


# -- leaving -----------------------------------------------------------------------------------------


@pytest.mark.catalogue("R114")
def test_nobody_leaves_with_a_device_in_his_hands(app):
    with writing("cli"):
        assignment = an_assignment()
        db.session.add(assignment)
    person = assignment.person

    assert why_not_leave(person)
    with pytest.raises(Refused) as no, writing("cli"):
        person.state = "left"
    assert no.value.refusals[0].field == "state"
    with writing("cli"):
        operations.take_back(assignment)
        person.state = "left"
    assert person.state == "left"


# -- paper -------------------------------------------------------------------------------------------


def words_of(answer):
    document = pypdfium2.PdfDocument(answer.data)
    return (
        "".join(p.get_textpage().get_text_bounded() for p in document)
        .replace("\r\n", "")
        .replace(" ", "")
    )


@pytest.mark.catalogue("E36", "E38", "E52")
def test_the_forms_carry_who_signed_them(staff, as_):
    for register in (
        "device_repair",
        "device_scrap",
        "technical_appraisal",
        "employee",
        "it_device",
    ):
        give(staff.people.dave.user, register, "rx", "all")
    repair = assigned(staff)
    with by(staff.technician):
        repair.repair_record, repair.parts = "更换电源", "电源模块"
        upkeep.arrive(repair)
        upkeep.fix(repair)
    with by(staff.user):
        upkeep.accept(repair)
    scrap, _case = approved_scrap(staff)
    appraisal = scrap.appraisal
    browser = as_(staff.people.dave)

    def printed(record, form):
        return words_of(
            browser.get(f"/print/{record.register_name()}/{record.id}/{form}.pdf", buffered=True)
        )

    for paper, said in (
        (printed(repair, "device_repair"), ("维修记录", "E38", "开机无显示", "更换电源", "电源模块", "戚军", "李雯", "网管人员")),
        (printed(scrap, "device_scrap"), ("报废申请单", "E52", "使用满八年", "无修复价值", "王强", "部门负责人", "设备部技术鉴定", "设备部审批")),
        (printed(appraisal, "technical_appraisal"), ("鉴定结果", "E36", "戚军", "谢东", "无修复价值")),
    ):  # fmt: skip
        for word in said:
            assert word in paper
    # One signature of the device office counts in both of its steps, and stands in both blocks.
    assert printed(scrap, "device_scrap").count("谢东") == 2

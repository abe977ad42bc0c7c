"""Devices and who has them."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.domains.assets import operations
from app.domains.assets.models import DeviceAssignment
from app.extensions import db
from app.records import Refused, check, clock, void, writing
from app.records.moving import moving
from tests.exchange.rights import give
from tests.exchange.sheets import load
from tests.factories.assets import a_device, an_assignment


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.mark.catalogue("R113")
def test_a_device_has_its_kind_its_department_and_its_manager(app):
    bare = a_device(category=None, owner_kind=None)

    assert refused(bare) == {"category", "owner_kind"}
    assert refused(a_device(price=Decimal(-1))) == {"price"}
    late = a_device(purchased_on=date(2026, 3, 1), warranty_until=date(2026, 2, 1))
    assert refused(late) == {"warranty_until"}


@pytest.mark.catalogue("R113")
def test_an_empty_day_of_warranty_is_out_of_warranty(app, on):
    with on("2026-03-01"):
        assert not a_device().in_warranty
        assert a_device(warranty_until=date(2026, 3, 1)).in_warranty
        assert not a_device(warranty_until=date(2026, 2, 28)).in_warranty


@pytest.mark.catalogue("R113")
def test_a_scrapped_device_is_read_and_not_edited(app):
    device = store(a_device())
    for state in ("scrapping", "scrapped"):
        with writing("cli"):
            moving(state)(device)

    with pytest.raises(Refused), writing("cli"):
        device.location = "仓库"
        db.session.flush()


@pytest.mark.catalogue("R113")
def test_what_somebody_has_is_not_scrapped(app):
    assignment = store(an_assignment())

    with pytest.raises(Refused), writing("cli"):
        moving("scrapping")(assignment.device)
    with writing("cli"):
        operations.take_back(assignment)
        moving("scrapping")(assignment.device, "主板损坏")
    assert "主板损坏" in assignment.device.remark


@pytest.mark.catalogue("R114", "R113")
def test_the_card_says_who_has_the_device_from_the_assignment_to_the_return(app):
    device = store(a_device())
    assert (device.state, device.assigned_person_id) == ("received", None)

    assignment = store(an_assignment(device=device))
    assert (device.state, device.assigned_person_id) == ("assigned", assignment.person_id)
    with writing("cli"):
        operations.take_back(assignment)
    assert (device.state, device.assigned_person_id) == ("idle", None)
    assert (assignment.state, assignment.returned_on) == ("returned", clock.today())


@pytest.mark.catalogue("R114")
def test_a_void_assignment_leaves_the_device_with_nobody(app):
    assignment = store(an_assignment())

    with writing("cli"):
        void(assignment, "录错人员")

    assert (assignment.device.state, assignment.device.assigned_person_id) == ("idle", None)


@pytest.mark.catalogue("R114")
def test_rest_keeps_the_card_as_well_as_the_page_does(people, client, token):
    device = store(a_device(device_manager=people.bob.employee))

    answer = client.post(
        "/api/v1/device_assignment/",
        json={
            "device_id": device.id,
            "person_id": people.alice.employee.id,
            "dept_id": people.sales.id,
            "assigned_on": clock.today().isoformat(),
        },
        headers=token(people.bob),
    )

    assert answer.status_code == 201, answer.json
    db.session.refresh(device)
    assert device.assigned_person_id == people.alice.employee.id


@pytest.mark.catalogue("R114")
def test_a_device_is_in_one_hand_at_a_time(app):
    first = store(an_assignment())

    assert "device_id" in refused(an_assignment(device=first.device, device_id=first.device_id))
    with writing("cli"):
        operations.take_back(first)
    assert store(an_assignment(device=first.device)).state == "assigned"


@pytest.mark.catalogue("R114")
def test_two_clerks_at_the_same_moment_do_not_give_one_device_to_two(app):
    device_id = store(a_device()).id
    people = [store(an_assignment()).person_id for _n in range(2)]
    start, said = threading.Barrier(2), []

    def assign(person_id):
        with app.app_context():
            try:
                with writing("cli"):
                    start.wait(10)
                    made = an_assignment()
                    db.session.add(made.person)
                    db.session.flush()
                    db.session.add(
                        DeviceAssignment(
                            device_id=device_id,
                            person_id=person_id,
                            dept_id=made.person.dept_id,
                            assigned_on=clock.today(),
                        )
                    )
                said.append("given")
            except (Refused, IntegrityError):
                said.append("refused")

    threads = [threading.Thread(target=assign, args=(p,)) for p in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["given", "refused"]
    db.session.rollback()
    open_ones = select(func.count()).where(
        DeviceAssignment.device_id == device_id, DeviceAssignment.state == "assigned"
    )
    assert db.session.scalar(open_ones) == 1


@pytest.mark.catalogue("R114")
def test_what_is_in_repair_goes_into_nobodys_hands(app):
    device = store(a_device(state="awaiting_repair"))

    assert refused(an_assignment(device=device, device_id=device.id)) == {"device_id"}


@pytest.mark.catalogue("R114")
def test_the_user_alone_signs_for_his_device_and_then_it_is_in_use(people, as_):
    assignment = store(an_assignment(person=people.alice.employee, dept=people.sales))
    place = f"/device_assignment/action/sign_for/{assignment.id}"

    as_(people.bob).post(place)
    db.session.refresh(assignment)
    assert assignment.receipt_signature is None
    as_(people.alice).post(place)

    db.session.refresh(assignment)
    assert "李雯" in assignment.receipt_signature
    assert assignment.device.state == "in_use"


@pytest.mark.catalogue("R114")
def test_nothing_is_assigned_tomorrow_or_returned_before_it_was_assigned(app):
    tomorrow = clock.today() + timedelta(days=1)

    assert refused(an_assignment(assigned_on=tomorrow)) == {"assigned_on"}
    early = an_assignment(returned_on=clock.today() - timedelta(days=1))
    assert refused(early) == {"returned_on"}


@pytest.mark.catalogue("R114")
def test_an_old_assignment_that_is_voided_takes_the_device_from_nobody(app):
    old = store(an_assignment())
    with writing("cli"):
        operations.take_back(old)
    now = store(an_assignment(device=old.device))

    with writing("cli"):
        void(old, "录错人员")

    device = now.device
    db.session.refresh(device)
    assert (device.state, device.assigned_person_id) == ("assigned", now.person_id)


@pytest.mark.catalogue("R114")
@pytest.mark.parametrize("name", ["device", "person"])
def test_an_assignment_is_not_rewritten_to_another_device_or_person(app, name):
    assignment = store(an_assignment())
    other = store(a_device() if name == "device" else an_assignment().person)

    for field, value in ((name, other), (f"{name}_id", other.id)):
        with pytest.raises(Refused) as no, writing("cli"):
            setattr(assignment, field, value)
            db.session.flush()
        assert no.value.refusals[0].field == f"{name}_id"


@pytest.mark.catalogue("R114")
def test_a_void_assignment_comes_back_only_while_the_device_is_free(app):
    wrong = store(an_assignment())
    with writing("cli"):
        void(wrong, "录错人员")
    right = store(an_assignment(device=wrong.device))

    with pytest.raises(Refused) as no, writing("cli"):
        wrong.voided_at = None
        db.session.flush()
    assert no.value.refusals[0].field == "device_id"

    with writing("cli"):
        void(right, "还是错的")
        db.session.flush()
        wrong.voided_at = None
    assert wrong.device.assigned_person_id == wrong.person_id


@pytest.mark.catalogue("R114", "R113")
def test_signing_for_a_device_in_repair_does_not_bring_it_back(people, as_):
    assignment = store(an_assignment(person=people.alice.employee, dept=people.sales))
    with writing("cli"):
        moving("awaiting_repair")(assignment.device, "开机无显示")

    as_(people.alice).post(f"/device_assignment/action/sign_for/{assignment.id}")

    db.session.refresh(assignment)
    assert assignment.receipt_signature
    assert assignment.device.state == "awaiting_repair"


@pytest.mark.catalogue("BR-110", "R113")
def test_what_somebody_has_is_neither_idle_nor_scrapped_nor_voided(app):
    device = store(an_assignment()).device

    for state in ("idle", "scrapping", "transferred_out"):
        with pytest.raises(Refused), writing("cli"):
            if state not in device.states.moves["assigned"]:
                device.state = "in_use"
                db.session.flush()
            device.state = state
            db.session.flush()
    with pytest.raises(Refused), writing("cli"):
        void(device, "重复建档")


@pytest.mark.catalogue("BR-110", "R113")
def test_a_device_is_used_by_somebody_and_idle_ones_are_listed(people, as_):
    give(people.dave.user, "it_device", "rae", "all")
    device = store(a_device())
    browser = as_(people.dave)

    def do(name):
        browser.post(f"/it_device/action/{name}/{device.id}", data={"reason": "异响"})
        db.session.refresh(device)
        return device.state

    assert do("idle") == "idle"
    assert f"/it_device/show/{device.id}" in browser.get("/it_device/list/?view=idle").text
    assert do("use_again") == "idle"
    store(an_assignment(device=device))
    assert do("idle") == "assigned"
    assert do("report_fault") == "awaiting_repair"
    assert do("use_again") == "in_use"


@pytest.mark.catalogue("R114")
@pytest.mark.parametrize("state", ["scrapped", "transferred_out", "out_for_repair"])
def test_by_no_door_is_a_scrapped_device_given_to_anybody(people, as_, token, state):
    give(people.dave.user, "device_assignment", "rae", "all")
    for register in ("it_device", "employee", "department"):
        give(people.dave.user, register, "r", "all")
    device = store(a_device(state=state))
    values = {
        "device_id": device.id,
        "person_id": people.alice.employee.id,
        "dept_id": people.sales.id,
        "assigned_on": clock.today().isoformat(),
    }

    form = as_(people.dave).post("/device_assignment/add", data=values)
    rest = as_(people.dave).post(
        "/api/v1/device_assignment/", json=values, headers=token(people.dave)
    )
    rows = [
        ["device_id", "person_id", "dept_id", "assigned_on"],
        [device.number, people.alice.employee.number, people.sales.number, values["assigned_on"]],
    ]
    tried = load(rows, "device_assignment", simulate=True)
    loaded = load(rows, "device_assignment")
    with pytest.raises(Refused), writing("cli"):
        db.session.add(DeviceAssignment(**values | {"assigned_on": clock.today()}))

    assert (form.status_code, rest.status_code) == (422, 422)
    assert (tried.counts["bad"], loaded.counts["bad"]) == (1, 1)
    assert db.session.scalar(select(func.count()).select_from(DeviceAssignment)) == 0


@pytest.mark.catalogue("R114", "R113")
def test_an_import_of_assignments_keeps_the_cards(people):
    device = store(a_device())

    load(
        [
            ["device_id", "person_id", "dept_id", "assigned_on"],
            [device.number, people.alice.employee.number, people.sales.number, "2026-01-05"],
        ],
        "device_assignment",
    )

    db.session.refresh(device)
    assert (device.state, device.assigned_person_id) == ("assigned", people.alice.employee.id)

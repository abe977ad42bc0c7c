"""The customer desk: volumes, changes, dealings, yearly records."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.domains.customers import operations
from app.domains.customers.models import CustomerArchiveVolume, CustomerChangeEffect
from app.extensions import db
from app.records import Actor, Refused, check, clock, void, writing
from tests.clock import on
from tests.exchange.sheets import load
from tests.factories.customers import a_change, a_dealing, a_volume, an_annual_record
from tests.factories.directory import a_customer, a_customer_person
from tests.people import hire


@pytest.fixture
def supervisor(people):
    """The supervisor of customer information: confirms what others enter."""
    with writing("cli"):
        post = people.dave.employee.post
        return hire("fred", "褚卫东", people.office, post, "customer_info_supervisor")


def by(somebody):
    """This person writes, at the console."""
    return writing("cli", Actor(somebody.id, somebody.employee.name))


def confirmed(event, supervisor):
    with by(supervisor):
        operations.confirm(event)
    return event


def store(*records):
    with writing("cli"):
        db.session.add_all(records)
    return records[0] if len(records) == 1 else records


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.mark.catalogue("R03", "BR-011")
def test_a_volume_says_with_which_ink_its_paper_is_written(app):
    assert refused(a_volume(ink=None)) == {"ink"}
    assert refused(a_volume(carrier="disk", ink="carbon")) == {"ink"}
    assert refused(a_volume(carrier="disk", ink=None)) == set()
    assert refused(a_volume(durable=False)) == {"durable"}


@pytest.mark.catalogue("R03", "BR-011")
def test_ball_pen_and_pencil_are_no_choice(people, as_):
    customer = store(a_customer())

    answer = as_(people.dave).post(
        "/customer_archive_volume/add",
        data={
            "customer_id": customer.id,
            "index_no": "A-1",
            "category": "supplier",
            "carrier": "paper",
            "ink": "ball_pen",
            "durable": "1",
        },
    )

    assert answer.status_code == 422


@pytest.mark.catalogue("R03", "BR-011")
def test_volumes_stand_in_the_order_of_the_shelf_and_say_where(app):
    store(
        a_volume(index_no="e", category="supplier", cabinet_no=1, row_no=1, col_no=1),
        a_volume(index_no="c", cabinet_no=1, row_no=2, col_no=1),
        a_volume(index_no="a", cabinet_no=1, row_no=1, col_no=1),
        a_volume(index_no="b", cabinet_no=1, row_no=1, col_no=2),
        a_volume(index_no="d", cabinet_no=2, row_no=1, col_no=1),
    )

    query = select(CustomerArchiveVolume).order_by(*CustomerArchiveVolume.on_the_shelf())
    volumes = list(db.session.scalars(query))

    assert [v.index_no for v in volumes] == ["a", "b", "c", "d", "e"]
    assert all(digit in volumes[2].shelf_position for digit in "121")
    assert a_volume().shelf_position == ""


@pytest.mark.catalogue("R03")
def test_a_volume_is_handed_over_with_a_reason_and_put_back(people, as_):
    volume = store(a_volume())
    browser = as_(people.dave)
    place = "/customer_archive_volume/action"

    browser.post(f"{place}/hand_over/{volume.id}", data={"reason": " "})
    db.session.refresh(volume)
    assert volume.state == "in_place"
    browser.post(f"{place}/hand_over/{volume.id}", data={"reason": "移交档案室"})
    db.session.refresh(volume)
    assert (volume.state, volume.remark) == ("transferred", "移交档案室")
    browser.post(f"{place}/destroy/{volume.id}", data={"reason": "过期"})
    db.session.refresh(volume)
    assert volume.state == "transferred"
    browser.post(f"{place}/put_back/{volume.id}")
    db.session.refresh(volume)
    assert volume.state == "in_place"


@pytest.mark.catalogue("R01", "R03")
def test_the_card_of_a_customer_says_when_his_file_was_opened_and_where_it_stands(people, as_, on):
    customer = store(a_customer())
    assert (customer.archive_index_no, customer.archive_opened_on) == (None, None)

    as_(people.dave).post(
        "/customer_archive_volume/add",
        data={
            "customer_id": customer.id, "index_no": "供-001", "category": "supplier", "carrier": "paper",
            "ink": "carbon", "durable": "1", "opened_on": "2024-05-06",
        },
    )  # fmt: skip
    store(a_volume(customer=customer, index_no="供-002", opened_on=date(2025, 1, 1)))

    page = as_(people.dave).get(f"/customer/show/{customer.id}").text
    db.session.refresh(customer)
    assert (customer.archive_index_no, customer.archive_opened_on) == ("供-001", date(2024, 5, 6))
    assert "2024-05-06" in page.split("档案索引")[1]


@pytest.mark.catalogue("R01", "R03")
def test_a_file_without_a_day_was_opened_when_it_was_entered(app, on):
    with on("2026-03-01"):
        customer = store(a_customer())
        store(a_volume(customer=customer))
    with on("2026-03-09"):
        store(a_volume(customer=customer, index_no="另一卷"))

    assert customer.archive_opened_on == date(2026, 3, 1)


@pytest.mark.catalogue("R01", "R03")
def test_the_card_follows_its_volumes(app):
    one, two = store(a_customer(name="甲")), store(a_customer(name="乙"))
    first = store(a_volume(customer=one, index_no="一", opened_on=date(2024, 1, 1)))
    second = store(a_volume(customer=one, index_no="二", opened_on=date(2025, 1, 1)))

    def cards():
        return [(c.archive_index_no, c.archive_opened_on) for c in (one, two)]

    with writing("cli"):
        second.index_no = "贰"
    assert cards()[0] == ("一", date(2024, 1, 1))
    with writing("cli"):
        operations.destroy(first, "过期")
    assert cards()[0] == ("贰", date(2024, 1, 1))
    with writing("cli"):
        void(first, "登记有误")
    assert cards()[0] == ("贰", date(2025, 1, 1))
    with writing("cli"):
        second.customer_id = two.id
    assert cards() == [(None, None), ("贰", date(2025, 1, 1))]


@pytest.mark.catalogue("R01", "R03")
def test_volumes_of_a_sheet_and_of_one_click_open_the_files(app):
    with writing("cli"):
        both = a_customer()
        db.session.add_all(
            a_volume(customer=both, index_no=f"卷{n}", opened_on=date(2024, n, 1)) for n in (2, 1)
        )
    customer = store(a_customer(name="丙"))
    load(
        [
            ["customer", "index_no", "category", "carrier", "ink", "opened_on"],
            ["丙", "三", "supplier", "paper", "carbon", "2024-07-01"],
        ],
        "customer_archive_volume",
    )

    db.session.refresh(customer)
    assert (both.archive_index_no, both.archive_opened_on) == ("卷1", date(2024, 1, 1))
    assert (customer.archive_index_no, customer.archive_opened_on) == ("三", date(2024, 7, 1))


@pytest.mark.catalogue("R04", "BR-004")
def test_a_confirmed_change_is_put_onto_the_card_and_the_old_value_is_kept(supervisor, as_):
    customer = store(a_customer(name="甲", address="旧址"))
    event = store(
        a_change(
            customer=customer,
            effects=[CustomerChangeEffect(master_field="address", new_value="新址", order_no=0)],
        )
    )
    assert customer.address == "旧址"

    as_(supervisor).post(f"/customer_change_event/action/confirm/{event.id}")

    for record in (customer, event):
        db.session.refresh(record)
    assert customer.address == "新址"
    assert event.applied
    assert [(e.old_value, e.new_value) for e in event.effects] == [("旧址", "新址")]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.register == "customer", AuditEntry.action == "edit")
    ).one()
    assert (entry.details["address"], entry.actor_name) == (["旧址", "新址"], "褚卫东")


@pytest.mark.catalogue("R04", "BR-004")
def test_a_confirmed_change_is_history_and_is_not_confirmed_twice(supervisor):
    event = confirmed(store(a_change()), supervisor)

    with pytest.raises(Refused), by(supervisor):
        operations.confirm(event)
    for name, value in (("content", "改写"), ("event_type", "other"), ("remark", "另注")):
        with pytest.raises(Refused), writing("cli"):
            setattr(event, name, value)
            db.session.flush()
    with writing("cli"):
        void(event, "登记有误")


@pytest.mark.catalogue("R04")
def test_only_the_supervisor_confirms_and_never_what_he_entered_himself(
    people, supervisor, as_, token
):
    theirs = store(a_change())
    with by(supervisor):
        own = a_change()
        db.session.add(own)
    action = "/customer_change_event/action/confirm"

    as_(people.dave).post(f"{action}/{theirs.id}")
    as_(supervisor).post(f"{action}/{own.id}")
    rest = as_(supervisor).post(
        f"/api/v1/customer_change_event/{own.id}/confirm", headers=token(supervisor)
    )
    for somebody, event in ((people.dave, theirs), (supervisor, own)):
        with pytest.raises(Refused), by(somebody):
            operations.confirm(event)
    with pytest.raises(Refused), writing("cli"):
        operations.confirm(theirs)  # the console is nobody

    assert rest.status_code == 422
    for event in (theirs, own):
        db.session.refresh(event)
        assert not event.applied
    rest = as_(people.dave).post(
        f"/api/v1/customer_change_event/{theirs.id}/confirm", headers=token(people.dave)
    )
    assert rest.status_code == 403
    rest = as_(supervisor).post(
        f"/api/v1/customer_change_event/{theirs.id}/confirm", headers=token(supervisor)
    )
    assert (rest.status_code, rest.json["result"]["applied"]) == (200, True)


@pytest.mark.catalogue("R04")
def test_the_button_to_confirm_is_the_supervisors(people, supervisor, as_):
    event = store(a_change())
    page = f"/customer_change_event/show/{event.id}"
    button = f"/customer_change_event/action/confirm/{event.id}"

    assert button in as_(supervisor).get(page).text
    assert button not in as_(people.dave).get(page).text


@pytest.fixture
def history(supervisor):
    """A confirmed change with one effect, and an open one of the same customer."""
    customer = store(a_customer(name="甲", address="旧址"))
    effect = CustomerChangeEffect(master_field="address", new_value="新址", order_no=0)
    done = confirmed(store(a_change(customer=customer, effects=[effect])), supervisor)
    return done, store(a_change(customer=customer))


@pytest.mark.catalogue("BR-004")
def test_no_line_of_a_confirmed_change_comes_goes_or_changes(history):
    done, open_ = history
    (line,) = done.effects

    def another():
        return CustomerChangeEffect(master_field="fax", new_value="1", order_no=1)

    def by_its_key():
        db.session.add(
            CustomerChangeEffect(event_id=done.id, master_field="fax", new_value="1", order_no=1)
        )

    for forged in (
        lambda: setattr(line, "new_value", "别处"),
        lambda: setattr(line, "old_value", "从来如此"),
        lambda: done.effects.append(another()),
        by_its_key,
        lambda: done.effects.remove(line),
        lambda: db.session.delete(line),
        lambda: setattr(line, "event", open_),
        lambda: setattr(line, "event_id", open_.id),
        lambda: open_.effects.append(line),
    ):
        with pytest.raises(Refused) as no, writing("cli"):
            forged()
            db.session.flush()
        assert no.value.refusals[0].field == "effect_on_master"
    db.session.expire_all()
    assert [(e.old_value, e.new_value) for e in done.effects] == [("旧址", "新址")]
    with writing("cli"):
        open_.effects.append(another())
        db.session.flush()
        open_.effects.clear()


@pytest.mark.catalogue("BR-004")
def test_neither_form_nor_rest_reaches_the_lines_of_a_confirmed_change(
    people, as_, token, history
):
    done, _open = history
    (line,) = done.effects

    form = as_(people.dave).post(
        f"/customer_change_event/edit/{done.id}",
        data={
            "version": str(done.version),
            "customer_id": done.customer_id,
            "event_on": str(done.event_on),
            "content": done.content,
            "effect_on_master-0-line_id": line.id,
            "effect_on_master-0-master_field": "address",
            "effect_on_master-0-new_value": "别处",
        },
    )
    rest = as_(people.dave).put(
        f"/api/v1/customer_change_event/{done.id}",
        json={"version": done.version, "effect_on_master": []},
        headers=token(people.dave),
    )

    assert (form.status_code, rest.status_code) == (403, 403)
    db.session.expire_all()
    assert [e.new_value for e in done.effects] == ["新址"]


@pytest.mark.catalogue("R04")
@pytest.mark.parametrize(
    ("field", "value"), [("registered_capital", "很多"), ("name", "长" * 300)]
)
def test_a_value_that_the_card_would_not_take_is_refused_with_the_change(app, field, value):
    effects = [CustomerChangeEffect(master_field=field, new_value=value, order_no=0)]

    assert refused(a_change(effects=effects)) == {"effect_on_master"}


@pytest.mark.catalogue("R04")
def test_a_change_that_would_break_a_rule_of_the_card_changes_nothing(supervisor):
    customer = store(a_customer(name="甲"))
    effects = [
        CustomerChangeEffect(
            master_field="unified_social_credit_code", new_value="123", order_no=0
        )
    ]
    event = store(a_change(customer=customer, effects=effects))

    with pytest.raises(Refused) as no, by(supervisor):
        operations.confirm(event)

    assert no.value.refusals[0].field == "unified_social_credit_code"
    for record in (customer, event):
        db.session.refresh(record)
    assert (customer.unified_social_credit_code, event.applied) == (None, False)


@pytest.mark.catalogue("R04")
def test_nothing_happens_tomorrow(app):
    tomorrow = clock.today() + timedelta(days=1)

    assert refused(a_change(event_on=tomorrow)) == {"event_on"}
    assert refused(a_dealing(happened_on=clock.now() + timedelta(days=1))) == {"happened_on"}


@pytest.mark.catalogue("R05", "BR-004")
def test_a_dealing_names_a_person_of_that_customer_and_a_next_step_with_its_day(app):
    customer = store(a_customer())
    hers = store(a_customer_person(customer=customer))
    stranger = store(a_customer_person())

    assert refused(
        a_dealing(customer=customer, customer_id=customer.id, their_person=stranger)
    ) == {"their_person_id"}
    assert (
        refused(a_dealing(customer=customer, customer_id=customer.id, their_person=hers)) == set()
    )
    assert refused(a_dealing(next_action_on=clock.today())) == {"next_action"}


@pytest.mark.catalogue("R05")
def test_a_dealing_stands_on_the_page_of_its_customer_at_once(people, as_):
    customer = store(a_customer())
    dealing = store(a_dealing(customer=customer, subject="询价"))

    page = as_(people.dave).get(f"/customer/show/{customer.id}").text

    assert f"/customer_interaction/show/{dealing.id}" in page
    assert "询价" in page


@pytest.mark.catalogue("R06")
def test_a_customer_has_one_record_for_each_year_that_has_begun(app, on):
    with on("2026-03-01"):
        record = store(an_annual_record(year=2025))

        assert refused(
            an_annual_record(customer=record.customer, customer_id=record.customer_id, year=2025)
        ) == {"year"}
        assert (
            refused(
                an_annual_record(
                    customer=record.customer, customer_id=record.customer_id, year=2026
                )
            )
            == set()
        )
        assert refused(an_annual_record(year=2027)) == {"year"}
        assert refused(an_annual_record(year=1900)) == {"year"}


@pytest.mark.catalogue("R06")
def test_a_void_yearly_record_makes_room_for_the_right_one_and_comes_back_only_while_there_is_room(
    app,
):
    wrong = store(an_annual_record(year=2020))
    with writing("cli"):
        void(wrong, "填错")
    store(an_annual_record(customer=wrong.customer, customer_id=wrong.customer_id, year=2020))

    with pytest.raises(Refused) as no, writing("cli"):
        wrong.voided_at = None
        db.session.flush()

    assert "year" in {refusal.field for refusal in no.value.refusals}


@pytest.mark.catalogue("R06")
def test_reading_a_yearly_record_is_entered_into_the_book(people, as_):
    record = store(an_annual_record())

    as_(people.bob).get(f"/customer_annual_record/show/{record.id}")

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "read")).one()
    assert (entry.register, entry.record_id) == ("customer_annual_record", record.id)


@pytest.mark.catalogue("DL-63", "R04")
def test_a_change_that_is_entered_late_says_so(app):
    with on("2026-03-09"):
        in_time = store(a_change(event_on=date(2026, 3, 2), known_on=date(2026, 3, 6)))
        late = store(a_change(event_on=date(2026, 3, 5)))

    assert (in_time.record_by, in_time.is_late) == (date(2026, 3, 9), False)
    assert (late.record_by, late.is_late) == (date(2026, 3, 6), True)
    with db.session.no_autoflush:
        early = a_change(event_on=date(2026, 3, 5), known_on=date(2026, 3, 4))
        assert [refusal.field for refusal in check(early)] == ["known_on"]


@pytest.mark.catalogue("E03", "BR-011")
def test_the_index_of_the_archive_follows_the_shelf(app):
    order = ((2, 1, 1), (1, 2, 1), (1, 1, 2), (1, 1, 1), (None, None, None))
    volumes = store(
        *(
            a_volume(index_no=f"{n}", cabinet_no=cabinet, row_no=row, col_no=column)
            for n, (cabinet, row, column) in enumerate(order)
        )
    )
    [index] = [one for one in type(volumes[0]).lists_printed_as if one.form == "E03"]

    assert [one.index_no for one in index.context(volumes)["records"]] == ["3", "2", "1", "0", "4"]

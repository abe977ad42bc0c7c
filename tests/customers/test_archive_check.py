"""The half-yearly check of the customer archive leaves nothing out."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.deadlines import duties
from app.deadlines.models import DutyOccurrence
from app.domains.customers import archive_checks, operations
from app.domains.customers.archive_checks import CheckedVolume, CustomerArchiveCheck
from app.extensions import db
from app.records import Refused, check, clock, void, writing
from tests.customers.acting import asked, by, sign, store, submit
from tests.factories.customers import a_check, a_volume
from tests.people import hire

H1 = "2026H1"


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.fixture
def mary(people):
    """The customer service manager."""
    with writing("cli"):
        return hire(
            "mary", "蒋丽华", people.office, people.dave.employee.post, "customer_service_manager"
        )


@pytest.fixture
def shelf(app):
    """Three volumes and a destroyed one, not entered in the order of the shelf."""
    kept = store(
        a_volume(index_no="丙", cabinet_no=2, row_no=1, col_no=1),
        a_volume(index_no="甲", cabinet_no=1, row_no=1, col_no=1),
        a_volume(index_no="乙", cabinet_no=1, row_no=1, col_no=2),
        a_volume(index_no="毁", cabinet_no=1, row_no=1, col_no=3),
    )
    with writing("cli"):
        operations.destroy(kept[-1], "过期")
    return kept


def planned(people, **values):
    with by(people.dave):
        made = a_check(**{"half_year": H1, "checked_on": date(2026, 6, 15)} | values)
        db.session.add(made)
    return made


def looked_at(made, *conditions, **values):
    """Every volume has its condition, and what was found is written down."""
    with writing("cli"):
        for line, condition in zip(made.checked, conditions, strict=True):
            line.condition = condition
            line.action = None if condition == "intact" else "补做、修复"
        made.findings = values.get("findings", "总体良好")


def done(people, mary, made):
    sign(submit(made, people.dave), mary)


@pytest.mark.catalogue("R18", "BR-013")
def test_a_new_check_brings_a_line_for_each_living_volume_in_the_order_of_the_shelf(people, shelf):
    made = planned(people)

    assert [line.volume.index_no for line in made.checked] == ["甲", "乙", "丙"]
    assert (made.checker, made.number, made.scope) == (people.dave.employee, None, "comprehensive")


@pytest.mark.catalogue("R18", "BR-013")
def test_a_check_that_leaves_a_volume_out_is_not_finished(people, mary, shelf):
    made = planned(people)
    looked_at(made, "intact", "intact", "intact")
    store(a_volume(index_no="丁"))

    with pytest.raises(Refused) as no:
        submit(made, people.dave)
    assert [refusal.field for refusal in no.value.refusals] == ["volumes"]
    assert "丁" in str(no.value)
    with by(people.dave):
        archive_checks.bring_in_volumes(made)
        made.checked[-1].condition = "intact"
    done(people, mary, made)

    assert (made.state, made.faults) == ("done", 0)


@pytest.mark.catalogue("R18")
def test_every_volume_has_its_condition_and_every_fault_its_action(people, shelf):
    made = planned(people)
    with pytest.raises(Refused) as no:
        submit(made, people.dave)
    assert [refusal.field for refusal in no.value.refusals] == ["findings", *["volumes"] * 3]

    looked_at(made, "intact", "damaged", "missing")
    with writing("cli"):
        made.checked[1].action = "  "
    with pytest.raises(Refused) as no:
        submit(made, people.dave)

    assert [refusal.field for refusal in no.value.refusals] == ["volumes"]


@pytest.mark.catalogue("R18")
def test_the_manager_signs_and_then_only_corrections_are_entered(people, mary, shelf):
    made = planned(people)
    looked_at(made, "intact", "damaged", "faded")
    case = submit(made, people.dave)
    assert (made.state, asked(case)) == ("submitted", {mary.id})
    sign(case, mary)
    assert (made.state, made.faults, made.number is not None) == ("done", 2, True)

    for change in (
        lambda: setattr(made, "findings", "没有问题"),
        lambda: setattr(made.checked[1], "condition", "intact"),
        lambda: made.checked.append(CheckedVolume(volume=shelf[0], order_no=9)),
    ):
        with pytest.raises(Refused), by(people.dave):
            change()
        db.session.refresh(made)
    assert archive_checks.why_not_mark_as_corrected(made) is not None
    with pytest.raises(Refused), writing("cli"):
        made.state = "corrected"
    with by(people.dave):
        for line in made.checked[1:]:
            line.corrected_on = clock.today()
    with by(people.dave):
        archive_checks.mark_as_corrected(made)

    assert (made.state, made.corrected_on) == ("corrected", clock.today())


@pytest.mark.catalogue("R18")
def test_a_check_without_faults_needs_no_correction(people, mary, shelf):
    made = planned(people)
    looked_at(made, "intact", "intact", "intact")
    done(people, mary, made)

    with pytest.raises(Refused), by(people.dave):
        archive_checks.mark_as_corrected(made)


@pytest.mark.catalogue("R18")
def test_what_the_manager_refuses_is_looked_at_again(people, mary, shelf):
    made = planned(people)
    looked_at(made, "intact", "intact", "intact")

    sign(submit(made, people.dave), mary, "reject", "第二卷未核对页数")

    assert made.state == "planned"


@pytest.mark.catalogue("R18", "BR-013")
def test_a_half_year_is_checked_once_also_by_two_clerks_at_once(people, shelf):
    first = planned(people)

    with pytest.raises(Refused) as no:
        planned(people)
    assert {refusal.field for refusal in no.value.refusals} == {"half_year"}
    row = {
        "half_year": H1, "checked_on": date(2026, 6, 15), "scope": "comprehensive", "state": "planned", "version": 1,
    }  # fmt: skip
    with (
        pytest.raises(IntegrityError),
        db.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.execute(CustomerArchiveCheck.__table__.insert(), [row])
    with writing("cli"):
        db.session.delete(first)
    planned(people)


@pytest.mark.catalogue("R18", "BR-013")
@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"half_year": "2026-H1"}, {"half_year"}),
        ({"half_year": "2026H3"}, {"half_year"}),
        ({"half_year": "2026"}, {"half_year"}),
        ({"half_year": "2026H2", "checked_on": date(2026, 7, 2)}, {"half_year"}),
        ({"half_year": H1, "checked_on": date(2025, 12, 30)}, {"checked_on"}),
        ({"half_year": H1, "checked_on": date(2026, 6, 30)}, set()),
        ({"half_year": H1, "checked_on": None}, {"checked_on"}),
    ],
)
def test_a_check_is_of_a_half_year_that_has_begun(app, on, values, fields):
    with on("2026-06-20"):
        assert refused(a_check(**values)) == fields


@pytest.mark.catalogue("R18")
def test_signed_checks_with_open_faults_stand_in_a_view(people, mary, shelf, as_):
    made = planned(people)
    looked_at(made, "intact", "damaged", "intact")
    done(people, mary, made)
    place = "/customer_archive_check/list/?view=done"
    assert H1 in as_(people.dave).get(place).text

    with by(people.dave):
        made.checked[1].corrected_on = clock.today()

    assert f"/customer_archive_check/show/{made.id}" not in as_(people.dave).get(place).text


@pytest.mark.catalogue("DL-16", "BR-013")
def test_a_half_year_without_its_check_is_overdue_and_the_check_proves_it(people, mary, shelf, on):
    def row():
        query = select(DutyOccurrence).where(
            DutyOccurrence.duty == "DL-16", DutyOccurrence.period == "2026-H1"
        )
        return db.session.scalars(query).one()

    with on("2026-06-16"):
        duties.run()
        assert clock.in_office(row().due_at).date() == date(2026, 6, 30)
        made = planned(people)
        duties.run()
        assert row().done_at is None
    with on("2026-07-01"):
        duties.run()
        assert duties.state_of(row()) == "overdue"
        assert row().escalated_at is not None
        looked_at(made, "intact", "intact", "intact")
        done(people, mary, made)
        duties.run()
        assert (row().evidence_register, row().evidence_id) == ("customer_archive_check", made.id)
        assert duties.state_of(row()) == "late"


@pytest.mark.catalogue("DL-16")
def test_a_void_check_proves_nothing(people, mary, shelf, on):
    with on("2026-06-16"):
        made = planned(people)
        looked_at(made, "intact", "intact", "intact")
        done(people, mary, made)
        with writing("cli"):
            void(made, "重做")
        duties.run()

        row = db.session.scalars(
            select(DutyOccurrence).where(
                DutyOccurrence.duty == "DL-16", DutyOccurrence.period == "2026-H1"
            )
        ).one()

    assert row.done_at is None


@pytest.mark.catalogue("E04", "R18")
def test_the_record_of_the_check_lists_every_volume(people, mary, shelf, as_):
    from tests.documents.test_prints import words_of

    made = planned(people)
    looked_at(made, "intact", "damaged", "intact", findings="乙卷封面破损，其余完好")
    done(people, mary, made)
    with writing("cli"):
        boss = hire("gina", "高敏", people.office, people.dave.employee.post, "general_manager")

    paper = as_(boss).get(
        f"/print/customer_archive_check/{made.id}/archive_check.pdf", buffered=True
    )

    words = words_of(paper.data).replace(" ", "")
    for said in ("客户档案检查记录", H1, "全面", "甲", "乙", "丙", "破损", "补做、修复", "乙卷封面破损", "陈勇", "蒋丽华", "E04"):  # fmt: skip
        assert said in words
    assert words.count("陈勇") >= 2  # as the checker, and under his own signature

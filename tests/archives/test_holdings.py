"""Archives are kept, lent, brought back and destroyed."""

from __future__ import annotations

import itertools
import threading
from datetime import date, timedelta

import pypdfium2
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.approvals import casework
from app.approvals.models import ApprovalTask
from app.deadlines import dates
from app.domains.archives import operations, rules
from app.domains.archives.models import ArchiveLoan
from app.extensions import db
from app.notices.models import Notification
from app.organisation.rules import why_not_leave
from app.records import Actor, Refused, check, clock, void, writing
from tests.clock import on
from tests.exchange.rights import give
from tests.factories.archives import a_loan, an_archive
from tests.people import hire

_key = itertools.count(1)


@pytest.fixture
def archivist(people):
    with writing("cli"):
        return hire("ada", "葛洁", people.sales, people.alice.employee.post, "archivist")


@pytest.fixture
def boss(people):
    with writing("cli"):
        return hire("gina", "高敏", people.office, people.alice.employee.post, "general_manager")


def by(somebody):
    return writing("ui", Actor(somebody.id, somebody.employee.name))


def store(somebody, record):
    with by(somebody):
        db.session.add(record)
    return record


def submit(record, somebody):
    with by(somebody):
        return casework.submit(record, key=f"s{next(_key)}").case


def asked(case):
    query = select(ApprovalTask).where(
        ApprovalTask.case_id == case.id, ApprovalTask.status == "open"
    )
    return list(db.session.scalars(query))


def act(case, somebody, name="approve"):
    (task,) = (t for t in asked(case) if t.assignee_id == somebody.id)
    with by(somebody):
        return casework.act(task.id, name, key=f"a{next(_key)}", opinion="同意")


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


# -- archives ----------------------------------------------------------------------------------------


@pytest.mark.catalogue("R201")
def test_an_archive_has_its_number_once_its_year_and_its_pages(app, archivist):
    store(archivist, an_archive(archive_no="WS-1"))

    with pytest.raises((Refused, IntegrityError)):
        store(archivist, an_archive(archive_no="WS-1"))
    assert refused(an_archive(year=clock.today().year + 1)) == {"year"}
    assert refused(an_archive(pages=0)) == {"pages"}


@pytest.mark.catalogue("R201")
def test_retention_is_counted_from_the_year_after():
    assert rules.destroyable_from("years_10", 2010) == date(2021, 1, 1)
    assert rules.destroyable_from("years_30", 2010) == date(2041, 1, 1)
    assert rules.destroyable_from("permanent", 2010) is None


@pytest.mark.catalogue("R201", "AF-60")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"retention": "permanent"}, "retention"),
        ({"retention": "years_30"}, "retention"),
        ({"destruction_reason": None}, "destruction_reason"),
    ],
)
def test_what_is_still_to_be_kept_is_not_proposed_for_destruction(archivist, values, field):
    item = store(archivist, an_archive(**{"destruction_reason": "保管期满"} | values))

    with on("2026-03-02"), pytest.raises(Refused) as no:
        submit(item, archivist)

    assert {refusal.field for refusal in no.value.refusals} == {field}


@pytest.mark.catalogue("R201", "AF-60")
def test_an_archive_is_destroyed_by_the_head_and_the_general_manager(people, archivist, boss):
    item = store(archivist, an_archive(destruction_reason="保管期满，无保存价值"))

    case = submit(item, archivist)
    assert (item.state, [t.assignee_id for t in asked(case)]) == ("destroying", [people.bob.id])
    with pytest.raises(Refused):
        submit(a_loan_of(item, people), people.alice)
    act(case, people.bob)
    assert item.state == "destroying"
    act(case, boss)

    assert (item.state, item.destroyed_on) == ("destroyed", clock.today())
    with pytest.raises(Refused), by(archivist):
        item.title_ = "别的"
    with pytest.raises(Refused), by(archivist):
        db.session.delete(item)


@pytest.mark.catalogue("R201")
def test_a_refused_destruction_leaves_the_archive_in_its_place(people, archivist, boss):
    item = store(archivist, an_archive(destruction_reason="保管期满"))
    case = submit(item, archivist)

    act(case, people.bob, "reject")

    assert (item.state, item.destroyed_on) == ("in_place", None)


@pytest.mark.catalogue("R201")
def test_everybody_reads_the_list_of_archives_and_not_where_they_lie(people, as_, archivist):
    item = store(archivist, an_archive(place="甲柜三层", title_="工程竣工图"))

    page = as_(people.carol).get(f"/archive_item/show/{item.id}").text

    assert "工程竣工图" in page
    assert "甲柜三层" not in page


# -- loans -------------------------------------------------------------------------------------------


def a_loan_of(item, people, **values):
    return store(people.alice, a_loan(item=item, borrower=people.alice.employee, **values))


def approved_loan(people, archivist, item=None, **values):
    item = item or store(archivist, an_archive())
    loan = a_loan_of(item, people, **values)
    case = submit(loan, people.alice)
    act(case, people.bob)
    act(case, archivist)
    return loan


@pytest.mark.catalogue("R202")
def test_a_loan_is_due_after_it_begins(app):
    yesterday = clock.today() - timedelta(days=1)
    assert refused(a_loan(due_on=yesterday)) == {"due_on"}


@pytest.mark.catalogue("R202", "AF-60")
@pytest.mark.parametrize(
    ("secrecy", "boss_signs"),
    [("public", False), ("internal", False), ("secret", True), ("confidential", True)],
)
def test_a_secret_archive_needs_the_general_manager_too(
    people, archivist, boss, secrecy, boss_signs
):
    item = store(archivist, an_archive(secrecy=secrecy))
    loan = a_loan_of(item, people)
    case = submit(loan, people.alice)
    assert [t.assignee_id for t in asked(case)] == [people.bob.id]
    act(case, people.bob)
    assert [t.assignee_id for t in asked(case)] == [archivist.id]
    act(case, archivist)

    assert (loan.state == "approved") != boss_signs
    if boss_signs:
        act(case, boss)
    assert loan.state == "approved"


@pytest.mark.catalogue("R202", "R201")
def test_an_archive_is_handed_out_and_comes_back(people, archivist, as_):
    loan = approved_loan(people, archivist)
    browser = as_(archivist)

    browser.post(f"/archive_loan/action/hand_out/{loan.id}")
    db.session.refresh(loan)
    assert (loan.state, loan.lent_on, loan.item.state) == ("lent", clock.today(), "lent")
    browser.post(f"/archive_loan/action/take_in/{loan.id}")
    db.session.refresh(loan)
    db.session.refresh(loan.item)
    assert (loan.state, loan.returned_on, loan.item.state) == (
        "returned",
        clock.today(),
        "in_place",
    )


@pytest.mark.catalogue("R202")
def test_what_is_out_is_not_handed_out_again_nor_asked_for(people, archivist):
    first = approved_loan(people, archivist)
    second = approved_loan(people, archivist, first.item)
    with by(archivist):
        operations.hand_out(first)

    with pytest.raises(Refused), by(archivist):
        operations.hand_out(second)
    with pytest.raises(Refused) as no, by(archivist):
        second.state = "lent"
    assert no.value.refusals[0].field == "item_id"
    with pytest.raises(Refused) as no:
        submit(a_loan_of(first.item, people), people.alice)
    assert no.value.refusals[0].field == "item_id"
    with by(archivist):
        void(first, "录错")
    assert first.item.state == "in_place"


@pytest.mark.catalogue("R202")
def test_two_archivists_at_the_same_moment_do_not_hand_out_one_archive_twice(
    app, people, archivist
):
    first = approved_loan(people, archivist)
    second = approved_loan(people, archivist, first.item)
    ids, item_id = [first.id, second.id], first.item_id
    db.session.remove()
    start, said = threading.Barrier(2), []

    def hand_out(loan_id):
        with app.app_context():
            try:
                with writing("cli"):
                    start.wait(10)
                    operations.hand_out(db.session.get(ArchiveLoan, loan_id))
                said.append("given")
            except (Refused, IntegrityError, StaleDataError):
                said.append("refused")

    threads = [threading.Thread(target=hand_out, args=(pk,)) for pk in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["given", "refused"]
    out = select(func.count()).where(ArchiveLoan.item_id == item_id, ArchiveLoan.state == "lent")
    assert db.session.scalar(out) == 1


@pytest.mark.catalogue("R202")
def test_an_overdue_loan_is_seen_and_told_once_a_week(people, archivist, as_):
    day = date(2026, 3, 6)
    with on("2026-03-02"):
        loan = approved_loan(people, archivist, from_on=date(2026, 3, 2), due_on=day)
        with by(archivist):
            operations.hand_out(loan)

    def told(kind):
        db.session.expire_all()
        query = select(Notification.user_id).where(Notification.kind == kind)
        return sorted(db.session.scalars(query))

    with on("2026-03-04"):
        dates.run()
        assert told("due_soon") == []
    with on("2026-03-05"):
        dates.run()
        dates.run()
        assert told("due_soon") == [people.alice.id]
        assert loan.days_overdue == 0
    with on("2026-03-06"):
        dates.run()
        assert told("due_late") == []
    with on("2026-03-07"):
        dates.run()
        dates.run()
        assert told("due_late") == sorted([people.alice.id, archivist.id])
        assert loan.days_overdue == 1
        page = as_(archivist).get("/archive_loan/list/?view=overdue").text
        assert f"/archive_loan/show/{loan.id}" in page
    with on("2026-03-13 18:00"):
        dates.run()
        assert len(told("due_late")) == 4
        with by(archivist):
            operations.take_in(loan)
        page = as_(archivist).get("/archive_loan/list/?view=overdue").text
        assert f"/archive_loan/show/{loan.id}" not in page
    assert loan.days_overdue == 7


@pytest.mark.catalogue("R202")
def test_nobody_leaves_with_an_archive(people, archivist):
    loan = approved_loan(people, archivist)
    with by(archivist):
        operations.hand_out(loan)
    person = loan.borrower
    with writing("cli"):
        person.user_id = None

    assert why_not_leave(person)
    with pytest.raises(Refused) as no, writing("cli"):
        person.state = "left"
    assert no.value.refusals[0].field == "state"
    with by(archivist):
        operations.take_in(loan)
    with writing("cli"):
        person.state = "left"
    assert refused(a_loan(borrower=person)) == {"borrower_id"}


@pytest.mark.catalogue("R202")
def test_an_employee_asks_for_an_archive_by_himself(people, archivist, as_):
    item = store(archivist, an_archive())

    answer = as_(people.carol).post(
        "/archive_loan/add",
        data={
            "item_id": item.id,
            "borrower_id": people.carol.employee.id,
            "purpose": "核对合同",
            "from_on": clock.today().isoformat(),
            "due_on": clock.today().isoformat(),
        },
    )

    assert answer.status_code == 302, answer.text
    loan = db.session.scalars(select(ArchiveLoan)).one()
    assert loan.owner_dept_id == people.carol.employee.dept_id


# -- paper -------------------------------------------------------------------------------------------


@pytest.mark.catalogue("E65", "R201", "R202")
def test_slip_and_destruction_list_carry_what_the_paper_wants(people, archivist, as_):
    loan = approved_loan(people, archivist)
    proposed = store(
        archivist, an_archive(title_="工资表", destruction_reason="保管期满", pages=12)
    )
    submit(proposed, archivist)
    for register in ("archive_item", "archive_loan", "employee"):
        give(people.dave.user, register, "rx", "all")
    browser = as_(people.dave)

    def words(place):
        document = pypdfium2.PdfDocument(browser.get(place, buffered=True).data)
        text = "".join(p.get_textpage().get_text_bounded() for p in document)
        return text.replace("\r\n", "").replace(" ", "")

    slip = words(f"/print/archive_loan/{loan.id}/archive_loan.pdf")
    for said in (
        "借阅单",
        "李雯",
        loan.item.title_,
        "编写年报",
        "王强",
        "葛洁",
        "部门负责人",
        "档案员",
        "√",
    ):
        assert said in slip
    listed = words("/print/archive_item/destruction_list.pdf")
    for said in ("销毁清单", "工资表", "保管期满", "2021-01-01", "监销人", "总经理", "共1件"):
        assert said in listed
    assert loan.item.title_ not in listed


@pytest.mark.catalogue("R201")
def test_the_button_says_what_is_asked_for(people, archivist, as_):
    item = store(archivist, an_archive())

    assert "申请销毁" in as_(archivist).get(f"/archive_item/show/{item.id}").text

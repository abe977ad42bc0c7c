"""Plans of visits (R28) and the visits themselves (R29)."""

from __future__ import annotations

import contextvars
import threading
from datetime import date

import pytest

from app.domains.credit.models import VisitPlanLine, VisitRecord
from app.extensions import db
from app.records import Refused, void, writing
from tests.credit.office import asked, by, decide, refused, store, submit
from tests.documents.test_prints import words_of
from tests.factories.credit import a_visit, a_visit_plan
from tests.factories.directory import a_customer


@pytest.fixture
def plan(people, customer, on):
    """alice's plan for March, in force; her customer is on it twice."""
    with on("2026-03-02"):
        plan = store(
            a_visit_plan(
                customer,
                sales_rep=people.alice.employee,
                period_from=date(2026, 3, 1),
                period_to=date(2026, 3, 31),
            ),
            by_=people.alice,
        )
        with by(people.alice):
            plan.planned[0].planned_visits = 2
        decide(submit(plan, people.alice), people.bob)
    return plan


def visit(people, customer, day, *, effective=False):
    return store(
        a_visit(
            customer=customer,
            visitor=people.alice.employee,
            visited_on=date(2026, 3, day),
            effective=effective,
        ),
        by_=people.alice,
    )


@pytest.mark.catalogue("R28")
def test_the_marketing_manager_puts_a_plan_in_force(people, customer):
    plan = store(a_visit_plan(customer, sales_rep=people.alice.employee), by_=people.alice)
    case = submit(plan, people.alice)

    assert asked(case) == [people.bob.id]
    decide(case, people.bob)

    assert plan.state == "active"
    assert plan.number.startswith("FWJH-")


@pytest.mark.catalogue("R28")
def test_a_plan_without_customers_is_not_handed_in(people):
    plan = store(a_visit_plan(sales_rep=people.alice.employee), by_=people.alice)
    with by(people.alice):
        plan.planned.clear()

    with pytest.raises(Refused) as no:
        submit(plan, people.alice)

    assert no.value.refusals[0].field == "visits"


@pytest.mark.catalogue("R28")
def test_a_customer_is_planned_once_within_the_period_and_one_visit_at_least(app):
    customer = store(a_customer())

    def plan_of(**line):
        plan = a_visit_plan(customer, period_from=date(2026, 3, 1), period_to=date(2026, 3, 31))
        for name, value in line.items():
            setattr(plan.planned[0], name, value)
        return plan

    assert refused(plan_of(planned_on=date(2026, 3, 31))) == set()
    assert refused(plan_of(planned_on=date(2026, 4, 1))) == {"visits"}
    assert refused(plan_of(planned_visits=0)) == {"visits"}
    assert refused(a_visit_plan(customer, customer)) == {"visits"}
    turned = a_visit_plan(customer, period_from=date(2026, 3, 2), period_to=date(2026, 3, 1))
    assert refused(turned) == {"period_to"}


@pytest.mark.catalogue("R28", "R29")
def test_the_visits_say_how_far_a_plan_came(people, plan, customer, on):
    (line,) = plan.planned
    assert line.progress == "planned"
    with on("2026-03-20"):
        visit(people, customer, 5)
        assert (line.visits_made, line.progress) == (1, "planned")
        store(a_visit(customer=customer, visited_on=date(2026, 3, 6)))  # somebody else's
        second = visit(people, customer, 9)
        assert (line.visits_made, line.progress) == (2, "visited")
        with writing("cli"):
            void(second, "重复登记")

    assert (line.visits_made, line.progress) == (1, "planned")


@pytest.mark.catalogue("BR-020", "R28", "R29")
def test_the_fifth_visit_without_result_takes_the_customer_off_the_plan(
    people, plan, customer, on
):
    (line,) = plan.planned
    with on("2026-03-20"):
        for day in (3, 4, 5, 6):
            visit(people, customer, day)
        assert (customer.visit_without_result_count, line.progress) == (4, "visited")
        visit(people, customer, 9)

    assert customer.visit_without_result_count == 5
    assert (line.progress, line.removed_on) == ("removed", date(2026, 3, 20))
    assert "5" in line.removed_reason


@pytest.mark.catalogue("BR-020")
def test_one_visit_with_a_result_begins_the_count_anew(people, plan, customer, on):
    (line,) = plan.planned
    with on("2026-03-20"):
        for day in (3, 4, 5, 6):
            visit(people, customer, day)
        visit(people, customer, 7, effective=True)
        assert customer.visit_without_result_count == 0
        visit(people, customer, 9)

    assert (customer.visit_without_result_count, line.progress) == (1, "visited")


@pytest.mark.catalogue("BR-020")
def test_visits_count_in_the_order_they_happened_and_not_as_they_were_entered(
    people, customer, on
):
    with on("2026-03-20"):
        visit(people, customer, 9)
        visit(people, customer, 2, effective=True)

    assert customer.visit_without_result_count == 1


@pytest.mark.catalogue("BR-020")
def test_who_was_visited_in_vain_is_not_planned_again_before_a_visit_has_a_result(
    people, customer, on
):
    with on("2026-03-20"):
        for day in (2, 3, 4, 5, 6):
            visit(people, customer, day)
        assert refused(a_visit_plan(customer)) == {"visits"}
        visit(people, customer, 9, effective=True)

        assert refused(a_visit_plan(customer)) == set()


@pytest.mark.catalogue("BR-020")
def test_a_visit_that_was_entered_wrongly_puts_the_customer_back(people, plan, customer, on):
    (line,) = plan.planned
    with on("2026-03-20"):
        visits = [visit(people, customer, day) for day in (2, 3, 4, 5, 6)]
        assert line.progress == "removed"
        with writing("cli"):
            void(visits[-1], "登记有误")
        assert (line.progress, line.removed_on, line.removed_reason) == ("visited", None, None)

        with writing("cli"):
            visits[0].customer = store(a_customer())
    assert customer.visit_without_result_count == 3


@pytest.mark.catalogue("BR-020", "R29")
def test_visits_that_an_import_brought_do_not_count_when_it_is_taken_back(people, customer, on):
    with on("2026-03-20"):
        visit(people, customer, 2)
        brought = visit(people, customer, 3)
        with writing("cli"):
            brought.import_id = 7
        with writing("cli", undoing=7):
            db.session.delete(brought)

    assert customer.visit_without_result_count == 1


@pytest.mark.catalogue("BR-020")
def test_a_closed_plan_is_history_for_visits_too(people, plan, customer, on):
    with on("2026-03-20"):
        with writing("cli"):
            plan.state = "closed"
        for day in (2, 3, 4, 5, 6):
            visit(people, customer, day)

    assert plan.planned[0].progress == "planned"


@pytest.mark.catalogue("BR-020")
def test_visits_that_are_entered_at_the_same_moment_are_all_counted(app, people, customer, on):
    pk, visitor = customer.id, people.alice.employee.id
    failed = []

    def enter(day):
        def inside():
            with app.app_context():
                try:
                    with writing("cli"):
                        db.session.add(
                            VisitRecord(
                                customer_id=pk, visitor_id=visitor, visited_on=date(2026, 3, day)
                            )
                        )
                except Exception as error:
                    failed.append(error)
                db.session.remove()

        contextvars.Context().run(inside)

    threads = [threading.Thread(target=enter, args=(day,)) for day in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    db.session.rollback()
    db.session.refresh(customer)
    assert failed == []
    assert customer.visit_without_result_count == 5


@pytest.mark.catalogue("R29")
def test_a_visit_is_entered_when_it_was_made(app, on):
    with on("2026-03-20"):
        assert refused(a_visit(visited_on=date(2026, 3, 21))) == {"visited_on"}
        assert refused(a_visit(visited_on=date(2026, 3, 20))) == set()


@pytest.mark.catalogue("R28")
def test_the_page_of_a_plan_shows_who_was_taken_off_and_why(people, plan, customer, as_, on):
    with on("2026-03-20"):
        for day in (2, 3, 4, 5, 6):
            visit(people, customer, day)
        page = as_(people.alice).get(f"/visit_plan/show/{plan.id}").text

    assert "已删除" in page
    assert "连续 5 次访问无实效" in page


@pytest.mark.catalogue("R28", "R29")
def test_lines_are_written_by_the_visits_and_by_nobody_else(people, plan, token, client):
    answer = client.put(
        f"/api/v1/visit_plan/{plan.id}",
        json={
            "version": plan.version,
            "visits": [{"id": plan.planned[0].id, "progress": "visited"}],
        },
        headers=token(people.alice),
    )

    assert answer.status_code == 422
    assert db.session.get(VisitPlanLine, plan.planned[0].id).progress == "planned"


@pytest.mark.catalogue("E06")
def test_the_plan_is_printed_with_period_lines_and_both_names(people, plan, customer, as_, on):
    with on("2026-03-20"):
        for day in (2, 3, 4, 5, 6):
            visit(people, customer, day)
    with as_(people.bob).get(f"/print/visit_plan/{plan.id}/visit_plan.pdf") as answer:
        paper = words_of(answer.data)

    for words in (
        customer.name,
        "介绍新品",
        "李雯",
        "王强",
        "已删除",
        "2026-03-20",
    ):
        assert words in paper

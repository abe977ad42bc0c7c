"""Who stands in for whom, seen on one page."""

from __future__ import annotations

from datetime import date

import pytest
from pypdfium2 import PdfDocument

from app.deadlines import dates
from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.organisation import operations
from app.organisation.models import AbHandover
from app.records import Actor, writing
from tests import people as persons
from tests.approvals.test_casework import FRIDAY, a_leave, act, hand_over, submit
from tests.approvals.test_casework import pair as pair
from tests.clock import on


@pytest.fixture
def hr(people):
    with writing("cli"):
        return persons.hire(
            "hanna", "韩露", people.office, people.alice.employee.post, "human_resources"
        )


@pytest.mark.catalogue("R193", "R194", "DL-15")
def test_the_page_says_who_stands_in_who_will_and_which_posts_have_no_b(people, as_, hr, pair):
    with on(FRIDAY):
        page = as_(hr).get("/deputies/").text
        assert "今天没有人代岗" in page
        assert "李雯" in page, "she has no B"
        assert "指定 B 岗" in page

        hand_over(people, pair, FRIDAY, "2026-03-10")
        case = submit(a_leave(people.alice, "2026-03-16", "2026-03-16"), people.alice)
        page = as_(hr).get("/deputies/").text
        assert "赵静 代 王强" in page
        assert "1 件待签" in page

        act(case, people.carol)
        assert db.session.get(LeaveRequest, case.record_id).title in as_(hr).get("/deputies/").text
    with on("2026-03-11"):
        assert "今天没有人代岗" in as_(hr).get("/deputies/").text


def test_who_has_to_do_with_neither_sees_nothing_of_it(people, as_, pair):
    with on(FRIDAY):
        hand_over(people, pair, FRIDAY, "2026-03-10")

        assert "赵静 代 王强" in as_(people.carol).get("/deputies/").text
        assert "赵静 代 王强" not in as_(people.alice).get("/deputies/").text


@pytest.mark.catalogue("DL-15", "BR-015")
def test_a_handover_is_signed_by_the_working_day_before_the_leave_begins(people, pair, hr, as_):
    """The leave begins on Monday, 9 March; the last working day before is Friday, 6 March."""
    with on("2026-03-02"), writing("ui", Actor(people.bob.id, "王强")):
        handover = AbHandover(
            ab_post_id=pair.id,
            leave_from=date(2026, 3, 9),
            leave_to=date(2026, 3, 10),
            items_handed="印章",
        )
        db.session.add(handover)
    with on("2026-03-04"):
        assert dates.run().reminded == 0
    with on("2026-03-05"):
        assert dates.run().reminded == 2, "A and B are told the day before it is due"
    with on("2026-03-06 17:29"):
        assert dates.run().escalated == 0
    with on("2026-03-06 17:31"):
        assert dates.run().escalated == 3, "both, and human resources"
        assert (
            f"/ab_handover/show/{handover.id}"
            in as_(hr).get("/ab_handover/list/?view=overdue").text
        )
    with on("2026-03-06 17:32"):
        for who in (people.bob, people.carol):
            with writing("ui", Actor(who.id, who.employee.name)):
                operations.sign(db.session.get(AbHandover, handover.id))
        assert (
            f"/ab_handover/show/{handover.id}"
            not in as_(hr).get("/ab_handover/list/?view=overdue").text
        )


@pytest.mark.catalogue("E62", "R194")
def test_the_handover_record_names_both_and_what_was_handed(people, pair, as_):
    with on(FRIDAY):
        handover = hand_over(people, pair, "2026-03-09", "2026-03-10")
        answer = as_(people.bob).get(f"/print/ab_handover/{handover.id}/ab_handover.pdf")

    text = PdfDocument(answer.data)[0].get_textpage().get_text_range()
    for word in ("王强", "赵静", "客户台账", "2026-03-09"):
        assert word in text

"""Who stands in for whom, seen on one page."""

from __future__ import annotations

import pytest

from app.domains.directory.leave import LeaveRequest
from app.extensions import db
from app.records import writing
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

"""Giving rights: nobody gives more than he holds; posts carry roles; what is given for a time ends by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.audit import AuditEntry
from app.extensions import db
from app.notices.models import Notification
from app.organisation import holding
from app.organisation.models import Employee
from app.records import Actor, Refused, writing
from app.security import granting, scopes, users
from app.security.models import RoleGrant
from tests import people as persons
from tests.approvals.test_casework import FRIDAY, hand_over
from tests.approvals.test_casework import pair as pair
from tests.clock import on
from tests.factories.directory import a_customer, a_post
from tests.security.test_rights_pages import boss as boss
from tests.security.test_rights_pages import desk as desk
from tests.security.test_rights_pages import give, roles_of


def held(somebody) -> set[str]:
    """Role names as every page asks for them, which is what the long way must say too."""
    db.session.expire_all()
    user = users.by_id(somebody.id)
    person = scopes.someone(user)
    asked = set(scopes.role_names(person).values())
    assert asked == holding.names(user)
    return asked - {"employee"}


def decide(client, verdict, **more):
    [one] = granting.waiting()
    return client.post(f"/rights/requests/{one.id}/{verdict}", data=more)


# -- nobody gives more than he holds ---------------------------------------------------------------


def test_a_role_wider_than_the_givers_own_waits_for_the_general_manager(people, desk, as_, boss):
    answer = give(desk, people.carol, "receptionist", "finance", grant_reason="顶替")

    assert answer.status_code == 302
    assert held(people.carol) == {"receptionist"}
    told = db.session.scalars(select(Notification).where(Notification.user_id == boss.id)).all()
    assert any(n.kind == "grant_waits" for n in told)
    assert "顶替" in as_(boss).get("/rights/requests").text
    assert "财务" in as_(boss).get("/").text

    decide(as_(boss), "grant")

    assert held(people.carol) == {"receptionist", "finance"}


def test_who_asked_and_who_would_gain_do_not_decide(people, desk, as_, boss):
    give(desk, people.carol, "receptionist", "finance")
    [one] = granting.waiting()

    for client in (desk, as_(people.carol), as_(people.alice)):
        assert client.post(f"/rights/requests/{one.id}/grant").status_code == 403
    assert "finance" not in held(people.carol)


def test_who_holds_the_role_himself_may_decide(people, desk, as_, boss):
    with writing("cli"):
        cashier = persons.hire(
            "hugo", "严慧", people.office, people.alice.employee.post, "finance"
        )
    give(desk, people.carol, "receptionist", "finance")

    decide(as_(cashier), "grant")

    assert "finance" in held(people.carol)


def test_a_refusal_says_why_and_its_asker_reads_it(people, desk, as_, boss):
    give(desk, people.carol, "receptionist", "finance")

    decide(as_(boss), "refuse")
    assert granting.waiting(), "a refusal without a reason is none"
    decide(as_(boss), "refuse", reason="无此编制")

    assert held(people.carol) == {"receptionist"}
    told = db.session.scalars(
        select(Notification).where(Notification.user_id == people.admin.id)
    ).all()
    assert any("无此编制" in str(n.values) for n in told)


def test_while_there_is_no_general_manager_the_administrator_lets_the_first_people_in(
    people, desk
):
    give(desk, people.carol, "general_manager")

    assert roles_of(people.carol) == {"employee", "general_manager"}
    assert not granting.waiting()


def test_taking_a_role_away_waits_for_nobody(people, desk, boss):
    give(desk, people.carol)

    assert held(people.carol) == set()


def test_two_who_decide_at_once_decide_once(people, desk, as_, boss):
    give(desk, people.carol, "receptionist", "finance")
    [one] = granting.waiting()

    client = as_(boss)
    client.post(f"/rights/requests/{one.id}/grant")
    client.post(f"/rights/requests/{one.id}/refuse", data={"reason": "晚了"})

    assert "已经决定" in client.get("/rights/requests").text
    assert "finance" in held(people.carol)


# -- a role for a time ---------------------------------------------------------------------------------


def for_a_time(as_, people, somebody, role, first, last, **more):
    return as_(people.admin).post(
        f"/users/{somebody.id}/role",
        data={"role": role, "from_on": first, "until": last, "reason": "替班", **more},
    )


def test_a_role_for_a_time_begins_and_ends_by_itself(people, as_):
    with on("2026-03-02"):
        assert (
            for_a_time(
                as_, people, people.carol, "archivist", "2026-03-05", "2026-03-10"
            ).status_code
            == 302
        )
        assert "archivist" not in held(people.carol)
    for day in ("2026-03-05", "2026-03-10 23:59"):
        with on(day):
            assert "archivist" in held(people.carol)
            assert people.carol.id in users.holding("archivist")
    with on("2026-03-11 00:00"):
        assert "archivist" not in held(people.carol)
        assert people.carol.id not in users.holding("archivist")


def test_a_role_for_a_time_can_be_ended_before(people, as_):
    with on("2026-03-05"):
        for_a_time(as_, people, people.carol, "archivist", "2026-03-05", "2026-03-10")
        assert "限期授予" in as_(people.admin).get(f"/users/{people.carol.id}").text
        [grant] = db.session.scalars(select(RoleGrant))

        as_(people.admin).post(f"/users/{people.carol.id}/role/{grant.id}/end")

        assert "archivist" not in held(people.carol)


def test_a_role_for_a_time_needs_a_reason_an_order_of_days_and_another_person(people, as_):
    with on("2026-03-05"):
        late = for_a_time(
            as_, people, people.carol, "archivist", "2026-03-09", "2026-03-08", reason=""
        )
        own = for_a_time(as_, people, people.admin, "archivist", "2026-03-05", "2026-03-08")

        assert late.status_code == own.status_code == 422
        assert "2026-03-09" in late.text, "what was typed stands there again"
        assert db.session.scalars(select(RoleGrant)).all() == []


# -- a post carries roles ------------------------------------------------------------------------------


@pytest.fixture
def cashier_post(people):
    with writing("cli"):
        post = a_post(post_name="出纳", dept=people.office)
        db.session.add(post)
        db.session.flush()
        holding.set_roles_of_post(post, ["finance"])
    return post


def move(somebody, post, actor=None):
    with writing("ui", Actor(actor.id, "x") if actor else None):
        employee = db.session.get(Employee, somebody.employee.id)
        employee.post_id = post.id


def test_who_holds_a_post_has_its_roles_and_loses_them_with_it(people, cashier_post, as_):
    before = db.session.get(Employee, people.carol.employee.id).post
    assert as_(people.carol).get("/sales_fact/list/").status_code == 403

    move(people.carol, cashier_post)

    assert held(people.carol) == {"receptionist", "finance"}
    assert people.carol.id in users.holding("finance")
    assert as_(people.carol).get("/sales_fact/list/").status_code == 200
    assert "出纳" in as_(people.admin).get(f"/users/{people.carol.id}").text

    move(people.carol, before)

    assert held(people.carol) == {"receptionist"}
    assert as_(people.carol).get("/sales_fact/list/").status_code == 403


def test_nobody_gives_himself_a_post_that_carries_roles(people, cashier_post):
    with writing("cli"):
        hr = persons.hire(
            "hanna", "韩露", people.office, people.alice.employee.post, "human_resources"
        )

    with pytest.raises(Refused) as no:
        move(hr, cashier_post, hr)
    assert "post_id" in no.value.by_field()
    move(people.carol, cashier_post, hr)
    assert "finance" in held(people.carol)


@pytest.mark.catalogue("BR-170", "BR-171")
def test_a_post_whose_roles_contradict_ones_own_is_not_taken(people):
    with writing("cli"):
        post = a_post(post_name="审计", dept=people.office)
        db.session.add(post)
        db.session.flush()
        holding.set_roles_of_post(post, ["auditor"])

    with pytest.raises(Refused, match="审计"):
        move(people.alice, post)


def test_the_roles_of_a_post_are_set_by_who_keeps_the_matrix(people, cashier_post, as_, boss):
    url = f"/rights/post/{cashier_post.id}"
    assert as_(people.alice).get(url).status_code == 403

    as_(people.admin).post(url, data={"roles": "finance,archivist", "reason": "兼管档案"})
    assert holding.roles_of_post(cashier_post.id) == ["finance"], "wider than the administrator"
    decide(as_(boss), "grant")
    assert holding.roles_of_post(cashier_post.id) == ["archivist", "finance"]

    as_(people.admin).post(url, data={"roles": "archivist"})
    assert holding.roles_of_post(cashier_post.id) == ["archivist"], "less waits for nobody"
    assert "出纳" in as_(boss).get("/rights/posts").text


@pytest.mark.catalogue("BR-015", "R193", "R194")
def test_b_has_the_roles_of_as_post_between_the_dates_and_not_a_minute_longer(people, pair, as_):
    """bob is A and carol B: his post carries the roles of the marketing manager."""
    with writing("cli"):
        post = a_post(post_name="营销经理", dept=people.sales)
        db.session.add(post)
        db.session.flush()
        holding.set_roles_of_post(post, ["marketing_manager"])
        pair.post_id = post.id
    with on(FRIDAY):
        hand_over(people, pair, "2026-03-09", "2026-03-10")
        assert held(people.carol) == {"receptionist"}
    with on("2026-03-09 00:00"):
        assert held(people.carol) == {"receptionist", "marketing_manager"}
        assert as_(people.carol).get("/composition_policy/list/").status_code == 200
        assert people.carol.id not in users.holding("marketing_manager"), (
            "she acts on his tasks, and is asked for none of her own"
        )
    with on("2026-03-11 00:00"):
        assert held(people.carol) == {"receptionist"}


# -- the matrix ----------------------------------------------------------------------------------------


def change(client, register, role, verbs, reach, reason="试行"):
    return client.post(
        f"/rights/cell/{register}/{role}/edit",
        data={"verbs": ",".join(verbs), "reach": reach, "reason": reason},
    )


def test_a_narrower_cell_counts_at_once_and_no_deploy_takes_it_back(app, people, as_, boss):
    assert as_(people.alice).get("/customer/add").status_code == 200

    answer = change(as_(people.admin), "customer", "sales_rep", "r", "own_deputised")

    assert answer.status_code == 302
    assert as_(people.alice).get("/customer/add").status_code == 403
    app.test_cli_runner().invoke(args=["sync"])
    assert granting.cell("sales_rep", "customer") == ("r", "own_deputised")
    assert 'class="differs"' in as_(boss).get("/rights/?differs=1").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "cell")).one()
    assert entry.details["before"] == ["rad", "own_deputised"]
    assert entry.details["after"] == ["r", "own_deputised"]
    assert entry.details["reason"] == "试行"


def test_a_wider_cell_waits_for_the_general_manager(people, as_, boss):
    with writing("cli"):
        db.session.add(a_customer(name="众人之客"))

    change(as_(people.admin), "customer", "sales_rep", "rad", "all")
    assert granting.cell("sales_rep", "customer") == ("rad", "own_deputised")
    assert "众人之客" not in as_(people.alice).get("/customer/list/").text

    decide(as_(boss), "grant")

    assert granting.cell("sales_rep", "customer") == ("rad", "all")
    assert "众人之客" in as_(people.alice).get("/customer/list/").text


def test_the_administrator_is_given_no_signature_and_no_change_goes_without_a_reason(
    people, as_, boss
):
    desk = as_(people.admin)

    signs = change(desk, "leave_request", "platform_admin", "rs", "all")
    mute = change(desk, "customer", "sales_rep", "r", "own", reason="")
    blind = change(desk, "customer", "sales_rep", "e", "own")

    assert (signs.status_code, mute.status_code, blind.status_code) == (422, 422, 422)
    assert "BR-170" in signs.text
    assert as_(people.erin).get("/rights/cell/customer/sales_rep/edit").status_code == 403


def test_what_covers_what():
    assert granting.covers_reach({"all"}, "field_group:identity")
    assert granting.covers_reach({"department"}, "own")
    assert not granting.covers_reach({"own"}, "department")
    assert not granting.covers_reach({"department"}, "by_access_request")
    assert granting.widened(("r", "own"), ("re", "own")) == "e"
    assert granting.widened(("re", "own"), ("re", "all")) == "re"
    assert granting.widened(("re", "all"), ("r", "own")) == ""


def test_an_end_in_the_past_is_never_given(people, as_, boss):
    with on("2026-03-05"):
        for_a_time(as_, people, people.carol, "finance", "2026-03-05", "2026-03-06")
        assert granting.waiting()
    with on("2026-03-20"):
        decide(as_(boss), "grant")

        assert granting.waiting(), "it still stands there, and the page said why"
        assert "finance" not in held(people.carol)

"""Who approves what up to which amount."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select

from app.approvals import casework
from app.approvals.models import ApprovalTask
from app.domains.administration import operations
from app.domains.administration.models import AuthorityMatrix
from app.extensions import db
from app.records import Actor, Refused, check, clock, writing
from tests.factories.administration import an_authority
from tests.people import hire

_key = itertools.count(1)


@pytest.fixture
def office(people):
    with writing("cli"):
        return hire("olga", "云霞", people.office, people.alice.employee.post, "office")


@pytest.fixture
def boss(people):
    with writing("cli"):
        return hire("gina", "高敏", people.office, people.alice.employee.post, "general_manager")


def by(somebody):
    return writing("ui", Actor(somebody.id, somebody.employee.name))


def submitted(office, **values):
    with by(office):
        line = an_authority(**values)
        db.session.add(line)
    with by(office):
        casework.submit(line, key=f"s{next(_key)}")
    return line


def decide(line, boss, name="approve"):
    task = db.session.scalars(
        select(ApprovalTask)
        .where(ApprovalTask.assignee_id == boss.id, ApprovalTask.status == "open")
        .order_by(ApprovalTask.id.desc())
    ).first()
    with by(boss):
        casework.act(task.id, name, key=f"a{next(_key)}", opinion="同意")
    return line


def in_force(office, boss, **values):
    return decide(submitted(office, **values), boss)


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


@pytest.mark.catalogue("R231")
def test_a_limit_is_above_zero_or_none(app):
    assert refused(an_authority(limit=Decimal(0))) == {"limit"}
    assert refused(an_authority(limit=None)) == set()
    assert refused(an_authority(approver="platform_admin")) == {"approver"}


@pytest.mark.catalogue("R231", "AF-60")
def test_the_office_drafts_and_the_general_manager_puts_it_into_force(office, boss):
    line = submitted(office)
    assert line.state == "pending"

    decide(line, boss)

    assert (line.state, line.in_force_on) == ("in_force", clock.today())
    with pytest.raises(Refused), by(office):
        line.limit = Decimal(9000)
    assert decide(submitted(office), boss, "reject").state == "rejected"


@pytest.mark.catalogue("R231")
def test_the_lines_of_a_matter_begin_where_the_smaller_ones_end(office, boss):
    top = in_force(office, boss, matter="减免", limit=None, approver="general_manager")
    low = in_force(office, boss, matter="减免", limit=Decimal(1000), approver="service_staff")
    mid = in_force(office, boss, matter="减免", limit=Decimal(5000))

    def steps():
        return [(one.above, one.limit) for one in AuthorityMatrix.in_force("减免")]

    assert steps() == [(0, 1000), (1000, 5000), (5000, None)]
    with by(office):
        operations.end(mid, "撤销这一级")
    assert (mid.state, mid.ended_on) == ("ended", clock.today())
    assert steps() == [(0, 1000), (1000, None)]
    assert (low.state, top.state) == ("in_force", "in_force")


@pytest.mark.catalogue("R231")
def test_a_new_limit_of_the_same_role_takes_the_place_of_the_former(office, boss):
    former = in_force(office, boss, matter="减免", limit=Decimal(1000))
    later = in_force(office, boss, matter="减免", limit=Decimal(2000))

    assert (former.state, former.ended_on) == ("superseded", clock.today())
    assert [one.id for one in AuthorityMatrix.in_force("减免")] == [later.id]


@pytest.mark.catalogue("R231")
def test_one_limit_of_a_matter_has_one_approver(office, boss):
    both = [
        submitted(office, matter="减免", approver=approver)
        for approver in ("customer_service_manager", "finance")
    ]
    decide(both[1], boss)

    with pytest.raises(Refused) as no:
        decide(both[0], boss)
    assert no.value.refusals[0].field == "limit"
    with pytest.raises(Refused) as no:
        submitted(office, matter="减免", approver="office")
    assert no.value.refusals[0].field == "limit"


@pytest.mark.catalogue("R231", "E65")
def test_the_table_says_who_approves_up_to_what(office, boss, as_):
    in_force(office, boss, matter="服务费减免", limit=Decimal(5000))
    in_force(office, boss, matter="服务费减免", limit=None, approver="general_manager")
    submitted(office, matter="还未批准的事项")

    answer = as_(office).get("/print/authority_matrix/authority_matrix.pdf", buffered=True)

    document = pypdfium2.PdfDocument(answer.data)
    text = "".join(p.get_textpage().get_text_bounded() for p in document)
    text = text.replace("\r\n", "").replace(" ", "")
    for said in ("权责划分表", "服务费减免", "5,000.00", "不设上限", "总经理", "共2行"):
        assert said in text
    assert "还未批准的事项" not in text

"""Secrecy, training, assessment, two persons, and one who stands alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pypdfium2
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.deadlines import dates, rhythm
from app.deadlines.calendar import WorkCalendar
from app.deadlines.duties import DUTIES
from app.domains.directory import rules, staffing
from app.domains.directory.personnel import SinglePostMonitor
from app.extensions import db
from app.notices.models import Notification
from app.organisation.models import AbPost
from app.records import Actor, Refused, check, clock, void, writing
from tests.clock import on
from tests.exchange.rights import give
from tests.factories.directory import a_post, an_employee
from tests.factories.personnel import (
    a_monitoring,
    a_pair_of_two,
    a_training,
    an_agreement,
    an_assessment,
)
from tests.people import hire


@pytest.fixture
def hr(people):
    with writing("cli"):
        return hire("hana", "潘玉", people.office, people.alice.employee.post, "human_resources")


@pytest.fixture
def key_post(people):
    with writing("cli"):
        post = a_post(is_key_post=True, post_name="网络系统管理员", dept=people.sales)
        db.session.add(post)
    return post


def by(somebody):
    return writing("ui", Actor(somebody.id, somebody.employee.name))


def store(somebody, record):
    with by(somebody):
        db.session.add(record)
    return record


def refused(record):
    with db.session.no_autoflush:
        return {refusal.field for refusal in check(record)}


def signed(hr, somebody, post, **values):
    agreement = store(hr, an_agreement(person=somebody.employee, post=post, **values))
    with by(somebody):
        staffing.sign_agreement(agreement)
    return agreement


# -- R195 --------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R195")
def test_an_agreement_is_about_a_key_post_and_ends_in_the_future(app):
    yesterday = clock.today() - timedelta(days=1)

    assert refused(an_agreement()) == set()
    assert refused(an_agreement(post=a_post())) == {"post_id"}
    assert refused(an_agreement(valid_to=yesterday)) == {"valid_to"}
    assert refused(an_agreement(secrecy_years=-1)) == {"secrecy_years"}


@pytest.mark.catalogue("R195")
def test_the_person_signs_himself_and_nobody_for_him(people, hr, key_post, as_):
    agreement = store(hr, an_agreement(person=people.carol.employee, post=key_post))

    with pytest.raises(Refused), by(hr):
        staffing.sign_agreement(agreement)
    for somebody in (by(hr), writing("cli")):
        with pytest.raises(Refused) as no, somebody:
            agreement.state = "signed"
        assert no.value.refusals[0].field == "person_id"
    as_(people.carol).post(f"/confidentiality_agreement/action/sign/{agreement.id}")

    db.session.refresh(agreement)
    assert (agreement.state, agreement.signed_on) == ("signed", clock.today())
    with pytest.raises(Refused), by(hr):
        agreement.secrecy_years = 0
    with pytest.raises(Refused), by(hr):
        db.session.delete(agreement)


@pytest.mark.catalogue("R195")
def test_one_agreement_is_in_force_for_a_person_and_a_post(people, hr, key_post):
    first = signed(hr, people.carol, key_post)
    second = store(hr, an_agreement(person=people.carol.employee, post=key_post))

    with pytest.raises(Refused), by(people.carol):
        staffing.sign_agreement(second)
    with by(hr):
        staffing.terminate(first, "调岗")
    with by(people.carol):
        staffing.sign_agreement(second)

    assert (first.state, first.ended_on, second.state) == ("terminated", clock.today(), "signed")


@pytest.mark.catalogue("BR-156", "R195")
def test_nobody_moves_into_a_key_post_without_a_valid_agreement(people, hr, key_post):
    employee = people.carol.employee

    with pytest.raises(Refused) as no, by(hr):
        employee.post = key_post
    assert no.value.refusals[0].field == "post_id"
    agreement = signed(hr, people.carol, key_post)
    with by(hr):
        void(agreement, "签错")
    with pytest.raises(Refused), by(hr):
        employee.post = key_post
    signed(hr, people.carol, key_post)
    with by(hr):
        employee.post = key_post

    assert employee.post_id == key_post.id


@pytest.mark.catalogue("BR-156")
def test_who_was_hired_into_a_key_post_is_listed_until_he_signs(people, hr, key_post, as_):
    with writing("cli"):
        nora = hire("nora", "邹琳", people.office, key_post, "website_admin")
    place, page = "/employee/list/?view=no_agreement", f"/employee/show/{nora.employee.id}"

    assert page in as_(hr).get(place).text
    with on("2026-03-02"):
        signed(hr, nora, key_post, valid_to=date(2026, 3, 31))
    with on("2026-03-31"):
        assert page not in as_(hr).get(place).text
    with on("2026-04-01"):
        assert page in as_(hr).get(place).text


@pytest.mark.catalogue("BR-156")
def test_a_and_b_of_a_key_post_have_promised_secrecy(people, hr, key_post):
    def pair(**named):
        return AbPost(post=key_post, a_person=people.carol.employee, b_person=people.dave.employee)

    signed(hr, people.carol, key_post)
    with pytest.raises(Refused) as no:
        store(hr, pair())
    assert [refusal.field for refusal in no.value.refusals] == ["b_person_id"]
    signed(hr, people.dave, key_post)
    store(hr, pair())


@pytest.mark.catalogue("R195")
def test_an_agreement_expires_by_itself_and_human_resources_are_told_before(people, hr, key_post):
    with on("2026-03-02"):
        agreement = signed(hr, people.carol, key_post, valid_to=date(2026, 4, 20))

    def told(kind):
        db.session.expire_all()
        return sorted(
            db.session.scalars(select(Notification.user_id).where(Notification.kind == kind))
        )

    with on("2026-03-20"):
        dates.run()
        assert told("agreement_ends") == []
    with on("2026-03-21"):
        dates.run()
        dates.run()
        assert told("agreement_ends") == sorted([hr.id, people.carol.id])
    with on("2026-04-20"):
        dates.run()
        assert agreement.state == "signed"
    with on("2026-04-21"):
        dates.run()
        dates.run()
        assert told("agreement_expired") == sorted([hr.id, people.carol.id])
    assert (agreement.state, agreement.ended_on) == ("expired", date(2026, 4, 20))


# -- R196 --------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R196")
def test_a_training_was_held_when_its_day_has_come_and_somebody_was_there(people, hr):
    training = store(hr, a_training())

    with pytest.raises(Refused) as no, by(hr):
        staffing.hold(training)
    assert no.value.refusals[0].field == "participants"
    tomorrow = clock.today() + timedelta(days=1)
    early = store(hr, a_training(on=tomorrow, people=[people.carol.employee]))
    with pytest.raises(Refused) as no, by(hr):
        staffing.hold(early)
    assert no.value.refusals[0].field == "on"
    held = store(hr, a_training(people=[people.carol.employee]))
    with by(hr):
        staffing.hold(held)

    assert (held.state, held.headcount) == ("done", 1)
    with pytest.raises(Refused), by(hr):
        held.attendances[0].score = Decimal(100)
    assert refused(a_training(hours=Decimal(0))) == {"hours"}


@pytest.mark.catalogue("R196")
def test_nobody_stands_on_the_sheet_twice_and_a_score_ends_at_100(people, hr):
    carol = people.carol.employee
    with pytest.raises(Refused):
        store(hr, a_training(people=[carol, carol]))
    wrong = a_training(people=[carol])
    wrong.attendances[0].score = Decimal("100.5")
    with pytest.raises(Refused):
        store(hr, wrong)


@pytest.mark.catalogue("R196")
def test_who_took_part_sees_the_training_and_nobody_else(people, hr, as_):
    training = store(hr, a_training(people=[people.carol.employee]))
    place = f"/training_record/show/{training.id}"

    assert as_(people.carol).get(place).status_code == 200
    assert as_(people.dave).get(place).status_code == 404
    assert place in as_(people.carol).get("/training_record/list/").text


@pytest.mark.catalogue("R196")
def test_a_head_enters_the_training_of_his_department_and_says_it_was_held(people, as_):
    training = store(people.bob, a_training(people=[people.alice.employee]))
    assert training.owner_dept_id == people.sales.id

    as_(people.bob).post(f"/training_record/action/hold/{training.id}")

    db.session.refresh(training)
    assert training.state == "done"


# -- R197 --------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R197")
@pytest.mark.parametrize(
    ("subject", "period", "fits"),
    [
        ("service_staff", "2026-03", True),
        ("service_staff", "2026-13", False),
        ("service_staff", "2026-H1", False),
        ("sales_consultant", "2026-12", True),
        ("it_staff", "2026-H2", True),
        ("it_staff", "2026-03", False),
        ("it_staff", "2026-H3", False),
    ],
)
def test_the_period_fits_who_is_assessed(app, subject, period, fits):
    assert (refused(an_assessment(subject=subject, period=period)) == set()) == fits


@pytest.mark.catalogue("R197")
def test_the_result_weighs_the_scores():
    ten = Decimal(10)
    assert rules.weighted([(4 * ten, 9 * ten), (6 * ten, 7 * ten + 5)]) == Decimal("81.00")
    assert rules.weighted([(3 * ten, ten), (3 * ten, ten + 1), (3 * ten, ten)]) == Decimal("10.33")
    assert rules.weighted([(ten, None)]) is None
    assert rules.weighted([]) is None


@pytest.mark.catalogue("R197")
@pytest.mark.parametrize("scores", [(), ((60, 80),), ((60, 80), (40, None))])
def test_only_a_complete_assessment_is_scored(people, hr, as_, scores):
    assessment = store(hr, an_assessment(scores=scores))

    as_(hr).post(f"/assessment/action/score/{assessment.id}")

    db.session.refresh(assessment)
    assert assessment.state == "open"


@pytest.mark.catalogue("R197", "BR-170")
def test_an_assessment_is_confirmed_by_another_and_never_by_the_person(people, hr, as_):
    assessment = store(
        hr, an_assessment(person=people.alice.employee, scores=((60, 80), (40, 95)))
    )
    as_(hr).post(f"/assessment/action/score/{assessment.id}")
    db.session.refresh(assessment)
    assert (assessment.state, assessment.result) == ("scored", Decimal("86.00"))

    with pytest.raises(Refused), by(hr):
        staffing.confirm_assessment(assessment)
    with by(people.bob):
        staffing.confirm_assessment(assessment)
    assert (assessment.state, assessment.confirmed_by_id) == ("confirmed", people.bob.employee.id)
    with pytest.raises(Refused), by(hr):
        assessment.scores[0].score = Decimal(100)

    own = store(hr, an_assessment(person=people.bob.employee, scores=((100, 80),)))
    with by(hr):
        own.state = "scored"
    with pytest.raises(Refused), by(people.bob):
        staffing.confirm_assessment(own)
    with pytest.raises(Refused):
        store(people.bob, an_assessment(person=people.bob.employee, period="2026-04"))


@pytest.mark.catalogue("R197")
def test_a_person_is_assessed_once_for_a_period(people, hr):
    store(hr, an_assessment(person=people.alice.employee))

    with pytest.raises((Refused, IntegrityError)):
        store(hr, an_assessment(person=people.alice.employee))


@pytest.mark.catalogue("R197")
def test_ratings_are_the_persons_his_superiors_and_human_resources(people, hr, as_, token, client):
    assessment = store(
        hr, an_assessment(person=people.alice.employee, scores=((60, 87), (40, 93)))
    )
    place = f"/assessment/show/{assessment.id}"

    for reader in (people.alice, people.bob, hr):
        assert "87" in as_(reader).get(place).text
    for stranger in (people.carol, people.dave):
        assert as_(stranger).get(place).status_code in (403, 404)
    page = as_(people.erin).get(place).text
    assert "项目1" not in page
    assert ">87<" not in page
    row = client.get(f"/api/v1/assessment/{assessment.id}", headers=token(people.erin)).json
    assert "项目1" not in str(row)
    assert "87" not in str(row["result"]["items"])


def the_period(kind, key, year=2026):
    return next(p for p in kind(year, WorkCalendar()) if p.key == key)


@pytest.mark.catalogue("DL-47")
def test_it_staff_are_trained_and_assessed_each_half_year(people, hr):
    duty, half = DUTIES["DL-47"], the_period(rhythm.half_yearly, "2026-H1")
    assert duty.rhythm(2026, WorkCalendar())[0].due.strftime("%m-%d") == "06-30"
    assert duty.evidence(half) is None

    with on("2026-06-20"):
        training = store(hr, a_training(on=date(2026, 6, 15), people=[people.carol.employee]))
        with by(hr):
            staffing.hold(training)
        assert duty.evidence(half) is None
        one, two = (
            store(hr, an_assessment(subject="it_staff", period="2026-H1", person=p.employee, scores=((100, 90),)))
            for p in (people.alice, people.bob)
        )  # fmt: skip
        with by(hr):
            one.state = two.state = "scored"
        with by(people.bob):
            staffing.confirm_assessment(one)
        assert duty.evidence(half) is None
        with by(hr):
            void(two, "不属信息技术人员")

    assert duty.evidence(half) == ("training_record", training.id)
    assert duty.evidence(the_period(rhythm.half_yearly, "2026-H2")) is None


@pytest.mark.catalogue("DL-37")
def test_the_ratings_of_a_month_become_part_of_the_assessment(people, hr):
    duty = DUTIES["DL-37"]
    march = next(p for p in duty.rhythm(2026, WorkCalendar()) if p.key == "2026-03")
    assert march.due.strftime("%m-%d") == "04-07"
    assert duty.evidence(march) is None

    assessment = store(hr, an_assessment(person=people.alice.employee, scores=((100, 90),)))
    with by(hr):
        assessment.state = "scored"
    assert duty.evidence(march) is None
    with by(people.bob):
        staffing.confirm_assessment(assessment)

    assert duty.evidence(march) == ("assessment", assessment.id)


# -- R198 --------------------------------------------------------------------------------------------


@pytest.fixture
def two(people, hr, key_post):
    """carol and dave answer for a key post; bob heads its department."""
    signed(hr, people.carol, key_post)
    signed(hr, people.dave, key_post)
    dual = store(
        hr,
        a_pair_of_two(
            post=key_post, person_1=people.carol.employee, person_2=people.dave.employee
        ),
    )
    with by(people.bob):
        staffing.activate(dual)
    return dual


@pytest.mark.catalogue("R198")
def test_two_persons_are_two_and_their_post_is_a_key_post(app):
    person = an_employee()
    assert refused(a_pair_of_two()) == set()
    assert refused(a_pair_of_two(person_1=person, person_2=person)) == {"person_2_id"}
    assert refused(a_pair_of_two(post=a_post())) == {"post_id"}


@pytest.mark.catalogue("R198", "BR-156")
def test_the_head_puts_it_into_force_when_both_have_promised_secrecy(people, hr, key_post):
    dual = store(
        hr,
        a_pair_of_two(
            post=key_post, person_1=people.carol.employee, person_2=people.dave.employee
        ),
    )
    signed(hr, people.carol, key_post)

    with pytest.raises(Refused) as no, by(people.bob):
        staffing.activate(dual)
    assert [refusal.field for refusal in no.value.refusals] == ["person_2_id"]
    signed(hr, people.dave, key_post)
    with pytest.raises(Refused), by(hr):
        staffing.activate(dual)
    with by(people.bob):
        staffing.activate(dual)

    assert (dual.state, dual.since) == ("active", clock.today())
    again = store(
        hr,
        a_pair_of_two(
            post=key_post, person_1=people.dave.employee, person_2=people.carol.employee
        ),
    )
    with pytest.raises(Refused) as no, by(people.bob):
        staffing.activate(again)
    assert no.value.refusals[0].field == "post_id"


@pytest.mark.catalogue("R198")
def test_a_critical_operation_carries_both_signatures(people, hr, two, as_):
    with by(people.carol):
        staffing.log_operation(two, "恢复生产数据库")
    line = two.sign_offs[0]
    assert (line.first_id, line.second_at, two.half_signed) == (people.carol.employee.id, None, 1)
    assert db.session.scalars(
        select(Notification.user_id).where(Notification.kind == "countersign")
    ).all() == [people.dave.id]
    place = f"/dual_responsibility/show/{two.id}"
    assert place in as_(hr).get("/dual_responsibility/list/?view=half_signed").text

    for somebody in (people.carol, people.bob):
        with pytest.raises(Refused), by(somebody):
            staffing.countersign(two)
    with pytest.raises(Refused), by(people.bob):
        staffing.log_operation(two, "旁人代记")
    with pytest.raises(Refused) as no, by(hr):
        staffing.end_dual(two, "换人")
    assert no.value.refusals[0].field == "critical_operations"
    with by(people.dave):
        staffing.countersign(two)
    assert (line.second_id, two.half_signed) == (people.dave.employee.id, 0)
    with by(hr):
        staffing.end_dual(two, "换人")
    assert (two.state, two.ended) == ("ended", clock.today())


@pytest.mark.catalogue("R198")
def test_nobody_strikes_out_what_was_signed_for(people, hr, two):
    with by(people.carol):
        staffing.log_operation(two, "恢复生产数据库")

    with pytest.raises(Refused), by(hr):
        two.sign_offs.clear()
    db.session.refresh(two)
    with pytest.raises(Refused), by(hr):
        two.sign_offs[0].second_at = clock.now()
    assert two.half_signed == 1


# -- R199 --------------------------------------------------------------------------------------------


@pytest.mark.catalogue("R199")
def test_only_a_post_with_one_holder_is_monitored_and_by_another(people):
    with writing("cli"):
        alone, crowd = a_post(), a_post()
        lonely = an_employee(post=alone)
        db.session.add_all([lonely, an_employee(post=crowd), an_employee(post=crowd)])
        db.session.flush()

    assert refused(a_monitoring(post=alone)) == set()
    assert refused(a_monitoring(post=crowd)) == {"post_id"}
    assert refused(a_monitoring(post=alone, monitor=lonely)) == {"monitor_id"}


@pytest.mark.catalogue("R199", "BR-156")
def test_the_list_names_each_post_in_which_one_stands_alone_with_its_monitor(
    people, hr, key_post, as_
):
    with writing("cli"):
        nora = hire("nora", "邹琳", people.sales, key_post, "website_admin")
        boss = hire("gina", "高敏", people.office, people.alice.employee.post, "general_manager")
        own = a_post(post_name="销售部负责人", dept=people.sales)
        deputised = a_post(post_name="有B岗", dept=people.sales)
        db.session.add_all([own, deputised])
        people.bob.employee.post = own
        a, b = an_employee(post=deputised), people.carol.employee
        db.session.add(AbPost(post=deputised, a_person=a, b_person=b))
    browser = as_(hr)
    assert f"/post/show/{key_post.id}" in browser.get("/post/list/?view=unwatched").text

    browser.post("/single_posts/watch")

    rows = {one.post_id: one for one in db.session.scalars(select(SinglePostMonitor))}
    assert set(rows) == {key_post.id, own.id}
    assert rows[key_post.id].monitor_id == people.bob.employee.id
    assert rows[key_post.id].holder_id == nora.employee.id
    assert rows[own.id].monitor_id == boss.employee.id
    assert f"/post/show/{key_post.id}" not in browser.get("/post/list/?view=unwatched").text
    with pytest.raises(Refused), by(hr):
        staffing.watch_single_posts()


@pytest.mark.catalogue("R199")
def test_two_persons_who_answer_for_a_post_need_no_monitor(people, hr, key_post, two):
    with writing("cli"):
        hire("nora", "邹琳", people.sales, key_post, "website_admin")

    with pytest.raises(Refused), by(hr):
        staffing.watch_single_posts()


@pytest.mark.catalogue("R199")
def test_the_monitor_says_what_he_found_and_looks_again_after_half_a_year(people, hr, key_post):
    with writing("cli"):
        hire("nora", "邹琳", people.sales, key_post, "website_admin")
    with on("2026-01-05"):
        with by(hr):
            (one,) = staffing.watch_single_posts()
        with pytest.raises(Refused), by(hr):
            staffing.check_single_post(one, "正常")
        with pytest.raises(Refused), by(people.bob):
            staffing.check_single_post(one, " ")
        with by(people.bob):
            staffing.check_single_post(one, "操作记录完整")
        assert (one.state, one.checked_on) == ("checked", date(2026, 1, 5))
    with pytest.raises(Refused), by(hr):
        one.monitor = people.carol.employee
    with by(hr):
        one.action = "补设B岗"

    with on("2026-07-03"), pytest.raises(Refused), by(hr):
        staffing.watch_single_posts()
    with on("2026-07-04"), by(hr):
        (again,) = staffing.watch_single_posts()
    assert again.post_id == one.post_id


# -- paper -------------------------------------------------------------------------------------------


@pytest.mark.catalogue("E63", "R195", "R196", "R197")
def test_the_agreement_is_printed_in_two_copies_and_says_who_signed(people, hr, key_post, as_):
    agreement = signed(hr, people.carol, key_post, obligations="不得私接外网")
    training = store(hr, a_training(topic="灾备演练", people=[people.carol.employee]))
    assessment = store(hr, an_assessment(person=people.carol.employee, scores=((100, 88),)))
    for register in (
        "confidentiality_agreement",
        "training_record",
        "assessment",
        "employee",
        "department",
    ):
        give(people.dave.user, register, "rx", "all")
    browser = as_(people.dave)

    def words(record, form):
        answer = browser.get(
            f"/print/{record.register_name()}/{record.id}/{form}.pdf", buffered=True
        )
        document = pypdfium2.PdfDocument(answer.data)
        text = "".join(p.get_textpage().get_text_bounded() for p in document)
        return len(document), text.replace("\r\n", "").replace(" ", "")

    pages, paper = words(agreement, "confidentiality_agreement")
    assert pages == 2
    for said in (
        "保密协议书",
        "E63",
        "甲方",
        "乙方",
        "赵静",
        "网络系统管理员",
        "不得私接外网",
        "公司留存",
        "员工留存",
    ):
        assert said in paper
    _pages, sheet = words(training, "training_sign_in")
    assert all(said in sheet for said in ("签到表", "灾备演练", "赵静", "信息技术人员定期培训"))
    _pages, sheet = words(assessment, "assessment")
    assert all(said in sheet for said in ("考核表", "赵静", "2026-03", "88"))

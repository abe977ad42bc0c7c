"""A and B posts, leave, files opened on request, the quarter's review of rights; and the clock that watches."""

from __future__ import annotations

from datetime import timedelta

from app.approvals import clockwork
from app.deadlines import dates, duties
from app.demo.story import Story
from app.domains.customers.access import CustomerAccessLine, CustomerAccessRequest
from app.domains.directory.leave import LeaveRequest, note_return
from app.domains.infosec import operations as rights
from app.domains.infosec.models import PermissionReview
from app.extensions import db
from app.organisation import operations
from app.organisation.models import AbHandover, AbPost

#: A → B, by their roles
PAIRS = {
    "marketing_manager": "account_manager",
    "sales_rep": "account_manager",
    "customer_info_officer": "statistics_analyst",
    "customer_service_manager": "service_staff",
    "office": "archivist",
    "supply_production": "employee",
}


def pair_posts(story: Story) -> None:
    """Every post that must not stand still has its B (D8§5)."""
    with story.as_("human_resources", 120):
        for a, b in PAIRS.items():
            db.session.add(
                AbPost(
                    post=story.people[a].post,
                    a_person=story.people[a],
                    b_person=story.people[b],
                    scope="请假、出差期间代办本岗日常事项",
                )
            )
            db.session.flush()


def go_on_leave(story: Story) -> None:
    """One came back, one is away today, one will go, one waits, one was refused."""
    pairs = {pair.a_person_id: pair for pair in db.session.query(AbPost)}

    def leave(
        role: str, ago: int, first: int, last: int, reason: str, kind: str = "annual"
    ) -> LeaveRequest:
        with story.as_(role, ago):
            made = LeaveRequest(
                employee_id=story.people[role].id,
                kind=kind,
                from_on=story.today + timedelta(days=first),
                to_on=story.today + timedelta(days=last),
                reason=reason,
            )
            db.session.add(made)
        return made

    def hand_over(
        role: str, ago: int, first: int, last: int, *, signed: bool = True
    ) -> AbHandover:
        pair = pairs[story.people[role].id]
        with story.as_(role, ago):
            made = AbHandover(
                ab_post_id=pair.id,
                leave_from=story.today + timedelta(days=first),
                leave_to=story.today + timedelta(days=last),
                items_handed="在办客户 6 户、待签事项、部门印章使用登记",
            )
            db.session.add(made)
        if signed:
            for who in (role, PAIRS[role]):
                with story.as_(who, ago):
                    operations.sign(made)
        return made

    hand_over("office", 40, -35, -33)
    back = leave("office", 40, -35, -33, "陪同家人就医", "personal")
    story.approve_all(story.submit("office", back, 40), days_ago=38)
    with story.as_("office", 32):
        note_return(back)
    with story.as_("office", 32):
        operations.give_back(db.session.query(AbHandover).one(), "印章及待办两件，均已办结")
    hand_over("marketing_manager", 4, -1, 3)
    away = leave("marketing_manager", 4, -1, 3, "返乡探亲")
    story.approve_all(story.submit("marketing_manager", away, 4), "同意，工作已交接。", 3)
    hand_over("customer_info_officer", 1, 6, 8)
    coming = leave("customer_info_officer", 1, 6, 8, "婚礼筹备", "marriage")
    story.approve_all(story.submit("customer_info_officer", coming, 1), days_ago=1)
    hand_over("supply_production", 0, 3, 4, signed=False)
    story.submit("employee", leave("employee", 0, 4, 4, "办理证件", "personal"))
    refused = leave("service_staff", 12, -5, -4, "外出旅游")
    story.decide(
        story.submit("service_staff", refused, 12), "reject", "月底回访集中，请改期。", 11
    )
    leave("device_manager", 0, 10, 12, "年假")


def open_files_on_request(story: Story) -> None:
    """R10: one open, one over, one waiting, one borrowed volume that is late."""

    def ask(
        role: str, ago: int, days: int, kind: str, purpose: str, *places: int
    ) -> CustomerAccessRequest:
        first = story.today - timedelta(days=ago)
        with story.as_(role, ago):
            made = CustomerAccessRequest(
                access_kind=kind,
                purpose=purpose,
                from_on=first,
                to_on=first + timedelta(days=days),
                files=[
                    CustomerAccessLine(named=story.dealers[place].name, order_no=number)
                    for number, place in enumerate(places)
                ],
            )
            db.session.add(made)
        return made

    for role, ago, days, kind, purpose, places in (
        ("technical_application", 5, 30, "view", "准备上门技术交流，了解客户经营范围", (0, 3)),
        ("supply_production", 60, 20, "copy", "核对年度供货协议所需登记资料", (5,)),
        ("quality_dept", 16, 10, "borrow_volume", "质量异议取证，借阅合同原件", (7,)),
    ):
        request = ask(role, ago, days, kind, purpose, *places)
        story.approve_all(story.submit(role, request, ago), days_ago=ago)
    story.submit(
        "marketing_dept", ask("marketing_dept", 0, 14, "export", "编制区域市场分析", 9, 10)
    )


def review_rights(story: Story) -> None:
    """DL-51: the quarter's review of rights is open; one head has signed, one is at it."""
    with story.as_("website_admin", 6):
        reviews = rights.open_campaign()
    by_reviewer = {review.reviewer_id: review.id for review in reviews}
    for role, whole in (("it_head", True), ("department_head", False)):
        pk = by_reviewer.get(story.people[role].id)
        if pk is None:
            continue
        with story.as_(role, 3):
            review = db.session.get_one(PermissionReview, pk)
            lines = review.grants if whole else review.grants[:1]
            rights.decide(review, {line.id: ("keep", "本岗位所需") for line in lines})
            if whole:
                rights.sign(review)


def let_the_clock_run(story: Story) -> None:
    """What is due, late and to be escalated by this morning."""
    db.session.rollback()
    clockwork.run()
    duties.run()
    dates.run()

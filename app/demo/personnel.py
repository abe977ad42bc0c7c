"""People in key posts promise secrecy, are trained and assessed; some stand alone, some are two."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from app.demo.story import Story
from app.domains.directory import staffing
from app.domains.directory.personnel import (
    Assessment,
    AssessmentItem,
    ConfidentialityAgreement,
    DualResponsibility,
    SinglePostMonitor,
    TrainingParticipant,
    TrainingRecord,
)
from app.extensions import db
from app.records import clock, writing
from app.records.moving import moving


def look_after_people(story: Story) -> None:
    _promise_secrecy(story)
    _be_two(story)
    _train(story)
    _assess(story)
    _watch_who_stands_alone(story)


def _promise_secrecy(story: Story) -> None:
    with story.as_("human_resources", 420):
        story.people["device_manager"].post.is_key_post = True

    def promise(
        role: str, post_of: str, days_ago: int, ends_in: int | None = None, *, signs: bool = True
    ) -> ConfidentialityAgreement:
        with story.as_("human_resources", days_ago):
            agreement = ConfidentialityAgreement(
                person=story.people[role],
                post=story.people[post_of].post,
                kind="agreement",
                obligations="不得向无关人员透露设备配置、口令和客户资料；介质交接须登记。",
                valid_to=None if ends_in is None else story.today + timedelta(days=ends_in),
            )
            db.session.add(agreement)
        if signs:
            with story.as_(role, days_ago, hour=15):
                staffing.sign_agreement(agreement)
        return agreement

    promise("network_system_admin", "network_system_admin", 400)
    promise("finance", "finance", 340, 20)
    promise("security_team_leader", "security_team_leader", 4, signs=False)
    promise("website_admin", "network_system_admin", 400, -35)
    promise("device_manager", "device_manager", 90)
    promise("employee", "device_manager", 90)
    ended = promise("security_team_member", "security_team_leader", 200)
    with story.as_("human_resources", 30):
        staffing.terminate(ended, "调离安全组候补岗位")
    with writing("cli"):
        staffing.end_what_has_run_out()


def _be_two(story: Story) -> None:
    def two(first: str, second: str, post_of: str) -> DualResponsibility:
        with story.as_("human_resources", 80):
            dual = DualResponsibility(
                post=story.people[post_of].post,
                person_1=story.people[first],
                person_2=story.people[second],
            )
            db.session.add(dual)
        return dual

    active = two("device_manager", "employee", "device_manager")
    with story.as_("department_head", 79):
        staffing.activate(active)
    with story.as_("device_manager", 20):
        staffing.log_operation(active, "启用备用服务器，切换生产排程系统")
    with story.as_("employee", 19):
        staffing.countersign(active)
    with story.as_("employee", 1):
        staffing.log_operation(active, "更换机柜钥匙，旧钥匙封存")
    two("network_system_admin", "website_admin", "network_system_admin")


def _half_year(day: date) -> str:
    return f"{day.year}-H{1 if day.month <= 6 else 2}"


def _train(story: Story) -> None:
    staff = ("network_system_admin", "website_admin", "machine_room_staff", "security_team_member")

    def train(
        kind: str, topic: str, days_ago: int, *roles: str, scores: tuple[int, ...] = ()
    ) -> TrainingRecord:
        with story.as_("it_head", days_ago):
            training = TrainingRecord(
                kind=kind,
                topic=topic,
                on=clock.today(),
                trainer="谢东",
                hours=Decimal(3),
                attendances=[
                    TrainingParticipant(
                        person=story.people[role],
                        score=Decimal(scores[place]) if scores else None,
                        order_no=place,
                    )
                    for place, role in enumerate(roles)
                ],
            )
            db.session.add(training)
            db.session.flush()
            staffing.hold(training)
        return training

    train("it_staff", "数据库备份与恢复演练", 200, *staff, scores=(92, 85, 78, 88))
    train("it_staff", "网络安全等级保护要求", 25, *staff, scores=(95, 81, 84, 90))
    train(
        "security",
        "钓鱼邮件识别与口令安全",
        60,
        "sales_rep",
        "finance",
        "employee",
        "receptionist",
    )
    train("law", "个人信息保护法宣讲", 45, "customer_info_officer", "sales_rep", "human_resources")
    with story.as_("human_resources"):
        db.session.add(
            TrainingRecord(
                kind="it_knowledge",
                topic="办公自动化系统操作",
                on=story.today + timedelta(days=12),
                trainer="邹琳",
                hours=Decimal(2),
                attendances=[
                    TrainingParticipant(person=story.people[role], order_no=place)
                    for place, role in enumerate(("office", "archivist", "employee"))
                ],
            )
        )


def _assess(story: Story) -> None:
    def assess(
        writer: str, role: str, subject: str, period: str, scores: tuple[int, ...], days_ago: int
    ) -> Assessment:
        names = {
            "it_staff": ("设备完好率", "故障响应", "安全记录"),
            "service_staff": ("态度", "技术", "到达时间", "答应事项的办理"),
            "sales_consultant": ("建卡完整率", "回访及时率"),
        }[subject]
        share = Decimal(100) / len(names)
        weights = [share.quantize(Decimal(1))] * (len(names) - 1)
        weights.append(100 - sum(weights, Decimal(0)))
        with story.as_(writer, days_ago):
            assessment = Assessment(
                subject=subject,
                person=story.people[role],
                period=period,
                scores=[
                    AssessmentItem(
                        item=name,
                        weight=weights[place],
                        score=Decimal(scores[place]) if place < len(scores) else None,
                        order_no=place,
                    )
                    for place, name in enumerate(names)
                ],
            )
            db.session.add(assessment)
        return assessment

    def scored(writer: str, assessment: Assessment, days_ago: int) -> Assessment:
        with story.as_(writer, days_ago, hour=11):
            moving("scored")(assessment, None)
        return assessment

    last_half = _half_year(story.today - timedelta(days=183))
    for role, scores in (("network_system_admin", (95, 90, 92)), ("website_admin", (88, 84, 91))):
        one = scored("it_head", assess("it_head", role, "it_staff", last_half, scores, 150), 150)
        with story.as_("human_resources", 148):
            staffing.confirm_assessment(one)
    this_half = _half_year(story.today)
    one = assess("it_head", "network_system_admin", "it_staff", this_half, (93, 94, 96), 3)
    scored("it_head", one, 3)
    assess("it_head", "website_admin", "it_staff", this_half, (86,), 2)
    month = (story.today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    rated = assess("human_resources", "service_staff", "service_staff", month, (90, 85, 80, 95), 2)
    scored("human_resources", rated, 2)
    assess("human_resources", "sales_consultant", "sales_consultant", month, (), 1)


def _watch_who_stands_alone(story: Story) -> None:
    with story.as_("human_resources", 14):
        listed: list[SinglePostMonitor] = staffing.watch_single_posts()
    role_of = {person.id: role for role, person in story.people.items()}
    for one in listed[:6]:
        with story.as_(role_of[one.monitor_id], 7):
            staffing.check_single_post(one, "抽查操作日志和台账，记录完整，未见异常。")
    with story.as_("human_resources", 5):
        listed[0].action = "拟于下季度补设B岗。"

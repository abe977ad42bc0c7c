"""The customer desk at work: contacts, leavers, statistics, and the half-yearly check."""

from __future__ import annotations

from datetime import date, timedelta

from app.demo.story import Story
from app.domains.customers import archive_checks, contacts, handing_over, reports
from app.domains.customers.archive_checks import CustomerArchiveCheck
from app.domains.customers.contacts import (
    ContactReport,
    ContactReporter,
    CustomerContactAssignment,
    CustomerMajorMatter,
)
from app.domains.customers.handing_over import CustomerHandover, CustomerNotice
from app.domains.customers.models import CustomerInteraction
from app.domains.customers.reports import (
    CustomerStatisticalReport,
    StatisticalReportAmendment,
    StatisticalReportDistribution,
    StatisticalReportRequest,
)
from app.domains.directory.models import Customer
from app.extensions import db
from app.organisation.models import Department, Employee
from app.records import Actor, clock, writing
from app.records.moving import moving
from app.security import users

#: who works in the sales department besides, and leaves: key → (name, role, post)
MORE_PEOPLE = {
    "sales_deputy": ("卫国强", "department_head", "销售部副经理"),
    "sales_rep_left": ("蒋小红", "sales_rep", "销售代表"),
    "sales_rep_leaving": ("沈志明", "sales_rep", "销售代表"),
    "sales_rep_signing": ("韩梅", "sales_rep", "销售代表"),
}


def hire_the_sales_team(story: Story) -> None:
    """A deputy who opens handovers, and three colleagues who leave one after the other."""
    colleague = story.people["sales_rep"]
    with writing("cli"):
        for number, (key, (name, role, post)) in enumerate(MORE_PEOPLE.items(), 1):
            user = users.create(key, name, story.password, [role], must_change=False)
            employee = Employee(
                name=name,
                employee_no=f"DL9{number:03}",
                dept=colleague.dept,
                post=colleague.post,
                phone=f"137{story.chance.randrange(10**8):08}",
                entered_on=date(2021, 5, 6),
                user_id=user.id,
                remark=post,
            )
            db.session.add(employee)
            db.session.flush()
            story.people[key] = employee
            story.actors[key] = Actor(user.id, name)


# -- contacts ------------------------------------------------------------------------------------------


def keep_in_touch(story: Story) -> None:
    dealers = story.dealers
    important = dealers[6], dealers[9], dealers[12]
    with story.as_("customer_info_officer", 90):
        for customer in important:
            customer.is_promising_new = True
    with story.as_("marketing_manager", 88):
        for customer in (*dealers[:6], *important):
            db.session.add(
                CustomerContactAssignment(
                    customer=customer, employee=customer.responsible_rep, role="main"
                )
            )
        for customer, role in (
            (dealers[0], "account_manager"),
            (dealers[6], "account_manager"),
            (dealers[9], "sales_rep"),
        ):
            second = story.people[role]
            if second is customer.responsible_rep:
                second = story.people["branch_sales"]
            db.session.add(
                CustomerContactAssignment(customer=customer, employee=second, role="second")
            )
    with story.as_("marketing_manager", 30):
        ended = CustomerContactAssignment.active_of(dealers[5])[0]
        moving("ended")(ended, "该客户改由华东销售分公司联系")
    _report_contacts(story, dealers)
    _report_matters(story, dealers)


def _report_contacts(story: Story, dealers: list[Customer]) -> None:
    told = (
        (dealers[6], 60, "our_visit", "介绍新款电饭煲，客户试用 20 台。", "首批意向 500 台，希望月结。", "approve"),
        (dealers[6], 20, "long_distance_call", "确认试用反馈与包装要求。", "同意先款后货，年内追加。", "approve"),
        (dealers[9], 6, "their_visit", "客户来访，参观展厅并洽谈零配件供应。", "希望获得区域独家。", ""),
        (dealers[1], 3, "our_visit", "走访门店，了解库存与陈列。", "旺季前补货。", "draft"),
    )  # fmt: skip
    for customer, back, channel, matters, intention, then in told:
        pair = [one.employee for one in CustomerContactAssignment.active_of(customer)][:2]
        author = next(key for key, person in story.people.items() if person is pair[0])
        with story.as_(author, back):
            report = ContactReport(
                customer=customer,
                contact_on=clock.today(),
                channel=channel,
                matters_discussed=matters,
                customer_intention=intention,
                commitments="按出口标准供货，质保一年。" if then == "approve" else None,
                next_step="寄送样品与报价单",
                next_on=clock.today() + timedelta(days=7),
            )
            report.reporting = [
                ContactReporter(employee=person, employee_id=person.id, order_no=place)
                for place, person in enumerate(pair)
            ]
            db.session.add(report)
        for person in pair[1:]:
            other = next(key for key, one in story.people.items() if one is person)
            with story.as_(other, back, hour=15):
                contacts.sign_as_reporter(report)
        if then == "draft":
            continue
        case = story.submit(author, report, max(back - 1, 0))
        if then == "approve":
            story.decide(case, "approve", "条件可行，跟进样品确认。", max(back - 2, 0))


def _report_matters(story: Story, dealers: list[Customer]) -> None:
    desk = story.people["customer_info_officer"].dept
    told = (
        ("sales_rep", dealers[0], 40, 1, "客户拟在宁波新建仓储中心，邀请我方参与供货投标。", "", "filed"),
        ("quality_dept", dealers[3], 16, 6, "客户就一批轴承提出索赔意向，现场会谈后同意复检。", "", "received"),
        ("department_head", dealers[8], 5, 1, "客户技术负责人来厂考察生产线，提出年度框架协议。", "", "received"),
        ("finance", dealers[2], 1, 0, "客户财务来函协商变更结算银行。", "", ""),
        ("marketing_manager", dealers[6], 2, 1, "客户拟出让三成股权，征询我方投资意向。", "股权谈判尚未公开", ""),
    )  # fmt: skip
    for role, customer, back, waited, text, secret, then in told:
        with story.as_(role, back):
            matter = CustomerMajorMatter(
                customer=customer,
                dept=story.people[role].dept,
                happened_on=clock.today() - timedelta(days=waited),
                matter=text,
                reported_to=desk,
                is_confidential=bool(secret),
                confidential_reason=secret or None,
            )
            db.session.add(matter)
        if then:
            with story.as_("customer_info_officer", max(back - 1, 0)):
                contacts.receive(matter)
        if then == "filed":
            with story.as_("customer_info_officer", max(back - 2, 0)):
                contacts.put_on_file(matter)


# -- leavers -------------------------------------------------------------------------------------------


def hand_customers_over(story: Story) -> None:
    """One handover is closed, one waits for a customer to be told, one is being signed."""
    dealers = story.dealers
    for key, theirs in (
        ("sales_rep_left", dealers[16:19]),
        ("sales_rep_leaving", dealers[19:23]),
        ("sales_rep_signing", dealers[23:25]),
    ):
        with story.as_("customer_info_officer", 150):
            for customer in theirs:
                customer.responsible_rep = story.people[key]
        with story.as_("marketing_manager", 149):
            db.session.add_all(
                CustomerContactAssignment(customer=one, employee=story.people[key])
                for one in theirs
            )
    with story.as_("sales_rep_leaving", 16):
        db.session.add(
            CustomerInteraction(
                customer=dealers[19],
                channel="our_visit",
                direction="out",
                happened_on=clock.now(),
                subject="旺季备货",
                content="上门拜访，商定旺季备货计划。",
                our_person_id=story.people["sales_rep_leaving"].id,
                next_action="确认首批到货",
                next_action_on=story.today + timedelta(days=4),
            )
        )
    closed = _handed_over(story, "sales_rep_left", 70)
    _tell(story, closed, 68)
    _put_away(story, closed, 60, ("sorted", "archived", "closed"))
    waiting = _handed_over(story, "sales_rep_leaving", 14)
    _tell(story, waiting, 12, all_but_last=True)
    _put_away(story, waiting, 8, ("sorted", "archived"))
    with story.as_("sales_deputy", 2):
        signing = _open(story, "sales_rep_signing", story.today + timedelta(days=12))
    case = story.submit("sales_deputy", signing, 1)
    story.decide(case, "approve", "本人未带走任何客户资料。", 1)
    story.decide(case, "approve", "资料已核对。")


def _open(story: Story, key: str, leave_on: date) -> CustomerHandover:
    handover = CustomerHandover(
        leaver=story.people[key],
        business_dept=story.people[key].dept,
        received_by=story.people["customer_info_officer"],
        successor=story.people["sales_rep"],
        leave_on=leave_on,
        trigger="resignation",
    )
    db.session.add(handover)
    db.session.flush()
    for line in handover.material:
        line.materials = "客户档案 1 卷、合同与往来函电、报价记录"
        line.complete = True
    return handover


def _handed_over(story: Story, key: str, back: int) -> CustomerHandover:
    with story.as_("sales_deputy", back):
        handover = _open(story, key, clock.today())
    with story.as_("customer_info_officer", back):
        handover.material[0].complete = False
        handover.material[0].missing = "2024 年度对账单原件"
        handover.material[-1].successor = story.people["account_manager"]
    story.approve_all(story.submit("sales_deputy", handover, back), "资料已核对，同意。", back - 1)
    return handover


def _tell(story: Story, handover: CustomerHandover, back: int, all_but_last: bool = False) -> None:
    with story.as_("sales_deputy", back):
        drafted = list(
            db.session.scalars(
                CustomerNotice.living()
                .where(CustomerNotice.handover_id == handover.id)
                .order_by(CustomerNotice.id)
            )
        )
        for notice in drafted[:-1] if all_but_last else drafted:
            notice.channel = "letter"
            notice.content = f"{notice.leaver.name}因工作变动不再负责贵公司业务，由{notice.successor.name}接替。"
            handing_over.note_notice(notice)
    with story.as_("sales_deputy", back - 3):
        for notice in drafted[:-2] if all_but_last else drafted:
            handing_over.note_first_contact(notice)


def _put_away(
    story: Story, handover: CustomerHandover, back: int, states: tuple[str, ...]
) -> None:
    for place, state in enumerate(states):
        with story.as_("customer_info_officer", back - place):
            handing_over.move_on(state)(handover)


# -- statistics ----------------------------------------------------------------------------------------


def compile_statistics(story: Story) -> None:
    months = [_months_back(story.today, n) for n in range(6, 0, -1)]
    _ask_for_reports(story)
    made = [_monthly(story, first) for first in months[:-1]]
    for report in made[:-1]:
        _hand_out(story, report)
    _amend(story, made)
    with story.as_("customer_info_officer", 1):
        waiting = _report(story, months[-1], "overview")
        archive = _report(story, months[-1], "archive")
        _report(story, months[-1], "dealings")
    case = story.submit("customer_info_officer", waiting, 1)
    story.decide(case, "approve", "与台账核对一致。")
    story.approve_all(story.submit("customer_info_officer", archive, 1), "数字无误。")


def _months_back(day: date, count: int) -> date:
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _report(story: Story, first: date, kind: str) -> CustomerStatisticalReport:
    names = {"overview": "客户信息综合统计", "archive": "客户档案统计", "dealings": "客户往来统计"}
    report = CustomerStatisticalReport(
        title_=f"{first.year}年{first.month}月{names[kind]}报表",
        report_type=kind,
        periodicity="month",
        period=f"{first:%Y-%m}",
        compiled_by=story.people["customer_info_officer"],
    )
    db.session.add(report)
    db.session.flush()
    return report


def _monthly(story: Story, first: date) -> CustomerStatisticalReport:
    """Compiled in the first days of the next month, reviewed and issued a little later."""
    back = (story.today - _months_back(first, -1)).days - 3
    with story.as_("customer_info_officer", back):
        report = _report(story, first, "overview")
    story.approve_all(
        story.submit("customer_info_officer", report, back), "与台账核对一致。", back - 1
    )
    with story.as_("customer_info_officer", back - 2):
        reports.issue(report)
    return report


def _ask_for_reports(story: Story) -> None:
    asked = (
        ("overview", "month", 210, "编制月度生产与备料计划，需掌握客户数量和变动。", "approve"),
        ("dealings", "month", 20, "了解客户往来次数，安排接待车辆。", "reject"),
        ("archive", "quarter", 1, "配合审计核对客户档案完整情况。", ""),
    )
    for kind, periodicity, back, need, then in asked:
        with story.as_("department_head", back):
            request = StatisticalReportRequest(
                dept=story.people["department_head"].dept,
                report_wanted=kind,
                periodicity=periodicity,
                from_on=clock.today(),
                work_need=need,
            )
            db.session.add(request)
        case = story.submit("department_head", request, back)
        if then == "approve":
            story.approve_all(case, "确因工作需要，同意提供。", back - 1)
        elif then == "reject":
            story.decide(case, "reject", "与本部门工作无直接关系，不予提供。", back - 1)
    with story.as_("department_head"):
        db.session.add(
            StatisticalReportRequest(
                dept=story.people["department_head"].dept,
                report_wanted="classes",
                periodicity="year",
                work_need="年度总结需要客户分类数字。",
            )
        )


def _hand_out(story: Story, report: CustomerStatisticalReport) -> None:
    back = (story.today - report.issued_on).days - 1 if report.issued_on else 0
    keeper = story.people["customer_info_officer"]
    with story.as_("customer_info_officer", max(back, 0)):
        office = db.session.get_one(Department, story.people["general_manager"].dept_id)
        db.session.add(StatisticalReportDistribution(report=report, issued_to=office))
        db.session.flush()
        for copy in db.session.scalars(
            StatisticalReportDistribution.living().where(
                StatisticalReportDistribution.report_id == report.id
            )
        ):
            copy.printed_qty, copy.kept_by = 2, keeper
            moving("printed")(copy, None)
            reports.hand_out(copy)


def _amend(story: Story, made: list[CustomerStatisticalReport]) -> None:
    """One is on record, one waits for the record, one was refused, one waits for the general manager."""
    for report, value, back, then in (
        (made[0], "28", 60, "filed"),
        (made[1], "29", 4, "approved"),
        (made[2], "40", 12, "rejected"),
        (made[3], "31", 1, "pending"),
    ):
        with story.as_("customer_service_manager", back):
            amendment = StatisticalReportAmendment(
                report=report,
                item=report.indicator_lines[0].item,
                new_value=value,
                reason="月末新建客户漏计，按客户档案更正。",
            )
            db.session.add(amendment)
        case = story.submit("customer_service_manager", amendment, back)
        if then == "rejected":
            story.decide(case, "reject", "与档案不符，维持原数。", back - 1)
        elif then != "pending":
            story.decide(case, "approve", "同意更正。", back - 1)
        if then == "filed":
            with story.as_("customer_service_manager", back - 2):
                reports.put_on_record(amendment)


# -- the half-yearly check -----------------------------------------------------------------------------


def check_the_archive(story: Story) -> None:
    """The half-year before last is without faults, the last one was late and is corrected, this one is planned."""
    first, last_day = _half_year(story.today, 2)
    _checked(story, first, last_day, late=-10, faults={})
    second, last_day = _half_year(story.today, 1)
    last = _checked(
        story,
        second,
        last_day,
        late=6,
        faults={
            3: ("faded", "重新誊写并加盖骑缝章"),
            7: ("damaged", "更换卷皮"),
            11: ("misplaced", "归还原架位"),
        },
    )
    back = (story.today - last_day).days - 20
    with story.as_("customer_info_officer", max(back, 0)):
        for line in last.checked:
            if line.is_faulty:
                line.corrected_on = clock.today()
        db.session.flush()
        archive_checks.mark_as_corrected(last)
    with story.as_("customer_info_officer", 2):
        planned = CustomerArchiveCheck(
            half_year=_half_year(story.today, 0)[0], checked_on=clock.today()
        )
        db.session.add(planned)
        db.session.flush()
        for line in planned.checked[:12]:
            line.condition = "intact"


def _half_year(day: date, count: int) -> tuple[str, date]:
    """The half-year so many before this one, and its last day."""
    number = day.year * 2 + (day.month > 6) - count
    year, second = divmod(number, 2)
    return f"{year}H{second + 1}", date(year, 12, 31) if second else date(year, 6, 30)


def _checked(
    story: Story, half_year: str, last: date, *, late: int, faults: dict[int, tuple[str, str]]
) -> CustomerArchiveCheck:
    """:param late: days after the end of the half-year when it was signed"""
    back = max((story.today - last).days - late, 1)
    with story.as_("customer_info_officer", back):
        check = CustomerArchiveCheck(half_year=half_year, checked_on=clock.today())
        db.session.add(check)
        db.session.flush()
        for place, line in enumerate(check.checked):
            line.condition, line.action = faults.get(place, ("intact", None))
        check.findings = (
            f"共检查 {len(check.checked)} 卷，发现问题 {len(faults)} 处，已列处理措施。"
            if faults
            else f"共检查 {len(check.checked)} 卷，排架整齐，纸质与字迹完好。"
        )
    story.approve_all(
        story.submit("customer_info_officer", check, back),
        "检查到位，按措施整改。" if faults else "同意。",
        back,
    )
    return check

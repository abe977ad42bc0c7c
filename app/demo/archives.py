"""A regulation of the house is drafted; archives are kept, lent and destroyed."""

from __future__ import annotations

from datetime import timedelta

from app.demo.company import COMPANY
from app.demo.story import Story
from app.domains.archives import operations
from app.domains.archives.models import ArchiveItem, ArchiveLoan, Regulation
from app.extensions import db
from app.records import clock
from app.records.moving import moving


def draft_a_regulation(story: Story) -> None:
    with story.as_("it_head"):
        draft = Regulation(
            title_="信息设备盘点实施细则",
            level="detailed_rules",
            trial=True,
            interpreted_by="网络信息科",
            approved_by="总经理",
            issuer=COMPANY,
            dept_id=story.people["it_head"].dept_id,
        )
        db.session.add(draft)
        db.session.flush()
        moving("consulting")(draft, None)


#: title, category, years ago, retention, secrecy, pages
_ARCHIVES = (
    ("总经理办公会议纪要", "document", 3, "permanent", "internal", 186),
    ("年度销售框架合同", "contract", 2, "years_10", "internal", 92),
    ("干部任免文件", "personnel", 4, "permanent", "secret", 57),
    ("财务报表及审计报告", "finance", 1, "years_30", "confidential", 214),
    ("新厂房竣工图", "engineering", 6, "permanent", "internal", 130),
    ("厂庆活动录像", "audio_visual", 5, "years_10", "public", 1),
    ("办公用品采购合同", "contract", 14, "years_10", "internal", 48),
    ("行政值班记录", "document", 13, "years_10", "internal", 365),
    ("车辆维修单据", "finance", 15, "years_10", "internal", 77),
    ("供应商资质材料", "document", 1, "years_10", "internal", 60),
    ("专利申请文件", "engineering", 2, "years_30", "secret", 44),
    ("培训课件", "document", 1, "years_10", "public", 120),
)  # fmt: skip


def keep_archives(story: Story) -> None:
    """Filed, lent in every state, one overdue, one destroyed, one still to be decided."""
    items: list[ArchiveItem] = []
    with story.as_("archivist", 60):
        for number, (title, category, years, retention, secrecy, pages) in enumerate(_ARCHIVES, 1):
            items.append(
                ArchiveItem(
                    archive_no=f"{category[:2].upper()}-{story.today.year - years}-{number:03}",
                    title_=title,
                    category=category,
                    year=story.today.year - years,
                    retention=retention,
                    secrecy=secrecy,
                    pages=pages,
                    place=f"档案室{number % 3 + 1}号柜{number % 5 + 1}层",
                )
            )
        db.session.add_all(items)
    _lend(story, items)
    for place, decided in ((6, True), (7, False), (8, None)):
        with story.as_("archivist", 12):
            items[place].destruction_reason = "保管期满，经鉴定无继续保存价值。"
        if decided is None:
            continue
        case = story.submit("archivist", items[place], 12)
        if decided:
            story.approve_all(case, "同意销毁。", 10)


def _lend(story: Story, items: list[ArchiveItem]) -> None:
    def ask(place: int, role: str, purpose: str, days_ago: int, days: int) -> ArchiveLoan:
        with story.as_(role, days_ago):
            loan = ArchiveLoan(
                item=items[place],
                borrower=story.people[role],
                purpose=purpose,
                from_on=clock.today(),
                due_on=clock.today() + timedelta(days=days),
            )
            db.session.add(loan)
        return loan

    def lend(place: int, role: str, purpose: str, days_ago: int, days: int) -> ArchiveLoan:
        loan = ask(place, role, purpose, days_ago, days)
        story.approve_all(story.submit(role, loan, days_ago), "同意借阅。", days_ago)
        with story.as_("archivist", days_ago, hour=16):
            operations.hand_out(loan)
        return loan

    back = lend(0, "employee", "核对历次会议关于设备采购的决定。", 40, 10)
    with story.as_("archivist", 33):
        operations.take_in(back)
    lend(1, "sales_rep", "续签框架合同，比对原条款。", 25, 10)
    lend(2, "human_resources", "办理职务变动手续。", 3, 7)
    lend(4, "employee", "车间改造，查阅管线图。", 2, 3)
    ready = ask(5, "sales_rep", "制作宣传片。", 2, 5)
    story.approve_all(story.submit("sales_rep", ready, 2), "同意借阅。", 1)
    secret = ask(3, "finance", "编制年度预算。", 1, 5)
    story.decide(story.submit("finance", secret, 1), "approve", "同意。", 1)
    story.submit("employee", ask(9, "employee", "联系供应商售后。", 0, 3))
    refused = ask(10, "sales_rep", "向客户介绍专利情况。", 5, 3)
    story.decide(
        story.submit("sales_rep", refused, 5), "reject", "涉密档案不对外使用，不同意借阅。", 4
    )
    ask(11, "employee", "新员工培训备课。", 0, 7)

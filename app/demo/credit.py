"""Customers are visited, investigated, and let into trade; classes, limits and conditions are set."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.demo.story import Story
from app.domains.credit import operations
from app.domains.credit.models import (
    AdditionalCondition,
    CreditClassification,
    CreditInvestigation,
    CreditLimit,
    CustomerInvestigationReport,
    TradeCard,
    TradeCardAsset,
    VisitPlan,
    VisitPlanLine,
    VisitRecord,
)
from app.domains.directory import operations as masters
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import settings, writing

#: name, country, place, founded, capital, staff, limit applied for
ABROAD = (
    ("迪拜海湾五金贸易公司", "阿联酋", "沙迦工业区5号", 2008, 800_000, 120, 60_000),
    ("河内红河电器有限公司", "越南", "河内市海巴征郡陈兴道街88号", 2012, 450_000, 85, 40_000),
    ("曼谷湄南用品进出口公司", "泰国", "曼谷拉玛四路1128号", 2003, 1_500_000, 260, 120_000),
    ("吉隆坡南洋零配件公司", "马来西亚", "吉隆坡甲洞工业区3路", 1998, 2_200_000, 310, 150_000),
    ("雅加达群岛电器行", "印度尼西亚", "雅加达格罗多区曼加伯萨街12号", 2015, 200_000, 40, 30_000),
    ("拉各斯西非电料公司", "尼日利亚", "拉各斯伊凯贾区艾伦大道7号", 2010, 350_000, 66, 50_000),
    ("圣保罗南美五金公司", "巴西", "圣保罗布拉斯区奥里恩特街301号", 2001, 900_000, 140, 80_000),
    ("华沙维斯瓦电器公司", "波兰", "华沙沃拉区托瓦罗瓦街22号", 2006, 1_100_000, 150, 90_000),
    ("内罗毕东非家电公司", "肯尼亚", "内罗毕工业区恩特普莱斯路9号", 2014, 260_000, 52, 35_000),
    ("安卡拉高原用品公司", "土耳其", "安卡拉奥斯蒂姆区100街18号", 2009, 640_000, 95, 45_000),
)  # fmt: skip


def take_the_old_customers_over(story: Story) -> None:
    """The house opens: who bought from us before goes on, and the company sets its highest limit."""
    with story.as_("platform_admin", 45):
        settings.put("credit_company_cap_usd", "200000")
    with story.as_("customer_info_officer", 40):
        for place, customer in enumerate(story.dealers[:27]):
            masters.take_over(
                customer, f"系统启用前已交易，年度供货合同 HT-{2015 + place % 9}-{place + 1:03}。"
            )


def let_customers_into_trade(story: Story) -> None:
    found = _meet_them(story)
    for place, customer in enumerate(found[:-1]):
        _investigate(story, customer, 30 - place)
    gulf, hanoi, bangkok, kuala, jakarta, lagos, paulo, warsaw, nairobi, _ankara = found
    _card(story, nairobi, "draft")
    _card(story, warsaw, "with_customer")
    _card(story, paulo, "complete")
    story.submit("sales_rep", _card(story, lagos, "complete"), 2, "请审批。")
    at_head_office = story.submit("sales_rep", _card(story, jakarta, "complete"), 4)
    story.decide(at_head_office, "approve", "资料齐全，同意报总公司。", 3)
    refused = story.submit("sales_rep", _card(story, kuala, "complete"), 9)
    story.decide(refused, "approve", "同意报总公司。", 8)
    story.decide(refused, "reject", "申请额过高，暂不批准。", 6)
    returned = story.submit("sales_rep", _card(story, bangkok, "complete"), 8)
    story.decide(returned, "return", "资本额请以审计报告为准。", 7)
    for customer in (gulf, hanoi):
        story.approve_all(
            story.submit("sales_rep", _card(story, customer, "complete"), 14), "同意。", 12
        )
    with story.as_("sales_rep", 5):
        newer = operations.adjust_card(TradeCard.in_force(gulf), "客户迁入新仓库，员工增加。")  # type: ignore[arg-type]
        newer.contact_address, newer.employee_count = "阿布扎比港区2号", 138
        operations.complete_card(newer)
    story.approve_all(story.submit("sales_rep", newer, 5), "同意调整。", 3)


def _meet_them(story: Story) -> list[Customer]:
    me = story.people["sales_rep"]
    with story.as_("sales_rep", 60):
        found = [
            Customer(
                name=name, short_name=name[:4], party_kind=("business_customer",), relation_stage="negotiating",
                trade_route="direct", country=country, address=place, headquarters=country, trading_place=place,
                phone=f"+{90 + number}-21-555{number:04}", website=f"www.partner{number}.example", currency="USD",
                registered_capital_currency="USD", responsible_rep_id=me.id, employee_count=staff,
                opened_on=date(founded, 4, 1), capital_amount=Decimal(capital),
            )
            for number, (name, country, place, founded, capital, staff, _limit) in enumerate(ABROAD)
        ]  # fmt: skip
        db.session.add_all(found)
    return found


# -- visits ------------------------------------------------------------------------------------------


def visit_customers(story: Story) -> None:
    me = story.people["sales_rep"]
    abroad = {one.name: one for one in story.customers if one.country}
    gulf, hanoi, bangkok, *_rest, nairobi, ankara = (abroad[name] for name, *_more in ABROAD)
    month = story.today - timedelta(days=35)

    def plan(first: date, last: date, customers: Any, days_ago: int) -> VisitPlan:
        with story.as_("sales_rep", days_ago):
            made = VisitPlan(
                sales_rep=me,
                period_from=first,
                period_to=last,
                planned=[
                    VisitPlanLine(
                        order_no=place, customer=customer, purpose=purpose, planned_visits=many,
                        planned_on=first + timedelta(days=4 + 3 * place),
                    )
                    for place, (customer, purpose, many) in enumerate(customers)
                ],
            )  # fmt: skip
            db.session.add(made)
        return made

    now = plan(
        month, story.today + timedelta(days=10),
        ((gulf, "商谈首单及付款方式", 2), (hanoi, "介绍厨房电器新品", 1), (ankara, "了解采购意向", 3), (bangkok, "补充交易卡资料", 2)),
        36,
    )  # fmt: skip
    story.approve_all(story.submit("sales_rep", now, 36), "同意，重点跟进。", 35)
    old = plan(
        month - timedelta(days=60), month - timedelta(days=2), ((gulf, "初次拜访", 1), (nairobi, "初次拜访", 1)), 96
    )  # fmt: skip
    story.approve_all(story.submit("sales_rep", old, 96), "同意。", 95)
    later = plan(
        story.today + timedelta(days=11), story.today + timedelta(days=41), ((nairobi, "催交交易卡", 1),), 1
    )  # fmt: skip
    story.submit("sales_rep", later, 1)
    plan(
        story.today + timedelta(days=42), story.today + timedelta(days=70), ((hanoi, "年度计划", 1),), 0
    )  # fmt: skip

    visits: tuple[tuple[Customer, int, bool, str], ...] = (
        (gulf, 70, True, "初次会面，对电饭煲系列有兴趣。"),
        (gulf, 28, True, "确认首单数量及信用证付款方式。"),
        (hanoi, 24, True, "试用微波炉样机，反映良好。"),
        (bangkok, 20, False, "采购经理出差，未见到负责人。"),
        *((ankara, 32 - 4 * n, False, "对方仍无采购计划。") for n in range(5)),
    )
    for customer, days_ago, effective, content in visits:
        with story.as_("sales_rep", days_ago):
            db.session.add(
                VisitRecord(
                    customer=customer, visitor=me, visited_on=story.today - timedelta(days=days_ago),
                    effective=effective, content=content, person_met="采购经理",
                    next_step="寄送报价单" if effective else None,
                )
            )  # fmt: skip
    with story.as_("sales_rep", 30):
        old.state = "closed"


# -- investigations ----------------------------------------------------------------------------------


_FOUND = {
    "solvency": ("good", "近两年无逾期付款。"),
    "bill_business": ("fair", "以信用证为主，少量承兑交单。"),
    "main_bank": ("good", "与往来银行合作八年。"),
    "payment_time": ("good", "一般在到期日前付款。"),
    "payment_attitude": ("good", "对账及时，态度诚恳。"),
    "bank_sanction": ("no", "往来银行书面证明：无。"),
    "team_spirit": ("fair", ""),
    "efficiency": ("good", "订单当日确认。"),
}


def _investigate(story: Story, customer: Customer, days_ago: int) -> CreditInvestigation:
    me = story.people["sales_rep"]
    with story.as_("sales_rep", days_ago):
        made = CreditInvestigation(
            customer=customer, investigator=me, investigated_on=story.today - timedelta(days=days_ago), channel="bank",
            institution_name="中国银行宁波分行", cost=Decimal(1_200), best_limit=Decimal(50_000), overall_score=78,
            condition_necessity="首年可要求交换合同书；暂无必要要求抵押担保。", conclusion="信誉良好，付款正常，可给予适当信用。",
        )  # fmt: skip
        db.session.add(made)
        db.session.flush()
        made.operator_items[4].rating = "good"
        made.operator_items[4].text = "每日到店，亲自管理。"
        for line in made.company_items:
            rating, text = _FOUND.get(line.item, ("fair", ""))
            line.rating, line.text = rating, text or None
    case = story.submit("sales_rep", made, days_ago)
    if days_ago % 4:
        story.approve_all(case, "已阅。", days_ago - 1)
    return made


def report_and_set_conditions(story: Story) -> None:
    me, manager = story.people["sales_rep"], story.people["marketing_manager"]
    mine = [c for c in story.dealers if c.responsible_rep_id == me.id]
    for place, customer in enumerate(mine[:6]):
        _investigate(story, customer, 22 + place)

    def report(customer: Customer, mode: str, content: str, days_ago: int, **more: Any) -> Any:
        with story.as_("sales_rep", days_ago):
            made = CustomerInvestigationReport(
                customer=customer, report_mode=mode, content=content, reported_to=manager, **more
            )
            db.session.add(made)
        return made

    daily = report(mine[0], "daily", "该客户本季度付款及时，库存周转正常。", 20)
    story.approve_all(story.submit("sales_rep", daily, 20), "已阅。", 19)
    periodic = report(mine[1], "periodic", "半年信用调查汇总：支付状况良好，银行关系稳定。", 12)
    story.approve_all(story.submit("sales_rep", periodic, 12), "已阅，继续观察。", 10)
    urgent = report(
        mine[2],
        "urgent",
        "两张到期票据延期支付，门店人员流动明显增加。",
        9,
        abnormality=True,
        form="oral",
    )
    story.decide(
        story.submit("sales_rep", urgent, 9), "approve", "按指示执行。", 9,
        values={"instruction": "减少供货量，要求客户提供抵押担保，每周报告一次。"},
    )  # fmt: skip
    with story.as_("sales_rep", 7):
        operations.carry_out_instruction(urgent, "已将月供货量减半，并通知客户提供抵押担保。")
    waiting = report(
        mine[3], "urgent", "往来银行反映该客户申请展期。", 1, abnormality=True, form="written"
    )
    story.submit("sales_rep", waiting, 1)
    report(mine[4], "daily", "客户拟扩大门店，资金筹措情况待核实。", 0)

    def condition(customer: Customer, basis: Any, kinds: tuple[str, ...], **more: Any) -> Any:
        with story.as_("sales_rep", 8):
            made = AdditionalCondition(
                customer=customer,
                basis_report=basis,
                conditions=kinds,
                basis=("investigation",),
                **more,
            )
            db.session.add(made)
        return made

    overdue = condition(mine[2], urgent, ("mortgage",), due_on=story.today - timedelta(days=1),
                        details="以宁波仓库不动产作抵押，金额不低于8万美元。")  # fmt: skip
    story.approve_all(story.submit("sales_rep", overdue, 8), "同意设定。", 7)
    given = condition(mine[0], daily, ("contract",), due_on=story.today)
    story.approve_all(story.submit("sales_rep", given, 8), "同意设定。", 7)
    with story.as_("marketing_manager", 2):
        operations.fulfil(given)
    spared = condition(mine[1], periodic, ("personal", "joint"))
    story.approve_all(story.submit("sales_rep", spared, 8), "同意设定。", 7)
    with story.as_("marketing_manager", 4):
        operations.waive(spared, "客户已改为预付款，不再要求担保。")
    story.submit("sales_rep", condition(mine[1], periodic, ("contract",)), 1)


# -- classes and limits ------------------------------------------------------------------------------


def set_classes_and_limits(story: Story) -> None:
    me = story.people["sales_rep"]
    mine = [c for c in story.dealers if c.responsible_rep_id == me.id]

    def classify(customer: Customer, chosen: str, days_ago: int, **facts: Any) -> Any:
        with story.as_("sales_rep", days_ago):
            made = CreditClassification(
                customer=customer, credit_class=chosen, good_reputation=True, past_collection="以往均在账期内收回。",
                years_collected_total=Decimal(420_000), avg_gross_margin=Decimal("23.5"),
                **{"claims_balance": Decimal(40_000), "employee_count": 120} | facts,
            )  # fmt: skip
            db.session.add(made)
        return made

    large = {
        "large_scale": True, "stable": True, "employee_count": 350, "claims_balance": Decimal(150_000)
    }  # fmt: skip
    decided = (
        classify(mine[0], "jia", 18, **large),
        classify(mine[1], "yi", 18),
        classify(mine[2], "bing", 18, past_dishonesty=True),
        classify(mine[3], "bing", 18, employee_count=46),
        classify(
            mine[4], "jia", 18, **large | {"is_intermediate_wholesaler": True},
            override_reason="母公司提供连带担保，历年无逾期，按甲类处理。",
        ),
    )  # fmt: skip
    for one in decided:
        story.approve_all(story.submit("sales_rep", one, 18), "同意。", 16)
    story.submit("sales_rep", classify(mine[3], "yi", 1), 1)
    classify(mine[5], "yi", 0)

    def limit(customer: Customer, amount: int, days_ago: int, **more: Any) -> Any:
        with story.as_("sales_rep", days_ago):
            made = CreditLimit(customer=customer, limit_amount=Decimal(amount), **more)
            db.session.add(made)
        return made

    for customer, amount in ((mine[0], 100_000), (mine[1], 80_000), (mine[2], 20_000)):
        first = limit(
            customer, amount, 15, classification=CreditClassification.in_force(customer),
            valid_to=story.today + timedelta(days=350),
        )  # fmt: skip
        story.approve_all(story.submit("sales_rep", first, 15), "同意。", 13)
    raised = limit(mine[0], 130_000, 6, reason="旺季备货，扩大交易规模。")
    story.approve_all(story.submit("sales_rep", raised, 6), "同意提高。", 4)
    story.submit("sales_rep", limit(mine[1], 95_000, 1, reason="新增电动工具品类。"), 1)
    limit(mine[3], 15_000, 0)
    ended = limit(mine[4], 60_000, 60, valid_to=story.today - timedelta(days=20))
    story.approve_all(story.submit("sales_rep", ended, 60), "同意。", 58)
    with story.on(1), writing("job"):
        operations.keep_limits()


# -- cards -------------------------------------------------------------------------------------------


def _card(story: Story, customer: Customer, state: str) -> TradeCard:
    asked = next(limit for name, *_more, limit in ABROAD if name == customer.name)
    with story.as_("sales_rep", 15):
        card = TradeCard(
            customer=customer, customer_filled_fields=("capital", "employee_count", "assets")
        )
        db.session.add(card)
        if state != "draft":
            card.contact_email = "purchase@partner.example"
            card.manager_count = max(3, (customer.employee_count or 0) // 15)
            card.operator_age_structure = "董事长58岁，总经理46岁，其余管理人员35至45岁。"
            card.credit_limit_requested = Decimal(asked)
            card.asset_lines = [
                TradeCardAsset(
                    order_no=0, kind="real_estate", name="仓库及办公楼", quantity=Decimal(1), location=customer.address,
                    value=Decimal(asked * 6), ownership="own", mortgaged=asked > 100_000,
                ),
                TradeCardAsset(
                    order_no=1, kind="equipment", name="叉车", quantity=Decimal(4), location="仓库", value=Decimal(48_000),
                    ownership="own",
                ),
                TradeCardAsset(
                    order_no=2, kind="equipment", name="送货车", quantity=Decimal(3), location="仓库", ownership="rented"
                ),
            ]  # fmt: skip
    if state == "with_customer":
        with story.as_("sales_rep", 10):
            card.state = "with_customer"
    elif state == "complete":
        with story.as_("sales_rep", 15):
            operations.complete_card(card)
    return card

"""Customers buy on credit, come close to their limits, fail to pay, are stopped, and contracts are reviewed."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.demo.story import Story
from app.domains.credit import emergencies
from app.domains.credit.models import (
    Bill,
    ContractReview,
    CreditCountermeasure,
    CreditException,
    CreditLimitAlert,
    CreditSupplyHold,
    CustomerInvestigationReport,
    DebtRecovery,
    DishonourReport,
    Guarantee,
    Receivable,
    ReceivablePayment,
    RecoveryStep,
    ReviewOpinion,
    RiskCustomerReport,
    SalesContract,
    TradeSuspension,
)
from app.domains.directory.models import Customer
from app.extensions import db


def _mine(story: Story) -> list[Customer]:
    me = story.people["sales_rep"]
    return [one for one in story.dealers if one.responsible_rep_id == me.id]


def _named(story: Story, part: str) -> Customer:
    return next(one for one in story.customers if part in one.name)


def _enter(story: Story, role: str, days_ago: int, record: Any) -> Any:
    with story.as_(role, days_ago):
        db.session.add(record)
    return record


# -- what is owed ------------------------------------------------------------------------------------


def sell_on_credit(story: Story) -> None:
    mine, hanoi = _mine(story), _named(story, "红河")

    def sell(customer: Customer, amount: int, ago: int, due_in: int, **more: Any) -> Receivable:
        sold = story.today - timedelta(days=ago)
        made: Receivable = _enter(story, "finance", min(ago, 3), Receivable(
            customer=customer, amount=Decimal(amount), invoiced_on=sold, due_on=sold + timedelta(days=due_in),
            invoice_no=f"FP{sold:%Y%m}{customer.id:03}{ago:03}", **more,
        ))  # fmt: skip
        return made

    def pay(sale: Receivable, *payments: tuple[int, int]) -> None:
        with story.as_("finance", 2):
            for ago, amount in payments:
                sale.paid_lines.append(
                    ReceivablePayment(
                        order_no=len(sale.paid_lines), paid_on=story.today - timedelta(days=ago),
                        amount=Decimal(amount), note="电汇",
                    )
                )  # fmt: skip

    old = sell(mine[0], 45_000, 420, 60)
    pay(old, (380, 20_000), (330, 25_000))
    for amount, ago, due_in in ((46_000, 25, 60), (12_000, 75, 60), (10_000, 200, 60)):
        last = sell(mine[0], amount, ago, due_in)
    pay(last, (150, 2_000))
    sell(mine[1], 23_000, 40, 45, currency="EUR", usd_rate=Decimal("0.92"))
    by_bill = sell(mine[1], 50_000, 35, 60)
    sell(mine[2], 15_000, 70, 45)
    sell(hanoi, 37_500, 12, 60)

    def take(customer: Customer, amount: int, ago: int, due_in: int, **more: Any) -> Bill:
        issued = story.today - timedelta(days=ago)
        made: Bill = _enter(story, "finance", min(ago, 3), Bill(
            customer=customer, amount=Decimal(amount), bill_no=f"{13060 + ago}{customer.id:05}", issued_on=issued,
            due_on=issued + timedelta(days=due_in), bank="中国银行宁波分行", **more,
        ))  # fmt: skip
        return made

    take(mine[0], 30_000, 20, 90, endorser="宁波恒远商贸有限公司")
    settled = take(mine[0], 18_000, 100, 90)
    with story.as_("finance", 1):
        settled.state = "settled"
    take(mine[1], 20_000, 30, 25, receivable=by_bill)
    doubtful = take(mine[2], 3_000, 80, 90, kind="cheque")
    with story.as_("finance", 2):
        doubtful.state = "doubtful"


def depart_from_the_limit(story: Story) -> None:
    mine, hanoi, gulf = _mine(story), _named(story, "红河"), _named(story, "海湾")

    def ask(customer: Customer, ground: str, new: int, first: int, last: int, ago: int) -> Any:
        return _enter(story, "sales_rep", ago, CreditException(
            customer=customer, ground=ground, direction="raise" if ground == "growth" else "lower",
            new_limit=Decimal(new), valid_from=story.today + timedelta(days=first),
            valid_to=story.today + timedelta(days=last), reason="附客户订单及付款记录，请批示。",
        ))  # fmt: skip

    def instruct(made: CreditException, ago: int, words: str) -> None:
        case = story.submit("sales_rep", made, ago)
        story.decide(case, "approve", "同意。", ago, values={"instruction": words})

    instruct(
        ask(hanoi, "growth", 60_000, -2, 28, 2), 2, "为扩大越南市场，旺季特批，一个月内有效。"
    )
    instruct(
        ask(mine[2], "bill_delayed", 12_000, -1, 60, 1), 1, "票据延付，限度降至一万二千美元。"
    )
    instruct(ask(gulf, "growth", 75_000, 10, 40, 1), 1, "同意展会期间提高限度。")
    over = ask(mine[1], "growth", 90_000, -30, -5, 30)
    instruct(over, 30, "旺季特批。")
    with story.as_("platform_admin", 1):
        over.state = "ended"
    story.submit("sales_rep", ask(mine[1], "growth", 110_000, 1, 30, 0), 0)
    ask(mine[0], "credit_worse", 100_000, 1, 60, 0)


def report_before_it_is_passed(story: Story) -> None:
    mine = _mine(story)

    def of(customer: Customer, kind: str) -> CreditLimitAlert:
        query = select(CreditLimitAlert).where(
            CreditLimitAlert.customer_id == customer.id, CreditLimitAlert.kind == kind
        )
        return db.session.scalars(query.order_by(CreditLimitAlert.id.desc())).one()

    above = of(mine[2], "exceeded")
    with story.as_("sales_rep", 1):
        above.opinion_requested = "客户两张支票延付，欠款已超过降低后的限度，建议停止赊销并催收。"
    case = story.submit("sales_rep", above, 1)
    story.decide(
        case, "approve", "同意催收，报总经理决定。", 0,
        values={"handling_decision": "collect", "handling_opinion": "停止新增赊销，一个月内收回一半。"},
    )  # fmt: skip
    planned = _enter(story, "sales_rep", 1, CreditLimitAlert(
        customer=mine[0], kind="may_exceed", planned_amount=Decimal(60_000),
        opinion_requested="客户追加电饭煲订单6万美元，将超出限度，请指示是否可以接单。",
    ))  # fmt: skip
    case = story.submit("sales_rep", planned, 1)
    story.decide(
        case, "approve", "订单有利润，建议允许。", 0,
        values={
            "handling_decision": "allow", "handling_opinion": "先收回逾期货款一万二千美元再发货。",
            "allowed_up_to": Decimal(160_000), "allowed_until": story.today + timedelta(days=30),
        },
    )  # fmt: skip
    story.decide(case, "approve", "同意。", 0)


# -- what secures it ---------------------------------------------------------------------------------


def secure_what_is_owed(story: Story) -> None:
    mine = _mine(story)

    def guarantee(customer: Customer, kind: str, ago: int, **more: Any) -> Guarantee:
        made: Guarantee = _enter(
            story, "sales_rep", ago, Guarantee(customer=customer, kind=kind, **more)
        )
        return made

    joint = guarantee(
        mine[2], "joint_guarantor", 12, guarantor="陈国强", amount=Decimal(20_000), contract_no="DB-2026-03", notarised=True,
        valid_to=story.today + timedelta(days=6),
    )  # fmt: skip
    house = guarantee(
        mine[2],
        "mortgage",
        12,
        collateral="宁波市江东仓库一座，1,200平方米。",
        amount=Decimal(30_000),
    )
    deposit = guarantee(mine[0], "deposit", 20, amount=Decimal(10_000))
    for one in (joint, house, deposit):
        story.approve_all(story.submit("sales_rep", one, 10), "同意。", 9)
    with story.as_("marketing_manager", 3):
        emergencies.claim(house, "追索延付货款。")
    story.submit("sales_rep", guarantee(mine[1], "personal", 1, guarantor="王海生"), 1)
    guarantee(mine[3], "guarantor", 0, guarantor="宁波恒远商贸有限公司", amount=Decimal(15_000))

    query = select(CustomerInvestigationReport).where(
        CustomerInvestigationReport.report_mode == "urgent",
        CustomerInvestigationReport.state.in_(("instructed", "executed")),
    )
    urgent = db.session.scalars(query.order_by(CustomerInvestigationReport.id)).first()
    assert urgent is not None  # noqa: S101 - told by the chapter of the reports

    def counter(*measures: str, ago: int) -> CreditCountermeasure:
        made: CreditCountermeasure = _enter(story, "sales_rep", ago, CreditCountermeasure(
            customer=urgent.customer, report=urgent, measures=measures,
        ))  # fmt: skip
        return made

    done = counter("less_supply", "deposit", ago=8)
    for counted, words in (
        (done, "减半供货，保证金增至一万美元。"),
        (counter("take_collateral", "pursue_guarantor", ago=4), "先处置仓库，再追索担保人。"),
    ):
        case = story.submit("sales_rep", counted, 4)
        story.decide(case, "approve", "照办。", 3, values={"instruction": words})
    with story.as_("sales_rep", 1):
        emergencies.execute(done, "月供货量减至五百台，保证金已到账。")
    story.submit("sales_rep", counter("notarise", ago=1), 1)
    counter("dispatch_limited", ago=0)
    _enter(story, "sales_rep", 3, DebtRecovery(
        customer=mine[2], amount_due=Decimal(18_000), occasion="两张支票延付。",
        action_lines=[
            RecoveryStep(order_no=0, done_on=story.today - timedelta(days=10), action="dunning", recovered=Decimal(0), note="发催收函"),
            RecoveryStep(order_no=1, done_on=story.today - timedelta(days=5), action="collateral", recovered=Decimal(3_000), note="处置部分存货"),
        ],
    ))  # fmt: skip
    closed = _enter(story, "sales_rep", 30, DebtRecovery(
        customer=mine[1], amount_due=Decimal(6_000), occasion="逾期三十天。",
        action_lines=[
            RecoveryStep(order_no=0, done_on=story.today - timedelta(days=40), action="dunning", recovered=Decimal(6_000), note="电话催收")
        ],
    ))  # fmt: skip
    with story.as_("finance", 20):
        closed.state = "closed"


# -- when nobody pays --------------------------------------------------------------------------------


def stop_and_suspend(story: Story) -> None:
    mine = _mine(story)
    me = story.people["marketing_manager"]
    bill = db.session.scalars(
        select(Bill).where(Bill.customer_id == mine[2].id).order_by(Bill.id.desc())
    ).first()

    def dishonour(customer: Customer, ago: int, **more: Any) -> DishonourReport:
        made: DishonourReport = _enter(story, "sales_rep", ago, DishonourReport(
            customer=customer, happened_on=story.today - timedelta(days=ago), **more,
        ))  # fmt: skip
        return made

    first = dishonour(
        mine[2], 3, bill=bill, event="cheque_dishonoured", detail="支票因账户余额不足被银行退回，客户称下月补足。",
        recovery_actions="已上门催收两次，正在处置抵押仓库。",
    )  # fmt: skip
    dishonour(
        mine[5],
        1,
        event="deferred",
        amount=Decimal(4_200),
        detail="客户来函要求货款延期六十天支付。",
    )
    settled = dishonour(
        mine[6], 25, event="bill_dishonoured", amount=Decimal(2_500), detail="承兑银行以印鉴不符为由拒付。",
        recovery_actions="换开新票据，已兑付。",
    )  # fmt: skip
    with story.as_("sales_rep", 15):
        settled.state = "closed"

    def hold_of(customer: Customer) -> CreditSupplyHold:
        query = select(CreditSupplyHold).where(CreditSupplyHold.customer_id == customer.id)
        return db.session.scalars(query).one()

    story.approve_all(story.submit("sales_rep", hold_of(mine[2]), 3), "同意暂停。", 2)
    story.approve_all(story.submit("sales_rep", hold_of(mine[6]), 25), "同意。", 24)
    with story.as_("marketing_manager", 14):
        emergencies.release_hold(hold_of(mine[6]), "票据已兑付，恢复供货。")
    _enter(story, "sales_rep", 4, CreditSupplyHold(
        customer=mine[7], reason="负责人失联，门店停业，先停止发货。"
    ))  # fmt: skip
    refused = _enter(story, "sales_rep", 9, CreditSupplyHold(
        customer=mine[8], reason="同行传言该客户资金紧张。"
    ))  # fmt: skip
    story.decide(story.submit("sales_rep", refused, 9), "reject", "经核实付款正常，恢复供货。", 8)

    def risk_of(report: DishonourReport) -> RiskCustomerReport:
        query = select(RiskCustomerReport).where(RiskCustomerReport.dishonour_id == report.id)
        return db.session.scalars(query).one()

    def instruct(report: RiskCustomerReport, ago: int, decision: str, words: str) -> None:
        case = story.submit("sales_rep", report, ago)
        story.decide(
            case, "approve", "已阅。", ago, values={"decision": decision, "instruction": words}
        )

    def suspension_of(report: RiskCustomerReport) -> TradeSuspension:
        query = select(TradeSuspension).where(TradeSuspension.risk_report_id == report.id)
        return db.session.scalars(query).one()

    def suspend(report: RiskCustomerReport, ago: int, effective_in: int, channel: str) -> Any:
        suspension = suspension_of(report)
        story.approve_all(story.submit("sales_rep", suspension, ago), "照办。", ago)
        with story.as_("sales_rep", ago):
            suspension.customer_notified, suspension.channel = True, channel
            suspension.notified_on = story.today - timedelta(days=ago)
            suspension.effective_on = story.today + timedelta(days=effective_in)
        with story.as_("sales_rep", ago, hour=16):
            emergencies.note_notice(suspension)
        if effective_in <= 0:
            with story.on(0):
                emergencies_round()
        return suspension

    def emergencies_round() -> None:
        from app.records import writing

        with writing("job"):
            emergencies.end_trade_on_its_day()

    def risk(customer: Customer, ago: int, facts: str) -> RiskCustomerReport:
        made: RiskCustomerReport = _enter(story, "sales_rep", ago, RiskCustomerReport(
            customer=customer, submitted_to=me, facts=facts, recovery_estimate=Decimal(3_000),
            proposal="建议中止交易，派人上门追索。",
        ))  # fmt: skip
        return made

    begun = risk_of(first)
    with story.as_("sales_rep", 2):
        begun.submitted_to, begun.proposal = me, "中止交易，处置抵押物后追索担保人。"
        begun.recovery_estimate = Decimal(12_000)
    instruct(begun, 2, "suspend", "自下月起中止交易，先处置抵押物，再追索担保人。")
    suspend(begun, 1, 5, "letter")
    over = risk(mine[9], 40, "连续三期货款逾期，电话无人接听。")
    instruct(over, 39, "suspend", "中止交易。")
    resumed = suspend(over, 38, -30, "letter")
    with story.as_("marketing_manager", 6):
        emergencies.resume_trade(resumed, "货款已全部收回，改为预付款交易。")
    gone = risk(mine[10], 35, "客户已注销营业执照。")
    instruct(gone, 34, "terminate", "终止交易，申报债权。")
    suspend(gone, 33, -20, "visit")
    watched = risk(mine[8], 7, "门店缩减一半。")
    instruct(watched, 6, "watch", "继续交易，每月报告一次。")
    with story.as_("marketing_manager", 1):
        watched.state = "closed"
    to_tell = risk(mine[11], 5, "票据两次延期。")
    instruct(to_tell, 4, "suspend", "中止交易。")
    story.approve_all(story.submit("sales_rep", suspension_of(to_tell), 3), "照办。", 2)
    story.submit("sales_rep", risk(mine[12], 1, "同行反映其拖欠多家货款。"), 1)


# -- contracts ---------------------------------------------------------------------------------------


def review_and_sign(story: Story) -> None:
    mine = _mine(story)

    def review(customer: Customer, title: str, ago: int, needed_in: int) -> ContractReview:
        made: ContractReview = _enter(story, "sales_service_desk", ago, ContractReview(
            customer=customer, contract_or_order=title, needed_by=story.today + timedelta(days=needed_in),
            customer_requirements="六个月内分三批交货，提供操作培训；电源线按出口国标准配置。",
            regulatory_requirements="符合出口国电器安全标准，附CE证书及质量一致性报告。",
            department_lines=[
                ReviewOpinion(order_no=0, dept_id=story.people["finance"].dept_id, opinion="付款条件可以接受，赊销部分须在限度之内。")
            ],
        ))  # fmt: skip
        return made

    def give_opinions(made: ContractReview, ago: int) -> Any:
        case = story.submit("sales_service_desk", made, ago)
        story.decide(
            case,
            "approve",
            "可行。",
            ago - 1,
            values={"quality_opinion": "检验手段齐全，可以满足标准。"},
        )
        story.decide(
            case,
            "approve",
            "可行。",
            ago - 1,
            values={"technical_opinion": "技术参数可以达到，样机已验证。"},
        )
        return case

    def conclude(made: ContractReview, ago: int, verb: str, words: str) -> None:
        case = give_opinions(made, ago)
        while case.step == "head":
            story.decide(case, "approve", "同意。", ago - 2)
        values = {"conclusion": words} if verb == "approve" else None
        story.decide(case, verb, words, ago - 2, values=values)

    yearly = review(mine[0], "2026年度电饭煲供货合同", 20, -12)
    order = review(mine[1], "订单 PO-2291", 12, -5)
    conclude(yearly, 20, "approve", "具备履约能力，同意签订。")
    conclude(order, 12, "approve", "同意确认订单。")
    conclude(
        review(mine[3], "防爆电机订单", 15, -8), 15, "reject", "无防爆产品生产许可，不具备能力。"
    )
    give_opinions(review(mine[4], "2026年度代理合同", 4, 3), 4)
    review(mine[13], "订单 PO-2304", 6, -1)

    def contract(customer: Customer, no: str, amount: int, ago: int, **more: Any) -> SalesContract:
        made: SalesContract = _enter(story, "sales_rep", ago, SalesContract(
            customer=customer, contract_no=no, amount=Decimal(amount), terms="交货后六十天内付款。", **more,
        ))  # fmt: skip
        return made

    signed = contract(
        mine[0], "XS-2026-017", 180_000, 12, review=yearly, credit_amount=Decimal(2_000), special_terms=("training",), notarised=True
    )  # fmt: skip
    done = contract(mine[1], "PO-2291", 9_600, 6, kind="order", review=order)
    for one in (signed, done):
        with story.as_("sales_rep", 5):
            emergencies.sign_contract(one)
    with story.as_("sales_rep", 1):
        done.state = "done"
    contract(mine[13], "PO-2304", 14_500, 1, kind="order", special_terms=("training", "on_site"))

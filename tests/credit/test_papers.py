"""The forms of the crisis and of the contract on paper: E10, E48, E49."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.credit.office import decide, store, submit
from tests.credit.test_contracts import reviewed
from tests.credit.test_crises import instructed, notify
from tests.documents.test_prints import words_of
from tests.factories.credit import a_receivable, a_risk_report


def printed(browser, record, name):
    with browser.get(f"/print/{record.register_name()}/{record.id}/{name}.pdf") as answer:
        return words_of(answer.data).replace(" ", "")


@pytest.mark.catalogue("E10")
def test_the_risk_report_says_what_is_owed_in_words_the_proposal_and_the_instruction(
    people,
    buyer,
    as_,
):
    store(a_receivable(customer=buyer, amount=Decimal(18_000)))
    risk = store(
        a_risk_report(
            customer=buyer, submitted_to=people.bob.employee, proposal="中止交易，追索担保人。"
        ),
        by_=people.alice,
    )
    values = {"decision": "suspend", "instruction": "即日起停止供货。"}
    decide(submit(risk, people.alice), people.bob, values=values)

    paper = printed(as_(people.bob), risk, "risk_customer_report")

    for words in (
        "危险客户报告",
        "连续两张支票被拒付",
        "美元壹万捌仟元整",
        "追索担保人",
        "即日起停止供货",
        "李雯",
        "王强",
    ):
        assert words in paper


@pytest.mark.catalogue("E48")
def test_the_notice_names_customer_reason_and_day_and_leaves_room_for_the_seal(
    people,
    buyer,
    as_,
    on,
):
    with on("2026-03-02"):
        suspension = instructed(people, buyer, reason="多次延付货款。")
        notify(suspension, people.alice, date(2026, 3, 9))
        paper = printed(as_(people.bob), suspension, "trade_suspension")

        for words in (
            "中止交易通知书",
            buyer.name,
            "多次延付货款",
            "2026年3月9日",
            "公司盖章",
            "中止与贵公司的交易",
        ):
            assert words in paper
        assert (
            "即日起中止交易" not in paper
        )  # what the superior said is not the customer's to read


@pytest.mark.catalogue("E49")
def test_the_review_shows_requirements_opinions_and_the_conclusion(
    people,
    departments,
    buyer,
    as_,
):
    review = reviewed(people, departments, buyer)
    paper = printed(as_(people.bob), review, "contract_review")

    for words in (
        "合同评审表",
        "六月底前交货五千台",
        "出口国电器安全标准",
        "检验能力满足要求",
        "技术指标可以达到",
        "同意签订",
        "秦质检",
        "唐技术",
    ):
        assert words in paper

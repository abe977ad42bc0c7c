"""Retail customers come into the network, learn to order, are graded; customers come to visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.deadlines import working_days
from app.demo.story import Story
from app.domains.customers import grading, ordering, reception, shielding
from app.domains.customers.grading import CustomerGrading
from app.domains.customers.ordering import (
    HandedTo,
    MobileOrderAgreement,
    OnlineOrderApplication,
    OrderingTraining,
    OrderPasswordHandover,
    YanxintongApplication,
)
from app.domains.customers.reception import CustomerReception
from app.domains.customers.retail import (
    RetailCustomerProfile,
    RetailLawRecord,
    RetailOnboarding,
    open_orders_if_ready,
)
from app.domains.customers.shielding import FieldControl
from app.domains.directory.models import Customer
from app.extensions import db
from app.records import clock

#: shop, days since it was received, how far it has come, ordering method, days from receipt to the first order
SHOPS = (
    ("江北槐树路小徐便利店", 45, "complete", "phone", 9),
    ("海曙药行街老金烟酒店", 40, "complete", "online", 12),
    ("鄞州四明路惠民超市", 26, "orderable", "online", 12),
    ("镇海骆驼街道骏达食杂店", 24, "orderable", "mobile", 10),
    ("北仑新碶祥和烟酒商行", 21, "orderable", "yanxintong", 10),
    ("慈溪浒山街道百汇便利店", 12, "reset", "online", 20),
    ("余姚阳明路顺发食杂店", 9, "password", "online", 16),
    ("奉化锦屏街道福满超市", 6, "with_chief", "phone", 9),
    ("宁海跃龙街道兴旺烟酒店", 5, "with_manager", "mobile", 12),
    ("象山丹东街道海港便利店", 4, "base", "phone", 11),
    ("江北洪塘街道家家乐食杂店", 0, "received", "phone", 10),
)

_BASE = {
    "geo_location": "临街商铺，公交站旁", "visit_batch": "周二第二批", "delivery_route": "城区 3 号线",
    "invoice_type": "general",
}  # fmt: skip
_QUANT = {
    "market_type": "town",
    "business_form": "convenience",
    "quant_info": "每周 25 条；一类烟 2 条、二类烟 5 条、三类烟 12 条、其余 6 条。",
}
_CIRCLE = {"trade_circle_type": "residential", "display_form": "cabinet"}
_ATTENTION = {"attention_degree": "high", "cooperation_degree": "middle"}
_OTHER = {"delivery_day": "fri", "law_standing": "good"}


def bring_retailers_in(story: Story) -> None:
    """Every stage of the chain: complete, on its way, late, and taken in today."""
    for place, (name, back, stage, method, first) in enumerate(SHOPS, start=1):
        _Shop(story, place, name, back, method, first).come_to(stage)


class _Shop:
    """One retailer on his way into the network."""

    def __init__(
        self, story: Story, place: int, name: str, back: int, method: str, first: int
    ) -> None:
        self.story, self.place, self.name, self.back, self.method = (
            story,
            place,
            name,
            back,
            method,
        )
        self.received_on = story.today - timedelta(days=back)
        self.first_order_on = self.received_on + timedelta(days=first)
        self.customer: Any = None
        self.onboarding: Any = None
        self.case: Any = None

    def ago(self, workdays: int) -> int:
        """Days ago on which the n-th working day since the receipt was; never in days to come."""
        day = working_days.calendar().nth(self.received_on, workdays)
        return max((self.story.today - day).days, 0)

    def come_to(self, stage: str) -> None:
        self.receive()
        if stage == "received":
            return
        self.maintain_base()
        if stage == "base":
            return
        self.case = self.story.submit("statistics_analyst", self.onboarding, self.ago(2))
        if stage == "with_manager":
            return
        self.fill("account_manager", self.ago(3), _QUANT)
        self.story.decide(self.case, "approve", "定量信息已维护，请审批。", self.ago(3))
        if stage == "with_chief":
            return
        self.story.decide(self.case, "approve", "同意。", self.ago(4))
        if self.method == "online":
            self.order_on_the_net(stage)
        elif self.method in ("mobile", "yanxintong"):
            self.order_by_operator()
        if stage in ("complete", "orderable"):
            self.fill("account_manager", self.ago(9), _CIRCLE)
        if stage == "complete":
            self.fill("account_manager", self.ago(14), {**_OTHER, "signboard": self.name[-5:]})
            self.fill("account_manager", self.ago(19), _ATTENTION)

    def receive(self) -> None:
        with self.story.as_("licence_clerk", self.back, hour=8):
            self.customer = Customer(
                name=self.name,
                party_kind=("dealer",),
                trade_route="direct",
                relation_stage="present",
                legal_representative=self.story.chance.choice("徐金沈骆祁") + "建国",
                address="宁波市" + self.name[:-4] + f"{self.place * 7} 号",
                phone=f"0574-8{self.story.chance.randrange(10**7):07}",
                district="宁波",
                currency="CNY",
                responsible_rep_id=self.story.people["account_manager"].id,
            )
            db.session.add(self.customer)
        with self.story.as_("statistics_analyst", self.back, hour=9):
            self.onboarding = RetailOnboarding(
                customer=self.customer,
                account_manager=self.story.people["account_manager"],
                received_on=self.received_on,
                first_order_on=self.first_order_on,
            )
            db.session.add(self.onboarding)
        self.fill(
            "licence_clerk",
            self.back,
            {"customer_code": f"33020500{self.place:04}", "licence": f"3302052{self.place:05}"},
        )

    def maintain_base(self) -> None:
        values = {
            **_BASE,
            "delivery_sequence": self.place,
            "order_method": self.method,
            "settlement_method": "cash" if self.place % 3 else "electronic",
            "service_person_id": self.story.people["account_manager"].id,
        }
        self.fill("statistics_analyst", self.ago(1), values)

    def fill(self, role: str, back: int, values: Mapping[str, Any]) -> None:
        with self.story.as_(role, back, hour=11):
            profile = RetailCustomerProfile.of_customer(self.customer)
            for name, value in values.items():
                setattr(profile, name, value)

    def order_on_the_net(self, stage: str) -> None:
        """The form, the password, the training; where none came the account manager resets it."""
        story = self.story
        with story.as_("statistics_analyst", self.ago(4)):
            form = OnlineOrderApplication(customer=self.customer, applied_on=clock.today())
            db.session.add(form)
        case = story.submit("statistics_analyst", form, self.ago(4))
        story.approve_all(case, "门店具备上网条件，同意开通网上订货。", self.ago(4))
        with story.as_("statistics_analyst", self.ago(4), hour=15):
            ordering.maintain(form)
        if stage == "password":
            return
        if stage == "reset":
            with story.as_("account_manager", self.ago(6), hour=14):
                ordering.reset(form)
            return
        with story.as_("order_clerk", self.ago(6), hour=9):
            handover = OrderPasswordHandover(application=form)
            db.session.add(handover)
        with story.as_("statistics_analyst", self.ago(6)):
            ordering.receive_password(handover)
            ordering.hand_on(HandedTo.ACCOUNT_MANAGER if self.place % 2 else HandedTo.CUSTOMER)(
                handover
            )
        self.train(self.ago(6), self.ago(7), "到店一对一培训")

    def order_by_operator(self) -> None:
        story = self.story
        with story.as_("statistics_analyst", self.ago(4)):
            values: dict[str, Any] = {
                "customer": self.customer,
                "agreement_received_on": clock.today(),
                "handset_received": True,
                "binding_info": f"189{story.chance.randrange(10**8):08}",
            }
            form: Any = (
                MobileOrderAgreement(telecom_prepaid_fee=Decimal(100), **values)
                if self.method == "mobile"
                else YanxintongApplication(deposit=Decimal(200), **values)
            )
            db.session.add(form)
        with story.as_("statistics_analyst", self.ago(5)):
            ordering.send_code(form)
            ordering.maintain_agreement(form)
        order_day = (story.today - self.first_order_on).days
        self.train(self.ago(6), order_day, "订货日现场培训")

    def train(self, agreed: int, held: int, method: str) -> None:
        day = self.story.today - timedelta(days=held)
        with self.story.as_("account_manager", agreed, hour=15):
            training = OrderingTraining(
                customer=self.customer,
                order_method=self.method,
                trained_at=datetime.combine(day, time(9, 30), clock.OFFICE),
                method=method,
            )
            db.session.add(training)
        with self.story.as_("account_manager", held, hour=16):
            ordering.finish_training(training)
            open_orders_if_ready(self.onboarding)


def wait_for_agreements(story: Story) -> None:
    """One agreement that nobody has answered yet, one that is sent and not maintained."""
    with story.as_("statistics_analyst", 4):
        late = _shop("宁海跃龙街道兴旺烟酒店")
        db.session.add(
            MobileOrderAgreement(
                customer=late,
                agreement_received_on=clock.today(),
                telecom_prepaid_fee=Decimal(100),
                binding_info="18957400321",
            )
        )


def _shop(name: str) -> Customer:
    return db.session.scalars(select(Customer).where(Customer.name == name)).one()


def grade_retailers(story: Story) -> None:
    """A round that is closed, and one that comes."""
    for name, _back, stage, _method, _first in SHOPS[:5]:
        customer = _shop(name)
        if stage == "complete":
            made = _grading(story, customer, f"{story.today.year}上半年", 8, 14)
            with story.as_("account_manager", 10):
                grading.adjust_inputs(made)
            with story.as_("statistics_analyst", 8):
                made.grade = "a" if name.startswith("江北") else "b"
            story.approve_all(story.submit("statistics_analyst", made, 8), "同意评定结果。", 7)
        _grading(story, customer, f"{story.today.year}下半年", -6, 3)
    customer = _shop(SHOPS[2][0])
    with story.as_("account_manager", 1):
        profile = RetailCustomerProfile.of_customer(customer)
        if profile is not None:
            profile.attention_degree, profile.cooperation_degree = "middle", "high"
            profile.law_lines = [
                RetailLawRecord(
                    happened_on=clock.today() - timedelta(days=5),
                    matter="未按规定明码标价一次",
                    handling="现场教育，当日改正",
                )
            ]


def _grading(
    story: Story, customer: Customer, round_name: str, held: int, entered: int
) -> CustomerGrading:
    with story.as_("statistics_analyst", entered):
        made = CustomerGrading(
            round_name=round_name,
            evaluation_on=story.today - timedelta(days=held),
            customer=customer,
        )
        db.session.add(made)
    return made


def shield_what_nobody_needs(story: Story) -> None:
    """Two fields are shielded, one in time and one late; a third waits."""
    for name, found, shielded in (("delivery_day", 20, 19), ("signboard", 3, None)):
        with story.as_("it_head", found):
            control = db.session.scalars(
                select(FieldControl).where(FieldControl.field_name == name)
            ).one()
            control.unneeded_on = clock.today()
        if shielded is not None:
            with story.as_("it_head", shielded):
                shielding.shield(control)


def receive_guests(story: Story) -> None:
    """Visits that were, that are coming, and one that was refused."""
    told = (
        ("sales_rep", 0, 30, "approve", "参观展厅与仓库，洽谈下季度订单。", "客户确认下季度追加 300 台。"),
        ("sales_rep", 6, 12, "approve", "接机，参观生产线，午宴，签署备忘录。", None),
        ("account_manager", 7, -3, "", "门店陈列交流，午餐。", None),
        ("sales_rep", 9, -6, "approve", "总经理会见，参观展厅，商谈代理事宜。", None),
        ("account_manager", 1, -2, "draft", "季度对账，参观样品间。", None),
        ("sales_rep", 3, -8, "reject", "客户技术人员来厂学习。", None),
    )  # fmt: skip
    for role, number, back, then, programme, result in told:
        customer = story.dealers[number]
        entered = max(back, 0) + 4
        with story.as_(role, entered):
            arrive = datetime.combine(
                story.today - timedelta(days=back), time(9, 30), clock.OFFICE
            )
            made = CustomerReception(
                customer=customer,
                visitors="采购总监、技术经理等",
                headcount=3,
                arrive_at=arrive,
                leave_at=arrive + timedelta(hours=7),
                programme=programme,
                budget=Decimal(1800 if customer.is_vip else 300),
            )
            db.session.add(made)
        if then == "draft":
            continue
        case = story.submit(role, made, entered)
        if then == "approve":
            story.approve_all(case, "同意，按接待办法安排。", entered - 1)
        elif then == "reject":
            story.decide(case, "reject", "与生产检修冲突，请改期。", entered - 1)
        if result:
            with story.as_(role, back - 1):
                reception.note_done(made, result)

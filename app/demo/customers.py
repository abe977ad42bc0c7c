"""Customer files are opened and kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from stdnum.cn import uscc

from app.demo.company import CUSTOMERS
from app.demo.story import Story
from app.domains.customers import operations as desk
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEffect,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.directory.models import BusinessType, Customer, CustomerPerson
from app.extensions import db
from app.records import clock


def open_the_files(story: Story) -> None:
    types = list(db.session.scalars(select(BusinessType).order_by(BusinessType.order_no)))
    reps = ("sales_rep", "account_manager", "sales_rep", "branch_sales")
    for number, (name, city, kind) in enumerate(CUSTOMERS):
        # Most files are years old; a few were opened in the last months, one after the other.
        days_ago = 420 if number < 24 else (30 - number) * 25
        with story.as_("customer_info_officer", days_ago):
            code = f"91330000{number + 710000000:09d}"
            complete = number % 4 != 3
            db.session.add(
                Customer(
                    name=name,
                    short_name=name[:6],
                    party_kind=("dealer",) if kind in (3, 4, 5) else ("business_customer",),
                    relation_stage="present" if number < 24 else "negotiating",
                    trade_route="direct" if number % 3 else "indirect",
                    unified_social_credit_code=code + uscc.calc_check_digit(code),
                    company_type="有限责任公司",
                    registered_on=date(2005 + number % 15, number % 12 + 1, 12),
                    province="",
                    district=city,
                    address=f"{city}市人民路{number + 8}号" if complete else None,
                    postcode=f"{200000 + number * 137}" if complete else None,
                    phone=f"0{512 + number}-8{story.chance.randrange(10**6):06}"
                    if complete
                    else None,
                    fax=f"0{512 + number}-8{story.chance.randrange(10**6):06}"
                    if number % 3 == 0
                    else None,
                    legal_representative=story.chance.choice("赵钱孙李周吴郑王冯陈")
                    + story.chance.choice(("建国", "丽", "志强", "敏", "海"))
                    if complete
                    else None,
                    business_scope="家用电器、电子产品、五金交电的批发与零售。",
                    registered_capital=Decimal(
                        story.chance.choice((500_000, 1_000_000, 5_000_000, 20_000_000))
                    ),
                    employee_count=story.chance.randrange(12, 400),
                    manager_count=story.chance.randrange(2, 10),
                    business_type_id=types[kind - 1].id,
                    is_vip=number in (0, 6, 9),
                    is_key_customer=number < 6,
                    currency="USD" if kind in (1, 2) else "CNY",
                    responsible_rep_id=story.people[reps[number % len(reps)]].id,
                )
            )
    with story.as_("customer_info_officer", 420):
        for partner, special in (
            ("浙江正大律师事务所", "lawyer"),
            ("中国银行宁波分行", "bank"),
            ("平安财产保险宁波公司", "insurance"),
        ):
            db.session.add(
                Customer(
                    name=partner,
                    party_kind=("special_partner",),
                    special_kind=special,
                    relation_stage="present",
                    state="prospect",
                )
            )


def keep_the_files(story: Story) -> None:
    dealers = story.dealers
    with story.as_("customer_info_officer"):
        for number, customer in enumerate(dealers):
            db.session.add(
                CustomerPerson(
                    customer=customer,
                    name=story.chance.choice("林徐高梁宋唐董萧程")
                    + story.chance.choice(("经理", "主任", "先生", "女士")),
                    title_="采购经理",
                    phone=f"139{story.chance.randrange(10**8):08}",
                    is_primary=True,
                    is_decision_maker=number % 2 == 0,
                )
            )
            db.session.add(
                CustomerArchiveVolume(
                    customer=customer,
                    index_no=f"KH-{number + 1:03}",
                    category="business_customer",
                    volume_no="第1卷",
                    cabinet_no=number // 12 + 1,
                    row_no=number % 12 // 4 + 1,
                    col_no=number % 4 + 1,
                    ink="carbon",
                    keeper_id=story.people["customer_info_officer"].id,
                    opened_on=story.today - timedelta(days=400 - number),
                    pages=24 + number,
                )
            )
            if number % 2 == 0:
                db.session.add(
                    CustomerAnnualRecord(
                        customer=customer,
                        year=story.today.year - 1,
                        performance="销售稳步增长，回款及时。",
                        revenue=Decimal(story.chance.randrange(2_000_000, 90_000_000)),
                        net_profit=Decimal(story.chance.randrange(50_000, 3_000_000)),
                        total_assets=Decimal(story.chance.randrange(3_000_000, 120_000_000)),
                        total_liabilities=Decimal(story.chance.randrange(1_000_000, 60_000_000)),
                        source="客户提供的决算书",
                    )
                )
    for role in ("sales_rep", "account_manager", "branch_sales"):
        me = story.people[role]
        with story.as_(role):
            for customer in dealers:
                if customer.responsible_rep_id != me.id:
                    continue
                for back, channel, text in (
                    (60, "letter", "寄送新品目录及报价单。"),
                    (25, "long_distance_call", "确认月度订货数量与到货日期。"),
                    (4, "our_visit", "上门拜访，了解库存与陈列情况。"),
                ):
                    happened = datetime.combine(
                        story.today - timedelta(days=back), time(10, 15), clock.OFFICE
                    )
                    db.session.add(
                        CustomerInteraction(
                            customer=customer,
                            channel=channel,
                            direction="out",
                            happened_on=happened,
                            subject=text[:6],
                            content=text,
                            our_person_id=me.id,
                            next_action="回访确认" if back == 4 else None,
                            next_action_on=story.today + timedelta(days=3) if back == 4 else None,
                        )
                    )
    events = []
    with story.as_("customer_info_officer"):
        for customer, what, field, value in (
            (dealers[0], "address", "address", "宁波市鄞州区天童南路588号"),
            (dealers[4], "capital", "registered_capital", "8000000"),
            (dealers[8], "name", "legal_representative", "黄志远"),
        ):
            event = CustomerChangeEvent(
                customer=customer,
                event_on=story.today - timedelta(days=15),
                event_type=what,
                content="客户来函通知，附营业执照复印件。",
                reported_by_id=story.people["sales_rep"].id,
                effects=[CustomerChangeEffect(master_field=field, new_value=value, order_no=0)],
            )
            db.session.add(event)
            events.append(event)
    with story.as_("customer_info_supervisor"):
        for event in events[:2]:
            desk.confirm(event)

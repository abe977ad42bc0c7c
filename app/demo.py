"""A demonstration company: somebody in every role, every register filled by those who may fill it.

Every row passes through the same rules, numbers and operations as in an office, written by the
account of the role that writes it there. Run it once, on an empty house.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from stdnum.cn import uscc

from app.analytics.months import Month
from app.domains.archives.models import Regulation
from app.domains.assets import operations as devices
from app.domains.assets.models import DeviceAssignment, ITDevice, LifespanAdvice
from app.domains.customers import operations as desk
from app.domains.customers.models import (
    CustomerAnnualRecord,
    CustomerArchiveVolume,
    CustomerChangeEffect,
    CustomerChangeEvent,
    CustomerInteraction,
)
from app.domains.directory.models import (
    BusinessType,
    Customer,
    CustomerPerson,
    LookupValue,
    Product,
)
from app.domains.sales.models import (
    CompositionPolicy,
    CustomerSalesTarget,
    CustomerStock,
    SalesFact,
)
from app.domains.sales.operations import put_policy_in_force, rebuild_index
from app.extensions import db
from app.organisation.models import Department, Employee, Post
from app.records import Actor, clock, settings, writing
from app.records.moving import moving
from app.security import users
from app.security.roles import ADMINISTRATOR, EVERYBODY

COMPANY = "东岭电器贸易有限公司"

#: role → (name, department, post)
PEOPLE = {
    "general_manager": ("周建平", "总经理办公室", "总经理"),
    "deputy_general_manager": ("吴海燕", "总经理办公室", "副总经理"),
    "bureau_leader": ("郑国栋", "总经理办公室", "主管领导"),
    "hq_approver": ("冯立新", "总公司", "审批专员"),
    "marketing_manager": ("王强", "销售部", "营销经理"),
    "sales_rep": ("李雯", "销售部", "销售代表"),
    "customer_info_officer": ("陈勇", "信息部", "客户信息专员"),
    "customer_info_supervisor": ("褚卫东", "信息部", "客户信息主管"),
    "customer_service_manager": ("蒋丽华", "客户服务部", "客户服务部经理"),
    "service_staff": ("沈涛", "客户服务部", "服务人员"),
    "receptionist": ("赵静", "展厅", "前台接待"),
    "showroom_manager": ("韩雪", "展厅", "展厅经理"),
    "sales_consultant": ("杨帆", "展厅", "销售顾问"),
    "lead_info_officer": ("朱敏", "展厅", "信息员"),
    "dealer_sales_manager": ("秦峰", "展厅", "销售经理"),
    "marketing_dept": ("许可", "市场部", "市场专员"),
    "branch_sales": ("何俊", "华东销售分公司", "营销人员"),
    "sales_service_desk": ("吕萍", "销售部", "销售服务台"),
    "quality_dept": ("施伟", "质量部", "质量工程师"),
    "inspector": ("张磊", "质量部", "检验员"),
    "technical_application": ("孔明辉", "技术应用部", "应用工程师"),
    "supply_production": ("曹刚", "生产供应部", "计划员"),
    "finance": ("严慧", "财务部", "会计"),
    "licence_clerk": ("华蕾", "专卖科", "证件管理员"),
    "statistics_analyst": ("金鑫", "信息部", "统计员"),
    "account_manager": ("魏然", "销售部", "客户经理"),
    "marketing_section_chief": ("陶亮", "营销服务科", "科长"),
    "order_clerk": ("姜敏", "营销服务科", "订单员"),
    "network_system_admin": ("戚军", "网络信息科", "网络系统管理员"),
    "it_head": ("谢东", "网络信息科", "信息科科长"),
    "website_admin": ("邹琳", "网络信息科", "网站管理员"),
    "machine_room_staff": ("喻波", "网络信息科", "机房值班员"),
    "security_team_leader": ("柏松", "网络信息科", "安全组组长"),
    "security_team_member": ("水莲", "网络信息科", "安全组成员"),
    "department_head": ("窦志远", "生产供应部", "部门负责人"),
    "device_manager": ("章宏", "生产供应部", "设备管理员"),
    "office": ("云霞", "综合办公室", "办公室文员"),
    "procurement": ("苏强", "采购部", "采购员"),
    "human_resources": ("潘玉", "人力资源部", "人事专员"),
    "archivist": ("葛洁", "综合办公室", "档案管理员"),
    "employee": ("奚明", "生产供应部", "操作员"),
    "auditor": ("孙丽", "审计部", "审计员"),
    "platform_admin": ("范志", "网络信息科", "平台管理员"),
}

#: place, credit code prefix, kind of business by its order
CUSTOMERS = (
    ("宁波恒昌电器有限公司", "宁波", 3), ("杭州西溪家电商行", "杭州", 3), ("苏州姑苏电子商贸有限公司", "苏州", 4),
    ("无锡锡山五金机电有限公司", "无锡", 4), ("常州龙城电器批发中心", "常州", 5), ("南京钟山电子器材有限公司", "南京", 4),
    ("上海浦江国际贸易有限公司", "上海", 1), ("上海申通用品进出口有限公司", "上海", 2), ("广州汇通五金有限公司", "广州", 5),
    ("深圳前海零配件国际贸易有限公司", "深圳", 1), ("厦门鹭岛用品国际有限公司", "厦门", 2), ("福州闽江电气店", "福州", 3),
    ("青岛海丰家居DIY广场", "青岛", 6), ("济南泉城DIY生活馆", "济南", 6), ("天津津门电器专营店", "天津", 4),
    ("北京京华家电批量采购中心", "北京", 5), ("武汉江城电气有限公司", "武汉", 3), ("长沙湘江家电专营店", "长沙", 4),
    ("成都锦里电器商贸有限公司", "成都", 3), ("重庆山城批量销售店", "重庆", 5), ("西安古城家用电器有限责任公司", "西安", 3),
    ("郑州中原电子商场", "郑州", 4), ("沈阳盛京五金电料公司", "沈阳", 3), ("哈尔滨冰城家电连锁有限公司", "哈尔滨", 5),
    ("昆明春城电器行", "昆明", 3), ("贵阳黔灵DIY手工坊", "贵阳", 6), ("南宁邕江家电有限公司", "南宁", 4),
    ("海口椰城酒店用品供应有限公司", "海口", 7), ("兰州金城电气设备有限公司", "兰州", 3), ("乌鲁木齐天山国际零配件有限公司", "乌鲁木齐", 1),
)  # fmt: skip

PRODUCTS = (
    ("电饭煲", "DFB-40", "厨房电器", "台", 145, 219), ("微波炉", "WBL-23", "厨房电器", "台", 288, 399),
    ("电水壶", "SH-17", "厨房电器", "个", 52, 89), ("落地扇", "FS-40", "季节电器", "台", 98, 159),
    ("取暖器", "QN-20", "季节电器", "台", 132, 229), ("加湿器", "JS-5", "季节电器", "台", 76, 139),
    ("插座板", "CZ-6", "电工附件", "个", 17, 29), ("LED灯泡", "LED-9W", "照明", "只", 5, 9),
    ("工具箱", "GJ-58", "五金工具", "套", 118, 199), ("电钻", "DZ-13", "五金工具", "台", 168, 279),
    ("电机轴承", "ZC-6204", "零配件", "个", 8, 13), ("温控器", "WK-16", "零配件", "个", 11, 21),
)  # fmt: skip

#: strength of the calendar months: summer fans, winter heaters, a slack in February
SEASON = (88, 70, 92, 96, 108, 124, 130, 118, 98, 94, 100, 82)


class NotEmpty(RuntimeError):
    """There are people in the house already: a demonstration would mix with the real books."""


def fill() -> Iterator[str]:
    """Fill an empty house; says what it did, and the password of everybody.

    :raises NotEmpty: where anybody but the first administrator has an account
    """
    model = current_app.appbuilder.sm.user_model  # type: ignore[attr-defined]
    if db.session.scalar(select(model.id).where(model.username == "general_manager")):
        yield _("The demonstration company is here already.")
        return
    if db.session.scalar(select(Employee.id).limit(1)) is not None:
        raise NotEmpty(_("This house is in use. The demonstration wants an empty one (DATA_DIR)."))
    password = current_app.config["DEMO_PASSWORD"] or secrets.token_urlsafe(9)
    with force_locale("zh"):
        story = Story(password)
        for chapter in (
            story.hire_everybody,
            story.open_the_files,
            story.keep_the_files,
            story.sell_for_three_years,
            story.hand_out_devices,
            story.draft_a_regulation,
        ):
            chapter()
    yield _(
        "Demonstration company %(name)s: %(count)d accounts, named like their roles.",
        name=COMPANY,
        count=len(PEOPLE),
    )
    yield _("Password of everybody: %(password)s", password=password)


class Story:
    """What happened in this company, in its order."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.chance = random.Random(20170420)  # noqa: S311 - the same company every time
        self.actors: dict[str, Actor] = {}
        self.people: dict[str, Employee] = {}
        self.today = clock.today()

    @contextmanager
    def as_(self, role: str) -> Iterator[None]:
        """Somebody in this role sits at the keyboard."""
        with writing("cli", self.actors[role]):
            yield

    # -- people ----------------------------------------------------------------------------------------

    def hire_everybody(self) -> None:
        with writing("cli"):
            settings.put("company_name", COMPANY)
            departments: dict[str, Department] = {}
            posts: dict[str, Post] = {}
            for role, (name, place, post_name) in PEOPLE.items():
                dept = departments.get(place)
                if dept is None:
                    kind = (
                        "sales_branch"
                        if "分公司" in place
                        else "section"
                        if place.endswith("科")
                        else "head_office"
                        if place == "总公司"
                        else "department"
                    )
                    dept = departments[place] = Department(name=place, kind=kind)
                    db.session.add(dept)
                post = posts[role] = Post(
                    post_name=post_name,
                    dept=dept,
                    headcount=2 if role in ("sales_rep", "service_staff") else 1,
                    duties=f"承担{post_name}的日常职责，按制度登记台账。",
                    quality_requirement="熟悉本岗位制度，工作细致，能使用办公软件。",
                    is_key_post=role
                    in ("network_system_admin", "finance", "security_team_leader"),
                )
                roles = [role] if role != EVERYBODY else []
                user = users.create(role, name, self.password, roles, must_change=False)
                employee = Employee(
                    name=name,
                    employee_no=f"DL{len(self.people) + 1:04}",
                    dept=dept,
                    post=post,
                    phone=f"138{self.chance.randrange(10**8):08}",
                    entered_on=date(2016, 3, 1) + timedelta(days=self.chance.randrange(3000)),
                    user_id=user.id,
                )
                db.session.add(employee)
                db.session.flush()
                self.people[role] = employee
                self.actors[role] = Actor(user.id, name)
            for role in (
                "marketing_manager",
                "it_head",
                "department_head",
                "general_manager",
                "customer_service_manager",
                "marketing_section_chief",
            ):
                person = self.people[role]
                person.dept.head_id = person.id
            departments["网络信息科"].keeps_it_assets = True
            departments["信息部"].keeps_customer_archive = True
        with self.as_(ADMINISTRATOR):
            db.session.add_all(
                LookupValue(list_name="info_source", value=f"s{n}", label=label, order_no=n)
                for n, label in enumerate(
                    ("自然进店", "电话咨询", "网络", "老客户介绍", "展会"), 1
                )
            )
            db.session.add_all(
                Product(
                    name=name,
                    model=model,
                    category=category,
                    unit=unit,
                    unit_cost=Decimal(cost),
                    list_price=Decimal(price),
                )
                for name, model, category, unit, cost, price in PRODUCTS
            )

    # -- customers -------------------------------------------------------------------------------------

    def open_the_files(self) -> None:
        types = list(db.session.scalars(select(BusinessType).order_by(BusinessType.order_no)))
        reps = ("sales_rep", "account_manager", "sales_rep", "branch_sales")
        with self.as_("customer_info_officer"):
            for number, (name, city, kind) in enumerate(CUSTOMERS):
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
                        phone=f"0{512 + number}-8{self.chance.randrange(10**6):06}"
                        if complete
                        else None,
                        fax=f"0{512 + number}-8{self.chance.randrange(10**6):06}"
                        if number % 3 == 0
                        else None,
                        legal_representative=self.chance.choice("赵钱孙李周吴郑王冯陈")
                        + self.chance.choice(("建国", "丽", "志强", "敏", "海"))
                        if complete
                        else None,
                        business_scope="家用电器、电子产品、五金交电的批发与零售。",
                        registered_capital=Decimal(
                            self.chance.choice((500_000, 1_000_000, 5_000_000, 20_000_000))
                        ),
                        employee_count=self.chance.randrange(12, 400),
                        manager_count=self.chance.randrange(2, 10),
                        business_type_id=types[kind - 1].id,
                        is_vip=number in (0, 6, 9),
                        is_key_customer=number < 6,
                        currency="USD" if kind in (1, 2) else "CNY",
                        responsible_rep_id=self.people[reps[number % len(reps)]].id,
                    )
                )
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

    @property
    def customers(self) -> list[Customer]:
        return list(db.session.scalars(select(Customer).order_by(Customer.id)))

    def keep_the_files(self) -> None:
        dealers = self.customers[: len(CUSTOMERS)]
        with self.as_("customer_info_officer"):
            for number, customer in enumerate(dealers):
                db.session.add(
                    CustomerPerson(
                        customer=customer,
                        name=self.chance.choice("林徐高梁宋唐董萧程")
                        + self.chance.choice(("经理", "主任", "先生", "女士")),
                        title_="采购经理",
                        phone=f"139{self.chance.randrange(10**8):08}",
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
                        keeper_id=self.people["customer_info_officer"].id,
                        opened_on=self.today - timedelta(days=400 - number),
                        pages=24 + number,
                    )
                )
                if number % 2 == 0:
                    db.session.add(
                        CustomerAnnualRecord(
                            customer=customer,
                            year=self.today.year - 1,
                            performance="销售稳步增长，回款及时。",
                            revenue=Decimal(self.chance.randrange(2_000_000, 90_000_000)),
                            net_profit=Decimal(self.chance.randrange(50_000, 3_000_000)),
                            total_assets=Decimal(self.chance.randrange(3_000_000, 120_000_000)),
                            total_liabilities=Decimal(
                                self.chance.randrange(1_000_000, 60_000_000)
                            ),
                            source="客户提供的决算书",
                        )
                    )
        for role in ("sales_rep", "account_manager", "branch_sales"):
            me = self.people[role]
            with self.as_(role):
                for customer in dealers:
                    if customer.responsible_rep_id != me.id:
                        continue
                    for back, channel, text in (
                        (60, "letter", "寄送新品目录及报价单。"),
                        (25, "long_distance_call", "确认月度订货数量与到货日期。"),
                        (4, "our_visit", "上门拜访，了解库存与陈列情况。"),
                    ):
                        happened = datetime.combine(
                            self.today - timedelta(days=back), time(10, 15), clock.OFFICE
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
                                next_action_on=self.today + timedelta(days=3)
                                if back == 4
                                else None,
                            )
                        )
        events = []
        with self.as_("customer_info_officer"):
            for customer, what, field, value in (
                (dealers[0], "address", "address", "宁波市鄞州区天童南路588号"),
                (dealers[4], "capital", "registered_capital", "8000000"),
                (dealers[8], "name", "legal_representative", "黄志远"),
            ):
                event = CustomerChangeEvent(
                    customer=customer,
                    event_on=self.today - timedelta(days=15),
                    event_type=what,
                    content="客户来函通知，附营业执照复印件。",
                    reported_by_id=self.people["sales_rep"].id,
                    effects=[
                        CustomerChangeEffect(master_field=field, new_value=value, order_no=0)
                    ],
                )
                db.session.add(event)
                events.append(event)
        with self.as_("customer_info_supervisor"):
            for event in events[:2]:
                desk.confirm(event)

    # -- sales -----------------------------------------------------------------------------------------

    def sell_for_three_years(self) -> None:
        dealers = [c for c in self.customers if c.business_type_id][:26]
        products = list(db.session.scalars(select(Product).order_by(Product.id)))
        first = self.today.replace(day=1)
        months = [_back(first, n) for n in range(37, 0, -1)]
        with self.as_("finance"):
            for place, customer in enumerate(dealers):
                size = Decimal(900_000) / (place + 1) ** 1  # a few are large, many are small
                for product in products[place % 3 :: 3]:
                    for month in months:
                        noise = Decimal(self.chance.randrange(80, 121)) / 100
                        sales = (size / 48 * SEASON[month.month - 1] / 100 * noise).quantize(
                            Decimal("0.01")
                        )
                        margin = Decimal(self.chance.randrange(8, 42)) / 100
                        db.session.add(
                            SalesFact(
                                customer_id=customer.id,
                                product_id=product.id,
                                month=month,
                                sales_amount=sales,
                                cost=(sales * (1 - margin)).quantize(Decimal("0.01")),
                                quantity=Decimal(max(1, int(sales / (product.list_price or 1)))),
                                currency="CNY",
                                rep_id=customer.responsible_rep_id,
                            )
                        )
                db.session.flush()
        with self.as_("sales_rep"):
            for customer in dealers[:8]:
                for product in products[:4]:
                    for month in months[-3:]:
                        opening = Decimal(self.chance.randrange(10, 60)) * 1000
                        db.session.add(
                            CustomerStock(
                                customer_id=customer.id,
                                product_id=product.id,
                                month=month,
                                opening_stock=opening,
                                closing_stock=opening
                                * Decimal(self.chance.randrange(60, 120))
                                / 100,
                                reported_by_id=self.people["sales_rep"].id,
                            )
                        )
        with self.as_("marketing_manager"):
            types = list(db.session.scalars(select(BusinessType).order_by(BusinessType.order_no)))
            policies = [
                CompositionPolicy(
                    year=self.today.year,
                    business_type_id=kind.id,
                    target_share=Decimal(share),
                    tolerance=Decimal(2),
                )
                for kind, share in zip(types, (20, 15, 25, 18, 12, 6, 4), strict=True)
            ]
            for policy in policies:
                db.session.add(policy)
                db.session.flush()
            for customer in dealers[:12]:
                db.session.add(
                    CustomerSalesTarget(
                        customer_id=customer.id,
                        year=self.today.year,
                        annual_target=Decimal(1_200_000),
                    )
                )
                db.session.flush()
        with self.as_("general_manager"):
            for policy in policies:
                put_policy_in_force(policy)
        with self.as_("marketing_manager"):
            rebuild_index([customer.id for customer in dealers], Month.of(months[-1]))

    # -- devices ---------------------------------------------------------------------------------------

    def hand_out_devices(self) -> None:
        manager = self.people["device_manager"]
        kinds = (
            ("联想台式计算机", "computer", "联想", "启天 M455", 4600), ("激光打印机", "peripheral", "惠普", "LaserJet M404", 2100),
            ("笔记本电脑", "computer", "华为", "MateBook B5", 6800), ("接入交换机", "connection", "华为", "S1730S", 1500),
            ("不间断电源", "ups", "山特", "C3K", 3900), ("图形工作站", "workstation", "戴尔", "Precision 3660", 12800),
        )  # fmt: skip
        made: list[ITDevice] = []
        with self.as_("device_manager"):
            for number in range(36):
                name, category, brand, model, price = kinds[number % len(kinds)]
                bought = self.today - timedelta(days=100 + number * 45)
                device = ITDevice(
                    name=f"{name}{number + 1:02}",
                    category=category,
                    brand=brand,
                    model=model,
                    serial=f"SN{20260000 + number}",
                    dept_id=manager.dept_id,
                    owner_kind="department" if number % 3 else "central",
                    device_manager_id=manager.id,
                    location=f"{number % 4 + 1}楼{100 + number}室",
                    placement=("ventilated", "dust_free"),
                    supplier="宁波数码科技有限公司",
                    purchased_on=bought,
                    price=Decimal(price),
                    warranty_until=bought + timedelta(days=1095),
                    advice=[
                        LifespanAdvice(
                            on=self.today - timedelta(days=90),
                            use_life="5年",
                            reliability="良好",
                            advice="每季度除尘",
                            order_no=0,
                        )
                    ]
                    if number % 4 == 0
                    else [],
                )
                db.session.add(device)
                made.append(device)
            db.session.flush()
        assignments: list[tuple[str, DeviceAssignment]] = []
        with self.as_("device_manager"):
            for device, role in zip(made, PEOPLE, strict=False):
                person = self.people[role]
                assignment = DeviceAssignment(
                    device=device,
                    person=person,
                    dept_id=manager.dept_id,
                    assigned_on=self.today - timedelta(days=30),
                    division_of_work="日常办公",
                )
                db.session.add(assignment)
                db.session.flush()
                assignments.append((role, assignment))
                if len(assignments) == 24:
                    break
        for role, assignment in assignments[:18]:
            with self.as_(role):
                devices.sign_for(assignment)
        with self.as_("device_manager"):
            for _role, assignment in assignments[:2]:
                devices.take_back(assignment)
            moving("awaiting_repair")(made[5], "开机无显示")

    def draft_a_regulation(self) -> None:
        with self.as_("it_head"):
            draft = Regulation(
                title_="信息设备盘点实施细则",
                level="detailed_rules",
                trial=True,
                interpreted_by="网络信息科",
                approved_by="总经理",
                issuer=COMPANY,
                dept_id=self.people["it_head"].dept_id,
            )
            db.session.add(draft)
            db.session.flush()
            moving("consulting")(draft, None)


def _back(first: date, months: int) -> date:
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)

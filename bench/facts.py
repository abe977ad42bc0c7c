"""Measures on many facts: a company made up in bulk, and how long each analysis takes on it.

    .venv/bin/python -m bench.facts --facts 10000000 --customers 100000 --database sqlite:////tmp/bench/facts.db
    .venv/bin/python -m bench.facts --database postgresql://postgres@127.0.0.1:5432/bench --only measure

Customers are skewed (few buy much, many little), have names as Chinese companies have them, and buy
over three years with a season. The rows go in by bulk statements, past the house's law, and the sums
are then made by its own rebuild. Figures are printed, never asserted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

PLACES = [
    "北京",
    "上海",
    "天津",
    "重庆",
    "广州",
    "深圳",
    "宁波",
    "佛山",
    "东莞",
    "苏州",
    "无锡",
    "常州",
    "杭州",
    "温州",
    "台州",
    "青岛",
    "烟台",
    "厦门",
    "泉州",
    "福州",
    "长沙",
    "武汉",
    "成都",
    "西安",
    "郑州",
    "合肥",
    "南京",
    "南通",
    "昆明",
    "贵阳",
    "南宁",
    "沈阳",
    "大连",
    "哈尔滨",
    "长春",
    "石家庄",
    "太原",
    "兰州",
    "乌鲁木齐",
    "海口",
]
FIRST = [
    "恒",
    "永",
    "昌",
    "盛",
    "宏",
    "华",
    "金",
    "鑫",
    "福",
    "瑞",
    "祥",
    "泰",
    "安",
    "康",
    "德",
    "信",
    "诚",
    "嘉",
    "利",
    "达",
    "通",
    "顺",
    "兴",
    "旺",
    "隆",
    "裕",
    "丰",
    "茂",
    "源",
    "汇",
    "联",
    "合",
    "众",
    "同",
    "新",
    "远",
    "长",
    "久",
    "正",
    "大",
]
TRADES = [
    "电器",
    "五金",
    "机电",
    "电子",
    "电工",
    "零配件",
    "家电",
    "照明",
    "工具",
    "自动化设备",
    "线缆",
    "仪表",
    "日用品",
    "进出口",
    "建材",
    "制冷设备",
]
KINDS = [
    "有限公司",
    "有限公司",
    "有限公司",
    "有限责任公司",
    "股份有限公司",
    "贸易有限公司",
    "经营部",
    "商行",
]
GOODS = [
    "插座",
    "开关",
    "断路器",
    "继电器",
    "灯泡",
    "电风扇",
    "电饭煲",
    "电热水壶",
    "吸尘器",
    "电动机",
    "变压器",
    "充电器",
    "电池",
    "电缆",
    "接线端子",
    "电烙铁",
    "电钻",
    "温控器",
    "传感器",
    "指示灯",
]
LOOKS = ["白色", "黑色", "银色", "加厚", "防水", "经济型", "豪华型", "可调", "整包", "便携"]
SEASON = (0.9, 0.5, 0.8, 0.9, 1.1, 1.2, 0.7, 0.8, 1.1, 1.2, 1.5, 1.3)
YEARS = (2023, 2024, 2025)
_PART = 50_000


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--facts", type=int, default=1_000_000)
    words.add_argument("--customers", type=int, default=100_000)
    words.add_argument("--products", type=int, default=2_000)
    words.add_argument("--reps", type=int, default=200)
    words.add_argument("--database", default="sqlite:////tmp/bench_facts/facts.db")
    words.add_argument("--only", choices=("make", "measure"))
    words.add_argument("--times", type=int, default=9)
    asked = words.parse_args()
    app = _house(asked.database, fresh=asked.only != "measure")
    with app.app_context():
        if asked.only != "measure":
            _make(asked)
        if asked.only != "make":
            _measure(asked.times)


def _house(database: str, *, fresh: bool) -> Any:
    """An application on a database of its own."""
    if database.startswith("sqlite"):
        folder = Path(database.removeprefix("sqlite:///")).parent
    else:
        folder = Path("/tmp/bench_facts_pg")  # noqa: S108 - keys of a benchmark
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DATA_DIR": str(folder),
        "DATABASE_URL": database,
        "ADMIN_PASSWORD": "Blau-Pferd-71-Fenster",
    }
    from app import create_app
    from app.deploy import synchronise

    app = create_app()
    if fresh:
        with app.app_context():
            for line in synchronise():
                print(line)
    return app


# -- making it up -----------------------------------------------------------------------------------


def _make(asked: argparse.Namespace) -> None:
    from app.domains.sales import rollups
    from app.extensions import db

    chance = random.Random(7)
    started = time.perf_counter()
    with _bulk() as bulk:
        types = bulk.ids("business_type")
        dept = bulk.put_one("department", {"name": "营销部", "number": "BM-0001"})
        post = bulk.put_one(
            "post",
            {"post_name": "销售代表", "dept_id": dept, "duties": "-", "quality_requirement": "-"},
        )
        bulk.put(
            "employee",
            (
                {"name": f"代表{n:03}", "number": f"YG-{n:05}", "dept_id": dept, "post_id": post}
                for n in range(1, asked.reps + 1)
            ),
        )
        reps = bulk.ids("employee")
        bulk.put("customer", _customers(chance, asked.customers, types, reps))
        bulk.put("product", _products(chance, asked.products))
        _said(f"{asked.customers:,} customers, {asked.products:,} products", started)
        customers, products = bulk.ids("customer"), bulk.ids("product")
        dropped = bulk.drop_indexes("sales_fact")
        bulk.put("sales_fact", _facts(chance, asked.facts, customers, products))
        _said(f"{asked.facts:,} facts", started)
        bulk.make_indexes(dropped)
        _said("their indexes", started)
        bulk.put(
            "customer_stock",
            _stocks(chance, customers[: max(200, len(customers) // 100)], products),
        )
        _said("statements of stock", started)
    from app.records import writing

    with writing("cli"):
        print(rollups.rebuild(db.session.connection()))
    _said("sums of the facts", started)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if _is_postgresql() else "ANALYZE")
    _said("statistics", started)


def _said(what: str, started: float) -> None:
    print(f"{time.perf_counter() - started:8.1f} s  {what}", flush=True)


def _name(chance: random.Random) -> str:
    middle = "".join(chance.sample(FIRST, chance.choice((2, 2, 2, 3))))
    return f"{chance.choice(PLACES)}{middle}{chance.choice(TRADES)}{chance.choice(KINDS)}"


def _customers(
    chance: random.Random, many: int, types: Sequence[int], reps: Sequence[int]
) -> Iterator[dict[str, Any]]:
    names: set[str] = set()
    for n in range(1, many + 1):
        # No two customers without an address have the same name (BR-001).
        name = next(name for name in iter(lambda: _name(chance), "") if name not in names)
        names.add(name)
        yield {
            "number": f"KH-2022{n % 12 + 1:02}-{n:07}",
            "name": name,
            "party_kind": ",dealer,",
            "relation_stage": "present",
            "state": "trading",
            "business_type_id": chance.choice(types),
            "responsible_rep_id": chance.choice(reps),
            "currency": "CNY",
        }


def _products(chance: random.Random, many: int) -> Iterator[dict[str, Any]]:
    for n in range(1, many + 1):
        cost = chance.randrange(500, 200_000)
        yield {
            "number": f"SP-{n:05}",
            "name": f"{chance.choice(GOODS)} {chance.choice(LOOKS)} {n}",
            "model": f"{chance.choice('ABCDEFGH')}{n:05}",
            "unit_cost": cost,
            "list_price": cost * 3 // 2,
        }


def _skewed(many: int) -> list[float]:
    """Weights by Zipf's law, summed up for random.choices."""
    return list(itertools.accumulate(1 / (rank + 10) ** 0.9 for rank in range(many)))


def _facts(
    chance: random.Random, many: int, customers: Sequence[int], products: Sequence[int]
) -> Iterator[dict[str, Any]]:
    customers, products = list(customers), list(products)
    chance.shuffle(customers)
    chance.shuffle(products)
    of_customers, of_products = _skewed(len(customers)), _skewed(len(products))
    months = [(year, month) for year in YEARS for month in range(1, 13)]
    weights = [SEASON[month - 1] * (1 + 0.1 * (year - YEARS[0])) for year, month in months]
    made = 0
    for (year, month), weight in zip(months, weights, strict=True):
        last = (year, month) == months[-1]
        wanted = many - made if last else int(many * weight / sum(weights))
        day = date(year, month, 1)
        grain: set[tuple[int, int]] = set()
        while len(grain) < wanted:
            lack = wanted - len(grain)
            grain.update(
                zip(
                    chance.choices(customers, cum_weights=of_customers, k=lack),
                    chance.choices(products, cum_weights=of_products, k=lack),
                    strict=True,
                )
            )
        for customer, product in sorted(grain):
            quantity = int(chance.paretovariate(1.2)) or 1
            sales = min(quantity, 5_000) * chance.randrange(200_000, 3_000_000)
            profit = sales * chance.randrange(-5, 45) // 100
            yield {
                "customer_id": customer,
                "product_id": product,
                "month": day,
                "sales_amount": sales,
                "gross_profit": profit,
                "cost": sales - profit,
                "quantity": min(quantity, 5_000) * 1000,
                "currency": "CNY",
            }
        made += wanted


def _stocks(
    chance: random.Random, customers: Sequence[int], products: Sequence[int]
) -> Iterator[dict[str, Any]]:
    n = 0
    for customer in customers:
        held = chance.sample(list(products), 10)
        for year in YEARS:
            for month in range(1, 13):
                for product in held:
                    n += 1
                    opening, closing = chance.randrange(10_000_000), chance.randrange(10_000_000)
                    yield {
                        "number": f"KC-{n:08}",
                        "customer_id": customer,
                        "product_id": product,
                        "month": date(year, month, 1),
                        "opening_stock": opening,
                        "closing_stock": closing,
                        "opening_quantity": opening // 50,
                        "closing_quantity": closing // 50,
                    }


def _is_postgresql() -> bool:
    from app.extensions import db

    return db.engine.dialect.name == "postgresql"


class _bulk:  # noqa: N801 - reads as a tool: with _bulk() as bulk
    """Rows into tables by the shortest way of each database."""

    def __enter__(self) -> _bulk:
        from app.extensions import db

        self.metadata = db.metadata
        self.raw = db.engine.raw_connection()
        self.cursor = self.raw.cursor()
        if not _is_postgresql():
            self.cursor.execute("PRAGMA synchronous=OFF")
            self.cursor.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_error: object) -> None:
        self._commit()
        self.raw.close()

    def _commit(self) -> None:
        if _is_postgresql():
            self.raw.commit()
        elif self.raw.driver_connection.in_transaction:
            self.cursor.execute("COMMIT")

    def _defaults(self, table: str) -> dict[str, Any]:
        """What the law at the flush would fill in."""
        found: dict[str, Any] = {}
        for column in self.metadata.tables[table].columns:
            if column.primary_key or column.nullable:
                continue
            default = (
                column.default.arg
                if column.default is not None and column.default.is_scalar
                else None
            )
            found[column.name] = (
                default if default is not None else 1 if column.name == "version" else 0
            )
        return found

    def put(self, table: str, rows: Iterator[dict[str, Any]]) -> None:
        defaults = self._defaults(table)
        names: list[str] = []
        made = 0
        while part := list(itertools.islice(rows, _PART)):
            names = names or list(defaults | part[0])
            values = [tuple((defaults | row)[n] for n in names) for row in part]
            columns = ", ".join(names)
            if _is_postgresql():
                with self.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in values:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(names))
                dated = [
                    tuple(v.isoformat() if isinstance(v, date) else v for v in row)
                    for row in values
                ]
                self.cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", dated)
            made += len(part)
            if made % 1_000_000 < _PART:
                print(f"{made:>12,} {table}", flush=True)

    def put_one(self, table: str, row: dict[str, Any]) -> int:
        self.put(table, iter([row]))
        return self.ids(table)[-1]

    def ids(self, table: str) -> list[int]:
        self.cursor.execute(f"SELECT id FROM {table} ORDER BY id")
        return [row[0] for row in self.cursor.fetchall()]

    def drop_indexes(self, table: str) -> list[Any]:
        indexes = list(self.metadata.tables[table].indexes)
        for index in indexes:
            self.cursor.execute(f"DROP INDEX IF EXISTS {index.name}")
        return indexes

    def make_indexes(self, indexes: Sequence[Any]) -> None:
        from sqlalchemy.schema import CreateIndex

        from app.extensions import db

        for index in indexes:
            self.cursor.execute(str(CreateIndex(index).compile(dialect=db.engine.dialect)))


# -- measuring it -----------------------------------------------------------------------------------

#: (what, measure, parameters)
QUESTIONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("composition, twelve months", "composition", {}),
    ("composition, March to February", "composition", {"from": "2024-03", "to": "2025-02"}),
    ("ABC of customers, twelve months", "abc", {}),
    ("ABC of customers, ten months", "abc", {"from": "2025-01", "to": "2025-10"}),
    ("ABC of customers, March to February", "abc", {"from": "2024-03", "to": "2025-02"}),
    ("ABC of customers, all time", "abc", {"from": "2023-01", "to": "2025-12"}),
    ("ABC by gross profit", "abc", {"base": "gross_profit"}),
    ("ABC within kinds of business", "abc", {"scope": "business_type"}),
    ("ABC of products", "abc", {"of": "product"}),
    ("seasonal index, all", "seasonal_index", {"target": "100000000"}),
    ("seasonal index, one customer", "seasonal_index", {"customer": "@first"}),
    ("gross profit of products", "gross_profit", {}),
    ("gross profit of customers", "gross_profit", {"of": "customer"}),
    ("gross profit of one customer", "gross_profit", {"customer": "@first"}),
    ("turnover", "turnover", {}),
    ("turnover at cost", "turnover", {"base": "cost"}),
)


def _measure(times: int) -> None:
    from sqlalchemy import select

    from app.analytics.measure import MEASURES
    from app.domains.sales.rollups import SalesByCustomer
    from app.extensions import db
    from app.security import scopes

    first = db.session.scalar(
        select(SalesByCustomer.customer_id)
        .where(SalesByCustomer.period == 0)
        .order_by(SalesByCustomer.sales.desc())
        .limit(1)
    )
    rep = _a_rep()
    asking = [(f"{what}", scopes.THE_MACHINE, name, given) for what, name, given in QUESTIONS]
    asking += [
        (f"{what}, one rep's", rep, name, given)
        for what, name, given in QUESTIONS
        if "@first" not in given.values()
    ]
    for what, person, name, given in asking:
        measure = MEASURES[name]
        raw = {k: str(first) if v == "@first" else v for k, v in given.items()}
        took, size = [], 0
        for _time in range(times):
            db.session.rollback()
            begun = time.perf_counter()
            asked = measure.ask(raw, person)
            answer = json.dumps(measure.as_json(asked, measure.compute(person, asked)))
            took.append((time.perf_counter() - begun) * 1000)
            size = len(answer)
        took.sort()
        print(
            f"{what:<48} p50 {statistics.median(took):7.0f} ms   worst {took[-1]:7.0f} ms   {size:>9,} B",
            flush=True,
        )


def _a_rep() -> Any:
    """A person who sees his own customers, as many as a representative has."""
    from sqlalchemy import select

    from app.extensions import db
    from app.organisation.models import Employee
    from app.security import scopes

    role = db.session.scalar(
        select(db.metadata.tables["ab_role"].c.id).where(
            db.metadata.tables["ab_role"].c.name == "sales_rep"
        )
    )
    employee = db.session.scalar(select(Employee.id).order_by(Employee.id.desc()).limit(1))
    return scopes.Person(999_999, frozenset({role}), employee_id=employee)


if __name__ == "__main__":
    sys.exit(main())

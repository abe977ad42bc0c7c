"""The doors of a measure: page, workbook, paper, REST, command line; and the order lines that feed it."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
import python_calamine
import xlsxwriter
from sqlalchemy import select

from app.analytics.measure import of_name
from app.audit import AuditEntry
from app.domains.directory.lookups import LookupValue
from app.domains.directory.models import Customer, Product
from app.domains.sales import rollups
from app.domains.sales.models import SalesFact
from app.extensions import db
from app.records import writing
from tests.sales.shop import a_customer, a_fact, a_product, asked, column, figures

#: those that have a figure for whatever was sold in a period
MEASURES = (
    "composition",
    "abc",
    "customer_share",
    "seasonal_index",
    "product_composition",
    "gross_profit",
    "turnover",
)
YEAR = "from=2026-01&to=2026-12"


@pytest.fixture
def sold(shop):
    with writing("cli"):
        a_fact(shop.near, shop.p, "2026-02", "1234.5", cost="1000", quantity=3)
        a_fact(shop.far, shop.q, "2026-03", 70, cost=60)
    return shop


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.catalogue("AN-01", "AN-02", "AN-05", "AN-07", "AN-08")
def test_every_measure_has_its_page_with_chart_formula_and_table(sold, people, as_, name):
    page = as_(people.bob).get(f"/measures/{name}")

    assert page.status_code == 200
    assert "data-chart" in page.text
    assert 'role="img" aria-label="' in page.text
    option = page.text.split('data-chart-for="measure">')[1].split("</script>")[0]
    assert json.loads(option)["series"]
    assert "tz-formula" in page.text
    assert ("further-1" in page.text) == (name == "seasonal_index")
    assert "style=" not in page.text.split("<main")[1]
    assert 'href="/measures/' in as_(people.bob).get("/measures/").text


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_without_any_facts_says_what_to_do(people, as_, name):
    page = as_(people.bob).get(
        f"/measures/{name}?from=2026-01&to=2026-12"
        if name != "seasonal_index"
        else f"/measures/{name}"
    )

    assert page.status_code == 200
    assert "tz-empty" in page.text or name in ("seasonal_index", "composition")


@pytest.mark.parametrize("name", MEASURES)
def test_the_workbook_holds_the_same_figures_as_numbers(sold, people, as_, name):
    query = "until=2026-12" if name == "seasonal_index" else YEAR
    answer = as_(people.bob).get(f"/measures/{name}.xlsx?{query}")

    assert answer.status_code == 200
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    rows = book.get_sheet_by_index(0).to_python()
    notes = book.get_sheet_by_index(1).to_python()
    raw = (
        {"until": "2026-12"} if name == "seasonal_index" else {"from_": "2026-01", "to": "2026-12"}
    )
    json_rows = asked(name, **raw)["rows"]
    assert len(rows) == len(json_rows) + 2
    money = next(c for c in json_rows[0] if c in ("amount", "average", "sales"))
    label = next(str(c.label) for c in of_name(name).columns if c.name == money)
    place = [str(cell).split(" (")[0] for cell in rows[0]].index(label)
    assert [Decimal(str(row[place])) for row in rows[1:-1]] == pytest.approx(
        figures(row[money] for row in json_rows)
    )
    assert any("÷" in str(cell) or "Σ" in str(cell) or "=" in str(cell) for _label, cell in notes)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.id.desc())
    ).first()
    assert entry.details["measure"] == name


def test_a_name_that_looks_like_a_formula_stays_a_name(shop, people, as_):
    with writing("cli"):
        evil = a_customer('=HYPERLINK("http://x","点我")')
        a_fact(evil, shop.p, "2026-02", 5)

    answer = as_(people.bob).get(f"/measures/abc.xlsx?{YEAR}")
    page = as_(people.bob).get(f"/measures/abc?{YEAR}")

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert evil.name in [row[2] for row in book.get_sheet_by_index(0).to_python()]
    assert b"<f>" not in answer.data
    assert '=HYPERLINK("http' not in page.text  # escaped


@pytest.mark.parametrize("name", MEASURES)
def test_the_paper_says_formula_period_and_figures(sold, people, as_, name):
    query = "until=2026-12" if name == "seasonal_index" else YEAR
    answer = as_(people.bob).get(f"/measures/{name}.pdf?{query}")

    assert answer.status_code == 200
    paper = pypdfium2.PdfDocument(answer.data)
    text = "".join(page.get_textpage().get_text_range() for page in paper)
    assert "1,234.50" in text.replace(" ", "") or name in ("seasonal_index",)
    assert "2026-12" in text
    assert "÷" in text or "Σ" in text
    printed = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "print").order_by(AuditEntry.id.desc())
    ).first()
    assert printed.details["measure"] == name


@pytest.mark.parametrize("name", MEASURES)
def test_command_line_rest_and_function_say_the_same(sold, people, app, token, name):
    query = (
        {"until": "2026-12"} if name == "seasonal_index" else {"from": "2026-01", "to": "2026-12"}
    )
    words = [word for k, v in query.items() for word in ("--param", f"{k}={v}")]

    shell = app.test_cli_runner().invoke(args=["measure", name, *words, "--json"])
    answer = app.test_client().get(
        f"/api/v1/measures/{name}", query_string=query, headers=token(people.bob)
    )

    assert shell.exit_code == 0, shell.output
    said = json.loads(shell.output)
    assert said["rows"] == answer.json["rows"]
    assert said["measure"] == name
    plain = app.test_cli_runner().invoke(args=["measure", name, *words])
    assert plain.exit_code == 0


def test_the_command_line_refuses_by_name_and_lists_what_there_is(people, app):
    shell = app.test_cli_runner()

    wrong = shell.invoke(args=["measure", "abc", "--param", "from=gestern", "--json"])
    unknown = shell.invoke(args=["measure", "joy"])
    known = shell.invoke(args=["measure", "--json"])

    assert wrong.exit_code == 1
    assert "from" in json.loads(wrong.stdout)["message"]
    assert unknown.exit_code == 1
    listed = [m["name"] for m in json.loads(known.output)]
    assert [name for name in listed if name in MEASURES] == list(MEASURES)


def test_the_rows_behind_a_figure_and_their_sum_are_on_one_page(sold, people, as_):
    bob = as_(people.bob)
    page = bob.get(f"/measures/gross_profit?{YEAR}&of=customer")
    address = f"/measures/gross_profit/rows?from=2026-01&to=2026-12&of=customer&row={sold.near.id}&column=gross_profit"

    behind = bob.get(address)

    assert address.replace("&", "&amp;") in page.text
    assert behind.text.count("234.50") >= 2
    assert bob.get(address.replace("gross_profit&", "margin&")).status_code in (200, 404)
    assert bob.get(f"/measures/gross_profit/rows?{YEAR}&row=99999&column=sales").status_code == 404
    assert bob.get(f"/measures/gross_profit/rows?{YEAR}&row=1&column=margin").status_code == 404


def test_a_long_ranking_has_pages_and_they_follow_each_other(people, as_):
    with writing("cli"):
        product = a_product("插座")
        for n in range(60):
            a_fact(a_customer(f"客户{n:02}"), product, "2026-02", 1000 - n)
    bob = as_(people.bob)

    first = bob.get(f"/measures/abc?{YEAR}")
    second = bob.get(f"/measures/abc?{YEAR}&page=2")

    assert "客户49" in first.text
    assert "客户50" not in first.text.split("tz-analysis")[1].split('id="table"')[1]
    assert "客户50" in second.text
    assert "data-chart" not in second.text
    assert "page=2" in first.text


# -- order lines ------------------------------------------------------------------------------------------------

HEAD = [
    "行 ID",
    "订单日期",
    "客户 ID",
    "客户名称",
    "细分",
    "城市",
    "省/自治区",
    "产品 ID",
    "类别",
    "子类别",
    "产品名称",
    "销售额",
    "数量",
    "利润",
]


def a_sheet(path, rows):
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("订单")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for place, word in enumerate(HEAD):
        sheet.write(0, place, word)
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            else:
                sheet.write(number, place, value)
    book.close()
    return path


def a_line(number, day, customer, name, product, goods, sales, profit, segment="公司", quantity=1):
    return [
        number,
        day,
        customer,
        name,
        segment,
        "杭州",
        "浙江",
        product,
        "办公用品",
        "用品",
        goods,
        sales,
        quantity,
        profit,
    ]


LINES = [
    a_line(1, date(2017, 4, 3), "曾惠-1", "曾惠", "P-1", "剪刀", 129.696, -60.704),
    a_line(2, date(2017, 4, 27), "曾惠-1", "曾惠", "P-1", "剪刀", 70.304, 10, quantity=2),
    a_line(3, date(2017, 5, 1), "曾惠-1", "曾惠", "P-2", "信封", 31.92, 4.2),
    a_line(4, date(2017, 4, 1), "许安-2", "许安", "P-1", "剪刀", 125.44, 42.56, segment="消费者"),
]


def load(app, path, *words):
    done = app.test_cli_runner().invoke(
        args=["load", "sales_fact", str(path), "--recipe", "order_lines", "--json", *words]
    )
    return done, (json.loads(done.stdout) if done.stdout.startswith("{") else done.output)


@pytest.mark.catalogue("R52", "BR-002")
def test_order_lines_become_customers_products_and_monthly_sales(people, app, tmp_path):
    done, said = load(app, a_sheet(tmp_path / "orders.xlsx", LINES))

    assert done.exit_code == 0, said
    facts = db.session.execute(
        select(
            Customer.number,
            Product.number,
            SalesFact.month,
            SalesFact.sales_amount,
            SalesFact.cost,
            SalesFact.gross_profit,
            SalesFact.quantity,
        )
        .join(Customer, Customer.id == SalesFact.customer_id)
        .join(Product, Product.id == SalesFact.product_id)
        .order_by(SalesFact.month, Customer.number)
    ).all()
    assert [tuple(fact) for fact in facts] == [
        (
            "曾惠-1",
            "P-1",
            date(2017, 4, 1),
            Decimal(200),
            Decimal("250.704"),
            Decimal("-50.704"),
            3,
        ),
        (
            "许安-2",
            "P-1",
            date(2017, 4, 1),
            Decimal("125.44"),
            Decimal("82.88"),
            Decimal("42.56"),
            1,
        ),
        ("曾惠-1", "P-2", date(2017, 5, 1), Decimal("31.92"), Decimal("27.72"), Decimal("4.2"), 1),
    ]
    customer = db.session.scalar(select(Customer).where(Customer.number == "曾惠-1"))
    assert customer.business_type.name == "地区批量销售店"
    assert customer.missing_standard_fields()
    assert not any(rollups.differences(db.session.connection()).values())
    assert figures(column(asked("abc", from_="2017-01", to="2017-12"), "amount")) == [
        Decimal("231.92"),
        Decimal("125.44"),
    ]


@pytest.mark.catalogue("R52")
def test_the_same_sheet_twice_gives_the_same_figures(people, app, tmp_path):
    path = a_sheet(tmp_path / "orders.xlsx", LINES)
    load(app, path)
    before = asked("gross_profit", from_="2017-01", to="2017-12")

    load(app, path)

    assert asked("gross_profit", from_="2017-01", to="2017-12")["rows"] == before["rows"]
    assert not any(rollups.differences(db.session.connection()).values())


@pytest.mark.catalogue("R51", "R52")
def test_one_number_with_two_names_is_reported_row_by_row_and_never_guessed(people, app, tmp_path):
    lines = [*LINES, a_line(5, date(2017, 6, 1), "许安-2", "许安", "P-2", "别的信封", 10, 1)]
    path = a_sheet(tmp_path / "orders.xlsx", lines)

    refused, _said = load(app, path)
    _done, said = load(app, path, "--good-rows-only")

    assert refused.exit_code != 0
    text = json.dumps(said, ensure_ascii=False)
    assert "信封" in text
    assert "别的信封" in text
    assert db.session.scalar(select(Product).where(Product.number == "P-2")) is None
    assert db.session.scalar(select(Product).where(Product.number == "P-1")) is not None
    assert len(db.session.scalars(select(SalesFact)).all()) == 2


@pytest.mark.catalogue("R50", "R239")
def test_the_office_says_which_kind_of_business_a_segment_is(people, app, tmp_path):
    with writing("cli"):
        row = db.session.scalar(
            select(LookupValue).where(
                LookupValue.list_name == "order_segment", LookupValue.value == "公司"
            )
        )
        row.label = "国际性用品商"
    lines = [
        LINES[0],
        a_line(2, date(2017, 4, 1), "新-3", "新客户", "P-1", "剪刀", 1, 1, segment="外星人"),
    ]

    _done, said = load(app, a_sheet(tmp_path / "orders.xlsx", lines), "--good-rows-only")

    customers = db.session.scalars(select(Customer)).all()
    assert [c.business_type.name for c in customers] == ["国际性用品商"]
    assert "外星人" in json.dumps(said, ensure_ascii=False)

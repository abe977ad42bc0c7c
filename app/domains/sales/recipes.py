"""Order lines as a shop system hands them out, cooked to customers, products and monthly sales."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.domains.directory.lookups import LookupValue, choices_of
from app.domains.directory.models import BusinessType
from app.exchange.recipe import Feed, Input, Of, Recipe, Row, Unfit, declare
from app.extensions import db
from app.records import Kind

#: the editable list that says which 业种 (R50) a segment of the sheet is
SEGMENTS = "order_segment"
#: what it begins with; the office changes it in the register of lists
FIRST_SEGMENTS = (
    ("消费者", "其他"),
    ("公司", "地区批量销售店"),
    ("小型企业", "地区专营店"),
)


def segments() -> int:
    """Starter content: the segments of order lines and the kind of business each stands for."""
    for place, (segment, business_type) in enumerate(FIRST_SEGMENTS, start=1):
        db.session.add(
            LookupValue(
                list_name=SEGMENTS, value=segment, label=business_type, order_no=place * 10
            )
        )
    db.session.flush()
    return len(FIRST_SEGMENTS)


def _business_types() -> dict[str, int]:
    known: dict[str, int] | None = g.get("business_types_by_name")
    if known is None:
        rows = db.session.execute(
            select(BusinessType.name, BusinessType.id).where(BusinessType.voided_at.is_(None))
        )
        known = g.business_types_by_name = {row.name: row.id for row in rows}
    return known


def _business_type_of(segment: str | None) -> int | None:
    """R50 by the office's own list: 细分 → 业种.

    :raises Unfit: for a segment that stands in no list
    """
    if segment is None:
        return None
    named = dict(choices_of(SEGMENTS)()).get(segment, segment)
    found = _business_types().get(str(named))
    if found is None:
        raise Unfit(
            gettext("The segment “%(segment)s” stands for no kind of business.", segment=segment),
            gettext(
                "Enter it in the register of lists under %(list)s, with the kind of business it stands for.",
                list=SEGMENTS,
            ),
        )
    return found


def _customer(row: Row) -> dict[str, Any]:
    return {
        "number": row["customer"],
        "name": row["customer_name"],
        "party_kind": ("business_customer",),
        "relation_stage": "present",
        "business_type_id": _business_type_of(row["segment"]),
        "province": row["province"],
        "district": row["city"],
        # The town is all that the sheet knows of the address; it tells people of one name apart (BR-001).
        "address": row["address"] or "".join(filter(None, (row["province"], row["city"]))) or None,
        "country": row["country"],
    }


def _product(row: Row) -> dict[str, Any]:
    return {
        "number": row["product"],
        "name": row["product_name"],
        # The sheet knows no model; its number is the one thing that tells the goods apart.
        "model": row["model"] or row["product"],
        "category": " · ".join(part for part in (row["category"], row["subcategory"]) if part)
        or None,
    }


def _fact(row: Row) -> dict[str, Any]:
    amount, profit = row["amount"], row["profit"]
    return {
        "customer_id": Of("customer", row["customer"]),
        "product_id": Of("product", row["product"]),
        "month": row["day"].replace(day=1),
        "sales_amount": amount,
        "gross_profit": profit,
        "cost": amount - profit if profit is not None else None,
        "quantity": row["quantity"],
    }


ORDER_LINES = declare(
    Recipe(
        name="order_lines",
        title=_("Order lines: customers, products and sales of the month"),
        register="sales_fact",
        help=_(
            "Lines are added up to customer × product × month; cost = sales − profit (R52). Customers and products "
            "that are there already stay as they are. The segment becomes the kind of business by the list "
            "“order_segment” in the register of lists."
        ),
        inputs=(
            Input(
                "customer",
                _("Customer number"),
                Kind.WORD,
                aliases=("客户 ID", "客户ID", "客户编号", "Customer ID"),
                required=True,
            ),
            Input(
                "customer_name",
                _("Customer's name"),
                Kind.TITLE,
                aliases=("客户名称", "Customer Name"),
                required=True,
            ),
            Input("segment", _("Segment"), Kind.WORD, aliases=("细分", "客户类别", "Segment")),
            Input("city", _("Town"), Kind.WORD, aliases=("城市", "City")),
            Input("province", _("Province"), Kind.WORD, aliases=("省/自治区", "省份", "省")),
            Input("address", _("Address"), Kind.LINE, aliases=("地址", "通讯地址", "送货地址")),
            Input("country", _("Country"), Kind.WORD, aliases=("国家", "国家/地区")),
            Input(
                "product",
                _("Product number"),
                Kind.WORD,
                aliases=("产品 ID", "产品ID", "商品编号", "Product ID"),
                required=True,
            ),
            Input(
                "product_name",
                _("Product's name"),
                Kind.TITLE,
                aliases=("产品名称", "商品名称", "Product Name"),
                required=True,
            ),
            Input("model", _("Model"), Kind.LINE, aliases=("型号", "规格型号")),
            Input("category", _("Category of goods"), Kind.LINE, aliases=("类别", "Category")),
            Input("subcategory", _("Subcategory"), Kind.LINE, aliases=("子类别",)),
            Input(
                "day",
                _("Day of the order"),
                Kind.DATE,
                aliases=("订单日期", "下单日期", "Order Date"),
                required=True,
            ),
            Input(
                "amount",
                _("Sales"),
                Kind.MONEY,
                aliases=("销售额", "金额", "Sales"),
                required=True,
            ),
            Input(
                "profit", _("Profit"), Kind.MONEY, aliases=("利润", "毛利", "毛利润额", "Profit")
            ),
            Input("quantity", _("Quantity"), Kind.QUANTITY, aliases=("数量", "Quantity"), scale=3),
        ),
        feeds=(
            Feed("customer", key=("number",), values=_customer, agree=("name",), keeps=True),
            Feed("product", key=("number",), values=_product, agree=("name",), keeps=True),
            Feed(
                "sales_fact",
                key=("customer_id", "product_id", "month"),
                values=_fact,
                sums=("sales_amount", "cost", "gross_profit", "quantity"),
            ),
        ),
    )
)

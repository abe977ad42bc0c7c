"""What the retail side of the customer desk begins with: the look-ups that D8 leaves to the office."""

from __future__ import annotations

from app.domains.directory.models import LookupValue
from app.extensions import db

#: list → (value, shown as). The values that rules speak of stand in retail.py (A-23).
LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "retail_order_method": (
        ("phone", "电话订货"), ("online", "网上订货"), ("mobile", "手机订货"), ("yanxintong", "烟信通订货"),
    ),
    "retail_settlement_method": (("cash", "现金结算"), ("electronic", "电子结算")),
    "retail_invoice_type": (
        ("general", "增值税普通发票"), ("special", "增值税专用发票"), ("electronic", "电子发票"), ("receipt", "送货单"),
    ),
    "retail_market_type": (("town", "城镇"), ("country", "乡村")),
    "retail_business_form": (
        ("grocery", "食杂店"), ("convenience", "便利店"), ("supermarket", "超市"), ("mall", "商场"),
        ("tobacco_wine", "烟酒店"), ("entertainment", "娱乐服务"), ("other", "其他"),
    ),
    "retail_trade_circle": (
        ("residential", "居民区"), ("commercial", "商业区"), ("industrial", "工业区"), ("transport", "交通枢纽"),
        ("school", "学校"), ("tourism", "旅游"), ("office", "办公"), ("market", "集贸"), ("other", "其他"),
    ),
    "retail_display_form": (
        ("cabinet", "专柜出样"), ("shelf", "背柜出样"), ("counter", "前柜出样"), ("open", "开放式出样"), ("none", "未出样"),
    ),
    "retail_attention": (("high", "高"), ("middle", "中"), ("low", "低")),
    "retail_cooperation": (("high", "高"), ("middle", "中"), ("low", "低")),
    "retail_grade": (("a", "A 类"), ("b", "B 类"), ("c", "C 类"), ("d", "D 类")),
}  # fmt: skip


def fill() -> int:
    """A-23: ordering and settlement, and the lists whose values are practice of the trade."""
    rows = [
        LookupValue(list_name=name, value=value, label=label, order_no=place * 10)
        for name, values in LISTS.items()
        for place, (value, label) in enumerate(values, start=1)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return len(rows)

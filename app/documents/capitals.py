"""Amounts in the capitals that a Chinese voucher carries beside the figures."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import cn2an

_FEN = Decimal("0.01")
#: cn2an writes up to sixteen digits before the point.
_BLOCK = 10**16

#: how a voucher names a currency before the capitals
CURRENCIES = {
    "CNY": "人民币",
    "USD": "美元",
    "EUR": "欧元",
    "JPY": "日元",
    "HKD": "港元",
    "GBP": "英镑",
    "KRW": "韩元",
    "TWD": "新台币",
}


def rmb(amount: Decimal, *, prefix: bool = False) -> str:
    """The amount in capitals, to the fen.

    >>> rmb(Decimal("16409.02"))
    '壹万陆仟肆佰零玖元零贰分'
    >>> rmb(Decimal("-5"), prefix=True)
    '人民币负伍元整'
    """
    # cn2an cuts off what is below a fen (2.675 became 贰元陆角柒分): round before it sees the amount.
    with_fen = amount.quantize(_FEN, ROUND_HALF_UP)
    text = _positive(abs(with_fen))
    if with_fen < 0:
        text = f"负{text}"
    return f"{CURRENCIES['CNY']}{text}" if prefix else text


def capitals(amount: Decimal, currency: str = "CNY") -> str:
    """The amount in capitals with its currency in front: 美元捌万元整."""
    return CURRENCIES.get(currency, currency) + rmb(amount)


def _positive(amount: Decimal) -> str:
    if amount < _BLOCK:
        return str(cn2an.an2cn(amount, "rmb"))
    above, rest = divmod(amount, _BLOCK)
    head = str(cn2an.an2cn(int(above), "up")) + "亿亿"
    if rest < 1:
        return head + ("元整" if not rest else "元零" + _positive(rest))
    return head + ("零" if rest < _BLOCK // 10 else "") + _positive(rest)

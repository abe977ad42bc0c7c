"""Charts of the page as ECharts takes them; colours are names of tokens ("c1"), the page fills them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

Series = tuple[str, Sequence[float | None], str]

#: so many names have room below the bars
_FEW = 12
#: which token a class is drawn in: A dark, B mid, C grey
_OF_CLASS = {"A": "$c1", "B": "$c2", "C": "$c3"}


def hundredth(share: Decimal | None, places: int = 2) -> float | None:
    """A share in per cent, as a chart wants it."""
    return None if share is None else round(float(share * 100), places)


def number(value: Decimal | None, places: int = 2) -> float | None:
    return None if value is None else round(float(value), places)


def percent(share: Decimal | None, places: int = 1) -> str:
    return "–" if share is None else f"{float(share * 100):.{places}f} %"


def names_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What stands below the bars: the names, or the codes of what has none."""
    return [row["name"] or row["code"] for row in rows]


def bars(
    names: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    lines: Sequence[Series] = (),
    line_unit: str = "",
    mark: float | None = None,
) -> dict[str, Any]:
    """Bars side by side, and lines over them on an axis of their own."""
    made: list[dict[str, Any]] = [
        {
            "name": name,
            "type": "bar",
            "data": list(values),
            "barMaxWidth": 36,
            "itemStyle": {"color": f"${colour}", "borderRadius": [2, 2, 0, 0]},
        }
        for name, values, colour in series
    ]
    for name, values, colour in lines:
        line: dict[str, Any] = {
            # The legend stands where the name of a second axis would.
            "name": f"{name} {line_unit}".strip(),
            "type": "line",
            "yAxisIndex": 1,
            "data": list(values),
            "symbol": "circle",
            "symbolSize": 5,
            "lineStyle": {"color": f"${colour}", "width": 2},
            "itemStyle": {"color": f"${colour}"},
        }
        if mark is not None:
            line["markLine"] = _marks([(mark, f"{mark:g} {line_unit}".strip())])
        made.append(line)
    axes = [_value_axis(unit)]
    if lines:
        axes.append(_value_axis("", split=False))
    option: dict[str, Any] = {"xAxis": _names_axis(names), "yAxis": axes, "series": made}
    return option if len(made) > 1 else option | {"legend": {"show": False}}


def line(names: Sequence[str], series: Sequence[Series], *, unit: str = "") -> dict[str, Any]:
    """Lines over time; a month without a figure is a gap."""
    option: dict[str, Any] = {
        "xAxis": {"type": "category", "data": list(names), "axisLabel": {"hideOverlap": True}},
        "yAxis": [_value_axis(unit)],
        "series": [
            {
                "name": name,
                "type": "line",
                "data": list(values),
                "symbol": "circle",
                "symbolSize": 5,
                "lineStyle": {"color": f"${colour}", "width": 2},
                "itemStyle": {"color": f"${colour}"},
            }
            for name, values, colour in series
        ],
    }
    return option if len(series) > 1 else option | {"legend": {"show": False}}


#: so many bars a long ranking is drawn with
SAMPLED = 60


def sampled(count: int, most: int = SAMPLED) -> list[int]:
    """Places of a ranking, the first and the last among them, that stand for all of it."""
    if count <= most:
        return list(range(count))
    return sorted({round(step * (count - 1) / (most - 1)) for step in range(most)})


def pareto(
    names: Sequence[str],
    amounts: Sequence[float],
    cumulative: Sequence[float],
    *,
    classes: Sequence[str],
    limits: Sequence[tuple[Decimal, str]],
    unit: str,
    labels: tuple[str, str, str],
) -> dict[str, Any]:
    """Bars in falling order, dark to grey by class, and the line of the cumulative share."""
    amount, reached, rank = labels
    return {
        "legend": {"show": False},
        "xAxis": _names_axis(names)
        | {"name": rank, "nameLocation": "middle", "nameGap": 12 if len(names) > _FEW else 28},
        "yAxis": [
            _value_axis(unit),
            _value_axis("%", split=False) | {"min": 0, "max": 100, "interval": 25},
        ],
        "series": [
            {
                "name": amount,
                "type": "bar",
                "barMaxWidth": 36,
                "data": [
                    {
                        "value": value,
                        "itemStyle": {"color": _OF_CLASS[word], "borderRadius": [2, 2, 0, 0]},
                    }
                    for value, word in zip(amounts, classes, strict=True)
                ],
            },
            {
                "name": reached,
                "type": "line",
                "yAxisIndex": 1,
                "data": list(cumulative),
                "symbol": "circle",
                "symbolSize": 5,
                "lineStyle": {"color": "$c4", "width": 2},
                "itemStyle": {"color": "$c4"},
                "markLine": _marks(
                    [(float(limit), f"{word} {limit.normalize():f} %") for limit, word in limits]
                ),
            },
        ],
    }


def _names_axis(names: Sequence[str]) -> dict[str, Any]:
    """Names below the bars where there is room for them; the tooltip always says them."""
    return {
        "type": "category",
        "data": list(names),
        "axisLabel": {"show": True, "interval": 0, "width": 76, "overflow": "truncate"}
        if len(names) <= _FEW
        else {"show": False},
    }


def _value_axis(name: str, *, split: bool = True) -> dict[str, Any]:
    return {
        "type": "value",
        "name": name,
        "splitLine": {"show": split},
        "axisLabel": {"formatter": "thousands"},
    }


def _marks(levels: Sequence[tuple[float, str]]) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "label": {
            "position": "insideEndBottom",
            "formatter": "{b}",
            "color": "$text-2",
            "textBorderWidth": 0,
            # A bar may stand behind it.
            "backgroundColor": "$surface",
            "padding": [1, 3],
        },
        "lineStyle": {"color": "$ctl-line", "type": [3, 3]},
        "data": [{"yAxis": level, "name": label} for level, label in levels],
    }

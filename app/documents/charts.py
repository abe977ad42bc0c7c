"""Where the bars, lines and letters of a printed chart stand; the macros of _charts.html draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

#: the plot of every chart, in the units of its viewBox
WIDTH, HEIGHT = 640.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 44.0, 16.0, 56.0
_MOST_LABELS = 24


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    #: the class of an item (A, B, C), which chooses its shade
    shade: str = ""
    value: str = ""


@dataclass(frozen=True)
class Drawing:
    """A chart whose every point is known."""

    bars: Sequence[Bar] = ()
    #: one line each: the points as SVG wants them, "x,y x,y"
    lines: Sequence[str] = ()
    dots: Sequence[tuple[float, float]] = ()
    values: Sequence[Tick] = ()
    shares: Sequence[Tick] = ()
    labels: Sequence[Tick] = ()
    #: horizontal marks: the limits of A and B, the average
    marks: Sequence[Tick] = ()
    zero: float = HEIGHT - BOTTOM
    slanted: bool = False
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM
    title: Any = ""
    legend: Sequence[tuple[str, Any]] = field(default=())


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round figures that span the values: 0, 20, 40 … and never 0, 17, 34."""
    if high <= low:
        high = low + 1
    rough = (high - low) / wanted
    power = 10.0 ** (len(str(int(rough))) - 1 if rough >= 1 else _magnitude(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first = int(low // step)
    ticks = [first * step]
    while ticks[-1] < high - step * 1e-9:
        ticks.append((first + len(ticks)) * step)
    return ticks


def _magnitude(value: float) -> int:
    power = 0
    while value < 1:
        value *= 10
        power -= 1
    return power


def bars(
    labels: Sequence[Any],
    values: Sequence[Decimal],
    *,
    title: Any = "",
    shades: Sequence[str] = (),
    as_share: bool = False,
) -> Drawing:
    """One bar for each label; negative ones hang below the zero line."""
    scale = _Scale(values)
    bars = tuple(
        _bar(place, value, scale, shades[i] if shades else "", _short(value, as_share))
        for i, (place, value) in enumerate(zip(_places(len(values)), values, strict=True))
    )
    return Drawing(
        bars=bars,
        values=scale.ticks(as_share),
        labels=_labels(labels),
        zero=scale.y(0),
        slanted=_are_long(labels),
        title=title,
    )


def line(
    labels: Sequence[Any],
    *series: Sequence[Decimal],
    title: Any = "",
    names: Sequence[Any] = (),
    mark: Decimal | None = None,
    as_share: bool = False,
) -> Drawing:
    """One line for each series over the same labels; `mark` is a level to compare with."""
    every = [value for one in series for value in one]
    scale = _Scale([*every, mark] if mark is not None else every)
    centres = [x + width / 2 for x, width in _places(len(labels))]
    points = [
        [(x, scale.y(value)) for x, value in zip(centres, one, strict=True)] for one in series
    ]
    return Drawing(
        lines=tuple(_path(one) for one in points),
        dots=tuple(point for one in points for point in one)
        if len(labels) <= _MOST_LABELS
        else (),
        values=scale.ticks(as_share),
        labels=_labels(labels),
        marks=(Tick(scale.y(mark), _short(mark, as_share)),) if mark is not None else (),
        zero=scale.y(0) if scale.low < 0 else HEIGHT - BOTTOM,
        slanted=_are_long(labels),
        title=title,
        legend=tuple((f"line-{i}", name) for i, name in enumerate(names)),
    )


def pareto(
    labels: Sequence[Any],
    values: Sequence[Decimal],
    cumulative: Sequence[Decimal],
    *,
    classes: Sequence[str] = (),
    limits: Sequence[Decimal] = (),
    title: Any = "",
) -> Drawing:
    """Bars in falling order and the line of their cumulative share (0…1) on the right-hand scale."""
    drawn = bars(labels, values, title=title, shades=classes)
    span = drawn.bottom - drawn.top
    centres = [x + width / 2 for x, width in _places(len(labels))]

    def at(share: Decimal | float) -> float:
        return round(drawn.bottom - span * float(share), 2)

    points = [(x, at(share)) for x, share in zip(centres, cumulative, strict=True)]
    return Drawing(
        bars=tuple(Bar(b.x, b.y, b.width, b.height, b.shade) for b in drawn.bars),
        lines=(_path(points),),
        dots=tuple(points) if len(points) <= _MOST_LABELS else (),
        values=drawn.values,
        shares=tuple(Tick(at(share / 100), f"{share} %") for share in range(0, 101, 20)),
        labels=drawn.labels,
        marks=tuple(Tick(at(limit), f"{(limit * 100).normalize():f} %") for limit in limits),
        zero=drawn.zero,
        slanted=drawn.slanted,
        title=title,
    )


class _Scale:
    """From a value to its height on the sheet, zero always in sight."""

    def __init__(self, values: Sequence[Decimal]) -> None:
        figures = [float(value) for value in values] or [0.0]
        self._ticks = nice_ticks(min(0.0, *figures), max(0.0, *figures))
        self.low, self.high = self._ticks[0], self._ticks[-1]

    def y(self, value: Decimal | float) -> float:
        span = HEIGHT - BOTTOM - TOP
        return round(
            HEIGHT - BOTTOM - span * (float(value) - self.low) / (self.high - self.low), 2
        )

    def ticks(self, as_share: bool) -> tuple[Tick, ...]:
        return tuple(
            Tick(self.y(t), _short(Decimal(repr(round(t, 9))), as_share)) for t in self._ticks
        )


def _places(count: int) -> list[tuple[float, float]]:
    """Left edge and width of each bar."""
    if not count:
        return []
    step = (WIDTH - LEFT - RIGHT) / count
    width = min(step * 0.7, 48.0)
    return [
        (round(LEFT + step * i + (step - width) / 2, 2), round(width, 2)) for i in range(count)
    ]


def _bar(place: tuple[float, float], value: Decimal, scale: _Scale, shade: str, text: str) -> Bar:
    x, width = place
    y, zero = scale.y(value), scale.y(0)
    return Bar(x, min(y, zero), width, round(abs(zero - y), 2), shade, text)


def _labels(labels: Sequence[Any]) -> tuple[Tick, ...]:
    """As many labels as can be read; the others are in the table."""
    every = -(-len(labels) // _MOST_LABELS) if labels else 1
    return tuple(
        Tick(round(x + width / 2, 2), _cut(str(label)))
        for i, ((x, width), label) in enumerate(zip(_places(len(labels)), labels, strict=True))
        if i % every == 0
    )


def _are_long(labels: Sequence[Any]) -> bool:
    shown = min(len(labels), _MOST_LABELS)
    room = (WIDTH - LEFT - RIGHT) / max(shown, 1)
    return any(len(_cut(str(label))) * 9 > room for label in labels)


def _cut(text: str) -> str:
    return text if len(text) <= 9 else text[:8] + "…"


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def _short(value: Decimal, as_share: bool = False) -> str:
    """A figure as it fits beside an axis: 1.2 亿, 350 万, 12,500."""
    if as_share:
        return f"{(value * 100).quantize(Decimal('0.1')).normalize():f} %"
    for unit, word in ((Decimal(10**8), "亿"), (Decimal(10**4), "万")):
        if abs(value) >= unit:
            return f"{(value / unit).quantize(Decimal('0.01')).normalize():f} {word}"
    return f"{value.quantize(Decimal('0.01')).normalize():,f}"

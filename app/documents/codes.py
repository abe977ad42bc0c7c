"""Codes that a phone or a scanner reads, drawn as SVG."""

from __future__ import annotations

import io
import re

import segno
from barcode import Code128
from barcode.writer import SVGWriter
from markupsafe import Markup, escape

#: bars of white on either side, as the standard asks
QUIET = 10
#: what office printers still set apart, in mm
NARROWEST = 0.19
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


def qr_svg(text: str) -> Markup:
    """A QR code without its own size: the style sheet says how large.

    It brings the four modules of white that a scanner looks for: a label has no other margin.
    """
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=4, omitsize=True))  # noqa: S704 - segno draws paths only


def code128_svg(text: str, *, height_mm: float = 10.0, bar_mm: float = 0.25) -> Markup:
    """A Code 128 with its text below; only ASCII can be coded.

    :raises ValueError: for text that Code 128 does not know
    """
    if not _is_coded(text):
        raise ValueError(f"Code 128 carries printable ASCII only: {text!r}")
    drawn = io.BytesIO()
    Code128(text, writer=SVGWriter()).write(
        drawn,
        {
            "module_height": height_mm,
            "module_width": bar_mm,
            "quiet_zone": QUIET * bar_mm,
            "font_size": 7,
            "text_distance": 3,
        },
    )
    svg = _PROLOGUE.sub("", drawn.getvalue().decode("utf-8"))
    return Markup(svg)  # noqa: S704 - python-barcode escapes the text below the bars


def bars(text: str, room_mm: float, *, height_mm: float = 10.0, bar_mm: float = 0.25) -> Markup:
    """A Code 128 as wide as there is room; plain letters where it would not be read by any scanner."""
    if _is_coded(text):
        wanted = len(Code128(text).build()[0]) + 2 * QUIET
        fitting = min(bar_mm, room_mm / wanted)
        if fitting >= NARROWEST:
            return code128_svg(text, height_mm=height_mm, bar_mm=fitting)
    return escape(text)


def _is_coded(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable()

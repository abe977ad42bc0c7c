"""Codes that a phone or a scanner reads, drawn as SVG."""

from __future__ import annotations

import io
import re

import segno
from barcode import Code128
from barcode.writer import SVGWriter
from markupsafe import Markup

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)


def qr_svg(text: str) -> Markup:
    """A QR code without its own size: the style sheet says how large."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=0, omitsize=True))  # noqa: S704 - segno draws paths only


def code128_svg(text: str, *, height_mm: float = 10.0, bar_mm: float = 0.25) -> Markup:
    """A Code 128 with its text below; only ASCII can be coded.

    :raises ValueError: for text that Code 128 does not know
    """
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError(f"Code 128 carries printable ASCII only: {text!r}")
    drawn = io.BytesIO()
    Code128(text, writer=SVGWriter()).write(
        drawn,
        {
            "module_height": height_mm,
            "module_width": bar_mm,
            "quiet_zone": 2.5,  # ten bars of 0.25 mm, as the standard asks
            "font_size": 7,
            "text_distance": 3,
        },
    )
    svg = _PROLOGUE.sub("", drawn.getvalue().decode("utf-8"))
    return Markup(svg)  # noqa: S704 - python-barcode escapes the text below the bars

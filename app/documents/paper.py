"""The press: templates become HTML, HTML becomes PDF, copies are joined."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import flask_babel
from flask_babel import gettext as _
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape
from weasyprint import CSS, HTML, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from app.documents import charts, shown
from app.documents.capitals import capitals, rmb
from app.documents.codes import bars, code128_svg, qr_svg
from app.documents.head import Head
from app.documents.readers import class_of
from app.records import specs_of

APP = Path(__file__).resolve().parent.parent
STATIC = APP / "static"
TEMPLATES = APP / "templates"
#: the names that paper.css calls, and what a PDF calls the same faces
FACES = {"Noto Serif CJK SC": "NotoSerifCJK", "Noto Sans CJK SC": "NotoSansCJK"}

# Pango and fontconfig are not made for two threads on one configuration.
_press = threading.Lock()


class FontsMissing(RuntimeError):
    """The machine has not the fonts that Chinese forms need."""


class LocalFetcher(URLFetcher):  # type: ignore[misc]
    """A form shows what is in it or beside it: nothing of another host, nothing of another folder."""

    def __init__(self) -> None:
        super().__init__(
            allowed_protocols=("data", "file"), allow_redirects=False, fail_on_errors=True
        )

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url.startswith("file:"):
            path = Path(URLFetcherResponse(url.partition("#")[0]).path or "").resolve()
            if not path.is_relative_to(STATIC):
                raise ValueError(f"a form may not read {path}")
        return super().fetch(url, headers)


@cache
def fonts() -> FontConfiguration:
    """One for each process: a second one reads every font again."""
    return FontConfiguration()


@cache
def style() -> CSS:
    return CSS(
        filename=STATIC / "css" / "paper.css", font_config=fonts(), url_fetcher=LocalFetcher()
    )


@cache
def environment() -> Environment:
    """Jinja for paper: the folders `printouts` of all domains, one shared language of boxes."""
    folders = {folder.parent.name: folder for folder in sorted(APP.glob("domains/*/printouts"))}
    made = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(TEMPLATES),
                PrefixLoader({name: FileSystemLoader(folder) for name, folder in folders.items()}),
                FileSystemLoader(list(folders.values())),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]
        flask_babel.gettext,
        flask_babel.ngettext,
        newstyle=True,
        pgettext=flask_babel.pgettext,
        npgettext=flask_babel.npgettext,
    )
    made.filters |= {
        "money": shown.money,
        "figure": shown.figure,
        "share": shown.share,
        "day": shown.day,
        "long_day": shown.long_day,
        "moment": shown.moment,
        "shown": shown.shown,
        "rmb": rmb,
        "capitals": capitals,
        "qr": qr_svg,
        "code128": code128_svg,
        "bars": bars,
        "lines_of": _lines_of,
    }
    made.globals |= {
        "charts": charts,
        "boxes_of": shown.boxes_of,
        "text_of": lambda record, name: shown.boxes_of(record, [name])[0].text,
        "spec_of": lambda record, name: specs_of(class_of(record))[name],
        "in_rows": shown.in_rows,
        "language": _language,
        "page_words": _page_words,
        "printed_line": _printed_line,
        "mm": lambda width: f"{width * 96 / 25.4:.2f}",
        "_p": flask_babel.pgettext,
        "EMPTY": shown.EMPTY,
    }
    return made


def _language() -> str:
    locale = flask_babel.get_locale()
    return "zh-CN" if locale is None or locale.language == "zh" else str(locale.language)


def _lines_of(text: Any) -> Markup:
    """Text with the line breaks its writer made."""
    return (
        Markup("<br>").join(escape(str(text)).splitlines())
        if text not in (None, "")
        else Markup("")
    )


def _page_words() -> list[str]:
    """What stands before, between and after the two figures; only the press can count pages."""
    return _("Page %(page)s of %(pages)s", page="\0", pages="\0").split("\0")


def _printed_line(head: Head) -> str:
    """When, by whom, and for the how manieth time."""
    said = [shown.moment(head.printed_at)] if head.printed_at else []
    said += [head.printed_by] if head.printed_by else []
    said += [_("print %(n)d", n=head.times)] if head.times else []
    return " ".join(said)


def html_of(template: str, context: Mapping[str, Any], copies: Sequence[Any] = ()) -> list[str]:
    """The form as HTML, once for each copy; one without a label where there are no copies."""
    page = environment().get_template(template)
    return [page.render({**context, "copy": str(copy)}) for copy in copies or ("",)]


def to_pdf(pages: Iterable[str]) -> bytes:
    """PDF of HTML documents, one after the other, each counting its own pages."""
    with _press:
        documents = [_lay_out(html) for html in pages]
        if not documents:
            raise ValueError("there is nothing to print")
        # Laid out one by one, so that "page x of y" counts the pages of one copy.
        whole = documents[0].copy([page for document in documents for page in document.pages])
        target = io.BytesIO()
        whole.write_pdf(target)
    return target.getvalue()


def _lay_out(html: str) -> Document:
    source = HTML(string=html, base_url=STATIC.as_uri() + "/", url_fetcher=LocalFetcher())
    # Widths of columns stand in the form as attributes: they depend on the form, not on the house.
    return source.render(font_config=fonts(), stylesheets=[style()], presentational_hints=True)


def render(template: str, context: Mapping[str, Any], copies: Sequence[Any] = ()) -> bytes:
    """A form as PDF, all its copies in one file."""
    return to_pdf(html_of(template, context, copies))


@cache
def check_fonts() -> None:
    """Print one line in every face and look which fonts the PDF really carries.

    A missing font is no error to WeasyPrint: it takes another one and prints boxes.

    :raises FontsMissing: says which, and how to get them
    """
    lines = "".join(
        f"<p style=\"font: {weight} 12pt '{face}'\">镕</p>"
        for face in FACES
        for weight in ("normal", "bold")
    )
    with _press:
        document = HTML(string=lines, url_fetcher=LocalFetcher()).render(font_config=fonts())
        pdf = document.write_pdf(uncompressed_pdf=True)
    written = pdf.replace(b"-", b"").replace(b" ", b"")
    missing = [face for face, name in FACES.items() if name.encode() not in written]
    if missing:
        raise FontsMissing(
            f"{' and '.join(missing)} cannot be found, and forms would print boxes for Chinese. "
            "Install them: apt-get install fonts-noto-cjk"
        )

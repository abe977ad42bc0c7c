"""The help page of a register: what it is, who writes and signs, the article in its own words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask_babel import get_locale
from flask_babel import gettext as _

from app.records.fields import Kind
from app.registers import pages
from app.registers.articles import quote, sources_of
from app.registers.words import purpose_of, reach_word, role_word, verb_words
from app.security.roles import rights

if TYPE_CHECKING:
    from app.registers.view import RegisterView

_VERBS = "raedsxl"


def help_text(record_class: Any) -> str:
    """What the domain wrote for its users, in their language where it stands, else in Chinese."""
    folder = Path(_package_of(record_class)) / "help"
    for language in dict.fromkeys([str(get_locale() or "zh"), "zh", "en"]):
        file = folder / f"{record_class.__tablename__}.{language}.md"
        if file.exists():
            return file.read_text(encoding="utf-8").strip()
    return ""


def _package_of(record_class: Any) -> str:
    import sys

    return str(Path(sys.modules[record_class.__module__].__file__ or "").parent)


def help_page(view: RegisterView) -> pages.HelpPage:
    record_class = view.record
    register = record_class.__tablename__
    names = verb_words()
    writers = [
        (
            role_word(right.role),
            "、".join(names[v] for v in _VERBS if v in right.verbs),
            reach_word(right.scope),
        )
        for right in rights()
        if right.register == register
    ]
    fields = [
        (str(spec.label), str(spec.help) if spec.help is not None else "", spec.required)
        for section in view.layout
        for name in section.fields
        if (spec := record_class.specs()[name]).kind is not Kind.LINES
    ]
    return pages.HelpPage(
        head=pages.Head(
            register, _("Help: %(register)s", register=view.title), trail=view.trail()
        ),
        purpose=purpose_of(record_class),
        text=help_text(record_class),
        quotes=[
            (source, quote(reference))
            for reference, source in zip(
                record_class.sources, sources_of(record_class.sources), strict=True
            )
        ],
        rights=writers,
        fields=fields,
    )

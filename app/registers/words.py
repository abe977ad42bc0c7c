"""Rights in words: what a verb, a reach and a limit are called on every page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.security import scopes
from app.security.roles import ROLES


def verb_words() -> dict[str, str]:
    """By the letters of roles.VERBS, in their order."""
    return {
        "r": pgettext("right", "read"),
        "a": pgettext("right", "enter"),
        "e": pgettext("right", "change"),
        "d": pgettext("right", "delete"),
        "s": pgettext("right", "sign"),
        "x": pgettext("right", "export and print"),
        "l": pgettext("right", "import"),
    }


def limit_words() -> dict[str, str]:
    return {"hidden": _("hidden"), "masked": _("masked"), "readonly": _("read only")}


def reach_word(reach: str) -> str:
    """How far a role's verbs on a register reach."""
    if reach.startswith(scopes.FIELD_GROUP):
        return _("all rows, some fields")
    return {
        "all": _("all rows"),
        "own": _("own rows"),
        "issued": _("rows that are issued"),
        "own_deputised": _("own rows and those of whom one stands in for"),
        "department": _("rows of the department"),
        "by_access_request": _("rows of an approved request"),
    }.get(reach, reach)


def role_word(name: str) -> str:
    return str(ROLES.get(name, name))


def purpose_of(record_class: Any) -> str:
    """The sentence of a record class about itself, in the reader's language."""
    sentence = (record_class.__doc__ or "").strip().split("\n")[0]
    return _(sentence) if sentence else ""

"""Forms of pages that are no register: accounts, grants, cells of the matrix."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.registers import pages
from app.security import conflicts
from app.security.roles import EVERYBODY, ROLES


def field(
    name: str,
    label: str,
    typed: Any,
    errors: dict[str, list[str]],
    *,
    kind: str = "line",
    width: int = 6,
    required: bool = False,
    help: str = "",
) -> pages.FormField:
    return pages.FormField(
        name,
        label,
        kind,
        value=typed.get(name, ""),
        width=width,
        required=required,
        help=help,
        errors=errors.get(name, []),
    )


def roles_field(chosen: list[str], errors: dict[str, list[str]]) -> pages.FormField:
    return pages.FormField(
        "roles",
        _("Roles"),
        "choices",
        values=[name for name in chosen if name != EVERYBODY],
        options=[(name, str(label)) for name, label in ROLES.items() if name != EVERYBODY],
        width=12,
        help=_("Everybody is an employee besides."),
        errors=errors.get("roles", []),
    )


def exception_fields(
    chosen: list[str], typed: Any, errors: dict[str, list[str]]
) -> list[pages.FormField]:
    """Asked only where the chosen roles contradict each other."""
    names = [n for part in chosen for n in part.split(",") if n]
    if not conflicts.between(names):
        return []
    return [
        field(
            "exception_reason",
            _("Why these roles stand together"),
            typed,
            errors,
            width=8,
            help=_("Only where roles contradict each other; it stands in the audit book."),
        ),
        field("exception_until", _("Until"), typed, errors, kind="date", width=4),
    ]


def form(
    title: str,
    fields: list[pages.FormField],
    errors: dict[str, list[str]],
    url: str,
    cancel: str,
    submit: str,
    section: str = "",
) -> pages.FormPage:
    notices = []
    if errors:
        labels = {f.name: f.label for f in fields}
        notices.append(
            pages.Notice(
                "bad",
                " ".join(errors.get("", [])) or _("Please look at these fields again."),
                links=[(labels[name], f"#{name}") for name in errors if name in labels],
            )
        )
    return pages.FormPage(
        pages.Head("", title),
        [pages.FormSection(section or _("Account"), fields)],
        url,
        cancel_url=cancel,
        submit_label=submit,
        notices=notices,
    )

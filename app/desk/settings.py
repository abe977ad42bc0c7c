"""Settings of the house (R239): every figure the documents lose or leave open, with its default and its source."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from app.audit import record_event
from app.records import Kind, Refusal, Refused, settings
from app.registers import pages
from app.registers.articles import source_of
from app.registers.page import Page, asks_for, expose, turned_away
from app.registers.saving import saving
from app.security import scopes


class Settings(Page):
    """What an administrator may set, grouped, with what is in force where nobody set anything."""

    route_base = "/settings"
    default_view = "settings"

    @expose("/", methods=["GET", "POST"])
    @asks_for("r", "settings")
    def settings(self) -> Any:
        may_edit = scopes.may(g.person, "e", "settings")
        errors: dict[str, list[str]] = {}
        if request.method == "POST":
            if not may_edit:
                return turned_away(
                    _("Your roles let you read the settings, not change them."), _("Settings")
                )
            try:
                with saving():
                    changed = self._keep(request.form)
            except Refused as no:
                errors = no.by_field()
            else:
                text = _("Saved.") if changed else _("Nothing was changed.")
                flash(text, "success")
                return redirect("/settings/")
        page = settings_page(request.form if errors else None, errors, may_edit=may_edit)
        return render_template("registers/form.html", page=page), 422 if errors else 200

    @staticmethod
    def _keep(typed: Any) -> list[str]:
        """:raises Refused: with every value that does not fit"""
        changed: list[str] = []
        refusals: list[Refusal] = []
        for name, setting in settings.DECLARED.items():
            text = typed.get(name)
            if setting.kind is Kind.BOOL:
                text = "1" if text in ("1", "on", "y") else "0"
            if text is None or text.strip() == shown(setting):
                continue
            before = settings.get(name)
            try:
                # What equals the default is no choice of anybody: a better default may come.
                same = text.strip() == written(setting, setting.default)
                settings.put(name, "" if same and setting.kind is not Kind.BOOL else text.strip())
            except Refused as no:
                refusals += no.refusals
                continue
            changed.append(name)
            after = settings.get(name)
            record_event(
                "setting",
                register="setting",
                label=str(setting.label),
                details={
                    "name": name,
                    "before": written(setting, before),
                    "after": written(setting, after),
                },
            )
        if refusals:
            raise Refused(refusals)
        return changed


def written(setting: settings.Setting, value: Any) -> str:
    """A value as it stands in its input."""
    if value is None:
        return ""
    if setting.kind is Kind.BOOL:
        return "1" if value else "0"
    return str(value)


def shown(setting: settings.Setting) -> str:
    return written(setting, settings.get(setting.name))


def settings_page(typed: Any, errors: dict[str, list[str]], *, may_edit: bool) -> pages.FormPage:
    groups: dict[str, list[pages.FormField]] = {}
    labels = {}
    for name, setting in settings.DECLARED.items():
        value = typed.get(name, "") if typed is not None else shown(setting)
        default = said(setting, setting.default)
        labels[name] = str(setting.label)
        help_text = " ".join(
            filter(
                None,
                (
                    str(setting.help or ""),
                    _("Default: %(value)s.", value=default) if default else "",
                ),
            )
        )
        groups.setdefault(str(setting.group), []).append(
            pages.FormField(
                name,
                str(setting.label),
                setting.kind.value,
                value=value,
                options=[(v, str(label)) for v, label in setting.options],
                help=help_text,
                note="、".join(
                    source_of(s.strip()).label for s in setting.source.split(",") if s.strip()
                ),
                errors=errors.get(name, []),
                readonly=not may_edit,
                width=6,
            )
        )
    notices = []
    if errors:
        notices.append(
            pages.Notice(
                "bad",
                _("Please look at these fields again."),
                links=[(labels[n], f"#{n}") for n in errors if n in labels],
            )
        )
    return pages.FormPage(
        pages.Head("", _("Settings")),
        [
            pages.FormSection(title, fields, anchor=f"section-{n}")
            for n, (title, fields) in enumerate(groups.items())
        ],
        "/settings/",
        cancel_url="/",
        submit_label=_("Save") if may_edit else "",
        notices=notices,
    )


def said(setting: settings.Setting, value: Any) -> str:
    if setting.kind is Kind.BOOL:
        return _("yes") if value else _("no")
    if setting.options:
        return str(dict(setting.options).get(value, value))
    return written(setting, value)

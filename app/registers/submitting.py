"""A register whose records are signed: put one before its signers, ask for a change of one that is approved."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, g, redirect, render_template, request
from flask_appbuilder import expose
from flask_babel import gettext as _

from app.approvals import casework
from app.organisation import people
from app.records import Refused
from app.records.fields import Kind
from app.registers import approving, pages
from app.registers.declare import Section
from app.registers.doors import asks
from app.registers.form import Filling
from app.registers.page import turned_away
from app.registers.saving import saving

#: what one asks to have changed are single values; lines and files are none
_NO_VALUES = (Kind.LINES, Kind.FILE)


class Submitting:
    """The two routes; RegisterView brings the rest."""

    record: ClassVar[Any]
    layout: ClassVar[Any]
    _record_or_404: Any
    head_of_form: Any

    @expose("/submit/<pk>", methods=["GET", "POST"])
    @asks("r")
    def submit(self, pk: str) -> Any:
        """Put the record before those who sign it; where its flow lets the requester choose, ask whom."""
        record = self._record_or_404(pk, g.person)
        back = f"/{self.record.__tablename__}/show/{record.id}"
        no = approving.why_not_submit(record, g.person)
        if no is not None:
            flash(no, "danger")
            return redirect(back)
        wanted = approving.steps_to_choose(record)
        chosen = approving.chosen_from(request.form)
        errors = {
            f"chosen-{step.key}": [_("Choose who signs here.")]
            for step in wanted
            if not chosen.get(step.key)
        }
        if request.method == "POST" and not errors:
            try:
                with saving():
                    casework.submit(
                        record,
                        key=request.values.get("key") or approving.new_key(),
                        chosen={
                            key: list(people.users_of(ids).values()) for key, ids in chosen.items()
                        },
                        note=request.form.get("note", "").strip(),
                    )
            except Refused as refused:
                flash(str(refused), "danger")
            else:
                flash(_("%(record)s is submitted.", record=record.title), "success")
            return redirect(back)
        if request.method == "GET" and not wanted:
            return redirect(back)
        page = self._choosing(record, wanted, errors if request.method == "POST" else {})
        return render_template(
            "registers/form.html", page=page
        ), 422 if errors and request.form else 200

    def _choosing(self, record: Any, wanted: Any, errors: dict[str, list[str]]) -> pages.FormPage:
        register = self.record.__tablename__
        fields = [
            pages.FormField(
                f"chosen-{step.key}",
                str(step.title),
                "reference",
                options_url="/options/employee",
                required=True,
                width=6,
                errors=errors.get(f"chosen-{step.key}", ()),
            )
            for step in wanted
        ]
        fields.append(pages.FormField("note", _("Note to the signers"), "prose", width=12))
        return pages.FormPage(
            self.head_of_form(record),
            [pages.FormSection(_("Who signs"), fields)],
            url=request.path,
            cancel_url=f"/{register}/show/{record.id}",
            submit_label=_("Submit"),
            hidden=[("key", request.values.get("key") or approving.new_key())],
        )

    @expose("/change/<pk>", methods=["GET", "POST"])
    @asks("r")
    def change(self, pk: str) -> Any:
        """Ask for a change of an approved record: it is written when the same people have signed it."""
        record = self._record_or_404(pk, g.person)
        register = self.record.__tablename__
        no = approving.why_not_ask_change(record, g.person)
        if no is not None:
            return turned_away(no, record.title)
        filling = Filling(self.record, self._values_only(), g.person, "a", record)
        reason, said = request.form.get("change_reason", "").strip(), []
        if request.method == "POST":
            filling.from_typed(request.form)
            if filling.is_clean:
                try:
                    with saving():
                        casework.request_change(
                            record,
                            filling.values(),
                            key=request.form.get("key") or approving.new_key(),
                            reason=reason,
                        )
                except Refused as refused:
                    said = refused.by_field().pop("reason", [])
                    filling.refuse(r for r in refused.refusals if r.field != "reason")
                    record = self._record_or_404(pk, g.person)
                    filling.record = record
                else:
                    flash(
                        _("The change of %(record)s is asked for.", record=record.title), "success"
                    )
                    return redirect(f"/{register}/show/{record.id}")
        else:
            filling.from_record()
        why = pages.FormField(
            "change_reason",
            _("Why it should change"),
            "prose",
            value=reason,
            required=True,
            width=12,
            errors=said,
        )
        wrong = [*filling.errors.get("", []), *said]
        page = pages.FormPage(
            self.head_of_form(record),
            [pages.FormSection(_("Change asked for"), [why]), *filling.sections()],
            url=request.path,
            version=str(record.version),
            cancel_url=f"/{register}/show/{record.id}",
            submit_label=_("Ask for the change"),
            notices=[pages.Notice("bad", " ".join(wrong))]
            if wrong
            else [
                pages.Notice(
                    "run",
                    _("Change what should be different. Nothing is written before it is signed."),
                )
            ],
            hidden=[("key", request.form.get("key") or approving.new_key())],
        )
        return render_template("registers/form.html", page=page), 422 if request.form else 200

    def _values_only(self) -> list[Section]:
        """The layout without what cannot be asked for: lines, files, and what the house writes itself."""
        specs = self.record.specs()
        kept = [
            (
                section,
                [
                    n
                    for n in section.fields
                    if specs[n].writable and specs[n].kind not in _NO_VALUES
                ],
            )
            for section in self.layout
        ]
        return [Section(s.title, *names, article=s.article) for s, names in kept if names]

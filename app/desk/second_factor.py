"""Everybody's own second factor: set up, recovery codes, taken away again."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _

from app.documents.codes import qr_svg
from app.extensions import db
from app.registers.cells import day
from app.registers.page import Page, expose, signed_in
from app.registers.saving import saving
from app.security import passwords, second_factor, users


class SecondFactors(Page):
    """`/second-factor`: for whoever is signed in, about his own account."""

    route_base = "/second-factor"
    default_view = "index"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        return _page()

    @expose("/begin", methods=["POST"])
    @signed_in
    def begin(self) -> Any:
        if second_factor.of(g.user.id) is None:
            with saving():
                second_factor.begin(users.by_id(g.user.id))
        return redirect("/second-factor/")

    @expose("/confirm", methods=["POST"])
    @signed_in
    def confirm(self) -> Any:
        with saving():
            codes = second_factor.confirm(
                users.by_id(g.user.id), request.form.get("code", "").strip()
            )
        if codes is None:
            return _page(
                errors=[_("This code is not right. Look whether the phone's clock is.")]
            ), 422
        return _page(codes=codes)

    @expose("/remove", methods=["POST"])
    @signed_in
    def remove(self) -> Any:
        user = users.by_id(g.user.id)
        stored = user.password
        db.session.rollback()  # hashing takes long: nobody waits for it
        if not passwords.is_right(stored, request.form.get("password", "")):
            return _page(errors=[_("This is not your present password.")]), 422
        with saving():
            second_factor.remove(users.by_id(g.user.id))
        flash(_("The second factor is removed."), "success")
        return redirect("/second-factor/")


def _page(errors: list[str] | None = None, codes: list[str] | None = None) -> str:
    row, setting_up = second_factor.of(g.user.id), second_factor.started(g.user.id)
    secret, uri = setting_up or ("", "")
    return render_template(
        "security/second_factor.html",
        demanded=second_factor.is_demanded(users.by_id(g.user.id)),
        in_force=row is not None,
        since=day(row.confirmed_at.date()) if row is not None and row.confirmed_at else "",
        left=len([h for h in row.recovery.split(",") if h]) if row is not None else 0,
        uri=uri,
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        qr=qr_svg(uri) if uri else "",
        errors=errors or [],
        codes=codes or [],
    )

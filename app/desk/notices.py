"""What a person was told, newest first; and the figure beside the bell."""

from __future__ import annotations

from typing import Any

from flask import abort, g, redirect, render_template, request
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.extensions import db
from app.jobs import timer
from app.notices.models import Notification
from app.notices.sending import deliver
from app.organisation import people
from app.records import clock
from app.registers.cells import moment
from app.registers.declare import Section
from app.registers.page import Page, expose, signed_in
from app.registers.saving import saving
from app.registers.view import RegisterView

_SHOWN = 100


class NotificationView(RegisterView):
    record = Notification
    title = _l("Notices")
    icon = "bell"
    kind = "calculated"
    list_columns = ("text", "told_at", "read_at")
    fixed_columns = ("text",)
    layout = (Section(_l("Notice"), "text", "told_at", "read_at"),)


@people.counted("notices")
def _unread(user_id: int, _pairs: Any) -> Any:
    return (
        select(func.count())
        .where(Notification.user_id == user_id, Notification.read_at.is_(None))
        .scalar_subquery()
    )


@timer("deliver_notices", minute="*/2")
def _deliver() -> None:
    deliver()


class Notices(Page):
    """The bell's page."""

    route_base = "/notices"
    default_view = "index"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        rows = db.session.scalars(
            select(Notification)
            .where(Notification.user_id == g.person.user_id)
            .order_by(Notification.id.desc())
            .limit(_SHOWN)
        )
        return render_template(
            "desk/notices.html",
            rows=[
                (one.id, one.text, moment(one.told_at) if one.told_at else "", one.read_at is None)
                for one in rows
            ],
            unread=g.person.figures.get("notices", 0),
        )

    @expose("/<int:pk>/read", methods=["POST"])
    @signed_in
    def read(self, pk: int) -> Any:
        one = db.session.get(Notification, pk)
        if one is None or one.user_id != g.person.user_id:
            abort(404)
        with saving():
            if one.read_at is None:
                one.read_at = clock.now()
            link = one.link
        return redirect(link or "/notices/")

    @expose("/read", methods=["POST"])
    @signed_in
    def read_all(self) -> Any:
        with saving():
            for one in db.session.scalars(
                select(Notification).where(
                    Notification.user_id == g.person.user_id, Notification.read_at.is_(None)
                )
            ):
                one.read_at = clock.now()
        return redirect(request.referrer or "/notices/")

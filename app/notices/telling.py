"""Tell people something: in the house at once, by mail and robot through the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from app.extensions import db
from app.notices.models import Notification, Outgoing
from app.records import clock, settings
from app.security import users
from app.security.models import Account


def tell(
    person_ids: Iterable[int],
    kind: str,
    text: Any,
    link: str = "",
    once: str = "",
    *,
    mail: bool = True,
) -> int:
    """Tell these people; says how many had not been told yet. Joins the running transaction.

    :param kind: what it is about, in one word: approval_task, duty_due …
    :param text: a lazy text; each person reads it in his own language
    :param once: the same word a second time tells nobody again
    """
    word = once or uuid.uuid4().hex
    message, values = _parts(text)
    wanted = sorted(set(person_ids))
    known = set(
        db.session.scalars(
            select(Notification.user_id).where(
                Notification.user_id.in_(wanted), Notification.once == word
            )
        )
    )
    fresh = [one for one in wanted if one not in known]
    for one in fresh:
        db.session.add(
            Notification(
                user_id=one,
                kind=kind,
                message=message,
                values=values,
                link=link,
                once=word,
                told_at=clock.now(),
            )
        )
    if fresh and mail:
        _post(fresh, text, link, word)
    db.session.flush()
    return len(fresh)


def _parts(text: Any) -> tuple[str, dict[str, str]]:
    """The English text and its values, so that it can be said again in another language."""
    values = getattr(text, "_kwargs", {})
    arguments = getattr(text, "_args", ())
    message = arguments[0] if arguments else str(text)
    return str(message), {name: str(value) for name, value in values.items()}


def _post(people: Iterable[int], text: Any, link: str, word: str) -> None:
    """One mail for each person with an address, and one message for the robot of the house."""
    config, now = current_app.config, clock.now()
    base = str(settings.get("public_address") or "").rstrip("/") if _knows_address() else ""
    house = str(settings.get("product_name"))
    if config.get("SMTP_URL"):
        for one in people:
            user = users.by_id(one)
            if user is None or not user.email or user.email.endswith("@users.invalid"):
                continue
            with force_locale(_language_of(one)):
                said = str(text)
            db.session.add(
                Outgoing(
                    channel="mail",
                    address=user.email,
                    subject=f"[{house}] {said}"[:300],
                    body=f"{said}\n\n{base}{link}\n",
                    once=f"mail:{one}:{word}",
                    written_at=now,
                    next_at=now,
                )
            )
    if config.get("WEBHOOK_URL"):
        with force_locale("zh"):
            said = str(text)
        names = "、".join(users.display_name(users.by_id(one)) for one in people)
        db.session.add(
            Outgoing(
                channel="robot",
                address=config["WEBHOOK_URL"],
                subject=said[:300],
                body=f"{names}：{said} {base}{link}".strip(),
                once=f"robot:{word}:{names}"[:200],
                written_at=now,
                next_at=now,
            )
        )


def _knows_address() -> bool:
    return "public_address" in settings.DECLARED


def _language_of(user_id: int) -> str:
    account = db.session.scalar(select(Account.locale).where(Account.user_id == user_id))
    return account or "zh"

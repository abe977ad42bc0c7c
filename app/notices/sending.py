"""The outbox is emptied: apart from the click that filled it, again and again until it is out."""

from __future__ import annotations

import json
import smtplib
import urllib.request
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.notices.models import Outgoing
from app.records import clock, writing

#: minutes until the next try, by how many failed; after the last one it stays and is shown
_PAUSES = (1, 5, 15, 60, 240, 720)
_TIMEOUT = 15


def deliver(limit: int = 200) -> tuple[int, int]:
    """Send what is due; says how many went out and how many did not.

    Each message is its own transaction: one address that does not answer holds no other up. A
    message that leaves in the very moment the machine dies may leave twice, never not at all.
    """
    sent = failed = 0
    ids = list(
        db.session.scalars(
            select(Outgoing.id)
            .where(
                Outgoing.sent_at.is_(None),
                Outgoing.next_at <= clock.now(),
                Outgoing.tries < len(_PAUSES),
            )
            .order_by(Outgoing.id)
            .limit(limit)
        )
    )
    for one in ids:
        with writing("job"):
            message = db.session.scalar(
                select(Outgoing)
                .where(Outgoing.id == one, Outgoing.sent_at.is_(None))
                .with_for_update(skip_locked=True)
            )
            if message is None:
                continue
            try:
                _send(message)
            except (OSError, smtplib.SMTPException, ValueError) as error:
                message.trouble = str(error)[:500]
                message.next_at = clock.now() + timedelta(minutes=_PAUSES[message.tries])
                message.tries += 1
                failed += 1
            else:
                message.sent_at = clock.now()
                message.trouble = ""
                sent += 1
    return sent, failed


def _send(message: Outgoing) -> None:
    if message.channel == "mail":
        _mail(message)
    else:
        _robot(message)


def _mail(message: Outgoing) -> None:
    """SMTP_URL is smtp[s]://user:password@host:port/sender@example.com."""
    url = urlsplit(current_app.config["SMTP_URL"])
    letter = EmailMessage()
    letter["From"] = (
        unquote(url.path.strip("/")) or unquote(url.username or "") or "taizhang@localhost"
    )
    letter["To"] = message.address
    letter["Subject"] = message.subject
    letter.set_content(message.body)
    host = url.hostname or "localhost"
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with kind(host, url.port or 0, timeout=_TIMEOUT) as server:
        if url.scheme == "smtp+tls":
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(letter)


def payload_of(address: str, text: str) -> dict[str, object]:
    """The shape a robot of 企业微信, 钉钉 or 飞书 understands, by its address; plain text for any other."""
    host = urlsplit(address).hostname or ""
    if host.endswith(("feishu.cn", "larksuite.com")):
        return {"msg_type": "text", "content": {"text": text}}
    if host.endswith(("weixin.qq.com", "dingtalk.com")):
        return {"msgtype": "text", "text": {"content": text}}
    return {"text": text}


def _robot(message: Outgoing) -> None:
    if urlsplit(message.address).scheme not in ("http", "https"):
        raise ValueError("WEBHOOK_URL must begin with http:// or https://")
    request = urllib.request.Request(  # noqa: S310 - the scheme is asked above
        message.address,
        data=json.dumps(payload_of(message.address, message.body), ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
        said = answer.read(2000).decode("utf-8", "replace")
    try:
        code = json.loads(said)
    except ValueError:
        return
    # These robots answer 200 to everything and say in the body whether they took it.
    if isinstance(code, dict) and code.get("errcode", code.get("code", 0)) not in (0, None):
        raise ValueError(said[:300])

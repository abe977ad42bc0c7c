"""Rows of others that an approved request opens to a person until its end (BR-005, R10)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from app.extensions import db
from app.records import clock
from app.security import scopes
from app.security.models import RowGrant, stored_now


def _granted(person: scopes.Person, verb: str, record_class: Any) -> ColumnElement[bool] | None:
    """The rows themselves, and what belongs to a row that is opened."""
    # Whom no request opened anything needs no register in his menu that he finds empty.
    if person.user_id is None or not person.figures.get("opened"):
        return None
    opened = select(RowGrant.record_id).where(
        RowGrant.user_id == person.user_id,
        RowGrant.register == record_class.__tablename__,
        RowGrant.verbs.contains(verb),
        RowGrant.in_force(clock.today()),
    )
    parts: list[ColumnElement[bool]] = [record_class.id.in_(opened)]
    for relation in record_class.owned_through:
        attribute = getattr(record_class, relation)
        condition = _granted(person, verb, attribute.property.mapper.class_)
        if condition is not None:
            parts.append(scopes.through(attribute, condition))
    return or_(*parts)


scopes.grant_rows_by(_granted)


def open_rows(
    user_id: int, rows: Iterable[Any], verbs: str, from_on: date, until: date, source: Any
) -> None:
    """Open these records, and what belongs to them, to one person.

    :param verbs: letters of VERBS
    :param source: the record of the request
    """
    db.session.add_all(
        RowGrant(
            user_id=user_id,
            register=row.register_name(),
            record_id=row.id,
            verbs=verbs,
            from_on=from_on,
            until=until,
            source=source.register_name(),
            source_id=source.id,
        )
        for row in rows
    )
    db.session.flush()


def close_rows(source: Any) -> None:
    """What this request opened is closed from this moment."""
    db.session.execute(
        update(RowGrant)
        .where(
            RowGrant.source == source.register_name(),
            RowGrant.source_id == source.id,
            RowGrant.ended_at.is_(None),
        )
        .values(ended_at=stored_now())
    )

"""One click, one commit: and what the database refuses becomes a sentence at its field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.extensions import db
from app.records.record import REGISTERED
from app.records.refusals import Conflict, Refusal, Refused

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (\w+\.\w+(?:, \w+\.\w+)*)")
_SQLITE_NULL = re.compile(r"NOT NULL constraint failed: (\w+)\.(\w+)")


@contextmanager
def saving() -> Iterator[None]:
    """Flush and commit at the end; on any no take everything back, so that nothing refused is saved later.

    :raises Refused: with the field, in the user's language; never SQL
    """
    try:
        yield
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Refused(refusal_of(error)) from None
    except StaleDataError:
        db.session.rollback()
        raise Conflict(
            Refusal(_("Somebody else changed this record just now. Open it again."))
        ) from None
    except OperationalError as error:
        db.session.rollback()
        if "locked" in str(error) or "deadlock" in str(error):
            raise Conflict(
                Refusal(_("Many are writing at this moment. Please save once more."))
            ) from None
        raise
    except BaseException:
        db.session.rollback()
        raise


def refusal_of(error: IntegrityError) -> Refusal:
    """What a broken constraint means to a person."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _of_postgresql(diagnosis)
    message = str(error.orig)
    if match := _SQLITE_UNIQUE.search(message):
        places = [place.split(".") for place in match[1].split(", ")]
        return _taken(places[0][0], [column for _table, column in places])
    if match := _SQLITE_NULL.search(message):
        return _missing(match[1], match[2])
    if "FOREIGN KEY" in message:
        return _in_use()
    return Refusal(_("The record contradicts itself and was not saved."))


def _of_postgresql(diagnosis: Any) -> Refusal:
    table, name = diagnosis.table_name or "", diagnosis.constraint_name or ""
    state = getattr(diagnosis, "sqlstate", "")
    if state == "23503":
        return _in_use()
    if state == "23502":
        return _missing(table, diagnosis.column_name or "")
    if state == "23505":
        record_class = REGISTERED.get(table)
        if record_class is not None:
            for one in (*record_class.__table__.constraints, *record_class.__table__.indexes):
                if isinstance(one, Index | UniqueConstraint) and str(one.name) == name:
                    return _taken(table, [column.name for column in one.columns])
        column = name.removeprefix(f"uq_{table}_").removeprefix(f"ix_{table}_")
        return _taken(table, [column])
    return Refusal(_("The record contradicts itself and was not saved."))


def _label(table: str, column: str) -> str:
    record_class = REGISTERED.get(table)
    spec = record_class.specs().get(column) if record_class else None
    return str(spec.label) if spec else column


def _taken(table: str, columns: Sequence[str]) -> Refusal:
    record_class = REGISTERED.get(table)
    for index in record_class.__table__.indexes if record_class else ():
        said = index.info.get("refusal")
        if said is not None and [column.name for column in index.columns] == list(columns):
            return Refusal(str(said), columns[0])
    labels = "、".join(_label(table, column) for column in columns)
    return Refusal(
        _("%(label)s: this value is there already and may stand only once.", label=labels),
        columns[0],
    )


def _missing(table: str, column: str) -> Refusal:
    return Refusal(_("%(label)s is required.", label=_label(table, column)), column)


def _in_use() -> Refusal:
    return Refusal(_("Other records refer to this one, or it refers to one that is gone."))

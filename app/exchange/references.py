"""Who is meant: a reference of a sheet found by number or unique key, by a name only where it is the only one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.exchange.faults import Unfit
from app.exchange.values import nearest
from app.extensions import db
from app.records import REGISTERED, FieldSpec
from app.security import scopes

_MANY = 400
#: registers up to this size are read whole, to say which name was probably meant
_SMALL = 400
#: so many answers are remembered for each field
_REMEMBERED = 50_000

Choosable = Callable[[scopes.Person, FieldSpec], Any]


class References:
    """Resolves the references of many rows at once, within what the person may choose."""

    def __init__(self, person: scopes.Person, choosable: Choosable) -> None:
        self.person = person
        self.choosable = choosable
        self._known: dict[str, dict[str, int | Unfit]] = {}
        self._names: dict[str, list[str]] = {}

    def resolve(self, spec: FieldSpec, texts: Iterable[str]) -> dict[str, int | Unfit]:
        """For each text the id of the record, or the reason why there is none."""
        known = self._known.setdefault(f"{spec.references}.{spec.name}", {})
        if len(known) > _REMEMBERED:
            known.clear()
        fresh = sorted({text for text in texts if text not in known})
        if fresh:
            known.update(self._ask(spec, fresh))
        return known

    def _ask(self, spec: FieldSpec, texts: list[str]) -> dict[str, int | Unfit]:
        cls: Any = REGISTERED[spec.references]
        statement = self.choosable(self.person, spec)
        if statement is None:
            no = Unfit(
                _("“%(label)s” is not yours to choose.", label=spec.label),
                _("Leave the column out."),
            )
            return dict.fromkeys(texts, no)
        found: dict[str, int | Unfit] = {}
        for column in _keys(cls, self.person):
            left = [text for text in texts if text not in found]
            for pk, word in self._rows(statement, cls, column, left):
                found.setdefault(str(word), pk)
        left = [text for text in texts if text not in found]
        if left:
            found.update(self._by_name(statement, cls, spec, left))
        return found

    @staticmethod
    def _rows(statement: Any, cls: Any, column: Any, texts: list[str], *more: Any) -> list[Any]:
        rows: list[Any] = []
        length = getattr(column.property.columns[0].type, "length", None)
        fit = [text for text in texts if not length or len(text) <= length]
        asked = statement.with_only_columns(cls.id, column, *more)
        with db.session.no_autoflush:
            for start in range(0, len(fit), _MANY):
                rows += db.session.execute(asked.where(column.in_(fit[start : start + _MANY])))
        return rows

    def _by_name(
        self, statement: Any, cls: Any, spec: FieldSpec, texts: list[str]
    ) -> dict[str, int | Unfit]:
        name = _name_column(cls, self.person)
        by_name: dict[str, list[tuple[int, str]]] = {}
        if name is not None:
            number = [cls.number] if hasattr(cls, "number") else []
            for row in self._rows(statement, cls, name, texts, *number):
                by_name.setdefault(row[1], []).append((row[0], row[2] if number else f"#{row[0]}"))
        found: dict[str, int | Unfit] = {}
        for text in texts:
            hits = by_name.get(text, [])
            if len(hits) == 1:
                found[text] = hits[0][0]
            elif hits:
                numbers = "、".join(sorted(str(number) for _pk, number in hits)[:8])
                found[text] = Unfit(
                    ngettext(
                        "%(num)d record is called “%(text)s”.",
                        "%(num)d records are called “%(text)s”.",
                        len(hits),
                        text=text,
                    ),
                    _("Write the number: %(numbers)s.", numbers=numbers),
                )
            else:
                near = self._nearest(statement, cls, name, spec, text)
                found[text] = Unfit(
                    _(
                        "There is no “%(text)s” in “%(label)s” that you may choose.",
                        text=text,
                        label=spec.label,
                    ),
                    _("Did you mean “%(label)s”?", label=near)
                    if near
                    else _("Write its number, or its name exactly."),
                )
        return found

    def _nearest(self, statement: Any, cls: Any, name: Any, spec: FieldSpec, text: str) -> str:
        if name is None:
            return ""
        place = f"{spec.references}.{spec.name}"
        if place not in self._names:
            with db.session.no_autoflush:
                names = list(
                    db.session.scalars(statement.with_only_columns(name).limit(_SMALL + 1))
                )
            self._names[place] = names if len(names) <= _SMALL else []
        return nearest(text, [str(n) for n in self._names[place]])


def _keys(cls: Any, person: scopes.Person) -> list[Any]:
    """Columns that name one record: its number, then what is unique, as far as the person sees them."""
    names = ["number"] if hasattr(cls, "number") else []
    if len(cls.found_by) == 1:
        names += cls.found_by
    names += [spec.name for spec in cls.specs().values() if spec.unique]
    return [getattr(cls, name) for name in dict.fromkeys(names) if _is_seen(cls, name, person)]


def _name_column(cls: Any, person: scopes.Person) -> Any:
    name = cls.titled_by
    if not name or name not in cls.__mapper__.column_attrs or not _is_seen(cls, name, person):
        return None
    return getattr(cls, name)


def _is_seen(cls: Any, name: str, person: scopes.Person) -> bool:
    """What is masked or hidden must not be found out by asking for it."""
    spec = cls.specs().get(name)
    text = spec is not None and spec.kind.is_text
    return text and scopes.field_right(person, cls.__tablename__, name) not in ("masked", "hidden")

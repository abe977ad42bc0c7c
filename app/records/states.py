"""The life cycle of a record: which states there are, and from which one comes to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.records.fields import Choices, StateWord


@dataclass(frozen=True)
class States:
    """:param moves: from a state to those that may follow; a state that is missing is an end
    :param draft: the state in which a record has no number yet and may still be deleted
    :param locked: states in which the fields can no longer be edited
    :param elsewhere: states that another register or an approval brings it into: no button leads there
    :param issued: states in which it speaks to everybody (the scope `issued`)
    :param tones: the chip of a state (see app/registers/pages.py)
    """

    words: type[Choices]
    start: str
    moves: Mapping[str, tuple[str, ...]]
    draft: str = ""
    locked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    issued: tuple[str, ...] = ()
    tones: Mapping[str, str] = field(default_factory=dict)

    def may_follow(self, before: str, after: str) -> bool:
        return after in self.moves.get(before, ())


class Stateful:
    """Brings the column `state`; the declaration `states` brings the policy."""

    states: ClassVar[Any]

    @declared_attr
    def state(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy hands in the class
        return mapped_column(
            StateWord(),
            nullable=False,
            index=True,
            default=cls.states.start,
            sort_order=-5,
            info={
                "field": {
                    "label": _("State"),
                    "help": None,
                    "choices": cls.states.words,
                    "unique": False,
                    "personal": False,
                    "searched": False,
                    "sortable": True,
                    "standard": False,
                    "calculated": False,
                    "machine": True,
                    "catalogue": "status",
                    "aliases": (),
                    "unit": "",
                    "width": 3,
                    "default": cls.states.start,
                    "article": "",
                }
            },
        )

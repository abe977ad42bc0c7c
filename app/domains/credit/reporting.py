"""A register in which one reports, and another answers when he signs."""

from __future__ import annotations

from typing import Any

from flask import g

from app.registers.form import Filling
from app.registers.view import RegisterView


class FirstPart(RegisterView):
    """Who reports fills the first part of the page; the rest is for those who sign or carry out."""

    def filling(self, verb: str, record: Any = None) -> Filling:
        return Filling(self.record, self.layout[:1], g.person, verb, record)

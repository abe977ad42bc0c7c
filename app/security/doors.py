"""What guards the doors of every answer."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Headers and refusals of the doors."""

"""One way to tell a person something: in the house, by mail, by robot."""

from app.notices.telling import tell

__all__ = ["tell"]

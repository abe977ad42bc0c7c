"""Working days: what day is one, and by when something is due."""

from app.deadlines.dates import Deadline

__all__ = ["Deadline"]

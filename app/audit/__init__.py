"""Who changed, saw, printed what, in which click; and the chain that proves nobody rewrote it."""

from app.audit import doors
from app.audit.book import record_event
from app.audit.models import AuditBlock, AuditEntry, AuditSeal

__all__ = [
    "AuditBlock",
    "AuditEntry",
    "AuditSeal",
    "doors",
    "record_event",
]

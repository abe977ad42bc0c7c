"""The schema is one import: every table of the house, for Alembic, tests and the shell."""

from __future__ import annotations

from app.audit.models import AuditBlock, AuditEntry, AuditSeal
from app.organisation.models import Department, Employee, Post
from app.records.attachments import Attachment
from app.records.numbering import NumberCounter
from app.records.search import SearchDocument
from app.records.settings import SettingValue
from app.registers.models import ChosenColumns, SavedView
from app.security.models import (
    Account,
    FormerPassword,
    RightsEpoch,
    RoleField,
    RoleScope,
    SignInAttempt,
    SignInSession,
)

__all__ = [
    "Account",
    "Attachment",
    "AuditBlock",
    "AuditEntry",
    "AuditSeal",
    "ChosenColumns",
    "Department",
    "Employee",
    "FormerPassword",
    "NumberCounter",
    "Post",
    "RightsEpoch",
    "RoleField",
    "RoleScope",
    "SavedView",
    "SearchDocument",
    "SettingValue",
    "SignInAttempt",
    "SignInSession",
]

"""Who may what at the start: roles × registers × verbs, as the regulations give them.

The tables in `seed/` are the one source; `flask sync` writes them into the database where nothing
stands yet, and never over what an office has edited.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _

_SEED = Path(__file__).with_name("seed")

#: letter of the table → permission name in FAB
VERBS = {
    "r": "can_read",
    "a": "can_add",
    "e": "can_edit",
    "d": "can_delete",
    "s": "can_sign",
    "x": "can_export",
    "l": "can_load",
}

EVERYBODY = "employee"
ADMINISTRATOR = "platform_admin"

#: role → what it is called (catalogue §6.1)
ROLES = {
    "general_manager": _("General manager"),
    "deputy_general_manager": _("Deputy general manager"),
    "bureau_leader": _("Bureau leader"),
    "hq_approver": _("Head office approver"),
    "marketing_manager": _("Marketing manager"),
    "sales_rep": _("Sales representative"),
    "customer_info_officer": _("Customer information officer"),
    "customer_info_supervisor": _("Customer information supervisor"),
    "customer_service_manager": _("Customer service manager"),
    "service_staff": _("Service staff"),
    "receptionist": _("Receptionist"),
    "showroom_manager": _("Showroom manager"),
    "sales_consultant": _("Sales consultant"),
    "lead_info_officer": _("Lead information officer"),
    "dealer_sales_manager": _("Dealer sales manager"),
    "marketing_dept": _("Marketing department"),
    "branch_sales": _("Branch sales"),
    "sales_service_desk": _("Sales service desk"),
    "quality_dept": _("Quality department"),
    "inspector": _("Inspector"),
    "technical_application": _("Technical application centre"),
    "supply_production": _("Supply and production"),
    "finance": _("Finance"),
    "licence_clerk": _("Licence clerk"),
    "statistics_analyst": _("Statistics analyst"),
    "account_manager": _("Account manager"),
    "marketing_section_chief": _("Marketing section chief"),
    "order_clerk": _("Order clerk"),
    "network_system_admin": _("Network and system administrator"),
    "it_head": _("Head of IT"),
    "website_admin": _("Website administrator"),
    "machine_room_staff": _("Machine room staff"),
    "security_team_leader": _("Security team leader"),
    "security_team_member": _("Security team member"),
    "department_head": _("Department head"),
    "device_manager": _("Device manager"),
    "office": _("Office"),
    "procurement": _("Procurement"),
    "human_resources": _("Human resources"),
    "archivist": _("Archivist"),
    "employee": _("Employee"),
    "auditor": _("Auditor (read only)"),
    "platform_admin": _("Platform administrator"),
}


@dataclass(frozen=True)
class Right:
    register: str
    code: str
    role: str
    verbs: str
    scope: str
    basis: str


@dataclass(frozen=True)
class FieldRight:
    register: str
    field: str
    role: str
    right: str
    basis: str


def _rows(name: str) -> list[dict[str, str]]:
    with (_SEED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@functools.cache
def rights() -> tuple[Right, ...]:
    """All starting rights of roles; what the machine alone writes (role "-") grants nobody anything."""
    return tuple(Right(**row) for row in _rows("rights.csv") if row["role"] != "-")


@functools.cache
def field_rights() -> tuple[FieldRight, ...]:
    """What a role does not see, sees masked, or does not change.

    A condition in the basis ("when is_confidential") belongs to the register that declares it.
    """
    return tuple(FieldRight(**row) for row in _rows("field_rights.csv"))


#: pages that are no register: page → role → verbs
PAGES: dict[str, dict[str, str]] = {
    "settings": {"platform_admin": "re"},
    "users": {"platform_admin": "rae", "human_resources": "r", "auditor": "r"},
    # "e": change the matrix, and which roles a post carries; what is wider than one's own rights waits
    "roles": {"platform_admin": "re", "general_manager": "re", "auditor": "r"},
    # "a": freeze a result for all, "e": have the indices calculated anew
    "measures": {"marketing_manager": "ae", "general_manager": "ae"},
    "audit": {"auditor": "rx", "general_manager": "r", "platform_admin": "r"},
}

"""Settings of the house itself."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.records.fields import Kind
from app.records.settings import Setting, declare
from app.security import policy
from app.security.roles import ROLES


def _at_least(least: int) -> Callable[[int], str | None]:
    def check(value: int) -> str | None:
        return gettext("At least %(least)d.", least=least) if value < least else None

    return check


def _known_roles(value: str) -> str | None:
    for name in policy.words(value):
        if name not in ROLES:
            return gettext("There is no role “%(name)s”.", name=name)
    return None


def _networks(value: str) -> str | None:
    for word in policy.words(value):
        try:
            policy.network(word)
        except ValueError:
            return gettext("“%(word)s” is no address.", word=word)
    return None


declare(
    Setting("product_name", _("Name on the screen"), "台账", group=_("House")),
    Setting(
        "company_name",
        _("Company"),
        "",
        group=_("House"),
        help=_("Stands on every paper form and in the head of the menu."),
    ),
    Setting(
        "password_min_length",
        _("Shortest password, in characters"),
        policy.DEFAULTS["password_min_length"],
        Kind.WHOLE,
        group=_("Doors"),
        source="BR-151",
        check=_at_least(8),
    ),
    Setting(
        "password_history",
        _("Former passwords that may not come back"),
        policy.DEFAULTS["password_history"],
        Kind.WHOLE,
        group=_("Doors"),
        source="BR-151",
        check=_at_least(0),
    ),
    Setting(
        "password_max_days",
        _("Days after which a password must be changed"),
        policy.DEFAULTS["password_max_days"],
        Kind.WHOLE,
        group=_("Doors"),
        source="DL-13, D8§6",
        help=_("The regulation says “regularly” and no figure. 0: never."),
        check=_at_least(0),
    ),
    Setting(
        "sign_in_failures",
        _("Failed sign-ins that lock an account"),
        policy.DEFAULTS["sign_in_failures"],
        Kind.WHOLE,
        group=_("Doors"),
        check=_at_least(3),
    ),
    Setting(
        "sign_in_lock_minutes",
        _("Minutes for which it stays locked"),
        policy.DEFAULTS["sign_in_lock_minutes"],
        Kind.WHOLE,
        group=_("Doors"),
        check=_at_least(1),
    ),
    Setting(
        "sign_in_address_limit",
        _("Failed sign-ins from one address in that time"),
        policy.DEFAULTS["sign_in_address_limit"],
        Kind.WHOLE,
        group=_("Doors"),
        help=_("Many people behind one proxy share an address."),
        check=_at_least(10),
    ),
    Setting(
        "second_factor_roles",
        _("Roles that need a second factor"),
        policy.DEFAULTS["second_factor_roles"],
        group=_("Doors"),
        source="BR-151",
        help=_(
            "Names with commas between: platform_admin, general_manager. Empty: whoever wants one."
        ),
        check=_known_roles,
    ),
    Setting(
        "admin_addresses",
        _("Addresses from which administrators sign in"),
        policy.DEFAULTS["admin_addresses"],
        group=_("Doors"),
        source="BR-151",
        help=_("Addresses or networks with commas between: 10.0.0.0/24. Empty: from everywhere."),
        check=_networks,
    ),
    Setting(
        "session_idle_minutes",
        _("Minutes without a click that end a session"),
        policy.DEFAULTS["session_idle_minutes"],
        Kind.WHOLE,
        group=_("Doors"),
        help=_("0: only after twelve hours."),
        check=_at_least(0),
    ),
)

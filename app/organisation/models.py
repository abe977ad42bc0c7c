"""Who is who: departments, employees, posts, and who stands in for whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.extensions import Base
from app.organisation import rules
from app.records import (
    Choice,
    Choices,
    Kind,
    Phone,
    Prose,
    Record,
    Stateful,
    States,
    Title,
    Word,
    calculated,
    field,
    files,
    once,
    reference,
)
from app.records.plain_rules import ends_after_it_begins
from app.security.roles import ROLES


class DepartmentKind(Choices):
    DEPARTMENT = "department", _("Department")
    SECTION = "section", _("Section office")
    BRANCH = "branch", _("Business branch")
    SALES_BRANCH = "sales_branch", _("Sales branch")
    HEAD_OFFICE = "head_office", _("Head office")


class Department(Record):
    """The departments, section offices and branches of the company, as a tree."""

    __tablename__ = "department"
    catalogue_code = "R190"
    sources = ("D1", "D7§6", "D16", "D20")
    numbered = "BM-{seq:04}"
    ruled_by = (rules.department_is_not_below_itself,)
    deletable = "unused"
    department_by = ("id",)
    found_by = ("name",)

    name: Mapped[Title] = field(
        lazy_pgettext("department", "Name"), searched=True, sortable=True, width=6
    )
    kind: Mapped[Choice | None] = field(
        lazy_pgettext("department", "Kind"), choices=DepartmentKind
    )
    parent_id: Mapped[int | None] = reference(_("Superior department"), "department.id")
    parent: Mapped[Department | None] = relationship(
        remote_side="Department.id", foreign_keys=parent_id
    )
    head_id: Mapped[int | None] = reference(_("Head"), "employee.id", late=True)
    head: Mapped[Employee | None] = relationship(foreign_keys=head_id, post_update=True)
    it_liaison_id: Mapped[int | None] = reference(
        _("IT liaison"),
        "employee.id",
        late=True,
        help=_("Who looks after informatisation in this department (信息化专人)."),
    )
    it_liaison: Mapped[Employee | None] = relationship(
        foreign_keys=it_liaison_id, post_update=True
    )
    keeps_customer_archive: Mapped[bool] = field(
        _("Keeps the customer archive"), default=False, catalogue="custodian flags"
    )
    keeps_it_assets: Mapped[bool] = field(_("Keeps IT assets"), default=False)


class EmployeeState(Choices):
    IN_SERVICE = "in_service", _("In service")
    TRANSFERRED = "transferred", lazy_pgettext("employee", "Transferred")
    LEFT = "left", lazy_pgettext("employee", "Left")


class PostState(Choices):
    ACTIVE = "active", lazy_pgettext("post", "Active")
    ABOLISHED = "abolished", _("Abolished")


class Post(Stateful, Record):
    """Posts with their headcount, duties and what they demand of a person (定岗、定编、定责)."""

    __tablename__ = "post"
    catalogue_code = "R192"
    sources = ("D7§7(1)",)
    numbered = "GW-{seq:04}"
    ruled_by = (rules.headcount_is_not_negative,)
    deletable = "unused"
    titled_by = "post_name"
    found_by = ("post_name",)
    department_by = ("dept_id",)
    states = States(
        PostState,
        start="active",
        moves={"active": ("abolished",), "abolished": ("active",)},
        tones={"active": "ok", "abolished": "mute"},
    )

    post_name: Mapped[Title] = field(
        lazy_pgettext("post", "Name"), searched=True, sortable=True, width=6
    )
    dept_id: Mapped[int] = reference(_("Department"), "department.id")
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    headcount: Mapped[int] = field(_("Headcount"), default=1)
    grade: Mapped[Word | None] = field(_("Grade"))
    is_key_post: Mapped[bool] = field(
        _("Key post"),
        default=False,
        help=_("Key posts need a confidentiality agreement and two persons (BR-156)."),
    )
    duties: Mapped[Prose] = field(lazy_pgettext("post", "Duties"), width=12)
    quality_requirement: Mapped[Prose] = field(_("Requirements on the person"), width=12)
    employees: Mapped[list[Employee]] = relationship(
        back_populates="post", foreign_keys="Employee.post_id", viewonly=True
    )

    roles: Mapped[list[PostRole]] = relationship(viewonly=True, order_by="PostRole.role_id")

    @calculated(_("Roles"), Kind.LINE, reads=("roles",))
    def carries(self) -> str:
        """What the holders of the post may do besides what every employee may."""
        return "、".join(str(ROLES.get(one.role.name, one.role.name)) for one in self.roles)

    @calculated(_("Current holders"), Kind.LINE, reads=("employees",))
    def current_holders(self) -> str:
        return "、".join(e.name for e in self.employees if e.state == EmployeeState.IN_SERVICE)

    @calculated(_("Vacancies"), Kind.WHOLE, reads=("employees",))
    def vacancies(self) -> int:
        """Headcount less holders; below zero the post is overfilled."""
        return self.headcount - sum(e.state == EmployeeState.IN_SERVICE for e in self.employees)


class PostRole(Base):
    """A role that a post carries: whoever holds the post has it, and B of it within a handover."""

    __tablename__ = "post_role"
    __table_args__: Any = {}

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("ab_role.id"), primary_key=True, index=True)
    role: Mapped[Any] = relationship("Role", viewonly=True)


class Employee(Stateful, Record):
    """The people of the company, with department, post and account."""

    __tablename__ = "employee"
    catalogue_code = "R191"
    sources = ("D7§7",)
    ruled_by = (rules.account_belongs_to_one_person,)
    numbered = "YG-{seq:05}"
    deletable = "unused"
    department_by = ("dept_id",)
    owned_by = ("id",)
    found_by = ("employee_no",)
    states = States(
        EmployeeState,
        start="in_service",
        moves={
            "in_service": ("transferred", "left"),
            "transferred": ("in_service", "left"),
            "left": ("in_service",),
        },
        tones={"in_service": "ok", "transferred": "warn", "left": "mute"},
    )

    name: Mapped[Title] = field(
        lazy_pgettext("employee", "Name"), searched=True, sortable=True, personal=True
    )
    employee_no: Mapped[Word | None] = field(
        _("Employee number"), unique=True, searched=True, personal=True
    )
    dept_id: Mapped[int] = reference(_("Department"), "department.id")
    dept: Mapped[Department] = relationship(foreign_keys=dept_id)
    post_id: Mapped[int] = reference(_("Post"), "post.id")
    post: Mapped[Post] = relationship(foreign_keys=post_id, back_populates="employees")
    phone: Mapped[Phone | None] = field(_("Telephone"), personal=True)
    entered_on: Mapped[date | None] = field(_("Entered the company on"))
    #: the account is chosen on the page of users, where it is made
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"), unique=True)
    signature_image = files(
        _("Signature image"),
        help=_("Printed where the person signs; some steps of approval ask for it."),
    )


class AbPost(Record):
    """Each post has two persons: A does the work, B stands in for him (AB岗)."""

    __tablename__ = "ab_post"
    __table_args__ = (
        once(
            "uq_ab_post_one_active",
            "post_id",
            "a_person_id",
            where="valid_to IS NULL",
            refusal=_(
                "This person has a B in this post in these days already. End that pair first."
            ),
        ),
    )
    catalogue_code = "R193"
    sources = ("D8§5",)
    numbered = "AB-{seq:04}"
    owned_by = ("a_person_id", "b_person_id")
    owned_through = ("post",)
    ruled_by = (
        rules.a_is_not_b,
        ends_after_it_begins("valid_from", "valid_to"),
        rules.post_has_one_active_pair,
    )

    post_id: Mapped[int] = reference(_("Post"), "post.id", sortable=True)
    post: Mapped[Post] = relationship(foreign_keys=post_id)
    a_person_id: Mapped[int] = reference(_("A person"), "employee.id", catalogue="a_person")
    a_person: Mapped[Employee] = relationship(foreign_keys=a_person_id)
    b_person_id: Mapped[int] = reference(_("B person"), "employee.id", catalogue="b_person")
    b_person: Mapped[Employee] = relationship(foreign_keys=b_person_id)
    scope: Mapped[Prose | None] = field(lazy_pgettext("ab post", "Scope"))
    valid_from: Mapped[date | None] = field(
        lazy_pgettext("ab post", "From"), catalogue="from", sortable=True
    )
    valid_to: Mapped[date | None] = field(lazy_pgettext("ab post", "To"), catalogue="to")

    #: post and persons in one word, so that a list of handovers asks nothing more
    name: Mapped[Title | None] = field(_("Pair"), machine=True, searched=True, sortable=True)

    @classmethod
    def others_of(cls, pair: AbPost) -> list[AbPost]:
        """Living pairs of the same post and A whose days touch these."""
        from sqlalchemy import or_, select

        from app.extensions import db

        query = select(cls).where(
            cls.post_id == pair.post_id,
            cls.a_person_id == pair.a_person_id,
            cls.voided_at.is_(None),
            or_(cls.valid_to.is_(None), cls.valid_to >= (pair.valid_from or date.min)),
        )
        if pair.valid_to is not None:
            query = query.where(or_(cls.valid_from.is_(None), cls.valid_from <= pair.valid_to))
        if pair.id is not None:
            query = query.where(cls.id != pair.id)
        with db.session.no_autoflush:
            return list(db.session.scalars(query))


class HandoverState(Choices):
    DRAFTED = "drafted", _("Drafted")
    HANDED = "handed", _("Handed over")
    RETURNED = "returned", lazy_pgettext("handover", "Returned")


class AbHandover(Stateful, Record):
    """What A hands to B before he goes, signed by both; between its dates B acts for A, and gives back."""

    __tablename__ = "ab_handover"
    catalogue_code = "R194"
    sources = ("D8§5",)
    numbered = "JJ-{year}{month:02}-{seq:04}"
    titled_by = "number"
    owned_by = ("a_person_id", "b_person_id")
    ruled_by = (
        ends_after_it_begins("leave_from", "leave_to"),
        rules.both_sign_before_it_is_handed,
    )
    states = States(
        HandoverState,
        start="drafted",
        moves={"drafted": ("handed",), "handed": ("returned",)},
        draft="drafted",
        locked=("handed", "returned"),
        tones={"drafted": "warn", "handed": "ok", "returned": "mute"},
    )

    ab_post_id: Mapped[int] = reference(_("A/B post"), "ab_post.id", sortable=True)
    ab_post: Mapped[AbPost] = relationship(foreign_keys=ab_post_id)
    #: the persons of the pair as they were: a later change of the pair changes no handover
    a_person_id: Mapped[int | None] = reference(_("A person"), "employee.id", machine=True)
    a_person: Mapped[Employee | None] = relationship(foreign_keys=a_person_id)
    b_person_id: Mapped[int | None] = reference(_("B person"), "employee.id", machine=True)
    b_person: Mapped[Employee | None] = relationship(foreign_keys=b_person_id)
    leave_from: Mapped[date] = field(_("A away from"), sortable=True)
    leave_to: Mapped[date] = field(_("A away to"), sortable=True)
    items_handed: Mapped[Prose] = field(_("Handed over"), width=12)
    a_signed: Mapped[datetime | None] = field(_("Signed by A"), machine=True)
    b_signed: Mapped[datetime | None] = field(_("Signed by B"), machine=True)
    returned_on: Mapped[date | None] = field(_("Given back on"), machine=True)
    back_items: Mapped[Prose | None] = field(_("Given back"), machine=True, width=12)
    #: forms are declared above, in the domain that prints them
    printed_as: ClassVar[tuple[Any, ...]] = ()

    def signatures(self) -> list[tuple[Any, str, datetime | None]]:
        """Who signed in the system: title of the block, name, when."""
        return [
            (lazy_pgettext("handover", "A person"), str(self.a_person or ""), self.a_signed),
            (lazy_pgettext("handover", "B person"), str(self.b_person or ""), self.b_signed),
        ]

"""The press: a record class and a few declared words become screens, forms, rights and addresses.

Everything a person does to a register over pages goes through the class below. It is a FAB
ModelView: FAB registers it, names its permissions and knows its routes. What FAB's own methods
leak (filters shared by threads, actions and downloads without row scope, edits saved after a
refusal, lost updates) is replaced here, once, for all registers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from flask import (
    Response,
    abort,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app.audit import record_event
from app.deadlines import dates
from app.extensions import db
from app.records import attachments
from app.records.flush import check, void
from app.records.record import Kept, Record
from app.records.refusals import Conflict, Refused
from app.registers import listing, pages, query, showing, timeline
from app.registers.articles import sources_of
from app.registers.cells import state_chip, text_of
from app.registers.declare import Operation, Related, Section, View
from app.registers.doors import asks, refused_page
from app.registers.form import Filling
from app.registers.merging import merge
from app.registers.models import ChosenColumns, SavedView
from app.registers.page import favourites, send_stored, turned_away
from app.registers.saving import saving
from app.registers.submitting import Submitting
from app.registers.words import role_word
from app.security import scopes
from app.security.roles import VERBS

#: so many records are taken by one click; each has a transaction and a result of its own
MOST_AT_ONCE = 1000

#: every register's view, by table name
VIEWS: dict[str, type[RegisterView]] = {}


class RegisterView(Submitting, ModelView):
    """How one register is read and filled.

    Declare `record`, `title`, `list_columns` and `layout`; everything else follows, and every
    derived attribute may be written by hand.
    """

    record: ClassVar[Any] = None
    #: what the register is called on the screen
    title: ClassVar[Any] = ""
    icon: ClassVar[str] = "notebook"
    list_columns: ClassVar[Sequence[str]] = ()
    layout: ClassVar[Sequence[Section]] = ()
    related: ClassVar[Sequence[Related]] = ()
    operations: ClassVar[Sequence[Operation]] = ()
    views: ClassVar[Sequence[View]] = ()
    #: order of the list when nobody asks for another: "name" or "-changed_at"
    order: ClassVar[str] = ""
    #: columns that always stand first
    fixed_columns: ClassVar[Sequence[str]] = ("number",)
    #: register (written by people), lookup, append-only, calculated
    kind: ClassVar[str] = "register"

    include_route_methods = {
        "list",
        "show",
        "add",
        "edit",
        "delete",
        "void",
        "submit",
        "change",
        "action",
        "action_post",
        "count",
        "ids",
        "keep_view",
        "drop_view",
        "keep_columns",
        "upload",
        "download",
        "remove_file",
        "unmask",
        "timeline",
        "help",
    }
    list_template = "registers/list.html"
    show_template = "registers/show.html"
    add_template = "registers/form.html"
    edit_template = "registers/form.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.record is None:
            return
        name = cls.record.__tablename__
        VIEWS[name] = cls
        cls.datamodel = SQLAInterface(cls.record)
        cls.route_base = f"/{name}"
        cls.class_permission_name = name
        cls.base_permissions = sorted(VERBS.values())
        cls.name_column = cls.record.titled_by or "number"
        cls.fixed_columns = tuple(n for n in cls.fixed_columns if n in cls.list_columns)

    # FAB would build its forms, search forms and filters for all columns at start, one for all
    # threads; ours are made for each request and person.
    def _init_properties(self) -> None:
        self._base_filters = self.datamodel.get_filters()
        self.related_views: list[Any] = []
        self._related_views: list[Any] = []

    def _init_forms(self) -> None:
        pass

    def _init_titles(self) -> None:
        """FAB would put "List Customer" over the title that is declared."""

    def create_blueprint(
        self, appbuilder: Any, endpoint: str | None = None, static_folder: str | None = None
    ) -> Any:
        return super().create_blueprint(
            appbuilder, endpoint or self.record.__tablename__, static_folder
        )

    @staticmethod
    def view_of(register: str) -> Any:
        return current_app.extensions["registers"][register]

    # -- what a person may ---------------------------------------------------------------------

    def may_add(self, person: scopes.Person) -> bool:
        return self.kind in ("register", "lookup", "append-only") and scopes.may(
            person, "a", self.record.__tablename__
        )

    def _in_scope(self, person: scopes.Person, verb: str, record: Any) -> bool:
        """Whether the verb reaches this row. Who may add keeps correcting his own until it leaves draft."""
        register = self.record.__tablename__
        if not scopes.may(person, verb, register):
            return False
        condition = scopes.rows(person, verb, self.record)
        if condition is None:
            return True
        pk = self.record.id
        return db.session.scalar(select(pk).where(pk == record.id, condition)) is not None

    def why_not_edit(self, record: Any, person: scopes.Person) -> str | None:
        """Why this person cannot edit this record now; None: he can."""
        if self.kind in ("append-only", "calculated") or self.record.append_only:
            return _("Entries of this register are not edited.")
        if getattr(record, "is_void", False):
            return _("It is void.")
        if record.is_closed:
            return _("In this state it can no longer be edited.")
        if self._in_scope(person, "e", record):
            return None
        own_draft = (
            scopes.may(person, "a", self.record.__tablename__)
            and getattr(record, "created_by_id", None) == person.user_id
            and (record.states is None or not record.states.draft or record.is_draft)
        )
        return None if own_draft else _("Your roles do not let you edit this record.")

    def why_not_delete(self, record: Any, person: scopes.Person) -> str | None:
        if self.record.append_only or self.kind in ("append-only", "calculated"):
            return _("Entries of this register are never deleted.")
        if not self._in_scope(person, "d", record):
            return _("Your roles do not let you delete this record.")
        if self.record.deletable == "unused" or getattr(record, "is_mere_draft", False):
            return None
        return _("It is no draft any more; it can be voided.")

    def why_not_void(self, record: Any, person: scopes.Person) -> str | None:
        if not isinstance(record, Record) or self.record.append_only or self.kind == "calculated":
            return _("Entries of this register are never changed.")
        if record.is_void:
            return _("It is void already.")
        if record.is_mere_draft:
            return _("A draft is deleted, not voided.")
        if self._in_scope(person, "e", record) or self._in_scope(person, "d", record):
            return None
        return _("Your roles do not let you void this record.")

    def _record_or_404(self, pk: Any, person: scopes.Person, verb: str = "r") -> Any:
        """The row, if it exists and the verb reaches it: what is out of scope is as if it were not there."""
        if not str(pk).isdecimal() or len(str(pk)) > 18:
            abort(404)
        statement = query.scoped(self.record, person, verb).where(self.record.id == int(pk))
        record = db.session.scalars(statement).unique().first()
        if record is None:
            abort(404)
        return record

    # -- heads, actions, figures: what a register may add to its pages -------------------------

    def figures(self, record: Any) -> Sequence[pages.KeyFigure]:
        return ()

    @classmethod
    def all_views(cls) -> Sequence[View]:
        """The views it declares, and what is overdue where anything of its records can be."""
        if not cls.record.due:
            return cls.views
        return (*cls.views, View("overdue", _("Overdue"), where=dates.late_ones, alarming=True))

    @classmethod
    def under_its_view(cls, asked: query.Asked) -> tuple[query.Asked, Any]:
        """What an address asks for, with the conditions of the declared view it names and that view's clause."""
        declared = next((v for v in cls.all_views() if v.name == asked.view), None)
        if declared is None:
            return asked, None
        conditions = (*declared.conditions, *asked.conditions)
        return replace(asked, conditions=conditions), declared.where

    def notices(self, record: Any, person: scopes.Person) -> Sequence[pages.Notice]:
        found = [
            pages.Notice("bad" if late else "warn", dates.word_for(deadline, when, late=late))
            for deadline, when, late in dates.standing(record)
            if late or deadline.is_soon(record)
        ]
        if getattr(record, "is_void", False):
            found.append(pages.Notice("mute", _("Void: %(reason)s", reason=record.void_reason)))
        missing = [
            spec
            for spec in record.missing_standard_fields()
            if scopes.field_right(person, record.register_name(), spec.name) != "hidden"
        ]
        if missing:
            names = "、".join(str(spec.label) for spec in missing)
            action = None
            if self.why_not_edit(record, person) is None:
                action = pages.Action(
                    "fill",
                    _("Fill in"),
                    f"/{record.register_name()}/edit/{record.id}#{missing[0].name}",
                )
            found.append(pages.Notice("warn", _("Incomplete: %(names)s.", names=names), action))
        return found

    def trail(self) -> list[pages.Link]:
        chapter = current_app.extensions["chapters"].get(self.record.__tablename__)
        links = []
        if chapter is not None:
            links.append(pages.Link(str(chapter.label), f"/chapter/{chapter.name}"))
        links.append(pages.Link(str(self.title), f"/{self.record.__tablename__}/list/"))
        return links

    def list_head(self, person: scopes.Person, found: query.Page) -> pages.Head:
        register = self.record.__tablename__
        actions = []
        if scopes.may(person, "l", register) and self.kind in ("register", "lookup"):
            actions.append(pages.Action("load", _("Import"), f"/import/{register}", icon="upload"))
        more = []
        if scopes.reaches(person, "x", self.record):
            here = "?" + request.query_string.decode()
            more += [
                pages.Action(
                    "xlsx", _("Export as Excel"), f"/export/{register}.xlsx{here}", icon="download"
                ),
                pages.Action(
                    "csv", _("Export as CSV"), f"/export/{register}.csv{here}", icon="download"
                ),
            ]
            more += self.list_prints(here)
        actions += self.list_actions(person)
        if self.may_add(person):
            actions.append(
                pages.Action(
                    "add", _("New"), f"/{register}/add", icon="plus", primary=True, key="N"
                )
            )
        return pages.Head(
            register,
            str(self.title),
            facts=listing.heading_facts(found),
            sources=sources_of(self.record.sources),
            actions=actions,
            more=more,
            trail=self.trail()[:-1],
            help_url=f"/{register}/help",
            favourite_url=f"/favourites/{register}",
            is_favourite=register in favourites(),
        )

    def list_actions(self, person: scopes.Person) -> list[pages.Action]:
        """What else may be begun from the whole list."""
        return []

    def list_prints(self, here: str) -> list[pages.Action]:
        """Printouts of the whole list."""
        register = self.record.__tablename__
        return [
            pages.Action(
                p.name,
                _("Print %(form)s", form=p.title),
                f"/print/{register}/{p.name}.pdf{here}",
                icon="printer",
            )
            for p in getattr(self.record, "lists_printed_as", ())
        ]

    def show_head(self, record: Any, person: scopes.Person) -> pages.Head:
        register = self.record.__tablename__
        chip = state_chip(record)
        actions: list[pages.Action] = []
        more: list[pages.Action] = []
        if getattr(self.record, "printed_as", ()) and self._in_scope(person, "x", record):
            for p in getattr(self.record, "printed_as", ()):
                actions.append(
                    pages.Action(
                        p.name,
                        _("Print %(form)s", form=p.title),
                        f"/print/{register}/{record.id}/{p.name}.pdf",
                        icon="printer",
                    )
                )
        for operation in self.operations:
            if scopes.may(person, operation.verb, register):
                more.append(self._operation_action(operation, record, person))
        if self.why_not_delete(record, person) is None:
            more.append(
                pages.Action(
                    "delete",
                    _("Delete…"),
                    f"/{register}/delete/{record.id}",
                    icon="trash",
                    method="post",
                    grave=True,
                    confirm=_("Delete %(record)s?", record=record.title),
                )
            )
        if isinstance(record, Record) and (
            scopes.may(person, "e", register) or scopes.may(person, "d", register)
        ):
            no = self.why_not_void(record, person)
            more.append(
                pages.Action(
                    "void",
                    _("Void…"),
                    f"/{register}/void/{record.id}",
                    icon="ban",
                    method="post",
                    grave=True,
                    reason=no or "",
                    confirm=_("Void %(record)s?", record=record.title),
                    asks_reason=True,
                )
            )
        no = self.why_not_edit(record, person)
        if scopes.may(person, "e", register) or no is None:
            actions.append(
                pages.Action(
                    "edit",
                    _("Edit"),
                    f"/{register}/edit/{record.id}",
                    icon="edit",
                    primary=True,
                    reason=no or "",
                    key="E",
                )
            )
        facts = (
            [pages.Cell(kind="number", text=record.number)]
            if getattr(record, "number", None)
            else []
        )
        return pages.Head(
            register,
            record.title if not self._title_masked(person) else scopes.mask(record.title),
            chips=[chip] if chip else [],
            facts=facts,
            sources=sources_of(self.record.sources),
            actions=actions,
            more=more,
            trail=self.trail(),
            help_url=f"/{register}/help",
            favourite_url=f"/favourites/{register}",
            is_favourite=register in favourites(),
        )

    def _title_masked(self, person: scopes.Person) -> bool:
        right = scopes.field_right(person, self.record.__tablename__, self.record.titled_by)
        return right in ("masked", "hidden")

    def _operation_action(
        self, operation: Operation, record: Any, person: scopes.Person
    ) -> pages.Action:
        no = operation.why_not(record) if operation.why_not else None
        if no is None and not self._in_scope(person, operation.verb, record):
            no = _("Your roles do not let you do this here.")
        return pages.Action(
            operation.name,
            str(operation.label),
            f"/{self.record.__tablename__}/action/{operation.name}/{record.id}",
            icon=operation.icon,
            method="post",
            grave=operation.grave,
            confirm=str(operation.confirm or ""),
            asks_reason=operation.asks_reason,
            reason=str(no or ""),
        )

    def row_actions(self, record: Any, person: scopes.Person) -> list[pages.Action]:
        """The row menu of the list: cheap to build, the page itself asks again."""
        register = self.record.__tablename__
        found = [pages.Action("open", _("Open"), f"/{register}/show/{record.id}", icon="eye")]
        editable = self.kind in ("register", "lookup") and not getattr(record, "is_void", False)
        if editable and scopes.may(person, "e", register):
            found.append(
                pages.Action("edit", _("Edit"), f"/{register}/edit/{record.id}", icon="edit")
            )
        return found

    def bulk_actions(self, person: scopes.Person) -> list[pages.Action]:
        register = self.record.__tablename__
        found = [
            pages.Action(
                o.name,
                str(o.label),
                method="post",
                icon=o.icon,
                grave=o.grave,
                confirm=str(o.confirm or ""),
                asks_reason=o.asks_reason,
            )
            for o in self.operations
            if o.bulk and scopes.may(person, o.verb, register)
        ]
        if scopes.reaches(person, "x", self.record):
            found.append(
                pages.Action("export", _("Export the chosen ones"), method="post", icon="download")
            )
            found += [
                pages.Action(
                    f"print-{p.name}",
                    _("Print %(form)s", form=p.title),
                    method="post",
                    icon="printer",
                )
                for p in getattr(self.record, "printed_as", ())
            ]
        if (
            issubclass(self.record, Record)
            and self.kind in ("register", "lookup")
            and not self.record.append_only
            and scopes.may(person, "e", register)
        ):
            found.append(
                pages.Action(
                    "void",
                    _("Void…"),
                    method="post",
                    icon="ban",
                    grave=True,
                    confirm=_("Void the chosen records?"),
                    asks_reason=True,
                )
            )
        return found

    def sharing_roles(self, person: scopes.Person) -> list[tuple[str, str]]:
        return [(str(pk), role_word(name)) for pk, name in scopes.role_names(person).items()]

    # -- reading -------------------------------------------------------------------------------

    @expose("/list/")
    @asks("r")
    def list(self) -> Any:
        page = listing.list_page(self, g.person)
        template = "registers/_list_body.html" if _part() else self.list_template
        answer = make_response(render_template(template, page=page))
        answer.vary.add(
            "HX-Request"
        )  # else the browser shows a part where it goes back to the page
        return answer

    def _asked_rows(self) -> Any:
        """The rows that the conditions in the address ask for, in the person's scope.

        :raises BadCondition: in words
        """
        asked, where = self.under_its_view(listing.asked_from(request.args))
        scoped = query.scoped(self.record, g.person)
        return query.filtered(scoped, self.record, asked, g.person, where)

    @expose("/count")
    @asks("r")
    def count(self) -> Any:
        """The exact number of rows, counted only when somebody wants to know."""
        try:
            statement = self._asked_rows()
        except query.BadCondition as no:
            return Response(str(no), 422)
        return Response(f"{query.count(statement, exact=True):,}", mimetype="text/plain")

    @expose("/ids")
    @asks("r")
    def ids(self) -> Any:
        """All rows of the list as they are ticked at once, over every page; no more than one act takes."""
        try:
            statement = self._asked_rows()
        except query.BadCondition as no:
            return Response(str(no), 422)
        chosen = statement.with_only_columns(self.record.id).order_by(None)
        found = list(db.session.scalars(chosen.order_by(self.record.id).limit(MOST_AT_ONCE + 1)))
        return jsonify(ids=found[:MOST_AT_ONCE], more=len(found) > MOST_AT_ONCE)

    @expose("/show/<pk>", methods=["GET"])
    @asks("r")
    def show(self, pk: str) -> Any:
        record = self._record_or_404(pk, g.person)
        if self.record.reads_logged:
            record_event(
                "read", register=record.register_name(), record_id=record.id, label=record.title
            )
        return render_template(self.show_template, page=showing.show_page(self, record, g.person))

    @expose("/timeline/<pk>")
    @asks("r")
    def timeline(self, pk: str) -> Any:
        record = self._record_or_404(pk, g.person)
        if showing.visible_fields(record, g.person) is not None:
            abort(404)
        entries = timeline.of(record, g.person, limit=200)
        return render_template(
            "registers/timeline.html", entries=entries, head=self.show_head(record, g.person)
        )

    @expose("/help")
    @asks("r")
    def help(self) -> Any:
        from app.registers.help import help_page

        return render_template("registers/help.html", page=help_page(self))

    # -- writing -------------------------------------------------------------------------------

    def filling(self, verb: str, record: Any = None) -> Filling:
        return Filling(self.record, self.layout, g.person, verb, record)

    @expose("/add", methods=["GET", "POST"])
    @asks("a")
    def add(self) -> Any:
        if not self.may_add(g.person):
            return refused_page(self, "a")
        filling = self.filling("a")
        if request.method == "GET":
            filling.from_record(preset=self._preset(filling))
            return self._form_page(filling, None)
        filling.from_typed(request.form, request.files)
        if filling.is_clean:
            record = self.record()
            try:
                with saving():
                    filling.apply(record)
                    self._refuse_early(record)
                    db.session.add(record)
                    db.session.flush()
                    filling.store_files(record)
            except Refused as no:
                filling.refuse(no.refusals)
            else:
                flash(_("%(record)s is entered.", record=record.title), "success")
                if request.form.get("then") == "another":
                    return redirect(f"/{self.record.__tablename__}/add")
                return self._to(record)
        return self._form_page(filling, None), 422

    def _preset(self, filling: Filling) -> dict[str, Any]:
        """Values an address may bring along ("new contact of this customer"): only open fields."""
        return {name: value for name, value in request.args.items() if name in filling.open}

    @staticmethod
    def _refuse_early(record: Kept) -> None:
        """Ask the rules before the flush, to be polite; the flush asks again, to be sure."""
        with db.session.no_autoflush:
            refusals = check(record)
        if refusals:
            raise Refused(refusals)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    @asks("r")
    def edit(self, pk: str) -> Any:
        person = g.person
        record = self._record_or_404(pk, person)
        no = self.why_not_edit(record, person)
        if no is not None:
            return turned_away(no, record.title)
        filling = self.filling("e" if self._in_scope(person, "e", record) else "a", record)
        if request.method == "GET":
            return self._form_page(filling.from_record(), record)
        filling.from_typed(request.form, request.files)
        lost: pages.LostUpdate | None = None
        merged: Sequence[pages.Change] = ()
        if request.form.get("version") != str(record.version):
            lost, merged = merge(filling, record, request.form)
        if filling.is_clean and lost is None:
            try:
                with saving():
                    filling.apply(record)
                    self._refuse_early(record)
                    db.session.flush()
                    filling.store_files(record)
            except Conflict:
                return redirect(request.path)
            except Refused as refused:
                filling.refuse(refused.refusals)
                record = self._record_or_404(pk, person)
                filling.record = record
            else:
                flash(_("%(record)s is saved.", record=record.title), "success")
                if merged:
                    names = "、".join(change.label for change in merged)
                    flash(
                        _("Meanwhile changed by somebody else, and kept: %(names)s.", names=names),
                        "info",
                    )
                return self._to(record)
        return self._form_page(filling, record, lost), 409 if lost else 422

    def _to(self, record: Any) -> AnyResponse:
        register = self.record.__tablename__
        if self._in_scope(g.person, "r", record):
            return redirect(f"/{register}/show/{record.id}")
        return redirect(f"/{register}/list/")

    def _form_page(
        self, filling: Filling, record: Any, lost: pages.LostUpdate | None = None
    ) -> str:
        register = self.record.__tablename__
        errors = list(filling.errors.get("", []))
        links = [
            (str(filling.shown[name].label), f"#{name}")
            for name in filling.errors
            if name in filling.shown
        ]
        links += [
            (
                _("%(label)s, line %(place)d", label=filling.shown[n].label, place=place + 1),
                f"#{n}-{place}-{sub}",
            )
            for n, place, sub in filling.line_errors
        ]
        notices = []
        if errors or links:
            text = " ".join(errors) or _("Please look at these fields again.")
            notices.append(pages.Notice("bad", text, links=links))
        others = []
        if record is None:
            others.append(pages.Action("another", _("Save and enter another"), method="post"))
        hidden = (
            [("base", request.form.get("base") or filling.base())] if record is not None else []
        )
        if lost is not None:
            hidden = [("base", lost.base)]
        page = pages.FormPage(
            self.head_of_form(record),
            filling.sections(),
            url=request.path,
            version=str(record.version) if record is not None else "",
            cancel_url=f"/{register}/show/{record.id}"
            if record is not None
            else f"/{register}/list/",
            submit_label=_("Save"),
            others=others,
            notices=notices,
            lost=lost,
            hidden=hidden,
        )
        return render_template(self.edit_template, page=page)

    def head_of_form(self, record: Any) -> pages.Head:
        register = self.record.__tablename__
        title = _("New: %(register)s", register=self.title) if record is None else record.title
        return pages.Head(
            register,
            title,
            chips=[chip] if record is not None and (chip := state_chip(record)) else [],
            facts=[pages.Cell(text=_("The number is given when it is saved."))]
            if record is None and self.record.numbered
            else (
                [pages.Cell(kind="number", text=record.number)]
                if getattr(record, "number", None)
                else []
            ),
            sources=sources_of(self.record.sources),
            trail=self.trail(),
            help_url=f"/{register}/help",
        )

    @expose("/delete/<pk>", methods=["POST"])
    @asks("d")
    def delete(self, pk: str) -> Any:
        record = self._record_or_404(pk, g.person, "d")
        title, no = record.title, self.why_not_delete(record, g.person)
        if no is None:
            try:
                with saving():
                    db.session.delete(record)
            except Refused as refused:
                no = str(refused)
            else:
                flash(_("%(record)s is deleted.", record=title), "success")
                return redirect(f"/{self.record.__tablename__}/list/")
        flash(no, "danger")
        return redirect(f"/{self.record.__tablename__}/show/{pk}")

    @expose("/void/<pk>", methods=["POST"])
    @asks("r")
    def void(self, pk: str) -> Any:
        record = self._record_or_404(pk, g.person)
        no = self.why_not_void(record, g.person)
        if no is None:
            try:
                with saving():
                    void(record, request.form.get("reason", ""))
            except Refused as refused:
                no = str(refused)
            else:
                flash(_("%(record)s is void.", record=record.title), "success")
        if no is not None:
            flash(no, "danger")
        return redirect(f"/{self.record.__tablename__}/show/{pk}")

    # -- operations, one and many ----------------------------------------------------------------

    def _operation(self, name: str) -> Operation:
        if name == "void":
            return Operation(
                "void", _("Void"), lambda record, reason: void(record, reason or ""), verb="e"
            )
        for operation in self.operations:
            if operation.name == name:
                return operation
        return abort(404)

    def _why_not_operate(
        self, operation: Operation, record: Any, person: scopes.Person
    ) -> str | None:
        if operation.name == "void":
            return self.why_not_void(record, person)
        if not self._in_scope(person, operation.verb, record):
            return _("Your roles do not let you do this here.")
        no = operation.why_not(record) if operation.why_not else None
        return str(no) if no is not None else None

    @expose("/action/<string:name>/<pk>", methods=["POST"])
    @asks("r")
    def action(self, name: str, pk: str) -> Any:
        operation = self._operation(name)
        person = g.person
        if not scopes.may(person, operation.verb, self.record.__tablename__):
            return refused_page(self, operation.verb)
        record = self._record_or_404(pk, person)
        no = self._why_not_operate(operation, record, person)
        if no is None:
            try:
                with saving():
                    operation.run(record, request.form.get("reason"))
            except Refused as refused:
                no = str(refused)
            else:
                flash(
                    _("%(what)s: done for %(record)s.", what=operation.label, record=record.title),
                    "success",
                )
        if no is not None:
            flash(no, "danger")
        return redirect(f"/{self.record.__tablename__}/show/{pk}")

    @expose("/action_post", methods=["POST"])
    @asks("r")
    def action_post(self) -> Any:
        """One operation on many records: a transaction and a result for each."""
        name = request.form.get("action", "")
        named = dict.fromkeys(int(i) for i in request.form.getlist("ids") if i.isdecimal())
        ids = list(named)[:MOST_AT_ONCE]
        if name == "export":
            return redirect(
                f"/export/{self.record.__tablename__}.xlsx?ids={','.join(map(str, ids))}"
            )
        if name.startswith("print-"):
            return self._print_many(name.removeprefix("print-"), ids)
        operation = self._operation(name)
        person = g.person
        if not scopes.may(person, operation.verb, self.record.__tablename__):
            return refused_page(self, operation.verb)
        done, refused = 0, []
        register = self.record.__tablename__
        for pk in ids:
            statement = query.scoped(self.record, person).where(self.record.id == pk)
            record = db.session.scalars(statement).unique().first()
            if record is None:
                refused.append((f"#{pk}", "", _("There is no such entry among yours.")))
                continue
            title, url = record.title, f"/{register}/show/{pk}"
            no = self._why_not_operate(operation, record, person)
            if no is None:
                try:
                    with saving():
                        operation.run(record, request.form.get("reason"))
                except Refused as refusal:
                    no = str(refusal)
            if no is None:
                done += 1
            else:
                refused.append((title, url, no))
        result = pages.BulkResult(
            str(operation.label), done, refused, back_url=f"/{register}/list/"
        )
        return render_template("registers/bulk_result.html", page=result)

    def _print_many(self, form: str, ids: Sequence[int]) -> Any:
        from app.registers.printing import order_batch

        if not scopes.may(g.person, "x", self.record.__tablename__):
            return refused_page(self, "x")
        for printout in getattr(self.record, "printed_as", ()):
            if printout.name == form:
                return order_batch(self, printout, ids)
        return abort(404)

    # -- what a person keeps -----------------------------------------------------------------------

    @expose("/views", methods=["POST"])
    @asks("r")
    def keep_view(self) -> Any:
        label = request.form.get("label", "").strip()[:60]
        register = self.record.__tablename__
        asked = listing.asked_from(request.form)
        address = listing.address(asked, view="", page="", at="").lstrip("?")
        role = request.form.get("role", "")
        own_roles = {str(i) for i in g.person.role_ids}
        if not label:
            flash(_("Give the view a name."), "danger")
            return redirect(f"/{register}/list/?{address}")
        row = SavedView(
            user_id=g.person.user_id,
            register=register,
            label=label,
            address=address,
            role_id=int(role) if role in own_roles else None,
        )
        with saving():
            db.session.add(row)
        flash(_("The view “%(label)s” is kept.", label=label), "success")
        return redirect(f"/{register}/list/?{address}&view=own-{row.id}")

    @expose("/views/<int:pk>/delete", methods=["POST"])
    @asks("r")
    def drop_view(self, pk: int) -> Any:
        row = db.session.get(SavedView, pk)
        if row is None or row.user_id != g.person.user_id:
            abort(404)
        with saving():
            db.session.delete(row)
        return redirect(f"/{self.record.__tablename__}/list/")

    @expose("/columns", methods=["POST"])
    @asks("r")
    def keep_columns(self) -> Any:
        register = self.record.__tablename__
        offered = listing.offered_columns(self, g.person)
        names = [n for n in dict.fromkeys(request.form.getlist("columns")) if n in offered]
        row = db.session.scalar(
            select(ChosenColumns).where(
                ChosenColumns.user_id == g.person.user_id, ChosenColumns.register == register
            )
        )
        with saving():
            if not names:
                if row is not None:
                    db.session.delete(row)
            elif row is not None:
                row.columns = ",".join(names)
            else:
                db.session.add(
                    ChosenColumns(
                        user_id=g.person.user_id, register=register, columns=",".join(names)
                    )
                )
        asked = listing.asked_from(request.form)
        return redirect(f"/{register}/list/{listing.address(asked)}")

    # -- files ---------------------------------------------------------------------------------------

    @expose("/files/<pk>", methods=["POST"])
    @asks("r")
    def upload(self, pk: str) -> Any:
        record = self._record_or_404(pk, g.person)
        no = self.why_not_edit(record, g.person)
        if no is not None:
            return turned_away(no, record.title)
        try:
            with saving():
                for file in request.files.getlist("files"):
                    if file.filename:
                        attachments.attach(record, file.stream, file.filename)
        except Refused as refused:
            flash(str(refused), "danger")
        return redirect(f"/{self.record.__tablename__}/show/{pk}#files")

    @expose("/download/<pk>/<int:file_id>")
    @asks("r")
    def download(self, pk: str, file_id: int) -> Any:
        """A file is read by whoever may read its record; by nobody else."""
        record = self._record_or_404(pk, g.person)
        file = db.session.get(attachments.Attachment, file_id)
        hidden = scopes.hidden_fields(g.person, record.register_name())
        if (
            file is None
            or (file.register, file.record_id) != (record.register_name(), record.id)
            or file.field in hidden
            or showing.visible_fields(record, g.person) is not None
        ):
            abort(404)
        if self.record.reads_logged:
            record_event(
                "read",
                register=record.register_name(),
                record_id=record.id,
                label=record.title,
                details={"file": file.name},
            )
        return send_stored(file, file.name)

    @expose("/files/<pk>/<int:file_id>/remove", methods=["POST"])
    @asks("r")
    def remove_file(self, pk: str, file_id: int) -> Any:
        record = self._record_or_404(pk, g.person)
        if self.why_not_edit(record, g.person) is not None:
            abort(403)
        file = db.session.get(attachments.Attachment, file_id)
        if file is None or (file.register, file.record_id) != (record.register_name(), record.id):
            abort(404)
        with saving():
            db.session.delete(file)
        return redirect(f"/{self.record.__tablename__}/show/{pk}#files")

    @expose("/unmask/<pk>/<string:name>", methods=["POST"])
    @asks("r")
    def unmask(self, pk: str, name: str) -> Any:
        """Show one masked value, against a reason that is entered into the audit book."""
        record = self._record_or_404(pk, g.person)
        register = record.register_name()
        spec = self.record.specs().get(name)
        visible = showing.visible_fields(record, g.person)
        if (
            spec is None
            or scopes.field_right(g.person, register, name) != "masked"
            or (visible is not None and name not in visible)
        ):
            abort(404)
        reason = request.form.get("reason", "").strip()
        if not reason:
            return jsonify(message=_("Say why you need to see it.")), 422
        with saving():
            record_event(
                "unmask",
                register=register,
                record_id=record.id,
                label=record.title,
                details={"field": name, "reason": reason[:500]},
            )
        return jsonify(value=text_of(spec, getattr(record, name)))


def _part() -> bool:
    """htmx asks for the body of the list alone."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")

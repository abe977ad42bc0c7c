"""The walk: what every register must do, for each that stands in the menu."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from app.audit import AuditEntry
from app.extensions import Base, db
from app.records import REGISTERED, writing
from app.records.fields import Kind
from app.records.record import Fact, LineRecord, Record
from app.registers.help import help_text
from app.views import MENU
from tests.factories import FACTORIES, make
from tests.house import walk
from tests.house.walk import REGISTERS, VIEWS, WRITTEN
from tests.people import hire

ROOT = Path(__file__).resolve().parents[2]
HANZI = re.compile(r"[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3,}")


@pytest.fixture
def somebody(people):
    """`somebody("sales_rep")`: an account with this role and nothing else."""
    made = {}

    def of_role(role):
        if role not in made:
            with writing("cli"):
                made[role] = hire(
                    f"w_{role}"[:60], "走访人", people.office, people.alice.employee.post, role
                )
        return made[role]

    return of_role


def stored(register, **values):
    with writing("cli"):
        record = make(register, **values)
        db.session.add(record)
        db.session.flush()
    return record


# -- declarations ------------------------------------------------------------------------------------


def test_every_record_class_stands_in_the_menu_or_inside_another_record():
    kept = {
        name
        for name, record_class in REGISTERED.items()
        if not issubclass(record_class, LineRecord)
        and (issubclass(record_class, Record | Fact) or record_class.catalogue_code)
    }

    assert kept == set(REGISTERS)


def test_every_table_is_named_in_the_list_of_tables():
    from app import models

    listed = {getattr(models, name).__tablename__ for name in models.__all__}
    ours = {
        mapper.class_.__tablename__
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("app.")
    }

    assert ours - listed == set(), "add them to app/models.py"


@pytest.mark.parametrize("register", REGISTERS)
def test_it_has_a_factory_for_tests(register):
    assert register in FACTORIES, f"add @makes({register!r}) to tests/factories"


@pytest.mark.parametrize("register", REGISTERS)
def test_it_is_called_in_chinese_and_in_english(app, register):
    view = VIEWS[register]

    with app.test_request_context():
        with force_locale("zh"):
            chinese = [str(view.title), *(str(s.label) for s in view.record.specs().values())]
            chinese += [str(section.title) for section in view.layout]
        with force_locale("en"):
            english = [str(view.title), *(str(s.label) for s in view.record.specs().values())]

    assert [word for word in chinese if not HANZI.search(word)] == []
    assert [word for word in english if HANZI.search(word)] == []


@pytest.mark.parametrize("register", REGISTERS)
def test_its_choices_are_words_and_not_codes(app, register):
    with app.test_request_context(), force_locale("zh"):
        wrong = [
            (spec.name, value)
            for spec in VIEWS[register].record.specs().values()
            if isinstance(spec.choices, type)
            for value, label in spec.options()
            if not HANZI.search(str(label)) and LATIN.search(str(label)) and str(label) != "UPS"
        ]

    assert wrong == []


@pytest.mark.parametrize("register", REGISTERS)
def test_it_says_what_the_user_should_know(app, register):
    with app.test_request_context(), force_locale("zh"):
        text = help_text(VIEWS[register].record)

    assert HANZI.search(text), f"write help/{register}.zh.md beside its models"


@pytest.mark.parametrize("register", REGISTERS)
def test_its_articles_can_be_opened(app, register):
    from app.domains.archives import library

    with app.test_request_context():
        unknown = [
            source for source in VIEWS[register].record.sources if library.find(source) is None
        ]

    assert unknown == []


# -- pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("register", REGISTERS)
def test_who_may_read_it_lists_shows_and_searches_it(people, as_, somebody, register):
    record = stored(register)
    role = walk.role_with(register, "r")
    browser = as_(somebody(role))

    listed = browser.get(f"/{register}/list/?size=200")
    shown = browser.get(f"/{register}/show/{record.id}")
    helped = browser.get(f"/{register}/help")

    assert (listed.status_code, shown.status_code, helped.status_code) == (200, 200, 200)
    assert f"/{register}/show/{record.id}" in listed.text
    for page in (listed.text, shown.text, helped.text):
        words = re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.S)
        assert not re.search(r"\bNone\b", words)


@pytest.mark.parametrize("register", REGISTERS)
def test_a_list_of_25_rows_asks_the_database_eight_times_at_most(people, as_, somebody, register):
    for _n in range(8):
        stored(register)
    browser = as_(somebody(walk.role_with(register, "r")))
    browser.get(f"/{register}/list/")

    with walk.statements() as few:
        browser.get(f"/{register}/list/")
    for _n in range(12):
        stored(register)
    browser.get(f"/{register}/list/")  # what is kept in memory is read anew after a write
    with walk.statements() as many:
        browser.get(f"/{register}/list/")

    asked = [s for s in many if not s.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT"))]
    assert len(many) == len(few), "a list must not ask once for each row"
    assert len(asked) <= 8, "\n".join(asked)


@pytest.mark.parametrize("register", WRITTEN)
def test_what_is_typed_is_stored_and_the_book_says_who_typed_it(people, as_, somebody, register):
    with writing("cli"):
        model = make(register)
        db.session.add_all(walk.referred(model))
        db.session.flush()
        values = walk.typed(model, VIEWS[register].layout)
    role = next(
        role
        for scope in ("all", "own_deputised", "department", "own")
        if (role := walk.role_with(register, "ra", scope))
    )
    with writing("cli"):  # whoever writes it sees what it refers to
        writer = hire("writer", "走访人", people.office, people.alice.employee.post, role,
                      *(r for r in ("customer_info_officer", "human_resources", "it_head", "marketing_manager") if r != role))  # fmt: skip

    answer = as_(writer).post(f"/{register}/add", data=values)

    assert answer.status_code == 302, errors_of(answer.text)
    entry = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.register == register, AuditEntry.action == "add")
        .order_by(AuditEntry.id.desc())
    ).first()
    assert (entry.actor_id, entry.channel) == (writer.id, "ui")
    record = db.session.get(REGISTERED[register], entry.record_id)
    assert bool(getattr(record, "number", None)) == bool(
        record.numbered and not getattr(record, "is_draft", False)
    )


def errors_of(page):
    return re.findall(r'class="tz-e"[^>]*>.*?<span>([^<]+)</span>', page, re.S) or page[:2000]


@pytest.mark.parametrize("register", REGISTERS)
def test_who_has_no_right_gets_no_page_no_rest_no_sheet_and_no_paper(
    people, as_, client, token, somebody, register
):
    if walk.is_for_everybody(register):
        return
    record = stored(register)
    stranger = somebody(walk.role_without(register))
    browser, header = as_(stranger), token(stranger)
    prints = [
        *(
            f"/print/{register}/{record.id}/{p.name}.pdf"
            for p in getattr(record, "printed_as", ())
        ),
        *(f"/print/{register}/{p.name}.pdf" for p in getattr(record, "lists_printed_as", ())),
    ]

    gets = [
        f"/{register}/list/", f"/{register}/show/{record.id}", f"/{register}/add",
        f"/{register}/edit/{record.id}", f"/{register}/help", f"/export/{register}.xlsx",
        f"/export/{register}.csv", f"/import/{register}", *prints,
    ]  # fmt: skip
    posts = [f"/{register}/add", f"/{register}/delete/{record.id}", f"/{register}/void/{record.id}",
             f"/{register}/action_post", f"/import/{register}"]  # fmt: skip

    assert {page: browser.get(page).status_code for page in gets} == dict.fromkeys(gets, 403)
    assert {
        page: browser.post(page, data={"action": "void", "ids": record.id}).status_code
        for page in posts
    } == dict.fromkeys(posts, 403)
    assert browser.get(f"/options/{register}").status_code == 404
    api = f"/api/v1/{register}/"
    codes = {
        client.get(api, headers=header).status_code,
        client.get(f"{api}{record.id}", headers=header).status_code,
        client.post(api, json={}, headers=header).status_code,
        client.put(f"{api}{record.id}", json={"version": 1}, headers=header).status_code,
        client.delete(f"{api}{record.id}", headers=header).status_code,
        client.post(f"{api}{record.id}/void", json={"reason": "x"}, headers=header).status_code,
    }
    assert codes == {403}


@pytest.mark.parametrize("register", REGISTERS)
def test_who_sees_only_his_own_rows_sees_no_other_on_any_path(
    people, as_, client, token, somebody, register
):
    own = walk.holders(register, "r", "own_deputised") + walk.holders(register, "r", "own")
    record_class = VIEWS[register].record
    if (
        not own
        or record_class.common
        or any(
            r.register == register and r.role == "employee" and r.scope == "all"
            for r in walk.rights()
        )
    ):
        return
    record = stored(register)
    narrow = somebody(own[0].role)
    browser, header = as_(narrow), token(narrow)

    assert browser.get(f"/{register}/show/{record.id}").status_code == 404
    assert f"/{register}/show/{record.id}" not in browser.get(f"/{register}/list/").text
    assert browser.get(f"/{register}/count").text == "0"
    assert client.get(f"/api/v1/{register}/", headers=header).json["count"] == 0
    assert client.get(f"/api/v1/{register}/{record.id}", headers=header).status_code == 404
    assert browser.get(f"/options/{register}").json["results"] == []
    assert record.title not in browser.get("/search?q=" + record.title[:20]).text.replace(
        'value="', ""
    ).replace(record.title[:20] + '"', "")


@pytest.mark.parametrize("register", REGISTERS)
def test_rest_gives_what_the_layout_names_and_takes_nothing_it_does_not(
    people, client, token, somebody, register
):
    record = stored(register)
    role = walk.role_with(register, "r")
    hidden = walk.hidden_from(role, register)

    row = client.get(f"/api/v1/{register}/{record.id}", headers=token(somebody(role))).json[
        "result"
    ]

    specs = record.specs()
    layout = {
        n
        for section in VIEWS[register].layout
        for n in section.fields
        if specs[n].kind is not Kind.FILE
    }
    assert layout - hidden <= set(row)
    assert not hidden & set(row)
    assert set(row) - layout <= {
        "id", "version", "number", "state", "owner_dept_id", "owner_dept", "remark", "created_at", "changed_at",
        *(spec.relation for spec in specs.values() if spec.relation),
    }  # fmt: skip


@pytest.mark.parametrize("register", REGISTERS)
def test_who_may_export_gets_a_sheet_and_the_book_an_entry(people, as_, somebody, register):
    role = walk.role_with(register, "rx")
    if role is None:
        return
    stored(register)

    with as_(somebody(role)).get(f"/export/{register}.csv") as answer:
        sheet = answer.data.decode("utf-8-sig")

    assert answer.status_code == 200
    assert len(sheet.splitlines()) >= 2
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert entry.register == register


@pytest.mark.parametrize("register", WRITTEN)
def test_who_may_import_gets_a_template_with_the_headers_of_the_form(
    people, as_, somebody, register
):
    role = (
        walk.role_with(register, "l")
        or walk.role_with(register, "l", "own_deputised")
        or walk.role_with(register, "l", "department")
    )
    if role is None:
        return

    with as_(somebody(role)).get(f"/import/{register}/template.xlsx") as answer:
        assert answer.status_code == 200
        assert answer.data[:2] == b"PK"


PRINTS = [
    (name, printout)
    for name in REGISTERS
    for printout in (
        *getattr(VIEWS[name].record, "printed_as", ()),
        *getattr(VIEWS[name].record, "lists_printed_as", ()),
    )
]


@pytest.mark.parametrize(
    ("register", "printout"), PRINTS, ids=[f"{n}-{p.name}" for n, p in PRINTS]
)
def test_its_paper_forms_come_out_of_the_press(people, as_, somebody, register, printout):
    record = stored(register)
    role = walk.role_with(register, "rx")
    one = printout in getattr(record, "printed_as", ())
    place = f"{record.id}/" if one else ""

    with as_(somebody(role)).get(f"/print/{register}/{place}{printout.name}.pdf") as answer:
        paper = answer.data

    assert answer.status_code == 200
    assert paper.startswith(b"%PDF")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "print")).first()
    assert entry.register == register


def test_the_menu_names_no_register_twice():
    names = [view.record.__tablename__ for chapter in MENU for view in chapter.registers]

    assert len(names) == len(set(names))


def test_counting_is_for_whoever_asks(people, as_, somebody):
    stored("product")
    total = db.session.scalar(select(func.count()).select_from(REGISTERED["product"]))

    browser = as_(somebody(walk.role_with("product", "r")))

    assert browser.get("/product/count").text == f"{total:,}"

"""The description of the REST interface, written by `sync` from the same declarations that serve it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import force_locale

from app.records.fields import FieldSpec, Kind
from app.registers.api import fields_of
from app.security.scopes import THE_MACHINE

_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.WHOLE: {"type": "integer"},
    Kind.BOOL: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.TIME: {"type": "string", "format": "time"},
    Kind.REFERENCE: {"type": "integer", "format": "int64"},
    Kind.CHOICES: {"type": "array", "items": {"type": "string"}},
    Kind.LINES: {"type": "array", "items": {"type": "object"}},
}
_EXACT = {Kind.MONEY, Kind.QUANTITY, Kind.PERCENT}


def path_of() -> Path:
    return Path(current_app.config["DATA_DIR"], "openapi.json")


def write() -> Path:
    """Write it where the web workers read it."""
    path = path_of()
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(describe(), ensure_ascii=False, separators=(",", ":")), "utf-8")
    fresh.replace(path)
    return path


def describe() -> dict[str, Any]:
    paths: dict[str, Any] = _doors()
    schemas: dict[str, Any] = {
        "Refusal": {
            "type": "object",
            "description": 'Every reason, by field; "" holds what belongs to no field.',
            "properties": {
                "message": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                }
            },
        },
        "Message": {"type": "object", "properties": {"message": {"type": "string"}}},
    }
    with force_locale("en"):
        for name, view in current_app.extensions["registers"].items():
            specs = fields_of(view, THE_MACHINE)
            schemas[name] = _schema(view, specs, reading=True)
            schemas[f"{name}_write"] = _schema(view, specs, reading=False)
            paths |= _paths(name, view)
    return {
        "openapi": "3.0.3",
        "info": {"title": "Taizhang", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
        "security": [{"token": []}],
    }


def _property(spec: FieldSpec) -> dict[str, Any]:
    if spec.kind in _EXACT:
        found: dict[str, Any] = {"type": "string", "format": "decimal"}
    else:
        found = dict(_TYPES.get(spec.kind, {"type": "string"}))
    if spec.kind is Kind.CHOICE and isinstance(spec.choices, type):
        found["enum"] = [value for value, _label in spec.options()]
    if spec.length and found.get("type") == "string" and spec.kind.is_text:
        found["maxLength"] = spec.length
    if spec.references:
        found["description"] = f"{spec.label}; id in {spec.references}"
    else:
        found["description"] = str(spec.label)
    if not spec.required:
        found["nullable"] = True
    return found


def _schema(view: Any, specs: dict[str, FieldSpec], *, reading: bool) -> dict[str, Any]:
    kept = {n: s for n, s in specs.items() if s.kind is not Kind.FILE and (reading or s.writable)}
    schema: dict[str, Any] = {
        "type": "object",
        "description": str(view.title),
        "properties": {name: _property(spec) for name, spec in kept.items()},
    }
    if reading:
        schema["properties"] |= {"id": {"type": "integer"}, "version": {"type": "integer"}}
    else:
        schema["properties"]["version"] = {
            "type": "integer",
            "description": "Of the record as it was read; demanded by PUT.",
        }
        required = [n for n, s in kept.items() if s.required and s.default is None]
        if required:
            schema["required"] = required
    return schema


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _no(*codes: int) -> dict[str, Any]:
    words = {
        400: "Not a JSON object, or no rison.",
        401: "No token, or one whose session has ended.",
        403: "The roles give no right.",
        404: "Not there, or out of scope.",
        409: "The record changed since that version.",
        422: "Refused, with every reason at its field.",
    }
    refusals = {409, 422}
    return {
        str(code): _answer(
            words[code],
            {"$ref": f"#/components/schemas/{'Refusal' if code in refusals else 'Message'}"},
        )
        for code in codes
    }


def _paths(name: str, view: Any) -> dict[str, Any]:
    row = {"$ref": f"#/components/schemas/{name}"}
    body = {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{name}_write"}}
        },
    }
    one = {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "result": row},
    }
    pk = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    many = {
        "type": "object",
        "properties": {
            "count": {"type": "integer"},
            "count_is_exact": {"type": "boolean"},
            "ids": {"type": "array", "items": {"type": "integer"}},
            "result": {"type": "array", "items": row},
            "next": {"type": "string", "nullable": True},
        },
    }
    asked = {
        "name": "q",
        "in": "query",
        "description": "rison: filters [{col, opr, value}], columns, order_column, "
        "order_direction, page, page_size, search, at",
        "schema": {"type": "string"},
    }
    tag = {"tags": [name]}
    paths: dict[str, Any] = {
        f"/api/v1/{name}/": {
            "get": tag
            | {
                "parameters": [asked],
                "responses": {"200": _answer("Rows.", many)} | _no(400, 401, 403, 422),
            },
        },
        f"/api/v1/{name}/{{id}}": {
            "parameters": [pk],
            "get": tag | {"responses": {"200": _answer("The record.", one)} | _no(401, 403, 404)},
        },
    }
    if view.kind in ("register", "lookup", "append-only"):
        paths[f"/api/v1/{name}/"]["post"] = tag | {
            "requestBody": body,
            "responses": {"201": _answer("Entered.", one)} | _no(400, 401, 403, 422),
        }
    if view.kind in ("register", "lookup"):
        paths[f"/api/v1/{name}/{{id}}"]["put"] = tag | {
            "requestBody": body,
            "responses": {"200": _answer("Changed.", one)} | _no(400, 401, 403, 404, 409, 422),
        }
        paths[f"/api/v1/{name}/{{id}}"]["delete"] = tag | {
            "responses": {"200": _answer("Deleted.", {"$ref": "#/components/schemas/Message"})}
            | _no(401, 403, 404, 422),
        }
    for operation in (*(o.name for o in view.operations), "void"):
        paths[f"/api/v1/{name}/{{id}}/{operation}"] = {
            "parameters": [pk],
            "post": tag | {"responses": {"200": _answer("Done.", one)} | _no(401, 403, 404, 422)},
        }
    return paths


def _doors() -> dict[str, Any]:
    text = {"type": "string"}
    tokens = {"type": "object", "properties": {"access_token": text, "refresh_token": text}}
    sign_in = {
        "type": "object",
        "required": ["username", "password"],
        "properties": {"username": text, "password": text, "refresh": {"type": "boolean"}},
    }
    return {
        "/api/v1/security/login": {
            "post": {
                "tags": ["security"],
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": sign_in}},
                },
                "responses": {"200": _answer("Tokens.", tokens)} | _no(400, 401, 403),
            }
        },
        "/api/v1/security/refresh": {
            "post": {
                "tags": ["security"],
                "responses": {"200": _answer("A token.", tokens)} | _no(401),
            }
        },
        "/api/v1/security/logout": {
            "post": {
                "tags": ["security"],
                "responses": {"200": _answer("Out.", {"$ref": "#/components/schemas/Message"})}
                | _no(401),
            }
        },
    }

"""The proof that nobody rewrote the book: blocks of entries, chained by hash and signed.

Sealing runs apart from the writers, so that nobody queues on the chain. Who can check a signature
cannot forge one: the private key stays outside the database, the public key may go to an outsider.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, insert, select, text

from app.audit.models import AuditBlock, AuditEntry, AuditSeal
from app.extensions import db
from app.records import clock

_BLOCK = 5_000
_ENTRY = AuditEntry.__table__
_GENESIS = "0" * 64


@dataclass(frozen=True)
class Fault:
    """The first thing in the book that is not as it was sealed."""

    kind: str
    entry_id: int | None
    block_id: int | None
    text: str


@dataclass(frozen=True)
class Verdict:
    blocks: int
    entries: int
    unsealed: int
    faults: tuple[Fault, ...]
    head: str

    @property
    def is_sound(self) -> bool:
        return not self.faults

    def as_dict(self) -> dict[str, Any]:
        return {
            "sound": self.is_sound,
            "blocks": self.blocks,
            "entries": self.entries,
            "unsealed": self.unsealed,
            "head": self.head,
            "faults": [
                {"kind": f.kind, "entry": f.entry_id, "block": f.block_id, "text": f.text}
                for f in self.faults
            ],
        }


def signing_key() -> Ed25519PrivateKey:
    """The key of AUDIT_KEY: 32 bytes in hex."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(current_app.config["AUDIT_KEY"]))


def public_key() -> str:
    """What an outsider needs to check the chain, in hex."""
    raw = (
        signing_key()
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    return raw.hex()


def entry_digest(row: Any) -> str:
    """The hash of one entry over every column, in a fixed order."""
    values = []
    for column in _ENTRY.columns:
        value = row._mapping[column.name]
        if column.name == "at":
            value = value.isoformat()
        values.append([column.name, value])
    return hashlib.sha256(
        json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    ).hexdigest()


def _block_digest(previous: str, digests: list[str], sealed_at: str) -> str:
    return hashlib.sha256("\n".join([previous, sealed_at, *digests]).encode()).hexdigest()


def seal(limit: int = _BLOCK) -> int:
    """Seal what is not sealed yet, oldest first; says how many entries. Runs inside `writing()`."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        # One sealer at a time: two would chain two blocks onto the same one.
        connection.execute(text("SELECT pg_advisory_xact_lock(7210041)"))
    sealed = 0
    while True:
        rows = connection.execute(
            select(_ENTRY)
            .outerjoin(AuditSeal.__table__, AuditSeal.__table__.c.id == _ENTRY.c.id)
            .where(AuditSeal.__table__.c.id.is_(None))
            .order_by(_ENTRY.c.id)
            .limit(limit)
        ).all()
        if not rows:
            return sealed
        last = connection.execute(
            select(AuditBlock.id, AuditBlock.digest).order_by(AuditBlock.id.desc()).limit(1)
        ).first()
        number, previous = (last.id + 1, last.digest) if last else (1, _GENESIS)
        digests = [entry_digest(row) for row in rows]
        # Whole seconds: what is hashed must read the same from both databases.
        sealed_at = clock.now().replace(microsecond=0)
        digest = _block_digest(previous, digests, sealed_at.isoformat())
        connection.execute(
            insert(AuditBlock.__table__),
            [
                {
                    "id": number,
                    "sealed_at": sealed_at,
                    "entries": len(rows),
                    "previous": previous,
                    "digest": digest,
                    "signature": signing_key().sign(digest.encode()).hex(),
                    "key": hashlib.sha256(bytes.fromhex(public_key())).hexdigest(),
                }
            ],
        )
        connection.execute(
            insert(AuditSeal.__table__),
            [
                {"id": row.id, "block_id": number, "place": place, "digest": one}
                for place, (row, one) in enumerate(zip(rows, digests, strict=True), 1)
            ],
        )
        sealed += len(rows)


def _faults_of_block(block: Any, previous: str, check: Ed25519PublicKey) -> Iterator[Fault]:
    connection = db.session.connection()
    rows = connection.execute(
        select(AuditSeal.id, AuditSeal.digest, AuditSeal.place)
        .where(AuditSeal.block_id == block.id)
        .order_by(AuditSeal.place)
    ).all()
    ids = [row.id for row in rows]
    entries = {
        row.id: row
        for row in connection.execute(
            select(_ENTRY)
            .join(AuditSeal.__table__, AuditSeal.__table__.c.id == _ENTRY.c.id)
            .where(AuditSeal.__table__.c.block_id == block.id)
        )
    }
    digests = []
    for row in rows:
        entry = entries.get(row.id)
        if entry is None:
            yield Fault("missing", row.id, block.id, _("Entry %(id)d is missing.", id=row.id))
            digests.append(row.digest)
            continue
        digest = entry_digest(entry)
        if digest != row.digest:
            yield Fault("altered", row.id, block.id, _("Entry %(id)d was altered.", id=row.id))
        digests.append(digest)
    if len(ids) != block.entries:
        yield Fault(
            "missing",
            None,
            block.id,
            _(
                "Block %(id)d was sealed with %(was)d entries and has %(has)d.",
                id=block.id,
                was=block.entries,
                has=len(ids),
            ),
        )
    if block.previous != previous:
        yield Fault(
            "order",
            None,
            block.id,
            _("Block %(id)d does not follow the one before it.", id=block.id),
        )
    if (
        _block_digest(block.previous, [r.digest for r in rows], block.sealed_at.isoformat())
        != block.digest
    ):
        first = rows[0].id if rows else None
        yield Fault(
            "order",
            first,
            block.id,
            _(
                "The entries of block %(id)d are not those that were sealed, or not in their order.",
                id=block.id,
            ),
        )
    try:
        check.verify(bytes.fromhex(block.signature), block.digest.encode())
    except (InvalidSignature, ValueError):
        yield Fault(
            "signature",
            None,
            block.id,
            _("The signature of block %(id)d is not ours.", id=block.id),
        )


def verify(anchor: dict[str, Any] | None = None) -> Verdict:
    """Check the whole chain; names the first altered, missing or reordered entry first.

    :param anchor: a printed or mailed anchor: the chain must still contain that head
    """
    check = signing_key().public_key()
    connection = db.session.connection()
    faults: list[Fault] = []
    previous, blocks, entries, seen_anchor = _GENESIS, 0, 0, anchor is None
    for block in connection.execute(select(AuditBlock.__table__).order_by(AuditBlock.id)).all():
        if block.id != blocks + 1:
            faults.append(
                Fault("missing", None, blocks + 1, _("Block %(id)d is missing.", id=blocks + 1))
            )
        faults += _faults_of_block(block, previous, check)
        previous, blocks, entries = block.digest, block.id, entries + block.entries
        if anchor and anchor["block"] == block.id and anchor["digest"] == block.digest:
            seen_anchor = True
    if not seen_anchor:
        faults.append(
            Fault(
                "anchor",
                None,
                None,
                _("The anchor is not part of this chain: the book was rewritten after it."),
            )
        )
    unsealed = connection.execute(
        select(func.count())
        .select_from(_ENTRY)
        .outerjoin(AuditSeal.__table__, AuditSeal.__table__.c.id == _ENTRY.c.id)
        .where(AuditSeal.__table__.c.id.is_(None))
    ).scalar_one()
    return Verdict(blocks, entries, unsealed, tuple(faults), previous)


def anchor() -> dict[str, Any]:
    """The head of the chain, to be printed, mailed or written to a file outside the house."""
    last = db.session.execute(
        select(AuditBlock.__table__).order_by(AuditBlock.id.desc()).limit(1)
    ).first()
    head = {
        "block": last.id if last else 0,
        "digest": last.digest if last else _GENESIS,
        "entries": int(
            db.session.scalar(select(func.coalesce(func.sum(AuditBlock.entries), 0))) or 0
        ),
        "at": clock.now().replace(microsecond=0).isoformat(),
        "public_key": public_key(),
    }
    signature = signing_key().sign(json.dumps(head, sort_keys=True).encode()).hex()
    return head | {"signature": signature}

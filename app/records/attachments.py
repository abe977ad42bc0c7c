"""Files that belong to a record: original name, hash, size; read by whoever may read the record."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import IO, Any, ClassVar

import fsspec
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import BigInteger, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.records import clock
from app.records.context import acting
from app.records.fields import Instant
from app.records.record import Kept
from app.records.refusals import Refusal, Refused

#: what an office keeps; everything else is refused by name
ALLOWED = frozenset(
    [
        "pdf",
        "doc",
        "docx",
        "xls",
        "xlsx",
        "ppt",
        "pptx",
        "wps",
        "et",
        "dps",
        "ofd",
        "txt",
        "csv",
        "md",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "webp",
        "bmp",
        "tif",
        "tiff",
        "heic",
        "zip",
        "rar",
        "7z",
        "eml",
        "msg",
        "xml",
        "json",
        "log",
    ]
)
#: first bytes of types whose content must fit the name
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "docx": (b"PK\x03\x04",),
    "xlsx": (b"PK\x03\x04",),
    "pptx": (b"PK\x03\x04",),
    "ofd": (b"PK\x03\x04",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "ppt": (b"\xd0\xcf\x11\xe0",),
    "rar": (b"Rar!",),
    "7z": (b"7z\xbc\xaf",),
}
_CHUNK = 1 << 20


class Attachment(Kept):
    """One file of one record."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_record", "register", "record_id"),)
    deletable: ClassVar[str] = "unused"
    titled_by: ClassVar[str] = "name"

    register: Mapped[str] = mapped_column(String(60), nullable=False)
    record_id: Mapped[int] = mapped_column(BigInteger, nullable=False)
    #: the field it fills; "" is the record's general file list
    field: Mapped[str] = mapped_column(String(60), nullable=False, default="")
    name: Mapped[str] = mapped_column(String(255), nullable=False)
    size: Mapped[int] = mapped_column(BigInteger, nullable=False)
    sha256: Mapped[str] = mapped_column(String(64), nullable=False, index=True)
    added_at: Mapped[datetime] = mapped_column(Instant(), nullable=False)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))


def _store() -> Any:
    root = current_app.config["ATTACHMENTS_URL"]
    filesystem, path = fsspec.core.url_to_fs(root)
    return filesystem, path


def _path(root: str, digest: str) -> str:
    return f"{root}/{digest[:2]}/{digest[2:4]}/{digest}"


def safe_name(name: str) -> str:
    """The name the user gave, Chinese and all, without paths and control characters."""
    name = unicodedata.normalize("NFC", os.path.basename(name.replace("\\", "/")))
    name = re.sub(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", name).strip(" .")
    if len(name) > 200:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot else name[:200]
    return name


def attach(
    record: Kept,
    stream: IO[bytes],
    name: str,
    field: str = "",
    *,
    allowed: Collection[str] = ALLOWED,
    limit: int = 0,
) -> Attachment:
    """Store a file and hang it onto a record that already has its id.

    :param allowed: endings, where a place takes others than the office keeps
    :param limit: bytes, where a place takes larger files than records do
    :raises Refused: for an empty, too large or unwelcome file
    """
    name = safe_name(name)
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if not name or ending not in allowed:
        raise Refused(
            Refusal(
                _("“%(name)s”: files of this type are not accepted.", name=name or "?"),
                field or None,
            )
        )
    limit = limit or current_app.config["ATTACHMENT_MAX_BYTES"]
    digest, size, head = hashlib.sha256(), 0, b""
    blocks = []
    while block := stream.read(_CHUNK):
        size += len(block)
        if size > limit:
            raise Refused(
                Refusal(
                    _("“%(name)s” is larger than %(limit)d MB.", name=name, limit=limit >> 20),
                    field or None,
                )
            )
        head = head or block[:16]
        digest.update(block)
        blocks.append(block)
    if not size:
        raise Refused(Refusal(_("“%(name)s” is empty.", name=name), field or None))
    if (magic := _MAGIC.get(ending)) and not head.startswith(magic):
        raise Refused(
            Refusal(_("“%(name)s” is not what its name says it is.", name=name), field or None)
        )
    filesystem, root = _store()
    path = _path(root, digest.hexdigest())
    # Content-addressed and written before the row: a crash leaves a file nobody refers to, never a
    # row without its file.
    if not filesystem.exists(path):
        filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
        part = f"{path}.{os.getpid()}.part"
        with filesystem.open(part, "wb") as target:
            target.writelines(blocks)
        filesystem.mv(part, path)
    attachment = Attachment(
        register=record.register_name(),
        record_id=record.id,
        field=field,
        name=name,
        size=size,
        sha256=digest.hexdigest(),
        added_at=clock.now(),
        added_by_id=acting().actor.id,
    )
    db.session.add(attachment)
    return attachment


def open_file(attachment: Attachment) -> IO[bytes]:
    filesystem, root = _store()
    return filesystem.open(_path(root, attachment.sha256), "rb")


def attachments_of(record: Kept) -> list[Attachment]:
    if record.id is None:
        return []
    return list(
        db.session.scalars(
            select(Attachment)
            .where(
                Attachment.register == record.register_name(), Attachment.record_id == record.id
            )
            .order_by(Attachment.id)
        )
    )

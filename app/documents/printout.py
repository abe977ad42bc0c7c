"""How a register says which paper form it is printed as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True)
class Beside:
    """Rows of another register that belong on the form; they join when that register exists.

    :param via: the column by which they refer to the record that is printed
    :param order: "name" or "-happened_on"
    """

    register: str
    via: str
    order: str = ""


@dataclass(frozen=True)
class Printout:
    """A paper form of the regulations.

    >>> Printout("customer_file.html", "Customer file", article="D12").name
    'customer_file'

    The template extends "documents/form.html" (of one record) or "documents/list.html" (of a list)
    and gets:

    - `head`: everything around the form (app/documents/head.py)
    - `record`: the record as the reader may see it; `{{ paper.fields(record, "name", "phone") }}`,
      `{{ record.amount|money }}`, `{{ record.customer.name }}`, `{% for line in record.lines %}`
    - `beside`: {register: rows}, as declared here
    - `records`, `total`, `conditions`: of a list, in place of `record`
    - `signatures`: blocks filled from the approvals, else empty ones with the titles declared here
    - `notes`: the sentences declared here
    - what `context` gives besides, from the record itself (or the list of records)

    :param template: in the folder `printouts` of the domain
    :param form: its code in the catalogue
    :param article: the article that asks for it
    :param copies: the labels of the copies where the document wants more than one
    :param signatures: titles of blocks that are signed in ink where no approval fills them
    """

    template: str
    title: Any
    form: str = ""
    article: Any = ""
    copies: tuple[Any, ...] = ()
    landscape: bool = False
    #: what stands below the title: "in two copies"
    subtitle: Any = ""
    beside: tuple[Beside, ...] = ()
    signatures: tuple[Any, ...] = ()
    #: the title of the block of who submitted it, where the form wants his signature beside the others
    submitted_as: Any = ""
    notes: tuple[Any, ...] = ()
    #: further lines of the head: a function of the record giving (label, value)
    facts: Callable[[Any], tuple[tuple[Any, Any], ...]] | None = None
    context: Callable[[Any], Mapping[str, Any]] | None = None

    @property
    def name(self) -> str:
        """Its word in addresses and on the command line."""
        return PurePosixPath(self.template).stem

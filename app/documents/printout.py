"""How a register says which paper form it is printed as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any


@dataclass(frozen=True)
class Printout:
    """A paper form of the regulations.

    >>> Printout("customer_file.html", "Customer file", form="E02", article="D12").name
    'customer_file'

    :param template: in the folder `printouts` of the domain
    :param form: its code in the catalogue
    :param article: the article that asks for it
    :param copies: the labels of the copies where the document wants more than one
    """

    template: str
    title: Any
    form: str = ""
    article: Any = ""
    copies: tuple[Any, ...] = ()
    landscape: bool = False
    #: what stands below the title: "in two copies"
    subtitle: Any = ""

    @property
    def name(self) -> str:
        """Its word in addresses and on the command line."""
        return PurePosixPath(self.template).stem

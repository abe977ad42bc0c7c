"""Paper: HTML in, PDF out; amounts in capitals, codes to scan, charts to print."""

from app.documents.batch import Sheet, render_many
from app.documents.capitals import capitals, rmb
from app.documents.checkcode import Fingerprint, Verdict, check_code, content_hash, verdict, verify
from app.documents.codes import code128_svg, qr_svg
from app.documents.head import Head, Signature
from app.documents.issue import signed_by
from app.documents.paper import FontsMissing, check_fonts, html_of, render, to_pdf
from app.documents.printout import Beside, Printout
from app.documents.readers import ForReader, for_reader

__all__ = [
    "Beside",
    "Fingerprint",
    "FontsMissing",
    "ForReader",
    "Head",
    "Printout",
    "Sheet",
    "Signature",
    "Verdict",
    "capitals",
    "check_code",
    "check_fonts",
    "code128_svg",
    "content_hash",
    "for_reader",
    "html_of",
    "qr_svg",
    "render",
    "render_many",
    "rmb",
    "signed_by",
    "to_pdf",
    "verdict",
    "verify",
]

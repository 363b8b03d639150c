"""Lists as files for a spreadsheet: streamed, UTF-8, and without a cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

#: What a spreadsheet takes for the beginning of a formula; the wide forms too, which some turn into the narrow ones.
FORMULA = frozenset("=+-@＝＋－＠")
CONTROLS = ("\t", "\r", "\n")
#: Tells a spreadsheet that the file is UTF-8; without it names with accents come out wrong.
MARK = "\ufeff"


class _Line:
    """Hand the line that the writer made straight back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def csv_file(rows: Iterable[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    """Return rows as a download that is written while it is read; `name` has its ending and holds nobody's name."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Give the lines of a file, the mark of UTF-8 before the first."""
    writer = csv.writer(_Line())
    yield MARK.encode()
    for row in rows:
        yield str(writer.writerow([cell(value) for value in row])).encode()


def cell(value: object) -> str:
    """Return a value as text; what would run as a formula gets an apostrophe in front, so that it is read as text."""
    text = "" if value is None else str(value)
    first = next((sign for sign in text if sign.isprintable() and not sign.isspace()), "")
    return f"'{text}" if first in FORMULA or text.startswith(CONTROLS) else text

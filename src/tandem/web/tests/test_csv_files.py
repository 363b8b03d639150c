"""A file for a spreadsheet holds text and nothing that runs."""

import csv
import io

import pytest

from tandem.web.csv_files import cell, csv_lines


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+61 491 570 158",
        "-5.00",
        "@SUM(A1)",
        " =1+1",
        "\t=1",
        "\rx",
        "\nx",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff@x",
        "＝1",
    ],
)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Head baker", "1-2 Quay Street", "2026-11-23T12:05:00+11:00", "a=b", "(03) 5550 1234", "🥖"]
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_nothing_is_an_empty_cell() -> None:
    assert cell(None) == ""


def test_commas_quotes_lines_and_accents_come_back_as_they_were() -> None:
    row = ("Zoë, Nguyễn", 'called "Zo"', "9 Quay Street\nGeelong", "🥖")
    written = b"".join(csv_lines([row]))
    assert written.startswith(b"\xef\xbb\xbf")
    assert tuple(next(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))) == row

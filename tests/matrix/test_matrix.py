"""A few cells of the matrix, chosen by counting, as the written report has them; the whole by `python -m tests.matrix.report`."""

import json
import os
from pathlib import Path

import pytest
from tests.matrix.every import Cell, cells, id_of, to_play
from tests.matrix.judging import row_of
from tests.matrix.page import PAGE, without_times, written_rows
from tests.matrix.report import ROWS
from tests.matrix.watching import play

from tandem.testing.cast import Cast

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
FOLDER = os.environ.get(ROWS)


@pytest.mark.parametrize("cell", to_play(FOLDER), ids=id_of)
def test_what_is_said_is_true_and_as_the_report_has_it(cast: Cast, cell: Cell) -> None:
    row = row_of(play(cast, *cell))
    if FOLDER:
        Path(FOLDER, f"{id_of(cell)}.json").write_text(json.dumps(row.as_dict()), encoding="utf-8")
        return
    assert row.complaints == ()
    assert without_times(row) in written_rows(PAGE.read_text(encoding="utf-8"))


def test_the_report_has_every_cell_and_nothing_to_complain_about() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(written_rows(text)) == len(list(cells()))
    assert "Nothing to complain about" in text

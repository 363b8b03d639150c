"""Every cell of the matrix, and the few that every run of the tests plays."""

from collections.abc import Iterator
from pathlib import Path

from tests.matrix.faults import FAULTS, HERE, LIMITS, LISTS
from tests.matrix.happening import Happening
from tests.matrix.lives import HARMLESS, ORGANISATIONS, PEOPLE
from tests.matrix.watching import Setting

HAPPENINGS: tuple[Happening, ...] = (*PEOPLE, *ORGANISATIONS, *LISTS, *FAULTS, *LIMITS, *HERE, *HARMLESS)
SETTINGS = tuple(Setting(is_busy, has_standby) for has_standby in (False, True) for is_busy in (False, True))
#: One cell in so many is played by the tests; it shares no factor with the number of settings, so all of them come.
ONE_IN = 79

Cell = tuple[Happening, Setting]


def cells() -> Iterator[Cell]:
    """Give every happening in every setting in which it can happen."""
    for happening in HAPPENINGS:
        for setting in SETTINGS:
            if setting.has_standby or not happening.needs_standby:
                yield happening, setting


def to_play(folder: str | None) -> list[Cell]:
    """Return the cells whose rows a folder lacks; without one the few of the tests, chosen by counting, not by liking."""
    if folder is None:
        return list(cells())[::ONE_IN]
    return [cell for cell in cells() if not Path(folder, f"{id_of(cell)}.json").exists()]


def id_of(cell: Cell) -> str:
    """Return the name of a cell."""
    return f"{cell[0].key}-{cell[1].words.replace(', ', '-').replace(' ', '_')}"

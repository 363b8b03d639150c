"""docs/health-matrix.md: rows as lines, and lines as rows again."""

import json
from collections.abc import Sequence
from pathlib import Path

from tests.matrix.every import HAPPENINGS, ONE_IN, cells, id_of
from tests.matrix.happening import Group
from tests.matrix.judging import Row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "health-matrix.md"
#: Where nobody looks, the lights go out by themselves.
UNSEEN = frozenset(happening.key for happening in HAPPENINGS if not happening.is_named)
COLUMNS = ("what happens", "setting", "state", "lights", "cause", "noticed", "mails", "undone, green again")
HEAD = """# The health matrix

Every life event and fault of the simulator, and what can happen in an installation, befalls a connection that works: idle
(a probe every 15 minutes) or busy (a call every minute), with one key or with two. This page is written by
`python -m tests.matrix.report` (in one process, under a virtual clock), and the tests play one cell in {one_in} of it again.

- **State** and **lights** are those just before it was undone, most often 31 minutes later. Lights in their order: sign-in,
  organisation, payroll, data; `+` proved, `!` failed, `?` not proved.
- **Cause** is what the page named; *standby* says that the second key took over, and for what cause.
- **Noticed** is the time from the first moment at which Xero refused, or would have, until the page stopped being green or
  the standby carried the connection. It strikes right after a probe, the worst moment.
- **Mails** are those that were written until then, and those at the recovery.
- **Green again** is the time from the moment at which it was undone.

"""


def line_of(row: Row) -> str:
    """Return a row as a line of its table."""
    said = {happening.key: happening for happening in HAPPENINGS}[row.key]
    cells = (said.says, row.setting, row.state.replace("_", " "), f"`{row.lights}`", _cause(row), _minutes(row.noticed))
    after = "at once" if row.green_again == 0 else f"{_minutes(row.green_again)} later"
    return f"| {' | '.join(cells)} | {row.letters}, {row.letters_after} | {said.undone_by}, {after} |"


def _cause(row: Row) -> str:
    cause = f"standby: {row.cause}" if row.standby_carries else row.cause
    return cause + (" (looks alike)" if row.named == "alike" else "") or "-"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} min"


def without_times(row: Row) -> str:
    """Return a row's line without its times, since probes are spread, and without its mails, which wait and repeat."""
    return _timeless(line_of(row))


def _timeless(line: str) -> str:
    return " | ".join(line.strip("| ").split(" | ")[:5])


def written_rows(text: str) -> list[str]:
    """Return the rows of a written report, without their times."""
    settings = ("| idle, ", "| busy, ")
    return [_timeless(line) for line in text.splitlines() if any(setting in line for setting in settings)]


def read_rows(folder: Path) -> list[Row]:
    """Return the rows that were played into a folder, in their order."""
    paths = [folder / f"{id_of(cell)}.json" for cell in cells()]
    found = [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]
    return [Row(**{**row, "complaints": tuple(row["complaints"])}) for row in found]


def page_of(rows: Sequence[Row]) -> str:
    """Return the whole report."""
    parts = [HEAD.format(one_in=ONE_IN), _summary(rows)]
    for group in Group:
        keys = [happening.key for happening in HAPPENINGS if happening.group is group]
        found = sorted((row for row in rows if row.key in keys), key=lambda row: keys.index(row.key))
        parts.append(f"\n## {group.value}\n\n| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n")
        parts.append("\n".join(line_of(row) for row in found) + "\n")
    return "".join(parts)


def _summary(rows: Sequence[Row]) -> str:
    named = [row.named for row in rows if row.named]
    share = 100 * (named.count("yes") + named.count("alike")) / len(named)
    complaints = [f"- {row.key}, {row.setting}: {', '.join(row.complaints)}" for row in rows if row.complaints]
    seen = [row for row in rows if row.key not in UNSEEN]
    longest = {busy: max(row.false_green for row in seen if row.setting.startswith(busy)) for busy in ("idle", "busy")}
    unseen = max((row.false_green for row in rows if row.key in UNSEEN), default=0)
    return (
        f"{len(rows)} cells. Where something was wrong, the cause was named rightly in {named.count('yes')} of {len(named)}, "
        f"in {named.count('alike')} more one was called most likely that Xero's answers cannot tell from it ({share:.1f} % "
        f"in all), and {named.count('no')} were not named. Longest false green: idle "
        f"{longest['idle']:.0f} minutes, busy {longest['busy']:.0f}; {unseen:.0f} where Tandem's worker stood still and only the "
        "age of the proof could tell.\n\n"
        + ("\n".join(["To complain about:", "", *complaints]) if complaints else "Nothing to complain about: no green "
           "longer than one probe interval after access is lost, but for the time that Xero itself took over its answers, "
           "and no wrong cause said with certainty.")
        + "\n"
    )  # fmt: skip

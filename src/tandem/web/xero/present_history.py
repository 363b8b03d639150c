"""What runs did, in the words of a page and of a file."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from tandem.access.selectors import names_of
from tandem.kernel.actor import Actor
from tandem.web.xero import present_runs
from tandem.xero.facade import ChangeLine, HistoryLine

DIRECTIONS = {"hr": ("Xero", "Tandem"), "xero": ("Tandem", "Xero")}
GONE = "no longer kept"
COLUMNS = (
    "When",
    "Person",
    "Person's id",
    "From",
    "To",
    "What",
    "Field",
    "Before",
    "After",
    "Note",
    "Outcome",
    "Detail",
    "Run",
    "Run's id",
    "Approved by",
)


def names_for(actor: Actor, lines: Iterable[HistoryLine]) -> dict[UUID, str]:
    """Return who approved, by their ids, in one query."""
    return names_of(actor, user_ids=[line.by_user_id for line in lines if line.by_user_id])


def rows(slug: str, lines: Iterable[HistoryLine], names: Mapping[UUID, str]) -> list[dict[str, object]]:
    """Return the lines of a page."""
    return [_row(slug, line, names) for line in lines]


def _row(slug: str, line: HistoryLine, names: Mapping[UUID, str]) -> dict[str, object]:
    status, status_text = present_runs.OUTCOME[line.status]
    return {
        "at": line.at,
        "person": line.person,
        "url": present_runs.employee_url(slug, line.employee_id),
        "direction": " to ".join(DIRECTIONS[line.target]) if line.target in DIRECTIONS else "Link",
        "sentence": line.sentence,
        "changes": present_runs.lines(line.changes),
        "gone_text": f"Values {GONE}." if line.values_are_gone else "",
        "status": status,
        "status_text": status_text,
        "detail": "" if line.outcome == status_text else line.outcome,
        "run_url": present_runs.run_url(slug, line.run_id),
        "run": line.run_title,
        "by": _who(line, names),
    }


def _who(line: HistoryLine, names: Mapping[UUID, str]) -> str:
    if line.by_user_id is None:
        return "Tandem, by itself"
    return names.get(line.by_user_id, "Somebody who no longer has access")


def file_rows(actor: Actor, chunks: Iterable[tuple[HistoryLine, ...]], *, time_zone: str) -> Iterator[tuple[str, ...]]:
    """Give the rows of the file, its heading first: a row for each field that a line changed, times as the account has them."""
    zone = ZoneInfo(time_zone)
    yield COLUMNS
    for chunk in chunks:
        names = names_for(actor, chunk)
        for line in chunk:
            yield from _file_rows(line, _who(line, names), zone)


def _file_rows(line: HistoryLine, who: str, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    before, after = DIRECTIONS.get(line.target, ("", ""))
    gone = GONE if line.values_are_gone else ""
    for change in line.changes or (ChangeLine("", "", gone, gone),):
        yield (
            line.at.astimezone(zone).isoformat(timespec="seconds"),
            line.person,
            str(line.employee_id or ""),
            before,
            after,
            line.sentence,
            change.label,
            change.before,
            change.after,
            change.note,
            present_runs.OUTCOME[line.status][1],
            line.outcome,
            line.run_title,
            str(line.run_id),
            who,
        )

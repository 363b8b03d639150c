"""docs/xero/fields.md, from the mapping code alone."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tandem.xero.mapping.field_map import CHOICES, FIELD_MAP, LEAVE_REQUEST, NOT_SHARED, Mapped
from tandem.xero.mapping.fields import NOT_IN_RUNS, SharedField
from tandem.xero.mapping.payroll_words import choice_in_words

PAGE = Path(__file__).resolve().parents[2] / "docs" / "xero" / "fields.md"
HEAD = """# The fields that Tandem and Xero share

This page is written by `python -m tests.fields.report` from the code that maps the fields (`src/tandem/xero/mapping`), and a test
compares it. Each field has one function for each of its directions; each function has its own test.

What Xero takes is checked before anything is sent, and everything that is wrong with a person is said at once. A value of Xero's that
Tandem does not know stays in Xero as it is, and is named. A field is compared three-way: what both sides agreed on last, what Tandem
holds, what Xero holds; the group is what an account may give its own authority to.

Objects and lists are sent whole, since Xero is best taken to replace them whole. So the tax declaration goes back as it was just read,
with what changed in it. The tax file number is a part of it: it is sent when it changed, or as Xero itself just answered with it. Where
Xero shows only its end and nobody has the rest at hand, the declaration is not sent.

"""
COLUMNS = ("field", "group", "in Xero", "import", "export", "what Xero takes")


def page_of() -> str:
    """Return the whole page."""
    parts = [HEAD, "## Fields\n\n", *_table(COLUMNS, _rows())]
    parts += [
        f"\nRuns carry every one of these fields but {_and(field.label for field in NOT_IN_RUNS)}; the employee group where the ",
        "settings match\nbranches to groups (docs/xero/matching.md). The tabs Bank, Super and Tax of a record keep those\nof payroll in Tandem. Bank accounts in force here are never ",
        "replaced by an import: it asks a second person (ADR 37). A tax file number\nis never taken from Xero, only the ",
        "reason for having none.\n",
        "Leave balances come with every full read of a person: docs/xero/leave.md.\n\n## Leave requests\n\n",
        *_table(COLUMNS, [_row("Leave request", "leave", LEAVE_REQUEST)]),
    ]
    parts += ["\nOnly approved leave goes to Xero. Leave in a posted pay run is never changed: it becomes a task.\n"]
    parts += ["\n## Choices\n\n", *_table(("field", "in Xero", "in Tandem"), _choices())]
    parts += ["\n## Left alone in Xero\n\n", *_table(("in Xero", "why"), [list(pair) for pair in NOT_SHARED.items()])]
    return "".join(parts)


def _and(labels: Iterable[str]) -> str:
    return " and ".join(sorted(labels, key=str.casefold))


def _table(columns: tuple[str, ...], rows: Iterator[list[str]] | list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |\n| {' | '.join('---' for _ in columns)} |\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"


def _rows() -> Iterator[list[str]]:
    for field in SharedField:
        yield _row(field.label, field.group.value, FIELD_MAP[field])


def _row(label: str, group: str, mapped: Mapped) -> list[str]:
    elements = ", ".join(f"`{element}`" for element in mapped.element.split(", "))
    write = f"`{mapped.write.__name__}`" if mapped.write else "never"
    return [label, group, elements, f"`{mapped.read.__name__}`", write, mapped.takes]


def _choices() -> Iterator[list[str]]:
    for field, tables in CHOICES.items():
        for table in tables:
            for code, choice in table.items():
                if code:
                    yield [field.label, f"`{code}`", choice_in_words(choice) or "(neither)"]

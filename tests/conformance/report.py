"""Write docs/sandbox-conformance.md: what programs and files that nobody here wrote say of the simulator.

python -m tests.conformance.report
"""

from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from tests.conformance import sdk_faults, sdk_walk, specification
from tests.conformance.sdk import clients_of

from tandem_sandbox.testing import Sandbox

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sandbox-conformance.md"
HEAD = """# How the simulator conforms

Programs and files that nobody here wrote, at the simulator. This page is written by `python -m tests.conformance.report`,
and a test holds it to what it finds; the specification files of Xero are read from `XERO_OPENAPI_DIR`.

## The official SDK

xero-python {version}, unpatched but for its base addresses, retries off, one client per user. Every operation that it knows of
Payroll AU, Payroll AU 2.0 and Identity, and of Accounting every one about the organisation, its users and its tracking
categories, from which payroll takes its groups. It reads and writes all of them: no row is refused. The rest of Accounting
(invoices, bills, contacts, bank accounts, journals, reports and so on) a simulator of payroll does not have, and answers 404;
of its currencies there is the list alone, which tap-xero asks for first.
"""
SDK_FAULTS = """
### Where the SDK fails

Answers that Xero may give, and the SDK cannot read. They are left as they are, and each is a test.

"""
FILES = """
## Xero's specification files

Each answer of the walk above is held to the schema that the file promises for its operation and status, and an element that
no schema knows is a fault. So are the answers to lists, details, writes and refusals in `test_published_specification.py`,
and those to requests that schemathesis generates from the same files with ids that exist: a short run is part of the tests,
a longer one is `python -m tests.conformance.fuzz --examples 200`. For it the switch `malformed_status` is set to 400, since
Payroll AU was recorded answering 500 to malformed input. The files' own faults, corrected before anything is compared:

"""
PEERS = """
## pyxero and tap-xero

pyxero 0.9.5 and tap-xero 2.6.0 run in an environment of their own (`requirements/peers.txt`), because they pin old versions
of what the tests need in new ones; the first run installs it into `.venv-peers`. Only Xero's addresses are redirected.

| program | does | comes to |
| --- | --- | --- |
| pyxero | makes the authorise address, verifies the callback, lists the tenants, refreshes | signed in |
| pyxero | reads employees (list, filter, one), super funds, pay items, pay runs, calendars, leave, timesheets | read |
| pyxero | reads organisations, users, tracking categories | read |
| pyxero | saves an employee, archives a tracking category and creates another, all written as XML | saved |
| tap-xero | refreshes, proves its access by the currencies, discovers 23 streams | discovered |
| tap-xero | syncs currencies, organisations, tracking categories, users | records |
| tap-xero | its other 19 streams | no such resource here: contacts, invoices and the rest of Accounting |
"""
TITLES = {
    "identity": "Identity",
    "payroll": "Payroll AU 1.0",
    "payroll_v2": "Payroll AU 2.0",
    "accounting": "Accounting 2.0",
}


def walked() -> list[sdk_walk.Row]:
    """Walk through everything at a simulator of its own."""
    sandbox = Sandbox(employees=30)
    with clients_of(sandbox) as sign_in:
        return sdk_walk.walk(sandbox, sign_in)


def page(rows: Iterable[sdk_walk.Row]) -> str:
    """Write the page."""
    found = sorted(rows, key=lambda row: (row.request.split(" ")[1].lower(), row.operation))
    tables = "".join(_table(title, [row for row in found if row.api == api]) for api, title in TITLES.items())
    faults = "".join(f"- {fault.says} `{fault.exception.__name__}`\n" for fault in sdk_faults.FAULTS)
    corrections = "".join(
        f"- {', '.join(f'`{file}`' for file in one.files)}: {one.says}\n" for one in specification.CORRECTIONS
    )
    head = HEAD.format(version=version("xero-python"))
    return f"{head}{tables}{SDK_FAULTS}{faults}{FILES}{corrections}{PEERS}"


def _table(title: str, rows: list[sdk_walk.Row]) -> str:
    lines = "".join(f"| `{row.operation}` | `{row.request}` | {row.status} | {row.result} |\n" for row in rows)
    return f"\n### {title}\n\n| operation | request | status | result |\n| --- | --- | --- | --- |\n{lines}"


if __name__ == "__main__":
    PAGE.write_text(page(walked()), encoding="utf-8")

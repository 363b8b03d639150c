"""The official SDK walks through every operation it knows, and every answer on the way fits Xero's own files."""

import os
import re
from dataclasses import dataclass

import pytest
from tests.conformance import report, sdk_walk
from tests.conformance.promises import Exchange, Promises, Recorder
from tests.conformance.sdk import clients_of
from tests.conformance.sdk_faults import FAULTS, SdkFault
from tests.conformance.specification import ACCOUNTING, IDENTITY, PAYROLL, PAYROLL_V2

from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.enable_socket, pytest.mark.unmeasured]
OF_ACCOUNTING = re.compile("Organisation|User|Tracking")


@dataclass(frozen=True)
class Walked:
    """The rows of the table, and everything that went over the wire for them."""

    rows: list[sdk_walk.Row]
    exchanges: list[Exchange]


@pytest.fixture(scope="module")
def walked() -> Walked:
    sandbox = Sandbox(employees=30)
    recorder = Recorder(sandbox.app.wsgi_app)
    sandbox.app.wsgi_app = recorder  # type: ignore[method-assign]  # the documented way to add middleware
    with clients_of(sandbox) as sign_in:
        rows = sdk_walk.walk(sandbox, sign_in)
    return Walked(rows, recorder.exchanges)


@pytest.fixture(scope="module")
def promises() -> Promises:
    if not os.environ.get("XERO_OPENAPI_DIR"):
        pytest.skip("XERO_OPENAPI_DIR is not set: it names the folder with Xero's published specification files")
    return Promises()


def test_no_operation_of_the_sdk_is_left_out(walked: Walked) -> None:
    assert {(row.api, row.operation) for row in walked.rows} == set(sdk_walk.operations())


def test_the_page_says_what_came_of_each(walked: Walked) -> None:
    stale = "docs/sandbox-conformance.md is out of step: run python -m tests.conformance.report and read the difference"
    assert report.PAGE.read_text(encoding="utf-8") == report.page(walked.rows), stale


def test_nothing_is_refused_and_nothing_cannot_be_read(walked: Walked) -> None:
    assert [row for row in walked.rows if row.status >= 300 or "fails" in row.result] == []


def test_every_answer_fits_what_the_files_promise(walked: Walked, promises: Promises) -> None:
    assert [problem for exchange in walked.exchanges for problem in promises.broken(exchange)] == []


def test_every_operation_of_the_files_was_answered(walked: Walked, promises: Promises) -> None:
    answered = {
        (operation.file, operation.name)
        for exchange in walked.exchanges
        if exchange.status < 300 and (operation := promises.operation(exchange))
    }
    wanted = {file: promises.names(file) for file in (PAYROLL, PAYROLL_V2, IDENTITY, ACCOUNTING)}
    wanted[ACCOUNTING] = {name for name in wanted[ACCOUNTING] if OF_ACCOUNTING.search(name)}
    assert {(file, name) for file, names in wanted.items() for name in names} - answered == set()


def test_an_answer_that_breaks_a_promise_is_found(walked: Walked, promises: Promises) -> None:
    (settings,) = [exchange for exchange in walked.exchanges if exchange.path.lower().endswith("/settings")]
    spoilt = Exchange(settings.method, settings.path, settings.status, settings.body.replace(b'"Code"', b'"Kode"'))
    assert "Kode" in promises.broken(spoilt)[0]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.says)
def test_the_sdk_fails_on_what_it_is_said_to_fail_on(fault: SdkFault) -> None:
    sandbox = Sandbox(employees=30)
    with clients_of(sandbox) as sign_in:
        client = sign_in()
        tenant = client.tenant()
        person = client.payroll.get_employees(tenant).employees[0].employee_id
        method, path, body = fault.control
        sandbox.control(method, path, dict(body))
        with pytest.raises(fault.exception):
            fault.call(client, tenant, person)

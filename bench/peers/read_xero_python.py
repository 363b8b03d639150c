"""Xero's own SDK in a plain loop: page after page, then person after person, each written as a line."""

import json
from collections.abc import Iterator

from bench.peers.cost import PAGE_SIZE, STATUSES, Meter, Task, task, tell
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.api_client.serializer import serialize
from xero_python.payrollau import PayrollAuApi


def main() -> None:
    """Read everybody in full."""
    work = task()
    payroll = _payroll(work)
    meter, people = Meter(), 0
    with (work.folder / "employees.jsonl").open("w", encoding="utf-8") as file:
        for employee_id in list(_ids(payroll, work)):
            answer = payroll.get_employee(work.tenant_id, employee_id)
            file.write(json.dumps(serialize(answer.employees[0])) + "\n")
            people += 1
    tell(meter.read(people=people), work.folder)


def _payroll(work: Task) -> PayrollAuApi:
    held = {"access_token": work.token, "token_type": "Bearer", "expires_in": 1800, "scope": [], "expires_at": 4e9}
    api = ApiClient(
        Configuration(oauth2_token=OAuth2Token(client_id="", client_secret="")),
        oauth2_token_getter=lambda: held,
        oauth2_token_saver=held.update,
    )
    return PayrollAuApi(api, base_url=f"{work.base_url}/payroll.xro/1.0")


def _ids(payroll: PayrollAuApi, work: Task) -> Iterator[str]:
    for where in STATUSES:
        page, length = 1, PAGE_SIZE
        while length == PAGE_SIZE:
            asked = {"where": where} if where else {}
            found = payroll.get_employees(work.tenant_id, page=page, **asked).employees
            yield from (one.employee_id for one in found)
            page, length = page + 1, len(found)


if __name__ == "__main__":
    main()

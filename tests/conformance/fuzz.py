"""Requests that nobody thought of, made from Xero's own files, sent to the simulator: an answer each time, and one that fits.

    python -m tests.conformance.fuzz --examples 200

Schemathesis makes the requests, fitting and unfitting ones, for every operation of the files. A verdict names each
answer that is a 500, or that does not fit what the file promises for its status.
"""

import argparse
import copy
import json
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from tests.conformance.specification import ACCOUNTING, IDENTITY, PAYROLL, PAYROLL_V2, closed, document, problems
from tests.conformance.test_published_specification import Caller
from werkzeug.test import TestResponse

from tandem_sandbox.testing import Sandbox

BASES: Mapping[str, str] = {
    PAYROLL: "/payroll.xro/1.0",
    PAYROLL_V2: "/payroll.xro/2.0",
    IDENTITY: "",
    ACCOUNTING: "/api.xro/2.0",
}
# Of the accounting file the simulator has what a payroll connector reads.
ACCOUNTING_PATHS = frozenset({"/Organisation", "/Users", "/TrackingCategories"})
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
UNTOUCHED = frozenset({"authorization", "xero-tenant-id", "accept", "content-length"})
ELSEWHERE = "http://xero.example"
# A list with ten thousand generated lines says no more than one with three.
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


@dataclass
class Verdict:
    """How many requests were answered with what, and what should not have been."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """Return how many requests were sent."""
        return self.answers.total()

    def note(self, operation: str, status: int, found: list[str]) -> None:
        """Count an answer; keep the first of each kind of wrong ones."""
        self.answers[operation, status] += 1
        for one in found:
            self.wrong.setdefault(f"{operation} {status}", one)


class Fuzz:
    """One simulator, a signed-in caller, and the files."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(employees=12)
        off = {"minute": None, "day": None, "app_minute": None, "concurrent": None}
        self._sandbox.control("PATCH", "limits", off)
        self._sandbox.control("PATCH", "switches", {"malformed_status": 400})
        self._caller = Caller(self._sandbox)
        self._schemas = {name: closed(name) for name in BASES}
        self.verdict = Verdict()

    def run(self, file: str, *, examples: int) -> None:
        """Send `examples` requests of each kind to every operation of a file."""
        schema = schemathesis.openapi.from_dict(self._with_known_ids(document(file)))
        schema.config.update(base_url=ELSEWHERE + BASES[file])
        for found in schema.get_all_operations():
            if not isinstance(found, Ok):
                raise TypeError(f"Schemathesis cannot read an operation of {file}.")
            operation = found.ok()
            if file != ACCOUNTING or operation.path in ACCOUNTING_PATHS:
                for mode in MODES:
                    self._try(file, operation, mode, examples=examples)

    def _with_known_ids(self, published: dict[str, Any]) -> dict[str, Any]:
        """Let an id in an address be one that exists, every other time: a strange one only ever finds nothing."""
        changed = copy.deepcopy(published)
        changed["security"] = []
        for path, item in changed["paths"].items():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation.pop("security", None)
                    operation["parameters"] = [
                        self._known(changed, path, one) for one in operation.get("parameters", [])
                    ]
        return changed

    def _known(self, published: dict[str, Any], path: str, parameter: dict[str, Any]) -> dict[str, Any]:
        if "$ref" in parameter:
            parameter = published["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
        if parameter["in"] != "path":
            return parameter
        ids = self._ids(path.split("/")[1].lower())
        return {
            **parameter,
            "schema": {"anyOf": [{"enum": ids}, {"type": "string", "minLength": 1}]} if ids else parameter["schema"],
        }

    def _ids(self, resource: str) -> list[str]:
        lists = {
            "employees": ("/payroll.xro/1.0/Employees", "Employees", "EmployeeID"),
            "leaveapplications": ("/payroll.xro/1.0/LeaveApplications/v2", "LeaveApplications", "LeaveApplicationID"),
            "payrollcalendars": ("/payroll.xro/1.0/PayrollCalendars", "PayrollCalendars", "PayrollCalendarID"),
            "payruns": ("/payroll.xro/1.0/PayRuns", "PayRuns", "PayRunID"),
            "timesheets": ("/payroll.xro/1.0/Timesheets", "Timesheets", "TimesheetID"),
            "superfunds": ("/payroll.xro/1.0/Superfunds", "SuperFunds", "SuperFundID"),
        }
        if resource not in lists:
            return []
        path, name, key = lists[resource]
        return [row[key] for row in self._caller.call("GET", path)[name]][:5]

    def _try(
        self, file: str, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, *, examples: int
    ) -> None:
        @seed(1)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=QUIET,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case[Any]) -> None:
            answer = self._send(case)
            if answer is not None:
                found = self._judge(file, operation, answer)
                self.verdict.note(
                    f"{operation.method.upper()} {BASES[file]}{operation.path}", answer.status_code, found
                )

        send()

    def _send(self, case: Case[Any]) -> TestResponse | None:
        """Send a request as it was made, but signed in; None for one that no client can put on the wire."""
        made = case.as_transport_kwargs()
        kept = {name: made[name] for name in ("method", "url", "params", "data", "json", "files") if name in made}
        headers = {name: value for name, value in dict(made["headers"]).items() if name.lower() not in UNTOUCHED}
        try:
            wired = requests.Request(**kept, headers=headers).prepare()
        except (ValueError, requests.RequestException):
            return None
        headers = {name: value for name, value in wired.headers.items() if name.lower() not in UNTOUCHED}
        try:
            return self._caller.web.open(
                wired.path_url, method=wired.method, data=wired.body, headers={**headers, **self._caller.headers}
            )
        except (UnicodeError, ValueError):
            return None

    def _judge(self, file: str, operation: APIOperation[Any, Any, Any, Any], answer: TestResponse) -> list[str]:
        if answer.status_code >= 500 and answer.status_code != 501:
            return [f"a {answer.status_code} that nobody asked for: {answer.get_data(as_text=True)[:200]}"]
        promised = operation.definition.raw.get("responses", {}).get(str(answer.status_code), {})
        schema = promised.get("content", {}).get("application/json", {}).get("schema")
        if schema is None or not answer.get_data():
            return []
        try:
            value = json.loads(answer.get_data())
        except ValueError:
            return [f"no JSON: {answer.get_data(as_text=True)[:200]}"]
        return self._fits(file, schema, value, answer.status_code)

    def _fits(self, file: str, schema: dict[str, Any], value: object, status: int) -> list[str]:
        """Return why a value does not fit; a 400 may take the other of Xero's two shapes (xero.md 3.4)."""
        if schema.get("type") == "array":
            name, values = schema["items"]["$ref"].rpartition("/")[2], value if isinstance(value, list) else [value]
        else:
            name, values = schema["$ref"].rpartition("/")[2], [value]
        found = [problem for one in values for problem in problems(self._schemas, file, name, one)]
        if found and status == 400 and not problems(self._schemas, PAYROLL, "APIException", value):
            return []
        return found[:1]


def fuzz(*, examples: int) -> Verdict:
    """Try every operation of every file and return the verdict."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = Fuzz()
        for file in BASES:
            trial.run(file, examples=examples)
    return trial.verdict


def main() -> None:
    """Fuzz, print what was answered, and exit 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100, help="requests of each kind for every operation")
    verdict = fuzz(examples=parser.parse_args().examples)
    for (operation, status), count in sorted(verdict.answers.items()):
        print(f"{operation:<75}{status:>5}{count:>7}")  # noqa: T201  a command
    for where, what in verdict.wrong.items():
        print(f"WRONG {where}: {what}")  # noqa: T201
    print(f"{verdict.requests} requests, {len(verdict.wrong)} kinds of wrong answers")  # noqa: T201
    raise SystemExit(1 if verdict.wrong else 0)


if __name__ == "__main__":
    main()

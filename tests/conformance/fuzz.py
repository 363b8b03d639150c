"""Requests that nobody thought of, made from Xero's own files, sent to the simulator: an answer each time, and one that fits.

    python -m tests.conformance.fuzz --examples 200

Schemathesis makes the requests, fitting and unfitting ones, for every operation of the files. A verdict names each
answer that is a 500, or that does not fit what the file promises for its status.
"""

import argparse
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from requests import PreparedRequest
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from tests.conformance.known_values import KnownValues
from tests.conformance.promises import BASES, Exchange, Promises
from tests.conformance.specification import ACCOUNTING, document
from tests.conformance.test_published_specification import Caller
from werkzeug.test import TestResponse

from tandem_sandbox.testing import Sandbox

# Of the accounting file the simulator has what is about the organisation, its users and tracking categories.
ACCOUNTING_PATHS = ("/Organisation", "/Users", "/TrackingCategories", "/Currencies")
NOT_BUILT = 501
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
        self.sandbox = Sandbox(employees=12)
        off = {"minute": None, "day": None, "app_minute": None, "concurrent": None}
        self.sandbox.control("PATCH", "limits", off)
        self.sandbox.control("PATCH", "switches", {"malformed_status": 400})
        self._caller = Caller(self.sandbox)
        self._promises = Promises()
        self._known = KnownValues(lambda path: self._caller.call("GET", path))
        self.verdict = Verdict()

    def run(self, file: str, *, examples: int) -> None:
        """Send `examples` requests of each kind to every operation of a file."""
        schema = schemathesis.openapi.from_dict(self._known.filled(document(file)))
        schema.config.update(base_url=ELSEWHERE + BASES[file])
        for found in schema.get_all_operations():
            if not isinstance(found, Ok):
                raise TypeError(f"Schemathesis cannot read an operation of {file}.")
            operation = found.ok()
            if file != ACCOUNTING or operation.path.startswith(ACCOUNTING_PATHS):
                for mode in MODES:
                    self._try(file, operation, mode, examples=examples)

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
            made = self._wired(case)
            answer = self._send(made) if made else None
            if made is not None and answer is not None:
                name = f"{operation.method.upper()} {BASES[file]}{operation.path}"
                self.verdict.note(name, answer.status_code, self._judge(made, answer))

        send()

    def _wired(self, case: Case[Any]) -> PreparedRequest | None:
        """Put a request as it would go over the wire; None for one that no client can put there."""
        made = case.as_transport_kwargs()
        kept = {name: made[name] for name in ("method", "url", "params", "data", "json", "files") if name in made}
        headers = {name: value for name, value in dict(made["headers"]).items() if name.lower() not in UNTOUCHED}
        try:
            return requests.Request(**kept, headers=headers).prepare()
        except (ValueError, requests.RequestException):
            return None

    def _send(self, made: PreparedRequest) -> TestResponse | None:
        """Send a request as it was made, but signed in."""
        headers = {name: value for name, value in made.headers.items() if name.lower() not in UNTOUCHED}
        try:
            return self._caller.web.open(
                made.path_url, method=made.method, data=made.body, headers={**headers, **self._caller.headers}
            )
        except (UnicodeError, ValueError):
            return None

    def _judge(self, made: PreparedRequest, answer: TestResponse) -> list[str]:
        if answer.status_code >= 500 and answer.status_code != NOT_BUILT:
            return [f"a {answer.status_code} that nobody asked for: {answer.get_data(as_text=True)[:200]}"]
        if not answer.get_data():
            return []
        path = unquote(urlsplit(made.path_url).path)
        exchange = Exchange(str(made.method), path, answer.status_code, answer.get_data())
        try:
            return self._promises.broken(exchange)[:1]
        except ValueError:
            return [f"no JSON: {answer.get_data(as_text=True)[:200]}"]


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

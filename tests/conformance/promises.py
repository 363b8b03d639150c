"""What Xero's files promise for an operation's answer, found by the request, and whether an answer keeps it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.conformance.specification import ACCOUNTING, IDENTITY, PAYROLL, PAYROLL_V2, closed, document, problems

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BASES: Mapping[str, str] = {
    PAYROLL: "/payroll.xro/1.0",
    PAYROLL_V2: "/payroll.xro/2.0",
    IDENTITY: "",
    ACCOUNTING: "/api.xro/2.0",
}


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    status: int
    body: bytes


class Recorder:
    """WSGI middleware that keeps every exchange."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self.exchanges: list[Exchange] = []
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], failure: Any = None, /) -> Any:
            started.append(status)
            return start_response(status, headers, failure)

        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        body = b"".join(self._inner(environ, start))
        self.exchanges.append(Exchange(method, path, int(started[-1].split()[0]), body))
        return [body]


@dataclass(frozen=True)
class Operation:
    """One operation of a file."""

    file: str
    name: str
    responses: dict[str, Any]


class Promises:
    """The operations of all the files."""

    def __init__(self) -> None:
        self._schemas = {file: closed(file) for file in BASES}
        self._known: list[tuple[str, re.Pattern[str], Operation]] = []
        for file, base in BASES.items():
            for path, item in sorted(document(file)["paths"].items(), key=lambda pair: pair[0].count("{")):
                pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(base + path)), re.IGNORECASE)
                for method in ("get", "post", "put", "delete"):
                    if method in item:
                        operation = Operation(file, item[method]["operationId"], item[method]["responses"])
                        self._known.append((method.upper(), pattern, operation))

    def names(self, file: str) -> set[str]:
        """List the operations of a file."""
        return {operation.name for _, _, operation in self._known if operation.file == file}

    def operation(self, exchange: Exchange) -> Operation | None:
        """Find the operation that a request asks for."""
        for method, pattern, operation in self._known:
            if method == exchange.method and pattern.fullmatch(exchange.path):
                return operation
        return None

    def broken(self, exchange: Exchange) -> list[str]:
        """Return where an answer breaks what its operation promises; a 400 may take Xero's other shape (xero.md 3.4)."""
        operation = self.operation(exchange)
        promised = operation.responses.get(str(exchange.status), {}) if operation else {}
        schema = promised.get("content", {}).get("application/json", {}).get("schema")
        if operation is None or schema is None:
            return []
        is_list = schema.get("type") == "array"
        name = (schema["items"] if is_list else schema)["$ref"].rpartition("/")[2]
        value = json.loads(exchange.body)
        found = [
            one
            for each in (value if is_list else [value])
            for one in problems(self._schemas, operation.file, name, each)
        ]
        if found and exchange.status == 400 and self._is_exception(value):
            return []
        return [f"{operation.name} {exchange.status} {one}" for one in found]

    def _is_exception(self, value: object) -> bool:
        return not problems(self._schemas, PAYROLL, "APIException", value)

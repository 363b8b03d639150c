"""Carry one request to Xero and bring its answer back: time limits, no redirects, no retries, no judgement.

A `Request` knows its method, path and how to read its answer; `send` is the only function of the product that opens a
connection to Xero. Logs hold method, path, status, time and Xero's correlation id.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import structlog
from django.conf import settings
from django.db import connection

from tandem.kernel import clock
from tandem.kernel.errors import TandemError
from tandem.xero.client.errors import (
    RequestKind,
    XeroError,
    bad_payload,
    blame_clock,
    classify,
    clock_offset,
    correlation_id_of,
    lower_keys,
    no_answer,
)
from tandem.xero.client.wire import UnreadablePayload

T = TypeVar("T")
log = structlog.get_logger()
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


class NetworkInsideTransaction(TandemError):
    """Code tried to call Xero while a transaction was open, which would hold locks for as long as Xero takes."""

    code = "network_inside_transaction"
    public_message = "Tandem stopped itself before a call to Xero. Nothing was changed. Please tell support."


@dataclass(frozen=True)
class Credentials:
    """What authorises a request; never shown when printed."""

    bearer: str = field(default="", repr=False)
    tenant_id: UUID | None = None
    basic: tuple[str, str] | None = field(default=None, repr=False)


NOBODY = Credentials()


@dataclass(frozen=True)
class Request(Generic[T]):
    """One call: where it goes and how its answer reads. `subject` is what evidence files it under."""

    method: str
    url: str
    kind: RequestKind
    subject: str
    read: Callable[[bytes], T]
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    body: object = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What came back, unjudged."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    clock_offset: timedelta | None = None

    @property
    def correlation_id(self) -> str:
        """Return the id that Xero's support asks for."""
        return correlation_id_of(self.headers)


_lock = threading.Lock()
_swapped: httpx2.Client | None = None
_client: httpx2.Client | None = None
_client_of: int = 0


@contextmanager
def through(transport: httpx2.BaseTransport) -> Iterator[None]:
    """Send everything of this process through another transport until the block ends."""
    global _swapped
    before = _swapped
    client = httpx2.Client(transport=transport, follow_redirects=False)
    _swapped = client
    try:
        yield
    finally:
        _swapped = before
        client.close()


def stand_in() -> httpx2.Client | None:
    """Return the client that stands in the network's place, where one does."""
    return _swapped


_ends_at: ContextVar[datetime | None] = ContextVar("ends_at", default=None)


@contextmanager
def within(limit: timedelta) -> Iterator[None]:
    """Let the calls in the block take no longer than this together; what is not sent by then raises NoAnswer."""
    mine, outer = clock.now() + limit, _ends_at.get()
    kept = _ends_at.set(min(mine, outer) if outer else mine)
    try:
        yield
    finally:
        _ends_at.reset(kept)


def time_left() -> timedelta | None:
    """Return how long the calls of this block may still take, or None where nothing limits them."""
    ends_at = _ends_at.get()
    return max(timedelta(0), ends_at - clock.now()) if ends_at else None


def _timeout(request: Request[T]) -> httpx2.Timeout:
    """Return the time limits of one call; raise NoAnswer when there is no time left to send it."""
    xero, left = settings.TANDEM.xero, time_left()
    if left is None:
        return httpx2.Timeout(xero.read_timeout_seconds, connect=xero.connect_timeout_seconds)
    if not left:
        raise no_answer(request.kind, was_sent=False, timed_out=True)
    seconds = left.total_seconds()
    return httpx2.Timeout(min(xero.read_timeout_seconds, seconds), connect=min(xero.connect_timeout_seconds, seconds))


def _the_client() -> httpx2.Client:
    """Return this process's client; a forked child makes its own, since sockets cannot be shared."""
    global _client, _client_of
    if _swapped is not None:
        return _swapped
    with _lock:
        if _client is None or _client_of != os.getpid():
            _client = httpx2.Client(
                follow_redirects=False,
                trust_env=urlsplit(settings.TANDEM.xero.api_url).hostname not in LOOPBACK,
            )
            _client_of = os.getpid()
        return _client


def send(request: Request[T], *, credentials: Credentials = NOBODY, holds_lock: bool = False) -> Answer:
    """Send a request and return the answer, whatever its status; raise NoAnswer when there is none.

    `holds_lock` is for the refresh of a token alone (docs/adr/0015-refresh-under-lock.md).
    """
    if connection.in_atomic_block and not holds_lock:
        raise NetworkInsideTransaction
    timeout, started = _timeout(request), time.monotonic()
    try:
        response = _the_client().request(
            request.method,
            request.url,
            params=dict(request.params) or None,
            headers=_headers(request, credentials),
            content=_content(request),
            auth=credentials.basic,
            timeout=timeout,
        )
    except (httpx2.TransportError, ConnectionError) as error:
        _log(request, started, answer=type(error).__name__)
        raise no_answer(
            request.kind,
            was_sent=not isinstance(error, NEVER_SENT),
            timed_out=isinstance(error, httpx2.TimeoutException),
        ) from None
    headers = lower_keys(response.headers)
    answer = Answer(response.status_code, headers, response.content, clock_offset(headers, clock.now()))
    _log(request, started, status_code=answer.status, correlation_id=answer.correlation_id)
    return answer


def judge(request: Request[T], answer: Answer) -> XeroError | None:
    """Return the error that an answer amounts to, or None."""
    error = classify(answer.status, answer.headers, answer.body, request.kind)
    return blame_clock(error, answer.clock_offset)


def read(request: Request[T], answer: Answer) -> T:
    """Return what a good answer says; one that cannot be read is no answer, and after a write the outcome is unknown."""
    try:
        return request.read(answer.body)
    except (UnreadablePayload, ValueError) as error:
        if request.kind.changes_xero:
            raise no_answer(request.kind, was_sent=True) from None
        detail = str(error)[:60] if isinstance(error, UnreadablePayload) else "not JSON"
        raise bad_payload(status=answer.status, correlation_id=answer.correlation_id, detail=detail) from None


def as_json(body: bytes) -> object:
    """Return a body as JSON; raise ValueError."""
    return json.loads(body)


def _headers(request: Request[T], credentials: Credentials) -> dict[str, str]:
    headers = {"Accept": "application/json", **request.headers}
    if credentials.bearer:
        headers["Authorization"] = f"Bearer {credentials.bearer}"
    if credentials.tenant_id is not None:
        headers["Xero-Tenant-Id"] = str(credentials.tenant_id)
    if request.form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _content(request: Request[T]) -> bytes | None:
    if request.form is not None:
        return str(httpx2.QueryParams(dict(request.form))).encode()
    if request.body is not None:
        return json.dumps(request.body, separators=(",", ":")).encode()
    return None


def _log(request: Request[T], started: float, **facts: object) -> None:
    milliseconds = round((time.monotonic() - started) * 1000)
    log.info("xero_call", method=request.method, path=urlsplit(request.url).path, milliseconds=milliseconds, **facts)

"""The outermost layer: finds out who calls, logs it, and lets faults strike. Own pages and control pass untouched."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tandem_sandbox.faults import ConnectionDropped, Kind, Strike
from tandem_sandbox.http import errors
from tandem_sandbox.http.access import CONTEXT_KEY, Context
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.state import run_time_id

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOTS = ("/payroll.xro", "/api.xro", "/connections", "/connect", "/identity", "/.well-known")
TENANT_ROOTS = ("/payroll.xro", "/api.xro")
BEFORE = frozenset({Kind.STATUS, Kind.DROPPED, Kind.HTML_502})


@dataclass(frozen=True)
class Reply:
    """An answer held back until the faults have had their say."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Gate:
    """WSGI middleware around the Flask application."""

    def __init__(self, inner: "WSGIApplication", simulator: Simulator) -> None:
        self._inner = inner
        self._simulator = simulator

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        lowered = path.lower()
        if not _is_simulated(lowered):
            reply = self._run(environ)
        else:
            environ["PATH_INFO"] = lowered.rstrip("/") or "/"
            reply = self._simulated(environ, given_path=path)
        self._simulator.save()
        start_response(reply.status, reply.headers)
        return [reply.body]

    def _simulated(self, environ: "WSGIEnvironment", *, given_path: str) -> Reply:
        sim = self._simulator
        about = self._look(environ)
        environ[CONTEXT_KEY] = about
        method, lowered = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        organisation = about.tenant or self._organisation_of_connection(lowered)
        strike = sim.faults.strike(method=method, path=lowered, organisation=organisation)
        entry = sim.log.begin(
            at=sim.clock.now(),
            method=method,
            path=given_path,
            query=environ.get("QUERY_STRING", ""),
            organisation=organisation,
            user=sim.world.users[about.grant.user_id].email if about.grant else None,
            app=about.grant.client_id if about.grant else None,
            correlation_id=about.correlation_id,
            idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY"),
        )
        entry.fault = strike.label
        client = about.grant.client_id if about.grant else ""
        sim.limits.enter(client, about.tenant or "")
        status: int | None = None
        try:
            reply = self._struck(environ, strike, about)
            status = int(reply.status.split()[0])
            entry.replayed = about.replayed
            return reply
        finally:
            sim.limits.leave(client, about.tenant or "")
            sim.log.end(entry, status=status)

    def _struck(self, environ: "WSGIEnvironment", strike: Strike, about: Context) -> Reply:
        sim = self._simulator
        if strike.seconds:
            sim.sleep(strike.seconds)
        if strike.kind is Kind.DROPPED:
            raise ConnectionDropped("The simulator dropped this call before doing anything (fault: dropped).")
        if strike.kind is Kind.STATUS and self._answered_inside(environ, strike):
            about.injected_status = strike.status
        elif strike.kind in BEFORE:
            return self._injected(strike, about)
        about.left_behind = strike.kind is Kind.CONNECTION_LEFT_BEHIND
        reply = self._run(environ)
        reply.headers.append(("Xero-Correlation-Id", about.correlation_id))
        if strike.kind is Kind.COMMITTED_BUT_LOST:
            sim.save()
            raise ConnectionDropped("The simulator did this call and dropped its answer (fault: committed_but_lost).")
        if strike.kind is Kind.TRUNCATED:
            return Reply(reply.status, reply.headers, reply.body[: len(reply.body) // 2])
        return reply

    def _answered_inside(self, environ: "WSGIEnvironment", strike: Strike) -> bool:
        return strike.status in (400, 500) and environ["PATH_INFO"].startswith(TENANT_ROOTS)

    def _injected(self, strike: Strike, about: Context) -> Reply:
        sim = self._simulator
        status = 502 if strike.kind is Kind.HTML_502 else strike.status
        with sim.world.lock:
            response = errors.by_status(sim.world, sim.switches, status)
        body = response.get_data()
        headers = [*response.headers.items(), ("Xero-Correlation-Id", about.correlation_id)]
        return Reply(response.status, headers, body)

    def _look(self, environ: "WSGIEnvironment") -> Context:
        sim = self._simulator
        scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        tenant = environ.get("HTTP_XERO_TENANT_ID", "").strip().lower() or None
        with sim.world.lock:
            token = sim.world.access_tokens.get(given.strip()) if scheme.lower() == "bearer" else None
            grant = sim.world.grants.get(token.grant_id) if token else None
            return Context(run_time_id(sim.world, "correlation"), tenant, token, grant)

    def _organisation_of_connection(self, path: str) -> str | None:
        connection = self._simulator.world.connections.get(path.removeprefix("/connections/"))
        return connection.organisation_id if connection else None

    def _run(self, environ: "WSGIEnvironment") -> Reply:
        written: list[bytes] = []
        caught: list[tuple[str, list[tuple[str, str]]]] = []

        def start(
            status: str, headers: list[tuple[str, str]], _failure: "OptExcInfo | None" = None, /
        ) -> Callable[[bytes], object]:
            caught.append((status, list(headers)))
            return written.append

        chunks = self._inner(environ, start)
        try:
            body = b"".join((*written, *chunks))
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        status, headers = caught[-1]
        return Reply(status, headers, body)


def _is_simulated(path: str) -> bool:
    return any(path == root or path.startswith(root + "/") for root in ROOTS)

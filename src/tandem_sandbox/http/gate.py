"""The outermost layer: finds out who calls, logs it, and lets faults strike. Own pages and control pass untouched."""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tandem_sandbox.faults import TAKES_WHEN, Call, ConnectionDropped, Fault, Kind, Strike
from tandem_sandbox.http import errors
from tandem_sandbox.http.access import CONTEXT_KEY, Context
from tandem_sandbox.http.damage import Reply, damaged
from tandem_sandbox.journal import Entry
from tandem_sandbox.late import LateWrite
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.world.state import run_time_id

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOTS = ("/payroll.xro", "/api.xro", "/connections", "/connect", "/identity", "/.well-known")
TENANT_ROOTS = ("/payroll.xro", "/api.xro")
DISCOVERY = "/.well-known/openid-configuration"
PAGE_SHIFTS = {Kind.RECORD_DOUBLED: -1, Kind.RECORD_MISSING: 1}
LANDED = "landed_late"


class Gate:
    """WSGI middleware around the Flask application."""

    def __init__(self, inner: "WSGIApplication", simulator: Simulator) -> None:
        self._inner = inner
        self._simulator = simulator

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        lowered = path.lower()
        self._land()
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
        organisation = about.tenant or self._organisation_of_connection(environ["PATH_INFO"])
        strike = sim.faults.strike(_call(environ, organisation))
        about.skew = strike.skew
        entry = self._begin(environ, about, given_path=given_path, organisation=organisation)
        entry.fault = strike.label
        client = about.grant.client_id if about.grant else ""
        sim.limits.enter(client, about.tenant or "")
        status: int | None = None
        try:
            reply = self._struck(environ, strike, about, given_path=given_path)
            reply.headers.append(("Date", format_datetime(sim.clock.now() + about.skew, usegmt=True)))
            status = int(reply.status.split()[0])
            entry.replayed = about.replayed
            return reply
        finally:
            sim.limits.leave(client, about.tenant or "")
            sim.log.end(entry, status=status)

    def _begin(self, environ: "WSGIEnvironment", about: Context, *, given_path: str, organisation: str | None) -> Entry:
        sim = self._simulator
        return sim.log.begin(
            at=about.at or sim.clock.now(),
            method=environ["REQUEST_METHOD"],
            path=given_path,
            query=environ.get("QUERY_STRING", ""),
            organisation=organisation,
            user=sim.world.users[about.grant.user_id].email if about.grant else None,
            app=about.grant.client_id if about.grant else None,
            correlation_id=about.correlation_id,
            idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY"),
        )

    def _struck(self, environ: "WSGIEnvironment", strike: Strike, about: Context, *, given_path: str) -> Reply:
        sim, fault = self._simulator, strike.fault
        if strike.seconds:
            sim.sleep(strike.seconds)
            self._land()
        if fault is None:
            return self._answered(environ, about)
        if fault.kind is Kind.DROPPED:
            raise ConnectionDropped("The simulator dropped this call before doing anything (fault: dropped).")
        if fault.kind is Kind.COMMITTED_LATE:
            self._keep_for_later(environ, about, seconds=fault.seconds, given_path=given_path)
        if fault.kind in TAKES_WHEN and fault.when == "before":
            if not _answered_inside(environ, fault):
                return self._injected(environ, fault, about)
            about.injected = fault
        _prepare(environ, about, fault.kind)
        reply = self._answered(environ, about)
        if fault.kind is Kind.COMMITTED_BUT_LOST:
            sim.save()
            raise ConnectionDropped("The simulator did this call and dropped its answer (fault: committed_but_lost).")
        if fault.kind in TAKES_WHEN and fault.when == "after":
            return self._injected(environ, fault, about)
        return damaged(reply, fault.kind)

    def _answered(self, environ: "WSGIEnvironment", about: Context) -> Reply:
        reply = self._run(environ)
        reply.headers.append(("Xero-Correlation-Id", about.correlation_id))
        return reply

    def _injected(self, environ: "WSGIEnvironment", fault: Fault, about: Context) -> Reply:
        sim = self._simulator
        with sim.world.lock:
            if fault.kind is Kind.STATUS and fault.status == 403 and environ["PATH_INFO"] == DISCOVERY:
                response = errors.blocked()
            else:
                response = errors.injected(sim.world, sim.switches, fault)
        headers = [*response.headers.items(), ("Xero-Correlation-Id", about.correlation_id)]
        return Reply(response.status, headers, response.get_data())

    def _keep_for_later(self, environ: "WSGIEnvironment", about: Context, *, seconds: float, given_path: str) -> None:
        sim = self._simulator
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        kept = dict(environ)
        if environ["PATH_INFO"].startswith(TENANT_ROOTS):
            about.late = True
            self._run({**environ, "wsgi.input": io.BytesIO(body)})
        if about.admitted or not about.late:
            about.arrived = sim.clock.now()
            due = about.arrived + timedelta(seconds=seconds)
            sim.late.keep(LateWrite(due, kept, body, given_path, about))
        raise ConnectionDropped("The simulator dropped this call and will carry it out later (fault: committed_late).")

    def _land(self) -> None:
        """Carry out the late writes whose moment has come, each as of that moment; others wait meanwhile."""
        sim = self._simulator
        with sim.late.landing:
            for write in sim.late.take_due(sim.clock.now()):
                self._carry_out(write)

    def _carry_out(self, write: LateWrite) -> None:
        sim, kept = self._simulator, write.about
        with sim.world.lock:
            about = replace(
                kept,
                correlation_id=run_time_id(sim.world, "correlation"),
                late=False,
                admitted=replace(kept.admitted, now=write.due) if kept.admitted else None,
                at=write.due,
            )
        environ = {**write.environ, "wsgi.input": io.BytesIO(write.body), CONTEXT_KEY: about}
        entry = self._begin(environ, about, given_path=write.given_path, organisation=about.tenant)
        entry.fault = LANDED
        reply = self._run(environ)
        entry.replayed = about.replayed
        sim.log.end(entry, status=int(reply.status.split()[0]))
        sim.save()

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


def _call(environ: "WSGIEnvironment", organisation: str | None) -> Call:
    text = environ.get("QUERY_STRING", "")
    pages = parse_qs(text).get("page", ["1"]) if "page=" in text else ["1"]
    page = int(pages[-1]) if pages[-1].isascii() and pages[-1].isdigit() and len(pages[-1]) < 10 else 1
    return Call(environ["REQUEST_METHOD"], environ["PATH_INFO"], organisation, page)


def _answered_inside(environ: "WSGIEnvironment", fault: Fault) -> bool:
    """Say whether a fault comes after the checks of a tenant call, so that an Idempotency-Key remembers it."""
    inside = fault.kind is Kind.STATUS and fault.status in (400, 500)
    return inside and environ["PATH_INFO"].startswith(TENANT_ROOTS)


def _prepare(environ: "WSGIEnvironment", about: Context, kind: Kind) -> None:
    about.left_behind = kind is Kind.CONNECTION_LEFT_BEHIND
    about.page_shift = PAGE_SHIFTS.get(kind, 0)
    if kind is Kind.XML:
        environ["HTTP_ACCEPT"] = "application/xml"


def _is_simulated(path: str) -> bool:
    return any(path == root or path.startswith(root + "/") for root in ROOTS)

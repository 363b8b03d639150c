"""The envelopes of Payroll AU 1.0 and Accounting 2.0, and the XML that a forgotten Accept gets."""

from collections.abc import Sequence

from flask import Response, request

from tandem_sandbox.http import errors
from tandem_sandbox.http.access import Visit
from tandem_sandbox.world.state import run_time_id
from tandem_sandbox.world.wire import dumps, ms_envelope

PROVIDER = "Tandem sandbox"
XML = "text/xml; charset=utf-8"
XML_STUB = (
    '<?xml version="1.0" encoding="utf-8"?>\n<Response><Id>{id}</Id><Status>OK</Status>'
    "<ProviderName>{provider}</ProviderName>"
    "<Note>The sandbox answers XML with this stub only. Send Accept: application/json.</Note></Response>"
)


def collection(visit: Visit, name: str, written: Sequence[str]) -> Response:
    """Answer 200 with a list of records that are already JSON text."""
    return _enveloped(visit, name, f"[{','.join(written)}]")


def single(visit: Visit, name: str, value: object) -> Response:
    """Answer 200 with one object."""
    return _enveloped(visit, name, dumps(value))


def rejected(name: str, records: Sequence[object]) -> Response:
    """Answer 400 in the first shape: the collection with ValidationErrors on the records (xero.md 3.4)."""
    return errors.answer(dumps({name: list(records)}), status=400)


def _enveloped(visit: Visit, name: str, body: str) -> Response:
    made = run_time_id(visit.world, "envelope")
    if "application/json" not in request.headers.get("Accept", ""):
        return errors.answer(XML_STUB.format(id=made, provider=PROVIDER), status=200, content_type=XML)
    head = dumps({"Id": made, "Status": "OK", "ProviderName": PROVIDER, "DateTimeUTC": ms_envelope(visit.now)})
    return errors.answer(f'{head[:-1]},"{name}":{body}}}', status=200)

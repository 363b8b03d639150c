"""The API's first version, put together. Everything of a customer lies below /accounts/{account_id}/."""

from typing import Any, cast

from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from tandem.api import problems
from tandem.api.auth import ApiKeyAuth
from tandem.api.v1 import (
    candidates,
    conflicts,
    connection,
    drills,
    employees,
    guest_links,
    handovers,
    history,
    leave,
    runs,
    settings,
    standby,
    webhooks,
)
from tandem.kernel.errors import TandemError

api = NinjaAPI(
    title="Tandem",
    version="1",
    description="The connection to Xero Payroll, its runs and the people that it carries. Not affiliated with Xero.",
    urls_namespace="api-v1",
    auth=ApiKeyAuth(),
    docs_url="/docs",
    openapi_url="/openapi.json",
)
PARTS = (
    connection,
    handovers,
    standby,
    guest_links,
    settings,
    drills,
    runs,
    history,
    conflicts,
    employees,
    candidates,
    leave,
    webhooks,
)
for part in PARTS:
    api.add_router("/accounts/{uuid:account_id}", part.router)
# Ninja types a handler as if it were given classes too; it is given what was raised.
api.add_exception_handler(TandemError, cast("Any", problems.of_tandem))
api.add_exception_handler(AuthenticationError, cast("Any", problems.of_missing_key))
api.add_exception_handler(ValidationError, cast("Any", problems.of_validation))

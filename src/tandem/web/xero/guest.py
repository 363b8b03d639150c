"""What a guest with a link sees: who asks, for which organisation, what is asked. No sign-in, and nothing of HR.

The secret of the link stands in one address only, which answers with a redirect; from then on the session's cookie holds a
secret of its own, to which the trip to Xero is bound.
"""

import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, NotFound
from tandem.tenancy.selectors import list_accounts_of
from tandem.web.requests import Request
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, GuestPage, GuestStanding

GUEST = "guest"
#: Opened links and presses, by address of the network.
RATES = {GUEST: "30/m/ip"}
STATUS = {
    GuestStanding.OPEN: 200,
    GuestStanding.BUSY: 409,
    GuestStanding.USED: 410,
    GuestStanding.REVOKED: 410,
    GuestStanding.EXPIRED: 410,
    GuestStanding.MOVED: 410,
}
FOR_WHAT = {
    ConsentPurpose.RECONNECT: "You would be the person through whom the connection to Xero works. Whoever authorised it before "
    "is replaced.",
    ConsentPurpose.STANDBY: "You would stand by: the connection works through somebody else, and goes on through you if that "
    "person cannot any more.",
}
DONE_FOR = {
    ConsentPurpose.RECONNECT: "The connection to Xero works through you now.",
    ConsentPurpose.STANDBY: "You stand by. The connection goes on through you if the person it works through cannot any more.",
}


def _too_many(request: Request) -> bool:
    return not ratelimit.consume(request, app="tandem", action=GUEST, config=RATES, limit_get=True)


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response


def _closed(request: Request, message: str, *, status: int) -> HttpResponse:
    return _private(render(request, "xero/guest_closed.html", {"message": message}, status=status))


@never_cache
@require_GET
def guest_open(request: Request, token: str) -> HttpResponse:
    """Take the secret out of the address, and go on with a cookie. Nothing is used up by it."""
    if _too_many(request):
        return _closed(request, facade.GUEST_TOO_MANY, status=429)
    found = facade.find_guest_link(token)
    if found is None:
        return _closed(request, facade.GUEST_UNKNOWN, status=404)
    account_id, link_id = found
    known = request.session.get(GUEST, {})
    is_same = known.get("link") == link_id.hex
    request.session.cycle_key()
    browser = known["browser"] if is_same else secrets.token_urlsafe(32)
    request.session[GUEST] = {"account": account_id.hex, "link": link_id.hex, "browser": browser}
    response = redirect("guest-page")
    response["Referrer-Policy"] = "no-referrer"
    return _private(response)


@never_cache
@require_http_methods(["GET", "POST"])
def guest_page(request: Request) -> HttpResponse:
    """Show what is asked, and go to Xero when the button is pressed; afterwards the receipt."""
    page = _page(request)
    if page is None:
        return _closed(request, facade.GUEST_UNKNOWN, status=404)
    timezone.activate(ZoneInfo(page.time_zone))
    if page.is_own_use:
        return _receipt(request, page)
    if page.standing is not GuestStanding.OPEN:
        return _closed(request, facade.GUEST_SENTENCES[page.standing], status=STATUS[page.standing])
    if _is_member(request, page.account_id):
        return _closed(request, facade.GUEST_IS_MEMBER, status=403)
    if request.method == "POST":
        return _go(request, page)
    context = {
        "page": page,
        "for_what": FOR_WHAT[page.purpose],
        "asks": facade.asked_words(Actor.guest(page.account_id)),
    }
    return _private(render(request, "xero/guest.html", context))


def _page(request: Request) -> GuestPage | None:
    known = request.session.get(GUEST)
    if not known:
        return None
    return facade.get_guest_page(UUID(known["account"]), link_id=UUID(known["link"]), browser=known["browser"])


def _is_member(request: Request, account_id: UUID) -> bool:
    if not request.user.is_authenticated:
        return False
    return account_id in {account.account_id for account in list_accounts_of(request.user.id)}


def _go(request: Request, page: GuestPage) -> HttpResponse:
    if _too_many(request):
        return _closed(request, facade.GUEST_TOO_MANY, status=429)
    known = request.session[GUEST]
    try:
        address = facade.start_guest_consent(page.account_id, link_id=UUID(known["link"]), browser=known["browser"])
    except Invalid as error:
        return _closed(request, str(error), status=409)
    request.session[GUEST] = {**known, "went": _digest(parse_qs(urlsplit(address).query)["state"][0])}
    return _private(redirect(address))


def _receipt(request: Request, page: GuestPage) -> HttpResponse:
    receipt = {
        "title": f"You authorised {page.organisation_name}",
        "at": page.used_at,
        "lines": [
            {"label": "Authorised by", "value": page.holder_name},
            {"label": "Asked by", "value": page.asked_by or page.account_name, "detail": page.account_name},
            {"label": "What it is for", "value": DONE_FOR[page.purpose]},
            {"label": "Proved", "value": "The organisation and its payroll were read once. Nothing was written."},
        ],
    }
    return _private(render(request, "xero/guest_receipt.html", {"receipt": receipt}))


def began(request: Request) -> bool:
    """Say whether the answer that came back belongs to a trip that a guest began in this browser."""
    went = request.session.get(GUEST, {}).get("went", "")
    return bool(went) and secrets.compare_digest(went, _digest(request.GET.get("state", "")))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def came_back(request: Request) -> HttpResponse:
    """Take Xero's answer to a guest; the guest's page says what came of it."""
    known = request.session[GUEST]
    request.session[GUEST] = {**known, "went": ""}
    outcome = facade.finish_guest_consent(browser=known["browser"], params=request.GET.dict())
    if not outcome.is_success:
        messages.error(request, outcome.message or NotFound.public_message)
    return _private(redirect("guest-page"))

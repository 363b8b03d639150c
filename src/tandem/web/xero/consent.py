"""The trip to Xero and back. The way back always answers with a redirect, so that no code stays in the address bar."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.tenancy.records import AccountRecord
from tandem.tenancy.selectors import list_accounts_of
from tandem.web.requests import Request, needs, needs_second_factor, signed_in
from tandem.web.xero import guest, present_keys
from tandem.xero import facade
from tandem.xero.facade import ConsentOutcome, ConsentPurpose, ConsentResult

SAID = {
    ConsentResult.CONNECTED: "{organisation} is connected. The four lights below say what is proved.",
    ConsentResult.RECONNECTED: "{organisation} is connected again. Nothing is written until you approve the gap report.",
    ConsentResult.STANDBY: "A standby authoriser is ready for {organisation}.",
    ConsentResult.WIDENED: "Xero allows it now, for {organisation}. What was switched on works.",
    ConsentResult.MOVED: "The connection was moved to {organisation}. Nothing is written before you have seen the first "
    "comparison, the gap report. What was linked before is archived.",
}
#: Where a refusal leads that leaves something to choose.
AFTER_A_REFUSAL = {
    "wrong_move": "xero-move",
    "wider_denied": "integration-settings",
    "move_not_approved": "xero-move",
}


def start(request: Request, purpose: ConsentPurpose, *, back_to: str = "xero-connection") -> HttpResponse:
    """Send the browser to Xero; the flow is bound to this session. What forbids it is said on the page `back_to`."""
    if not request.session.session_key:
        request.session.save()
    try:
        address = facade.start_consent(request.actor, purpose=purpose, session_key=request.session.session_key or "")
    except Invalid as error:
        messages.error(request, str(error))
        return redirect(back_to, account=request.account.slug)
    return redirect(address)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_connect(request: Request) -> HttpResponse:
    """Go to Xero's consent page for the first time; with a tick, asking for leave to read and no more."""
    if request.POST.get("read_only"):
        facade.only_read(request.actor)
    return start(request, ConsentPurpose.CONNECT)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_standby(request: Request) -> HttpResponse:
    """Say what a second person does; the button goes to Xero, where that person signs in."""
    if request.method == "POST":
        return start(request, ConsentPurpose.STANDBY)
    page = facade.get_connection_page(request.actor)
    if page.primary is None:
        messages.info(request, "Connect Xero first. Then a second person can stand by.")
        return redirect("xero-connection", account=request.account.slug)
    context = present_keys.standby_offer(page, slug=request.account.slug)
    return render(request, "xero/standby.html", context)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_scopes(request: Request) -> HttpResponse:
    """Say what a chosen option needs that Xero was not asked for; ask now, or do without."""
    slug = request.account.slug
    if request.method == "POST" and request.POST.get("without"):
        facade.only_read(request.actor)
        messages.success(request, "Tandem only reads from Xero. Nothing is exported.")
        return redirect("integration-settings", account=slug)
    if request.method == "POST":
        return start(request, ConsentPurpose.WIDEN)
    context = {
        "organisation": facade.connection_summary(request.actor).organisation_name,
        "pending": facade.pending_words(request.actor),
        "asks": facade.asked_words(request.actor),
        "action": reverse("xero-scopes", args=[slug]),
        "back_url": reverse("integration-settings", args=[slug]),
    }
    return render(request, "xero/scopes.html", context)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_reconnect(request: Request) -> HttpResponse:
    """Say what a reconnect keeps and checks; the button goes to Xero."""
    if request.method == "POST":
        return start(request, ConsentPurpose.RECONNECT)
    slug = request.account.slug
    context = {
        "organisation": facade.connection_summary(request.actor).organisation_name,
        "action": reverse("xero-reconnect", args=[slug]),
        "back_url": reverse("xero-connection", args=[slug]),
        "move_url": reverse("xero-move", args=[slug]),
    }
    return render(request, "xero/reconnect.html", context)


@never_cache
@require_GET
def xero_callback(request: Request) -> HttpResponseBase:
    """Take Xero's answer, to a guest or to somebody who is signed in, and go on to a page that says what it came to."""
    if guest.began(request):
        return guest.came_back(request)
    return _came_back(request)


@signed_in
def _came_back(request: Request) -> HttpResponse:
    outcome = facade.finish_consent(
        session_key=request.session.session_key or "", user_id=request.user.id, params=request.GET.dict()
    )
    account = _account(request, outcome.account_id)
    if account is None:
        messages.error(request, outcome.message)
        return redirect("front")
    return _after(request, account, outcome)


def _account(request: Request, account_id: UUID | None) -> AccountRecord | None:
    mine = {account.account_id: account for account in list_accounts_of(request.user.id)}
    return mine.get(account_id) if account_id else None


def _after(request: Request, account: AccountRecord, outcome: ConsentOutcome) -> HttpResponse:
    if outcome.result is ConsentResult.CHOOSE:
        return redirect("xero-choose", account=account.slug, flow_id=outcome.flow_id)
    if outcome.result is ConsentResult.REFUSED:
        messages.error(request, outcome.message)
        if outcome.code == "wrong_organisation":
            return redirect(reverse("xero-connection", args=[account.slug]) + "?wrong=organisation")
        return redirect(AFTER_A_REFUSAL.get(outcome.code, "xero-connection"), account=account.slug)
    messages.success(request, SAID[outcome.result].format(organisation=outcome.organisation_name))
    if outcome.result is ConsentResult.RECONNECTED:
        return redirect("xero-restore", account=account.slug)
    if outcome.result is ConsentResult.WIDENED:
        return redirect("integration-settings", account=account.slug)
    return redirect("xero-connection", account=account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_choose(request: Request, flow_id: UUID) -> HttpResponse:
    """Let a person choose among the organisations of their own consent."""
    if request.method == "POST":
        return _chosen(request, flow_id)
    context = {
        "organisations": [
            {"id": choice.tenant_id, "name": choice.name}
            for choice in facade.get_choice(request.actor, flow_id=flow_id)
        ],
        "cancel_url": reverse("xero-connection", args=[request.account.slug]),
    }
    return render(request, "xero/consent_choice.html", context)


def _chosen(request: Request, flow_id: UUID) -> HttpResponse:
    try:
        tenant_id = UUID(request.POST.get("organisation", ""))
        outcome = facade.choose_organisation(request.actor, flow_id=flow_id, tenant_id=tenant_id)
    except (ValueError, Invalid):
        messages.error(request, "Choose one of the organisations in the list.")
        return redirect("xero-choose", account=request.account.slug, flow_id=flow_id)
    return _after(request, request.account, outcome)

"""Settings > Account Settings > Account Details > Integration, and putting earlier settings back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tandem.access.selectors import names_of
from tandem.kernel.permissions import Permission
from tandem.people.selectors import list_branches
from tandem.web.answers import attempt, form_page, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present
from tandem.web.xero.forms import PreferencesForm, as_chosen
from tandem.web.xero.standing import standing_rows
from tandem.xero import facade
from tandem.xero.facade import ConnectionState, PreferencesRecord

RESTORE = "Restore the settings you had before"


def tabs(request: Request, current: str) -> list[dict[str, object]]:
    """Return the tabs of Account Details."""
    named = (("Details", "account-details"), ("Integration", "integration-settings"), ("Branches", "branch-list"))
    return [
        {"label": label, "url": reverse(name, args=[request.account.slug]), "current": name == current}
        for label, name in named
    ]


@needs(Permission.MANAGE_INTEGRATION)
def account_details(request: Request) -> HttpResponse:
    """Show what the account is."""
    account = request.account
    branches = [branch.name for branch in list_branches(request.actor)]
    facts = [
        {"label": "Account", "value": account.name},
        {"label": "Address", "value": f"/a/{account.slug}/"},
        {"label": "Time zone", "value": account.time_zone, "detail": "Dates and the daily job at 00:15 follow it."},
        {"label": "Branches", "value": ", ".join(branches) or "None"},
        {"label": "Support", "value": account.support_email},
    ]
    return render(request, "account_details.html", {"tabs": tabs(request, "account-details"), "facts": facts})


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def integration_settings(request: Request) -> HttpResponse:
    """Let an administrator choose what flows, which way and when."""
    current = facade.get_preferences(request.actor)
    form = PreferencesForm(sent(request), initial=as_chosen(current.preferences.as_json()))
    saved = attempt(form, lambda: _save(request, form, current))
    if saved:
        changed = saved.version != current.version
        messages.success(request, "The settings were saved." if changed else "Nothing was different.")
        return redirect("integration-settings", account=request.account.slug)
    context = {
        **_around(request),
        "groups": form.groups,
        "version_text": _version(request, current),
        "standing": standing_rows(request),
        "back_action": reverse("conflict-always-back", args=[request.account.slug]),
    }
    return form_page(request, "xero/integration_tab.html", form, context)


def _save(request: Request, form: PreferencesForm, current: PreferencesRecord) -> PreferencesRecord:
    merged = {**current.preferences.as_json(), **form.as_json}
    return facade.save_preferences(request.actor, type(current.preferences).from_json(merged))


def _around(request: Request) -> dict[str, object]:
    slug, summary = request.account.slug, facade.connection_summary(request.actor)
    state = summary.health.state
    is_linked = state not in (ConnectionState.NOT_SET_UP, ConnectionState.DISCONNECTED)
    differs = bool(facade.compare_with_snapshot(request.actor)) if is_linked else False
    return {
        "tabs": tabs(request, "integration-settings"),
        "connection": {
            "state": state.value,
            "state_text": present.state_text(summary.health),
            "organisation": summary.organisation_name,
            "url": reverse("xero-connection", args=[slug]),
        },
        "preview_url": reverse("run-new", args=[slug]) if is_linked else "",
        "disconnect_url": reverse("xero-disconnect", args=[slug]) if is_linked else "",
        "connect_url": "" if is_linked else reverse("xero-connection", args=[slug]),
        "pending": facade.pending_words(request.actor) if is_linked else [],
        "scopes_url": reverse("xero-scopes", args=[slug]),
        "presets_url": reverse("integration-presets", args=[slug]),
        "restore_url": reverse("xero-restore", args=[slug]) if differs else "",
    }


def _version(request: Request, current: PreferencesRecord) -> str:
    if not current.version:
        return "These are the defaults. Nothing was saved yet."
    names = names_of(request.actor, user_ids=[current.by_user_id] if current.by_user_id else [])
    who = f" by {names[current.by_user_id]}" if current.by_user_id in names else ""
    return f"Version {current.version}, saved {present.written(current.at)}{who}."


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def xero_restore(request: Request) -> HttpResponse:
    """Show what differs from the settings before the disconnect, and put them back when asked."""
    slug = request.account.slug
    if request.method == "POST":
        facade.restore_snapshot(request.actor)
        messages.success(request, "The settings are as they were before.")
        return redirect("xero-connection", account=slug)
    summary = facade.connection_summary(request.actor)
    context = {
        "organisation": summary.organisation_name,
        "state": summary.health.state.value,
        "state_text": present.state_text(summary.health),
        "rows": [present.recommended(one) for one in facade.compare_with_snapshot(request.actor)],
        "action": reverse("xero-restore", args=[slug]),
        "skip_url": reverse("xero-connection", args=[slug]),
    }
    return render(request, "xero/reconnect_restore.html", context)

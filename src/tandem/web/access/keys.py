"""API keys: what programs sign in with. A key is shown once, when it is made."""

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access import api_keys
from tandem.access.api_keys import NewKey
from tandem.access.records import ApiKeyRecord
from tandem.access.roles import SENTENCES, Role
from tandem.access.selectors import names_of
from tandem.kernel import clock
from tandem.kernel.permissions import Permission
from tandem.web.answers import attempt, form_page, sent
from tandem.web.forms import CheckOptions
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import day, moment

# A key that sees only its own record would see nothing: no record is a program's.
ROLES = [role for role in Role if role is not Role.SELF_SERVICE]


class ApiKeyForm(forms.Form):
    """What a key is for, what it may do, and until when."""

    name = forms.CharField(
        label="Name",
        max_length=api_keys.LONGEST_NAME,
        help_text="The program that will use it.",
        error_messages={"required": "Give the key a name that says which program uses it."},
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        help_text="What the key may do. Roles add up.",
        choices=[(role.value, role.value) for role in ROLES],
        widget=CheckOptions(hints={role.value: SENTENCES[role] for role in ROLES}),
        error_messages={"required": "Choose at least one role: it says what the key may do."},
    )
    expires_on = forms.DateField(
        label="Last day",
        required=False,
        help_text="Leave it empty for a key that works until it is ended.",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "This is not a date."},
    )


@needs(Permission.MANAGE_USERS)
@needs_second_factor
def api_key_list(request: Request) -> HttpResponse:
    """List the keys of the account, ended ones too."""
    keys = api_keys.list_api_keys(request.actor)
    makers = names_of(request.actor, user_ids=[key.made_by_user_id for key in keys if key.made_by_user_id])
    context = {
        "keys": [_row(key, makers) for key in keys],
        "base": f"{settings.TANDEM.base_url}/api/v1/accounts/{request.account.account_id}/",
        "docs_url": reverse("api-v1:openapi-view"),
    }
    return render(request, "access/api_key_list.html", context)


def _row(key: ApiKeyRecord, makers: dict[UUID, str]) -> dict[str, object]:
    now = clock.now()
    if key.revoked_at:
        status = "Ended"
    elif not key.is_live(now):
        status = "Expired"
    else:
        status = "Open"
    return {
        "key_id": key.key_id,
        "name": key.name,
        "hint": f"… {key.hint}",
        "roles_text": ", ".join(key.roles),
        "made_text": moment(key.made_at),
        "maker": makers.get(key.made_by_user_id, "") if key.made_by_user_id else "",
        "until_text": day(key.expires_at.date()) if key.expires_at else "Until it is ended",
        "used_text": day(key.last_used_on) if key.last_used_on else "Never",
        "is_live": key.is_live(now),
        "status_text": status,
    }


@needs(Permission.MANAGE_USERS)
@needs_second_factor
def api_key_new(request: Request) -> HttpResponse:
    """Make a key, and show it this once."""
    form = ApiKeyForm(sent(request))
    made = attempt(form, lambda: _make(request, form))
    list_url = reverse("api-key-list", kwargs={"account": request.account.slug})
    if made:
        context = {"name": made.record.name, "text": made.text, "list_url": list_url}
        response = render(request, "access/api_key_made.html", context)
        response["Cache-Control"] = "no-store"
        return response
    return form_page(request, "access/api_key_form.html", form, {"cancel_url": list_url})


def _make(request: Request, form: ApiKeyForm) -> NewKey:
    last_day = form.cleaned_data["expires_on"]
    zone = ZoneInfo(request.account.time_zone)
    return api_keys.make_api_key(
        request.actor,
        name=form.cleaned_data["name"],
        roles=[Role(value) for value in form.cleaned_data["roles"]],
        expires_at=datetime.combine(last_day, time.max, zone) if last_day else None,
    )


@require_POST
@needs(Permission.MANAGE_USERS)
@needs_second_factor
def api_key_revoke(request: Request, key_id: UUID) -> HttpResponse:
    """End a key."""
    key = api_keys.revoke_api_key(request.actor, key_id=key_id)
    messages.success(request, f"The key {key.name} opens nothing any more.")
    return redirect("api-key-list", account=request.account.slug)

"""Links for guests: make one, send it, take it back. A link is shown once, when it is made."""

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.notices.actions import Recipient, write_letters
from tandem.notices.records import Wording
from tandem.web.answers import attempt, form_page, sent
from tandem.web.forms import RadioOptions
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import moment
from tandem.xero import facade
from tandem.xero.facade import ConsentPurpose, GuestLinkRecord, GuestStanding, NewGuestLink

PURPOSES = {
    ConsentPurpose.RECONNECT: ("Reconnect", "They become the person through whom the connection works."),
    ConsentPurpose.STANDBY: ("Stand by", "They take over if the person who carries the connection cannot any more."),
}
STANDINGS = {
    GuestStanding.OPEN: ("waiting", "Open"),
    GuestStanding.USED: ("connected", "Used"),
    GuestStanding.REVOKED: ("idle", "Taken back"),
    GuestStanding.EXPIRED: ("idle", "Expired"),
    GuestStanding.MOVED: ("idle", "For another organisation"),
}


class GuestLinkForm(forms.Form):
    """What a link is for, whom it is for, and where to send it."""

    purpose = forms.ChoiceField(
        label="What they authorise",
        choices=[(purpose.value, label) for purpose, (label, _) in PURPOSES.items()],
        widget=RadioOptions(hints={purpose.value: hint for purpose, (_, hint) in PURPOSES.items()}),
        error_messages={"required": "Choose what the link is for."},
    )
    made_for = forms.CharField(
        label="Who it is for",
        max_length=100,
        help_text="A name that you will know again. Only administrators see it.",
        error_messages={"required": "Say who the link is for. Only administrators see it."},
    )
    email = forms.EmailField(
        label="Send it by mail to",
        required=False,
        help_text="Leave it empty to copy the link and send it yourself.",
        error_messages={"invalid": "This is not an email address. It should look like name@example.com."},
    )


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def guest_link_new(request: Request) -> HttpResponse:
    """Make a link, and show it this once."""
    slug = request.account.slug
    summary = facade.connection_summary(request.actor)
    if not summary.organisation_name:
        messages.info(request, "A guest can only authorise an organisation that was connected before. Connect first.")
        return redirect("xero-connection", account=slug)
    form = GuestLinkForm(sent(request), initial={"purpose": request.GET.get("for", ConsentPurpose.STANDBY.value)})
    made = attempt(form, lambda: _make(request, form, summary.organisation_name))
    cancel_url = reverse("xero-connection", args=[slug])
    if made is None:
        context = {"cancel_url": cancel_url, "organisation": summary.organisation_name}
        return form_page(request, "xero/guest_link_form.html", form, context)
    shown: dict[str, object] = {
        "made": made.record,
        "until": _when(made.record.expires_at),
        "address": facade.guest_address(made),
        "sent_to": form.cleaned_data["email"],
        "back_url": cancel_url,
    }
    response = render(request, "xero/guest_link_made.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def _make(request: Request, form: GuestLinkForm, organisation: str) -> NewGuestLink:
    made = facade.make_guest_link(
        request.actor,
        purpose=ConsentPurpose(form.cleaned_data["purpose"]),
        made_for=form.cleaned_data["made_for"],
    )
    if form.cleaned_data["email"]:
        write_letters(
            request.actor,
            to=[Recipient(None, form.cleaned_data["email"])],
            wording=_wording(request, made, organisation),
            kind="guest_link",
        )
    return made


def _wording(request: Request, made: NewGuestLink, organisation: str) -> Wording:
    asked_by = request.actor.label or "An administrator"
    return Wording(
        subject=f"{request.account.name} asks you to authorise its connection to Xero",
        body=(
            f"{asked_by} of {request.account.name} asks you to authorise the connection between its HR system and "
            f"{organisation} in Xero. You sign in at Xero as yourself; you need no sign-in of ours.\n\n"
            f"What to do: open {facade.guest_address(made)} and read what is asked before you press anything.\n\n"
            f"The link works once, until {_when(made.record.expires_at)} ({request.account.time_zone}). If you did not "
            "expect it, do nothing: it expires by itself.\n"
        ),
    )


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def guest_link_revoke(request: Request, link_id: UUID) -> HttpResponse:
    """Take a link back."""
    try:
        link = facade.revoke_guest_link(request.actor, link_id=link_id)
    except Invalid as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The link for {link.made_for} opens nothing any more.")
    return redirect("xero-connection", account=request.account.slug)


def _when(at: datetime) -> str:
    return moment(timezone.localtime(at))


def links_context(request: Request) -> dict[str, object]:
    """Return what the connection page shows of the links."""
    links, slug = facade.list_guest_links(request.actor), request.account.slug
    makers = names_of(request.actor, user_ids=[link.made_by_user_id for link in links if link.made_by_user_id])
    return {
        "guest_links": [_row(slug, link, makers) for link in links],
        "guest_link_url": reverse("guest-link-new", args=[slug]),
    }


def _row(slug: str, link: GuestLinkRecord, makers: dict[UUID, str]) -> dict[str, object]:
    state, text = STANDINGS[link.standing]
    is_open = link.standing is GuestStanding.OPEN
    maker = makers.get(link.made_by_user_id, "") if link.made_by_user_id else ""
    about = [PURPOSES[link.purpose][0], f"made {_when(link.made_at)}" + (f" by {maker}" if maker else "")]
    if is_open:
        about.append(f"works until {_when(link.expires_at)}")
    if link.used_at:
        about.append(f"used {_when(link.used_at)}" + (f" by {link.holder_name}" if link.holder_name else ""))
    return {
        "name": link.made_for,
        "about": ", ".join(about),
        "state": state,
        "state_text": "At Xero now" if link.is_at_xero else text,
        "revoke_url": reverse("guest-link-revoke", args=[slug, link.link_id]) if is_open else "",
    }

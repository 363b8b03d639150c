"""Users: who may sign in to the account, as what."""

from uuid import UUID

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tandem.access import actions, selectors
from tandem.access.records import MemberRecord
from tandem.flows import access as flows
from tandem.kernel.errors import Invalid
from tandem.kernel.permissions import Permission
from tandem.people.prospects import ProspectKind
from tandem.people.selectors import names_of
from tandem.web.access.forms import MemberForm, UserForm
from tandem.web.answers import attempt, form_page, sent
from tandem.web.people import warnings
from tandem.web.people.choices import people_by_name
from tandem.web.requests import Request, needs
from tandem.web.templatetags.tandem_ui import moment

LOCK_POINTS = (
    "This person cannot open this account any more. What they are doing ends with their next click.",
    "Their record stays. You can open the access again, with the same roles.",
)
ENDED_WORDS = {"locked": "Locked", "employment_ended": "Ended with the employment"}


@needs(Permission.MANAGE_USERS)
def user_list(request: Request) -> HttpResponse:
    """List everybody who has or had access."""
    members = selectors.list_members(request.actor)
    linked = [member.employee_id for member in members if member.employee_id]
    names = names_of(request.actor, employee_ids=linked)
    rows = [_row(request, member, names) for member in members]
    return render(request, "access/user_list.html", {"members": rows})


def _row(request: Request, member: MemberRecord, names: dict[UUID, str]) -> dict[str, object]:
    slug, employee_id = request.account.slug, member.employee_id
    return {
        "membership_id": member.membership_id,
        "name": member.name or member.email,
        "email": member.email,
        "roles_text": ", ".join(member.roles),
        "employee_name": names.get(employee_id, "") if employee_id else "",
        "employee_url": reverse("employee-detail", args=[slug, employee_id]) if employee_id else "",
        "last_signed_in_text": moment(member.last_signed_in_at),
        "is_active": member.is_active,
        "status_text": "Open" if member.is_active else ENDED_WORDS.get(member.ended_reason, "Ended"),
    }


@needs(Permission.MANAGE_USERS)
def user_new(request: Request) -> HttpResponse:
    """Give somebody access and send them a link to choose a password."""
    form = UserForm(sent(request), people=people_by_name(request.actor))
    member = attempt(form, lambda: _invite(request, form))
    if member:
        _send_password_link(request, member.email)
        messages.success(request, f"{member.name or member.email} may sign in. A mail with a link is on its way.")
        return redirect("user-list", account=request.account.slug)
    cancel = reverse("user-list", kwargs={"account": request.account.slug})
    context = {"title": "Add user", "cancel_url": cancel, "save_label": "Add user"}
    return form_page(request, "access/user_form.html", form, context)


def _invite(request: Request, form: UserForm) -> MemberRecord:
    return actions.invite(
        request.actor,
        email=form.cleaned_data["email"],
        name=form.cleaned_data["name"],
        roles=form.chosen_roles,
        employee_id=form.cleaned_data["employee_id"],
    )


def _send_password_link(request: Request, email: str) -> None:
    """Mail a link that only the owner of the address gets; an existing password stays until they use it."""
    form = ResetPasswordForm(data={"email": email})
    if form.is_valid():
        form.save(request)


@needs(Permission.MANAGE_USERS)
def user_edit(request: Request, membership_id: UUID) -> HttpResponse:
    """Change a member's roles and linked record; end or reopen their access."""
    member = selectors.get_member(request.actor, membership_id=membership_id)
    initial = {"roles": list(member.roles), "employee_id": member.employee_id}
    form = MemberForm(sent(request), people=people_by_name(request.actor), initial=initial)
    if attempt(form, lambda: _change(request, form, membership_id)):
        messages.success(request, f"{member.name or member.email} was saved.")
        return redirect("user-list", account=request.account.slug)
    where = {"account": request.account.slug, "membership_id": membership_id}
    context = {
        "title": member.name or member.email,
        "cancel_url": reverse("user-list", kwargs={"account": request.account.slug}),
        "end_url": reverse("user-lock", kwargs=where) if member.is_active else None,
        "open_url": None if member.is_active else reverse("user-unlock", kwargs=where),
        "holder": _warned(request, member, ProspectKind.ROLE_CHANGE),
    }
    return form_page(request, "access/user_form.html", form, context)


def _change(request: Request, form: MemberForm, membership_id: UUID) -> MemberRecord:
    return flows.change_member(
        request.actor,
        membership_id=membership_id,
        roles=form.chosen_roles,
        employee_id=form.cleaned_data["employee_id"],
    )


def _set_access(request: Request, membership_id: UUID, *, is_active: bool) -> HttpResponse:
    try:
        member = flows.set_access(request.actor, membership_id=membership_id, is_active=is_active)
    except Invalid as error:
        messages.error(request, str(error))
        return redirect("user-edit", account=request.account.slug, membership_id=membership_id)
    did = "may sign in again" if is_active else "no longer has access to this account"
    messages.success(request, f"{member.name or member.email} {did}.")
    return redirect("user-list", account=request.account.slug)


def _warned(request: Request, member: MemberRecord, kind: ProspectKind) -> warnings.Warned | None:
    name = member.name or member.email
    return warnings.of_member(request, membership_id=member.membership_id, name=name, kind=kind)


@needs(Permission.MANAGE_USERS)
def user_lock(request: Request, membership_id: UUID) -> HttpResponse:
    """Say what ends with a member's access; end it when confirmed."""
    if request.method == "POST":
        return _set_access(request, membership_id, is_active=False)
    member = selectors.get_member(request.actor, membership_id=membership_id)
    where = {"account": request.account.slug, "membership_id": membership_id}
    context = {
        "holder": _warned(request, member, ProspectKind.LOCK),
        "title": member.name or member.email,
        "points": LOCK_POINTS,
        "action": reverse("user-lock", kwargs=where),
        "back_url": reverse("user-edit", kwargs=where),
    }
    return render(request, "access/user_lock.html", context)


@require_POST
@needs(Permission.MANAGE_USERS)
def user_unlock(request: Request, membership_id: UUID) -> HttpResponse:
    """Open a member's access again."""
    return _set_access(request, membership_id, is_active=True)

"""One person twice on one side: shown, and two records here merged after a look at what survives; and undone."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tandem.access.selectors import names_of
from tandem.flows import merging
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.people.merge_rules import FIELDS, Origin
from tandem.people.merging import find_merge
from tandem.people.selectors import list_branches
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_duplicates as present
from tandem.web.xero.decisions import said
from tandem.xero import facade
from tandem.xero.facade import Side

MOST_DIGITS = 9
MOST_PEOPLE = 100


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_duplicates(request: Request) -> HttpResponse:
    """List who may be on record twice here, and who may be twice in Xero."""
    found = facade.duplicates.list_duplicates(request.actor)
    names = names_of(request.actor, user_ids=[one.by_user_id for one in found.apart if one.by_user_id])
    return render(request, "xero/duplicates.html", present.duplicates(request.account.slug, found, names))


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_apart(request: Request) -> HttpResponse:
    """Say that the records of a group are different people; they are not listed again unless somebody asks."""
    side = Side.XERO if request.POST.get("side") == Side.XERO.value else Side.HR
    people = [one for one in map(_as_id, request.POST.getlist("person")[:MOST_PEOPLE]) if one.int]
    if said(request, lambda: facade.duplicates.keep_apart(request.actor, side=side, person_ids=people)):
        messages.success(request, "Not the same person. They are not listed again, unless you ask again below.")
    return redirect("match-duplicates", account=request.account.slug)


@require_POST
@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_apart_again(request: Request, proposal_id: UUID) -> HttpResponse:
    """Take back that records are different people."""
    if said(request, lambda: facade.duplicates.ask_about_again(request.actor, proposal_id)):
        messages.success(request, "They are listed again as long as they look like one person.")
    return redirect("match-duplicates", account=request.account.slug)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_merge(request: Request) -> HttpResponse:
    """Show what survives of two records, field by field; merge them as chosen."""
    slug = request.account.slug
    ids = _id(request, "keep"), _id(request, "other")
    try:
        preview = merging.preview_merge(request.actor, kept_id=ids[0], other_id=ids[1])
    except NotFound:
        messages.error(request, "One of the two records is gone. Nothing was changed.")
        return redirect("match-duplicates", account=slug)
    context = present.merge(slug, preview, list_branches(request.actor), days=settings.TANDEM.handover.recycle_bin_days)
    if request.method != "POST":
        return render(request, "xero/merge.html", context)
    try:
        merging.merge(request.actor, kept_id=ids[0], other_id=ids[1], chosen=_chosen(request), seen=_seen(request))
    except Invalid as error:
        problems = [problem.message for problem in error.problems]
        again = {**context, "problems": problems, "fields": present.keep_choices(context["fields"], _chosen(request))}
        return render(request, "xero/merge.html", again, status=422)
    messages.success(request, f"The two records of {preview.kept.full_name} are one. The other is in the recycle bin.")
    return redirect("employee-detail", account=slug, employee_id=preview.kept.employee_id)


def _id(request: Request, name: str) -> UUID:
    return _as_id(request.GET.get(name, ""))


def _as_id(text: str) -> UUID:
    """Return the id that was sent; nonsense is the id of nobody."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _chosen(request: Request) -> dict[str, Origin]:
    return {name: Origin.OTHER for name in FIELDS if request.POST.get(f"take-{name}") == Origin.OTHER.value}


def _seen(request: Request) -> tuple[int, int]:
    """Return the revisions that the person looked at; nonsense is none that there is."""
    kept, other = (request.POST.get(name, "")[:MOST_DIGITS] for name in ("seen_kept", "seen_other"))
    return (int(kept) if kept.isdecimal() else 0, int(other) if other.isdecimal() else 0)


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_unmerge(request: Request, merge_id: UUID) -> HttpResponse:
    """Say what undoing a merge brings back; take the two records apart again."""
    slug = request.account.slug
    try:
        found = find_merge(request.actor, merge_id)
        if request.method != "POST":
            return render(request, "xero/confirm.html", present.unmerging(slug, found))
        left = merging.undo_merge(request.actor, merge_id)
    except (Invalid, NotFound) as error:
        messages.error(request, error.public_message)
        return redirect("employee-bin", account=slug)
    messages.success(request, f"{found.other_name} is back as a record of its own. {present.left_text(left)}".strip())
    return redirect("employee-detail", account=slug, employee_id=found.other_id)

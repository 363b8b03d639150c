"""One person twice on one side: shown, and two records here merged after a look at what survives; and undone."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from tandem.flows import merging
from tandem.kernel.errors import Invalid, NotFound
from tandem.kernel.permissions import Permission
from tandem.people.merge_rules import FIELDS, Origin
from tandem.people.merging import find_merge
from tandem.people.selectors import list_branches
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.xero import present_duplicates as present
from tandem.xero import facade

MOST_DIGITS = 9


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def match_duplicates(request: Request) -> HttpResponse:
    """List who may be on record twice here, and who may be twice in Xero."""
    found = facade.list_duplicates(request.actor)
    return render(request, "xero/duplicates.html", present.duplicates(request.account.slug, found))


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
    """Return the id that the address names; nonsense is the id of nobody."""
    try:
        return UUID(request.GET.get(name, ""))
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

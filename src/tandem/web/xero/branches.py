"""Settings > Account Settings > Account Details > Branches: which employee group of Xero each stands for, and a new one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tandem.kernel.permissions import Permission
from tandem.people.branches import save_branches
from tandem.people.selectors import list_branches
from tandem.web.answers import attempt, form_page, sent
from tandem.web.requests import Request, needs, needs_second_factor
from tandem.web.templatetags.tandem_ui import counted
from tandem.web.xero.branch_form import BranchesForm
from tandem.web.xero.preferences import tabs
from tandem.xero import facade
from tandem.xero.facade import ListKind


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def branch_list(request: Request) -> HttpResponse:
    """Show the branches with their employee groups; save what was chosen, and add a branch."""
    slug, branches = request.account.slug, list_branches(request.actor)
    (listed,) = (one for one in facade.list_catalog(request.actor) if one.kind is ListKind.EMPLOYEE_GROUPS)
    groups = [one.entry.name for one in listed.entries if one.gone_since is None]
    form = BranchesForm(sent(request), branches=branches, groups=groups)
    count = attempt(form, lambda: _save(request, form))
    if count is not None:
        said = f"{counted(count, 'branch was,branches were')} saved." if count else "Nothing was different."
        messages.success(request, said)
        return redirect("branch-list", account=slug)
    taken = {branch.integration_api_key.casefold() for branch in branches}
    context = {
        "tabs": tabs(request, "branch-list"),
        "matches": facade.get_preferences(request.actor).preferences.match_branches,
        "is_read": listed.read_at is not None,
        "free": [name for name in groups if name.casefold() not in taken],
        "lists_url": reverse("xero-lists", args=[slug]),
        "settings_url": reverse("integration-settings", args=[slug]),
    }
    return form_page(request, "xero/branches.html", form, context)


def _save(request: Request, form: BranchesForm) -> int:
    typed = form.cleaned_data
    return save_branches(request.actor, keys=form.keys, name=typed["name"], key=typed["key"])

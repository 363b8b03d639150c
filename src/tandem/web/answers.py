"""How a view that holds a form answers: problems go back onto the form, 422 says that nothing was saved."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from tandem.kernel.errors import Invalid
from tandem.web.requests import Request

R = TypeVar("R")


def sent(request: Request) -> QueryDict | None:
    """Return what was sent, even when nothing was filled in; None when the form is only looked at."""
    return request.POST if request.method == "POST" else None


def attempt(form: forms.Form, save: Callable[[], R]) -> R | None:
    """Return what `save` returns; None when the form is not sent, not valid, or its problems came back from below."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return save()
    except Invalid as error:
        show_problems(form, error)
        return None


def show_problems(form: forms.Form, error: Invalid) -> None:
    """Put each problem on its field; one that the form does not have goes to the top."""
    for problem in error.problems:
        name = problem.field.rpartition(".")[2]
        form.add_error(name if name in form.fields else None, problem.message)


def form_page(request: Request, template: str, form: forms.Form, context: Mapping[str, object]) -> HttpResponse:
    """Draw the page of a form: 200 when it is fresh, 422 when it came back."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)

"""How forms are drawn, and the few widgets that pages share. What a form means belongs to its own module."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draw every form with an error summary, and every field with label, hint and error tied to it."""

    form_template_name = "forms/form.html"
    field_template_name = "components/field.html"


class DayInput(forms.DateInput):
    """A date picker of the browser's own; the value is always ISO 8601."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class OfARevision(forms.Form):
    """A form that edits what somebody else may edit meanwhile: it carries the revision that was shown."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def see_revision(self, revision: int) -> None:
        """Note that the person is shown this revision, so that a form sent again is judged against it."""
        if self.is_bound:
            self.data = {**{name: self.data.get(name) for name in self.data}, "revision": str(revision)}


class _Hints:
    """Give each option a sentence that says what it does."""

    hints: Mapping[str, str]

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **kwargs)  # type: ignore[misc]  # mixed into ChoiceWidget
        option["hint"] = self.hints.get(str(option["value"]), "")
        return option


class RadioOptions(_Hints, forms.RadioSelect):
    """Radio buttons, each with its sentence."""

    template_name = "forms/options.html"

    def __init__(self, *, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hints = hints or {}


class CheckOptions(_Hints, forms.CheckboxSelectMultiple):
    """Tick boxes, each with its sentence."""

    template_name = "forms/options.html"

    def __init__(self, *, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hints = hints or {}

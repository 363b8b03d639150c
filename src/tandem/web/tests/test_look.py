"""What every page promises: it compiles, holds to a strict policy, and writes values as people read them."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.template.loader import get_template, render_to_string
from django.utils import timezone

from tandem.kernel import clock
from tandem.web import styleguide
from tandem.web.forms import CheckOptions, DayInput, RadioOptions
from tandem.web.templatetags import tandem_ui

WEB = Path(settings.TANDEM.source) / "web"
TEMPLATES = sorted(str(path.relative_to(WEB / "templates")) for path in (WEB / "templates").rglob("*.html"))
SHEETS = sorted((WEB / "static" / "css").glob("*.css"))
NOW = datetime(2026, 11, 22, 3, 20, tzinfo=UTC)  # 14:20 in Melbourne


class LastDay(forms.Form):
    """A form with one field of each shape."""

    last_day = forms.DateField(label="Last day", widget=DayInput, help_text="The last day of employment.")
    authority = forms.ChoiceField(
        label="Which system is right?",
        choices=[("tandem", "Tandem"), ("xero", "Xero")],
        widget=RadioOptions(hints={"tandem": "A value changed here replaces the value in Xero."}),
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        required=False,
        choices=[("a", "AccountAdmin")],
        widget=CheckOptions(hints={"a": "Manages people."}),
    )
    auto_import = forms.BooleanField(
        label="Turn on automatic import from Xero", required=False, help_text="Every 3 hours."
    )


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_holds_to_a_strict_policy(name: str) -> None:
    source = (WEB / "templates" / name).read_text()
    assert not re.search(r"\sstyle=", source)
    assert not re.search(r"\son[a-z]+=", source)
    assert "<style" not in source
    assert "javascript:" not in source
    for script in re.findall(r"<script[^>]*>", source):
        assert "src=" in script or 'type="application/json"' in script


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_sheet_neither_forces_nor_fetches(sheet: Path) -> None:
    source = sheet.read_text()
    assert "!important" not in source
    assert "url(" not in source
    assert "@import" not in source


@pytest.mark.parametrize("name", sorted(tandem_ui.ICONS))
def test_an_icon_is_drawn_and_silent(name: str) -> None:
    drawn = tandem_ui.icon(name)
    assert drawn.startswith("<svg")
    assert 'aria-hidden="true"' in drawn


@pytest.mark.parametrize("word", sorted(tandem_ui.TONES))
def test_every_word_has_an_icon_beside_its_colour(word: str) -> None:
    assert tandem_ui.tone_icon(word) in tandem_ui.ICONS


def test_an_unknown_word_is_never_shown_as_good() -> None:
    assert tandem_ui.tone("something new") == "idle"


def test_a_form_with_errors_names_each_of_them_at_the_top_and_keeps_what_was_typed() -> None:
    drawn = str(LastDay({"last_day": "", "authority": "nobody", "auto_import": "on"}))
    assert '<a href="#id_last_day">Last day: This field is required.</a>' in drawn
    assert '<a href="#id_authority_0">' in drawn
    assert 'aria-describedby="id_last_day_helptext id_last_day_error"' in drawn
    assert 'id="id_last_day_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert re.search(r'name="auto_import"[^>]*checked', drawn)


def test_a_form_without_errors_has_no_summary() -> None:
    drawn = str(LastDay(initial={"last_day": date(2026, 12, 4)}))
    assert "errors-title" not in drawn
    assert 'value="2026-12-04"' in drawn


def test_every_option_carries_its_sentence() -> None:
    drawn = str(LastDay())
    assert "<small>A value changed here replaces the value in Xero.</small>" in drawn
    assert "<small>Manages people.</small>" in drawn


def test_a_value_is_never_taken_for_markup() -> None:
    drawn = render_to_string("components/notice.html", {"level": "info", "text": "<script>alert(1)</script>"})
    assert "<script>" not in drawn


@pytest.mark.parametrize(
    ("template", "context", "said"),
    [
        ("{{ at|clock_time }}", {"at": NOW}, "14:20"),
        ("{{ at|clock_time }}", {"at": None}, ""),
        ("{{ at|day }}", {"at": NOW}, "22 Nov 2026"),
        ("{{ at|day }}", {"at": datetime(2026, 11, 22, 20, 0, tzinfo=UTC)}, "23 Nov 2026"),
        ("{{ at|day }}", {"at": date(2026, 2, 3)}, "3 Feb 2026"),
        ("{{ at|weekday }}", {"at": date(2026, 11, 26)}, "Thursday 26 Nov"),
        ("{{ at|weekday }}", {"at": None}, ""),
        ("{{ at|moment }}", {"at": NOW}, "14:20 today"),
        ("{{ at|moment }}", {"at": NOW - timedelta(days=1)}, "21 Nov 2026, 14:20"),
        ("{{ at|moment }}", {"at": None}, ""),
        ("{{ at|proof_time }}", {"at": NOW}, "14:20"),
        ("{{ at|proof_time }}", {"at": NOW - timedelta(days=1)}, "21 Nov, 14:20"),
        ("{{ at|proof_time }}", {"at": None}, ""),
        ("{{ at|in_days }}", {"at": date(2026, 11, 26)}, "in 4 days"),
        ("{{ at|in_days }}", {"at": date(2026, 11, 23)}, "tomorrow"),
        ("{{ at|in_days }}", {"at": date(2026, 11, 22)}, "today"),
        ("{{ at|in_days }}", {"at": date(2026, 11, 19)}, "3 days ago"),
        ("{{ at|in_days }}", {"at": NOW}, "today"),
        ("{{ at|in_days }}", {"at": None}, ""),
        ("{{ at|ago }}", {"at": NOW - timedelta(minutes=4)}, "4 minutes ago"),
        ("{{ at|ago }}", {"at": NOW - timedelta(hours=1)}, "1 hour ago"),
        ("{{ at|ago }}", {"at": NOW - timedelta(days=2)}, "2 days ago"),
        ("{{ at|ago }}", {"at": NOW}, "just now"),
        ("{{ at|ago }}", {"at": None}, ""),
        ("{% stamp at %}", {"at": NOW}, '<time datetime="2026-11-22T03:20:00+00:00">14:20 today</time>'),
        ("{% stamp at %}", {"at": None}, ""),
        ('{{ n|counted:"change,changes" }}', {"n": 1}, "1 change"),
        ('{{ n|counted:"change,changes" }}', {"n": 1204}, "1,204 changes"),
        ("{{ name|initials }}", {"name": "Rosa Byrne"}, "RB"),
        ("{{ name|initials }}", {"name": "Ngozi Adaeze Okafor"}, "NO"),
        ("{{ step|step_icon }}", {"step": "done"}, "done"),
        ("{{ step|step_icon }}", {"step": "never heard of"}, "todo"),
    ],
)
def test_values_are_written_as_people_read_them(template: str, context: dict[str, object], said: str) -> None:
    with clock.frozen_at(NOW), timezone.override("Australia/Melbourne"):
        assert engines["django"].from_string(template).render(context) == said


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_an_error_page_says_what_to_do_without_a_database(status: int) -> None:
    drawn = render_to_string(f"errors/{status}.html")
    assert "<h1>" in drawn
    assert "Tandem connects to Xero and is not affiliated with Xero." in drawn


def test_the_style_guide_draws_every_component() -> None:
    drawn = render_to_string("styleguide.html", {"sample": styleguide.sample()})
    for word in ("Connected, proved 14:20", "Not proved since 13:50", "Nothing was saved yet", "No conflicts"):
        assert word in drawn

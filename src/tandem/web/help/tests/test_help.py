"""The help article carries buttons for those who may press them, and the reader's own state."""

from django.utils.html import escape

from tandem.testing.cast import Cast, text_of
from tandem.xero.connections.cause_table import CAUSES
from tandem.xero.connections.concern_table import CONCERNS


def test_an_administrator_can_start_from_the_article(cast: Cast) -> None:
    text = text_of(cast.alice.client.get(cast.alice.url("help/reconnect/")))
    assert 'href="/a/harbour-lane/xero/reconnect/"' in text
    assert "Not set up" in text


def test_an_employee_reads_it_without_buttons(cast: Cast) -> None:
    text = text_of(cast.dana.client.get(cast.dana.url("help/reconnect/")))
    assert "Reconnect Tandem and Xero" in text
    assert "/xero/reconnect/" not in text


def test_every_cause_has_its_place_in_the_article(cast: Cast) -> None:
    text = text_of(cast.alice.client.get(cast.alice.url("help/reconnect/")))
    steps = [entry.next_step for entry in CAUSES.values()] + [entry.next_step for entry in CONCERNS.values()]
    anchors = {step.help_anchor for step in steps}
    assert [anchor for anchor in sorted(anchors) if text.count(f'id="{anchor}"') != 1] == []
    for entry in CAUSES.values():
        assert escape(entry.signature) in text
        assert escape(entry.remedy) in text

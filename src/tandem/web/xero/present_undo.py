"""The undo of a run in the words of a page."""

from collections.abc import Mapping

from django.urls import reverse

from tandem.xero.facade import RunPage

SECTIONS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("hr", "update"): ("Will be put back in Tandem", "As it was before the run"),
    ("hr", "terminate"): ("Will end in Tandem again", "As it was before the run"),
    ("hr", "reinstate"): ("Will be reinstated in Tandem", "The run ended their employment here"),
    ("hr", "remove"): ("Will go to the recycle bin in Tandem", "The run added them"),
    ("xero", "update"): ("Will be put back in Xero", "As it was before the run"),
}
AFTERWARDS = (
    "Each value goes back on the side it was written to. Where the two sides then differ, nothing flows either way before you "
    "say under Conflicts which value stays."
)


def card(slug: str, page: RunPage) -> dict[str, str]:
    """Return what a page says about undoing a run: the runs it is linked with, and the button or why there is none."""
    undo = page.undo
    return {
        "undoes_url": _run_url(slug, undo.undoes),
        "undone_url": _run_url(slug, undo.undone_by),
        "action": reverse("run-undo", args=[slug, page.summary.run_id]) if page.can_undo else "",
        "why_not": undo.why_not,
        "afterwards": AFTERWARDS,
    }


def _run_url(slug: str, run_id: object) -> str:
    return reverse("run-detail", args=[slug, run_id]) if run_id else ""

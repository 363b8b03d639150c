"""The whole timeline as a file: one entry a line, with the digests that chain them."""

import json
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.timeline.checkpoints import find_checkpoint
from tandem.timeline.selectors import iter_chain
from tandem.web.requests import Request, needs, needs_second_factor


@needs(Permission.MANAGE_INTEGRATION)
@needs_second_factor
def timeline_export(request: Request) -> StreamingHttpResponse:
    """Hand out every entry, the oldest first; ids, codes and counts, as on the page, and never a value."""
    response = StreamingHttpResponse(_lines(request.actor), content_type="application/jsonl")
    response["Content-Disposition"] = f'attachment; filename="timeline-{request.account.slug}.jsonl"'
    return response


def _lines(actor: Actor) -> Iterator[bytes]:
    if (checkpoint := find_checkpoint(actor)) is not None:
        yield json.dumps(checkpoint.as_json(), sort_keys=True).encode() + b"\n"
    for entry in iter_chain(actor):
        yield json.dumps(entry.as_json(), sort_keys=True).encode() + b"\n"

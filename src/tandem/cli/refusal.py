"""A refusal to start: one plain sentence, exit code 1, no traceback."""

from tandem.kernel.errors import TandemError


class Refused(TandemError):
    """Something on this machine stands in the way; the sentence says what, and what to do next."""

    code = "refused"

"""The promises that the simulation holds the product to, and the finding that one of them is broken."""

from enum import StrEnum


class Promise(StrEnum):
    """What must be true after every step (design 1), and the last two once faults have stopped."""

    ONE_OF_EACH = "nobody is twice on a side"
    NOTHING_LOST = "nothing that a person entered is lost"
    AUTHORITY = "nothing that a person entered is overwritten but by whoever may decide"
    NOTHING_MADE_UP = "nothing is written that nobody entered"
    STATUS = "green is never shown without proof inside its window"
    JOURNAL = "a write is announced, and the announcement committed, before it leaves"
    MASK = "a tax file number that is not whole never travels and is never kept"
    APART = "no customer ever sees another's data"
    NO_SURPRISE = "no work breaks in a way nobody foresaw"
    QUIET = "everything comes to rest"
    AGREED = "both sides agree in the end, or a person is asked"


class Broken(BaseException):
    """A promise was broken; the sentence says how. No code of the product catches it on the way up."""

    def __init__(self, promise: Promise, sentence: str) -> None:
        super().__init__(f"{promise.value}: {sentence}")
        self.promise = promise

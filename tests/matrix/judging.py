"""Judge what was watched: no false green, no confident wrong cause, named where it can be. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from tests.matrix.happening import Happening
from tests.matrix.watching import MINUTE, Look, Played, signs

#: What works and was struck once may be called broken or waiting until it is asked again: one probe interval.
SLIP_BOUND = 16.0
LAST_DAY = "last_day"


@dataclass(frozen=True)
class Row:
    """One line of the report. `named` is yes, alike, no, or empty where there is nothing to name; minutes are virtual."""

    key: str
    setting: str
    state: str
    lights: str
    cause: str
    named: str
    noticed: float | None
    false_green: float
    false_red: float
    letters: int
    letters_after: int
    standby_carries: bool
    green_again: float | None
    complaints: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON takes it."""
        return asdict(self)


def row_of(played: Played) -> Row:
    """Judge one cell."""
    during = [look for look in played.looks if played.undone_at is None or look.at <= played.undone_at]
    happening, health = played.happening, played.settled
    assert health is not None
    name, is_certain = _named(played, during)
    return Row(
        key=happening.key,
        setting=played.setting.words,
        state=health.state.value,
        lights=signs(health),
        cause=_in_words(name, is_certain=is_certain),
        named=_verdict(happening, name, is_certain=is_certain),
        noticed=_noticed(during),
        false_green=_longest(during, lambda look: look.is_green and not look.works),
        false_red=_longest(during, lambda look: look.works and not look.is_green),
        letters=played.letters,
        letters_after=played.letters_after,
        standby_carries=bool(played.taken_over_because),
        green_again=_green_again(played),
        complaints=tuple(_complaints(played, during)),
    )


def _named(played: Played, during: Sequence[Look]) -> tuple[str, bool]:
    """Return what was named: by the report of a takeover, or else by the last look at what did not work."""
    if played.taken_over_because and not played.happening.needs_standby:
        return played.taken_over_because, played.takeover_is_certain
    looks = [look for look in during if not look.works and look.name] or [look for look in during if look.name]
    return (looks[-1].name, looks[-1].is_certain) if looks else ("", True)


def _in_words(name: str, *, is_certain: bool) -> str:
    text = name.replace("_", " ")
    return text if is_certain or not name or name == "unknown" else f"most likely {text}"


def _verdict(happening: Happening, name: str, *, is_certain: bool) -> str:
    if not happening.right or not happening.is_named:
        return ""
    right = happening.right | ({LAST_DAY} if "authoriser_left" in happening.right else frozenset())
    if name in right:
        return "yes"
    return "alike" if name in happening.alike and not is_certain else "no"


def _longest(looks: Sequence[Look], is_so: Callable[[Look], bool]) -> float:
    """Return the length of the longest stretch, in minutes."""
    longest, began = 0.0, None
    for look in looks:
        if is_so(look):
            began = began or look.at
            longest = max(longest, (look.at - began) / MINUTE)
        else:
            if began is not None:
                longest = max(longest, (look.at - began) / MINUTE)
            began = None
    return round(longest, 1)


def _noticed(looks: Sequence[Look]) -> float | None:
    """Return after how many minutes the page stopped saying that all is well, or somebody else carried on."""
    felt = next((index for index, look in enumerate(looks) if not look.works), None)
    if felt is None:
        return None
    seen = next((look for look in looks[felt:] if not look.is_green or look.works), None)
    return round((seen.at - looks[felt].at) / MINUTE, 1) if seen else None


def _green_again(played: Played) -> float | None:
    after = [look for look in played.looks if played.undone_at is not None and look.at >= played.undone_at]
    green = next((look for look in after if look.is_green), None)
    return round((green.at - after[0].at) / MINUTE, 1) if green else None


def _complaints(played: Played, during: Sequence[Look]) -> Iterable[str]:
    happening = played.happening
    bound = happening.busy_bound if played.setting.is_busy and happening.is_named else happening.bound
    if (stayed := _longest(during, lambda look: look.is_green and not look.works)) > bound:
        yield f"stayed green for {stayed} minutes"
    lies = {look.name for look in during if not look.works and look.name and look.is_certain} - happening.right
    if lies:
        yield f"was certain of {', '.join(sorted(lies))}"
    if not happening.hits:
        if any(look.state == "broken" and look.is_certain for look in during):
            yield "called what works broken, and was certain"
        if (red := _longest(during, lambda look: look.works and not look.is_green)) > SLIP_BOUND:
            yield f"was not green for {red} minutes though it worked"
    if happening.right and happening.hits and _noticed(during) is None:
        yield "was never noticed"
    if (mails := played.letters + played.letters_after) > happening.most_mails:
        yield f"cost {mails} mails"
    if _green_again(played) is None:
        yield "did not become green again"

"""What the customer chose for the sync: versions that are never changed, one in force, any to be looked back at."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tandem.kernel import clock
from tandem.kernel.actor import Actor
from tandem.kernel.errors import Invalid, Problem
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped, scoped_part
from tandem.timeline.actions import record
from tandem.timeline.events import Event
from tandem.xero.mapping.fields import SharedField
from tandem.xero.matching.matching import Side
from tandem.xero.models import Connection, MoveRequest, PreferencesVersion, Receipt
from tandem.xero.preferences.presets import Preset, with_preset
from tandem.xero.sync.preferences import Preferences


class Because(StrEnum):
    """The event that made a version."""

    DEFAULT = "default"
    SAVED = "saved"
    DISCONNECT = "disconnect"
    RESTORE = "restore"
    PRESET = "preset"
    PRESET_BACK = "preset_back"


@dataclass(frozen=True)
class PreferencesRecord:
    """One version of the choices."""

    version: int
    preferences: Preferences
    because: Because
    at: datetime | None
    by_user_id: UUID | None


@dataclass(frozen=True)
class Difference:
    """One choice that was another before: `field` is the attribute of Preferences."""

    field: str
    then: object
    now: object


@dataclass(frozen=True)
class PresetRecord:
    """A recommended set, and what it would change of the choices in force (`then` is what it recommends)."""

    preset: Preset
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class PresetsPage:
    """The recommended sets, the version they were compared with, and what was in force before one was applied."""

    version: int
    presets: tuple[PresetRecord, ...]
    before: tuple[Difference, ...]


NOTHING_CHOSEN = PreferencesRecord(0, Preferences(), Because.DEFAULT, None, None)


@scoped_part
def get_preferences(actor: Actor) -> PreferencesRecord:
    """Return the choices in force; the defaults, as version 0, before anybody chose."""
    row = PreferencesVersion.objects.filter(account_id=actor.account_id).order_by("-version").first()
    return _as_record(row) if row else NOTHING_CHOSEN


@scoped
def ensure_preferences(actor: Actor) -> PreferencesRecord:
    """Write the defaults down as version 1 unless there is a version already."""
    current = get_preferences(actor)
    return current if current.version else _append(actor, current, Preferences(), Because.DEFAULT)


@scoped
def save_preferences(actor: Actor, preferences: Preferences) -> PreferencesRecord:
    """Put choices in force as a new version; raise Invalid. Choices that are in force already make no version."""
    actor.require(Permission.MANAGE_INTEGRATION)
    problems = preferences.check()
    if problems:
        raise Invalid(*problems)
    current = _locked(actor)
    if current.version and current.preferences == preferences:
        return current
    return _append(actor, current, preferences, Because.SAVED)


@scoped
def set_standing(actor: Actor, field: SharedField, *, keep: Side | None) -> PreferencesRecord:
    """Let a side be kept wherever a field clashes, or ask again (None); raise Invalid. No change makes no version."""
    actor.require(Permission.MANAGE_INTEGRATION)
    current = _locked(actor)
    others = {name: side for name, side in current.preferences.standing.items() if name is not field}
    chosen = replace(current.preferences, standing=others if keep is None else {**others, field: keep})
    problems = chosen.check()
    if problems:
        raise Invalid(*problems)
    if chosen == current.preferences:
        return current
    return _append(actor, current, chosen, Because.SAVED)


@scoped_part
def list_presets(actor: Actor) -> PresetsPage:
    """Return what each recommended set would change, and how to go back from one that is in force."""
    actor.require(Permission.MANAGE_INTEGRATION)
    current = get_preferences(actor)
    presets = tuple(
        PresetRecord(one, tuple(_differences(then=with_preset(current.preferences, one), now=current.preferences)))
        for one in Preset
    )
    earlier = _before_preset(actor, current)
    before = _differences(then=earlier.preferences, now=current.preferences) if earlier else []
    return PresetsPage(current.version, presets, tuple(before))


@scoped
def apply_preset(actor: Actor, preset: Preset, *, seen_version: int) -> PreferencesRecord:
    """Put a recommended set in force as it was shown; raise Invalid if the choices are others by now."""
    actor.require(Permission.MANAGE_INTEGRATION)
    current = _locked(actor)
    if current.version != seen_version:
        raise Invalid(Problem("", "Somebody changed the settings after this page was made. Look again, then apply."))
    chosen = with_preset(current.preferences, Preset(preset))
    if chosen == current.preferences and current.version:
        return current
    return _append(actor, current, chosen, Because.PRESET)


@scoped
def put_back_preset(actor: Actor) -> PreferencesRecord:
    """Put back the choices from before a recommended set, while it is the newest version; raise Invalid."""
    actor.require(Permission.MANAGE_INTEGRATION)
    current = _locked(actor)
    earlier = _before_preset(actor, current)
    if earlier is None:
        raise Invalid(Problem("", "The settings were changed since, so there is no recommended set to take back."))
    restored = _append(actor, current, earlier.preferences, Because.PRESET_BACK)
    record(
        actor,
        Event.SETTINGS_RESTORED,
        subject_kind="settings",
        facts={"from_version": earlier.version, "version": restored.version},
    )
    return restored


def _before_preset(actor: Actor, current: PreferencesRecord) -> PreferencesRecord | None:
    if current.because is not Because.PRESET:
        return None
    row = PreferencesVersion.objects.filter(account_id=actor.account_id, version=current.version - 1).first()
    return _as_record(row) if row else NOTHING_CHOSEN


@scoped
def clear_ticks(actor: Actor) -> int:
    """Switch automatic import and export off, since there is nothing to run against; return the version before."""
    current = _locked(actor)
    cleared = replace(current.preferences, auto_import=False, auto_export=False)
    if current.version == 0:
        current = _append(actor, current, current.preferences, Because.DEFAULT)
    if cleared != current.preferences:
        record(actor, Event.SETTINGS_SNAPSHOT, subject_kind="settings", facts={"version": current.version})
        _append(actor, current, cleared, Because.DISCONNECT)
    return current.version


@scoped_part
def compare_with_snapshot(actor: Actor) -> list[Difference]:
    """Return what differs between the choices in force and those of the last disconnect."""
    actor.require(Permission.VIEW_INTEGRATION)
    snapshot = _snapshot(actor)
    if snapshot is None:
        return []
    return _differences(then=snapshot.preferences, now=get_preferences(actor).preferences)


@scoped
def restore_snapshot(actor: Actor) -> PreferencesRecord:
    """Put the choices of the last disconnect back in force; raise Invalid when there are none."""
    actor.require(Permission.MANAGE_INTEGRATION)
    current, snapshot = _locked(actor), _snapshot(actor)
    if snapshot is None or snapshot.preferences == current.preferences:
        return current
    restored = _append(actor, current, snapshot.preferences, Because.RESTORE)
    record(
        actor,
        Event.SETTINGS_RESTORED,
        subject_kind="settings",
        facts={"from_version": snapshot.version, "version": restored.version},
    )
    return restored


def _snapshot(actor: Actor) -> PreferencesRecord | None:
    """Return the version that was in force when the account was last disconnected, or moved to another organisation."""
    version = _version_kept(actor.account_id)
    row = PreferencesVersion.objects.filter(account_id=actor.account_id, version=version).first() if version else None
    return _as_record(row) if row else None


def _version_kept(account_id: UUID) -> int | None:
    receipt = Receipt.objects.filter(account_id=account_id).order_by("-at").first()
    move = (
        MoveRequest.objects.filter(account_id=account_id, preferences_version__isnull=False)
        .order_by("-closed_at")
        .first()
    )
    if move is not None and move.closed_at and (receipt is None or move.closed_at > receipt.at):
        return move.preferences_version
    return receipt.preferences_version if receipt else None


def _differences(*, then: Preferences, now: Preferences) -> list[Difference]:
    pairs = [(item.name, getattr(then, item.name), getattr(now, item.name)) for item in fields(Preferences)]
    return [Difference(name, before, after) for name, before, after in pairs if before != after]


def _locked(actor: Actor) -> PreferencesRecord:
    """Return the choices in force; the connection's row is the lock that keeps versions in line."""
    list(
        Connection.objects.select_for_update(no_key=True)
        .filter(account_id=actor.account_id)
        .values_list("pk", flat=True)
    )
    return get_preferences(actor)


def _append(actor: Actor, current: PreferencesRecord, preferences: Preferences, because: Because) -> PreferencesRecord:
    row = PreferencesVersion.objects.create(
        account_id=actor.account_id,
        version=current.version + 1,
        chosen=preferences.as_json(),
        because=because.value,
        at=clock.now(),
        by_user_id=actor.user_id,
    )
    changed = [item.field for item in _differences(then=current.preferences, now=preferences)]
    record(
        actor,
        Event.SETTINGS_CHANGED,
        subject_kind="settings",
        subject_id=row.preferences_id,
        facts={"version": row.version, "fields": changed, "because": because.value},
    )
    return _as_record(row)


def _as_record(row: PreferencesVersion) -> PreferencesRecord:
    return PreferencesRecord(
        version=row.version,
        preferences=Preferences.from_json(row.chosen),
        because=Because(row.because),
        at=row.at,
        by_user_id=row.by_user_id,
    )

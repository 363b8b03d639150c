"""Everything that nobody could establish about Xero, as a switch with a default and its meaning."""

from tandem_sandbox.world import time_switches, tracking_switches
from tandem_sandbox.world.switch import NUMBER, ON_OFF, Switch, Value

__all__ = ["BY_NAME", "NUMBER", "ON_OFF", "SWITCHES", "Switch", "Switches", "UnknownSwitch", "Value"]

LARGEST = 1_000_000

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "new_consent_earlier_tokens",
        ("keep", "kill"),
        default="keep",
        meaning="What a user's new consent does to the token sets that this user gave the same app before.",
    ),
    Switch(
        "reconsent_auth_event_id",
        ("change", "keep"),
        default="change",
        meaning="Whether consenting again to a connected organisation gives that connection the new authEventId.",
    ),
    Switch(
        "removed_user_connection",
        ("stays", "vanishes"),
        default="stays",
        meaning="Whether /connections still lists an organisation that the user was removed from.",
    ),
    Switch(
        "payroll_permission_lost_status",
        (403, 401),
        default=403,
        meaning="The answer of payroll paths to a user who lost payroll administrator access.",
    ),
    Switch(
        "payroll_permission_lost_detail",
        ("AuthenticationUnsuccessful", "AuthorizationUnsuccessful"),
        default="AuthenticationUnsuccessful",
        meaning="The Detail of that answer; the default cannot be told from any other refusal.",
    ),
    Switch(
        "payroll_not_set_up_status",
        (403, 401, 404),
        default=403,
        meaning="The answer of payroll paths where payroll was never set up.",
    ),
    Switch(
        "payroll_of_another_country_status",
        (403, 401, 404),
        default=403,
        meaning="The answer of Payroll AU paths to an organisation of another country.",
    ),
    Switch(
        "refresh_retry",
        ("fresh", "same"),
        default="fresh",
        meaning="What a refresh token gives when it is used again inside the 30 minutes: a fresh pair, or the same pair.",
    ),
    Switch(
        "dead_grant_access_token",
        ("refused", "until_expiry"),
        default="refused",
        meaning="Whether the access tokens of a revoked or killed token set stop at once or live out their 30 minutes.",
    ),
    Switch(
        "jwks_keeps_old_key",
        ON_OFF,
        default=True,
        meaning="Whether the key set still lists the key before, after the signing key was rotated.",
    ),
    Switch(
        "scopes_additive",
        ON_OFF,
        default=True,
        meaning="Whether a new consent also carries the scopes that this user gave the app before, while connected.",
    ),
    Switch(
        "problem_casing",
        ("recorded", "upper", "lower"),
        default="recorded",
        meaning="Casing of 401/403 bodies: as recorded (401 Title, 403 title), always Title, or always title.",
    ),
    Switch(
        "connections_omit_auth_event_id",
        ON_OFF,
        default=False,
        meaning="Leave authEventId out of /connections.",
    ),
    Switch(
        "connections_omit_tenant_name",
        ON_OFF,
        default=False,
        meaning="Leave tenantName out of /connections.",
    ),
    Switch(
        "omit_day_limit_header",
        ON_OFF,
        default=False,
        meaning="Leave X-DayLimit-Remaining out.",
    ),
    Switch(
        "omit_minute_limit_header",
        ON_OFF,
        default=False,
        meaning="Leave X-MinLimit-Remaining out.",
    ),
    Switch(
        "omit_app_minute_limit_header",
        ON_OFF,
        default=False,
        meaning="Leave X-AppMinLimit-Remaining out.",
    ),
    Switch(
        "unsupported_verb_status",
        (405, 501),
        default=405,
        meaning="The answer to a verb that a path does not have, HEAD and OPTIONS among them.",
    ),
    Switch(
        "problem_extras",
        ON_OFF,
        default=False,
        meaning="Add Type null and Extensions {} to 401/403 bodies, as some of Xero's have.",
    ),
    Switch(
        "limit_body",
        ("text", "empty", "html"),
        default="text",
        meaning="The body of a 429.",
    ),
    Switch(
        "limit_retry_after_always",
        ON_OFF,
        default=False,
        meaning="Send Retry-After with the problems concurrent and appminute too, not only with minute and day.",
    ),
    Switch(
        "rejected_calls_count",
        ON_OFF,
        default=False,
        meaning="Whether a call answered 429 uses up the allowance.",
    ),
    Switch(
        "address_required",
        ON_OFF,
        default=True,
        meaning="Whether a new employee must have a home address.",
    ),
    Switch(
        "unchanged_update_bumps",
        ON_OFF,
        default=False,
        meaning="Whether an update that changes nothing still moves UpdatedDateUTC.",
    ),
    Switch(
        "rehire_by_clearing",
        ("refuse", "allow", "ignore"),
        default="refuse",
        meaning="What clearing a TerminationDate does: 400, makes the person active, or nothing.",
    ),
    Switch(
        "batch_with_bad_record",
        ("all_rejected", "partly_saved"),
        default="all_rejected",
        meaning="What happens to the good records of a batch that holds a bad one.",
    ),
    Switch(
        "validation_error_shape",
        ("records", "exception"),
        default="records",
        meaning="The shape of a 400 for a bad record: the record echoed with ValidationErrors, or a ValidationException.",
    ),
    Switch(
        "malformed_status",
        (500, 400),
        default=500,
        meaning="The answer to JSON of the wrong shape, such as an empty BSB: 500 as recorded, or an honest 400.",
    ),
    Switch(
        "modified_since_with_milliseconds",
        (200, 500),
        default=200,
        meaning="The answer to an If-Modified-Since that carries milliseconds and a zone.",
    ),
    Switch(
        "modified_since_shows_terminated",
        ON_OFF,
        default=False,
        meaning="Whether If-Modified-Since without a where also lists terminated people.",
    ),
    Switch(
        "null_fields",
        ("absent", "null"),
        default="absent",
        meaning="Whether empty elements are left out or sent as null.",
    ),
    Switch(
        "unknown_fields",
        ON_OFF,
        default=False,
        meaning="Add an element to every employee that the specification does not know.",
    ),
    Switch(
        "days_in_payroll_year",
        ("text", "number"),
        default="text",
        meaning='Settings: DaysInPayrollYear as "364" or as 364.',
    ),
    Switch(
        "nested_update",
        ("replaced", "merged"),
        default="replaced",
        meaning="What an update does to the nested objects and lists that it sends: replaces them whole, or merges them.",
    ),
    Switch(
        "stp2_combinations",
        ON_OFF,
        default=True,
        meaning="Whether income type, employment basis and tax scale must fit each other where STP Phase 2 is on.",
    ),
    Switch(
        "deprecated_values",
        ("refuse", "accept"),
        default="refuse",
        meaning="What SUPERINCOMESTREAM and the residency WORKINGHOLIDAYMAKER get where STP Phase 2 is on.",
    ),
    Switch(
        "tax_number_required",
        ON_OFF,
        default=True,
        meaning="Whether a tax declaration must have a tax file number or an exemption; a non-employee needs neither.",
    ),
    Switch(
        "tax_file_number_check_digit",
        ON_OFF,
        default=False,
        meaning="Whether a tax file number must pass its check digit.",
    ),
    Switch(
        "future_termination",
        ("accept", "refuse"),
        default="accept",
        meaning="What a TerminationDate in the future gets.",
    ),
    Switch(
        "termination_before_pay_run",
        ("accept", "refuse"),
        default="accept",
        meaning="What a TerminationDate inside or before a posted pay run of the calendar gets.",
    ),
    Switch(
        "termination_bumps",
        ON_OFF,
        default=True,
        meaning="Whether a termination by itself moves UpdatedDateUTC.",
    ),
    Switch(
        "calendar_change_bumps",
        ON_OFF,
        default=True,
        meaning="Whether another pay calendar by itself moves UpdatedDateUTC.",
    ),
    Switch(
        "removed_users_listed",
        ON_OFF,
        default=False,
        meaning="Whether Users still lists who was removed from the organisation, with the role REMOVED.",
    ),
    Switch(
        "organisation_role",
        ("told", "unknown"),
        default="told",
        meaning="Whether Users tells each role, or says UNKNOWN of everybody.",
    ),
    Switch(
        "pay_items_left_out",
        ("inactive", "removed", "kept"),
        default="inactive",
        meaning="What a POST of PayItems does to items of a list that was sent without them.",
    ),
    Switch(
        "pay_items_reply",
        ("empty", "array", "lists"),
        default="empty",
        meaning="The PayItems of the answer to that POST: an empty object, an empty array, or the lists as they are now.",
    ),
    Switch(
        "default_pay_items_refused",
        ON_OFF,
        default=False,
        meaning="Whether that POST refuses Xero's own rates for redundancy and termination, even unchanged.",
    ),
    Switch(
        "qualifying_earnings_required",
        ON_OFF,
        default=True,
        meaning="Whether IsQualifyingEarnings must be given on earnings rates, leave types and leave lines.",
    ),
    Switch(
        "unknown_allowance_type",
        ON_OFF,
        default=False,
        meaning="Whether an allowance of PayItems has a type that the specification does not know.",
    ),
    Switch(
        "rate_per_unit",
        ("text", "number"),
        default="text",
        meaning='PayItems: RatePerUnit as "32.50", as the schema has it, or as 32.5, as its example has it.',
    ),
    Switch(
        "unknown_usi",
        ("refuse", "accept"),
        default="refuse",
        meaning="What a regulated super fund with a USI of no product gets.",
    ),
    Switch(
        "app_connection_cap",
        NUMBER,
        default=None,
        meaning="How many connections an app may hold in all (Xero's tiers: 5, 50, 1000 ...); null is no cap.",
    ),
    *time_switches.SWITCHES,
    *tracking_switches.SWITCHES,
)
BY_NAME = {switch.name: switch for switch in SWITCHES}


class UnknownSwitch(ValueError):
    """A switch or a value that does not exist, with a sentence for the caller."""


class Switches:
    """The present value of every switch."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {switch.name: switch.default for switch in SWITCHES}

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def values(self) -> dict[str, Value]:
        """Return name and value of each switch."""
        return dict(self._values)

    def describe(self) -> dict[str, dict[str, object]]:
        """Return every switch with its value, default, choices and meaning."""
        return {
            switch.name: {
                "value": self._values[switch.name],
                "default": switch.default,
                "choices": list(switch.choices),
                "meaning": switch.meaning,
            }
            for switch in SWITCHES
        }

    def changed(self) -> list[str]:
        """Name the switches that are not at their default."""
        return [switch.name for switch in SWITCHES if self._values[switch.name] != switch.default]

    def change(self, changes: dict[str, Value]) -> None:
        """Set several switches, all or none."""
        for name, value in changes.items():
            _check(name, value)
        self._values.update(changes)

    def reset(self) -> None:
        """Put every switch back to its default."""
        self._values = {switch.name: switch.default for switch in SWITCHES}


def _check(name: str, value: Value) -> None:
    switch = BY_NAME.get(name)
    if switch is None:
        raise UnknownSwitch(f"There is no switch called {name}. GET /_sandbox/switches lists them all.")
    if switch.choices == NUMBER:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST):
            return
        raise UnknownSwitch(f"{name} takes a whole number up to {LARGEST} or null.")
    if not any(value == choice and type(value) is type(choice) for choice in switch.choices):
        raise UnknownSwitch(f"{name} takes one of {', '.join(map(repr, switch.choices))}, not {value!r}.")

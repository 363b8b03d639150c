"""The switches about what Accounting lets an app change: tracking categories, and what it says of an organisation."""

from tandem_sandbox.world.switch import NUMBER, ON_OFF, Switch

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "tracking_in_use",
        ("refuse", "archive"),
        default="refuse",
        meaning="What deleting a tracking category or option that payroll uses does: 400, or it is archived instead.",
    ),
    Switch(
        "tracking_option_limit",
        NUMBER,
        default=100,
        meaning="How many options that are not deleted a tracking category may have; null is no limit.",
    ),
    Switch(
        "tracking_option_name_length",
        (100, 50),
        default=100,
        meaning="How long the name of a tracking option may be: Xero's pages say both.",
    ),
    Switch(
        "tracking_option_deleted_answer",
        ("deleted", "remaining"),
        default="deleted",
        meaning="The options of the answer to a deleted one: itself, as exemplified, or those that remain, as described.",
    ),
    Switch(
        "tracking_options_with_category",
        ON_OFF,
        default=True,
        meaning="Whether the options sent with a new tracking category are created with it, or are not read.",
    ),
    Switch(
        "organisation_actions",
        ("ALLOWED", "NOT-ALLOWED"),
        default="ALLOWED",
        meaning="What Organisation/Actions says of each action; no app here may write invoices or bills.",
    ),
    Switch(
        "construction_scheme_elsewhere_status",
        (200, 404),
        default=200,
        meaning="The answer of CISSettings, a British scheme, outside Britain: 200 and switched off, or 404.",
    ),
)

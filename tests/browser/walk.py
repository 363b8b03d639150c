"""The story of the product, walked by its visible labels. `test_story.py` proves it; `take_pictures.py` photographs it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.sync_api import Locator, Page, expect
from tests.browser.conftest import Visitor

from tandem.kernel import clock

BAKERY, BOOKS = "Harbour Lane Bakery Pty Ltd", "Second Street Books Pty Ltd"
ROSA, AMIR = "rosa.byrne@example.com", "amir.lim@example.com"
READING = 120_000  # sixty people at sixty calls a minute
AUTOMATIC = ("Turn on automatic import from Xero", "Turn on automatic export to Xero")


def _unseen(name: str, page: Page) -> None:
    """Look at nothing: the test reads the pages itself."""


@dataclass
class Walk:
    """Alice at her desk, Sam of the vendor's support at theirs, and what Alice remembers of what she read."""

    alice: Visitor
    sam: Visitor
    look: Callable[[str, Page], None] = _unseen
    edited: str = ""
    in_xero: dict[str, Any] = field(default_factory=dict)

    @property
    def page(self) -> Page:
        """Return what Alice sees."""
        return self.alice.page

    def from_first_to_last(self) -> None:
        """Walk the whole story."""
        self.sign_in_and_connect()
        self.choose_settings()
        self.import_people()
        self.export_an_edit()
        self.enter_the_leavers_last_day()
        self.lose_access_in_xero()
        self.ask_support_for_the_way_out()
        self.disconnect()
        self.look_at_connected_apps_in_xero()
        self.reconnect()
        self.restore_settings()
        self.approve_the_gap_report()

    def sign_in_and_connect(self) -> None:
        """Actions > Integrations > XERO, sign-in and consent at Xero, four lights."""
        self.alice.sign_in("alice@harbourlane.example")
        self.sees("Not connected to Xero yet")
        self.menu("Actions", "Integrations")
        card = self.page.get_by_role("region", name="XERO")
        expect(card).to_contain_text("Set up our 2-way Xero connector")
        card.get_by_role("link", name="Connect XERO").click()
        self.button("Connect to Xero")
        self.sign_in_at_xero(ROSA)
        self.allow(BAKERY)
        self.sees(f"{BAKERY} is connected.")
        self.sees("Authorised by Rosa Byrne")
        self.all_four_are_proved()
        expect(self.state()).to_contain_text("Connected")
        self.look("connection-first", self.page)

    def choose_settings(self) -> None:
        """Settings > Account Settings > Account Details > Integration."""
        self.open_integration_tab()
        self.page.get_by_role("group", name="Authoritative System").get_by_role(
            "radio", name=re.compile("^Tandem")
        ).check()
        for label in AUTOMATIC:
            self.page.get_by_label(label).check()
        self.button("Save")
        self.sees("The settings were saved.")
        for label in AUTOMATIC:
            expect(self.page.get_by_label(label)).to_be_checked()
        self.look("integration", self.page)

    def import_people(self) -> None:
        """Preview the first import, approve it, watch it, and see the people."""
        active = [person for person in self.people_in_xero().values() if person.get("Status", "ACTIVE") == "ACTIVE"]
        self.link("Preview a run")
        self.preview("Import from Xero")
        expect(self.page.get_by_role("heading", name="Will be added in Tandem")).to_be_visible()
        self.look("run-preview", self.page)
        self.approve()
        self.look("run-done", self.page)
        self.link("Employees")
        self.sees(f"of {len(active)} people")
        self.look("employees", self.page)

    def export_an_edit(self) -> None:
        """Edit one person; the export carries the one change to Xero, and Xero shows it."""
        person = min(
            (row for row in self.people_in_xero().values() if row["Email"] not in (ROSA, "alice.lang@example.com")),
            key=lambda row: (row["LastName"], row["FirstName"]),
        )
        self.edited, self.in_xero = f"{person['FirstName']} {person['LastName']}", person
        self.open_record(self.edited)
        self.link("Edit")
        self.page.get_by_label("Job title").fill("Head baker")
        self.button("Save")
        self.sees("Head baker")
        self.link("Xero", within="Sections")
        self.link("Preview a run")
        self.preview("Export to Xero")
        change = self.page.get_by_role("row").filter(has_text=self.edited)
        expect(change).to_contain_text("Head baker")
        self.approve()
        self.open_in_xero("Employees")
        self.page.get_by_label("Find by name or email").fill(person["LastName"])
        self.button("Find")
        row = self.page.get_by_role("listitem").filter(has_text=self.edited)
        expect(row).to_contain_text("Head baker")

    def enter_the_leavers_last_day(self) -> None:
        """The warning stands there before anything is saved, and the task afterwards."""
        self.open_record("Rosa Byrne")
        self.link("Terminate")
        expect(self.page.get_by_role("region", name="Rosa Byrne holds the Xero connection")).to_be_visible()
        self.look("terminate-warning", self.page)
        last_day = clock.today_in("Australia/Melbourne") + timedelta(days=3)
        self.page.get_by_label("Last day of work").fill(last_day.isoformat())
        self.page.get_by_label("Reason").select_option(label="Left by their own choice")
        self.button("Terminate")
        expect(self.state()).to_contain_text("Terminating")
        self.link("Home", within="Sections")
        task = self.page.get_by_role("region", name="Rosa Byrne holds the Xero connection and is leaving")
        expect(task).to_contain_text(f"Last safe day: {last_day.day} {last_day:%b %Y}, in 3 days")
        self.look("home-handover", self.page)

    def lose_access_in_xero(self) -> None:
        """Rosa is removed inside Xero; one check turns the light red and names the cause. A change waits meanwhile."""
        self.open_in_xero("Users and roles")
        self.button("Remove Rosa Byrne from this organisation")
        self.sees("Not in this organisation")
        self.open_xero_connection()
        self.button("Check now")
        expect(self.state()).to_contain_text("Broken since")
        refused = self.lights().filter(has_text=re.compile("Organisation|Payroll")).filter(has_text="Refused since")
        expect(refused).not_to_have_count(0)
        cause = self.page.get_by_role("region").filter(has=self.page.get_by_role("link", name="What this means"))
        expect(cause).to_contain_text("Rosa Byrne")
        expect(cause.get_by_role("button", name="Reconnect")).to_be_visible()
        self.open_record(self.edited)
        self.link("Edit")
        self.page.get_by_label("Mobile").fill("0491 570 156")
        self.button("Save")
        self.open_xero_connection()
        self.sees("Waiting to be exported")
        self.look("connection-broken", self.page)

    def ask_support_for_the_way_out(self) -> None:
        """Support sees the account under its cause before Alice rings, and sends the link; it is in her mailbox."""
        page = self.sam.page
        self.sam.sign_in("sam@tandem.example")
        group = page.get_by_role("region", name="Access in Xero was removed")
        expect(group.get_by_role("row").filter(has_text="Harbour Lane Bakery")).to_contain_text("Broken")
        self.look("support-room", page)
        group.get_by_role("link", name="Send the way out to Harbour Lane Bakery").click()
        page.get_by_role("button", name="Send 2 letters").click()
        expect(page.get_by_role("heading", name="2 letters to 1 account")).to_be_visible()
        self.link("Demo mailbox")
        self.look("mailbox", self.page)
        self.page.get_by_role("row").filter(has_text="alice@").get_by_role("link").first.click()
        self.sees("/xero/")
        self.look("letter", self.page)

    def disconnect(self) -> None:
        """Disconnect from Xero, and a receipt that claims what was proved and no more."""
        self.open_xero_connection()
        self.link("Disconnect from Xero")
        self.look("disconnect", self.page)
        self.button("Disconnect from Xero")
        expect(self.page.get_by_role("heading", name=f"Disconnected from {BAKERY}")).to_be_visible()
        self.look("receipt", self.page)
        self.open_integration_tab()
        for label in AUTOMATIC:
            expect(self.page.get_by_label(label)).not_to_be_checked()
        expect(
            self.page.get_by_role("group", name="Authoritative System").get_by_role("radio", name=re.compile("^Tandem"))
        ).to_be_checked()

    def look_at_connected_apps_in_xero(self) -> None:
        """Nine dots > Manage app connections > Connected apps: the app is no longer listed."""
        self.open_in_xero("Manage app connections")
        self.link("Connected apps")
        self.sees("No app is connected")
        self.sees("Tandem HR demo is no longer listed.")
        self.look("sandbox-connected-apps", self.page)

    def reconnect(self) -> None:
        """The bookkeeper allows another organisation first, which is refused; then the same one."""
        self.open_xero_connection()
        self.sees("Xero is disconnected")
        self.button("Connect to Xero")
        self.button("Log in as somebody else")
        self.sign_in_at_xero(AMIR)
        self.allow(BOOKS)
        self.sees(f"You allowed another organisation than {BAKERY}")
        expect(self.state()).to_contain_text("Disconnected")
        self.look("wrong-organisation", self.page)
        self.button("Connect to Xero")
        self.allow(BAKERY)
        self.sees(f"{BAKERY} is connected again.")

    def restore_settings(self) -> None:
        """Restore the settings you had before: a difference first, then the two ticks are back."""
        expect(self.page.get_by_role("heading", name="Restore the settings you had before")).to_be_visible()
        for label in ("Automatic import from Xero", "Automatic export to Xero"):
            expect(self.page.get_by_role("row").filter(has_text=label)).to_contain_text("On")
        self.look("restore", self.page)
        self.button("Restore these settings")
        self.sees("The settings are as they were before.")
        self.all_four_are_proved()
        self.sees("Authorised by Amir Lim")
        self.open_integration_tab()
        for label in AUTOMATIC:
            expect(self.page.get_by_label(label)).to_be_checked()

    def approve_the_gap_report(self) -> None:
        """The gap report shows the change that waited; after approval Xero has it and nothing waits."""
        self.link("Home", within="Sections")
        self.link("Read it")
        expect(self.page.get_by_role("heading", name="Gap report")).to_be_visible()
        row = self.page.get_by_role("region", name="Changed here, will go to Xero").get_by_role("row")
        expect(row.filter(has_text=self.edited)).to_contain_text("0491 570 156")
        self.look("gap-report", self.page)
        self.approve()
        assert self.people_in_xero()[self.edited]["Mobile"].endswith("570 156")
        self.open_xero_connection()
        expect(self.state()).to_contain_text("Connected")
        expect(self.page.get_by_text("Waiting to be exported")).to_have_count(0)
        self.look("connection-connected", self.page)

    def sees(self, text: str) -> None:
        """Wait until a text is on Alice's page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def button(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def link(self, name: str, *, within: str = "") -> None:
        """Follow a link; in the named part of the page where it stands in several."""
        place: Page | Locator = self.page.get_by_role("navigation", name=within) if within else self.page
        place.get_by_role("link", name=name, exact=True).first.click()

    def menu(self, name: str, entry: str) -> None:
        """Open a menu at the top and follow an entry."""
        main = self.page.get_by_role("navigation", name="Main")
        main.get_by_text(name, exact=True).click()
        main.get_by_role("link", name=entry, exact=True).click()

    def open_integration_tab(self) -> None:
        """Go the way that the help article names."""
        self.menu("Settings", "Account Settings")
        expect(self.page.get_by_role("heading", name="Account Details")).to_be_visible()
        self.link("Integration")

    def open_xero_connection(self) -> None:
        """Go from wherever Alice is, the simulator included, to the connection page."""
        self.alice.open("/")
        self.link("Xero", within="Sections")
        expect(self.page.get_by_role("heading", name="Xero connection", exact=True)).to_be_visible()

    def open_record(self, name: str) -> None:
        """Find a person by name."""
        self.alice.open("/")
        self.link("Employees", within="Sections")
        self.page.get_by_label("Name, number or email").fill(name)
        first, last = name.split(" ", 1)
        self.page.get_by_role("link", name=f"{last}, {first}").click()
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()

    def open_in_xero(self, entry: str) -> None:
        """Open the simulator and take an entry of its nine dots."""
        self.page.goto(self.alice.demo.xero_url)
        self.page.get_by_label("All apps", exact=True).first.click()
        self.page.get_by_role("navigation", name="All apps").get_by_role("link", name=entry).click()

    def sign_in_at_xero(self, email: str) -> None:
        """Say who one is in the simulated Xero."""
        expect(self.page.get_by_role("heading", name="Log in")).to_be_visible()
        self.look("sandbox-login", self.page)
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password").fill("sandbox")
        self.button("Log in")

    def allow(self, organisation: str) -> None:
        """Allow access to one organisation and to no other."""
        group = self.page.get_by_role("group", name="In which organisation?")
        expect(group).to_be_visible()
        for box in group.get_by_role("checkbox").all():
            box.set_checked(False)
        group.get_by_label(organisation).check()
        self.look("sandbox-consent", self.page)
        self.button("Allow access")

    def preview(self, direction: str) -> None:
        """Preview a run and wait for its page."""
        self.page.get_by_label(direction).check()
        self.button("Preview")
        expect(self.page.get_by_text("Nothing has been written.")).to_be_visible(timeout=READING)

    def approve(self) -> None:
        """Approve what is shown and wait until it is done."""
        self.button("Approve and start")
        expect(self.page.get_by_text("Done", exact=True).first).to_be_visible()

    def lights(self) -> Locator:
        """Return the lights of the connection page."""
        return self.page.get_by_role("list", name="What is proved").get_by_role("listitem")

    def all_four_are_proved(self) -> None:
        """Wait until every light is proved."""
        expect(self.lights()).to_have_count(4)
        expect(self.lights().filter(has_text="Proved")).to_have_count(4)

    def state(self) -> Locator:
        """Return the badge under the page's heading."""
        return self.page.locator("main .head .about")

    def people_in_xero(self) -> dict[str, dict[str, Any]]:
        """Return everybody as the simulator holds them, by name."""
        demo = self.alice.demo
        bakery = next(row for row in demo.control("GET", "world")["organisations"] if row["name"] == BAKERY)
        rows = demo.control("GET", f"world/organisations/{bakery['id']}/employees")
        return {f"{row['FirstName']} {row['LastName']}": row for row in rows}

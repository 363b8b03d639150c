"""The `tandem` command. Each command lives in a module of its family, imported only when it is asked for."""

import gc
import importlib
import sys
from collections.abc import Sequence

import click

from tandem.kernel.errors import TandemError

# name: module.function. Adding a command is one line.
COMMANDS = {
    "connection": "tandem.cli.connection.connection",
    "story": "tandem.cli.story.story",
    "rotate-keys": "tandem.cli.keys.rotate_keys",
    "demo": "tandem.cli.demo.demo",
    "test": "tandem.cli.checks.test",
    "up": "tandem.cli.up.up",
    "migrate": "tandem.cli.serve.migrate",
    "web": "tandem.cli.serve.web",
    "worker": "tandem.cli.serve.worker",
    "doctor": "tandem.cli.doctor.doctor",
    "backup": "tandem.cli.backups.backup",
    "restore": "tandem.cli.backups.restore",
    "sync": "tandem.cli.sync.sync",
    "handover": "tandem.cli.handovers.handover",
    "standby": "tandem.cli.standby.standby",
    "notice": "tandem.cli.notices.notice",
    "guest-link": "tandem.cli.guest_links.guest_link",
    "drill": "tandem.cli.drills.drill",
    "leave": "tandem.cli.leave.leave",
    "candidate": "tandem.cli.candidates.candidate",
    "conflict": "tandem.cli.conflicts.conflict",
    "timeline": "tandem.cli.timeline.timeline",
    "bench": "tandem.cli.bench.bench",
    "prepare-demo": "tandem.cli.demo.prepare_demo",
}


class Commands(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].rpartition(".")
        command = getattr(importlib.import_module(module), function)
        return command if isinstance(command, click.Command) else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tandem-hr", prog_name="tandem")
def group() -> None:
    """HR for Australian employers, with a two-way connector to Xero Payroll that proves its status."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; what a person can mend is one sentence and exit code 1."""
    # Nearly all that a start makes stays, and looking through it for garbage took a third of the start.
    gc.set_threshold(10_000, 20, 20)
    try:
        group(args=arguments, prog_name="tandem")
    except TandemError as error:
        click.echo(error.public_message, err=True)
        sys.exit(1)

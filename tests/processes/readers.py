"""Many processes that read an account's people at the same moment: readers.py ACCOUNT PROCESSES.

Django is set up once; then each process is forked, opens its own database connection, and waits. When standard input
closes they all go. One line of JSON for each: what it read, or how it failed.
"""

import json
import os
import sys
from uuid import UUID

import django

PATIENCE_SECONDS = 90


def read(account_id: UUID) -> dict[str, object]:
    """Read one page of people, waiting for a place as long as the governor says."""
    from datetime import timedelta

    from tandem.kernel.errors import TandemError
    from tandem.xero.connections.session import open_session
    from tandem.xero.governor.rules import Purpose

    try:
        session = open_session(account_id, purpose=Purpose.READ, patience=timedelta(seconds=PATIENCE_SECONDS))
        return {"people": len(session.list_employees().records)}
    except TandemError as error:
        return {"failed": error.code}


def main() -> None:
    account_id, processes = UUID(sys.argv[1]), int(sys.argv[2])
    django.setup()
    waiting, release = os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()
        if child == 0:
            os.close(release)
            os.read(waiting, 1)
            line = json.dumps(read(account_id)) + "\n"
            os.write(1, line.encode())
            os._exit(0)
        children.append(child)
    os.write(1, b"ready\n")
    sys.stdin.read()
    os.close(release)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()

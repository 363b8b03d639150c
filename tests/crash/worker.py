"""A worker in a process of its own, forked beforehand, so that a kill falls into its work and not into its beginning."""

import os
import time
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from django.db import connections

from tandem.xero.schedule import actions
from tandem.xero.sync import working

MOMENT = 0.01


@dataclass(frozen=True)
class Worker:
    """A forked process that waits for the word; `word` is where it is given."""

    pid: int
    word: int

    @classmethod
    def fork(cls, account_id: UUID) -> "Worker":
        """Fork one. It leaves when nothing is left to do, or when the word is never given."""
        connections.close_all()
        reads, writes = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(writes)
            _work_when_told(reads, account_id)
        os.close(reads)
        return cls(pid, writes)

    def start(self) -> None:
        """Give the word."""
        os.write(self.word, b"!")
        os.close(self.word)


def _work_when_told(word: int, account_id: UUID) -> NoReturn:
    code = 1
    try:
        if os.read(word, 1):
            _work_until_done(account_id)
        code = 0
    finally:
        os._exit(code)


def _work_until_done(account_id: UUID) -> None:
    """Do what is due until no run is active."""
    while True:
        actions.run_due()
        if working.active_run(account_id) is None:
            return
        time.sleep(MOMENT)

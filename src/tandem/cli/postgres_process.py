"""How PostgreSQL's programs are started as our children, as whom, and how those that outlived us are found.

PostgreSQL refuses to run as root, yet in a container everybody is root; and initdb refuses a uid without a name. Three
ways, tried in this order:

* not root: as ourselves;
* user namespaces are permitted: inside one, where we are seen as an ordinary account and no file changes its owner;
* root without them (a stock container): as an ordinary account that owns the data, keeping the one capability that lets
  it reach a folder under root's home. That is less than the root it was started by.
"""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tandem.cli.refusal import Refused

# Accounts that own little or nothing, best first.
_ORDINARY = ("postgres", "nobody")
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class Manner(StrEnum):
    """Whom the server runs as."""

    OURSELVES = "ourselves"
    NAMESPACE = "namespace"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Identity:
    """Whom the server runs as, the uid and gid its files must have, and the command that makes it so."""

    manner: Manner
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()


def ourselves() -> Identity:
    return Identity(Manner.OURSELVES, os.getuid(), os.getgid())


def namespace() -> Identity:
    uid, gid = _ordinary_account()
    prefix = ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    return Identity(Manner.NAMESPACE, os.getuid(), os.getgid(), prefix)


def account() -> Identity:
    uid, gid = _ordinary_account()
    # setpriv changes the credentials, which clears the death signal, so it has to set the signal itself.
    who = ("--reuid", str(uid), "--regid", str(gid), "--clear-groups", "--pdeathsig", "INT")
    capability = ("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override")
    return Identity(Manner.ACCOUNT, uid, gid, ("setpriv", *who, *capability))


def identify() -> Identity:
    """Return the first manner of running that this machine permits; refuse when it permits none."""
    is_root = os.geteuid() == 0
    if not is_root and _has_name(os.geteuid()):
        return ourselves()
    for identity in (namespace(), account()) if is_root else (namespace(),):
        if _permitted(identity):
            return identity
    raise Refused(
        "PostgreSQL runs neither as root nor as a uid without a name, and this machine permits neither user namespaces "
        "nor a change of user. Run Tandem as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own."
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _ordinary_account() -> tuple[int, int]:
    """Return the uid and gid of an account that exists here and is not root."""
    accounts = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall() if entry.pw_uid != 0}
    named = [accounts[name] for name in _ORDINARY if name in accounts]
    if not (named or accounts):
        raise Refused("This machine has no account but root, and PostgreSQL does not run as root. Add one.")
    return (named or list(accounts.values()))[0]


def _permitted(identity: Identity) -> bool:
    if shutil.which(identity.prefix[0]) is None:
        return False
    return subprocess.run([*identity.prefix, "true"], capture_output=True, check=False).returncode == 0


def take_ownership(folder: Path, identity: Identity) -> None:
    """Give `folder` and all in it to whom the server runs as, where that is not so yet."""
    if not folder.exists() or folder.stat().st_uid == identity.uid or os.geteuid() != 0:
        return
    for place, folders, files in os.walk(folder):
        for name in (".", *folders, *files):
            os.chown(Path(place, name), identity.uid, identity.gid, follow_symlinks=False)


def dies_with_us(message: signal.Signals = signal.SIGINT) -> Callable[[], None]:
    """Return the step between fork and exec that makes the kernel send `message` to the child when our thread ends.

    The signal is bound to the thread that forks, so only the main thread may ask.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Start children from the main thread: they end when the thread that started them ends.")
    parent = os.getpid()

    def bind() -> None:
        if sys.platform != "linux":
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, message, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def spawn(identity: Identity, command: Sequence[str], *, log: Path) -> "subprocess.Popen[bytes]":
    """Start a program of PostgreSQL's as our child, in a process group of its own so that Ctrl-C reaches only us."""
    bind = dies_with_us()
    with log.open("ab") as output:
        return subprocess.Popen(
            [*identity.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            cwd="/",
            process_group=0,
            preexec_fn=bind,
        )


def _environment() -> dict[str, str]:
    """Return our environment without what would steer PostgreSQL elsewhere, and none of our secrets."""
    return {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ} | {
        "LC_ALL": "C"
    }


def survivors(data: Path) -> list[int]:
    """Return the ids of PostgreSQL processes that work in `data`; empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "comm").read_text().strip() == "postgres" and (entry / "cwd").readlink() == data:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def tell(pids: Sequence[int], message: signal.Signals) -> None:
    """Send a signal to processes that may be gone already."""
    for pid in pids:
        try:
            os.kill(pid, message)
        except ProcessLookupError:
            continue

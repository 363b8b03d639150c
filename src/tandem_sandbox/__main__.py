"""The command: tandem-sandbox serve, and a token set for the terminal."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from tandem_sandbox.app import create_app
from tandem_sandbox.server import Server
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.store import StateFile, StateFileUnreadable
from tandem_sandbox.testing import SignInRefused, sign_in_at

LOOPBACK = ("127.0.0.1", "localhost", "::1")
WHAT_IT_IS = "A simulator of Xero's sign-in, connections and Payroll AU. It is not affiliated with Xero."


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and run."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "token":
        return token(options)
    if options.command != "serve":
        parser.print_help()
        return 2
    if options.host not in LOOPBACK:
        print("The simulator holds data in clear and has no real sign-in: it listens on this machine only.")
        print("Use --host 127.0.0.1.")
        return 2
    return serve(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tandem-sandbox", description=WHAT_IT_IS)
    commands = parser.add_subparsers(dest="command")
    about = "serve the simulator on this machine"
    serving = commands.add_parser("serve", help=about, description=f"{WHAT_IT_IS} This command: {about}.")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=9200)
    serving.add_argument("--seed", type=int, default=1, help="the same seed gives the same world")
    serving.add_argument("--employees", type=int, default=60, help="people in the first organisation")
    serving.add_argument("--orgs", type=int, default=2)
    serving.add_argument("--redirect-uri", action="append", default=[], help="one more for the demo apps")
    serving.add_argument("--state", type=Path, help="a file that keeps the world over a restart")
    about = "sign a user in at a running simulator without a browser, and print the token set"
    giving = commands.add_parser("token", help=about, description=f"{WHAT_IT_IS} This command: {about}.")
    giving.add_argument("--url", default="http://localhost:9200", help="where the simulator answers")
    giving.add_argument("--user", default="rosa.byrne@example.com")
    giving.add_argument("--organisation", action="append", default=[], help="name or id; may be given several times")
    giving.add_argument("--headers", action="store_true", help="print the headers of a call instead, for curl -H @file")
    return parser


def token(options: argparse.Namespace) -> int:
    """Print a token set as JSON, or the headers that go with it."""
    chosen = {"organisations": options.organisation} if options.organisation else {}
    try:
        signed_in = sign_in_at(options.url, user=options.user, **chosen)
    except SignInRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    except (OSError, ValueError):
        print(f"No simulator answers at {options.url}. Start one: tandem-sandbox serve", file=sys.stderr)
        return 1
    if options.headers:
        print("\n".join(f"{name}: {value}" for name, value in signed_in.headers().items()))
    else:
        print(json.dumps({**signed_in.tokens, "tenants": signed_in.tenants}, indent=2))
    return 0


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    state_file = StateFile(options.state) if options.state else None
    try:
        app = create_app(
            seed=options.seed,
            employees=options.employees,
            orgs=options.orgs,
            redirect_uris=tuple(options.redirect_uri),
            state_file=state_file,
        )
        server = Server((options.host, options.port), app)
    except StateFileUnreadable as error:
        print(error)
        return 1
    except OSError as error:
        print(f"Port {options.port} cannot be used ({error.strerror}). Stop what uses it, or choose another --port.")
        return 1
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    port = server.server_address[1]
    print(f"Simulator of Xero (not affiliated with Xero) on http://localhost:{port}/", flush=True)
    stopping.wait()
    server.shutdown()
    server.server_close()
    sim = app.extensions["tandem_sandbox"]
    if isinstance(sim, Simulator):
        sim.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())

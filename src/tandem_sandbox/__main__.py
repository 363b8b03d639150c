"""The command: tandem-sandbox serve."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from tandem_sandbox.app import create_app
from tandem_sandbox.server import Server
from tandem_sandbox.simulator import Simulator
from tandem_sandbox.store import StateFile, StateFileUnreadable

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and run."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command != "serve":
        parser.print_help()
        return 2
    if options.host not in LOOPBACK:
        print("The simulator holds data in clear and has no real sign-in: it listens on this machine only.")
        print("Use --host 127.0.0.1.")
        return 2
    return serve(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tandem-sandbox",
        description="A simulator of Xero's sign-in, connections and Payroll AU. It is not affiliated with Xero.",
    )
    commands = parser.add_subparsers(dest="command")
    serve_command = commands.add_parser("serve", help="serve the simulator on this machine")
    serve_command.add_argument("--host", default="127.0.0.1")
    serve_command.add_argument("--port", type=int, default=9200)
    serve_command.add_argument("--seed", type=int, default=1, help="the same seed gives the same world")
    serve_command.add_argument("--employees", type=int, default=60, help="people in the first organisation")
    serve_command.add_argument("--orgs", type=int, default=2)
    serve_command.add_argument("--redirect-uri", action="append", default=[], help="one more for the demo apps")
    serve_command.add_argument("--state", type=Path, help="a file that keeps the world over a restart")
    return parser


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

"""Runs among the peers: tap-xero with the arguments of its own command line, after the simulator's address."""

import sys

import tap_xero
from redirect import redirect  # type: ignore[import-not-found]  # a neighbour of this script

if __name__ == "__main__":
    redirect(sys.argv.pop(1))
    tap_xero.main()

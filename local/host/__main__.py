"""Run the functions' host: ``python -m local.host --app DIR [--port 0]``.

Settings come from the environment. Prints ``{"base_url", "functions", "key"}`` when it serves,
logs to standard error, and ends at SIGTERM, SIGINT or the end of standard input.
"""

import argparse
import os
import secrets
import sys
from pathlib import Path

from local.child import announce, leave, lifeline, log_to_standard_error
from local.host.host import Host
from local.host.keys import KEY_SETTING
from local.host.worker import AppError


def main() -> int:
    """Serve until told to stop; 2 when the app or its settings cannot be used."""
    parser = argparse.ArgumentParser(prog="local.host", description="Serve a function app.")
    parser.add_argument("--app", type=Path, required=True, help="directory of function_app.py")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    options = parser.parse_args()
    log_to_standard_error()
    key = os.environ.get(KEY_SETTING) or secrets.token_urlsafe(24)
    try:
        host = Host(options.app.resolve(), port=options.port, key=key, environment=os.environ)
    except (AppError, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 2
    stop = lifeline()
    host.start()
    announce({"base_url": host.base_url, "functions": host.functions, "key": key})
    stop.wait()
    host.stop()
    return 0


if __name__ == "__main__":
    # A function that does not end does not keep the process: its message comes again.
    leave(main())

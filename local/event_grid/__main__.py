"""Run a topic: ``python -m local.event_grid --config FILE|JSON [--port 0]``.

The configuration is an object: ``key`` (of the topic), ``connection_string`` (of the Storage
account of queues and dead letters), and optionally ``clock`` (a scaled clock; else the wall),
``seed``, ``disorder`` (``duplicated`` and ``delayed``, probabilities; ``longest_delay_seconds`` on
the clock) and ``subscriptions`` (see ``subscriptions.Subscription``). Prints ``{"topic_endpoint",
"base_url"}`` when it serves, and ends at SIGTERM, SIGINT or the end of standard input.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from local import clock
from local.child import announce, leave, lifeline, log_to_standard_error
from local.event_grid.delivery import Courier, Disorder
from local.event_grid.destinations import HandshakeError
from local.event_grid.topic import PUBLISH, Topic

KEYS = frozenset({"key", "connection_string", "clock", "seed", "disorder", "subscriptions"})


def main() -> int:
    """Serve until told to stop; 2 when the configuration cannot be used."""
    parser = argparse.ArgumentParser(prog="local.event_grid", description="Serve a topic.")
    parser.add_argument("--config", required=True, help="a JSON file, or the JSON itself")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    options = parser.parse_args()
    log_to_standard_error()
    try:
        topic = build(_read(options.config), port=options.port)
    except (OSError, ValueError, HandshakeError) as fault:
        print(f"--config: {fault}", file=sys.stderr)
        return 2
    stop = lifeline()
    topic.start()
    announce({"topic_endpoint": topic.base_url + PUBLISH, "base_url": topic.base_url})
    stop.wait()
    topic.stop()
    return 0


def build(config: Mapping[str, Any], *, port: int) -> Topic:
    """Return the configured topic, its handshakes done, not started; raises ``ValueError``."""
    if (missing := {"key", "connection_string"} - config.keys()) or (config.keys() - KEYS):
        unknown = config.keys() - KEYS
        raise ValueError(f"missing {sorted(missing)}, unknown {sorted(unknown)}")
    disorder = config.get("disorder", {})
    courier = Courier(
        clock.read(config.get("clock")),
        Disorder(
            seed=int(config.get("seed", 0)),
            duplicated=float(disorder.get("duplicated", 0)),
            delayed=float(disorder.get("delayed", 0)),
            longest_delay=timedelta(seconds=float(disorder.get("longest_delay_seconds", 120))),
        ),
        config["connection_string"],
    )
    topic = Topic(
        key=config["key"],
        courier=courier,
        connection_string=config["connection_string"],
        port=port,
    )
    for subscription in config.get("subscriptions", ()):
        topic.subscribe(subscription)
    return topic


def _read(given: str) -> dict[str, Any]:
    text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("the configuration must be an object")  # noqa: TRY004
    return document


if __name__ == "__main__":
    leave(main())

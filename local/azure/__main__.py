"""Run the simulated Azure: ``python -m local.azure --world FILE --seed N --clock SPEC``."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from functions.clock import ScaledClock
from local import worlds
from local.azure.http.server import Server
from local.azure.model.simulation import Simulation
from local.child import announce


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or the end of standard input; returns 2 for bad input."""
    options = _parse(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        world = worlds.load(options.world) if options.world else worlds.default()
        clock = _clock(options.clock, world)
    except (worlds.WorldFault, ValueError) as fault:
        print(fault, file=sys.stderr)
        return 2
    simulation = Simulation(world, seed=options.seed, now=clock.now())
    asyncio.run(_serve(Server(simulation, clock), port=options.port))
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.azure", description=__doc__)
    parser.add_argument("--world", type=Path, help="a world file; without it, the default world")
    parser.add_argument("--seed", type=int, default=1, help="the seed of all chance in the world")
    parser.add_argument("--clock", help="<epoch>;<start>;<speed>; without it, the world's own")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    return parser.parse_args(arguments)


def _clock(specification: str | None, world: worlds.World) -> ScaledClock:
    """Return the clock that was named, or one that starts with the world."""
    if specification is None:
        return ScaledClock.starting(world.start, speed=world.speed)
    return ScaledClock.parse(specification)


async def _serve(server: Server, *, port: int) -> None:
    """Listen, say where, and serve until told to stop."""
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol; else every
    # answer waits 40 ms for the acknowledgement of its headers.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        server, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=60
    )
    web = _Quiet(config)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with server.running():
        serving = asyncio.create_task(web.serve(sockets=[listener]))
        while not (web.started or serving.done()):  # noqa: ASYNC110 - uvicorn has only a flag
            await asyncio.sleep(0.01)
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        announce({"arm_base_url": base, "world_url": f"{base}/world"})
        _watch_input(loop, stop)
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
        web.should_exit = web.force_exit = True
        waiting.cancel()
        await serving


class _Quiet(uvicorn.Server):
    """A server that leaves the signals to the program around it."""

    def install_signal_handlers(self) -> None:
        """Install none."""


def _watch_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop at the end of standard input, which is the end of whoever started this process."""
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    try:
        loop.add_reader(descriptor, readable)
    except PermissionError:
        # A regular file or /dev/null cannot be waited for, and is not a lifeline.
        return


if __name__ == "__main__":
    sys.exit(main())

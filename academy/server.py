"""Serves the practice world on loopback: one process, three sites, three ports.

``python -m academy.server`` prints one JSON line with the ports once it listens, and ends when its standard input
closes, so that it never outlives the program that started it.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from academy.sites import BUILDERS
from academy.sites.common import Stock
from academy.world import SITES, World
from wildtrade.errors import UsageError, WildtradeError
from wildtrade.output import print_json

HOST = "127.0.0.1"
BASE_PORT = 8471


def listen(base_port: int = BASE_PORT) -> list[socket.socket]:
    """Three listening sockets on loopback: ``base_port`` and the two after it; any free ones for 0.

    Raises UsageError naming the port that is taken.
    """
    with ExitStack() as opened:
        sockets = []
        for number in range(len(SITES)):
            port = base_port + number if base_port else 0
            one = opened.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((HOST, port))
                one.listen(128)
            except (OSError, OverflowError) as error:
                raise UsageError(
                    f"port {port} of {HOST} cannot be used: {getattr(error, 'strerror', None) or error}",
                    field="--port",
                    fix=f"stop the program that uses port {port}, or name a free range: --port {base_port + 1000}",
                ) from error
            sockets.append(one)
        opened.pop_all()
        return sockets


def sites(world: World) -> dict[str, ASGIApp]:
    """The sites of a world. They are given items, never the answer key."""
    return {
        name: build(Stock(items=world.items[name], gone=frozenset(world.gone[name]), clock=world.clock))
        for name, build in BUILDERS.items()
    }


class ByPort:
    """Sends each request to the site of the port it came in on."""

    def __init__(self, apps: dict[int, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["server"][1]](scope, receive, send)


def serve(world: World, sockets: Sequence[socket.socket]) -> uvicorn.Server:
    """A server ready to ``run(sockets)`` for a world."""
    ports = [one.getsockname()[1] for one in sockets]
    apps = dict(zip(ports, (sites(world)[name] for name in SITES), strict=True))
    return uvicorn.Server(
        uvicorn.Config(ByPort(apps), lifespan="off", access_log=False, log_level="warning", ws="none")
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input closes."""
    parser = argparse.ArgumentParser(prog="python -m academy.server")
    for name in ("seed", "size", "day", "port"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--now", type=date.fromisoformat, required=True)
    words = parser.parse_args(arguments)
    try:
        sockets = listen(words.port)
    except WildtradeError as error:
        print_json(error.to_dict())
        return int(error.exit_code)
    server = serve(World(words.seed, words.size, words.day, words.now), sockets)
    print_json({"ports": [one.getsockname()[1] for one in sockets]})
    threading.Thread(target=_stop_with_parent, args=(server,), daemon=True).start()
    server.run(sockets=list(sockets))
    return 0


def _stop_with_parent(server: uvicorn.Server) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    server.should_exit = True


if __name__ == "__main__":
    sys.exit(main())

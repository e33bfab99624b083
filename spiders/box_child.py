"""Both ends of the parse box's socket pair: ``Child`` is held by the caller, ``serve`` is what the child runs."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
import pickle
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any

from spiders.memory import LARGE, give_back_large_blocks, give_back_what_is_free

SOFT_SECONDS = 2.0
_HEADER = struct.Struct("!Q")
_CHUNK = 1 << 20
_PARTS = 8  # pieces sent at once


class Child:
    """One child process. Frames are a length and a pickle; answers come in the order of the questions."""

    def __init__(self, function: str, memory_mb: int, start_seconds: float, warm_up: bytes | None) -> None:
        self._socket, theirs = socket.socketpair()
        for end in (self._socket, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * _CHUNK)
        arguments = f"{theirs.fileno()}, {function!r}, {memory_mb}, {warm_up is not None}"
        code = f"from spiders.box_child import serve; serve({arguments})"
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL
        )
        theirs.close()
        self._start_seconds = start_seconds
        self._ready_until = time.monotonic() + start_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inbox = bytearray()
        self._outbox: deque[memoryview] = deque()
        self._starting = 1  # answers before the first to a job: "imported", and the warm-up's
        if warm_up is not None:
            self._starting += 1
            self.send(warm_up)

    def grace(self) -> float:
        """Seconds left of the time to start up; 0 once the child is ready for jobs."""
        return max(0.0, self._ready_until - time.monotonic()) if self._starting else 0.0

    def send(self, frame: bytes) -> None:
        """Blocking."""
        self._socket.sendall(_HEADER.pack(len(frame)) + frame)

    def receive(self, timeout: float) -> bytearray:
        """Blocking. Raises TimeoutError, or EOFError where the child is gone."""
        while self._starting:
            self._socket.settimeout(self._start_seconds)
            _read(self._socket)
            self._starting -= 1
        self._socket.settimeout(timeout)
        return _read(self._socket)

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        ready: Callable[[], None],
        received: Callable[[bytes], None],
        died: Callable[[], None],
    ) -> None:
        """Report readiness, frames and death to the loop from now on."""
        self._loop, self._ready, self._received, self._died = loop, ready, received, died
        self._socket.setblocking(False)
        loop.add_reader(self._socket, self._readable)

    def write(self, frame: bytes) -> None:
        """Queue a frame; never blocks."""
        self._outbox += (memoryview(_HEADER.pack(len(frame))), memoryview(frame))
        self._writable()

    def kill(self) -> None:
        """End the process and forget everything under way."""
        if self._loop is not None:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _writable(self) -> None:
        if self._loop is None:
            return
        try:
            while self._outbox:
                sent = self._socket.sendmsg(list(itertools.islice(self._outbox, _PARTS)))
                while self._outbox and sent >= len(self._outbox[0]):
                    sent -= len(self._outbox.popleft())
                if self._outbox:
                    self._outbox[0] = self._outbox[0][sent:]
        except BlockingIOError:
            pass
        except OSError:  # the reader side reports the death
            self._outbox.clear()
            return
        if self._outbox:
            self._loop.add_writer(self._socket, self._writable)
        else:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._died()
            return
        self._inbox += data
        while len(self._inbox) >= _HEADER.size:
            (size,) = _HEADER.unpack_from(self._inbox)
            if len(self._inbox) < _HEADER.size + size:
                return
            frame = bytes(self._inbox[_HEADER.size : _HEADER.size + size])
            del self._inbox[: _HEADER.size + size]
            if not self._starting:
                self._received(frame)
                continue
            self._starting -= 1
            if not self._starting:
                self._ready()


def _read(end: socket.socket) -> bytearray:
    (size,) = _HEADER.unpack(_exactly(end, _HEADER.size))
    return _exactly(end, size)


def _exactly(end: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        got = end.recv_into(rest, min(_CHUNK, len(rest)))
        if not got:
            raise EOFError
        rest = rest[got:]
    return data


class _TooSlow(BaseException):
    """Not an Exception, so that no handler inside the function swallows it."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooSlow


def serve(descriptor: int, function: str, memory_mb: int, warm_up: bool) -> None:
    """Answer frames until the caller goes away; the first without a limit where it is a warm-up."""
    give_back_large_blocks()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's business
    signal.signal(signal.SIGVTALRM, _stop)
    limit = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end = socket.socket(fileno=descriptor)
    module, _, name = function.partition(":")
    work: Callable[[Any], Any] = getattr(importlib.import_module(module), name)
    _write(end, pickle.dumps("imported"))
    for soft in itertools.chain([0.0] if warm_up else [], itertools.repeat(SOFT_SECONDS)):
        try:
            frame = _read(end)
        except (EOFError, OSError):
            return
        large = len(frame) > LARGE
        _write(end, _answer(work, frame, soft))
        frame.clear()
        if large:
            give_back_what_is_free()


def _write(end: socket.socket, frame: bytes) -> None:
    end.sendall(_HEADER.pack(len(frame)) + frame)


def _answer(work: Callable[[Any], Any], frame: bytearray, soft: float) -> bytes:
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, soft)
        try:
            job = pickle.loads(frame)  # noqa: S301 - our own caller wrote this frame
            frame.clear()
            return pickle.dumps(("ok", work(job)), protocol=5)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except _TooSlow:
        return pickle.dumps(("slow", f"stopped after {SOFT_SECONDS:g} s of computing"))
    except Exception as error:  # noqa: BLE001 - the process boundary: whatever went wrong is told to the caller
        return pickle.dumps(("error", f"{type(error).__name__}: {error}"[:2000]))

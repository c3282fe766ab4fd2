"""What parent, fork server and workers say to each other."""

from __future__ import annotations

from msgspec import Raw, Struct

from unrig.model.problem import ProblemKind
from unrig.sandbox.call import Limits
from unrig.sandbox.layers import Layers


class SetUp(Struct, frozen=True, kw_only=True):
    """Parent to server, once: what to load and how much a worker may use."""

    preload: tuple[str, ...]
    limits: Limits


class Fork(Struct, frozen=True, kw_only=True, tag="fork"):
    """Parent to server: start a worker for that many items; its channel comes with the message."""

    worker: int
    function: str
    items: int


class Kill(Struct, frozen=True, kw_only=True, tag="kill"):
    """Parent to server: end this worker if it still runs."""

    worker: int


class Ready(Struct, frozen=True, kw_only=True, tag="ready"):
    """Server to parent: everything is loaded."""

    threads: int
    """Threads of the server itself; 0 where the system does not say."""


class Refused(Struct, frozen=True, kw_only=True, tag="refused"):
    """Server to parent: this cannot be loaded or called. The fault is the program's, not the input's."""

    reason: str


class Exited(Struct, frozen=True, kw_only=True, tag="exited"):
    """Server to parent: the worker has ended, with this exit code, or killed by this signal if negative."""

    worker: int
    code: int


class Assignment(Struct, frozen=True, kw_only=True):
    """Parent to worker: one item; its descriptors come with the message."""

    index: int
    argument: Raw


class Sealed(Struct, frozen=True, kw_only=True, tag="sealed"):
    """Worker to parent, before it reads anything: what holds it."""

    layers: Layers


class Done(Struct, frozen=True, kw_only=True, tag="done"):
    """Worker to parent: the result of one item."""

    index: int
    value: Raw


class Failed(Struct, frozen=True, kw_only=True, tag="failed"):
    """Worker to parent: the function raised; the fields are those of the later `Problem`."""

    index: int
    kind: ProblemKind
    where: str
    expected: str
    observed: str
    traceback: str = ""


ToServer = Fork | Kill
FromServer = Ready | Refused | Exited
FromWorker = Sealed | Done | Failed

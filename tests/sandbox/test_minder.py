"""Nothing a worker sends raises anything but UntrustedError in the parent."""

from __future__ import annotations

import contextlib
import socket
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, Struct

from unrig.model.problem import Problem, ProblemKind
from unrig.sandbox import protocol
from unrig.sandbox.call import Call, Item
from unrig.sandbox.connection import Connection
from unrig.sandbox.layers import Layers
from unrig.sandbox.messages import Done, Failed, Sealed
from unrig.sandbox.minder import Minder, UntrustedError
from unrig.sandbox.run import Run


class Leaf(Struct, frozen=True, tag="leaf"):
    name: str
    when: datetime
    where: UUID


class Tree(Struct, frozen=True, tag="tree"):
    below: tuple[Leaf | Tree, ...]
    counts: dict[str, float]
    data: bytes


VALUE = Tree(
    below=(Leaf("a", datetime(2023, 3, 29, 12), UUID(int=7)), Tree((), {}, b"")),  # noqa: DTZ001
    counts={"x": 0.5},
    data=b"\x00\xff",
)
CALL = Call(function="some.module:read", argument=Tree, result=Tree)
ITEMS = [Item(argument=VALUE, where="first"), Item(argument=VALUE, where="second")]


def encode(*messages: Sealed | Done | Failed) -> bytes:
    return b"".join(protocol.pack(msgspec.msgpack.encode(message)) for message in messages)


def done(index: int, value: Any = VALUE) -> Done:
    return Done(index=index, value=Raw(msgspec.msgpack.encode(value)))


SEALED = Sealed(layers=Layers())
FAILED = Failed(index=1, kind=ProblemKind.FORMAT, where="offset 3", expected="a", observed="b")
HONEST = encode(SEALED, done(0), FAILED)


def hear(stream: bytes) -> Run[Tree, Tree]:
    """Let a worker of two items send these bytes, then close; the parent assigns after each answer."""
    ours, theirs = socket.socketpair()
    run = Run(CALL, ITEMS, 2)
    with ours, theirs:
        minder = Minder(1, run, run.waiting.popleft(), Connection(ours, 10_000))
        minder.assign()
        for frame in split(stream):
            theirs.sendall(frame)
            minder.listen()
            minder.assign()
        theirs.shutdown(socket.SHUT_WR)
        with contextlib.suppress(EOFError):
            while True:
                minder.listen()
    return run


def split(stream: bytes) -> list[bytes]:
    """Cut at frame ends as far as the lengths are true, so that each answer follows its assignment."""
    frames = []
    while stream:
        end = 4 + int.from_bytes(stream[:4], "little")
        frames.append(stream[:end])
        stream = stream[end:]
    return frames


def test_an_honest_worker_is_believed() -> None:
    run = hear(HONEST)
    assert run.unanswered == 0
    first, second = run.answers
    assert (first.index, first.result) == (0, VALUE)
    assert isinstance(second.result, Problem)
    assert (second.result.where, second.result.expected) == ("second, offset 3", "a")


@settings(max_examples=600)
@given(st.integers(0, len(HONEST) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_an_answer_or_untrusted(at: int, flip: int) -> None:
    damaged = bytearray(HONEST)
    damaged[at] ^= flip
    with contextlib.suppress(UntrustedError):
        check(hear(bytes(damaged)))


@given(st.binary(max_size=300))
def test_any_bytes_in_place_of_a_result(value: bytes) -> None:
    stream = encode(SEALED) + protocol.pack(b"\x83\xa4type\xa4done\xa5index\x00\xa5value" + value)
    with contextlib.suppress(UntrustedError):
        check(hear(stream))


def check(run: Run[Tree, Tree]) -> None:
    assert len(run.answers) + run.unanswered == len(ITEMS)
    for answer in run.answers:
        assert isinstance(answer.result, Tree | Problem)


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (encode(done(0)), "nobody asked"),  # before it says that it is sealed
        (encode(SEALED, SEALED), "twice"),
        (encode(SEALED, done(1)), "nobody asked"),
        (encode(SEALED, done(0), done(0)), "nobody asked"),
        (encode(SEALED, done(0), done(1), done(1)), "nobody asked"),
        (encode(SEALED, done(0, "text")), "no Tree"),
        (encode(SEALED, done(0, VALUE.below[0])), "no Tree"),
        (encode(SEALED) + protocol.pack(b""), "no Tree"),
        (encode(SEALED) + protocol.pack(b"\x91" * 9_000), "no Tree"),
        (encode(SEALED) + b"\xff\xff\xff\xff", "4294967295 bytes"),
        (encode(SEALED) + protocol.pack(msgspec.msgpack.encode({"type": "exited", "worker": 1, "code": 0})), "no Tree"),
    ],
)
def test_what_an_honest_worker_never_sends(stream: bytes, words: str) -> None:
    with pytest.raises(UntrustedError, match=words):
        hear(stream)


def test_two_answers_at_once_are_one_too_many() -> None:
    ours, theirs = socket.socketpair()
    run = Run(CALL, ITEMS, 2)
    with ours, theirs:
        minder = Minder(1, run, run.waiting.popleft(), Connection(ours, 10_000))
        minder.assign()
        theirs.sendall(encode(SEALED, done(0), done(1)))
        with pytest.raises(UntrustedError, match="nobody asked"):
            minder.listen()
    assert minder.left == (1,)


def test_a_worker_cannot_choose_what_kind_of_problem_it_is() -> None:
    lie = Failed(index=0, kind=ProblemKind.NOT_EVALUATED, where="", expected="", observed="all is well")
    (answer,) = hear(encode(SEALED, lie)).answers
    assert isinstance(answer.result, Problem)
    assert answer.result.kind is ProblemKind.DEFECT

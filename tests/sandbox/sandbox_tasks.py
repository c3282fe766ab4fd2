"""What workers do in the tests: honest work, and everything a hostile file might make them do."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

import msgspec
from msgspec import Raw, Struct

from unrig.model.errors import FormatError, LimitError
from unrig.sandbox import protocol
from unrig.sandbox.messages import Done

CHANNEL = 3


class Job(Struct, frozen=True, kw_only=True):
    do: str = "double"
    number: int = 0


class Doubled(Struct, frozen=True, kw_only=True):
    number: int
    text: str = ""


def perform(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    if argument.do != "double":
        return globals()[argument.do](argument, descriptors)
    return Doubled(number=2 * argument.number)


# Honest tasks


def read_all(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=len(descriptors), text="|".join(os.pread(one, 100, 0).decode() for one in descriptors))


def read_and_close(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    with os.fdopen(descriptors[0], "rb") as file:
        return Doubled(number=argument.number, text=file.read().decode())


def write_much(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    written = 0
    while written < argument.number:
        written += os.pwrite(descriptors[0], b"x" * min(4096, argument.number - written), written)
    return Doubled(number=written)


def open_descriptors(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    count = 0
    for number in range(300):
        try:
            os.fstat(number)
        except OSError:
            continue
        count += 1
    return Doubled(number=count)


def process_id(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=os.getpid())


def environment(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=0, text=" ".join(sorted(os.environ)))


def decode_codepages(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    names = ("utf-16-le", "latin1", "cp932", "cp949", "windows-1252", "mac-roman", "gb18030", "idna", "hz", "utf_7")
    return Doubled(number=len(names), text="".join("a".encode(name).decode(name) for name in names))


def burn(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    end = time.process_time() + argument.number / 1000
    while time.process_time() < end:
        pass
    return Doubled(number=argument.number)


# Exceptions


def lie(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    raise FormatError("offset 0x3c", "a PE header", "nothing")


def overdo(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    raise LimitError("member 7", "10 members", "11")


def stumble(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return {}["missing"]


def dig(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return dig(argument, descriptors)


def rant(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    raise FormatError("here", "less", "x" * 1_000_000)


def open_late(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=0, text=Path("/etc/passwd").read_text())


# Death


def die(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def crash(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    ctypes.string_at(0)
    raise AssertionError


def abort(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.abort()


def leave(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os._exit(3)


def give_up(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    sys.exit(0)


def spin(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    while True:
        pass


def sleep(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    time.sleep(3600)
    raise AssertionError


def swell(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    kept = []
    while True:
        kept.append(bytes(1 << 20))


# Lies to the parent


def be_long(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=0, text="x" * argument.number)


def be_wrong(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return "neither a number nor a text"


def be_unspeakable(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    return Doubled(number=object())


def announce_much(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.write(CHANNEL, b"\xff\xff\xff\xff")
    time.sleep(3600)
    raise AssertionError


def babble(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.write(CHANNEL, protocol.pack(b"\xc1\x93junk"))
    time.sleep(3600)
    raise AssertionError


def nest(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.write(CHANNEL, protocol.pack(b"\x91" * 100_000))
    time.sleep(3600)
    raise AssertionError


def answer_for_another(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    forge(argument.number)
    time.sleep(3600)
    raise AssertionError


def answer_twice(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    forge(argument.number)
    return Doubled(number=-1)


def hang_up(argument: Job, descriptors: tuple[int, ...]) -> Doubled:
    os.close(CHANNEL)
    time.sleep(3600)
    raise AssertionError


def forge(index: int) -> None:
    value = Raw(msgspec.msgpack.encode(Doubled(number=-1)))
    os.write(CHANNEL, protocol.pack(msgspec.msgpack.encode(Done(index=index, value=value))))

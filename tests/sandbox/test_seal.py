from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from unrig.sandbox import landlock, layers, libc, limits, seal, seccomp, selftest
from unrig.sandbox.call import Limits
from unrig.sandbox.layers import Layer, Layers, Missing
from unrig.sandbox.selftest import WALLS, Answer, Escape

linux_only = pytest.mark.skipif(not libc.LINUX, reason="the layers are Linux's")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
SMALL = Limits(memory_bytes=64 << 20, cpu_seconds=5, file_bytes=1 << 20, result_bytes=1 << 16)


def in_child(work: Callable[[], object]) -> bytes:
    """Return the msgpack of what `work` returns in a forked child; nothing if the child does not come back."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            theirs.sendall(msgspec.msgpack.encode(work()))
        finally:
            os._exit(0)
    theirs.close()
    with ours:
        received = b"".join(iter(lambda: ours.recv(65536), b""))
    os.waitpid(child, 0)
    return received


def outcome(escape: Escape, prepare: Callable[[], object]) -> Answer:
    """Prepare a child, have it try the escape, and return what came of that."""
    with selftest.targets() as aim:
        attempt = aim(escape)

        def work() -> Answer:
            prepare()
            return selftest.attempt(attempt, ())

        answer = in_child(work)
    return msgspec.msgpack.decode(answer, type=Answer) if answer else Answer(refused=False, observed="replaced")


def no_new_privileges() -> None:
    libc.prctl(seal._SET_NO_NEW_PRIVILEGES, 1)


def apply_landlock() -> None:
    no_new_privileges()
    assert landlock.restrict() == ()


def apply_seccomp() -> None:
    no_new_privileges()
    assert seccomp.restrict() == ()


def apply_limits() -> None:
    assert limits.apply(SMALL, 1) == ()


def apply_limits_as_nobody() -> None:
    apply_limits()
    assert seal.become_nobody() == ()


ALONE: dict[Layer, Callable[[], None]] = {
    Layer.LANDLOCK_FILES: apply_landlock,
    Layer.LANDLOCK_TCP: apply_landlock,
    Layer.LANDLOCK_SCOPE: apply_landlock,
    Layer.SECCOMP: apply_seccomp,
    Layer.MEMORY: apply_limits,
    Layer.PROCESSES: apply_limits_as_nobody,  # the limit does not bind root
    Layer.USER: apply_limits_as_nobody,
}


@linux_only
class TestWalls:
    @pytest.mark.parametrize("escape", Escape)
    def test_outside_every_escape_works(self, escape: Escape) -> None:
        assert not outcome(escape, lambda: None).refused

    @root_only
    @pytest.mark.parametrize(("escape", "wall"), [(escape, wall) for escape in Escape for wall in WALLS[escape]])
    def test_each_wall_alone_refuses_what_it_is_said_to(self, escape: Escape, wall: Layer) -> None:
        found = outcome(escape, ALONE[wall])
        assert found.refused, found.observed

    def test_landlock_misses_what_the_filter_is_there_for(self) -> None:
        assert not outcome(Escape.UDP_SEND, apply_landlock).refused

    @root_only
    def test_a_worker_of_an_ordinary_user_is_held_too(self) -> None:
        def ordinary() -> Layers:
            os.setgroups([])
            os.setgid(1000)
            os.setuid(1000)
            return seal.seal(SMALL, items=1, parent=os.getppid())

        state = msgspec.msgpack.decode(in_child(ordinary), type=Layers)
        assert [entry.layer for entry in state.missing] == [Layer.USER]
        assert "user id 1000" in state.missing[0].reason
        for escape in Escape:
            assert outcome(escape, ordinary).refused, escape


@linux_only
class TestSeal:
    def test_all_layers_are_accounted_for(self) -> None:
        state = msgspec.msgpack.decode(in_child(lambda: seal.seal(SMALL, items=1, parent=os.getppid())), type=Layers)
        assert {*state.in_force, *(entry.layer for entry in state.missing)} == set(Layer)

    @root_only
    def test_root_becomes_nobody_for_good(self) -> None:
        def identity() -> list[object]:
            seal.seal(SMALL, items=1, parent=os.getppid())
            return [os.getuid(), os.geteuid(), os.getgid(), os.getegid()]

        assert msgspec.msgpack.decode(in_child(identity)) == [seal.NOBODY] * 4

    def test_an_orphan_ends_itself(self) -> None:
        def orphan() -> str:
            seal.die_with(parent=1 << 22)  # no process has this id: pid_max
            return "still here"

        assert in_child(orphan) == b""

    def test_the_sealed_process_keeps_what_it_has_open(self) -> None:
        read, write = os.pipe()
        os.write(write, b"before")

        def use() -> bytes:
            seal.seal(SMALL, items=1, parent=os.getppid())
            return os.read(read, 6)

        assert msgspec.msgpack.decode(in_child(use), type=bytes) == b"before"
        os.close(read)
        os.close(write)

    @pytest.mark.parametrize("name", ["kill", "prlimit", "stat", "dup", "thread"])
    def test_calls_allowed_in_part(self, name: str) -> None:
        def narrowed() -> bool:
            apply_seccomp()
            try:
                PARTLY[name]()
            except OSError as error:
                return error.errno == 1
            except RuntimeError:  # can't start new thread
                return True
            return False

        assert msgspec.msgpack.decode(in_child(narrowed), type=bool) == (name != "dup")


def _prlimit() -> None:
    resource.prlimit(os.getpid(), resource.RLIMIT_CORE)  # by number, so the call could mean anybody


def _thread() -> None:
    import _thread

    _thread.start_new_thread(print, ())


PARTLY: dict[str, Callable[[], object]] = {
    "kill": lambda: os.kill(os.getppid(), 0),
    "prlimit": _prlimit,
    "stat": lambda: Path("/").stat(),
    "dup": lambda: (os.dup(0), os.fstat(0), os.kill(os.getpid(), 0), resource.getrlimit(resource.RLIMIT_CPU)),
    "thread": _thread,
}


class TestMissing:
    def test_a_kernel_without_landlock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(number: int, *arguments: int) -> int:
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr(libc, "syscall", refuse)
        missing = landlock.restrict()
        assert [entry.layer for entry in missing] == [Layer.LANDLOCK_FILES, Layer.LANDLOCK_TCP, Layer.LANDLOCK_SCOPE]
        assert all("not implemented" in entry.reason for entry in missing)

    @pytest.mark.parametrize(
        ("abi", "files", "tcp", "scoped", "absent"),
        [
            (1, 0x1FFF, 0, 0, [Layer.LANDLOCK_TCP, Layer.LANDLOCK_SCOPE]),
            (2, 0x3FFF, 0, 0, [Layer.LANDLOCK_TCP, Layer.LANDLOCK_SCOPE]),
            (3, 0x7FFF, 0, 0, [Layer.LANDLOCK_TCP, Layer.LANDLOCK_SCOPE]),
            (4, 0x7FFF, 3, 0, [Layer.LANDLOCK_SCOPE]),
            (5, 0xFFFF, 3, 0, [Layer.LANDLOCK_SCOPE]),
            (6, 0xFFFF, 3, 3, []),
            (99, 0xFFFF, 3, 3, []),
        ],
    )
    def test_an_older_landlock_handles_what_it_knows(
        self, abi: int, files: int, tcp: int, scoped: int, absent: list[Layer]
    ) -> None:
        attributes = landlock._attributes(abi)
        assert (attributes.files, attributes.tcp, attributes.scoped) == (files, tcp, scoped)
        assert [entry.layer for entry in landlock._too_new_for(abi)] == absent

    @linux_only
    def test_an_older_landlock_holds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(landlock, "version", lambda: 1)

        def restrict() -> None:
            no_new_privileges()
            assert len(landlock.restrict()) == 2

        assert outcome(Escape.OPEN_FILE, restrict).refused
        assert not outcome(Escape.TCP_CONNECT, restrict).refused

    def test_a_machine_without_a_table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "host", "6", "1", "riscv64")))
        (missing,) = seccomp.restrict()
        assert missing.layer is Layer.SECCOMP

    @linux_only
    def test_without_no_new_privileges_an_ordinary_user_gets_no_filter(self) -> None:
        def filter_only() -> tuple[Missing, ...]:
            if os.geteuid() == 0:
                os.setuid(1000)
            return (*landlock.restrict(), *seccomp.restrict())

        missing = msgspec.msgpack.decode(in_child(filter_only), type=tuple[Missing, ...])
        assert {entry.layer for entry in missing} == {
            Layer.LANDLOCK_FILES,
            Layer.LANDLOCK_TCP,
            Layer.LANDLOCK_SCOPE,
            Layer.SECCOMP,
        }

    def test_another_system_names_all_that_it_lacks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(libc, "LINUX", False)
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Darwin", "host", "25", "1", "arm64")))
        libc._library.cache_clear()
        state = msgspec.msgpack.decode(in_child(lambda: seal.seal(SMALL, items=1, parent=os.getppid())), type=Layers)
        assert {entry.layer for entry in state.missing} >= {
            Layer.NO_NEW_PRIVILEGES,
            Layer.NOT_DUMPABLE,
            Layer.PARENT_DEATH,
            Layer.LANDLOCK_FILES,
            Layer.SECCOMP,
        }
        assert Layer.CPU in state.in_force

    def test_a_limit_that_cannot_be_set_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(limit: int, values: tuple[int, int]) -> None:
            raise ValueError("not allowed")

        monkeypatch.setattr(resource, "setrlimit", refuse)
        missing = limits.apply(SMALL, 1)
        assert {entry.layer for entry in missing} == {
            Layer.MEMORY,
            Layer.CPU,
            Layer.FILE_SIZE,
            Layer.PROCESSES,
            Layer.DESCRIPTORS,
            Layer.CORE,
        }


class TestLimits:
    def test_no_limit_is_raised_above_a_lower_one(self) -> None:
        def twice() -> list[int]:
            limits.apply(SMALL, 1)
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            limits.apply(Limits(memory_bytes=1 << 40, cpu_seconds=1000, file_bytes=1 << 40), 1)
            return [*before, *resource.getrlimit(resource.RLIMIT_FSIZE)]

        assert msgspec.msgpack.decode(in_child(twice)) == [SMALL.file_bytes] * 4

    def test_the_soft_limit_moves_with_each_item_up_to_the_hard_one(self) -> None:
        def steps() -> list[int]:
            limits.apply(SMALL, 2)
            limits.allow_item(SMALL)
            first = resource.getrlimit(resource.RLIMIT_CPU)
            limits.allow_item(Limits(cpu_seconds=1000))
            return [*first, *resource.getrlimit(resource.RLIMIT_CPU)]

        soft, hard, moved, same = msgspec.msgpack.decode(in_child(steps))
        assert soft in (6, 7)
        assert hard == moved == same == 12


class TestLayers:
    def test_the_weakest_worker_speaks_for_all(self) -> None:
        whole = layers.from_missing(())
        weak = layers.from_missing([Missing(layer=Layer.SECCOMP, reason="too old")])
        for joined in (whole.weakest(weak), weak.weakest(whole), weak.weakest(weak)):
            assert joined == weak
        assert Layer.SECCOMP not in weak.in_force
        assert whole.weakest(whole) == whole
        assert Layers().weakest(weak) == weak
        assert Layers().weakest(Layers()) == Layers()

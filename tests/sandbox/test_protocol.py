from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrig.sandbox import protocol
from unrig.sandbox.connection import Connection
from unrig.sandbox.protocol import Frame, FrameError

bodies = st.lists(st.binary(max_size=200), max_size=6)


@contextlib.contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(5)
        theirs.settimeout(5)
        yield ours, theirs


def taken(connection: Connection) -> list[bytes]:
    frames: list[bytes] = []
    with contextlib.suppress(EOFError):
        while True:
            frames.extend(connection.take())
    return frames


class TestFrames:
    @given(bodies)
    def test_what_is_sent_is_received(self, sent: list[bytes]) -> None:
        with pair() as (ours, theirs):
            for body in sent:
                protocol.send(ours, body)
            ours.shutdown(socket.SHUT_WR)
            received = list(iter(lambda: protocol.receive(theirs, 1000), None))
        assert [frame.body for frame in received] == sent

    def test_descriptors_stay_with_their_frame(self) -> None:
        with pair() as (ours, theirs), tempfile.TemporaryFile() as first, tempfile.TemporaryFile() as second:
            protocol.send(ours, b"none")
            protocol.send(ours, b"two", (first.fileno(), second.fileno()))
            protocol.send(ours, b"one", (second.fileno(),))
            frames = [protocol.receive(theirs, 1000) for _ in range(3)]
            inodes = [[os.fstat(one).st_ino for one in frame.descriptors] for frame in frames if frame]
            one, two = os.fstat(first.fileno()).st_ino, os.fstat(second.fileno()).st_ino
            for frame in frames:
                for descriptor in frame.descriptors if frame else ():
                    os.close(descriptor)
        assert inodes == [[], [one, two], [two]]

    def test_the_end_is_no_frame(self) -> None:
        with pair() as (ours, theirs):
            ours.close()
            assert protocol.receive(theirs, 10) is None

    def test_a_frame_over_the_limit_is_not_read(self) -> None:
        with pair() as (ours, theirs):
            protocol.send(ours, bytes(11))
            with pytest.raises(FrameError, match="11 bytes announced, 10 allowed"):
                protocol.receive(theirs, 10)

    @pytest.mark.parametrize("cut", range(1, 14))
    def test_a_frame_cut_short_is_told_from_the_end(self, cut: int) -> None:
        with pair() as (ours, theirs):
            ours.sendall(protocol.pack(bytes(10))[:cut])
            ours.close()
            with pytest.raises(FrameError, match="closed"):
                protocol.receive(theirs, 10)

    def test_a_length_must_fit_the_header(self) -> None:
        class Long(bytes):
            __slots__ = ()

            def __len__(self) -> int:
                return 1 << 32

        with pytest.raises(FrameError, match="do not fit"):
            protocol.pack(Long())

    def test_a_long_frame_arrives_whole(self) -> None:
        body = os.urandom(3_000_000)
        with pair() as (ours, theirs):
            sender = threading.Thread(target=protocol.send, args=(ours, body))
            sender.start()
            assert protocol.receive(theirs, len(body)) == Frame(body=body)
            sender.join()


class TestConnection:
    @given(bodies, st.lists(st.integers(1, 50), min_size=1, max_size=50))
    def test_the_pieces_in_which_bytes_come_do_not_matter(self, sent: list[bytes], pieces: list[int]) -> None:
        stream, frames = b"".join(map(protocol.pack, sent)), []
        with pair() as (ours, theirs):
            connection = Connection(ours, 1000)
            at = 0
            while at < len(stream):
                piece = pieces[at % len(pieces)]
                theirs.sendall(stream[at : at + piece])
                frames.extend(connection.take())
                at += piece
            assert list(connection.take()) == []  # nothing to read is not the end
            theirs.close()
            assert [*frames, *taken(connection)] == sent

    def test_the_limit_is_checked_before_the_body_is_there(self) -> None:
        with pair() as (ours, theirs):
            theirs.sendall(protocol.HEADER.pack(11))
            with pytest.raises(FrameError, match="11 bytes where 10"):
                list(Connection(ours, 10).take())

    def test_a_worker_that_reads_nothing_does_not_hold_up_the_parent(self) -> None:
        body = os.urandom(2_000_000)
        with pair() as (ours, theirs), tempfile.TemporaryFile() as file:
            connection = Connection(ours, 10)
            connection.put(body)
            assert connection.waiting
            connection.put(b"next", (file.fileno(),))
            received: list[Frame | None] = []
            reader = threading.Thread(
                target=lambda: received.extend(protocol.receive(theirs, 1 << 22) for _ in range(2))
            )
            reader.start()
            while connection.waiting:
                connection.flush()
            reader.join()
        first, second = received
        assert first == Frame(body=body)
        assert second is not None
        assert second.body == b"next"
        assert len(second.descriptors) == 1
        os.close(second.descriptors[0])

    def test_a_worker_that_is_gone_takes_nothing(self) -> None:
        with pair() as (ours, theirs):
            theirs.close()
            connection = Connection(ours, 10)
            connection.put(b"anything")
            assert not connection.waiting
            with pytest.raises(EOFError):
                list(connection.take())

    def test_descriptors_from_a_worker_are_dropped(self) -> None:
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  (a count)
        with pair() as (ours, theirs), tempfile.TemporaryFile() as file:
            protocol.send(theirs, b"a gift", (file.fileno(),) * 5)
            assert list(Connection(ours, 10).take()) == [b"a gift"]
        assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  (a count)

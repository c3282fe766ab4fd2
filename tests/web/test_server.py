"""Only loopback is listened on, and only its names are known."""

import socket

import pytest

from unrig.model.errors import UsageError
from unrig.web import server


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "169.254.1.1", "2001:db8::1", "8.8.8.8"])
def test_an_address_that_others_reach_is_refused_before_anything_listens(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.socket, "socket", None)
    with pytest.raises(UsageError, match="on this machine only"):
        server.listen(host, 0)


@pytest.mark.parametrize("host", ["", "example.com", "127.0.0.1.example.com", "127.1", "localhost.example.com"])
def test_a_name_is_refused_since_it_may_point_anywhere(host: str) -> None:
    with pytest.raises(UsageError, match="found a name"):
        server.listen(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_a_loopback_address_is_bound_to_a_free_port(host: str) -> None:
    with server.listen(host, 0) as listener:
        bound, port = listener.getsockname()
        assert bound.startswith("127.")
        assert server.names(listener) == {f"{bound}:{port}", f"localhost:{port}"}
        assert server.address(listener, "secret") == f"http://{bound}:{port}/secret/"


def test_an_ipv6_address_is_named_in_brackets() -> None:
    class Bound:
        def getsockname(self) -> tuple[str, int, int, int]:
            return "::1", 8000, 0, 0

    assert server.names(Bound()) == {"[::1]:8000", "localhost:8000"}
    assert server.address(Bound(), "secret") == "http://[::1]:8000/secret/"


def test_the_port_of_http_need_not_be_named() -> None:
    class Bound:
        def getsockname(self) -> tuple[str, int]:
            return "127.0.0.1", 80

    assert server.names(Bound()) == {"127.0.0.1", "127.0.0.1:80", "localhost", "localhost:80"}


def test_a_taken_port_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="expected a free port"):
        server.listen("127.0.0.1", taken.getsockname()[1])

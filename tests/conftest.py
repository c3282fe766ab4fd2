"""What holds for every test: no network but loopback, no state of the user, no skip without a known reason."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from unrig.model.results import VetResult

HERE = Path(__file__).parent
ALLOWED = HERE / "allowed_skips.txt"
_skips: dict[str, str] = {}
# a property is true or not however slow the machine is
hypothesis_settings.register_profile("unrig", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unrig")
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))  # the kits that tests of several folders share


def allowed_reasons() -> set[str]:
    """Return the reasons for which a test may skip: one a line, # for comments."""
    lines = (line.strip() for line in ALLOWED.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note skips whose reason nobody has allowed."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        if reason not in allowed_reasons():
            _skips[report.nodeid] = reason


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A module that skips whole is a skip too."""
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason not in allowed_reasons():
            _skips[report.nodeid] = reason


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skips:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for nodeid, reason in sorted(_skips.items()):
        terminalreporter.write_line(f"FAILED {nodeid} - skipped for a reason not in tests/allowed_skips.txt: {reason}")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves this machine, by address and before any packet."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = address[0]
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise PermissionError(f"tests reach loopback only, not {host}")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the run a cache, configuration and data folder of its own."""
    base = tmp_path_factory.mktemp("state")
    names = {"XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}
    before = {name: os.environ.get(name) for name in names}
    for name, folder in names.items():
        (base / folder).mkdir()
        os.environ[name] = str(base / folder)
    yield
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def rigged(tmp_path_factory: pytest.TempPathFactory) -> VetResult:
    """What vet says of a made-up archive with one rigged file of an awkward name and a member it cannot open."""
    from vet_kit import rigged_archive

    return rigged_archive(tmp_path_factory.mktemp("rigged"))

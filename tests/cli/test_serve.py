"""`unrig serve` as a user runs it: the printed address shows the case, to whoever has it."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import page_kit
import pytest
from click.testing import CliRunner

from unrig.cli import serve
from unrig.model.errors import UsageError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return page_kit.write_case(tmp_path / "case", page_kit.vet())


@pytest.fixture
def running(case: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "unrig", "serve", str(case)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[4]
        process.kill()


def get(address: str, **headers: str) -> http.client.HTTPResponse:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), int(parts.port or 0), timeout=30)
    connection.request("GET", parts.path, headers=headers)
    return connection.getresponse()


def test_the_printed_address_shows_the_case_and_an_interrupt_ends_it(
    running: tuple[subprocess.Popen[str], str],
) -> None:
    process, address = running
    answered = get(address)
    assert answered.status == 200
    assert b'class="badge rigged"' in answered.read()
    assert answered.headers["server"] is None
    assert get(address, Host="rebound.example").status == 421
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130


def test_the_secret_is_another_each_time(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uvicorn.Server.run", lambda self, sockets: None)
    outputs = [CliRunner().invoke(serve.command, [str(case)], standalone_mode=False).output for _ in range(2)]
    secrets = {urlsplit(output.split()[4]).path for output in outputs}
    assert len(secrets) == 2
    assert all(len(secret) >= 22 for secret in secrets)


def refusal(*arguments: str) -> str:
    done = CliRunner().invoke(serve.command, arguments, standalone_mode=False)
    assert isinstance(done.exception, UsageError)
    return str(done.exception)


def test_an_address_that_others_reach_is_refused(case: Path) -> None:
    assert "expected a loopback address" in refusal(str(case), "--host", "0.0.0.0")


def test_a_folder_without_a_case_is_refused(tmp_path: Path) -> None:
    assert "expected a case folder" in refusal(str(tmp_path))


def test_a_damaged_case_is_refused_with_what_to_do(case: Path) -> None:
    (case / "case.toml").write_bytes(b"id = 3")
    assert "--verify" in refusal(str(case))


@pytest.mark.parametrize("package", ["uvicorn", "starlette", "jinja2"])
def test_a_missing_package_is_named_with_what_to_do(case: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("unrig.web", "unrig.report.html", package))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert f"the package {package} (extra web)" in refusal(str(case))
    assert "unrig doctor" in refusal(str(case))

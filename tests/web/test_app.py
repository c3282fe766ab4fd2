"""The application answers its own name and its own secret, and nothing else."""

import asyncio
from pathlib import Path

import page_kit
import pytest
from msgspec import Struct

from unrig.report import html
from unrig.web.app import HEADERS, Served, application
from unrig.web.case_page import read_page

HOST = "127.0.0.1:8000"


class Answered(Struct):
    status: int
    headers: dict[str, str]
    body: bytes


def ask(folder: Path, path: str = "/secret/", *, hosts: tuple[str, ...] = (HOST,), method: str = "GET") -> Answered:
    """Ask as a server would, without one (ASGI 3)."""
    served = Served(folder=folder, secret="secret", hosts=frozenset({HOST}))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", host.encode()) for host in hosts],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(application(served)(scope, receive, send))
    start = sent[0]
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answered(status=start["status"], headers=headers, body=body)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    results = (page_kit.vet(), page_kit.hunt(), page_kit.scope(), page_kit.case(), page_kit.respond())
    return page_kit.write_case(tmp_path / "case", *results)


def test_the_page_is_the_report_of_the_case(case: Path) -> None:
    answered = ask(case)
    assert answered.status == 200
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    assert answered.body == html.render(read_page(case))
    for heading in (b"Was it rigged?", b'class="badge rigged"', b"277,256 bytes", b"Never block"):
        assert heading in answered.body


def test_the_page_forbids_all_but_its_own_style(case: Path) -> None:
    assert ask(case).headers["content-security-policy"] == html.security_policy()


@pytest.mark.parametrize("path", ["/secret/", "/", "/other/", "/secret/x"])
@pytest.mark.parametrize("name", sorted(HEADERS))
def test_every_answer_has_the_headers(case: Path, path: str, name: str) -> None:
    assert ask(case, path).headers[name]


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("evil.example:8000",),
        ("127.0.0.1",),
        ("127.0.0.1:8001",),
        ("127.0.0.1:8000.evil.example",),
        (HOST, "evil.example"),
        (HOST, HOST),
        ("",),
    ],
)
def test_another_name_for_this_server_is_refused(case: Path, hosts: tuple[str, ...]) -> None:
    answered = ask(case, hosts=hosts)
    assert answered.status == 421
    assert b'class="badge rigged"' not in answered.body


@pytest.mark.parametrize("path", ["/", "/secret", "/Secret/", "/secre/", "/s\u00e9cret/", "/secret/../", "/results/"])
def test_without_the_secret_there_is_nothing(case: Path, path: str) -> None:
    answered = ask(case, path)
    assert answered.status in {307, 404}
    assert b'class="badge rigged"' not in answered.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_the_case_is_read_only(case: Path, method: str) -> None:
    assert ask(case, method=method).status == 405


def test_serving_changes_nothing_in_the_case(case: Path) -> None:
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file()}
    ask(case)
    assert {path: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before


def test_each_request_shows_the_case_as_it_is_now(tmp_path: Path) -> None:
    folder = page_kit.write_case(tmp_path / "case", page_kit.vet())
    assert b"No telemetry was hunted" in ask(folder).body
    page_kit.write_case(folder, page_kit.hunt())
    assert b"No telemetry was hunted" not in ask(folder).body


def test_an_altered_result_is_left_out_and_said(case: Path) -> None:
    (vetted,) = (case / "results").glob("*-vet.json")
    vetted.write_bytes(vetted.read_bytes().replace(b"rigged", b"clean!"))
    body = ask(case).body
    assert b"No release was vetted" in body
    assert b"expected SHA-256" in body


def test_a_case_that_cannot_be_read_is_an_answer(case: Path) -> None:
    (case / "case.toml").write_bytes(b"\xff\xfe")
    answered = ask(case)
    assert answered.status == 500
    assert answered.headers["content-type"].startswith("text/plain")
    assert b"unrig case DIR --verify" in answered.body

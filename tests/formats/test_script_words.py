from __future__ import annotations

import pytest

from unrig.formats.script_words import of_call, of_commands, of_module, of_names
from unrig.model.capability import Capability


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eval", Capability.DYNAMIC_CODE),
        ("fs.readFileSync", Capability.FILE_READ),
        ("anything.writeFile", Capability.FILE_WRITE),
        ("readFile", None),
        ("my.eval", None),
        ("", None),
    ],
)
def test_calls(name: str, expected: Capability | None) -> None:
    assert of_call(name) is expected


def test_modules_with_and_without_their_scheme() -> None:
    assert of_module("node:net") is of_module("net") is Capability.NETWORK
    assert of_module("./net") is None


@pytest.mark.parametrize(
    ("text", "sleeps"), [(b"sleep 3600", True), (b"sleep 900", False), (b"timeout /t 86400", True)]
)
def test_an_hour_is_long(text: bytes, sleeps: bool) -> None:
    found = {one.capability for one in of_commands("shell", memoryview(text))}
    assert (Capability.LONG_SLEEP in found) is sleeps


def test_stores_of_browsers() -> None:
    (shown,) = of_names(memoryview(b"x = 'C:/User Data/Default'"))
    assert shown.text == "User Data/"
    assert list(of_names(memoryview(b"user data"))) == []


@pytest.mark.parametrize(
    ("text", "capability"),
    [
        (b"fs.readFileSync(home + '/.aws/credentials')", Capability.CREDENTIALS),
        (b"send(process.env.NPM_TOKEN)", Capability.CREDENTIALS),
        (b"send(JSON.stringify(process.env))", Capability.CREDENTIALS),
        (b"requests.post(u, data=dict(os.environ))", Capability.CREDENTIALS),
        (b"XMLHttpRequest.prototype.open = function () {}", Capability.INTERCEPTION),
        (b"window.fetch = async (...a) => old(...a)", Capability.INTERCEPTION),
        (b"fetch = new Proxy(fetch, {})", Capability.INTERCEPTION),
    ],
)
def test_places_of_secrets_and_what_is_replaced_are_told(text: bytes, capability: Capability) -> None:
    assert [one.capability for one in of_names(memoryview(text))] == [capability]


@pytest.mark.parametrize(
    "text",
    [
        b"{...process.env, A: 1}",
        b"process.env.NODE_ENV",
        b"if (window.fetch === x)",
        b"typeof XMLHttpRequest",
        b"prefetch = 1",
    ],
)
def test_what_every_program_says_is_no_such_place(text: bytes) -> None:
    assert list(of_names(memoryview(text))) == []

from __future__ import annotations

import importlib.util
import socket
from types import ModuleType
from typing import Any, Never

import pytest

from unrig.respond.checkers import CHECKERS, pymarkdown, pysigma, vexipy
from unrig.respond.documents import EMITTERS
from unrig.respond.documents.customer_notice import emit as notice
from unrig.respond.documents.openvex import emit as openvex
from unrig.respond.documents.sigma_rigged_module import emit as sigma


def test_the_list_is_sorted_unique_documented_and_covers_every_standard() -> None:
    assert [one.id for one in CHECKERS] == sorted({one.id for one in CHECKERS})
    assert {emitter.standard for emitter in EMITTERS} == {standard for one in CHECKERS for standard in one.standards}
    for module in (pymarkdown, pysigma, vexipy):
        assert len(module.__doc__) > 80


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda one: one.id)
def test_a_checker_that_is_not_installed_says_how_to_get_it(checker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    answer = checker.check(b"anything")
    assert (answer.result, answer.version) == ("not_run", "")
    assert "pip install 'unrig[check]'" in answer.detail


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda one: one.id)
@pytest.mark.parametrize("document", [b"\xff\xfe\x00", b"\x00", b"{", b"<b>x</b>\n", b"a: [\n"])
def test_what_is_no_document_fails_and_never_raises(checker: Any, document: Any) -> None:
    assert checker.check(document).result == "failed"


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda one: one.id)
def test_no_checker_opens_a_connection(checker: Any, made: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> Never:
        raise AssertionError("a checker went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    document = {"vexipy": openvex, "pymarkdown": notice, "pysigma": sigma}[checker.id](made.inputs())
    assert checker.check(document).result == "passed"

from __future__ import annotations

from typing import Any

import pytest

from unrig.hunt.analytics.content_contrary_to_extension import ANALYTIC
from unrig.model.levels import Severity


def answer(made: Any, path: str, kind: str, **columns: Any) -> None:
    made.add("http", 0, "pc1", host="a.example", url_path=path, content_type=kind, **columns)


@pytest.mark.parametrize(
    ("kind", "severity"),
    [("application/x-dosexec", Severity.MEDIUM), ('["application/x-dosexec"]', Severity.MEDIUM), ("text/plain", Severity.LOW)],
)  # fmt: skip
def test_a_picture_that_is_none(kind: str, severity: Severity, made: Any) -> None:
    answer(made, "/icon3.ICO", kind, status=200)
    assert [(each.detail, each.severity) for each in made.sight(ANALYTIC)] == [("a.example/icon3.ICO", severity)]


def test_a_program_written_as_a_picture(made: Any) -> None:
    made.add("file", 0, "pc1", action="executable", image="c:\\phone.exe", target="c:\\temp\\a.png", sha256="0" * 64)
    assert [each.severity for each in made.sight(ANALYTIC)] == [Severity.MEDIUM]


def test_pictures_errors_and_programs_named_so_are_not(made: Any) -> None:
    answer(made, "/icon3.ico", "image/vnd.microsoft.icon", status=200)
    answer(made, "/icon3.ico", "text/plain", status=404)
    answer(made, "/setup.exe", "application/x-dosexec", status=200)
    made.add("file", 0, "pc1", action="create", image="c:\\phone.exe", target="c:\\temp\\a.png")
    assert not made.sight(ANALYTIC)

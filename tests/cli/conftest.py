"""Each test of the command line has state of its own, and stands in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_kit import Caller


@pytest.fixture
def unrig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Caller:
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "state" / name))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1685577600")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return Caller(monkeypatch, capfdbinary)

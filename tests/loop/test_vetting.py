"""Vetting with all that a run has at hand: when the sandbox is started."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from unrig import api
from unrig.sandbox.pool import Pool


def test_the_sandbox_starts_ahead_for_a_new_release_and_not_at_all_for_a_known_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    release = tmp_path / "app.zip"
    with zipfile.ZipFile(release, "w") as archive:
        archive.writestr("a.txt", b"words")
    started: list[str] = []
    for name in ("start", "map"):
        real = getattr(Pool, name)

        def noted(self: Pool, *given: object, name: str = name, real: object = real, **named: object) -> object:
            started.append(name)
            return real(self, *given, **named)  # type: ignore[operator]

        monkeypatch.setattr(Pool, name, noted)
    first = api.vet(release)
    assert started[0] == "start"
    assert "map" in started
    started.clear()
    assert api.vet(release).artifacts == first.artifacts
    assert "start" not in started

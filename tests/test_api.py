"""The verbs as functions, as notebooks call them: `tests/typing/api.py` run for real."""

from __future__ import annotations

import importlib.util
import inspect
import typing
from pathlib import Path
from typing import Any

import pytest
from cli_kit import release

from unrig import api
from unrig.drill.build.release import CLEAN
from unrig.model.errors import UsageError
from unrig.model.levels import Severity, VerdictWord


@pytest.fixture(scope="module")
def typed() -> Any:
    spec = importlib.util.spec_from_file_location("typing_api", Path(__file__).parent / "typing" / "api.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)


def test_every_public_function_is_typed_and_told() -> None:
    functions = [f for name, f in inspect.getmembers(api, inspect.isfunction) if not name.startswith("_")]
    assert len(functions) > 15
    for function in functions:
        assert function.__doc__, function.__name__
        assert "return" in function.__annotations__, function.__name__
        unsaid = set(inspect.signature(function).parameters) - set(function.__annotations__)
        assert not unsaid, function.__name__
    assert typing.TYPE_CHECKING is False


def test_vet_and_the_stores_as_typed(tmp_path: Path, typed: Any, capsys: pytest.CaptureFixture[str]) -> None:
    folder = release(tmp_path / "new", CLEAN)
    api.add_baseline(folder)
    assert typed.vet(folder, "new") is VerdictWord.CLEAN
    assert "untrusted-chain low" in capsys.readouterr().out
    (tmp_path / "pack.txt").write_text("ab" * 32 + " loader\n")
    typed.stores(folder, tmp_path / "pack.txt")
    assert api.baselines() == ()
    assert [pack.name for pack in api.packs()] == ["pack.txt"]


def test_the_whole_loop_as_typed(tmp_path: Path, typed: Any) -> None:
    folder = release(tmp_path / "new", CLEAN)
    (tmp_path / "log.jsonl").write_text("")
    (tmp_path / "inventory.csv").write_text("device,product,version\npc-1,x,1\n")
    typed.whole_loop(folder, [tmp_path / "log.jsonl"], tmp_path / "inventory.csv", tmp_path / "case")
    assert (tmp_path / "case" / "derived").is_dir()


def test_what_cannot_be_found_is_a_usage_error(tmp_path: Path) -> None:
    for wrong in (
        lambda: api.vet(tmp_path / "none"),
        lambda: api.vet(release(tmp_path / "r", CLEAN), baselines=["nobody"]),
        lambda: api.read_leads([tmp_path / "none"]),
        lambda: api.case(tmp_path / "c", known_claims="nobody"),
        lambda: api.remove_baseline("nobody"),
        lambda: api.add_pack(tmp_path / "none"),
        lambda: api.fail_level(tmp_path / "none.toml"),
    ):
        with pytest.raises(UsageError):
            wrong()
    assert api.fail_level(None) is Severity.HIGH

"""CONTRIBUTING.md, followed to the letter in a copy of the house."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
WALK = TEXT.partition("## Add a rule in ten minutes")[2]
FILES = {
    path: body
    for path, _, body in re.findall(r"^`([^`\n]+)`\n\n(`{3,4})\w+\n(.*?)^\2$", WALK, re.MULTILINE | re.DOTALL)
}
DIFFS = re.findall(r"^```diff\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)[0].splitlines()
LIST = "src/unrig/vet/detect/__init__.py"


def patched(text: str, diff: str) -> str:
    """Return the text with the added lines of a diff between its context lines."""
    lines = diff.splitlines()
    before = "".join(line[1:] + "\n" for line in lines if not line.startswith("+"))
    after = "".join(line[1:] + "\n" for line in lines)
    assert text.count(before) == 1, f"the list no longer has these lines beside each other:\n{before}"
    return text.replace(before, after)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of sources and rule tests with the walk-through carried out."""
    copy = tmp_path_factory.mktemp("house")
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", copy / "src", ignore=skip)
    shutil.copytree(ROOT / "tests" / "vet" / "detect", copy / "tests" / "vet" / "detect", ignore=skip)
    kits = [path for path in (ROOT / "tests").glob("*.py") if not path.name.startswith("test_")]
    for path in (*kits, ROOT / "tests" / "allowed_skips.txt", ROOT / "tests" / "test_architecture.py"):
        shutil.copy(path, copy / "tests" / path.name)
    shutil.copy(ROOT / "pyproject.toml", copy / "pyproject.toml")
    for path, body in FILES.items():
        assert not (copy / path).exists(), f"{path} is a rule by now: the walk-through needs another example"
        (copy / path).write_text(body)
    text = (copy / LIST).read_text()
    for diff in DIFFS:
        text = patched(text, diff)
    (copy / LIST).write_text(text)
    return copy


def run(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(house / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *words], cwd=house, env=environment, capture_output=True, text=True, check=False
    )


def test_it_is_one_source_one_test_and_one_line() -> None:
    assert sorted(FILES) == [
        "src/unrig/vet/detect/section_writable_code.py",
        "tests/vet/detect/section_writable_code.md",
    ]
    (diff,) = DIFFS
    assert diff.count("\n+") == 1
    assert LIST in WALK


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_does_what_it_says(house: Path, command: str) -> None:
    python, *words = shlex.split(command)
    assert python == "python"
    quiet = ["--basetemp", str(house / "basetemp")] if "pytest" in words else []
    done = run(house, *words, *quiet)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    if "explain" in words:
        assert "Sees:      sections whose flags allow both" in done.stdout


def test_the_new_rule_was_really_tested(house: Path) -> None:
    """Broken as step 4 asks, the page turns red: the copy is what runs, not this house."""
    source = house / "src/unrig/vet/detect/section_writable_code.py"
    sound = source.read_text()
    page = ("-m", "pytest", "tests/vet/detect", "-k", "section_writable_code", "--basetemp", str(house / "basetemp"))
    try:
        source.write_text(sound.replace("& EXECUTE and", "& EXECUTE and not"))
        assert run(house, *page).returncode == 1
        source.write_text(sound.replace("section.characteristics & WRITE:", "True:"))
        assert run(house, *page).returncode == 1
    finally:
        source.write_text(sound)


def test_the_new_rule_is_clean(house: Path) -> None:
    for words in (("check",), ("format", "--check")):
        files = [path for path in FILES if path.endswith(".py")]
        done = run(house, "-m", "ruff", *words, "--no-cache", *files, LIST)
        assert done.returncode == 0, done.stdout


def test_every_word_of_make_exists() -> None:
    words = set(re.findall(r"`make (\w+)`", TEXT))
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert words <= targets, words - targets


def test_every_path_and_module_named_exists() -> None:
    for path in re.findall(r"`((?:src|tests)/[\w/.]+)`", TEXT):
        assert (ROOT / path).exists() or path in FILES, path
    for module in re.findall(r"`(unrig(?:\.\w+)+)`", TEXT):
        base = ROOT / "src" / Path(*module.split("."))
        assert base.is_dir() or base.with_suffix(".py").exists(), module

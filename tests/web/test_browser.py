"""A real browser applies the style, runs nothing, and has nothing to complain of."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import page_kit
import pytest

from unrig.report import html

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: make optional")
HOSTILE = "<script>document.title='ran'</script><img src=x onerror=\"document.title='ran'\">"
PATIENCE = 120
"""Seconds: a browser starts in one or two, on a machine that does nothing else."""


def opened(page: Path, profile: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Open a page as a file and return the document as the browser has it, and what it logs."""
    arguments = (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={profile}",
        "--enable-logging=stderr",
    )
    return subprocess.run(
        [str(CHROMIUM), *arguments, *flags, page.as_uri()],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )


def complaints(log: str) -> list[str]:
    """Return what the page itself made the browser log: refusals of the policy, errors of scripts."""
    return [line for line in log.splitlines() if "CONSOLE" in line or "Refused" in line or "Content Security" in line]


@pytest.mark.parametrize("content", [html.render(page_kit.page(HOSTILE)), html.render_result(page_kit.vet(HOSTILE))])
def test_hostile_text_stays_text(tmp_path: Path, content: bytes) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(content)
    seen = opened(page, tmp_path / "profile", "--dump-dom")
    assert complaints(seen.stderr) == []
    assert "<title>ran</title>" not in seen.stdout
    assert "&lt;script&gt;document.title" in seen.stdout


def test_the_log_tells_of_what_the_policy_refuses(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_bytes(html.render_result(page_kit.vet()).replace(b"<p>", b'<p style="color:red">', 1))
    assert complaints(opened(page, tmp_path / "profile", "--dump-dom").stderr)

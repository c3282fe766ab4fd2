from __future__ import annotations

from typing import Any

import pytest

from unrig.scope.words import arch_word, platform_word, product_key, purl_word, sha256_word


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("Windows 11 Pro", "windows"),
        ("Microsoft Windows Server 2022", "windows"),
        ("win32", "windows"),
        ("macOS 14.1", "macos"),
        ("Mac OS X", "macos"),
        ("OS X", "macos"),
        ("Darwin", "macos"),
        ("Ubuntu 24.04", "linux"),
        ("iOS", "ios"),
        ("Android 15", "android"),
        ("PWA", "web"),
        ("Plan 9", "plan9"),
        ("", ""),
    ],
)
def test_platforms(said: Any, word: Any) -> None:
    assert platform_word(said) == word


@pytest.mark.parametrize(
    ("said", "word"),
    [("AMD64", "x86_64"), ("x86_64", "x86_64"), ("x86", "x86"), ("AArch64", "arm64"), ("riscv", "riscv")],
)
def test_processors(said: Any, word: Any) -> None:
    assert arch_word(said) == word


def test_hashes_in_their_spellings() -> None:
    assert sha256_word(" SHA256:" + "AB" * 32) == "ab" * 32
    assert sha256_word("0x" + "ab" * 32) == "ab" * 32
    assert sha256_word("ab" * 31) == sha256_word("zz" * 32) == sha256_word("") == ""


def test_purls_are_canonical_or_nothing() -> None:
    assert purl_word("pkg:NPM/left-pad@1.0") == "pkg:npm/left-pad@1.0"
    assert purl_word("pkg:pypi/PyQt5_Qt5@5.15.2") == "pkg:pypi/pyqt5-qt5@5.15.2"
    assert purl_word("left-pad 1.0") == ""


def test_a_product_that_is_a_number_keeps_it() -> None:
    assert product_key("7-Zip 24.08 (x64)") == "7zip"
    assert product_key("1.2.3") == "123"
    assert product_key("Office 2019") == "office2019"

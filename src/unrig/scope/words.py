"""One spelling for what inventories, SBOMs and leads call products, platforms, processors and hashes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from packageurl import PackageURL

PLATFORMS: Final = (
    # Longest sign first where one contains another; the left side is looked for in the folded text.
    ("windows", "windows"),
    ("win32", "windows"),
    ("win64", "windows"),
    ("macos", "macos"),
    ("macosx", "macos"),
    ("osx", "macos"),
    ("darwin", "macos"),
    ("ios", "ios"),
    ("android", "android"),
    ("linux", "linux"),
    ("ubuntu", "linux"),
    ("debian", "linux"),
    ("redhat", "linux"),
    ("rhel", "linux"),
    ("pwa", "web"),
    ("web", "web"),
)
ARCHITECTURES: Final = {
    "x64": "x86_64",
    "amd64": "x86_64",
    "x8664": "x86_64",
    "64bit": "x86_64",
    "x86": "x86",
    "i386": "x86",
    "i686": "x86",
    "32bit": "x86",
    "arm64": "arm64",
    "aarch64": "arm64",
    "armv8": "arm64",
    "universal": "universal",
    "universal2": "universal",
}

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PRODUCT_TAIL = re.compile(
    r"(?:[\s(_-]+(?:v?\d+(?:\.\d+)+|x64|x86|x86_64|amd64|arm64|64-bit|32-bit|64 bit|32 bit)\)?)+\s*$", re.IGNORECASE
)


def folded(text: str) -> str:
    """Return the letters and digits of a text, case folded: how names are compared."""
    return "".join(char for char in text.casefold() if char.isalnum())


@lru_cache(maxsize=65536)
def product_key(name: str) -> str:
    """Return a product's name without the version and processor that installers write behind it, folded."""
    return folded(_PRODUCT_TAIL.sub("", name)) or folded(name)


@lru_cache(maxsize=4096)
def platform_word(text: str) -> str:
    """Return windows, macos, linux, ios, android or web; an unknown platform is its own folded text."""
    flat = folded(text)
    return next((word for sign, word in PLATFORMS if sign in flat), flat)


@lru_cache(maxsize=4096)
def arch_word(text: str) -> str:
    """Return x86_64, x86, arm64 or universal; an unknown processor is its own folded text."""
    flat = folded(text)
    return ARCHITECTURES.get(flat, flat)


def sha256_word(text: str) -> str:
    """Return the 64 lower-case hex digits of a SHA-256, with or without its prefix; empty where it is none."""
    bare = text.strip().lower().removeprefix("sha256:").removeprefix("sha-256:").removeprefix("0x").strip()
    return bare if _SHA256.fullmatch(bare) else ""


def purl_word(text: str) -> str:
    """Return the canonical text of a package URL (purl specification, ECMA-427); empty where it is none."""
    try:
        return PackageURL.from_string(text.strip()).to_string()
    except ValueError:
        return ""

"""What a release calls itself: name, version and platform, from its file name."""

from __future__ import annotations

import re

from msgspec import Struct

WHEEL = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-(?P<platform>[^-]+)\.whl")
"""PEP 427: name-version(-build)?-python-abi-platform.whl"""
GENERIC = re.compile(r"(?P<name>.+?)[-_ ]v?(?P<version>\d+(?:\.\d+)+[^-_ ]*)(?:[-_ ](?P<rest>.+))?")
SUFFIX = re.compile(r"(?<=.)(\.(tar\.\w+|[a-zA-Z][a-zA-Z0-9]{1,8}))$")
PLATFORMS = {
    "win": "windows",
    "linux": "linux",
    "manylinux": "linux",  # PEP 600
    "musllinux": "linux",  # PEP 656
    "macos": "macos",
    "darwin": "macos",
    "osx": "macos",
}


class Named(Struct, frozen=True, kw_only=True):
    """Name, version and platform; empty where the file name does not say."""

    name: str
    version: str = ""
    platform: str = ""


def named(file_name: str) -> Named:
    """Return what a file or folder name says; the whole name where it follows no known form."""
    wheel = WHEEL.fullmatch(file_name)
    if wheel:
        return Named(name=wheel["name"], version=wheel["version"], platform=platform_of(wheel["platform"]))
    stem = SUFFIX.sub("", file_name)
    generic = GENERIC.fullmatch(stem)
    if generic:
        return Named(name=generic["name"], version=generic["version"], platform=platform_of(generic["rest"] or ""))
    return Named(name=stem, platform=platform_of(stem))


def platform_of(text: str) -> str:
    """Return windows, linux, macos or nothing, from a tag or words such as `win_amd64`."""
    for word in re.split(r"[^a-z]+", text.lower()):
        for start, platform in PLATFORMS.items():
            if word.startswith(start):
                return platform
    return ""

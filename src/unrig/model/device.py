"""Devices, and the one function that normalises their ids."""

from __future__ import annotations

from msgspec import Struct


class Device(Struct, frozen=True, kw_only=True):
    """One machine, by a normalised id; other names it goes by in `names`."""

    id: str
    names: tuple[str, ...] = ()
    platform: str = ""
    customer: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()


def device_id(name: str) -> str:
    """Return the id of a device name: lower case, without domain suffix, NetBIOS prefix or trailing `$`.

    Addresses keep their dots. An empty name stays empty.
    """
    text = name.strip().lower().rsplit("\\", 1)[-1].rstrip("$").rstrip(".")
    head = text.split(".", 1)[0]
    return text if head.isdigit() or ":" in text else head

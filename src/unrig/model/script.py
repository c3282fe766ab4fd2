"""Facts about scripts and package manifests: what runs when, and what it is able to do."""

from __future__ import annotations

from msgspec import Struct

from unrig.model.capability import Shown
from unrig.model.strings import FoundString


class Obfuscation(Struct, frozen=True, kw_only=True):
    """Measures of how hard a text is made to read; each is innocent by itself."""

    longest_line: int = 0
    """Characters."""
    longest_literal: int = 0
    """Characters of the longest string without white space."""
    escaped: int = 0
    """Characters written as \\x41 or \\u0041 although ASCII prints them."""
    hex_names: int = 0
    """Distinct names such as _0x3fa2, which obfuscators give."""
    decoded_arguments: int = 0
    """Calls that run as code what another call has decoded."""


class RunsAt(Struct, frozen=True, kw_only=True):
    """One command that something else starts: an install hook, a scheduled task, an entry point."""

    when: str
    """preinstall, install, postinstall, prepare, main, bin, task, ..."""
    command: str
    """Cut to 1,024 characters."""


class ScriptFacts(Struct, frozen=True, kw_only=True):
    """One text that some interpreter runs."""

    language: str
    """javascript, python, powershell, batch, shell; task (a scheduled task of Windows), package (a package.json)."""
    name: str = ""
    """Of a package: what it calls itself."""
    version: str = ""
    runs: tuple[RunsAt, ...] = ()
    capabilities: tuple[Shown, ...] = ()
    addresses: tuple[FoundString, ...] = ()
    obfuscation: Obfuscation = Obfuscation()
    damaged: str = ""
    """Why the text was searched by patterns and not parsed; empty where it was parsed, or has no grammar here."""

"""What a program or script is able to do, with what shows it. An ability is never proof of a use."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from unrig.model.place import Span


class Capability(StrEnum):
    """One ability that matters when several meet."""

    NETWORK = "network"
    FILE_READ = "file_read"
    FILE_WRITE = "file_write"
    EXECUTABLE_MEMORY = "executable_memory"
    PROCESS = "process"
    """Starts other programs."""
    BROWSER_STORES = "browser_stores"
    """Names what browsers keep: history, cookies, logins."""
    SYSTEM_SURVEY = "system_survey"
    """Asks what machine, user and protection it runs under."""
    LONG_SLEEP = "long_sleep"
    """Waits for an hour or more."""
    DEAD_DROP = "dead_drop"
    """Names an address under which anybody can leave a text or file."""
    PERSISTENCE = "persistence"
    """Names what starts programs again: Run keys, tasks, startup folders."""
    DYNAMIC_CODE = "dynamic_code"
    """Runs text as code."""
    DECODING = "decoding"
    """Turns encoded text or numbers into what is then used."""
    CREDENTIALS = "credentials"
    """Names where secrets of developers and users are kept: keys, tokens, wallets; or hands on the whole environment."""
    INTERCEPTION = "interception"
    """Puts itself in the place of what a page or program reaches the network with."""


class Shown(Struct, frozen=True, kw_only=True):
    """One thing that shows a capability."""

    capability: Capability
    text: str
    """As it stands in the file, cut; an imported function as `library!function`."""
    span: Span | None = None
    """None where it is an import, which the tables of the file name."""

"""Code-hosting and paste sites, and the programs that contact them as part of their use."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class CodeHosting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lists of lower-case names, each sorted."""

    hosts: tuple[str, ...]
    """Registered names: a host counts if it is one of these or a name below one."""
    browsers: tuple[str, ...]
    """File names of programs."""
    developer_tools: tuple[str, ...]
    tool_agents: tuple[str, ...]
    resolvers: tuple[str, ...]


@cache
def code_hosting() -> CodeHosting:
    """Return the lists, read once. Raises msgspec.ValidationError if the file is not what CodeHosting says."""
    text = resources.files("unrig.data").joinpath("code_hosting.toml").read_bytes()
    return msgspec.toml.decode(text, type=CodeHosting)

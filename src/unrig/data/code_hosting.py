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
    resolvers: tuple[str, ...]


@cache
def code_hosting() -> CodeHosting:
    """Return the lists, read once. Raises msgspec.ValidationError if the file is not what CodeHosting says."""
    text = resources.files("unrig.data").joinpath("code_hosting.toml").read_bytes()
    return msgspec.toml.decode(text, type=CodeHosting)


def is_code_hosting(host: str) -> bool:
    """Return whether a host is a listed site or a name below one; by whole labels, never by substring."""
    name = host.lower().rstrip(".")
    return any(name == site or name.endswith(f".{site}") for site in code_hosting().hosts)


def fetches_by_trade(program: str) -> bool:
    """Return whether a program's file name is one whose use is to contact such sites, or to resolve names for others."""
    lists = code_hosting()
    return program.lower() in {*lists.browsers, *lists.developer_tools, *lists.resolvers}

"""Sigma rules, written (Sigma specification 2.0, "Rule"): a rule is a few names and lists of text.

The writer knows only the YAML that a rule needs: mappings, sequences and single-quoted scalars (YAML 1.2, 7.3.2), so
nothing in a product's name or path can become syntax. Reading Sigma is the business of hunt.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/unrig/unrig/sigma")
"""All rule ids derive from this one and what the rule is about, so the same case gives the same ids."""


class FieldMatch(Struct, frozen=True, kw_only=True):
    """One field with its modifiers and the values of which one must match."""

    field: str
    modifiers: tuple[str, ...] = ()
    values: tuple[str, ...]


class Search(Struct, frozen=True, kw_only=True):
    """One search identifier: all its fields must match."""

    name: str
    fields: tuple[FieldMatch, ...]


class SigmaRule(Struct, frozen=True, kw_only=True):
    """One rule."""

    title: str
    id: uuid.UUID
    status: Literal["experimental", "test", "stable"] = "experimental"
    description: str
    author: str
    date: dt.date
    tags: tuple[str, ...] = ()
    category: str
    product: str
    searches: tuple[Search, ...]
    condition: str
    false_positives: tuple[str, ...]
    level: Literal["informational", "low", "medium", "high", "critical"]


def rule_uuid(*keys: str) -> uuid.UUID:
    """Return the id of the rule about these keys (RFC 9562, version 5)."""
    return uuid.uuid5(NAMESPACE, "\n".join(keys))


def attack_tags(techniques: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags for ATT&CK technique ids (Sigma appendix "Tags", namespace attack), sorted, each once."""
    return tuple(sorted({f"attack.{technique.lower()}" for technique in techniques}))


def literal(text: str) -> str:
    r"""Return text that Sigma matches as it stands: `\`, `*` and `?` lose their meaning (appendix "Escaping")."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def write_rule(rule: SigmaRule) -> bytes:
    """Return the rule as one YAML document. Raises ValueError if a list of values is empty: it would match all."""
    empty = [match.field for search in rule.searches for match in search.fields if not match.values]
    if empty or not rule.searches:
        raise ValueError(f"no value to look for in {', '.join(empty) or 'the rule'}")
    return ("\n".join(_lines(rule)) + "\n").encode()


def _lines(rule: SigmaRule) -> Iterator[str]:
    yield f"title: {_quoted(rule.title)}"
    yield f"id: {rule.id}"
    yield f"status: {rule.status}"
    yield f"description: {_quoted(rule.description)}"
    yield f"author: {_quoted(rule.author)}"
    yield f"date: {rule.date.isoformat()}"
    if rule.tags:
        yield "tags:"
        yield from (f"    - {_quoted(tag)}" for tag in rule.tags)
    yield "logsource:"
    yield f"    category: {rule.category}"
    yield f"    product: {rule.product}"
    yield "detection:"
    for search in rule.searches:
        yield f"    {search.name}:"
        for match in search.fields:
            yield f"        {'|'.join((match.field, *match.modifiers))}:"
            yield from (f"            - {_quoted(value)}" for value in match.values)
    yield f"    condition: {rule.condition}"
    yield "falsepositives:"
    yield from (f"    - {_quoted(text)}" for text in rule.false_positives)
    yield f"level: {rule.level}"


def _quoted(text: str) -> str:
    """Return a single-quoted scalar on one line; what YAML cannot hold there becomes U+FFFD."""
    printable = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))
    return "'" + printable.replace("'", "''") + "'"

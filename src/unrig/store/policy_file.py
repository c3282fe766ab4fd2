"""Reading `unrig.toml`: found in the current folder or the user's configuration folder, never inside a release."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from asn1crypto import pem
from msgspec import Struct

from unrig.model.errors import UsageError
from unrig.model.policy import Policy, Waiver

NAME = "unrig.toml"


class LoadedPolicy(Struct, frozen=True, kw_only=True):
    """A policy with what it was read from; an empty path where there is none."""

    policy: Policy
    path: str = ""
    sha256: str = ""
    roots: tuple[bytes, ...] = ()
    """The certificates that `trusted_roots` names, in DER, whether their files are DER or PEM."""


def load(given: Path | None, *, current: Path, config: Path) -> LoadedPolicy:
    """Return the policy named, else the first found in the two folders, else an empty one. Raises UsageError."""
    if given is not None:
        return _read(given)
    for folder in (current, config):
        if (folder / NAME).is_file():
            return _read(folder / NAME)
    return LoadedPolicy(policy=Policy())


def _read(path: Path) -> LoadedPolicy:
    try:
        raw = path.read_bytes()
        policy = msgspec.toml.decode(raw, type=Policy)
    except OSError as error:
        raise UsageError(f"{path}: expected a readable policy file, found: {error.strerror}.") from error
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: {error}. See docs/reference/policy.md for the fields.") from error
    for number, waiver in enumerate(policy.waivers, 1):
        _check_waiver(path, number, waiver)
    roots = tuple(root for name in policy.trusted_roots for root in _roots(path.parent / name))
    return LoadedPolicy(policy=policy, path=str(path), sha256=hashlib.sha256(raw).hexdigest(), roots=roots)


def _check_waiver(path: Path, number: int, waiver: Waiver) -> None:
    """Refuse waivers that cover more than one thing can stand for."""
    where = f"{path}: waiver {number} ({waiver.rule})"
    if not waiver.artifact_sha256 and not (waiver.signer and waiver.component):
        raise UsageError(f"{where}: expected artifact_sha256, or signer and component; found neither.")
    if not waiver.reason.strip() or not waiver.owner.strip():
        raise UsageError(f"{where}: expected a reason and an owner, found an empty one.")


def _roots(path: Path) -> tuple[bytes, ...]:
    """Return the certificates of a file: one in DER, or all those of a PEM (RFC 7468)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: expected a certificate named by trusted_roots, found: {error.strerror}.") from error
    if not pem.detect(raw):
        return (raw,)
    try:
        return tuple(der for kind, _, der in pem.unarmor(raw, multiple=True) if kind == "CERTIFICATE")
    except ValueError as error:
        raise UsageError(f"{path}: expected certificates in PEM, found: {error}.") from error

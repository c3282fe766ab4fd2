"""Reading `unrig.toml`: found in the current folder or the user's configuration folder, never inside a release."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from unrig.model.errors import UsageError
from unrig.model.policy import Policy, Waiver
from unrig.store import pem

NAME = "unrig.toml"


class LoadedPolicy(Struct, frozen=True, kw_only=True):
    """A policy with what it was read from; an empty path where there is none."""

    policy: Policy
    path: str = ""
    sha256: str = ""
    roots: tuple[bytes, ...] = ()
    """The certificates that `trusted_roots` names, in DER, whether their files are DER or PEM."""


def load(given: Path | None, *, current: Path, config: Path, release: Path | None = None) -> LoadedPolicy:
    """Return the policy named, else the first found in the two folders, else an empty one. Raises UsageError.

    One that lies in the release is passed over: what is judged must not bring its own judge.
    """
    if given is not None:
        return _read(given)
    for folder in (current, config):
        path = folder / NAME
        if path.is_file() and not (release is not None and path.resolve().is_relative_to(release.resolve())):
            return _read(path)
    return LoadedPolicy(policy=Policy())


def _read(path: Path) -> LoadedPolicy:
    try:
        raw = path.read_bytes()
        policy = msgspec.toml.decode(raw, type=Policy)
    except OSError as error:
        raise UsageError(f"{path}: expected a readable policy file, found: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path}: expected a policy in TOML, found: {error}. See docs/reference/policy.md for the fields."
        ) from error
    for number, waiver in enumerate(policy.waivers, 1):
        _check_waiver(path, number, waiver)
    roots = tuple(
        root for name in policy.trusted_roots for root in pem.read(path.parent / name, pem.CERTIFICATE, "trusted_roots")
    )
    return LoadedPolicy(policy=policy, path=str(path), sha256=hashlib.sha256(raw).hexdigest(), roots=roots)


def _check_waiver(path: Path, number: int, waiver: Waiver) -> None:
    """Refuse waivers that cover more than one thing can stand for."""
    where = f"{path}: waiver {number} ({waiver.rule})"
    if not waiver.artifact_sha256 and not (waiver.signer and waiver.component):
        raise UsageError(f"{where}: expected artifact_sha256, or signer and component; found neither.")
    if not waiver.reason.strip() or not waiver.owner.strip():
        raise UsageError(f"{where}: expected a reason and an owner, found an empty one.")

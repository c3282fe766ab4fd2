"""What a drill's policy trusts: the lab's root, and nothing else. Its key is nowhere."""

from __future__ import annotations

import base64

from unrig.drill.build.lab_authority import lab_roots

POLICY, ROOT = "unrig.toml", "lab-root.pem"


def policy_files() -> dict[str, bytes]:
    """Return the policy and the root's certificate, by path."""
    lines = base64.encodebytes(lab_roots()[0])
    pem = b"-----BEGIN CERTIFICATE-----\n" + lines + b"-----END CERTIFICATE-----\n"
    return {POLICY: f'trusted_roots = ["{ROOT}"]\n'.encode(), ROOT: pem}

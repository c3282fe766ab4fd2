"""Kinds of leads that can be hunted, each in one file."""

from __future__ import annotations

from unrig.hunt.kinds import LeadKind
from unrig.hunt.leads import hash, manifest, network_name  # noqa: A004  (units are named after their files)

LEAD_KINDS: tuple[LeadKind, ...] = (hash.LEAD_KIND, manifest.LEAD_KIND, network_name.LEAD_KIND)

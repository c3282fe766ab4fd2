"""Kinds of leads that can be hunted, each in one file."""

from __future__ import annotations

from unrig.hunt.kinds import LeadKind
from unrig.hunt.leads import hash as hash_lead
from unrig.hunt.leads import manifest

LEAD_KINDS: tuple[LeadKind, ...] = (hash_lead.LEAD_KIND, manifest.LEAD_KIND)

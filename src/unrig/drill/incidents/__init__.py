"""Incidents that a drill replays: one a file, each built from a seed."""

from __future__ import annotations

from unrig.drill.build.truth import Incident
from unrig.drill.incidents import relay

INCIDENTS: tuple[Incident, ...] = (relay.INCIDENT,)

"""Incidents that a drill replays: one a file, each built from a seed.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.drill.build.truth import Incident
from unrig.drill.incidents.polish import INCIDENT as POLISH
from unrig.drill.incidents.relay import INCIDENT as RELAY
from unrig.drill.incidents.smoothoperator import INCIDENT as SMOOTHOPERATOR

INCIDENTS: tuple[Incident, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Incident))

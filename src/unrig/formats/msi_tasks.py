"""Scheduled tasks that an installer's custom actions register: no table is for them, so they stand in command lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unrig.model.msi import CustomAction, ScheduledTask

SCHTASKS = re.compile(r"\bschtasks(?:\.exe)?\b.*?/create\b", re.IGNORECASE | re.DOTALL)
POWERSHELL = re.compile(r"\b(?:Register|New)-ScheduledTask\b", re.IGNORECASE)
_VALUE = r"""(?:"([^"]{1,512})"|'([^']{1,512})'|(\S{1,512}))"""
NAME = re.compile(r"(?:/tn|-TaskName)\s+" + _VALUE, re.IGNORECASE)
RUNS = re.compile(r"(?:/tr|-Execute)\s+" + _VALUE, re.IGNORECASE)
MOST = 256


def tasks(actions: Iterable[CustomAction]) -> tuple[ScheduledTask, ...]:
    """Return the tasks by action; name and command are empty where the command line builds them elsewhere."""
    found = [task for action in actions for task in _of(action)]
    return tuple(sorted(found, key=lambda task: (task.action, task.name)))[:MOST]


def _of(action: CustomAction) -> Iterator[ScheduledTask]:
    if SCHTASKS.search(action.target) or POWERSHELL.search(action.target):
        yield ScheduledTask(action=action.name, name=_value(NAME, action.target), command=_value(RUNS, action.target))


def _value(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), "") if found else ""

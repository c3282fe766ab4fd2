"""What a Windows event is and when it was, from its fields by name. Runs in sealed workers."""

from __future__ import annotations

from functools import lru_cache

from unrig.data.mappings import SYSMON, Told, channels, other, windows
from unrig.hunt.columns import Record, Row
from unrig.hunt.exclusions import annotated
from unrig.hunt.values import integer, moment
from unrig.model.moment import Basis

TIMES = (
    ("UtcTime", Basis.DEVICE.value),  # Sysmon's own
    ("TimeCreated", Basis.DEVICE.value),
    ("SystemTime", Basis.DEVICE.value),
    ("@timestamp", Basis.SERVER.value),
    ("EventTime", Basis.STATED.value),  # NXLog: without an offset it is the device's local time
)
EVENT_IDS = ("EventID", "EventId", "event_id")
PROVIDERS = ("Provider_Name", "ProviderName", "SourceName", "provider_name")
"""Not `Source Name`: that is a field of Defender's events."""
CHANNELS = ("Channel", "channel")
SYSMON_ONLY = ("UtcTime", "ProcessGuid", "SourceProcessGUID")
"""Where a record names neither channel nor provider, a Sysmon event has one of these."""
_TIMELINE = "RuleTitle"
"""A row of a Hayabusa timeline is about an event, and has a reader of its own."""
_TIME_NAMES = tuple(name for name, _ in TIMES)


def is_event(record: object) -> bool:
    """Return whether this is an object with an event id and a provider, channel or field of Sysmon's."""
    if not isinstance(record, dict) or first(record, EVENT_IDS) is None or _TIMELINE in record:
        return False
    return any(name in record for name in (*PROVIDERS, *CHANNELS, *SYSMON_ONLY))


def told(record: Record) -> Told:
    """Return what an event is: by its provider, or its channel where it names none."""
    number = record.get("EventID")
    if type(number) is not int:
        number = integer(first(record, EVENT_IDS))
    if number is None:
        return _OTHER
    provider, channel = first(record, PROVIDERS), first(record, CHANNELS)
    found = _told(
        provider if isinstance(provider, str) else "",
        channel if isinstance(channel, str) else "",
        number,
        any(name in record for name in SYSMON_ONLY) if provider is None and channel is None else None,
    )
    if found.fields.event_class == "exclusion" and not annotated(record):
        return _OTHER
    return found


def row(record: Record, action: str, number: int, offset: int) -> Row | None:
    """Return the record with its time and place; None without a time."""
    for name, basis in TIMES:
        if name in record:
            when = moment(record[name])
            if when is not None:
                return Row(record, when, basis, action, number, offset)
    return None


def first(record: Record, names: tuple[str, ...]) -> object:
    """Return the value of the first of these fields that the record has; None where it has none."""
    for name in names:
        if name in record:
            return record[name]
    return None


_OTHER = other()
_WINDOWS = windows()
_CHANNELS = channels()


@lru_cache(maxsize=1 << 12)
def _told(provider: str, channel: str, number: int, sysmon: bool | None) -> Told:  # noqa: FBT001  (a cache's key)
    names = (provider.lower(), channel.lower())
    # Linux-Sysmon is one too, and forwarded events may stand under any channel.
    is_sysmon = sysmon or any(SYSMON in name for name in names)
    origin = SYSMON if is_sysmon else names[0] or _CHANNELS.get(names[1], "")
    return _WINDOWS.get((origin, number), _OTHER)

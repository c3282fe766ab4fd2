"""What a row of a Hayabusa timeline says of the event it is about, by the event's own field names. Runs in sealed workers.

Source: hayabusa-rules, config/default_details.txt and channel_abbreviations.txt: which fields a profile shortens to what.
"""

from __future__ import annotations

import datetime as dt
import re

from unrig.data.mappings import fills, other, windows
from unrig.hunt.columns import Record
from unrig.hunt.json_lines import Kind, Understood
from unrig.hunt.records import dated_by
from unrig.hunt.values import moment
from unrig.hunt.windows import told
from unrig.model.moment import Basis
from unrig.model.telemetry import Fills

MARKS = frozenset({"Timestamp", "RuleTitle", "Computer", "Channel", "EventID"})
FILLS: Fills = fills([*windows().values(), other()])
_SEPARATOR = " \N{BROKEN BAR} "
_CHANNELS = {
    "sysmon": "Microsoft-Windows-Sysmon/Operational",
    "sec": "Security",
    "sys": "System",
    "pwsh": "Microsoft-Windows-PowerShell/Operational",
    "defender": "Microsoft-Windows-Windows Defender/Operational",
    "wmi": "Microsoft-Windows-WMI-Activity/Operational",
}
_NAMES = {
    "Cmd": "CommandLine", "Cmdline": "CommandLine", "CmdLine": "CommandLine", "Proc": "Image",
    "ParentCmd": "ParentCommandLine", "ParentCmdline": "ParentCommandLine", "ParentPID": "ParentProcessId",
    "ParentPGUID": "ParentProcessGuid", "LID": "LogonId", "PID": "ProcessId", "PGUID": "ProcessGuid", "Hash": "Hashes",
    "TgtIP": "DestinationIp", "TgtPort": "DestinationPort", "TgtHost": "DestinationHostname", "SrcIP": "SourceIp",
    "SrcPort": "SourcePort", "Proto": "Protocol", "TgtObj": "TargetObject", "Pipe": "PipeName", "Query": "QueryName",
    "Result": "QueryResults", "SrcProc": "SourceImage", "TgtProc": "TargetImage", "Access": "GrantedAccess",
    "SrcPID": "SourceProcessId", "TgtPID": "TargetProcessId", "SrcPGUID": "SourceProcessGUID",
    "TgtPGUID": "TargetProcessGUID", "ScriptBlock": "ScriptBlockText", "TgtUser": "TargetUserName", "Svc": "ServiceName",
    "Image": "ImageLoaded", "SrcComp": "WorkstationName",
}  # fmt: skip
_OF_EVENT = {
    6: {"Path": "ImageLoaded"}, 11: {"Path": "TargetFilename"}, 15: {"Path": "TargetFilename"},
    23: {"Path": "TargetFilename"}, 26: {"Path": "TargetFilename"}, 29: {"Path": "TargetFilename"},
    4688: {"Proc": "NewProcessName", "Path": "NewProcessName", "PID": "NewProcessId", "User": "SubjectUserName"},
    4624: {"SrcIP": "IpAddress", "Type": "LogonType"}, 4625: {"SrcIP": "IpAddress", "Type": "LogonType"},
    4697: {"Path": "ServiceFileName"}, 7045: {"Path": "ImagePath"},
    5156: {"Proc": "Application", "SrcIP": "SourceAddress", "TgtIP": "DestAddress", "TgtPort": "DestPort"},
}  # fmt: skip
_BEFORE_OFFSET = re.compile(r" (?=[+-]\d\d:\d\d$)")


def understood(record: Record) -> Understood:
    """Return the event that a row is about, and what it is; what Hayabusa says of it keeps its own names."""
    channel = record.get("Channel")
    if isinstance(channel, str):
        record["Channel"] = _CHANNELS.get(channel.lower(), channel)
    own = _OF_EVENT.get(_number(record.get("EventID")), {})
    for holder in ("Details", "ExtraFieldInfo", "AllFieldInfo"):
        given = _pairs(record.get(holder))
        if given:
            del record[holder]
        for name, value in given.items():
            record.setdefault(own.get(name) or _NAMES.get(name, name), value)
    return Understood(record, told(record))


def moment_of(value: object) -> dt.datetime | None:
    """Return the time of a row, which stands a space apart from its offset."""
    return moment(_BEFORE_OFFSET.sub("", value)) if isinstance(value, str) else None


def _pairs(value: object) -> Record:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    pairs = (each.partition(": ") for each in value.split(_SEPARATOR))
    return {name.strip(): text.strip() for name, mark, text in pairs if mark}


def _number(value: object) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


KIND = Kind(understand=understood, dated=dated_by(("Timestamp", moment_of), basis=Basis.DEVICE))

"""What imported functions of Windows let a program do, as far as a change of it is worth a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

BEHAVIOURS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "reads a file": frozenset(
            [
                "CreateFile",
                "CreateFile2",
                "ReadFile",
                "ReadFileEx",
                "NtReadFile",
                "ZwReadFile",
                "MapViewOfFile",
                "MapViewOfFileEx",
                "CreateFileMapping",
                "NtMapViewOfSection",
                "fopen",
                "_wfopen",
                "fopen_s",
                "_wfopen_s",
                "fread",
                "_read",
                "_open",
                "_wopen",
                "_sopen_s",
                "_wsopen_s",
            ]
        ),
        "makes memory executable": frozenset(
            [
                "VirtualProtect",
                "VirtualProtectEx",
                "NtProtectVirtualMemory",
                "ZwProtectVirtualMemory",
                "VirtualAllocEx",
                "VirtualProtectFromApp",
            ]
        ),
        "starts a process": frozenset(
            [
                "CreateProcess",
                "CreateProcessAsUser",
                "CreateProcessWithLogon",
                "CreateProcessWithToken",
                "WinExec",
                "ShellExecute",
                "ShellExecuteEx",
                "NtCreateUserProcess",
                "system",
                "_wsystem",
                "_popen",
                "_wpopen",
            ]
        ),
        "talks to the network": frozenset(
            [
                "WSAStartup",
                "WSASocket",
                "socket",
                "connect",
                "WSAConnect",
                "InternetOpen",
                "InternetOpenUrl",
                "InternetConnect",
                "HttpSendRequest",
                "WinHttpOpen",
                "WinHttpConnect",
                "WinHttpSendRequest",
                "URLDownloadToFile",
                "URLDownloadToCacheFile",
                "DnsQuery",
            ]
        ),
        "runs code in another process": frozenset(
            [
                "WriteProcessMemory",
                "CreateRemoteThread",
                "CreateRemoteThreadEx",
                "NtCreateThreadEx",
                "QueueUserAPC",
                "SetThreadContext",
                "NtUnmapViewOfSection",
            ]
        ),
        "loads a library": frozenset(
            ["LoadLibrary", "LoadLibraryEx", "LdrLoadDll", "GetProcAddress", "LdrGetProcedureAddress"]
        ),
        "decrypts": frozenset(
            [
                "CryptDecrypt",
                "BCryptDecrypt",
                "CryptUnprotectData",
                "NCryptDecrypt",
                "RtlDecompressBuffer",
                "SystemFunction033",
                "SystemFunction032",
            ]
        ),
        "writes the registry": frozenset(
            ["RegSetValue", "RegSetValueEx", "RegCreateKey", "RegCreateKeyEx", "NtSetValueKey"]
        ),
    }
)
"""By name without the final A or W of a function that exists for both kinds of text."""

READS_FILE, MAKES_EXECUTABLE = "reads a file", "makes memory executable"


def behaviours(functions: Iterable[str]) -> frozenset[str]:
    """Return what a program with these imported functions can do."""
    whole = set(functions)
    plain = whole | {each[:-1] for each in whole if each.endswith(("A", "W"))}
    return frozenset(name for name, members in BEHAVIOURS.items() if members & plain)

"""Names of the real world that a drill's logs speak of: public sites and programs that every network has.

The one exception to "every name in a drill is made up": telemetry in which nobody visits a known site or runs a
known browser has no real shape. They are texts in made-up logs. No drill gives an address of theirs (all are of
RFC 5737), nothing contacts them, and none is called the maker, signer or victim of anything.
"""

from __future__ import annotations

DEAD_DROPS = (
    "bitbucket.org",
    "codeberg.org",
    "gist.githubusercontent.com",
    "gitlab.com",
    "pastebin.com",
    "raw.githubusercontent.com",
)
"""Public sites where anybody may leave a text: dead drops of this class of attack (ATT&CK T1102.001)."""
CODE_SITES = (*DEAD_DROPS, "api.github.com", "codeload.github.com", "github.com", "objects.githubusercontent.com")
"""Sites that people and their tools visit every day for good reasons."""
UPDATE_CHECKS = "api.github.com"
"""Where small tools ask whether there is a newer one."""
SCRIPT_SOURCE = "raw.githubusercontent.com"
"""Where administrators' scripts fetch files."""
BROWSERS = ("chrome.exe", "firefox.exe", "msedge.exe")
DEVELOPER_TOOLS = ("code.exe", "git.exe", "node.exe", "python.exe")
SHELL = "powershell.exe"
EXPLORER = r"C:\Windows\explorer.exe"
SYSTEM_LIBRARIES = ("kernel32.dll", "ntdll.dll", "user32.dll", "ws2_32.dll")
SEARCHED_FIRST = ("cryptbase.dll", "dbghelp.dll", "profapi.dll", "userenv.dll", "version.dll", "wininet.dll")
"""Names of system libraries that Windows looks for beside the program first (ATT&CK T1574.001)."""
COUNTRIES = ("AT", "CA", "CZ", "DE", "DK", "ES", "FI", "FR", "JP", "NL", "NO", "SE")
EVERY_NAME = frozenset({*CODE_SITES, *BROWSERS, *DEVELOPER_TOOLS, SHELL})

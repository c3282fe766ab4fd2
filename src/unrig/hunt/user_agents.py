"""Which program a user agent speaks for, where a proxy or a sensor names no other.

RFC 9110, 10.1.5: a user agent is products with versions, in falling order of weight, and comments in brackets. Programs
built on a browser's engine name the browser's products too, between which their own stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

_COMMENTS = r"\([^()]*\)"
_ENGINES = (
    r"(mozilla|applewebkit|gecko|headlesschrome|chrome|chromium|safari|firefox|version|mobile|edga|edgios|edge|edg|opr|opera"
    r"|crios|fxios|trident|presto|vivaldi|yabrowser|samsungbrowser|ucbrowser|seamonkey|maxthon|whale|brave|ddg|duckduckgo"
    r"|electron|qtwebengine|cef)/[^ ]*|like gecko"
)
"""Browsers, and what they and programs built on their engines say besides. Longer names stand before shorter ones."""
_FIRST = r"^[^ /;,]+"


def program_of(agent: ir.StringColumn) -> ir.StringValue:
    """Return the first product of an agent that is no browser's, in lower case; null where there is none."""
    rest = agent.lower().re_replace(_COMMENTS, " ").re_replace(_ENGINES, " ").strip()
    return rest.re_extract(_FIRST, 0).nullif("")

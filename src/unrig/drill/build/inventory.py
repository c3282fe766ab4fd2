"""Software inventories in CSV, as asset tools export them: comma or semicolon, empty cells, many spellings."""

from __future__ import annotations

import csv
import io

from msgspec import Struct

HEADERS = {
    "plain": ("device", "customer", "country", "platform", "product", "version", "path", "sha256", "last_seen"),
    "asset tool": (
        "Computer Name",
        "Tenant Name",
        "Country Code",
        "Operating System",
        "Software Name",
        "Display Version",
        "Install Path",
        "File Hash",
        "Last Seen",
    ),
}
"""The columns of a row in two exports' words."""
DELIMITERS = (",", ";")


class Row(Struct, frozen=True, kw_only=True):
    """One thing on one device; empty where the inventory does not say."""

    device: str
    customer: str
    country: str
    platform: str
    product: str
    version: str
    path: str = ""
    sha256: str = ""
    last_seen: str = ""


def write(rows: list[Row], export: str, delimiter: str) -> bytes:
    """Return the inventory; raises KeyError for an export that is none of HEADERS."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADERS[export])
    for row in rows:
        writer.writerow(
            [
                row.device,
                row.customer,
                row.country,
                row.platform,
                row.product,
                row.version,
                row.path,
                row.sha256,
                row.last_seen,
            ]
        )
    return text.getvalue().encode()

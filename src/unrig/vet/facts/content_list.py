"""What a list in a package says its other files hold.

Fills:  ContentListFacts, for every text and property list (empty for one that is no such list).
Drops:  sizes, and digests that are no SHA-256.
"""

from __future__ import annotations

from unrig.formats import content_lists
from unrig.model.content_list import ContentListFacts
from unrig.model.fact import Extractor

EXTRACTOR = Extractor(
    id="content_list", version=1, formats=("plist", "text"), fills=ContentListFacts, extract=content_lists.read
)

"""What Squirrel's list of updates says of packages.

Fills:  UpdateListFacts, for every text (empty for one that is no such list).
Drops:  the staging percentage of a line, which says nothing of its package.
"""

from __future__ import annotations

from unrig.formats import squirrel_releases
from unrig.model.fact import Extractor
from unrig.model.squirrel import UpdateListFacts


def extract(data: memoryview) -> UpdateListFacts:
    """Return the packages that a list names."""
    return UpdateListFacts(packages=squirrel_releases.read(data))


EXTRACTOR = Extractor(id="update_list", version=1, formats=("text",), fills=UpdateListFacts, extract=extract)

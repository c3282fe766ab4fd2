"""One pack kind a file: rules and names that come from elsewhere."""

from unrig.packs import hashes

KINDS = (hashes.KIND,)

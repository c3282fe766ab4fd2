"""One kind of comparison a file: two releases in, changes out."""

from unrig.vet.compare import files

COMPARISONS = (files.compare,)

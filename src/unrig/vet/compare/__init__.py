"""One kind of comparison a file: two releases in, changes out."""

"""Writers of formats, logs and inventories: sizes and seeds in, bytes out."""

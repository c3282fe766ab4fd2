"""One pack kind a file: rules and names that come from elsewhere."""

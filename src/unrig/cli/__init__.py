"""One file a verb: read arguments, call the verb, render, exit code."""

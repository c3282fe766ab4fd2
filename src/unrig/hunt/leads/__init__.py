"""One lead kind a file: a lead becomes a hunt."""

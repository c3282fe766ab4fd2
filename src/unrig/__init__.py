"""unrig: was this release rigged, where has it run, who has it, what happened, what must be done."""

__version__ = "0.1.0"

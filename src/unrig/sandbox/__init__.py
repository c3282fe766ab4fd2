"""Sealed workers for untrusted bytes; the only user of fork, ctypes and subprocess."""

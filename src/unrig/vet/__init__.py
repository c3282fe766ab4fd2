"""Was this release rigged?"""

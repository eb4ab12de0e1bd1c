"""Addresses, dependencies of blocks, strata, order and targets.

Pure and linear in blocks plus edges. Must not know values or providers.
"""

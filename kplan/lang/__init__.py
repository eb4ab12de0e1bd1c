"""HCL text to syntax trees to values, with located diagnostics.

Owns hcl2 (in one file), the per-block cache, evaluation and functions. Must not know what a block means.
"""

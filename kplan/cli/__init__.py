"""The command line: flags in, one operation called, its result handed to a view.

Owns click and Terraform's spellings of flags. Must not know how anything is computed or drawn.
"""

"""Finds block types by entry point and loads only those that a configuration names.

Must not know configurations; knows providers only through `kplan.sdk`.
"""

"""Finds block types by entry point and loads only those that a configuration names."""

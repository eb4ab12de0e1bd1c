"""Replication as a graph: who copies what to whom, over all links of a configuration, and what can't be right about it.

Pure. Must not know what carries a flow out, nor what is live.
"""

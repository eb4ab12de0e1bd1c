"""Real Apache Kafka on this machine: for the demo, the tests and trying a change.

Must not know plans, state or providers.
"""

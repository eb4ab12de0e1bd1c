"""kplan: Terraform for Kafka topologies.

Data walks one way: configuration, desired objects, live objects, plan, apply, state, report.
"""

__version__ = "0.1.0"

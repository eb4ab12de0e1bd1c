"""Files, variables and blocks to a Configuration: what the user declared, checked against schemas.

Must not know live systems, state or plans.
"""

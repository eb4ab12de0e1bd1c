"""Three-way comparison of desired, prior and live objects into a Plan: pure data, nothing contacted.

Owns ownership, moves, losses and consents. Must not perform effects.
"""

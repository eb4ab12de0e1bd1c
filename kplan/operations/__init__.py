"""The stories: plan, apply, destroy and the state commands, each read top to bottom.

Wires the pure phases to the places with effects. Must not know click, rich or any provider by name.
"""

"""How results look: plan text, diagnostics with their source, progress.

Owns rich. Takes frozen values, returns or writes text; must not compute anything about a plan.
"""

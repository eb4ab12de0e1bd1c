"""Carries out a Plan: ready changes in batches, endpoints side by side, every step journalled.

Must not decide what to change; that is the plan.
"""

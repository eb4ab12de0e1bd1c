"""What kplan remembers: State, its journal, the store interface and the local store.

Must not know configurations, plans or providers.
"""

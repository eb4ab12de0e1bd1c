"""Everything a provider may see, and nothing else: values, type declarations, session and rules, and TLS.

Must not import anything else of kplan. `conformance` holds the tests that every provider passes.
"""

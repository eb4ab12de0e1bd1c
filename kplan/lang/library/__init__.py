"""The language's functions, by what they work on. Each works on plain values; `kplan.lang.functions` minds the marks."""

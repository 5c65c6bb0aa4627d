"""A project that is made: planned, rendered, committed, tried."""

"""Where a template comes from, which versions it has, and whether it is trusted."""

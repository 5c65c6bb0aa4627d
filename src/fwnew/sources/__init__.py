"""Template sources: addresses, versions, trust, and the bundle that fwnew carries."""

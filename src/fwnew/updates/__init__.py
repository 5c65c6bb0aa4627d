"""A project that exists: updated, compared with its template, recovered."""

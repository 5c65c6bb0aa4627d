"""The only package that knows Copier: where a template comes from, what it asks, how it becomes a project."""

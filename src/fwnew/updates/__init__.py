"""Existing projects: their updates, their drift from the template, and recovery."""

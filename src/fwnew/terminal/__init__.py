"""Prompts and layout on a terminal."""

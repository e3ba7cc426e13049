"""Formats of instrument files, one module each."""

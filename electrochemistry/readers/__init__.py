"""Readers of instrument files, one file a format; each says in ``attrs["history"]`` what it changed."""

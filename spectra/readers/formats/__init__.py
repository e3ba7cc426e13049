"""Formats of instrument files, one module each; every module holds one ``READER``."""

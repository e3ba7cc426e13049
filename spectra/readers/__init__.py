"""Readers of instrument files, one module a format; each holds one :class:`~spectra.readers.records.Reader`."""

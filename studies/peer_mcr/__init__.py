"""Fractions of a glass series beside MCR-ALS of SpectroChemPy: the same simulated spectra, both ways.

Run with the Python of an environment that holds SpectroChemPy (CeCILL; it is no dependency of ours)::

    OMP_NUM_THREADS=1 python -m studies.peer_mcr.ours FOLDER [--seed 9200 9201] [--alike]   # ours: files, both routes
    python -m studies.peer_mcr.theirs FOLDER                                                # theirs, and the table

A series of the second simulator (clean arm) has eight glasses; both programs get four of them (x = 0, 0.15, 0.30 and
0.60), then all, which MCR-ALS takes as two blocks, one under the other. With `--alike` every glass has the line shapes
and the referencing of the last one, so that spectra are what MCR-ALS supposes: sums of the same pure spectra.

It gets spectra with the background of our fits taken off, 31P NMR with equal areas (its closure: seven lines are all
phosphorus), and starts from the pure spectra that the last glass has in truth, from those that we fitted to it, from
SIMPLISMA and from EFA. A component counts as the unit that it started from, else as that whose pure spectrum it
resembles most. Its fractions are concentrations as they are closed, or concentration x area in 31P NMR: what is nearer
to the truth is printed. "Nothing iterated" is non-negative least squares with the start.
"""

import numpy as np

FIRST, SECOND = (0.0, 0.15, 0.30, 0.60), (0.10, 0.22, 0.40, 0.50)
LINES = ("P:S4 + P:S3O", "P:S2O2", "P:SO3", "P:O4", "P:S3/O", "P:S3~P", "P:S3/S")
SHIFTS, WAVENUMBERS = np.arange(-199.0, 299.5, 0.5), np.arange(252.0, 699.0, 1.0)
AXES = {"31P NMR": ("chemical_shift", SHIFTS), "Raman": ("raman_shift", WAVENUMBERS)}

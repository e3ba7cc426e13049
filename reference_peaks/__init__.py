"""Published line positions of structural units, one claim per file, and the priors that fits take from them.

The rooms, from the bottom: :mod:`~reference_peaks.entries` (claims, sources and settings, and the files that they are
kept in), :mod:`~reference_peaks.pooling` (several papers, one prior), :mod:`~reference_peaks.library` (all of it in
memory), :mod:`~reference_peaks.curation` and :mod:`~reference_peaks.publishing`. The data of the public library lie
beside them: ``claims/``, ``bibliography/``, ``raw/`` and ``library.yaml`` hold no code.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

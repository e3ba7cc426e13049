"""The bottom of the house: estimates, errors, notes, records, least squares, formulas and weights; no spectra.

Names are imported when they are first used: a help page does not pay for arrays. They are listed once, in the stub.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The workflow: recipe, analysis of a glass series, report, command line.

Names are imported when they are first used, so that a help page costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

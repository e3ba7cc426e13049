"""The editor: touch a line, see the fit and what it does to the glass, write the recipe.

Three parts: a :class:`Session` (pure Python: a message in, messages out, the whole history), one page (``page.js``: no
build step, nothing from elsewhere), and two ways to join them: :func:`serve`, a page at 127.0.0.1 with a token, and
:func:`widget`, an anywidget in a notebook. Both carry the same messages.

A page sends ``open``, ``select``, ``set``, ``lock``, ``tie``, ``untie``, ``add``, ``remove``, ``off``, ``name``,
``background``, ``range``, ``exclude``, ``phase``, ``reset``, ``undo``, ``redo``, ``save``, ``text``, ``stop``; it is
told ``state``, ``structure``, ``saved``, ``text`` and ``error``. While a line is dragged nothing is sent: the page
moves the curves that it has, and asks for the fit when the line is let go.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""The four techniques by name: what every place that is told a technique looks them up in."""

from __future__ import annotations

from spectra.ftir import FTIR
from spectra.models import Technique
from spectra.nmr import NMR
from spectra.raman import RAMAN
from spectra.spectrum import kind, normal
from spectra.xps import XPS

TECHNIQUES: tuple[Technique, ...] = (NMR, RAMAN, FTIR, XPS)


def technique_of(name: str) -> Technique:
    """The technique with a name such as ``"31P NMR"``, ``"Raman"``, ``"S 2p XPS"``.

    Raises
    ------
    BadInput
        If it names none.

    Examples
    --------
    >>> technique_of("29Si NMR").axis
    'chemical_shift'
    """
    wanted = kind(name)
    return next(technique for technique in TECHNIQUES if technique.kind == wanted)


def technique_name(text: str) -> str:
    """The standard name of a technique: ``"P31 nmr"`` is ``"31P NMR"``, ``"O1s XPS"`` is ``"O 1s XPS"``.

    Raises
    ------
    BadInput
        If it names none; the nearest one is named.

    Examples
    --------
    >>> technique_name("S2p xps"), technique_name("raman")
    ('S 2p XPS', 'Raman')
    """
    return normal(text)

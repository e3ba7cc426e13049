"""DMFIT projects (.fxmla, .xmla): the measured spectrum; the fit beside it is read by :mod:`spectra.readers`."""

from __future__ import annotations

import re

from shortrange_core.errors import BadInput
from spectra import spectrum
from spectra.readers.formats.simpson import simp
from spectra.readers.raw import Raw, Reader, Source

_TAG = r"<{0}\b[^>]*>\s*([^<]*?)\s*</{0}>"
_DATA = re.compile(r"<Data>\s*(SIMP\b.*?)\s*</Data>", re.DOTALL)


def sniff(source: Source) -> float:
    """The root element of a DMFIT project."""
    return 0.95 if "<NMRFit" in source.head_text[:2000] else 0.0


def parse(source: Source) -> tuple[Raw, ...]:
    """The spectrum inside the project.

    Raises
    ------
    BadInput
        If the project holds no data, or they are cut.
    """
    text = source.text
    data = _DATA.search(text)
    if data is None:
        raise BadInput(f"{source.name}: contains no spectrum (<Data> with SIMP text); save the project with its data")
    nucleus, frequency = value(text, "nucleus"), value(text, "frequency")
    technique = f"{spectrum.nucleus(nucleus)} NMR" if nucleus else "NMR"
    raw = simp(data[1], source.name, technique=technique, frequency=float(frequency) if frequency else None)
    spinning = value(text, "spinrate")
    if spinning and float(spinning) > 0:
        raw = Raw(
            **{
                **{name: getattr(raw, name) for name in Raw.__dataclass_fields__},
                "coords": {**raw.coords, "spinning_rate": float(spinning)},
            }
        )
    return (raw,)


def value(text: str, tag: str) -> str:
    """Text of the first element of a name; empty where there is none."""
    match = re.search(_TAG.format(tag), text)
    return match[1] if match else ""


READERS = (
    Reader(
        "dmfit",
        "DMFIT project",
        (".fxmla", ".xmla", ".fxml"),
        sniff,
        parse,
        gives="the spectrum; its fit is read by `spectra.read_peak_table`",
        held_to="a measured project",
    ),
)

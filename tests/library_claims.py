"""A claim of the peak library that passes every check."""

import dataclasses

from reference_peaks.entries import (
    Claim,
    Quantity,
    key_of,
)


def example(**changes: object) -> Claim:
    values: dict[str, object] = {
        "key": "",
        "technique": "31P NMR",
        "species": "P:S3/S",
        "species_kind": "unit",
        "quantity": Quantity("position", "ppm", 91.0, 0.5),
        "source": "chi2021",
        "cation": "Na",
        "phase": "glass",
        "scale": "85% H3PO4",
    }
    claim = Claim(**{**values, **changes})
    return dataclasses.replace(claim, key=key_of(claim))

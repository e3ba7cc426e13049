"""A model of two lines, of PS4 and of P2S7, by any technique: what the tests of the joint route share."""

from spectra.models import Model, peak

AXES = {"31P NMR": "chemical_shift", "Raman": "raman_shift", "P 2p XPS": "binding_energy"}


def two_lines(technique="31P NMR"):
    """Gaussians at 30 and 70 of the axis, 8 wide."""
    lines = [
        peak(
            name,
            {"area": 1.0, "center": (c, c - 10, c + 10), "fwhm": (8.0, 3.0, 20.0)},
            assignment=text,
            shape="gaussian",
        )
        for name, text, c in (("p_s4", "P:S4", 30.0), ("p_s3_s", "P:S3/S", 70.0))
    ]
    return Model(technique, AXES[technique], tuple(lines))

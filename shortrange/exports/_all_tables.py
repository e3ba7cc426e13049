"""Every table of an analysis, of both routes."""

from __future__ import annotations

import pandas as pd

from shortrange.exports import _tables as tables
from shortrange.exports._joint_tables import joint_tables
from shortrange.results import Analysis


def all_tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    """Every table of an analysis by the name of its CSV file."""
    joint, further = analysis.joint, {}
    if joint is not None:
        further = joint_tables(joint, analysis.structures)
        further["joint_fractions"] = tables.fractions_table(joint.structures)
    if analysis.series:
        further["series"] = tables.series_table(analysis)
    return {
        "fractions": tables.fractions_table(analysis.structures),
        "network": tables.network_table(analysis.structures),
        "peaks": tables.peaks_table(analysis.fits),
        "alternatives": tables.alternatives_table(analysis),
        "unlisted": tables.unlisted_table(analysis),
        "sensitivity": tables.sensitivity_table(analysis),
        "claims": tables.claims_table(analysis),
        "priors": tables.priors_table(analysis),
        "notes": tables.notes_table(analysis),
        **further,
    }

"""Electrochemistry of solid electrolytes: impedance and conductivity, symmetric cells, full cells, separators.

Names are imported when they are first used, so that ``import electrochemistry`` costs nothing.
"""

from shortrange_core.lazy import attach

_HOMES = {
    "activation": ("Arrhenius", "arrhenius"),
    "arc_assignments": ("Arcs", "Window", "arcs", "bulk_window"),
    "conduction": ("Conductivity", "Geometry", "conductivity", "geometry"),
    "fixtures": ("correct_fixture",),
    "interfaces": ("GrowthLaw", "area_specific_resistance", "growth_law"),
    "kramers_kronig": ("KramersKronig", "validate"),
    "plots": (
        "plot_arrhenius",
        "plot_bode",
        "plot_nyquist",
        "plot_relaxation_times",
        "plot_polarisation",
        "plot_residuals",
        "plot_resistance_in_time",
        "write_figure",
    ),
    "polarisations": ("Polarisation", "polarisation"),
    "steady_currents": ("SteadyState", "steady_state"),
    "sample_tables": ("Sample", "read_sample_spectra", "read_samples"),
    "relaxation": ("RelaxationTimes", "relaxation_times"),
    "circuit_comparison": ("CircuitComparison", "compare_circuits"),
    "circuits": ("Circuit", "circuit", "element", "parallel", "series"),
    "elements": ("Element", "Frequencies", "Quantity", "circuit_elements"),
    "impedance_fitting": ("fit_circuit",),
    "impedance_results": ("Alternative", "Curve", "ImpedanceFit"),
    "impedance_models": ("spectrum_from_arrays",),
    "readers.impedance_files": (
        "Columns",
        "impedance_contents",
        "impedance_formats",
        "read_impedance",
        "read_impedance_series",
    ),
    "cycling_files": ("read_cycling",),
    "cycling_contract": ("check_cycling", "cycling_table", "join_runs"),
    "half_cycle_table": ("HalfCycles", "half_cycles"),
    "overpotential_events": ("Criterion", "Event"),
    "symmetric_cells": ("CriticalCurrent", "critical_current"),
    "cell_plots": (
        "plot_capacities",
        "plot_cell_comparison",
        "plot_critical_current",
        "plot_differential_capacity",
        "plot_profiles",
        "plot_rate",
        "plot_specific_energies",
        "plot_voltage",
    ),
    "capacities": ("consumed_metal", "metal_thickness", "molar_mass", "specific_energies", "theoretical_capacity"),
    "full_cells": ("Cycles", "cycles", "rate_capability", "retention"),
    "plateaus": ("DifferentialCapacity", "differential_capacity"),
    "separators": (
        "Layer",
        "Material",
        "ResistanceCheck",
        "Separator",
        "check_resistance",
        "ohmic_voltage",
        "separator",
        "separator_cases",
    ),
    "elasticity": ("ElasticCriterion", "elastic_criterion", "relative_density", "shear_modulus"),
    "unloading_curves": ("Indentation", "indentation", "pop_ins"),
    "cell_simulation": ("CellEvent", "simulate_full_cell", "simulate_symmetric_cell"),
}

__all__, __getattr__, __dir__ = attach(__name__, _HOMES)

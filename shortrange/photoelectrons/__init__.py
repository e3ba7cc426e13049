"""Photoelectron samples from one TOML file: what it says, and all their regions fitted on one reference."""

from shortrange.photoelectrons._fitting import PhotoelectronResults as PhotoelectronResults
from shortrange.photoelectrons._fitting import fit_samples as fit_samples
from shortrange.photoelectrons._tables import read_samples as read_samples

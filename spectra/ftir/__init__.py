"""FTIR: prepare a spectrum, make its model; absorbance, windows, lines of the air."""

from spectra.ftir._absorbance import atmosphere_notes as atmosphere_notes
from spectra.ftir._absorbance import ranges as ranges
from spectra.ftir._absorbance import to_absorbance as to_absorbance
from spectra.ftir._absorbance import window_areas as window_areas
from spectra.ftir._absorbance import window_index as window_index
from spectra.ftir._engine import FTIR as FTIR
from spectra.ftir._engine import model as model
from spectra.ftir._engine import prepare as prepare
from spectra.ftir._upright import upright as upright

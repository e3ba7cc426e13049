"""Conduction: conductivities, Arrhenius, polarisation, growth of interfaces, tables of samples, and what an arc is."""

from electrochemistry.conduction._arcs import Arcs as Arcs
from electrochemistry.conduction._arcs import arcs as arcs
from electrochemistry.conduction._arrhenius import Arrhenius as Arrhenius
from electrochemistry.conduction._arrhenius import arrhenius as arrhenius
from electrochemistry.conduction._conductivity import Conductivity as Conductivity
from electrochemistry.conduction._conductivity import Geometry as Geometry
from electrochemistry.conduction._conductivity import conductivity as conductivity
from electrochemistry.conduction._conductivity import geometry as geometry
from electrochemistry.conduction._growth import GrowthLaw as GrowthLaw
from electrochemistry.conduction._growth import area_specific_resistance as area_specific_resistance
from electrochemistry.conduction._growth import growth_law as growth_law
from electrochemistry.conduction._polarisation import Polarisation as Polarisation
from electrochemistry.conduction._polarisation import polarisation as polarisation
from electrochemistry.conduction._sample_tables import Sample as Sample
from electrochemistry.conduction._sample_tables import read_sample_spectra as read_sample_spectra
from electrochemistry.conduction._sample_tables import read_samples as read_samples
from electrochemistry.conduction._steady_currents import SteadyState as SteadyState
from electrochemistry.conduction._steady_currents import steady_state as steady_state
from electrochemistry.conduction._windows import FrequencyWindow as FrequencyWindow
from electrochemistry.conduction._windows import bulk_window as bulk_window

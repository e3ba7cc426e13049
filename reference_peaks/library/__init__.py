"""The library in memory: claims with their sources, what fits take from them, and where it is loaded from."""

from reference_peaks.library._library import Library as Library
from reference_peaks.library._loading import from_json as from_json
from reference_peaks.library._loading import load as load

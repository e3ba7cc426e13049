"""Maps and series: many spectra with one model, chunk by chunk, on whatever dask runs on.

A map's results are a folder with one file a chunk. A file is whole or absent, and carries the key of model, options and
data that it was made from: a run that was stopped goes on from what is there, and changed data are fitted again.
"""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from tqdm.auto import tqdm

from shortrange_core.errors import BadInput, Infeasible
from shortrange_core.files import written_atomically
from shortrange_core.readings import carried, reading_of
from spectra.fits._noise import source_of
from spectra.fits._pixel_fitter import PixelFitter
from spectra.fits._pixel_judgement import STATUSES, Pixels
from spectra.fits._pixels import fit_pixels
from spectra.fits._windows import contradiction, part_of
from spectra.models import Model
from spectra.noise import decay_of

Array = npt.NDArray[np.float64]
ENGINE: Any = "h5netcdf"
FORMAT = 1
CHUNK = 256
CHUNKS_IN_FLIGHT = 4
MOST_ROUNDS = 50
"""Every round of chunks costs dask a look at the whole graph, so their number may not grow with the map."""
KEY = "key"
ROW = "shortrange_row"  # name of the stacked dimension, unlike any that a user has


def fit_map(
    spectrum: xr.Dataset,
    model: Model,
    *,
    store: str | os.PathLike[str],
    chunk: int = CHUNK,
    warm_start: bool = True,
    use_fast: bool = True,
    exchanges: bool = True,
    progress: bool = False,
) -> xr.Dataset:
    """Fit every spectrum of a map, series or stack.

    The work is given to dask in chunks of spectra: threads, processes or dask.distributed, as dask is configured.
    Memory is that of the chunks in work, not of the map: give intensities as dask arrays where the map is large.

    Parameters
    ----------
    spectrum
        A labelled spectrum with any further dimensions; the noise may lack them. Where ``noise_source`` is ``counts``
        Poisson weights come from the model; where it is ``estimated`` the covariance is scaled by chi2/dof.
    model
        One model for all.
    store
        Folder of the results; made where absent.
    chunk
        Spectra a chunk.
    warm_start
        Also start from the fit of the chunk's mean or of the spectrum before, where the spectrum's own start ends above
        the mean of the noise: such a fit is never higher than without, and in some spectra lower.
    use_fast
        Use the compiled pass of the extra ``fast`` where it is installed and has the model's shapes.
    exchanges
        Follow areas that curvature may not tell, as :func:`fit` does with its argument of this name: a pixel ends where
        a fit of it does, and the covariance holds what chi2 leaves open. False takes a third of the time where lines
        crowd; such a pixel may then end higher (2 of 150 simulated spectra), and sds of its areas are too small.
    progress
        Show a bar.

    Returns
    -------
    xr.Dataset
        Over the further dimensions, read lazily from the store: ``value`` and ``sd`` over ``entry`` (parameters),
        ``area_covariance`` over ``peak`` and ``peak_b``, ``chi2``, ``dof``, ``status`` (numbers; their names in its
        attributes), ``evaluations``, ``reason`` (text of a failure or misfit, else empty); the coordinate ``reading``
        is the record of its files. No spectrum is left out and none raises.

    Raises
    ------
    BadInput
        If the dataset does not hold to the contract, has no further dimension, or the store is a file.
    """
    if not isinstance(chunk, int) or chunk < 1:
        raise BadInput(f"chunk = {chunk!r}: give the number of spectra per chunk, 1 or more")
    stacked, extra = _stacked(spectrum, model)
    together, autocorrelation = _correlation(spectrum)
    folder = Path(store)
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"store {folder.name!r}: is a file; name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    fitting = {
        "kind": source_of(spectrum),
        "together": together,
        "autocorrelation": autocorrelation,
        "use_fast": use_fast,
        "exchanges": exchanges,
    }
    edges = [*range(0, stacked.sizes[ROW], chunk), stacked.sizes[ROW]]
    bounds = list(pairwise(edges))
    job = _Job(stacked, model, folder, {"warm_start": warm_start, "fitting": fitting}, chunk)
    in_flight = max(CHUNKS_IN_FLIGHT * (os.cpu_count() or 1), -(-len(bounds) // MOST_ROUNDS))
    paths: list[str] = []
    with tqdm(total=stacked.sizes[ROW], disable=not progress, unit="spectra") as bar:
        waiting = iter(enumerate(bounds))
        while some := list(islice(waiting, in_flight)):
            try:
                paths += _dask("base").compute(*(job.task(number, low) for number, (low, _) in some))
            except Infeasible as error:
                raise contradiction(model) from error
            bar.update(some[-1][1][1] - some[0][1][0])
    return _opened(paths, bounds, extra, model).assign_coords(carried(reading_of(spectrum)))


def _dask(part: str) -> Any:
    """A part of dask, which says nothing of its types; it takes as long to import as pandas, and maps alone need it."""
    return importlib.import_module(f"dask.{part}")


class _Job:
    """One map: its data, and the task of a chunk."""

    def __init__(self, stacked: xr.Dataset, model: Model, folder: Path, options: dict[str, Any], chunk: int) -> None:
        self.folder = folder
        chunks = -(-stacked.sizes[ROW] // chunk)
        self.parts = {
            name: _divided(stacked[name].data if name in stacked else None, chunk, chunks)
            for name in ("intensity", "noise", "counts")
        }
        self.options = {
            "model": model,
            "x": np.asarray(stacked[model.axis].values, dtype=float),
            **options,
        }
        self.work = _dask("delayed").delayed(_fit_chunk, pure=False)

    def task(self, number: int, low: int) -> Any:
        """Delayed fit of a chunk, whose first spectrum is ``low``."""
        data, noise, counts = (self.parts[name][number] for name in ("intensity", "noise", "counts"))
        return self.work(data, noise, counts, self.options, str(self.folder / f"chunk-{low:08d}.nc"))


def _divided(array: Any, chunk: int, chunks: int) -> list[Any]:
    """What each chunk needs of an array: its rows, delayed after one look at the graph where the array is lazy."""
    if array is None or array.ndim == 1:  # none, or one row for all
        return [None if array is None else np.atleast_2d(np.asarray(array))] * chunks
    if hasattr(array, "to_delayed"):
        return list(array.rechunk((chunk, -1)).to_delayed().ravel())
    return [array[number * chunk : (number + 1) * chunk] for number in range(chunks)]


def _correlation(spectrum: xr.Dataset) -> tuple[float, Array | None]:
    """Points that count as one, and the autocorrelation of the noise where the spectra state it: one for all."""
    decay = decay_of(spectrum)
    autocorrelation = None if decay is None else decay.autocorrelation()
    stated = spectrum.coords.get("noise_correlation")
    if stated is None:
        return (1.0 if decay is None else decay.together()), autocorrelation
    together = float(stated.item()) if stated.size == 1 else float("nan")
    if not together >= 1:
        raise BadInput(
            f"noise_correlation = {stated.values}: a map needs one number for all spectra, 1 or more; take that of a "
            "fit of one of them: spectra.fit(...).points_per_independent"
        )
    return together, autocorrelation


def _stacked(spectrum: xr.Dataset, model: Model) -> tuple[xr.Dataset, dict[str, xr.DataArray | int]]:
    """Spectra over (pixel, axis), windowed, and the further dimensions with their coordinates."""
    part = part_of(spectrum, model, stack=True)
    axis = model.axis
    dims = [str(dim) for dim in spectrum["intensity"].dims if dim != axis]
    if not dims:
        raise BadInput("there is only one spectrum; use spectra.fit, or give more dimensions such as pixel")
    if not all(spectrum.sizes[dim] for dim in dims):
        raise BadInput(f"there are no spectra: {', '.join(dim for dim in dims if not spectrum.sizes[dim])} is empty")
    extra: dict[str, xr.DataArray | int] = {
        dim: spectrum[dim] if dim in spectrum.coords else int(spectrum.sizes[dim]) for dim in dims
    }
    names = ["intensity", "counts"] if source_of(spectrum) == "counts" else ["intensity"]
    keep = part[[*names, "noise"]].drop_vars(dims, errors="ignore")
    flat = keep[names].broadcast_like(keep["intensity"]).stack({ROW: dims}, create_index=False).transpose(ROW, axis)
    noise = keep["noise"]
    if set(dims) & set(map(str, noise.dims)):
        noise = noise.broadcast_like(keep["intensity"]).stack({ROW: dims}, create_index=False).transpose(ROW, axis)
    return flat.assign(noise=noise), extra


def _fit_chunk(data: Any, noise: Any, counts: Any, options: dict[str, Any], path: str) -> str:
    """Fit a chunk and write its file, unless the file is there already for the same model, options and data."""
    intensity, level = np.asarray(data, dtype=float), np.asarray(noise, dtype=float)
    behind = None if counts is None else np.asarray(counts, dtype=float)
    key = _key(options, intensity, level, *(() if behind is None else (behind,)))
    if _key_of(path) == key:
        return path
    fitter = PixelFitter(options["model"], options["x"], **options["fitting"])
    pixels = fit_pixels(fitter, intensity, level, warm_start=options["warm_start"], counts=behind)
    with written_atomically(path) as partial:
        _dataset(pixels, fitter, key).to_netcdf(partial, engine=ENGINE)
    return path


def _key(options: dict[str, Any], *data: Array) -> str:
    digest = hashlib.sha256()
    fitting = dict(options["fitting"])
    autocorrelation = fitting.pop("autocorrelation")
    digest.update(f"{FORMAT} {options['model']!r} {options['warm_start']} {fitting!r}".encode())
    for array in (options["x"], *data, *(() if autocorrelation is None else (autocorrelation,))):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _key_of(path: str) -> str:
    if not Path(path).is_file():
        return ""
    try:
        with xr.open_dataset(path, engine=ENGINE) as stored:
            return str(stored.attrs.get(KEY, ""))
    except (OSError, ValueError, KeyError):
        return ""  # not ours, or damaged: made again


def _dataset(pixels: Pixels, fitter: PixelFitter, key: str) -> xr.Dataset:
    compiled = fitter.compiled
    rows = [compiled.position[line.parameters[0].name] for line in compiled.model.peaks]
    variance = np.diagonal(pixels.covariance, axis1=1, axis2=2)
    return xr.Dataset(
        {
            "value": (("pixel", "entry"), pixels.values),
            "sd": (("pixel", "entry"), np.sqrt(np.where(variance >= 0, variance, np.nan))),
            "area_covariance": (("pixel", "peak", "peak_b"), pixels.covariance[:, rows][:, :, rows]),
            "chi2": ("pixel", pixels.chi2),
            "dof": ("pixel", pixels.dof),
            "status": ("pixel", pixels.status),
            "evaluations": ("pixel", pixels.evaluations),
            "reason": ("pixel", pixels.reason.astype(str).astype(object)),
        },
        attrs={KEY: key},
    )


def _opened(
    paths: Sequence[str], bounds: Sequence[tuple[int, int]], extra: dict[str, xr.DataArray | int], model: Model
) -> xr.Dataset:
    """The chunks as one dataset over the further dimensions, read when it is computed."""
    names = np.array([parameter.name for parameter in model.all_parameters], dtype=object)
    peaks = np.array([line.name for line in model.peaks], dtype=object)
    sizes = {"entry": names.size, "peak": peaks.size, "peak_b": peaks.size}
    layout: dict[str, tuple[tuple[str, ...], Any]] = {
        "value": (("entry",), float),
        "sd": (("entry",), float),
        "area_covariance": (("peak", "peak_b"), float),
        "chi2": ((), float),
        "dof": ((), float),
        "status": ((), np.int8),
        "evaluations": ((), np.int32),
        "reason": ((), object),
    }
    rows = tuple(high - low for low, high in bounds)
    shape = tuple(int(one.size) if isinstance(one, xr.DataArray) else one for one in extra.values())
    variables = {}
    for name, (dims, dtype) in layout.items():
        inner = tuple(sizes[dim] for dim in dims)
        chunks = (rows, *((size,) for size in inner))
        meta = np.empty((0,) * len(chunks), dtype)
        # one symbolic layer: a task for every chunk and variable would outgrow the chunks of a large map
        stored = _dask("array").map_blocks(
            _read, paths=tuple(paths), variable=name, chunks=chunks, dtype=dtype, meta=meta
        )
        variables[name] = ((*extra, *dims), stored.reshape((*shape, *inner)))
    coords = {name: one for name, one in extra.items() if isinstance(one, xr.DataArray)}
    result = xr.Dataset(variables, coords={**coords, "entry": names, "peak": peaks, "peak_b": peaks})
    result["status"].attrs["names"] = " ".join(str(status) for status in STATUSES)
    return result


def _read(paths: tuple[str, ...], variable: str, block_id: tuple[int, ...]) -> npt.NDArray[Any]:
    with xr.open_dataset(paths[block_id[0]], engine=ENGINE) as stored:
        values = np.asarray(stored[variable].values)
    return values.astype(object) if values.dtype.kind in "US" else values  # else dask cuts texts to those of the first

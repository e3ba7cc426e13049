"""Decays of TopSpin (fid, ser): without the points that the digital filter puts before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from shortrange_core.errors import BadInput
from shortrange_core.files import decode, read_bytes
from shortrange_core.notes import Note, Severity
from spectra.readers.formats.bruker_files import (
    PPM,
    WIDTH_TOLERANCE,
    coordinates_of,
    delay_of,
    experiment,
    number_of,
    optional,
    parameters,
    stored_numbers,
    technique_of,
    waiting_time,
)
from spectra.readers.formats.group_delays import in_sense, without_group_delay
from spectra.readers.raw import Array, Raw, Source, StackAxis, look_at_size, unreadable

FIRMWARE_WITH_DELAY = 20  # DSPFVS from which acqus states GRPDLY itself
PLAIN_ROWS = (0, 1)  # FnMODE undefined and QF: every row is a decay of its own
BLOCK_BYTES = 1024  # rows of a ser file fill whole blocks
COMPLEX_MODES = (1, 3)  # AQ_mod qsim and DQD: pairs of real and imaginary points


def decay(source: Source) -> tuple[Array, float]:
    """Complex points of a FID as they are stored, and the points of delay that the digital filter put before them.

    Raises
    ------
    BadInput
        If there is no FID, a parameter is missing, or the size of the file contradicts it.
    """
    folder = experiment(source.path)
    if folder is None:
        raise BadInput(f"{source.name}: is not a TopSpin experiment (acqus and pdata are missing); give its folder")
    return _decay(source, folder, parameters(folder / "acqus"))


def _decay(source: Source, folder: Path, acquisition: Mapping[str, str]) -> tuple[Array, float]:
    points = int(number_of(acquisition, "TD", source))
    kind, order = number_of(acquisition, "DTYPA", source), number_of(acquisition, "BYTORDA", source)
    stored = stored_numbers(source, folder / "fid", points - points % 2, kind=kind, order=order)
    stored = stored * 2.0 ** number_of(acquisition, "NC", source)
    look_at_size(source, "fid", stored)
    return stored[0::2] + 1j * stored[1::2], _delay_taken(source, acquisition)


def _delay_taken(source: Source, acquisition: Mapping[str, str]) -> float:
    """Points of group delay to take out; a note where nothing says how many they are.

    Raises
    ------
    BadInput
        If the firmware is one that states it, and it is not there.
    """
    firmware, decimation = optional(acquisition, "DSPFVS"), optional(acquisition, "DECIM")
    if (firmware or 0) >= FIRMWARE_WITH_DELAY and optional(acquisition, "GRPDLY") is None:
        raise BadInput(
            f"{source.name}: acqus says DSPFVS = {acquisition['DSPFVS']}, but no GRPDLY; copy the folder again"
        )
    delay = delay_of(acquisition)
    if delay is None:
        text = f"the group delay is not known (DSPFVS = {firmware:g}, DECIM = {decimation}); it is not removed"
        remedy = "transform the decay in TopSpin, or correct it with a first-order phase"
        source.odd(Note("group-delay-unknown", Severity.WARNING, text, remedy))
    return delay or 0.0


def _check_width(source: Source, acquisition: Mapping[str, str]) -> None:
    """The width stands in Hz and in ppm, the carrier as a sum: they must agree."""
    width, ppm, carrier, base, offset = (optional(acquisition, key) for key in ("SW_h", "SW", "SFO1", "BF1", "O1"))
    if ppm and carrier and width and abs(ppm * carrier / width - 1) > WIDTH_TOLERANCE:
        raise BadInput(
            f"{source.name}: has SW_h = {width:g} Hz, but SW = {ppm:g} ppm at SFO1 = {carrier:g} MHz; acqus is "
            "damaged: copy the folder again"
        )
    if base and carrier and offset is not None and abs(base + offset / PPM - carrier) > WIDTH_TOLERANCE * base:
        raise BadInput(
            f"{source.name}: has SFO1 = {carrier:g} MHz, but BF1 = {base:g} MHz and O1 = {offset:g} Hz; acqus is "
            "damaged: copy the folder again"
        )


def recovery(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    """Decays of a raw recovery stack, a row a delay of vdlist; each row of the file fills whole blocks."""
    second = parameters(folder / "acqu2s") if (folder / "acqu2s").is_file() else {}
    plain = (optional(second, "FnMODE") or 0) in PLAIN_ROWS and optional(acquisition, "AQ_mod") in COMPLEX_MODES
    if not ((folder / "vdlist").is_file() and plain):
        return unreadable("ser", "it is a raw 2D data set without a list of delays; process it (xf2) before reading")
    delays = np.array([waiting_time(source, text) for text in decode(read_bytes(folder / "vdlist")).split()])
    kind, order = number_of(acquisition, "DTYPA", source), number_of(acquisition, "BYTORDA", source)
    points, rows = int(number_of(acquisition, "TD", source)), int(number_of(second, "TD", source))
    width = BLOCK_BYTES // (4 if kind == 0 else 8)
    row = -(-points // width) * width
    measured = min(rows, delays.size)
    table = stored_numbers(source, folder / "ser", row * measured, kind=kind, order=order).reshape(measured, row)[
        :, :points
    ]
    scaled = table * 2.0 ** number_of(acquisition, "NC", source)
    delay = _delay_taken(source, acquisition)
    taken = [without_group_delay(line[0::2] + 1j * line[1::2], delay) for line in scaled]
    frame = _time_axis(source, folder, acquisition, numbers)
    signals, sense = in_sense(np.stack([signal for signal, _ in taken]), _reverse(numbers))
    return replace(
        frame,
        name="ser",
        x=np.arange(signals.shape[1]) / number_of(acquisition, "SW_h", source),
        y=signals,
        stack=(StackAxis("delay", delays[:measured], "s"),),
        history=(*taken[0][1], *sense),
    )


def fid(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    """The FID in time, without its group delay."""
    mode = optional(acquisition, "AQ_mod")
    if mode not in COMPLEX_MODES:
        return unreadable("fid", f"it was acquired with AQ_mod = {mode}, not as complex points; process it in TopSpin")
    stored, delay = _decay(source, folder, acquisition)
    frame = _time_axis(source, folder, acquisition, numbers)
    whole, history = without_group_delay(stored, delay)
    signal, sense = in_sense(whole, _reverse(numbers))
    x = np.arange(signal.size) / number_of(acquisition, "SW_h", source)
    return replace(frame, name="fid", x=x, y=signal, history=(*history, *sense))


def _reverse(numbers: list[Path]) -> str:
    """REVERSE of the first processing, which made its spectrum of the decay; empty where there is none."""
    return parameters(numbers[0] / "procs").get("REVERSE", "") if numbers else ""


def _time_axis(source: Source, folder: Path, acquisition: Mapping[str, str], numbers: list[Path]) -> Raw:
    """What decays of an experiment share: technique, carrier and settings; without points."""
    width = number_of(acquisition, "SW_h", source)
    if not width > 0:
        raise BadInput(f"{source.name}: has SW_h = {width:g} Hz; it must be above 0")
    _check_width(source, acquisition)
    processing = parameters(numbers[0] / "procs") if numbers else {}
    coords = coordinates_of(acquisition, processing, folder, numbers[0] if numbers else None)
    carrier = optional(acquisition, "SFO1")
    reference = coords.get("larmor_frequency")
    if carrier is not None and isinstance(reference, float):
        coords["carrier"] = (carrier - reference) / reference * PPM
    empty = np.zeros(0)
    return Raw("", empty, empty, unit="s", axis="time", technique=technique_of(acquisition), coords=coords)

"""Photoelectron files of Thermo Avantage and Kratos Vision, and Igor's packed experiments, built in their layouts."""

import struct

import numpy as np
import pytest
import test_readers_makers as makers
from maker_files import written

import spectra
from shortrange_core import BadInput

COUNTS = np.round(1000 * makers.ABSORBANCE)
START, STEP = 1180.0, 0.05


def avg(values=COUNTS, *, axes=(), data=None, label="Energy", head="", photon_energy="1486.680054"):
    """A data space as text; ``axes`` are lines beside the energy, ``data`` the sections of values."""
    lines = [
        *("$FORMAT=4", "$PROPERTIES=SUM", "DS_EXT_SUPROPID_TITLE      : VT_BSTR = 'C1s Scan'", ""),
        *("$PROPERTIES=STD", "DS_GEPROPID_VALUE_LABEL    : VT_BSTR = 'Counts'"),
        f"DS_SOPROPID_ENERGY         : VT_R4   = {photon_energy}",
        *("DS_ACPROPID_ACQ_TIME       : VT_R4   = 0.050000", "DS_ANPROPID_PASS : Pass energy : VT_R4 = 20.0"),
        f"$DATAAXES={1 + len(axes)},#empty#",
        f"    0=        0,        {len(values) - 1},          1",
        f"$SPACEAXES={1 + len(axes)}",
        f"    0=    {START:.6f},       {STEP:.6f},        {len(values)},  ENERGY,   LINEAR,  'E',   'eV',    '{label}'",
        *axes,
        *(data or section(values)),
    ]
    return (head + "\n".join(lines) + "\n").encode("utf-16")


def section(values):
    rows = [f"LIST@ {k:3d}=  " + ",  ".join(f"{v:.6f}" for v in values[k : k + 4]) for k in range(0, len(values), 4)]
    return ["$DATA=*", *rows]


def vgd(*, points=1200, kind=1):
    """The same data space as a compound file."""
    words = [text + "\0" for text in ("Kinetic Energy", "E", "eV")]
    packed = b"".join(struct.pack("<I", 2 * len(text)) + text.encode("utf-16-le") for text in words)
    axes = struct.pack("<2I", 0x20000, 1) + packed + struct.pack("<I2dbI", points, START, STEP, 1, kind)
    return makers.compound({"VGData": COUNTS.astype("<f8").tobytes(), "VGSpaceAxes": axes})


def test_an_avantage_text_is_read_exactly_and_moved_by_its_photon_energy(tmp_path):
    path = written(tmp_path, "C1s Scan.avg", avg())
    (block,) = spectra.contents(path)
    assert (block.name, block.format, block.technique, block.axis) == (
        *("C1s Scan", "avantage", "C 1s XPS", "kinetic_energy"),
    )
    found = spectra.read(path)
    assert np.array_equal(found["intensity"].values[::-1], COUNTS)
    assert float(found["binding_energy"].max()) == pytest.approx(1486.680054 - START, abs=1e-9)
    assert (float(found["photon_energy"]), float(found["dwell_time"]), float(found["pass_energy"])) == (
        *(1486.680054, 0.05, 20.0),
    )


def test_levels_of_an_avantage_profile_are_blocks_with_their_values(tmp_path):
    axes = ["    1=  0.0, 30.0, 2, ETCHTIME, NONLINEAR, 't', 's', 'Etch Time'"]
    places = [f"$AXISVALUE= DATAXIS=1 SPACEAXIS=1 LABEL='Etch Time' POINT={k} VALUE={15.5 * k};" for k in range(2)]
    data = [places[0], *section(COUNTS), places[1], *section(2 * COUNTS)]
    path = written(tmp_path, "profile.avg", avg(axes=axes, data=data))
    assert [block.name for block in spectra.contents(path)] == ["C1s Scan / Etch Time 0", "C1s Scan / Etch Time 15.5"]
    found = spectra.read(path, block="C1s Scan / Etch Time 15.5")
    assert np.array_equal(found["intensity"].values[::-1], 2 * COUNTS)


def test_an_avantage_axis_that_is_called_binding_is_binding(tmp_path):
    path = written(tmp_path, "a.avg", avg(label="Binding Energy"))
    assert float(spectra.read(path)["binding_energy"].min()) == START


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (avg(data=section(COUNTS[:1000])), r"a\.avg: has 1000 values, but its axes state 1200"),
        (
            avg(data=[*section(COUNTS)[:50], *section(COUNTS)[51:]]),
            r"a\.avg: a list begins at 200, not 196; "
            r"it is truncated",
        ),
        (avg(data=["$DATA=*", "LIST@ 0= 1.0, 2x"]), r"a\.avg: a value is not a number"),
        (
            avg().decode("utf-16").replace("ENERGY,   LIN", "ANGLE,   LIN").encode(),
            r"first axis is ANGLE, not an "
            r"energy",
        ),
        (avg(axes=["  1= broken"]), r"a\.avg: an axis is 'broken', not start, step, points"),
        (avg(axes=["  1= 0, 1, 99999, X, LINEAR, 'X', 'um', 'X'"]), r"is a map of 99999 spectra; export it as VAMAS"),
    ],
)
def test_an_avantage_text_that_denies_itself_is_refused(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(written(tmp_path, "a.avg", content))


def test_an_avantage_compound_file_keeps_kinetic_energies_until_the_photon_energy_is_stated(tmp_path):
    path = written(tmp_path, "C1s Scan.vgd", vgd())
    kinetic = spectra.read(path)
    assert np.array_equal(kinetic["intensity"].values, COUNTS)
    assert [note.code for note in spectra.notes_of_reading(kinetic)] == ["kinetic-energy-kept"]
    binding = spectra.read(path, photon_energy=1486.68)
    assert float(binding["binding_energy"].max()) == pytest.approx(1486.68 - START, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points": 1100}, "has 1200 values, but its axes state 1100"),
        ({"kind": 2}, "first axis is of type 2, not an energy"),
    ],
)
def test_a_damaged_avantage_compound_file_is_refused(tmp_path, change, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(written(tmp_path, "a.vgd", vgd(**change)))


def kal(values=COUNTS, *, said=None, closed="}", kind="F_SPECTRUM"):
    """A position, which is no spectrum, and a C 1s region, whose list of counts runs over lines."""
    rows = [", ".join(f"{v:g}" for v in values[k : k + 10]) for k in range(0, len(values), 10)]
    return "\n".join(
        [
            *("Dataset filename          = glass.dset", "Object name               = Sample Position/1"),
            *("   2 Scan type                 = F_IRREGULAR", "  12 Ordinate values           = {1}"),
            *("Dataset filename          = glass.dset", "Object name               = C 1s/2"),
            *(f"   2 Scan type                 = {kind}", f"   3 Spectrum scan start       = {START} eV"),
            *(f"   4 Spectrum scan step size   = {STEP} eV", "   5 Abscissa label            = Kinetic Energy"),
            *("   7 Dwell time                = 0.26 seconds", "   9 Ordinate units            = counts"),
            *([] if said is None else [f"  10 # ordinate values         = {said}"]),
            "  12 Ordinate values           = {" + ",\n".join(rows) + closed,
            *("  42 Pass energy               = 20 eV", "  99 # Sweeps completed        = 3"),
            *("3113 Chemical symbol or formula = C", "3114 Transition or charge state = 1s"),
            *("5587 Transmission Function Object (ke,t) = {", "    5616 Transmission Function Value = {1.0, 0.5}", "}"),
        ]
    ).encode()


def test_a_kratos_text_is_read_exactly_and_asks_for_its_photon_energy(tmp_path):
    path = written(tmp_path, "glass.kal", kal())
    (block,) = spectra.contents(path)
    assert (block.name, block.format, block.technique) == ("C 1s/2", "kratos", "C 1s XPS")
    kinetic = spectra.read(path)
    assert np.array_equal(kinetic["intensity"].values, COUNTS)
    assert np.array_equal(kinetic["counts"].values, COUNTS)
    assert np.allclose(kinetic["kinetic_energy"].values, START + STEP * np.arange(len(COUNTS)), atol=1e-9)
    assert (float(kinetic["dwell_time"]), float(kinetic["scans"]), float(kinetic["pass_energy"])) == (0.26, 3.0, 20.0)
    assert [note.code for note in spectra.notes_of_reading(kinetic)] == ["kinetic-energy-kept"]
    assert float(spectra.read(path, photon_energy=1486.6)["binding_energy"].max()) == pytest.approx(306.6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (kal(said=1300), r"a\.kal: 'C 1s/2' has 1200 values, but says 1300; it is truncated"),
        (kal(closed=""), r"a\.kal: its list of 'ordinate values' is not closed; it is truncated"),
        (kal().replace(b"{10, ", b"{10x, "), r"a\.kal: a value of 'C 1s/2' is not a number"),
        (kal().replace(f"{START} eV".encode(), b"eV"), r"'C 1s/2' states no start and step of its energies"),
        (kal(kind="F_MAPPING").replace(b"3 Spectrum scan start", b"3 Map start"), "is a mapping, not a spectrum"),
    ],
)
def test_a_kratos_text_that_denies_itself_is_refused(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        spectra.read(written(tmp_path, "a.kal", content))


def packed(waves, *, order="<", size=None):
    """Records of a packed experiment: variables, a folder with waves, its end."""
    records = [(1, bytes(12)), (9, b"xps".ljust(32, b"\0")), *((3, wave) for wave in waves), (10, b"")]
    return b"".join(
        struct.pack(f"{order}Hhi", kind, 0, len(held) if size is None else size) + held for kind, held in records
    )


def test_waves_of_a_packed_experiment_are_read_by_their_folders(tmp_path):
    values = np.array(makers.ABSORBANCE)
    path = written(tmp_path, "a.pxt", packed([makers.igor(values), makers.igor(2 * values)]))
    alone = spectra.contents(written(tmp_path, "a.ibw", makers.igor(values)))[0]
    blocks = spectra.contents(path)
    assert [block.format for block in blocks] == ["igor_packed", "igor_packed"]
    assert blocks[0].name.startswith(f"xps/{alone.name}")
    assert (blocks[0].shape, blocks[0].lowest, blocks[0].highest) == (alone.shape, alone.lowest, alone.highest)


def test_a_wave_of_a_packed_experiment_that_is_no_spectrum_is_listed_with_its_reason(tmp_path):
    broken = bytearray(makers.igor(np.array(makers.ABSORBANCE)))
    broken[100] ^= 1
    path = written(tmp_path, "a.pxp", packed([makers.igor(np.array(makers.ABSORBANCE)), bytes(broken)]))
    good, bad = spectra.contents(path)
    assert good.problem == ""
    assert bad.problem.startswith("its headers do not match their checksum")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed([], size=None), "contains no wave"),
        (
            packed([makers.igor(np.array(makers.ABSORBANCE))])[:-600],
            "a record of .* extends beyond the end of the file; it is truncated",
        ),
        (
            packed([makers.igor(np.array(makers.ABSORBANCE))]) + b"\0\0",
            "2 bytes after its last record do not form a record",
        ),
    ],
)
def test_a_packed_experiment_that_is_cut_is_refused(tmp_path, content, message):
    with pytest.raises(BadInput, match=message):
        spectra.contents(written(tmp_path, "a.pxt", content))

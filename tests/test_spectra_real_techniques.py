"""Published results on measured files, reproduced: sideband fit of DMFIT, charge shifts, calibration, positions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import spectra
from spectra import backgrounds, ftir, nmr, xps
from spectra.nmr import relaxation, transform, transform_stack
from spectra.raman import calibrate, calibrated

PUBLISHED = {"isotropic": 7.5462882, "zeta": 88.54740912, "eta": 0.4227277878}
PUBLISHED_FWHM, PUBLISHED_RATE = 4.465920079, 3004.381263
MONTE_CARLO_HZ = {"isotropic": 1.689, "fwhm": 4.212, "zeta": 32.52}
MONTE_CARLO_ETA = 0.005177


def mas(name: str, quantities: dict[str, object], fixed: dict[str, float]) -> spectra.Peak:
    made = spectra.peak(name, {**quantities, **fixed}, shape="mas", assignment=name)
    held = {f"{name}_{quantity}" for quantity in fixed}
    return replace(made, parameters=tuple(replace(p, vary=p.name not in held) for p in made.parameters))


@pytest.mark.parametrize(("zeta", "eta"), [(60.0, 0.5), (-60.0, 0.5), (-88.0, 0.42), (120.0, 0.1)])
def test_published_sideband_fit_whichever_start(real_data: Path, zeta: float, eta: float):
    """DMFIT's fit of a 31P spectrum at 3 kHz: values within one sd, errors within 20 % of its Monte Carlo errors."""
    spectrum = spectra.read(real_data / "nmr/dmfit_31P_MAS_CSA/P_3KHZ.fxmla", technique="31P NMR")
    spectrum = spectrum.assign_coords(noise_correlation=1.0)  # the published Monte Carlo drew white noise
    quantities = {
        "center": (7.0, 0.0, 15.0),
        "lorentz_fwhm": (3.0, 0.5, 20.0),
        "zeta": (zeta, -300.0, 300.0),
        "eta": (eta, 0.0, 3.0),
        "spinning_rate": (3000.0, 2900.0, 3100.0),
    }
    larmor = float(spectrum.larmor_frequency)
    line = mas("p", quantities, {"gauss_fwhm": 1e-3, "larmor_frequency": larmor})
    model = spectra.Model("31P NMR", "chemical_shift", (line,), background=(backgrounds.constant(),))
    fit = spectra.fit(spectrum, model)
    found = nmr.tensors(fit)["p"]
    for name, value in PUBLISHED.items():
        ours, sd = found.value.sel(entry=name).item(), found.sd.sel(entry=name).item()
        assert abs(ours - value) < sd, name
        expected = MONTE_CARLO_ETA if name == "eta" else MONTE_CARLO_HZ[name] / larmor
        assert sd == pytest.approx(expected, rel=0.2), name
    width = fit.parameters.select(["p_lorentz_fwhm", "p_spinning_rate"])
    assert abs(width.value.values[0] - PUBLISHED_FWHM) < width.sd.values[0]
    assert width.sd.values[0] == pytest.approx(MONTE_CARLO_HZ["fwhm"] / larmor, rel=0.2)
    assert abs(width.value.values[1] - PUBLISHED_RATE) < width.sd.values[1]


def lithium(spectrum: xr.Dataset, rate: float) -> spectra.Model:
    lines = []
    for name, at, half in (("a", -27.0, 50.0), ("b", 140.0, 40.0), ("c", 265.0, 40.0)):
        quantities = {
            "center": (at, at - half, at + half),
            "gauss_fwhm": (100.0, 20.0, 300.0),
            "lorentz_fwhm": (20.0, 0.0, 150.0),
            "zeta": (500.0, -2500.0, 2500.0),
            "eta": (0.5, 0.0, 3.0),
            "spinning_rate": (rate, 0.95 * rate, 1.05 * rate),
        }
        lines.append(mas(name, quantities, {"larmor_frequency": float(spectrum.larmor_frequency)}))
    links = tuple(f"{name}_spinning_rate = a_spinning_rate" for name in "bc")
    return spectra.Model(
        "7Li NMR", "chemical_shift", tuple(lines), background=(backgrounds.constant(),), links=links
    )  # fmt: skip


def test_the_spinning_rate_of_the_title_not_of_the_file(real_data: Path):
    """7Li of a thiophosphate at 40 kHz whose metadata say 7 kHz: the right rate fits twenty times better."""
    raw = spectra.read(real_data / "nmr/bruker_7Li_MAS40k_Li2MnFeP2S6/71", block="pdata/1")
    assert raw.spinning_rate.item() == 7000.0
    spectrum = nmr.prepare(raw, spinning_rate=40e3, window=(-2500.0, 2500.0))
    assert "7000 of the file overridden by 40000" in spectrum.attrs["history"]
    right = spectra.fit(spectrum, lithium(spectrum, 40e3), check=False)
    wrong = spectra.fit(spectrum, lithium(spectrum, 7e3), check=False)
    assert wrong.chi2 > 10 * right.chi2
    assert right.parameters.value.sel(entry="a_spinning_rate").item() == pytest.approx(40e3, rel=0.03)
    assert right.parameters.value.sel(entry="a_center").item() == pytest.approx(-26.4, abs=10.0)


def test_phosphoric_acid_is_the_zero_of_its_scale(real_data: Path):
    spectrum = nmr.prepare(
        spectra.read(real_data / "nmr/bruker_31P_H3PO4_reference/1", block="pdata/1"),
        reference="85% H3PO4",
        window=(-20.0, 20.0),
    )
    model = nmr.model(spectrum, ["P:O4"], windows={"P:O4": (-3.0, 3.0)}, crystalline=["P:O4"], offset_sd=0.0)
    fit = spectra.fit(spectrum, model, check=False)
    curve = fit.curves["model"]
    assert float(curve["chemical_shift"][int(np.argmax(curve.values))]) == pytest.approx(0.002, abs=0.05)


def test_the_jeol_fid_has_its_lines(real_data: Path):
    """FFT of the FID of an ECA-500 gives the lines of its 31P spectrum."""
    fid = spectra.read(real_data / "nmr/jeol_ECA500_31P.jdf", technique="31P NMR")
    spectrum = transform(fid, lorentzian=5.0)
    for line in (32.59, 6.72, -12.54, -13.15, -25.15):
        near = spectrum.sel(chemical_shift=slice(line - 0.25, line + 0.25))
        place = float(near.chemical_shift[int(np.argmax(near.intensity.values))])
        assert place == pytest.approx(line, abs=0.05)
        assert float(near.intensity.max()) > 20 * float(spectrum.noise[0])


def test_relaxation_of_a_zeolite(real_data: Path):
    """29Si of ZSM-12 at six delays of a saturation recovery, whole echoes: one T1 between the delays."""
    stack = spectra.read(real_data / "nmr/csdm_29Si_ZSM12_satrec.csdf", technique="29Si NMR")
    spectra_of_delays = transform_stack(stack, lorentzian=20.0)
    found = relaxation(spectra_of_delays, {"all": (-125.0, -95.0)})["all"]
    assert found.estimates.value.sel(entry="t1").item() == pytest.approx(17.5, abs=1.0)
    assert [note.code for note in found.notes] == ["recovery-misfit"]  # 5 % off at 5 s, where the noise is 0.6 %
    assert found.estimates.sd.sel(entry="t1").item() > 1.0


@pytest.mark.parametrize(("block", "published"), [("C1s / Area1 - 0 V", 0.11), ("C1s / Area1 - 3.4 V", -2.43)])
def test_published_charge_shifts(real_data: Path, block: str, published: float):
    """A battery electrode at two voltages: our shift of C 1s to 284.8 eV agrees with theirs within its sd."""
    path = real_data / "xps/phi5400_battery/Multiplex_Data_C1s.xlsx"
    raw = f"{block} [axis column {1 if '0 V' in block and '3.4' not in block else 4}]"
    measured = spectra.read(path, block=raw, technique="C 1s XPS")
    theirs = spectra.read(path, block=block, technique="C 1s XPS")
    moved = theirs.binding_energy.values - measured.binding_energy.values
    np.testing.assert_allclose(moved, published, atol=1e-6)
    found = xps.charge_shift(measured)
    assert abs(found.value.item() - published) < found.sd.item()
    shifted = xps.prepare(measured, photon_energy=1486.6, charge_shift=found.value.item(), charge_sd=found.sd.item())
    assert float(shifted.binding_energy[int(np.argmax(shifted.intensity.values))]) == pytest.approx(284.8, abs=0.15)


@pytest.mark.parametrize(("block", "line"), [("C 1s", 284.85), ("O 1s", 531.60), ("S 2p", 161.40)])
def test_multipak_regions(real_data: Path, block: str, line: float):
    spectrum = spectra.read(real_data / "xps/phi_kratos_LG4X/Mutlipak_vms.npl", block=block)
    assert float(spectrum.binding_energy[int(np.argmax(spectrum.intensity.values))]) == pytest.approx(line)
    ready = xps.prepare(spectrum, photon_energy=1486.6)
    assert xps.level_of(ready) == block


def test_sulfur_of_molybdenum_sulfide_is_a_doublet(real_data: Path):
    raw = spectra.read(real_data / "xps/phi_kratos_LG4X/Mutlipak_vms.npl", block="S 2p")
    spectrum = xps.prepare(raw, photon_energy=1486.6, window=(158.0, 167.0))
    model = xps.model(spectrum, ["sulfide"], windows={"sulfide": (160.5, 162.5)}, offset_sd=0.0)
    fit = spectra.fit(spectrum, model, check=False)
    centers = fit.parameters.value.sel(entry=["sulfide_center", "sulfide_partner_center"]).values
    curve = fit.curves["model"]
    assert float(curve["binding_energy"][int(np.argmax(curve.values))]) == pytest.approx(161.4, abs=0.1)
    assert 160.9 < centers[0] < 161.4, "the unresolved pair has its maximum above its first line"
    assert centers[1] - centers[0] == pytest.approx(1.18)


def test_neon_and_polystyrene_calibrate_silicon_and_calcite(real_data: Path):
    """A 633 nm instrument that reads 518.7 for silicon: both standards bring it to 520.5 within 1 cm-1."""
    folder = real_data / "raman/ramanchada2"

    def load(name: str) -> xr.Dataset:
        return spectra.read(folder / f"TOP_Ho633__{name}.txt", technique="Raman")

    silicon, calcite = load("S0B_HLR633_Z010_100_40sx5"), load("sCAL_HLR633_Z010_100_15sx5")
    for name, kind in (("neon_new2_Z010", "neon"), ("Pol_HLR633_Z010_100_15sx5", "polystyrene")):
        found = calibrate(load(name), kind, laser=632.8)
        fixed = calibrated(silicon, found)
        near = fixed.sel(raman_shift=slice(510, 530))
        at = float(near.raman_shift[int(np.argmax(near.intensity.values))])
        assert at == pytest.approx(520.5, abs=1.0), kind
    assert calibrate(silicon, "silicon").correction([520.0])[0][0] == pytest.approx(1.81, abs=0.1)
    near = calibrated(calcite, calibrate(load("neon_new2_Z010"), "neon", laser=632.8)).sel(
        raman_shift=slice(1070, 1100)
    )
    assert float(near.raman_shift[int(np.argmax(near.intensity.values))]) == pytest.approx(1085.0, abs=1.5)


def test_absorbance_of_a_file_is_minus_log_of_its_transmittance(real_data: Path):
    """The absorbance block of an OPUS file against our own from the single-channel blocks."""
    path = real_data / "ftir/opus/brukeropus_file.0"
    names = ("absorbance", "sample channel", "reference channel")
    stored, sample, reference = (spectra.read(path, block=name, technique="FTIR") for name in names)
    both = slice(500.0, 7000.0)
    one, other = sample.sel(wavenumber=both), reference.sel(wavenumber=both)
    share = np.interp(stored.sel(wavenumber=both).wavenumber, one.wavenumber, one.intensity) / np.interp(
        stored.sel(wavenumber=both).wavenumber, other.wavenumber, other.intensity
    )
    made = spectra.from_arrays(
        stored.sel(wavenumber=both).wavenumber, share, axis="wavenumber", noise=1e-4, technique="FTIR"
    )
    np.testing.assert_allclose(
        ftir.prepare(made, quantity="transmittance").intensity, stored.sel(wavenumber=both).intensity, atol=1e-6
    )

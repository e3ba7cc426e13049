"""Sub-commands of impedance, run as they are typed on simulated files."""

import numpy as np

import electrochemistry as ec

TEXT = "R0-p(R1,CPE1)"


F = np.logspace(0, 6, 40)


def write_csv(path, resistance, seed=0):
    rng = np.random.default_rng(seed)
    values = {"R0": 0.1 * resistance, "R1": resistance, "CPE1_Q": 1e-7, "CPE1_n": 0.9}
    z = ec.circuit(TEXT).impedance(F, values)
    z = z + 0.001 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
    rows = "".join(f"{f:.9g},{v.real:.9g},{v.imag:.9g}\n" for f, v in zip(F, z, strict=True))
    path.write_text("frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm\n" + rows)


def cells(text, start):
    """Words of the printed row that starts so."""
    return next(line.split() for line in text.split("\n") if line.strip().startswith(start))


def table_in(folder):
    lines = ["file,temperature_celsius,thickness_mm,thickness_sd_mm,diameter_mm"]
    for n, celsius in enumerate((25, 40, 60, 90)):
        resistance = 1e3 * np.exp(41.5 / 8.314462618e-3 * (1 / (celsius + 273.15) - 1 / 298.15))
        write_csv(folder / f"{celsius}.csv", resistance, seed=n)
        lines.append(f"{celsius}.csv,{celsius},1.0,0.02,13")
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def sweeps_in(folder):
    """One file of three sweeps with a clock and a voltage, whose slow arc grows."""
    rows = "frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm,test_time_second,voltage_volt\n"
    for n in range(3):
        z = ec.circuit(TEXT).impedance(F, {"R0": 10.0, "R1": 100.0 + 50 * n, "CPE1_Q": 1e-6, "CPE1_n": 0.9})
        rng = np.random.default_rng(n)
        z = z + 0.002 * np.abs(z) * (rng.normal(size=F.size) + 1j * rng.normal(size=F.size))
        for k, (f, v) in enumerate(zip(F[::-1], z[::-1], strict=True)):
            rows += f"{f:.9g},{v.real:.9g},{v.imag:.9g},{7200 * n + 3 * k},{0.1 + 0.2 * n}\n"
    path = folder / "sweeps.csv"
    path.write_text(rows)
    return path

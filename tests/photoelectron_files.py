"""Simulated photoelectron samples as files, and the command that fits them."""

import re
from pathlib import Path

import photoelectron_samples as samples

REGIONS = """
[regions."C 1s"]
lines = ["carbon"]
[regions."O 1s"]
lines = ["BO", "NBO"]
[regions."P 2p"]
lines = ["P:S4"]
windows = {"P:S4" = [130.5, 133.0]}
[regions."S 2p"]
lines = ["terminal"]
windows = {terminal = [160.3, 162.5]}
[regions."Na 1s"]
lines = ["Na"]
windows = {Na = [1070.0, 1073.0]}
"""


def write_vamas(path, regions, angle=None):
    """Simulated regions as one VAMAS file, over kinetic energy; an angle is its experimental variable."""
    variables = "0" if angle is None else "1|Angle|degree"
    first = (
        "VAMAS Surface Chemical Analysis Standard Data Transfer Format 1988 May 4|lab|simulated|op|exp|0|NORM|REGULAR"
    )
    lines = f"{first}|1|{variables}|0|0|0|0|{len(regions)}".split("|")
    for level, region in regions.items():
        counts, (element, orbital) = region.counts.values[::-1], level.split()
        kinetic = 1486.6 - float(region.binding_energy.values[-1])
        place = "" if angle is None else f"{angle}|"
        head = f"{level}|simulated|2026|1|1|0|0|0|0|0|XPS|{place}Al|1486.6|0|0|0|0|0|FAT|20|1e+37|1e+37|0|0|1e+37|1e+37"
        head += f"|1e+37|{element}|{orbital}|-1|kinetic energy|eV|{kinetic:.4f}|0.1|1|counts|d|pulse counting|0.1|"
        head += f"{float(region.scans):.0f}|0|1e+37|1e+37|1e+37|0|{len(counts)}|{counts.min():.0f}|{counts.max():.0f}"
        lines += [*head.split("|"), *(f"{count:.0f}" for count in counts)]
    path.write_text("\n".join([*lines, "end of experiment"]) + "\n")


def factors(folder):
    rows = [f"{level},{one.value},{one.relative_sd},{one.source}" for level, one in samples.FACTORS.items()]
    (folder / "factors.csv").write_text("\n".join(["level,value,relative_sd,source", *rows]) + "\n")


SATELLITES = """
[[satellites]]
displacement = 8.4
share = 0.08
source = "stated for this test"
"""


def codes(notes):
    return {note.code for note in notes}


def described_in(folder):
    """What the page of the documentation shows: a glass in two files, and after contact, charged, with 15 % of Na3P."""
    glass, after = samples.glass(6), samples.glass(7, shift=2.7, product=0.15)
    sodium = {"Na 1s": glass.pop("Na 1s")}
    write_vamas(folder / "glass.vms", glass)
    write_vamas(folder / "glass_sodium.vms", sodium)
    write_vamas(folder / "after.vms", after)
    factors(folder)
    page = Path(__file__).parents[1] / "docs" / "howto" / "photoelectrons.md"
    (text,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "samples.toml").write_text(text)
    return folder / "samples.toml"

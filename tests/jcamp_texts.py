"""A JCAMP-DX text, written by hand."""

import numpy as np

HEAD = """##TITLE=test glass
##JCAMP-DX=4.24
##DATA TYPE=INFRARED SPECTRUM
##XUNITS=1/CM
##YUNITS=ABSORBANCE
##XFACTOR=1
##YFACTOR=0.5
##FIRSTX=400
##LASTX=407
##NPOINTS=8
##FIRSTY=1
"""
VALUES = np.array([2, 3, 3, 3, 5, -1, -1, 7]) * 0.5


def write(tmp_path, text, name="glass.jdx"):
    path = tmp_path / name
    path.write_text(text)
    return path


def body(table="400BCCC\n404EaaG\n", head=HEAD):
    return head + "##XYDATA=(X++(Y..Y))\n" + table + "##END=\n"

"""A table of two columns, in every dialect."""

ROWS = [(200.0 + 0.5 * i, 100.25 + 10.5 * ((i * 7) % 11)) for i in range(30)]


def write(tmp_path, text, name="spectrum.txt", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def table(separator="\t", decimal=".", header="", rows=ROWS, end="\n"):
    lines = [separator.join(f"{value:.4f}".replace(".", decimal) for value in row) for row in rows]
    return header + end.join(lines) + end

"""A file of bytes made by a test."""


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path

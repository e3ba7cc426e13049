"""Codes of the notes of a model."""

import spectra


def codes(model: spectra.Model) -> list[str]:
    return [note.code for note in model.notes]

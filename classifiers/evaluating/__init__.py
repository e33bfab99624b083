"""``wildtrade eval``: how good the detector is on a labelled set, with intervals and its worst errors."""

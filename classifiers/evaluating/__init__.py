"""How good the detector is on labelled texts: figures with intervals, ``wildtrade eval``, the gate of a new model."""

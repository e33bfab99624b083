"""The practice world and the demo."""

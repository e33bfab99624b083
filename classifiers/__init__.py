"""From text to an Assessment."""

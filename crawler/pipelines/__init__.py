"""Steps of the one way through: capture, compare, assess, store."""

"""The demo: a simulated house, a broker, the bridge and the live view in one process."""

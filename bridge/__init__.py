"""The bridge between Tesla Powerwall gateways and MQTT."""

__version__ = "0.1.0"

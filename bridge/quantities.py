"""What a value is: unit on the topic, rounding, and what Home Assistant calls it.

The model holds SI units of the gateway (W, Wh, V); `scale` leads from there to the topic.
Rounding is the only deadband.
"""

from dataclasses import dataclass
from enum import Enum


class Form(Enum):
    """How a payload looks."""

    NUMBER = "number"
    FLAG = "true or false"
    WORD = "word in lower_snake_case"
    TEXT = "text"
    TIME = "ISO 8601 time"
    PRESENCE = "online or offline"
    DATA = "JSON"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A kind of value; unit and classes are None where they make no sense."""

    form: Form = Form.NUMBER
    unit: str | None = None
    decimals: int = 0
    device_class: str | None = None
    state_class: str | None = None
    scale: float = 1.0
    shown: int | None = None

    @property
    def precision(self) -> int:
        """How many decimals a person wants to see; the topic has all `decimals`."""
        return self.decimals if self.shown is None else self.shown

    def encode_number(self, value: float) -> str:
        """Return the number in the topic's unit: plain decimal, no trailing zeros, never `-0`."""
        text = f"{value * self.scale:.{self.decimals}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return "0" if text == "-0" else text


MEASURED = "measurement"
COUNTED = "total_increasing"

POWER = Quantity(unit="W", device_class="power", state_class=MEASURED)
REACTIVE = Quantity(unit="var", device_class="reactive_power", state_class=MEASURED)
APPARENT = Quantity(unit="VA", device_class="apparent_power", state_class=MEASURED)
VOLTAGE = Quantity(unit="V", decimals=1, device_class="voltage", state_class=MEASURED)
CURRENT = Quantity(unit="A", decimals=2, device_class="current", state_class=MEASURED)
FREQUENCY = Quantity(unit="Hz", decimals=3, shown=2, device_class="frequency", state_class=MEASURED)
ENERGY = Quantity(
    unit="kWh", decimals=3, shown=1, device_class="energy", state_class=COUNTED, scale=0.001
)
STORED = Quantity(
    unit="kWh",
    decimals=3,
    shown=1,
    device_class="energy_storage",
    state_class=MEASURED,
    scale=0.001,
)
LEVEL = Quantity(unit="%", decimals=1, device_class="battery", state_class=MEASURED)
PERCENT = Quantity(unit="%", decimals=1, state_class=MEASURED)
TEMPERATURE = Quantity(unit="°C", decimals=1, device_class="temperature", state_class=MEASURED)
HOURS = Quantity(unit="h", decimals=2, device_class="duration", state_class=MEASURED)
SECONDS = Quantity(unit="s", device_class="duration")
COUNT = Quantity(state_class=MEASURED)
FLAG = Quantity(Form.FLAG)
WORD = Quantity(Form.WORD)
TEXT = Quantity(Form.TEXT)
TIME = Quantity(Form.TIME, device_class="timestamp")
PRESENCE = Quantity(Form.PRESENCE, device_class="connectivity")
DATA = Quantity(Form.DATA)

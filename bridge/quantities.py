"""What a value is: unit on the topic, rounding, and what Home Assistant calls it.

The model holds SI units of the gateway (W, Wh, V); `scale` leads from there to the topic.
Rounding is the only deadband.
"""

from dataclasses import dataclass, replace
from enum import Enum

ABSURD = 1e15  # nothing that a gateway measures or counts is as large, infinity and nan included


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
class Limits:
    """What is believable, in units of the model; a value outside of it is none.

    per_s and slack say how far a value may be from the one before, None: as far as it likes. A
    counter never falls; what contradicts it is held, what contradicts another quantity is left
    out, until it has stood for patience_s. late_s is for how long a counter may have stood still
    and then tell at once what it counted.
    """

    low: float
    high: float
    per_s: float | None = None
    slack: float = 0.0
    patience_s: float = 60.0
    counter: bool = False
    late_s: float = 0.0

    def follows(self, before: float, value: float, elapsed_s: float) -> bool:
        """Return whether a value can come so long after another."""
        if self.per_s is None:
            return True
        reach = self.slack + self.per_s * max(elapsed_s, 0.0)
        lowest = before if self.counter else before - reach
        return lowest <= value <= before + reach


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
    limits: Limits | None = None

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

# Wide enough for ten packs and a large home: they are there for what no house can be.
_MEGAWATT = Limits(-1e6, 1e6)
_TENTHS_MISSED = Limits(-0.5, 100.5)  # some firmware counts a little past its own ends
# A pack moves by less than 0.02 %/s; the gateway corrects itself by a few percent at times.
_CHARGE = Limits(-0.5, 100.5, per_s=1.0, slack=10.0, patience_s=900.0)
# 100 kW and 1 kWh: the rule of the contract; 15 minutes tell an exchanged meter from a mistake.
_COUNTED = Limits(0.0, 1e12, per_s=100_000 / 3600, slack=1000.0, patience_s=900.0, counter=True)

POWER = Quantity(unit="W", device_class="power", state_class=MEASURED, limits=_MEGAWATT)
REACTIVE = Quantity(
    unit="var", device_class="reactive_power", state_class=MEASURED, limits=_MEGAWATT
)
APPARENT = Quantity(
    unit="VA", device_class="apparent_power", state_class=MEASURED, limits=_MEGAWATT
)
VOLTAGE = Quantity(
    unit="V",
    decimals=1,
    device_class="voltage",
    state_class=MEASURED,
    limits=Limits(-2000.0, 2000.0),
)
CURRENT = Quantity(
    unit="A", decimals=2, device_class="current", state_class=MEASURED, limits=Limits(-5e3, 5e3)
)
FREQUENCY = Quantity(
    unit="Hz",
    decimals=3,
    shown=2,
    device_class="frequency",
    state_class=MEASURED,
    limits=Limits(0.0, 100.0),
)
FREQUENCY_SHIFT = replace(FREQUENCY, limits=Limits(-100.0, 100.0))
ENERGY = Quantity(
    unit="kWh",
    decimals=3,
    shown=1,
    device_class="energy",
    state_class=COUNTED,
    scale=0.001,
    limits=_COUNTED,
)
# The gateway passes on rarely what a meter counts for each line: after hours, all of it at once.
LATE_ENERGY = replace(ENERGY, limits=replace(_COUNTED, late_s=86_400.0))
STORED = Quantity(
    unit="kWh",
    decimals=3,
    shown=1,
    device_class="energy_storage",
    state_class=MEASURED,
    scale=0.001,
    limits=Limits(0.0, 1e7),
)
LEVEL = Quantity(unit="%", decimals=1, device_class="battery", state_class=MEASURED, limits=_CHARGE)
LEVEL_RAW = Quantity(unit="%", decimals=1, state_class=MEASURED, limits=_CHARGE)
PERCENT = Quantity(unit="%", decimals=1, state_class=MEASURED, limits=_TENTHS_MISSED)
RATIO = Quantity(unit="%", decimals=1, state_class=MEASURED, limits=Limits(0.0, 1000.0))
TEMPERATURE = Quantity(
    unit="°C",
    decimals=1,
    device_class="temperature",
    state_class=MEASURED,
    limits=Limits(-60.0, 150.0, per_s=5.0, slack=20.0),
)
HOURS = Quantity(unit="h", decimals=2, device_class="duration", state_class=MEASURED)
DATA_RATE = Quantity(unit="B/s", device_class="data_rate", state_class=MEASURED)
SECONDS = Quantity(unit="s", device_class="duration", state_class=MEASURED)
ANGLE = Quantity(unit="°", decimals=1, state_class=MEASURED, limits=Limits(-360.0, 360.0))
FACTOR = Quantity(decimals=3)
COUNT = Quantity(state_class=MEASURED, limits=Limits(0.0, 1e6))
FLAG = Quantity(Form.FLAG)
WORD = Quantity(Form.WORD)
TEXT = Quantity(Form.TEXT)
TIME = Quantity(Form.TIME, device_class="timestamp")
PRESENCE = Quantity(Form.PRESENCE, device_class="connectivity")
DATA = Quantity(Form.DATA)
RELEASE = Quantity(Form.DATA, device_class="firmware")

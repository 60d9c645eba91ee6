"""What decoders have in common."""

from collections.abc import Callable, Mapping

from bridge.gateway.fields import Fields
from bridge.parts import Endpoint, Part

ITEMS = "items"  # the one member of the fields of an answer that is a list

Decoder = Callable[[Fields], Part]
Decoders = Mapping[Endpoint, Decoder]

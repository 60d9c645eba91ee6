"""Decoders of administration."""

from bridge.gateway.decode.table import Decoders
from bridge.gateway.fields import Fields
from bridge.parts import Customer, Endpoint, Problems, Registration, Toggle, Update


def _update(_fields: Fields) -> Update:
    return Update()


def _customer(_fields: Fields) -> Customer:
    return Customer()


def _registration(_fields: Fields) -> Registration:
    return Registration()


def _toggle(_fields: Fields) -> Toggle:
    return Toggle()


def _problems(_fields: Fields) -> Problems:
    return Problems()


ADMINISTRATION: Decoders = {
    Endpoint.UPDATE: _update,
    Endpoint.CUSTOMER: _customer,
    Endpoint.REGISTRATION: _registration,
    Endpoint.TOGGLE: _toggle,
    Endpoint.PROBLEMS: _problems,
}

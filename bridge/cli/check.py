"""The command `check`: what works of an installation, what does not, and what to do about it."""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence

from bridge import assembly
from bridge.cli.checkup import NOT_ASKED, GatewayReport, check_gateway
from bridge.parts import Endpoint
from bridge.settings import Settings, load_settings
from bridge.topics import BridgeTopics, discovery_check
from bridge.trial import Verdict, try_broker

_WIDTH = max(map(len, Endpoint))
_MARKS = {True: "ok", False: "FAILED", None: "-"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--trust",
        action="store_true",
        help="accept the certificate that a gateway shows now, if it has changed",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.epilog = (
        "Takes its settings from the environment and .env, as run does. Makes one login per "
        "gateway, as long as it leaves the bridge half of POWERWALL_LOGINS_PER_HOUR, and none "
        "where that would stop the battery (firmware 1.x). The exit code is 0 when everything "
        "that is needed works, 1 when not, 2 for wrong settings."
    )


def main(args: argparse.Namespace) -> int:
    """Return 0 when broker and all gateways can be used."""
    logging.basicConfig(level=logging.WARNING, format="warning: %(message)s")
    settings = load_settings()
    if not args.json:
        print(*_settings_lines(settings), sep="\n")
    broker = try_broker(assembly.broker(settings.mqtt), *_topics(settings))
    if not args.json:
        print(_line("broker", broker), flush=True)
    reports: list[GatewayReport] = []
    for gateway in settings.gateways:
        reports.append(check_gateway(settings, gateway, trust=args.trust))
        if not args.json:
            print("", *_gateway_lines(reports[-1]), sep="\n", flush=True)
    usable = broker.good is True and all(report.usable for report in reports)
    if args.json:
        json.dump(_document(settings, broker, reports, usable=usable), sys.stdout, indent=2)
        print()
    else:
        print("", _line("all in all", _overall(broker, reports)), sep="\n")
    return 0 if usable else 1


def _topics(settings: Settings) -> Iterator[str]:
    """Yield where the bridge has to be allowed to write, for a topic of its own each."""
    yield BridgeTopics(settings.mqtt.prefix).check
    if settings.home_assistant.discovery:
        yield discovery_check(settings.home_assistant.prefix)


def _overall(broker: Verdict, reports: Sequence[GatewayReport]) -> Verdict:
    wrong = ["the broker"] if broker.good is not True else []
    wrong += [report.name for report in reports if not report.usable]
    if wrong:
        return Verdict(good=False, words=f"not usable: {', '.join(wrong)}; see above")
    return Verdict(good=True, words="the bridge can work with these settings")


def _settings_lines(settings: Settings) -> Iterator[str]:
    for warning in settings.warnings:
        yield f"warning: {warning}"
    names = ", ".join(gateway.name for gateway in settings.gateways)
    kept = f"state in {settings.state_dir}" if settings.state_dir else "nothing is kept"
    yield _line("settings", Verdict(good=True, words=f"gateways: {names}; {kept}"))


def _gateway_lines(report: GatewayReport) -> Iterator[str]:
    yield f"gateway {report.name} at {report.address}"
    shown = f" (SHA-256 {report.fingerprint})" if report.fingerprint else ""
    certificate = Verdict(report.certificate.good, f"{report.certificate.words}{shown}")
    yield _line("certificate", certificate)
    yield _line("login", report.login)
    asked = {name: probe for name, probe in report.endpoints.items() if probe is not NOT_ASKED}
    for endpoint, probe in asked.items():
        yield f"  {endpoint:{_WIDTH}} {probe.status or '-':<6} {report.meaning(endpoint)}"
    if skipped := len(report.endpoints) - len(asked):
        yield f"  {skipped} more endpoints were not asked"
    for warning in report.warnings:
        yield f"warning: {warning}"
    yield f"{report.name} is {'usable' if report.usable else 'NOT usable'}"


def _line(name: str, verdict: Verdict) -> str:
    return f"{name:12} {_MARKS[verdict.good]:7} {verdict.words}"


def _document(
    settings: Settings, broker: Verdict, reports: list[GatewayReport], *, usable: bool
) -> dict[str, object]:
    return {
        "usable": usable,
        "warnings": list(settings.warnings),
        "broker": _json(broker),
        "gateways": {
            report.name: {
                "usable": report.usable,
                "address": report.address,
                "certificate": _json(report.certificate) | {"sha256": report.fingerprint},
                "login": _json(report.login),
                "endpoints": {
                    endpoint: {"status": probe.status, "meaning": report.meaning(endpoint)}
                    for endpoint, probe in report.endpoints.items()
                },
                "warnings": list(report.warnings),
            }
            for report in reports
        },
    }


def _json(verdict: Verdict) -> dict[str, object]:
    return {"good": verdict.good, "words": verdict.words}

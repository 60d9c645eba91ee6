"""Imports point one way, and what the pure core may not do it cannot reach."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

BRIDGE = Path(__file__).parent.parent / "bridge"

# One row a layer, the lowest first: a module imports from its own layer and from those above it
# here. A name stands for a module, `name.*` for what a package holds. A new module goes into a row.
CORE = (
    "__init__ documents errors moment parts parts.* quantities words",
    "alerts.* commands devices devices.* freshness gateway health.* ledger logins outages schedule",
    "alerts health",
    "answers",
    "model",
    "flows orders readings readings.* views views.*",
    "guard off_grid raw topics verification",
    "annex census changes entities events inventory joined",
    "claims history",
    "controls discovery",
    "announcements desk reporter",
    "errands",
)
EDGE = (
    "heartbeat logs mqtt.* notify state",
    "mqtt",
    "gateway.* gateway.decode.* identity listener settings settings.*",
    "trial",
    "rounds",
    "poller",
    "assembly simulator simulator.*",
    "rivals vigil watch watch.*",
    "app",
    "demo demo.*",
    "cli cli.* cli.reference.*",
    "__main__",
)
CORE_LIBRARY = {"collections", "dataclasses", "datetime", "difflib", "enum", "functools", "hashlib"}
CORE_LIBRARY |= {"contextlib", "itertools", "json", "math", "re", "typing"}
LOGGING = {"desk", "errands", "reporter"}

# who else may import what
OWNERS = {
    "paho": {"mqtt.*"},
    "requests": {"gateway.failures", "gateway.http", "gateway.tls"},
    "urllib3": {"gateway.failures", "gateway.tls"},
    "google": {"gateway.tesla_pb2", "gateway.vitals", "simulator.*"},
    "threading": {
        "app",
        "listener",
        "trial",
        "mqtt.*",
        "simulator.*",
        "watch.*",
        "demo.*",
        "cli.*",
    },
    "asyncio": {"demo.*"},
    "amqtt": {"demo.*"},
    "cryptography": {"simulator.*"},
    "random": {"assembly", "simulator.*"},
    "subprocess": {"demo.*"},
    "multiprocessing": set(),
    "concurrent": set(),
}
THREAD_OWNERS = {"app", "simulator.*", "demo.*"}
GENERATED = {"gateway.tesla_pb2"}


@cache
def modules() -> dict[str, Path]:
    """Return every module of the bridge by its name below it."""
    files = {path.relative_to(BRIDGE).with_suffix(""): path for path in BRIDGE.rglob("*.py")}
    return {".".join(name.parts).removesuffix(".__init__"): path for name, path in files.items()}


MODULES = sorted(modules())


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[str]:
    """Return the full name of everything that a module imports, anywhere in it."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: an import that is relative"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: str) -> set[str]:
    """Return the modules of the bridge that a module imports."""
    names = {name.removeprefix("bridge.") for name in imported(module) if _top(name) == "bridge"}
    return {_module(name) for name in names} - {module}


def foreign_imports(module: str) -> set[str]:
    return {_top(name) for name in imported(module)} - {"bridge"}


def _top(name: str) -> str:
    return name.partition(".")[0]


def _module(name: str) -> str:
    """Return the module that an imported name is, or stands in."""
    while name not in modules():
        name = name.rpartition(".")[0] or "__init__"
    return name


def row(module: str) -> str:
    """Return the name under which a module stands in a table."""
    package = module.rpartition(".")[0]
    return f"{package}.*" if package else module


def layers() -> dict[str, int]:
    return {name: i for i, names in enumerate((*CORE, *EDGE)) for name in names.split()}


def core() -> list[str]:
    names = {name for names in CORE for name in names.split()}
    return [module for module in MODULES if row(module) in names]


def test_every_module_has_a_layer() -> None:
    missing = {row(module) for module in MODULES} - set(layers())

    assert not missing, f"put {sorted(missing)} into CORE or EDGE"


def test_every_layer_has_its_modules() -> None:
    assert set(layers()) <= {row(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    own = layers()[row(module)]

    assert {name for name in own_imports(module) if layers()[row(name)] > own} == set()


@pytest.mark.parametrize("module", core())
def test_the_core_imports_no_input_output(module: str) -> None:
    allowed = CORE_LIBRARY | ({"logging"} if module in LOGGING else set())

    assert foreign_imports(module) <= allowed


@pytest.mark.parametrize("module", core())
def test_the_core_does_not_tell_the_time(module: str) -> None:
    calls = {node.attr for node in ast.walk(tree(module)) if isinstance(node, ast.Attribute)}

    assert calls.isdisjoint({"now", "utcnow", "today"})


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_is_imported_only_by_its_owners(library: str) -> None:
    users = {module for module in MODULES if library in foreign_imports(module)}

    assert {user for user in users if not {user, row(user)} & OWNERS[library]} == set()


def test_threads_are_started_only_where_they_are_ended() -> None:
    def starts(module: str) -> bool:
        nodes = [node for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
        return any(ast.unparse(node.func).endswith("Thread") for node in nodes)

    assert {row(module) for module in MODULES if starts(module)} <= THREAD_OWNERS


def test_the_poller_sees_no_concrete_gateway_or_broker() -> None:
    modules = ("poller", "rounds", "identity")
    edge = {name for module in modules for name in own_imports(module) if name not in core()}

    assert edge - set(modules) == {"state"}


def test_nobody_imports_the_command_line() -> None:
    users = {m for m in MODULES for name in own_imports(m) if _top(name) == "cli"}

    assert {user for user in users if _top(user) != "cli"} == {"__main__"}


@pytest.mark.parametrize("module", [m for m in MODULES if m not in GENERATED])
def test_a_file_can_be_read_in_one_go(module: str) -> None:
    assert len(modules()[module].read_text(encoding="utf-8").splitlines()) <= 300

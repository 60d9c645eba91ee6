"""The scene that these tests share, and what Home Assistant must not say during any of them."""

from collections.abc import Iterator

import pytest

from homeassistant.installation import Impossible, installation
from homeassistant.scene import Scene, scene_in


@pytest.fixture(scope="package")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    try:
        found = installation()
    except Impossible as reason:
        pytest.skip(str(reason))
    with scene_in(tmp_path_factory.mktemp("homeassistant"), found) as scene:
        yield scene


@pytest.fixture
def excused() -> set[str]:
    """Words that complaints of Home Assistant may hold, for a test that gives reason to them."""
    return set()


@pytest.fixture(autouse=True)
def _content(scene: Scene, excused: set[str]) -> Iterator[None]:
    """Home Assistant logs no warning and no error, and has nothing to repair."""
    before = scene.core.complaints()
    yield
    new = scene.core.complaints()[len(before) :]
    assert "\n".join(t for t in new if not any(words in t for words in excused)) == ""
    assert scene.core.issues() == []

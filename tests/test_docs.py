"""The data files that the pages show are files that the readers take."""

import re
from pathlib import Path

import pytest

from qnet import Network
from qnet.hardware import qkd_hardware, repeater_hardware

PAGE = Path(__file__).parents[1] / "docs" / "write-your-own-hardware.md"
FILES = dict(re.findall(r"`(my-\w+\.toml)`(?:[^`]|`[^`]+`)*?```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
READERS = {"my-qkd.toml": qkd_hardware, "my-ion.toml": repeater_hardware, "my-ring.toml": Network.from_file}


@pytest.mark.parametrize("name", READERS)
def test_files_of_the_hardware_page_can_be_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FILES[name], "utf-8")
    assert READERS[name](str(tmp_path / name)).name == name.removesuffix(".toml")

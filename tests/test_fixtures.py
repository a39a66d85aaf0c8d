"What 0.1 left behind (fixtures/0.1 and its README) is read for ever."
import re
from pathlib import Path
import pytest
from hypercol.photo.write import read_mark

LEFT = Path(__file__).parent/'fixtures'/'0.1'
RESULTS = sorted((LEFT/'results').iterdir())

@pytest.mark.parametrize('path', RESULTS, ids=lambda path: path.name)
def test_results_are_known_by_their_mark(path):
    made = r'model (tiny|default) [0-9a-f]{12}, size (auto|\d+), saturation [\d.]+, source [0-9a-f]{12}'
    assert re.fullmatch(rf'hypercol 0\.1\.0 \({made}\)', read_mark(path))

@pytest.mark.parametrize('path', sorted((LEFT/'sources').iterdir()), ids=lambda path: path.name)
def test_sources_have_none(path): assert read_mark(path) is None

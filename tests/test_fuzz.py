import sys
import pytest
from fuzz import run

@pytest.mark.skipif(sys.platform == 'win32', reason='needs select on pipes')
def test_damaged_pictures(): # five hundred of them; for ten thousand, `python tests/fuzz.py`
    counts, offenders, *_ = run(500, seed=1)
    assert offenders == []
    assert 50 < counts['result'] < 400

@pytest.mark.skipif(sys.platform == 'win32', reason='needs select on pipes')
def test_damaged_metadata(): # for five thousand, `python tests/fuzz.py --metadata --n 5000`
    counts, offenders, *_ = run(300, seed=1, metadata=True)
    assert offenders == []
    assert counts['result'] > 200

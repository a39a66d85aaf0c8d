"Several plausible answers, from the command line to the files."
import json
import numpy as np, pytest
from PIL import Image
from skimage import data
from hypercol.cli import run
from hypercol.paint.settings import Mark
from hypercol.photo.write import read_mark

@pytest.fixture
def command(capfd): # -> exit status, stdout, stderr, with the model that ships
    def call(*args): return run(['colorize', *map(str, args), '--size', '64']), *capfd.readouterr()
    return call

@pytest.fixture
def album(tmp_path):
    (tmp_path/'in').mkdir()
    for name, picture in dict(cup=data.coffee(), cat=data.chelsea()).items():
        Image.fromarray(picture[::3, ::3]).convert('L').save(tmp_path/'in'/f'{name}.png')
    return tmp_path

def names(folder): return sorted(p.name for p in folder.iterdir())

def test_one_photograph(album, command):
    source = album/'in'/'cup.png'
    status, out, err = command(source, '--variants', 3)
    files = ['cup.color.png', 'cup.color.variant2.png', 'cup.color.variant3.png', 'cup.color.variants.jpg']
    assert (status, err) == (0, '') and out.split() == [str(album/'in'/name) for name in files]
    marks = [Mark.read(read_mark(album/'in'/name)) for name in files[:3]]
    assert [mark.settings.variant for mark in marks] == [1, 2, 3]
    assert command(source, '-o', album/'usual.png')[0] == 0 # the first is the usual answer
    first, usual = (np.asarray(Image.open(p)) for p in (album/'in'/files[0], album/'usual.png'))
    assert (first == usual).all() and read_mark(album/'usual.png') == read_mark(album/'in'/files[0])
    before = {p: p.stat().st_mtime_ns for p in (album/'in').iterdir()}
    assert command(source, '--variants', 3)[0] == 0 and {p: p.stat().st_mtime_ns for p in before} == before
    status, out, err = command(album/'in', '-o', album/'out') # results are no photographs
    assert out.startswith('2 of 2 photographs') and names(album/'out') == ['cat.png', 'cup.png']

def test_a_folder_with_touches_and_a_report(album, command):
    (album/'in'/'cup.touches.json').write_text(
        '{"version": 1, "touches": [{"x": 50, "y": 82, "color": "#6b3a2a", "reach": 1.0}]}')
    line = [album/'in', '-o', album/'out', '--variants', 2, '--report', album/'report']
    status, out, err = command(*line)
    assert (status, err) == (0, '') and out.startswith('6 of 6 files')
    rows = [json.loads(row) for row in (album/'report').read_text().splitlines()]
    assert len([r for r in rows if r['status'] == 'done']) == 6
    a, b = (np.asarray(Image.open(album/'out'/f'cup{end}.png'), float) for end in ('', '.variant2'))
    assert np.abs(a - b).max() > 8 and np.abs(a - b)[82, 50].max() < 12 # the touch holds in both
    assert command(*line)[1].startswith('6 of 6 files colorized, 6 of them by an earlier run')

@pytest.mark.parametrize('options,reason', [
    (['-', '--variants', '2'], '--variants'),
    (['in', '--variants', '2', '--scheduler', 'tcp://x:1'], '--scheduler'),
    (['in', '--variants', '2', '--model', 'vivid'], 'vivid: this model predicts no distribution')])
def test_what_has_no_variants_is_one_line(album, command, monkeypatch, options, reason):
    monkeypatch.chdir(album)
    status, out, err = command(*options)
    assert (status, out, err.count('\n')) == (2, '', 1) and reason in err and names(album) == ['in']

@pytest.mark.parametrize('n', ['0', '10', 'two'])
def test_numbers_that_make_no_sense(album, command, n):
    assert command(album/'in', '--variants', n)[0] == 2

def test_names_that_collide(album, command):
    (album/'in'/'cup.variant2.png').write_bytes((album/'in'/'cat.png').read_bytes())
    status, out, err = command(album/'in', '-o', album/'out', '--variants', 2)
    assert status == 2 and err.count('\n') == 1 and 'result of both' in err and not (album/'out').exists()

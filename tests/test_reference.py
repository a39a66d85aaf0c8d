"A reference photograph, from the command line to the pixels; and what it refuses, in one line each."
import io, json
import numpy as np, pytest
from PIL import Image
from skimage import data
from skimage.color import rgb2lab
from hypercol.cli import run
from hypercol.core import HypercolError
from hypercol.paint.colorizer import Colorizer, colorize_file
from hypercol.paint.settings import Mark, Settings, Touch
from hypercol.photo.write import read_mark

@pytest.fixture(scope='module')
def colorizer(): return Colorizer()

@pytest.fixture
def album(tmp_path): # the left half of a photograph, gray; its right half, in color, as reference.jpg
    picture = data.coffee()[::2, ::2]
    (tmp_path/'in').mkdir()
    Image.fromarray(picture[:, :150]).convert('L').save(tmp_path/'in'/'left.png')
    Image.fromarray(picture[:, 150:]).save(tmp_path/'reference.jpg', quality=95)
    return tmp_path

@pytest.fixture
def command(capfd): # -> exit status, stdout, stderr, with the model that ships
    def call(*args): return run(['colorize', *map(str, args), '--size', '96']), *capfd.readouterr()
    return call

def wrong(path): # mean distance from the true chroma
    def ab(picture): return rgb2lab(np.asarray(picture, float)/255)[..., 1:]
    picture = np.asarray(Image.open(path).convert('RGB'))
    return np.linalg.norm(ab(picture) - ab(data.coffee()[::2, ::2][:, :150]), axis=-1).mean()

def test_a_reference_of_the_same_place_helps(album, command):
    reference = album/'reference.jpg'
    assert command(album/'in'/'left.png', '-o', album/'automatic.png')[::2] == (0, '')
    status, out, err = command(album/'in'/'left.png', '-o', album/'referred.png', '--reference', reference)
    assert (status, err.count('\n')) == (0, 1) and 'places match the reference' in err
    assert wrong(album/'referred.png') < .9*wrong(album/'automatic.png')
    mark = Mark.read(read_mark(album/'referred.png'))
    assert mark.reference == Settings(reference=reference).reference.sha256

def test_reference_and_touches_both_apply(album, colorizer):
    picture, given = np.asarray(Image.open(album/'in'/'left.png')), dict(reference=album/'reference.jpg', size=96)
    touch = Touch(30, 120, (-15, 0))
    def ab(**settings): return rgb2lab(colorizer(picture, **settings)/255)[..., 1:]
    both, alone = ab(touches=[touch], **given), ab(**given)
    assert np.linalg.norm(both[120, 30] - touch.ab) < 5
    assert np.abs(both - ab(touches=[touch], size=96)).max() > 3 and np.abs(both - alone).max() > 3
    # what is given has no saturation
    assert np.linalg.norm(ab(saturation=0, touches=[touch], **given)[120, 30] - touch.ab) < 5

def test_a_finished_result_is_known_by_the_bytes_of_its_reference(album, command):
    line = [album/'in', '-o', album/'out', '--report', album/'report', '--reference']
    def report(): return [json.loads(row) for row in (album/'report').read_text().splitlines()]
    status, out, err = command(*line, album/'reference.jpg')
    assert (status, err) == (0, '') and 'places that match the reference' in out
    assert report()[0]['status'] == 'done' and report()[0]['matched'] > 0
    (album/'renamed.jpg').write_bytes((album/'reference.jpg').read_bytes())
    assert command(*line, album/'renamed.jpg')[0] == 0 and report()[0]['status'] == 'already'
    Image.fromarray(data.chelsea()).save(album/'other.png')
    for other in ([album/'other.png'], []):
        assert command(*(line if other else line[:-1]), *other)[0] == 0 and report()[0]['status'] == 'earlier'

def test_a_reference_in_the_folder_is_left_alone(album, command):
    (album/'reference.jpg').rename(album/'in'/'z.jpg')
    status, out, err = command(album/'in', '-o', album/'out', '--reference', album/'in'/'z.jpg')
    assert (status, err) == (0, '') and [p.name for p in (album/'out').iterdir()] == ['left.png']
    status, out, err = command(album/'in'/'z.jpg', '--reference', album/'in'/'z.jpg')
    assert (status, out, err.count('\n')) == (0, '', 1) and 'z.jpg: is the reference itself' in err
    with pytest.raises(HypercolError, match='is the reference itself'):
        colorize_file(album/'in'/'z.jpg', album/'z.png', Colorizer(), Settings(reference=album/'in'/'z.jpg'))

@pytest.mark.parametrize('kind', ['missing', 'folder', 'text', 'cut short', 'gray', 'sepia'])
def test_a_reference_that_cannot_be_used_is_one_line(album, command, kind):
    path, gray = album/'bad.png', np.asarray(Image.open(album/'in'/'left.png'), float)[..., None]
    if kind == 'folder': path.mkdir()
    if kind == 'text': path.write_text('no picture')
    if kind == 'cut short': path.write_bytes((album/'in'/'left.png').read_bytes()[:5000])
    if kind == 'gray': Image.fromarray(np.uint8(gray[..., 0])).save(path)
    if kind == 'sepia': Image.fromarray(np.uint8(gray*(1, .85, .6))).save(path)
    for source in (album/'in'/'left.png', album/'in'):
        status, out, err = command(source, '-o', album/'out', '--reference', path)
        assert (status, out, err.count('\n')) == (2, '', 1) and 'bad.png' in err, err
        assert not (album/'out').exists()

def test_a_stream_has_a_reference_too(album, monkeypatch, capfdbinary):
    left, reference, line = album/'in'/'left.png', str(album/'reference.jpg'), ['colorize', '--size', '96']
    def stream(given):
        monkeypatch.setattr('sys.stdin', io.TextIOWrapper(io.BytesIO(given)))
        return run([*line, '-', '--reference', reference]), *capfdbinary.readouterr()
    status, out, err = stream(left.read_bytes())
    assert status == 0 and b'places match the reference' in err
    assert run([*line, str(left), '-o', str(album/'expected.png'), '--reference', reference]) == 0
    assert (np.asarray(Image.open(io.BytesIO(out))) == np.asarray(Image.open(album/'expected.png'))).all()
    capfdbinary.readouterr()
    status, out, err = stream((album/'reference.jpg').read_bytes())
    assert (status, out, err.count(b'\n')) == (2, b'', 1) and b'-: is the reference itself' in err

def test_a_model_without_columns(colorize, album): # `colorize` has the tiny model
    status, out, err = colorize(album/'in'/'left.png', '--reference', album/'reference.jpg')
    assert (status, err.count('\n')) == (2, 1) and 'tiny' in err and not (album/'in'/'left.color.png').exists()

"""Touches, from the command line to the pixels. The chroma of a color is scikit-image's."""
import io, json, shutil, time
from pathlib import Path
import numpy as np, pytest
from PIL import Image
from skimage import data
from skimage.color import rgb2lab
import hypercol
from hypercol.cli import run
from hypercol.core import HypercolError
from hypercol.paint.colorizer import Colorizer
from hypercol.paint.hints import read_hints, sidecar_of, write_touches
from hypercol.paint.settings import Mark, Settings, Touch
from hypercol.photo.color import lightness
from hypercol.photo.write import read_mark
from house import contents

PICTURES = dict(astronaut=data.astronaut(), coffee=data.coffee(), chelsea=data.chelsea())

@pytest.fixture(scope='module')
def colorizer(): return Colorizer()

@pytest.fixture
def photograph(tmp_path): # 300×200 pixels, gray
    Image.fromarray(data.coffee()[::2, ::2]).convert('L').save(tmp_path/'cup.png')
    return tmp_path/'cup.png'

@pytest.fixture
def command(capfd): # -> exit status, stdout, stderr, with the model that ships
    def call(*args): return run(['colorize', *args, '--size', 64]), *capfd.readouterr()
    return call

def chroma(rgb): return rgb2lab(np.asarray(rgb, float)/255)[..., 1:]
def touched_in(path, x, y): return chroma(np.asarray(Image.open(path).convert('RGB')))[y, x]

@pytest.mark.filterwarnings('ignore:.*touched place')
@pytest.mark.parametrize('n', [1, 5, 20])
@pytest.mark.parametrize('name', PICTURES)
def test_the_touched_pixel_has_the_wished_chroma(colorizer, name, n):
    L, rng = lightness(PICTURES[name]), np.random.default_rng(n)
    H, W = L.shape
    for _ in range(3):
        places = zip(rng.integers(W, size=n).tolist(), rng.integers(H, size=n).tolist())
        touches = [Touch(x, y, tuple(rng.uniform(-30, 30, 2))) for x, y in places]
        ab = colorizer.predict(L, touches=touches)
        errors = [np.linalg.norm(ab[t.y, t.x] - t.ab) for t in touches]
        # some lie on edges, or contradict others
        assert np.median(errors) < 3 and np.mean(np.array(errors) < 5) >= .8

def test_one_touch_colors_its_thing_and_little_else(colorizer):
    L = lightness(PICTURES['astronaut'])
    moved = np.linalg.norm(colorizer.predict(L, touches=['128,450=#d2691e']) - colorizer.predict(L), axis=-1)
    suit, rest = moved[300:400, 100:150], np.concatenate([moved[:, 300:].ravel(), moved[:150, :150].ravel()])
    assert np.median(suit) > 10 and np.median(rest) < .2*np.median(suit)

def test_saturation_is_not_of_touches(colorizer):
    L = lightness(PICTURES['coffee'])
    for saturation in (0, 1, 2):
        ab = colorizer.predict(L, touches=['150,248=#b22222'], saturation=saturation)
        assert np.linalg.norm(ab[248, 150] - chroma((178, 34, 34))) < 5
    far = colorizer.predict(L, touches=['150,248=#b22222'], saturation=0)[20:60, 20:60]
    assert np.linalg.norm(far, axis=-1).max() < 20   # of 67, although the answer is the same gray everywhere

@pytest.mark.parametrize('color', ['#6a5acd', 'slateblue', 'SlateBlue'])
def test_a_touch_on_the_command_line(command, photograph, color):
    result = photograph.with_name('out.png')
    assert command(photograph, '-o', result, '--touch', f'75,124={color}')[0] == 0
    assert np.linalg.norm(touched_in(result, 75, 124) - chroma((106, 90, 205))) < 5
    mark = Mark.read(read_mark(result))
    assert mark.touches.startswith('1 ') and mark.settings == Settings(64, temperature=1.)

def test_gray_and_keep(command, photograph):
    plain, told = photograph.with_name('plain.png'), photograph.with_name('told.png')
    assert command(photograph, '-o', plain)[0] == 0
    assert command(photograph, '-o', told, '--touch', '75,124=gray', '--touch', '250,20=keep')[0] == 0
    assert np.linalg.norm(touched_in(told, 75, 124)) < 3
    assert np.linalg.norm(touched_in(told, 250, 20) - touched_in(plain, 250, 20)) < 3

@pytest.mark.parametrize('options, why', [
    (['--touch', '300,0=red'], 'outside the photograph'), (['--touch', '0,200=red'], 'outside the photograph'),
    (['--touch', '1,1=reddish'], 'not a color'), (['--touch', '1=red'], 'X,Y=COLOR'), (['--touch=-1,1=red'], 'X,Y'),
    (['--hints', 'small.png'], '150×100'), (['--hints', 'opaque.png'], 'transparent'),
    (['--hints', 'no.png'], 'no.png'), (['--hints', 'empty.png'], 'say nothing')])
def test_refused_in_one_line(command, photograph, monkeypatch, options, why):
    monkeypatch.chdir(photograph.parent)
    clear = Image.new('RGBA', (300, 200))
    clear.save('empty.png')
    clear.resize((150, 100)).save('small.png')
    Image.new('RGB', (300, 200)).save('opaque.png')
    before = contents(photograph.parent)
    status, out, err = command(photograph, *options)
    assert (status, out) == (2, '') and why in err.splitlines()[-1]
    assert err.count('\n') == 1 or err.startswith('usage:')
    assert contents(photograph.parent) == before

def test_of_one_photograph(command, photograph):
    shutil.copy(photograph, photograph.with_name('b.png'))
    for sources in ([photograph, photograph.with_name('b.png')], [photograph.parent]):
        status, _, err = command(*sources, '--touch', '1,1=red')
        assert status == 2 and 'one photograph' in err and err.count('\n') == 1

def test_several_pages(command, tmp_path):
    pages = [Image.fromarray(PICTURES['coffee'][::4, ::4])]*2
    pages[0].save(tmp_path/'a.tif', save_all=True, append_images=pages[1:])
    status, _, err = command(tmp_path/'a.tif', '--touch', '1,1=red')
    assert status == 2 and '2 pages' in err and err.count('\n') == 1

def test_a_model_without_columns(colorize, photograph):
    before = contents(photograph.parent)
    assert colorize(photograph)[0] == 0
    photograph.with_name('cup.color.png').unlink()
    status, _, err = colorize(photograph, '--touch', '1,1=red')
    assert status == 2 and 'tiny' in err and 'no touches' in err and contents(photograph.parent) == before

def test_hints_of_a_hundred_thousand_pixels(command, tmp_path):
    Image.fromarray(PICTURES['astronaut']).save(tmp_path/'a.png')
    hints = np.zeros((512, 512, 4), np.uint8)
    hints[150:450] = *PICTURES['astronaut'][300, 120], 255
    hints[:100] = 120, 150, 180, 255
    Image.fromarray(hints).save(tmp_path/'hints.png')
    for result in ('1.png', '2.png'):
        status, _, err = command(tmp_path/'a.png', '-o', tmp_path/result, '--hints', tmp_path/'hints.png')
        assert status == 0 and 'at random' not in err   # 32×32 cells at this size, about 800 touched
    assert (tmp_path/'1.png').read_bytes() == (tmp_path/'2.png').read_bytes()
    assert run(['colorize', tmp_path/'a.png', '-o', tmp_path/'3.png', '--hints', tmp_path/'hints.png']) == 0

def test_sidecars_are_followed_and_only_what_changed_is_made(command, photograph):
    folder, out = photograph.parent, photograph.parent/'out'
    shutil.copy(photograph, folder/'other.png')
    def results(): return {p.name: p.read_bytes() for p in out.iterdir()}
    assert command(folder, '-o', out)[0] == 0
    plain = results()
    write_touches(sidecar_of(photograph), [Touch(75, 124, 'slateblue')])
    for told in ('2 of 2', '2 of 2 photographs colorized, 2 of them by an earlier run'):
        status, said, _ = command(folder, '-o', out)
        assert status == 0 and told in said
        now = results()
        assert now['cup.png'] != plain['cup.png'] and now['other.png'] == plain['other.png']
    write_touches(sidecar_of(photograph), [Touch(75, 124, 'slateblue', reach=.3)])
    assert command(folder, '-o', out)[0] == 0 and results()['cup.png'] != now['cup.png']
    sidecar_of(photograph).write_text('{"version": 2, "touches": []}')
    before = results()
    status, _, err = command(folder, '-o', out)
    assert status == 1 and 'version 2' in err and results() == before

def test_a_result_with_touches_that_no_sidecar_explains_is_left_alone(command, photograph):
    result = photograph.with_name('out.png')
    assert command(photograph, '-o', result, '--touch', '75,124=teal')[0] == 0
    before = result.read_bytes()
    status, _, err = command(photograph, '-o', result)
    assert status == 0 and '--overwrite' in err and result.read_bytes() == before

def test_what_no_lightness_can_show_is_said(command, photograph):
    dark = np.asarray(Image.open(photograph))
    y, x = np.unravel_index(dark[20:180, 20:280].argmin(), (160, 260))
    report = photograph.with_name('report')
    options = ['--touch', f'{x + 20},{y + 20}=yellow', '--report', report]
    status, _, err = command(photograph, '-o', photograph.with_name('out.png'), *options)
    assert status == 0 and err.count('\n') == 1 and 'less chroma' in err
    assert 'less chroma' in json.loads(report.read_text())['notes'][0]

def test_from_python(photograph):
    gray = np.asarray(Image.open(photograph))
    told = hypercol.colorize(gray, touches=[(75, 124, 'slateblue')], size=64)
    assert np.linalg.norm(chroma(told)[124, 75] - chroma((106, 90, 205))) < 5
    image = hypercol.colorize(Image.open(photograph), touches='75,124=slateblue', size=64)
    assert np.array_equal(np.asarray(image), told)
    assert np.array_equal(hypercol.colorize(photograph, touches=[Touch(75, 124, 'slateblue')], size=64), told)
    with pytest.raises(HypercolError, match='outside'): hypercol.colorize(gray, touches=['300,1=red'])
    with pytest.raises(ValueError, match='not a color'): hypercol.colorize(gray, touches=['1,1=reddish'])

def test_a_click_in_the_playground_costs_little(tmp_path):
    "Processor time of all threads from a chosen color to the picture that is sent: a busy machine does not change it."
    from hypercol.show.playground import LiveCompare
    play, costs = LiveCompare({'cup': PICTURES['coffee']}), []
    def click(**touch): play._receive(play, dict(kind='touch', **touch), [])
    click(x=150, y=248, color='firebrick') # also compares all places, once
    network = play._models['default']
    network.small_columns = network.small_chroma = None # must not run again
    try:
        for n, color in enumerate(['teal', 'gold', 'navy', 'gray', 'red']):
            start, before = time.process_time(), play.right
            click(x=60 + 90*n, y=100, color=color)
            costs.append(time.process_time() - start)
            assert play.right != before and not play.problem
    finally: del network.small_columns, network.small_chroma
    print('seconds of processor time:', *(f'{c:.3f}' for c in costs))
    assert min(costs) < .3

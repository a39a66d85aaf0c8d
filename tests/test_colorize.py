"""What `hypercol colorize` promises, from the command line to the pixels.

Results are decoded by libvips from a buffer; Lab is scikit-image's."""
import io, json, os, pickle, shlex, shutil, signal, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np, pytest, pyvips, tifffile
from PIL import Image
from skimage import data
from skimage.color import lab2rgb, rgb2lab
import hypercol
from hypercol.cli import run
from hypercol.paint.card import WEIGHTS
from hypercol.paint.colorizer import Colorizer
from hypercol.photo.write import read_mark
from house import COMMAND, contents, stopped
from models import known_ab, tiny_model, write_card
from readers import SYNTHETIC
SAMPLE = WEIGHTS.parent/'sample'/'nipomo.jpg'

def command(model, *args): return [str(COMMAND), 'colorize', *map(str, args), '--model', str(model)]
def vips(path): # from a buffer, because pyvips takes only names that are text
    return pyvips.Image.new_from_buffer(path.read_bytes(), '', fail_on='warning')

def gradient(h=45, w=70): # H×W uint8; no two corners are alike; with the tiny model's chroma all is within sRGB
    y, x = np.mgrid[:h, :w]
    return (50 + 100*x/w + 60*y/h + 10*np.sin(x/9)).astype(np.uint8)

def encoded(pixels, format, **options): # -> bytes of a file
    image, out = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels), io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()

def check(
    path,
    original, # H×W or H×W×3 uint8, upright
    chroma=1.5, # largest mean error of a and of b; None: not compared
):
    "The result has the original's size and L, and the chroma that the tiny model gives to that L."
    result = vips(path).numpy()
    if original.ndim == 2: original = np.dstack([original]*3)
    assert result.dtype == np.uint8 and result.shape[:2] == original.shape[:2]
    lab, L = rgb2lab(result[..., :3]), rgb2lab(original)[..., 0]
    assert np.abs(lab[..., 0] - L).mean() <= .5
    x = lab2rgb(np.dstack([L, 0*L, 0*L]))[..., 0]
    if chroma: assert (np.abs(lab[..., 1:] - known_ab(x)).mean((0, 1)) <= chroma).all()


# What cannot be read

def bad_files(): # name -> bytes
    rng = np.random.default_rng(0)
    grain = (gradient() + rng.integers(0, 30, (45, 70))).astype(np.uint8) # noise, so that the compressed data is long
    jpeg, png, webp = encoded(grain, 'JPEG'), encoded(grain, 'PNG'), encoded(grain, 'WEBP', lossless=True)
    noise, frames = rng.bytes(3000), [Image.fromarray(gradient() + n) for n in (0, 20)]
    animated = dict(save_all=True, append_images=frames[1:])
    files = {'empty.jpg': b'',
             'text.jpg': b'Dear diary,\n',
             'noise.jpg': noise,
             'noise.png': noise,
             'noise.webp': noise,
             'start.jpg': jpeg[:20] + noise,
             'start.png': png[:8] + noise,
             'start.webp': webp[:16] + noise,
             'one-byte.png': b'\x89',
             'gif.png': encoded(grain, 'GIF'),
             'moving.webp': encoded(frames[0], 'WEBP', **animated),
             'moving.png': encoded(frames[0], 'PNG', **animated)}
    wrong = bytearray(png)
    wrong[len(png)//2] ^= 255
    files['changed.png'] = bytes(wrong) # a checksum is wrong
    for name, whole in (('jpg', jpeg), ('png', png), ('webp', webp)):
        for percent in (5, 50, 95): files[f'cut-{percent}.{name}'] = whole[:len(whole)*percent//100]
    return files

BAD = bad_files()

def check_refusal(done, folder, before, name):
    "One line on stderr that names the file, exit 2, and the folder as it was."
    status, out, err = done
    assert status == 2 and out == '' and err.count('\n') == 1 and err.endswith('\n'), done
    assert err.startswith('hypercol: ') and name in err, err
    assert contents(folder) == before

@pytest.mark.parametrize('name', BAD)
def test_bad_files(colorize, tmp_path, name):
    (tmp_path/name).write_bytes(BAD[name])
    check_refusal(colorize(tmp_path/name), tmp_path, {name: BAD[name]}, name)

@pytest.mark.parametrize('name,format', [('a.jpg', 'JPEG'), ('a.png', 'PNG'), ('a.webp', 'WEBP')])
def test_a_few_bytes_short(colorize, tmp_path, name, format):
    (tmp_path/name).write_bytes(encoded(gradient(), format)[:-5])
    check_refusal(colorize(tmp_path/name), tmp_path, contents(tmp_path), name)

def test_missing_file(colorize, tmp_path): check_refusal(colorize(tmp_path/'gone.jpg'), tmp_path, {}, 'gone.jpg')

def test_a_file_whose_name_breaks_the_line(colorize, tmp_path):
    (tmp_path/'two\nlines.jpg').write_bytes(b'Dear diary,\n')
    check_refusal(colorize(tmp_path/'two\nlines.jpg'), tmp_path, contents(tmp_path), 'two?lines.jpg')

@pytest.mark.skipif(sys.platform != 'linux', reason='elsewhere names are text')
def test_a_name_that_is_no_text(model, tmp_path):
    source = Path(os.fsdecode(os.fsencode(tmp_path) + b'/\xff.png'))
    source.write_bytes(encoded(gradient(), 'PNG'))
    environ = {k: v for k, v in os.environ.items() if k != 'PYTHONUTF8'} | {'PYTHONIOENCODING': 'utf-8'}
    for status, lines, options in ((0, 0, []), (0, 0, []), (0, 1, ['--size', 48])): # made, found done, left alone
        done = subprocess.run(command(model, source, *options), capture_output=True, env=environ)
        assert (done.returncode, done.stderr.count(b'\n')) == (status, lines), done
    check(source.with_name(source.stem + '.color.png'), gradient())

@pytest.mark.parametrize('result', [
    'file.txt/a.png', 'file.txt/deeper/a.png', 'no/folder/a.png', 'a.gif', 'a', 'source.png'])
def test_results_that_cannot_be(colorize, tmp_path, result):
    (tmp_path/'source.png').write_bytes(encoded(gradient(), 'PNG'))
    (tmp_path/'file.txt').write_text('a file')
    check_refusal(colorize(tmp_path/'source.png', '-o', tmp_path/result), tmp_path, contents(tmp_path), result)

def test_results_that_cannot_be_made_a_folder(colorize, tmp_path):
    for name in 'ab': (tmp_path/f'{name}.png').write_bytes(encoded(gradient(), 'PNG'))
    (tmp_path/'file.txt').write_text('a file')
    before = contents(tmp_path)
    status, out, err = colorize(tmp_path/'a.png', tmp_path/'b.png', '-o', tmp_path/'file.txt'/'deeper')
    assert status == 1 and out.startswith('0 of 2') and len(err.splitlines()) == 2 and 'file.txt' in err
    assert contents(tmp_path) == before

def test_transparency_does_not_fit_into_jpeg(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(encoded(np.dstack([gradient(), gradient()]), 'PNG'))
    check_refusal(colorize(tmp_path/'a.png', '-o', tmp_path/'b.jpg'), tmp_path, contents(tmp_path), 'b.jpg')

@pytest.mark.skipif(sys.platform == 'win32', reason='needs a limit on the size of files')
def test_a_disk_that_is_full(model, tmp_path):
    import resource
    (tmp_path/'a.png').write_bytes(encoded(gradient(300, 400), 'PNG'))
    before = contents(tmp_path)
    done = subprocess.run(command(model, tmp_path/'a.png'), capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)))
    check_refusal((done.returncode, done.stdout, done.stderr), tmp_path, before, 'a.color.png')

def test_one_bad_file_does_not_stop_the_others(colorize, tmp_path):
    for name in ('a.png', 'c.png'): (tmp_path/name).write_bytes(encoded(gradient(), 'PNG'))
    (tmp_path/'b.png').write_bytes(BAD['cut-50.png'])
    status, out, err = colorize(tmp_path)
    assert (status, out) == (1, '2 of 3 photographs colorized\n')
    assert len(err.splitlines()) == 1 and 'b.png' in err
    assert sorted(contents(tmp_path)) == ['a.color.png', 'a.png', 'b.png', 'c.color.png', 'c.png']

@pytest.mark.parametrize('name', ['empty.jpg', 'cut-50.jpg', 'cut-95.png', 'cut-5.webp'])
def test_bad_files_in_a_process_of_its_own(model, tmp_path, name):
    (tmp_path/name).write_bytes(BAD[name])
    done = subprocess.run(command(model, tmp_path/name), capture_output=True, text=True)
    check_refusal((done.returncode, done.stdout, done.stderr), tmp_path, {name: BAD[name]}, name)


# Models that are not what their card says

def check_bad_model(colorize, tmp_path, model, name):
    photos = tmp_path/'photos'
    photos.mkdir()
    (photos/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    before = contents(tmp_path)
    check_refusal(colorize(photos/'a.png', model=model), tmp_path, before, name)

@pytest.mark.parametrize('part', ['onnx', 'safetensors', 'json', 'vgg19', 'missing vgg19'])
def test_damaged_weights(colorize, tmp_path, part):
    shipped = *WEIGHTS.glob('default.*'), WEIGHTS/'vgg19.safetensors'
    for path in shipped: shutil.copyfile(path, tmp_path/path.name)
    victim = tmp_path/('vgg19.safetensors' if 'vgg19' in part else f'default.{part}')
    if 'missing' in part: victim.unlink()
    else:
        changed = bytearray(victim.read_bytes())
        changed[len(changed)*2//3] ^= 128 # the card is no longer valid UTF-8
        victim.write_bytes(changed)
    check_bad_model(colorize, tmp_path, tmp_path/'default.onnx', victim.name)

class Trap:
    def __init__(self, path): self.path = path
    def __reduce__(self): return Path.touch, (self.path,)

@pytest.mark.parametrize('carded', [False, True])
def test_a_pickle_is_never_loaded(colorize, tmp_path, carded):
    graph, trap = tmp_path/'evil.onnx', tmp_path/'sprung'
    graph.write_bytes(pickle.dumps(Trap(trap)))
    if carded: write_card(graph)
    check_bad_model(colorize, tmp_path, graph, 'evil.onnx')
    assert not trap.exists()

@pytest.mark.parametrize('card', ['', '[]', '{}', '{"files": []}', '{"files": {}}', '{"files": {"tiny.onnx": null}}'])
def test_cards_that_say_nothing(colorize, tmp_path, card):
    graph = tiny_model(tmp_path)
    graph.with_suffix('.json').write_text(card)
    check_bad_model(colorize, tmp_path, graph, 'tiny')

def test_a_network_that_answers_something_else(colorize, tmp_path):
    import onnx
    graph = tiny_model(tmp_path)
    network = onnx.load(graph)
    network.graph.input[0].name = network.graph.node[0].input[0] = 'picture'
    onnx.save(network, graph)
    write_card(graph)
    check_bad_model(colorize, tmp_path, graph, 'tiny')

def test_unknown_model(colorize, tmp_path): check_bad_model(colorize, tmp_path, 'no-such', 'no-such')


# Right results

def test_a_file_in_a_process_of_its_own(model, tmp_path):
    (tmp_path/'a.png').write_bytes(source := encoded(gradient(), 'PNG'))
    done = subprocess.run(command(model, tmp_path/'a.png'), capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path/'a.color.png'}\n", '')
    assert sorted(contents(tmp_path)) == ['a.color.png', 'a.png']
    assert (tmp_path/'a.png').read_bytes() == source
    check(tmp_path/'a.color.png', gradient())

def colorized(colorize, tmp_path, name, content, *options): # -> path of the result
    (tmp_path/name).write_bytes(content)
    status, out, err = colorize(tmp_path/name, *options)
    result = Path(out.rstrip('\n'))
    assert (status, err) == (0, '') and sorted(contents(tmp_path)) == sorted({name, result.name})
    assert (tmp_path/name).read_bytes() == content
    return result

def test_one_pixel(colorize, tmp_path):
    result = colorized(colorize, tmp_path, 'a.png', encoded(np.full((1, 1), 128, np.uint8), 'PNG'))
    L = rgb2lab(np.full((1, 1, 3), 128, np.uint8))[0, 0, 0]
    expected = 255*lab2rgb(np.array([[[L, *known_ab(128/255)]]]))
    assert vips(result).numpy().shape == (1, 1, 3)
    assert np.abs(vips(result).numpy() - expected).max() <= 1

@pytest.mark.parametrize('h,w', [(5, 3000), (3000, 5), (1, 700), (2, 2), (33, 31), (256, 257), (300, 500)])
def test_sizes(colorize, tmp_path, h, w):
    result = colorized(colorize, tmp_path, 'a.png', encoded(gradient(h, w), 'PNG'))
    check(result, gradient(h, w), chroma=4 if h == w == 2 else 1.5) # at 2×2 one ab serves all four pixels

@pytest.mark.parametrize('size', ['32', '64', '500', 'auto'])
def test_sizes_of_the_network(colorize, tmp_path, size):
    result = colorized(colorize, tmp_path, 'a.png', encoded(gradient(150, 200), 'PNG'), '--size', size)
    check(result, gradient(150, 200), chroma=2)

def test_a_color_picture_is_read_through_its_lightness(colorize, tmp_path):
    coffee = data.coffee()[100:300, 150:400]
    result = colorized(colorize, tmp_path, 'a.png', encoded(coffee, 'PNG'))
    check(result, coffee, chroma=None)
    L = rgb2lab(coffee)[..., 0]
    gray = (255*lab2rgb(np.dstack([L, 0*L, 0*L])) + .5).astype(np.uint8)
    other = tmp_path/'gray'
    other.mkdir()
    of_gray = colorized(colorize, other, 'a.png', encoded(gray, 'PNG'))
    assert np.abs(vips(result).numpy().astype(int) - vips(of_gray).numpy()).mean() < 1

@pytest.mark.parametrize('saturation', [0, .5])
def test_saturation(colorize, tmp_path, saturation):
    result = colorized(colorize, tmp_path, 'a.png', encoded(gradient(), 'PNG'), '--saturation', saturation)
    check(result, gradient(), chroma=None)
    expected = saturation*known_ab(gradient()/255)
    assert np.abs(rgb2lab(vips(result).numpy())[..., 1:] - expected).mean() < .7
    if saturation == 0: assert np.ptp(vips(result).numpy(), -1).max() == 0

@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'avif'])
def test_format(colorize, tmp_path, suffix):
    result = colorized(colorize, tmp_path, 'a.png', encoded(gradient(), 'PNG'), '--format', suffix)
    assert result == tmp_path/f'a.color.{suffix}'
    expected = {'jpg': 'jpegload', 'png': 'pngload', 'webp': 'webpload', 'avif': 'heifload'}[suffix]
    assert vips(result).get('vips-loader').removesuffix('_buffer') == expected
    check(result, gradient())

def test_timings(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    status, out, _ = colorize(tmp_path/'a.png', '--timings')
    assert status == 0 and out.startswith(str(tmp_path/'a.color.png'))
    assert all(part in out for part in ('start', 'read', 'network', 'color', 'encode'))

@pytest.mark.parametrize('photo', ['sample', 'astronaut'])
def test_the_shipped_model(colorize, tmp_path, photo):
    source = SAMPLE.read_bytes() if photo == 'sample' else encoded(data.astronaut(), 'JPEG', quality=92)
    result = colorized(lambda *args: colorize(*args, model='default'), tmp_path, 'a.jpg', source)
    check(result, vips(tmp_path/'a.jpg').numpy().squeeze(), chroma=None)
    assert np.ptp(vips(result).numpy(), -1).max() > 0 # there is some color


# Where results lie, and what is there already

def test_existing_results_are_left_alone(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    (tmp_path/'a.color.png').write_bytes(b'precious')
    before = contents(tmp_path)
    status, out, err = colorize(tmp_path/'a.png')
    assert (status, out) == (1, '') and err.count('\n') == 1 and 'a.color.png' in err and '--overwrite' in err
    assert contents(tmp_path) == before
    assert colorize(tmp_path/'a.png', '--overwrite')[0] == 0
    check(tmp_path/'a.color.png', gradient())

def test_an_existing_result_whose_name_breaks_the_line(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    (tmp_path/'two\nlines.png').write_bytes(b'precious')
    status, _, err = colorize(tmp_path/'a.png', '-o', tmp_path/'two\nlines.png')
    assert status == 1 and err.count('\n') == 1

def test_a_failure_leaves_the_earlier_result(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(BAD['cut-50.png'])
    (tmp_path/'a.color.png').write_bytes(b'precious')
    check_refusal(colorize(tmp_path/'a.png', '--overwrite'), tmp_path, contents(tmp_path), 'a.png')

@pytest.fixture
def album(tmp_path): # a folder with folders, and with files that a walk leaves out
    folder = tmp_path/'album'
    for name in ('b.png', 'a.jpg', 'deep/er/c.webp', '.hidden.png', '.git/d.png', 'notes.txt', 'f.gif'):
        format = {'.jpg': 'JPEG', '.webp': 'WEBP'}.get(Path(name).suffix, 'PNG')
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        (folder/name).write_bytes(encoded(gradient(), format))
    (folder/'notes.txt').write_text('not a picture')
    return folder

def test_folders_are_mirrored(colorize, album, tmp_path):
    before = contents(album)
    status, out, err = colorize(album, '-o', tmp_path/'results')
    told = '4 of 4 photographs colorized\npassed over: hidden (2), not a picture (1)\n'
    assert (status, out, err) == (0, told, '')
    assert sorted(contents(tmp_path/'results')) == ['a.jpg', 'b.png', 'deep/er/c.webp', 'f.png'] # f.gif is a PNG
    assert contents(album) == before
    check(tmp_path/'results'/'b.png', gradient())
    check(tmp_path/'results'/'deep'/'er'/'c.webp', vips(album/'deep'/'er'/'c.webp').numpy())

@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'tif', 'avif'])
def test_our_own_results_are_no_sources(colorize, album, suffix): # in any folder, and by their mark, not their name
    (album/'e.color.png').write_bytes(encoded(gradient(), 'PNG'))
    assert colorize(album, '-o', album/'results', '--format', suffix)[::2] == (0, '')
    (album/'results'/f'a.{suffix}').rename(album/f'another name.{suffix}')
    before = contents(album)
    status, out, err = colorize(album, '-o', album/'results', '--format', suffix)
    told = '5 of 5 photographs colorized, 4 of them by an earlier run\n'
    assert (status, out, err) == (0, told + 'passed over: hidden (2), not a picture (1), result of hypercol (5)\n', '')
    assert contents(album).keys() - before.keys() == {f'results/a.{suffix}'}
    assert {name: content for name, content in contents(album).items() if name in before} == before

def test_folders_without_a_place_for_results(colorize, album):
    before = contents(album)
    assert colorize(album)[::2] == (0, '')
    assert sorted(contents(album).keys() - before.keys()) == ['a.color.jpg', 'b.color.png',
                                                                'deep/er/c.color.webp', 'f.color.png']
    assert {name: content for name, content in contents(album).items() if name in before} == before

def test_several_files_into_a_folder(colorize, album, tmp_path):
    assert colorize(album/'b.png', album/'a.jpg', '-o', tmp_path/'new', '--format', 'webp')[::2] == (0, '')
    assert sorted(contents(tmp_path/'new')) == ['a.webp', 'b.webp']

def test_one_file_into_a_folder(colorize, album, tmp_path):
    (tmp_path/'there').mkdir()
    assert colorize(album/'b.png', '-o', tmp_path/'there')[::2] == (0, '')
    assert sorted(contents(tmp_path/'there')) == ['b.png']

def test_no_name_is_no_folder(colorize, tmp_path, monkeypatch): # as from `colorize "$PHOTO"` where PHOTO is not set
    monkeypatch.chdir(tmp_path)
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    status, out, err = colorize('')
    assert (status, out) == (2, '') and err.count('\n') == 1 and sorted(contents(tmp_path)) == ['a.png']

def test_a_folder_without_photographs(colorize, tmp_path):
    (tmp_path/'notes.txt').write_text('nothing')
    check_refusal(colorize(tmp_path), tmp_path, contents(tmp_path), tmp_path.name)

def test_two_sources_with_one_result(colorize, tmp_path):
    for name, format in (('a.png', 'PNG'), ('a.jpg', 'JPEG')):
        (tmp_path/name).write_bytes(encoded(gradient(), format))
    done = colorize(tmp_path/'a.png', tmp_path/'a.jpg', '--format', 'png')
    check_refusal(done, tmp_path, contents(tmp_path), 'a.color.png')

@pytest.mark.parametrize('options', [
    ['--size', '20'], ['--size', 'x'], ['--saturation', '-1'], ['--saturation', 'nan'], ['--format', 'gif'],
    ['--nonsense']])
def test_options_that_make_no_sense(colorize, tmp_path, options):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    before = contents(tmp_path)
    status, out, err = colorize(tmp_path/'a.png', *options)
    assert (status, out) == (2, '') and 'usage' in err and options[0] in err and contents(tmp_path) == before

@pytest.mark.parametrize('options', [
    ['--jobs', '0'], ['--jobs', 'x'], ['--max-megapixels', '0'], ['--max-megapixels', 'inf']])
def test_numbers_that_make_no_sense(colorize, tmp_path, options):
    test_options_that_make_no_sense(colorize, tmp_path, options)


# What has been done before

def marks(result): return read_mark(result), vips(result).get('xmp-data')

def test_what_is_done_is_not_done_again(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    assert colorize(tmp_path/'a.png')[0] == 0
    result = tmp_path/'a.color.png'
    os.utime(result, ns=(1, 1))
    for options in ([], ['--overwrite'], ['--timings']):
        assert colorize(tmp_path/'a.png', *options) == (0, f'{result}\n', '')
        assert result.stat().st_mtime_ns == 1

@pytest.mark.parametrize('change', ['size', 'saturation', 'model', 'source'])
def test_what_was_made_otherwise_is_left_alone(colorize, tmp_path, change):
    source, result = tmp_path/'a.png', tmp_path/'a.color.png'
    source.write_bytes(encoded(gradient(), 'PNG'))
    assert colorize(source)[0] == 0
    before = result.read_bytes()
    options = dict(size=['--size', 48], saturation=['--saturation', .5]).get(change, [])
    if change == 'source': source.write_bytes(encoded(gradient() + 1, 'PNG'))
    model = dict(model=tiny_model(tmp_path, 'other')) if change == 'model' else {}
    status, out, err = colorize(source, *options, **model)
    # The result of another source counts as any existing file: a failure
    assert (status, out) == (1 if change == 'source' else 0, '')
    assert err.count('\n') == 1 and '--overwrite' in err
    assert result.read_bytes() == before
    assert colorize(source, *options, '--overwrite', **model)[0] == 0
    assert read_mark(result) != read_mark_of(before, tmp_path)

def read_mark_of(content, tmp_path):
    (tmp_path/'earlier.png').write_bytes(content)
    return read_mark(tmp_path/'earlier.png')

def test_the_mark(colorize, tmp_path, model):
    import hashlib, re
    source = encoded(gradient(), 'PNG')
    result = colorized(colorize, tmp_path, 'a.png', source, '--size', 64, '--saturation', 1.25)
    made = r'model tiny ([0-9a-f]{12}), size 64, saturation 1.25, source ([0-9a-f]{12})'
    found = re.fullmatch(rf'hypercol (\S+) \({made}\)', read_mark(result))
    assert found and found[1] == hypercol.__version__
    assert found[3] == hashlib.sha256(source).hexdigest()[:12]
    xmp = vips(result).get('xmp-data').decode()
    assert found[0] in xmp and SYNTHETIC in xmp

def test_a_report(colorize, album, tmp_path):
    (album/'broken.png').write_bytes(BAD['cut-50.png'])
    (tmp_path/'results').mkdir()
    (tmp_path/'results'/'a.jpg').write_bytes(b'precious')
    for status, counts in ((1, (3, 0, 2)), (1, (0, 3, 2))):
        assert colorize(album, '-o', tmp_path/'results', '--report', tmp_path/'report')[0] == status
        lines = map(json.loads, (tmp_path/'report').read_text().splitlines())
        rows = {Path(row['source']).name: row for row in lines}
        passed = {name: rows.pop(name)['reason'] for name in [*rows] if rows[name]['status'] == 'passed over'}
        assert passed == {'.git': 'hidden', '.hidden.png': 'hidden', 'notes.txt': 'not a picture'}
        assert sorted(rows) == ['a.jpg', 'b.png', 'broken.png', 'c.webp', 'f.gif']
        statuses = [row['status'] for row in rows.values()]
        assert tuple(map(statuses.count, ('done', 'already', 'failed'))) == counts
        for name, row in rows.items():
            told = {'source', 'result', 'status', 'reason', 'seconds'}
            if row['status'] == 'done':
                told.add('parts')
                assert {'read', 'network', 'color', 'encode'} < row['parts'].keys()
                assert sum(row['parts'].values()) <= row['seconds'] + .01
            assert row.keys() == told
            assert row['seconds'] >= 0
            failed = name in ('a.jpg', 'broken.png')
            assert (row['reason'] is not None) == (row['status'] == 'failed') == failed, row
        assert 'broken.png' in rows['broken.png']['reason'] and '--overwrite' in rows['a.jpg']['reason']
        assert Path(rows['c.webp']['result']) == tmp_path/'results'/'deep'/'er'/'c.webp'

@pytest.mark.parametrize('report', ['a.png', 'a.color.png', 'no/such/folder', '.'])
def test_a_report_that_cannot_be(colorize, tmp_path, report):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    status, out, err = colorize(tmp_path/'a.png', '--report', tmp_path/report)
    assert (status, out) == (2, '') and err.count('\n') == 1
    assert sorted(contents(tmp_path)) == ['a.png']

@pytest.mark.parametrize('jobs', [1, 2, 7])
def test_jobs_bound_what_is_in_work(model, tmp_path, monkeypatch, jobs):
    import threading
    from hypercol.paint import folders
    at_work, most, lock, real = 0, 0, threading.Lock(), folders.colorize_file
    def counted(*args, **kw):
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        try:
            time.sleep(.02)
            return real(*args, **kw)
        finally:
            with lock: at_work -= 1
    monkeypatch.setattr(folders, 'colorize_file', counted)
    for i in range(12): (tmp_path/f'{i:02}.png').write_bytes(encoded(gradient() + i, 'PNG'))
    assert run(['colorize', tmp_path, '-o', tmp_path/'results', '--jobs', jobs, '--model', model]) == 0
    assert most == jobs
    for i in range(12): check(tmp_path/'results'/f'{i:02}.png', gradient() + i)


# Through pipes

def piped(model, data, *options):
    return subprocess.run(command(model, '-', *options), input=data, capture_output=True)

@pytest.mark.parametrize('data', [b'', b'Dear diary,\n', BAD['cut-50.png'], BAD['cut-95.jpg']])
def test_nothing_comes_out_of_a_bad_stdin(model, data):
    done = piped(model, data)
    assert (done.returncode, done.stdout) == (2, b'')
    assert done.stderr.count(b'\n') == 1 and done.stderr.startswith(b'hypercol: ')

def test_stdin_stands_alone(model, tmp_path):
    for options in ([tmp_path/'a.png'], ['--report', tmp_path/'report']):
        done = piped(model, encoded(gradient(), 'PNG'), *options)
        assert (done.returncode, done.stdout) == (2, b'') and done.stderr.count(b'\n') == 1
        assert not contents(tmp_path)

def test_stdin_into_a_file(model, tmp_path):
    data, result = encoded(gradient(), 'PNG'), tmp_path/'b.tif'
    done = piped(model, data, '-o', result)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'', b'')
    check(result, gradient())
    result.write_bytes(b'mine')
    done = piped(model, data, '-o', result)
    assert done.returncode == 2 and b'already exists' in done.stderr and result.read_bytes() == b'mine'
    assert piped(model, data, '-o', result, '--overwrite').returncode == 0
    check(result, gradient())

@pytest.mark.parametrize('name', ['-', '/dev/stdout'])
def test_a_file_to_stdout(model, tmp_path, name):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    done = subprocess.run(command(model, tmp_path/'a.png', '-o', name), capture_output=True)
    assert (done.returncode, done.stderr) == (0, b'')
    (tmp_path/'b.png').write_bytes(done.stdout)
    check(tmp_path/'b.png', gradient())

@pytest.mark.skipif(sys.platform == 'win32', reason='needs FIFOs')
def test_pipes_with_names(model, tmp_path):
    for name in ('in', 'out.tif', 'unread.png'): os.mkfifo(tmp_path/name)
    with ThreadPoolExecutor(2) as pool:
        pool.submit((tmp_path/'in').write_bytes, encoded(gradient(), 'PNG'))
        read = pool.submit((tmp_path/'out.tif').read_bytes)
        done = subprocess.run(command(model, tmp_path/'in', '-o', tmp_path/'out.tif'), capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b'', b'')
    (tmp_path/'b.tif').write_bytes(read.result())
    check(tmp_path/'b.tif', gradient())
    done = subprocess.run(command(model, tmp_path/'b.tif', '-o', tmp_path/'unread.png'), capture_output=True)
    assert done.returncode == 2 and b'nothing has opened this pipe' in done.stderr

@pytest.mark.skipif(sys.platform == 'win32', reason='needs a POSIX shell')
@pytest.mark.parametrize('source, redirected, status', [
    ('a.png -o b.png', '>&-', 0), ('a.png -o b.png', '<&-', 0), ('a.png -o b.png', '2>&-', 0),
    ('a.png -o b.png', '<&- >&- 2>&-', 0), ('. -o results', '2>&-', 0), ('. -o results', '>&-', 0),
    ('-', '<&- >b.png', 2), ('-', '<a.png >&-', 2)])
def test_closed_streams(model, tmp_path, source, redirected, status):
    (tmp_path/'a.png').write_bytes(encoded(gradient(), 'PNG'))
    line = f"{shlex.join(map(str, command(model)))} {source} {redirected}"
    done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True)
    assert done.returncode == status and b'Traceback' not in done.stderr
    made = [p for p in tmp_path.rglob('*.png') if p.name != 'a.png' or p.parent != tmp_path]
    if status: assert b'is closed' in done.stderr and not any(p.stat().st_size for p in made)
    else: check(*made, gradient())


# Forked processes, which have none of their parent's threads

FORKED = '''
import numpy, os, sys
import hypercol
gray = numpy.tile(numpy.arange(100, dtype='u1'), (80, 1))
{parent}
child = os.fork()
if child: sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
{child}
'''
USE, MAKE = 'hypercol.colorize(gray)', 'model = hypercol.Colorizer(); model.session'

@pytest.mark.skipif(sys.platform == 'win32', reason='needs fork')
@pytest.mark.parametrize('parent, child, status', [
    ('', USE, 0), (USE, '', 0), (MAKE, '', 0), (MAKE, USE, 0), (USE, USE, 1), (MAKE, 'model(gray)', 1)])
def test_a_forked_process_does_not_wait_forever(tmp_path, parent, child, status):
    code = FORKED.format(parent=parent, child=child)
    done = subprocess.run([sys.executable, '-c', code], cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == status and (b"by 'spawn'" in done.stderr) == bool(status)


# As a library

def test_the_library_says_what_the_command_writes(colorize, tmp_path, model):
    result = colorized(colorize, tmp_path, 'a.png', encoded(gradient(), 'PNG'))
    assert np.array_equal(hypercol.colorize(tmp_path/'a.png', model=model), vips(result).numpy())
    assert np.array_equal(hypercol.colorize(str(tmp_path/'a.png'), model), vips(result).numpy())

def check_close(result, reference, steps): # steps of 8 bits
    assert np.abs(result/np.iinfo(result.dtype).max - reference/255).max()*255 <= steps

@pytest.mark.parametrize('colored', [False, True])
def test_arrays(model, colored):
    picture = data.coffee()[:90, :120] if colored else gradient()
    reference = hypercol.colorize(picture, model)
    assert reference.dtype == np.uint8 and reference.shape == (*picture.shape[:2], 3)
    deep = hypercol.colorize(picture.astype(np.uint16)*257, model)
    assert deep.dtype == np.uint16
    check_close(deep, reference, .6)
    for dtype in (np.float16, np.float32, np.float64):
        floating = hypercol.colorize((picture/255).astype(dtype), model)
        assert floating.dtype == dtype
        assert np.abs(floating*255. - reference).max() <= (1 if dtype == np.float16 else .6)
    turned = np.asfortranarray(picture)[::-1] # neither contiguous nor writable
    turned.flags.writeable = False
    assert np.array_equal(hypercol.colorize(turned, model), hypercol.colorize(picture[::-1].copy(), model))

ALPHA = np.random.default_rng(1).integers(0, 256, (45, 70), dtype=np.uint8)

@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGB', 'RGBA', 'CMYK', 'I;16', 'YCbCr'])
def test_pillow_images(tmp_path, model, mode):
    gray = Image.fromarray(gradient())
    if mode == 'I;16': image = Image.fromarray(gradient().astype(np.uint16)*257)
    else: image = gray.convert(mode)
    if 'A' in mode: image.putalpha(Image.fromarray(ALPHA))
    before = np.asarray(image).copy()
    result = hypercol.colorize(image, model)
    assert isinstance(result, Image.Image) and result.size == image.size
    assert result.mode == ('RGBA' if 'A' in mode else 'RGB')
    assert np.array_equal(np.asarray(image), before)
    if 'A' in mode: assert np.array_equal(np.asarray(result)[..., 3], ALPHA)
    if mode == 'CMYK': image.save(tmp_path/'a.tif') # read as a file, inks are converted by their profile
    same = {'I;16': gradient(), 'CMYK': tmp_path/'a.tif'}.get(mode, np.asarray(image.convert('RGB')))
    reference = hypercol.colorize(same, model)
    assert np.abs(np.asarray(result)[..., :3].astype(int) - reference).max() <= 1

def test_a_pillow_image_keeps_what_it_carries(model):
    exif = Image.Exif()
    exif[0x112] = 6
    image = Image.open(io.BytesIO(encoded(gradient(), 'JPEG', exif=exif, dpi=(300, 300))))
    result = hypercol.colorize(image, model)
    assert result.size == image.size
    assert result.getexif()[0x112] == 6 # not turned
    assert result.info['dpi'] == (300, 300)

def test_a_path_keeps_its_depth(tmp_path, model):
    tifffile.imwrite(tmp_path/'a.tif', gradient().astype(np.uint16)*257)
    result = hypercol.colorize(tmp_path/'a.tif', model)
    assert result.dtype == np.uint16
    check_close(result, hypercol.colorize(gradient(), model), .6)

WRONG = {'four channels': np.zeros((4, 5, 4), np.uint8),
         'one row': np.zeros(5, np.uint8),
         'nothing': np.zeros((0, 5), np.uint8),
         'int': np.zeros((4, 5), int),
         'above 1': np.full((4, 5), 1.5),
         'below 0': np.full((4, 5), -.1),
         'nan': np.full((4, 5), np.nan),
         'bool': np.zeros((4, 5), bool),
         'text': ['a'],
         'none': None,
         'mode F': Image.new('F', (4, 5))}

@pytest.mark.parametrize('wrong', WRONG)
def test_what_is_no_picture(model, wrong):
    with pytest.raises(ValueError, match='expected|no defined white') as error:
        hypercol.colorize(WRONG[wrong], model)
    assert '\n' not in str(error.value)

def test_threads_share_a_colorizer(model):
    colorizer, pictures = Colorizer(model), [gradient(40 + 9*i, 300 - 5*i) for i in range(24)]
    expected = [Colorizer(model)(p) for p in pictures]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            for result, wanted in zip(pool.map(colorizer, pictures), expected):
                assert np.array_equal(result, wanted)


# Stopped in the middle

@pytest.fixture
def many(tmp_path): # a folder of sources that takes a second or two
    (tmp_path/'sources').mkdir()
    source = encoded(gradient(300, 400), 'PNG')
    for i in range(24): (tmp_path/'sources'/f'{i:02}.png').write_bytes(source)
    return tmp_path/'sources'

def stopped_at_work(model, many, results, jobs, sign): # after three more results; -> exit status, stderr
    before = len(list(results.glob('[!.]*')))
    def ready(): return len(list(results.glob('[!.]*'))) >= before + 3
    return stopped(command(model, many, '-o', results, '--jobs', jobs), ready, sign)[::2]

def check_whole(results): # no result is half written; all sources are alike, so all results must be
    first = None
    for path in sorted(results.glob('[!.]*')):
        first = first or path.read_bytes()
        assert path.read_bytes() == first, f'{path.name} differs from another result of the same photograph'
    check(path, gradient(300, 400))

@pytest.mark.skipif(sys.platform == 'win32', reason='needs signals')
@pytest.mark.parametrize('jobs', [1, 3])
def test_killed_and_repeated(model, colorize, many, tmp_path, jobs):
    sources, results, whole = contents(many), tmp_path/'results', tmp_path/'whole'
    assert colorize(many, '-o', whole)[0] == 0
    for _ in range(3):
        assert stopped_at_work(model, many, results, jobs, signal.SIGKILL)[0] == -signal.SIGKILL
        check_whole(results)
        assert len(list(results.glob('.*'))) <= jobs # temporaries
    made = {p: p.stat().st_mtime_ns for p in results.glob('[!.]*')}
    assert len(made) < len(sources)
    status, out, err = colorize(many, '-o', results, '--jobs', jobs)
    assert (status, err) == (0, '')
    assert out.startswith(f'{len(sources)} of {len(sources)} ') and f'{len(made)} of them by an earlier run' in out
    assert {p: p.stat().st_mtime_ns for p in made} == made # nothing was made twice
    assert contents(results) == contents(whole) # and temporaries are gone
    assert contents(many) == sources

@pytest.mark.skipif(sys.platform == 'win32', reason='needs signals')
@pytest.mark.parametrize('jobs', [1, 3])
@pytest.mark.parametrize('sign,status', [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=['SIGTERM', 'SIGINT'])
def test_stopped(model, many, tmp_path, sign, status, jobs):
    results = tmp_path/'results'
    assert stopped_at_work(model, many, results, jobs, sign) == (status, '')
    assert 3 <= len(contents(results)) < 24
    assert all(not name.startswith('.') for name in contents(results))
    check_whole(results)

@pytest.mark.skipif(sys.platform == 'win32', reason='needs signals')
@pytest.mark.parametrize('sign,status', [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=['SIGTERM', 'SIGINT'])
def test_a_large_photograph_is_not_waited_for(model, tmp_path, sign, status):
    (tmp_path/'large.png').write_bytes(encoded(gradient(5000, 6000), 'PNG', compress_level=1))
    def begun(): return list(tmp_path.glob('.*')) # the temporary file of its result
    assert stopped(command(model, tmp_path/'large.png'), begun, sign)[::2] == (status, '')
    assert sorted(p.name for p in tmp_path.iterdir()) == ['large.png'] # otherwise its result would be here

@pytest.mark.skipif(sys.platform == 'win32', reason='needs SIGKILL')
def test_temporaries_are_swept_when_nobody_writes_them(model, colorize, many, tmp_path):
    large = tmp_path/'large.png'
    large.write_bytes(encoded(gradient(2500, 3000), 'PNG', compress_level=1))
    results = tmp_path/'results'
    results.mkdir()
    (results/'.gone.png.hypercol-tmp').write_bytes(b'left by a process that was killed')
    (results/'.notes').write_bytes(b'none of ours')
    process = subprocess.Popen(command(model, large, '-o', results/'large.png'), stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None and not list(results.glob('.large*')): time.sleep(.002)
        time.sleep(.1) # between making the file and locking it
        process.send_signal(signal.SIGSTOP) # the process still exists, however long it does nothing
        assert colorize(many, '-o', results)[0] == 0
        assert sorted(p.name for p in results.glob('.*')) == ['.large.png.hypercol-tmp', '.notes']
        status, _, err = colorize(large, '-o', results/'large.png')
        assert status == 2 and 'another' in err and err.count('\n') == 1 # two processes must not write one file
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 0
    finally: process.kill()
    check(results/'large.png', gradient(2500, 3000), chroma=None)

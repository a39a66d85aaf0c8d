"Settings are checked once, a mark says whether a result is done, a command is a guest in the process that runs it."
import json, re, shutil, signal, sys, threading
from pathlib import Path
import numpy as np, pytest, tifffile
from PIL import Image
import hypercol
from hypercol.cli import run
from hypercol.core import HypercolError
from hypercol.paint.settings import Mark, Settings, knobs
from hypercol.paint.colorizer import Colorizer
from hypercol.photo.color import lightness
from hypercol.photo.read import read_photo
from hypercol.photo.write import read_mark, write_photo
from house import contents, stopped
from models import known_ab, tiny_model, warm_model, write_card

FIXTURES = Path(__file__).parent/'fixtures'/'0.1'
PICTURE = np.linspace(20, 235, 45*70).reshape(45, 70).astype(np.uint8)




@pytest.fixture(scope='module')
def warm(tmp_path_factory): return warm_model(tmp_path_factory.mktemp('warm'))

# Settings

WRONG = [*(dict(saturation=v) for v in (float('nan'), np.nan, -3, float('inf'), 11, '1', '', None, True, [1])),
         *(dict(size=v) for v in (0, 20, -256, 4096, 64.5, float('nan'), '256', 'big', None, True)),
         *(dict(temperature=v) for v in (0, .05, -1, 3, float('nan'), '1', True)),
         *(dict(quality=v) for v in (0, 101, -1, 90.5, float('nan'), '90', True))]

@pytest.mark.parametrize('wrong', WRONG, ids=str)
def test_the_library_refuses(model, tmp_path, wrong):
    colorizer, path = Colorizer(model), tmp_path/'a.png'
    Image.fromarray(PICTURE).save(path)
    before, [name] = contents(tmp_path), wrong
    for call in (lambda: Settings(**wrong), lambda: colorizer(PICTURE, **wrong),
                 lambda: colorizer.predict(PICTURE/2.55, **wrong),
                 *(lambda p=p: hypercol.colorize(p, model, **wrong) for p in (PICTURE, path, Image.open(path)))):
        with pytest.raises(ValueError, match=f'^{name}: expected .* got ') as error: call()
        assert '\n' not in str(error.value)
    assert contents(tmp_path) == before

def test_an_unknown_setting(model):
    with pytest.raises(TypeError, match='satturation'): hypercol.colorize(PICTURE, model, satturation=1)

@pytest.mark.parametrize('name', [f.name for f in knobs()])
def test_the_command_line_reads_the_limits(colorize, tmp_path, capfd, warm, name):
    limits = {f.name: f.metadata for f in knobs()}[name]
    Image.fromarray(PICTURE).save(tmp_path/'a.jpg')
    for value, status in ((limits['low'], 0), (limits['high'], 0), (limits['low'] - 1, 2), (limits['high'] + 1, 2)):
        assert colorize(tmp_path/'a.jpg', f'--{name}={value}', '--overwrite', model=warm)[0] == status
    assert run(['colorize', '--help']) == 0
    told = f"{limits['help']}; {limits['low']} to {limits['high']}"
    assert told in ' '.join(capfd.readouterr().out.split())

def test_auto_is_a_number(model):
    assert np.array_equal(hypercol.colorize(PICTURE, model), hypercol.colorize(PICTURE, model, size=256, saturation=1))


# A temperature, for models that predict a distribution

def test_a_temperature_reaches_the_model(warm):
    L = lightness(np.full((32, 32, 3), 128, np.uint8))
    for given, T in (({}, .5), (dict(temperature=.5), .5), (dict(temperature=2), 2)):
        ab = Colorizer(warm).predict(L, **given)
        assert np.allclose(ab, known_ab(128/255)/T, atol=.1)
    assert np.allclose(Colorizer(warm).predict(L, saturation=.5), known_ab(128/255), atol=.1)

def test_the_mark_names_the_temperature_where_the_model_has_one(colorize, tmp_path, warm, model):
    for name, used in (('warm', warm), ('tiny', model)):
        source, result = tmp_path/f'{name}.png', tmp_path/f'{name}.jpg'
        Image.fromarray(PICTURE).save(source)
        assert colorize(source, '-o', result, model=used) == (0, f'{result}\n', '')
        assert (', temperature 0.5, source' in read_mark(result)) == (name == 'warm')
        assert str(Mark.read(read_mark(result))) == read_mark(result)
    source, result = tmp_path/'warm.png', tmp_path/'warm.jpg'
    for options, status in (([], 'already'), (['--temperature', '.50'], 'already'), (['--temperature', 1], 'earlier')):
        done = colorize(source, '-o', result, '--report', tmp_path/'report', *options, model=warm)
        assert done[0] == 0 and json.loads((tmp_path/'report').read_text())['status'] == status
    assert colorize(source, '-o', result, '--temperature', 1, '--overwrite', model=warm)[0] == 0
    assert Mark.read(read_mark(result)).settings == Settings(temperature=1)

def test_a_model_without_a_distribution_takes_no_temperature(colorize, tmp_path, model):
    album = tmp_path/'in'
    album.mkdir()
    for name in ('a.png', 'b.png'): Image.fromarray(PICTURE).save(album/name)
    before = contents(tmp_path)
    for source in ([album/'a.png'], [album], [album/'a.png', album/'b.png', '-o', tmp_path/'out']):
        status, out, err = colorize(*source, '--temperature', .6)
        assert (status, out, err.count('\n')) == (2, '', 1) and 'takes no temperature' in err
    assert contents(tmp_path) == before
    for call in (lambda: hypercol.colorize(PICTURE, model, temperature=.6),
                 lambda: Colorizer(model).predict(PICTURE/np.float32(2.55), temperature=.6)):
        with pytest.raises(HypercolError, match='takes no temperature'): call()


# A result is known by its mark

@pytest.fixture
def album(colorize, tmp_path): # -> a folder with three photographs in "in" and their results in "out"
    (tmp_path/'in').mkdir()
    for i, name in enumerate(('a.jpg', 'b.png', 'c.tif')):
        Image.fromarray(PICTURE + np.uint8(i)).save(tmp_path/'in'/name)
    assert colorize(tmp_path/'in', '-o', tmp_path/'out')[::2] == (0, '')
    return tmp_path

def again(colorize, album, *options, **more): # -> exit status, stdout, stderr, statuses in the report
    report = album/'report'
    done = colorize(album/'in', '-o', album/'out', '--report', report, *options, **more)
    return *done, [json.loads(line)['status'] for line in report.read_text().splitlines()]

def marked_anew(path, change): # writes the result again, with another mark
    line = read_mark(path)
    write_photo(path, read_photo(path), mark=change(line))
    assert read_mark(path) == change(line) != line

SAME = dict(version=('hypercol 0', 'hypercol 9'), name=('model tiny', 'model vivid (new)'),
            auto=('size 256', 'size auto'))

@pytest.mark.parametrize('change', SAME)
def test_what_makes_no_difference(colorize, album, change):
    for path in (album/'out').iterdir(): marked_anew(path, lambda line: line.replace(*SAME[change]))
    before = contents(album/'out')
    told = '3 of 3 photographs colorized, 3 of them by an earlier run\n'
    assert again(colorize, album) == (0, told, '', ['already']*3)
    assert contents(album/'out') == before

def test_auto_and_its_number_are_the_same(colorize, album):
    for options in (['--size', 256], ['--size', 'auto'], ['--saturation', '1.0']):
        assert again(colorize, album, *options)[3] == ['already']*3

@pytest.mark.parametrize('change', ['weights', 'size', 'saturation'])
def test_earlier_results(colorize, album, change):
    before, model = contents(album/'out'), {}
    options = dict(size=['--size', 64], saturation=['--saturation', .5]).get(change, [])
    if change == 'weights': # of the same name
        graph = tiny_model(album)
        # Empty training information: the network stays, the file differs
        with open(graph, 'ab') as file: file.write(b'\xa2\x06\x00')
        write_card(graph)
        model = dict(model=graph)
    status, out, err, statuses = again(colorize, album, *options, **model)
    assert (status, out, statuses) == (0, '0 of 3 photographs colorized\n', ['earlier']*3)
    assert contents(album/'out') == before
    assert re.fullmatch(r'hypercol: 3 results of another model or other settings.*--overwrite.*\n', err)
    anew = again(colorize, album, *options, '--overwrite', **model)
    assert anew == (0, '3 of 3 photographs colorized\n', '', ['done']*3)
    assert again(colorize, album, *options, **model)[3] == ['already']*3
    assert all(Mark.read(read_mark(p)) for p in (album/'out').iterdir())
    assert contents(album/'out').keys() == before.keys()

def test_a_source_that_was_changed_since(colorize, album): # the result of another source counts as any existing file
    Image.fromarray(PICTURE[::-1]).save(album/'in'/'b.png')
    before = contents(album/'out')
    status, out, err, statuses = again(colorize, album)
    assert (status, out) == (1, '2 of 3 photographs colorized, 2 of them by an earlier run\n')
    assert sorted(statuses) == ['already', 'already', 'failed']
    assert err.count('\n') == 1 and 'b.png: already exists' in err and contents(album/'out') == before
    assert again(colorize, album, '--overwrite')[0] == 0 and contents(album/'out') != before

def test_all_kinds_of_results_at_once(colorize, album):
    (album/'out'/'a.jpg').write_bytes(b'precious')
    marked_anew(album/'out'/'b.png', lambda line: line.replace('saturation 1.0', 'saturation 0.9'))
    Image.fromarray(PICTURE).save(album/'in'/'d.png')
    status, out, err, statuses = again(colorize, album)
    assert (status, out) == (1, '2 of 4 photographs colorized, 1 of them by an earlier run\n')
    assert sorted(statuses) == ['already', 'done', 'earlier', 'failed']
    assert err.count('\n') == 2 and 'a.jpg: already exists' in err and '1 results of another model' in err

def test_one_earlier_result(colorize, album):
    source, result = album/'in'/'b.png', album/'out'/'b.png'
    for timings in ([], ['--timings']):
        status, out, err = colorize(source, '-o', result, '--size', 64, *timings)
        assert (status, out, err.count('\n')) == (0, '', 1)
        assert f'{result}: made by another model' in err and '--overwrite' in err

@pytest.mark.parametrize('name', sorted(p.name for p in (FIXTURES/'results').iterdir()))
def test_results_of_0_1_stay(colorize, tmp_path, name):
    stem, suffix = name.split('.')
    source = dict(bmp='plain.bmp', pgm='plain.pgm').get(stem, name)
    if not (FIXTURES/'sources'/source).exists(): source = 'plain.jpg'
    options = {'size64': ['--size', 64], 'paler': ['--saturation', '.75']}.get(stem, [])
    result = tmp_path/'out'/name
    result.parent.mkdir()
    shutil.copy(FIXTURES/'results'/name, result)
    model = 'default' if stem == 'shipped' else FIXTURES/'model'/'tiny.onnx'
    before, mark = contents(tmp_path/'out'), Mark.read(read_mark(result))
    assert mark and mark.version == '0.1.0'
    source, report = FIXTURES/'sources'/source, tmp_path/'report'
    done = colorize(source, '-o', result, '--report', report, *options, model=model)
    # the shipped weights of 0.1 are not those of today
    assert done[:2] == (0, '' if stem == 'shipped' else f'{result}\n') and contents(tmp_path/'out') == before
    assert json.loads(report.read_text())['status'] == ('earlier' if stem == 'shipped' else 'already')


# What an array can hold

def test_a_path_with_transparency(model, tmp_path):
    alpha = PICTURE[::-1]
    for dtype, step in ((np.uint8, 1), (np.uint16, 257)):
        deep = PICTURE.astype(dtype)*step
        stored = np.dstack([deep]*3 + [alpha.astype(dtype)*step])
        tifffile.imwrite(tmp_path/'a.tif', stored, photometric='rgb', extrasamples=['unassalpha'])
        result = hypercol.colorize(tmp_path/'a.tif', model)
        assert result.dtype == dtype and np.array_equal(result[..., 3], alpha.astype(dtype)*step)
        assert np.array_equal(result[..., :3], hypercol.colorize(deep, model))

def test_a_path_with_pages(model, tmp_path):
    tifffile.imwrite(tmp_path/'a.tif', np.stack([PICTURE]*3), photometric='minisblack')
    with pytest.raises(HypercolError, match='a.tif: has 3 pages.*colorize_file') as error:
        hypercol.colorize(tmp_path/'a.tif', model)
    assert '\n' not in str(error.value)


# A guest in somebody's process

def test_run_returns_a_status(capfd, tmp_path): # also where argparse would end the process
    def owned(): return *map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)), sys.stdout, sys.stdout.errors
    before, gone = owned(), ['colorize', tmp_path/'gone.jpg']
    for argv, status in ((['--version'], 0), (['--help'], 0), ([], 2), (['nonsense'], 2), (gone, 2), (['models'], 0)):
        assert run(argv) == status
    assert owned() == before

def test_run_in_a_thread(model, tmp_path):
    Image.fromarray(PICTURE).save(tmp_path/'a.png')
    found = []
    thread = threading.Thread(target=lambda: found.append(run(['colorize', tmp_path/'a.png', '--model', model])))
    thread.start()
    thread.join()
    assert found == [0]

GUEST = '''
import signal, sys, threading, time
from pathlib import Path
from hypercol.cli import run
model, results, *sources = sys.argv[1:]
ticks = []
def tick():
    while True:
        ticks.append(0)
        time.sleep(.01)
threading.Thread(target=tick, daemon=True).start()
handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
try: run(['colorize', *sources, '-o', results, '--jobs', '3', '--model', model])
except KeyboardInterrupt: print('interrupted', flush=True)
def found(): return sorted(p.name for p in Path(results).iterdir())
now, n = found(), len(ticks)
assert not [name for name in now if name.startswith('.')], now
time.sleep(.5)
assert found() == now and len(ticks) > n
assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
print(len(now), 'alive')
'''

@pytest.mark.skipif(sys.platform == 'win32', reason='needs signals')
@pytest.mark.parametrize('shape', [(300, 400), (2500, 3000)], ids=['many', 'large'])
def test_an_interrupt_leaves_the_process_alive(model, tmp_path, shape):
    picture, n = np.resize(PICTURE, shape), 40 if shape[0] < 1000 else 6
    sources, results = tmp_path/'in', tmp_path/'out'
    for folder in (sources, results): folder.mkdir()
    for i in range(n): Image.fromarray(picture).save(sources/f'{i:02}.png', compress_level=1)
    def ready(): return list(results.glob('.*')) # a temporary file: a result is being written
    status, out, err = stopped([sys.executable, '-c', GUEST, model, results, sources], ready, signal.SIGINT)
    assert status == 0 and err == '', (out, err)
    made = re.fullmatch(r'interrupted\n(\d+) alive\n', out)
    assert made and int(made[1]) < n
    for path in results.iterdir(): assert read_photo(path).rgb.shape == (*shape, 3)

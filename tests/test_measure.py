"A metric is one entry, a baseline is one entry, and a set is known by its photographs."
import csv, hashlib, io, json, shlex, sys, tarfile
from dataclasses import FrozenInstanceError, fields, replace
import numpy as np, pytest
from PIL import Image
from hypercol import cli
from hypercol.core import HypercolError
from hypercol.measure import sets
from hypercol.measure.build import build_set
from hypercol.measure.evaluate import Predictions, evaluate, evaluate_sets, measure, touches_of
from hypercol.measure.protocol import Protocol, protocol_of
from hypercol.measure.registry import METRICS, Metric, told_keys
from hypercol.measure.report import Report, card_figures, pooled, printed_command
from hypercol.measure.sets import HELDOUT, KNOWN, KnownSet, PhotoSet, known_set, list_sha256, open_set
from hypercol.paint.card import load_model
from hypercol.photo.color import srgb_to_lab
from hypercol.photo.metrics import psnr
from house import ROOT

def lab(rgb): return srgb_to_lab(rgb.astype(np.float32)/255)
def mean_delta_e(result, original): return float(np.linalg.norm(lab(result) - lab(original), axis=-1).mean())
DELTA_E = Metric('delta_e', 'ΔE', mean_delta_e, '.1f', better='less', interval=True, gain='delta_e_gain')

class Tint:
    "A method whose answer is one color."
    def __init__(self, name, a, b): self.name, self.ab = name, np.float32([a, b])
    def predict(self, L): return np.broadcast_to(self.ab, (*L.shape, 2))

WARM, COLD = Tint('warm', 10, 20), Tint('cold', -5, -20)

def save_photographs(folder, n=4, seed=0, side=24): # smooth colors
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for i in range(n):
        coarse = Image.fromarray(rng.integers(60, 200, (4, 5, 3), np.uint8))
        coarse.resize((side + 8, side), Image.Resampling.BICUBIC).save(folder/f'{i:04}.png')
    return folder

@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    here = tmp_path_factory.mktemp('sets')
    return [save_photographs(here/'one'), save_photographs(here/'two', 3, seed=1)]


# the registry

@pytest.fixture(scope='module')
def report(folders): return Report(evaluate_sets(folders, [WARM, COLD], (1., .5), (*METRICS, DELTA_E)))

def by_hand(folder, method): # mean of the metric
    photos = open_set(folder)
    predictions = Predictions(photos, [method])
    return [mean_delta_e(predictions.result(method.name, i), p) for i, p in enumerate(photos.pictures)]

def test_a_new_metric_is_in_every_table(report):
    tables = [part for part in report.table().split('\n\n') if part.startswith('| method')]
    assert len(tables) == 2*2 + 2
    for table in tables:
        head = [cell.strip() for cell in table.splitlines()[0].strip('|').split('|')]
        ends = '' if table in tables[-2:] else ' [95 %]'
        own = [f'PSNR, dB{ends}', 'SSIM', 'CF', 'ΔCF', 'ΔE2000', f'ΔE{ends}']
        gains = [f'PSNR − mean ab{ends}', f'mean ab − ΔE{ends}']
        assert head == ['method', 'saturation', *own, *gains]
    averaging = 'averaging  PSNR over RGB, SSIM, CF, ΔE2000 and ΔE for each picture, then the mean'
    assert report.table().count(averaging) == 2

def test_a_new_metric_is_in_json(report, folders, tmp_path):
    report.to_json(tmp_path/'r.json')
    told = json.loads((tmp_path/'r.json').read_text(encoding='utf-8'))
    expected = by_hand(folders[0], WARM)
    row = next(r for r in told['sets'][0]['rows'] if r['method'] == 'warm' and r['saturation'] == 1)
    assert row['per_picture']['delta_e'] == pytest.approx(expected)
    assert row['delta_e'] == pytest.approx(np.mean(expected))
    assert row['delta_e_low'] <= row['delta_e'] <= row['delta_e_high']
    tint = next(r for r in told['sets'][0]['rows'] if r['method'] == 'mean ab')
    assert row['delta_e_gain'] == pytest.approx(tint['delta_e'] - row['delta_e']) # less is better
    assert {'delta_e_gain_low', 'delta_e_gain_high'} <= row.keys() and 'delta_delta_e' not in row
    pooled = next(r for r in told['pooled'] if r['method'] == 'warm' and r['saturation'] == 1)
    assert pooled['delta_e'] == pytest.approx(np.mean([np.mean(by_hand(f, WARM)) for f in folders]))

def test_a_new_metric_is_in_csv(report, folders, tmp_path):
    report.to_csv(tmp_path/'r.csv')
    rows = list(csv.DictReader((tmp_path/'r.csv').open(encoding='utf-8')))
    wanted = dict(set='one', method='cold', at='own', saturation='1.0')
    found = [float(r['delta_e']) for r in rows if wanted.items() <= r.items()]
    assert found == pytest.approx(by_hand(folders[0], COLD))

def test_a_new_metric_is_in_the_card(report):
    for figures in card_figures(report, 'a command'):
        for row in figures['rows'] + figures['equal']: assert {'delta_e', 'delta_e_low', 'delta_e_gain'} <= row.keys()

def test_a_metric_like_the_originals_is_told_beside_them(folders, tmp_path):
    light = Metric('light', 'light', lambda result, original: float(result.mean()), better='like the originals')
    report = Report([evaluate([WARM], open_set(folders[0]), metrics=(*METRICS, light))])
    report.to_csv(tmp_path/'r.csv')
    report.to_json(tmp_path/'r.json')
    told = json.loads((tmp_path/'r.json').read_text(encoding='utf-8'))['sets'][0]
    means = [float(p.mean()) for p in open_set(folders[0]).pictures]
    assert told['light_originals'] == pytest.approx(means)
    assert told['mean_light_originals'] == pytest.approx(np.mean(means))
    gray = told['rows'][0]
    assert gray['delta_light'] == pytest.approx(abs(np.mean(gray['per_picture']['light']) - np.mean(means)))
    head = next(csv.reader((tmp_path/'r.csv').open(encoding='utf-8')))
    assert head[5:] == ['psnr', 'ssim', 'cf', 'delta_e2000', 'light', 'cf_original', 'light_original']
    assert 'mean CF of the originals' in report.table() and 'mean light of the originals' in report.table()

def test_keys_on_disk_are_those_of_0_1(folders, tmp_path):
    old = json.loads((ROOT/'tests'/'fixtures'/'0.1'/'card.json').read_text(encoding='utf-8'))['figures'][0]
    report = Report([evaluate([WARM, COLD], open_set(folders[0]), metrics=METRICS[:3])]) # later ones come behind
    new, = card_figures(report, 'a command')
    assert list(new) == list(old) and list(new['protocol']) == list(old['protocol'])
    for kind in ('rows', 'equal', 'differences_equal'): assert list(new[kind][0]) == list(old[kind][0])
    for key in ('gamut', 'rounding', 'averaging', 'ssim', 'intervals'):
        assert new['protocol'][key] == old['protocol'][key]
    report.to_json(tmp_path/'r.json')
    report.to_csv(tmp_path/'r.csv')
    told, = json.loads((tmp_path/'r.json').read_text(encoding='utf-8'))['sets']
    assert list(told) == ['protocol', 'pictures', 'cf_originals', 'mean_cf_originals',
                          'rows', 'equal', 'differences', 'differences_equal']
    assert list(told['rows'][0]) == [*old['rows'][0], 'per_picture']
    assert list(told['rows'][0]['per_picture']) == ['psnr', 'ssim', 'cf']
    head = next(csv.reader((tmp_path/'r.csv').open(encoding='utf-8')))
    assert head == ['set', 'picture', 'method', 'at', 'saturation', 'psnr', 'ssim', 'cf', 'cf_original']

def test_metrics_since_0_1_only_add_keys(folders, tmp_path):
    old = json.loads((ROOT/'tests'/'fixtures'/'0.1'/'card.json').read_text(encoding='utf-8'))['figures'][0]
    report = Report([evaluate([WARM, COLD], open_set(folders[0]))])
    new, = card_figures(report, 'a command')
    added = {key for m in METRICS[3:] for key in told_keys(m)}
    assert 'delta_e2000' in added and 'delta_e2000_low' not in added
    for kind in ('rows', 'equal'):
        assert added <= new[kind][0].keys() and [k for k in new[kind][0] if k not in added] == list(old[kind][0])
    report.to_csv(tmp_path/'r.csv')
    rows = list(csv.DictReader((tmp_path/'r.csv').open(encoding='utf-8')))
    of_gray = [float(r['delta_e2000']) for r in rows if r['method'] == 'gray']
    assert np.mean(of_gray) == pytest.approx(new['rows'][0]['delta_e2000']) and min(of_gray) > 0
    assert '| ΔCF ' in report.table() and '| ΔE2000 |' in report.table()

@pytest.mark.parametrize('metrics,reason', [
    (METRICS[:1], 'gray'), ((*METRICS, METRICS[1]), 'ssim'), ((*METRICS, replace(DELTA_E, key='gain')), 'gain')])
def test_metrics_that_cannot_stand_together(folders, metrics, reason):
    with pytest.raises(ValueError, match=reason): evaluate([WARM], open_set(folders[0]), metrics=metrics)


# sets

def test_known_sets_are_those_the_card_was_measured_on():
    measured = {f['set']: (f['protocol']['sha256'], f['protocol']['name']) for f in load_model().figures}
    assert {known.name: (known.sha256, known.protocol) for known in KNOWN} == measured
    assert {known.name for known in HELDOUT} == {'div2k_test50', 'imagenet400', 'bsds500_test', 'kodak24'}

@pytest.fixture
def kodak(tmp_path, monkeypatch): # a folder of photographs that take the part of kodak24
    folder = save_photographs(tmp_path/'kodak24', side=256)
    files = sorted(folder.iterdir())
    digests = [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]
    stand_in = KnownSet('kodak24', list_sha256(digests, [f'kodak24/{f.name}' for f in files]), held_out=True)
    monkeypatch.setattr(sets, 'KNOWN', (stand_in,))
    return folder

def test_a_renamed_tar_is_still_held_out(kodak, tmp_path):
    with tarfile.open(tmp_path/'my photographs.tar', 'w') as tar: tar.add(kodak, 'kodak24')
    photos = open_set(tmp_path/'my photographs.tar')
    assert (photos.name, protocol_of(photos).name) == ('kodak24', 'heldout-256')
    assert photos == open_set(kodak) and protocol_of(photos) == protocol_of(open_set(kodak))

@pytest.mark.parametrize('inside', ['mine/', ''])
def test_a_renamed_folder_is_still_held_out(kodak, tmp_path, inside):
    with tarfile.open(tmp_path/'a.tar', 'w') as tar:
        for file in sorted(kodak.iterdir()): tar.add(file, inside + file.name)
    for path in (tmp_path/'a.tar', kodak.rename(tmp_path/'mine')):
        photos = open_set(path)
        assert (photos.name, protocol_of(photos).name) == ('kodak24', 'heldout-256')
        assert photos.sha256 == sets.KNOWN[0].sha256

def test_other_photographs_in_a_folder_called_kodak24(kodak, tmp_path):
    others = save_photographs(tmp_path/'others'/'kodak24', seed=7, side=256)
    assert protocol_of(open_set(others)).name == 'as-stored'
    (kodak/'0003.png').unlink()
    assert protocol_of(open_set(kodak)).name == 'as-stored' # one is missing
    assert known_set([], []) is None

def test_a_set_is_a_value(folders):
    photos = open_set(folders[0])
    with pytest.raises(FrozenInstanceError): photos.name = 'another'
    assert photos == replace(photos, name='another') and photos != open_set(folders[1])
    with pytest.raises(ValueError, match='3 names for 4 photographs'): replace(photos, names=photos.names[1:])
    with pytest.raises(ValueError, match='64 digits'): PhotoSet('x', (), (), 'abc')

def test_protocols_are_equal_where_figures_can_be_compared(folders):
    protocol = protocol_of(open_set(folders[0]))
    assert protocol == replace(protocol, set='renamed', versions='numpy 9')
    for field in {f.name for f in fields(Protocol)} - {'set', 'versions'}:
        otherwise = dict(name='heldout-256', n=99).get(field, 'otherwise')
        assert protocol != replace(protocol, **{field: otherwise}), field
    with pytest.raises(ValueError, match='heldout-256, validation-256, as-stored'): replace(protocol, name='mine')


# by name, and from originals

def test_a_known_set_by_its_name(kodak, tmp_path, monkeypatch, capsys):
    (tmp_path/'sets').mkdir()
    with tarfile.open(tmp_path/'sets'/'kodak24.tar', 'w') as tar: tar.add(kodak, 'kodak24')
    (tmp_path/'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path/'elsewhere')
    monkeypatch.setenv('SETS', str(tmp_path/'sets'))
    assert open_set('kodak24') == open_set(kodak)
    assert cli.run(['evaluate', 'kodak24', '--model', 'default']) == 0
    assert 'heldout-256' in capsys.readouterr().out
    save_photographs(tmp_path/'elsewhere'/'kodak24', seed=7) # a file or folder of that name comes first
    assert open_set('kodak24').known is None
    monkeypatch.chdir(tmp_path/'sets')
    monkeypatch.delenv('SETS')
    assert open_set('kodak24') == open_set(kodak) # without SETS: the current folder

def test_a_known_set_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv('SETS', str(tmp_path))
    for known in KNOWN:
        assert cli.run(['evaluate', known.name]) == 2
        error, = capsys.readouterr().err.splitlines()
        assert f"build_set('{known.name}', FOLDER)" in error and 'github.com/' in error

@pytest.fixture
def originals(tmp_path, monkeypatch): # of a set called 'small', whose list is made here
    rng, rows = np.random.default_rng(0), ['name\tsource\tsha256\tlicense']
    (tmp_path/'originals').mkdir()
    for i, size in enumerate([(600, 400), (400, 500), (900, 300)]): # width, height
        coarse = Image.fromarray(rng.integers(60, 200, (4, 5, 3), np.uint8))
        file = tmp_path/'originals'/f'{9 - i}.png'
        coarse.resize(size, Image.Resampling.BICUBIC).save(file)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        rows.append(f'small/{i:04}.webp\tsomebody/photographs@0123456789ab:{i}.png\t{digest}\tnone')
    (tmp_path/'small.tsv').write_text('\n'.join(rows) + '\n')
    monkeypatch.setattr(sets, 'LISTS', tmp_path)
    monkeypatch.setattr(sets, 'KNOWN', (KnownSet('small', '0'*64, held_out=True),))
    monkeypatch.setenv('SETS', str(tmp_path))
    return tmp_path/'originals'

def test_a_set_is_built_from_its_originals(originals, tmp_path):
    built = build_set('small', originals)
    assert built.names == ('small/0000.webp', 'small/0001.webp', 'small/0002.webp')
    assert built == open_set('small') and built.known is None
    boxes = (0, 0, 600, 400), (0, 0, 400, 500), (150, 0, 750, 300) # the last is wider than 2:1
    for i, (picture, box, size) in enumerate(zip(built.pictures, boxes, [(384, 256), (256, 320), (512, 256)])):
        with Image.open(originals/f'{9 - i}.png') as image:
            image.crop(box).resize(size, Image.Resampling.LANCZOS).save(file := io.BytesIO(), 'WEBP', quality=95)
        expected = np.asarray(Image.open(file)).astype(float)
        assert picture.shape == expected.shape and abs(picture - expected).max() <= 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ['originals', 'small.tar', 'small.tsv']
    with pytest.raises(HypercolError, match='already exists'): build_set('small', originals)

def test_a_set_lacks_an_original(originals, tmp_path):
    (originals/'8.png').rename(originals/'any name')
    with open(originals/'7.png', 'ab') as file: file.write(b'?') # no longer the original
    with pytest.raises(HypercolError) as caught: build_set('small', originals)
    assert '1 of the 3 originals of small are not in it: 2.png' in str(caught.value)
    assert 'github.com/somebody/photographs at 0123456789ab' in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1 and not (tmp_path/'small.tar').exists()

def test_the_command_in_a_card_runs_as_printed(kodak, tmp_path, monkeypatch, capsys):
    with tarfile.open(tmp_path/'kodak24.tar', 'w') as tar: tar.add(kodak, 'kodak24')
    command = printed_command('kodak24', ['default', f"dahl2016:{tmp_path/'peer.safetensors'}"], (1., .75))
    assert str(tmp_path) not in command
    program, *arguments = shlex.split(command.replace('$SETS', str(tmp_path)).replace('$PEERS', str(tmp_path)))
    assert program == 'hypercol' and cli.parser().parse_args(arguments).source == [str(tmp_path/'kodak24.tar')]
    monkeypatch.setattr(cli, 'method', lambda name: {'default': WARM}.get(name, COLD))
    assert cli.run(arguments) == 0
    assert '| cold    | 0.750' in capsys.readouterr().out


# methods

def test_a_new_baseline_is_one_entry(tmp_path, monkeypatch, folders, capsys):
    (tmp_path/'somebody2020.py').write_text('''
import numpy as np
class Somebody2020:
    name = 'somebody2020'
    def __init__(self, path): self.path = path
    def predict(self, L): return np.full((*L.shape, 2), 12, np.float32)
''')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.BASELINES, 'somebody2020', ('somebody2020', 'Somebody2020'))
    assert 'somebody2020' not in sys.modules # loaded only where it is asked for
    assert cli.method('somebody2020:C:/weights').path == 'C:/weights'
    assert cli.run(['evaluate', str(folders[0]), '--model', 'somebody2020:weights']) == 0
    assert '| somebody2020 | 1.000' in capsys.readouterr().out
    assert cli.run(['evaluate', '--help']) == 0
    assert 'somebody2020:PATH' in ''.join(capsys.readouterr().out.split())

@pytest.mark.parametrize('name', [
    'somebody2020:weights', 'dahl2016:nowhere.safetensors', 'dahl2016:', 'dahl2016', 'nowhere.onnx'])
def test_a_method_that_is_not_there_is_one_line(name):
    with pytest.raises(HypercolError) as caught: cli.method(name)
    assert len(str(caught.value).splitlines()) == 1

def test_a_row_has_what_the_metrics_say(folders):
    row = measure(Predictions(open_set(folders[0]), [WARM]), 'warm', metrics=(DELTA_E,))
    assert list(row.values) == ['delta_e'] and row['delta_e'].shape == (4,)


# touches

class Dots:
    "A method that paints the touched pixels and nothing else."
    name = 'dots'
    def predict(self, L, touches=()):
        ab = np.zeros((*L.shape, 2), np.float32)
        for t in touches: ab[t.y, t.x] = t.ab
        return ab

class Deaf(Tint):
    "A method that accepts any setting, and uses the saturation alone."
    def predict(self, L, saturation=1., **settings): return saturation*super().predict(L)

DEAF = Deaf('deaf', 10, 20)

@pytest.fixture(scope='module')
def helped(folders): return Report(evaluate_sets(folders, [WARM, Dots(), DEAF], (1., .5), touches=(1, 50)))

def rows_of(report, i=0): return {(r.method, r.saturation, r.told): r for r in report.results[i].rows}

def test_touches_are_true_colors_of_random_pixels(folders):
    picture = open_set(folders[0]).pictures[0]
    many = touches_of(picture, 0, 50)
    assert many == touches_of(picture, 0, 50) and many[:5] == touches_of(picture, 0, 5)
    order = np.random.default_rng([0, 0]).permutation(picture.shape[0]*picture.shape[1])[:50]
    assert [t.y*picture.shape[1] + t.x for t in many] == order.tolist()
    for t in many: assert t.ab == pytest.approx(lab(picture)[t.y, t.x, 1:].tolist(), abs=1e-3)
    assert touches_of(picture, 1, 5) != many[:5]

def test_rows_with_touches_come_last_grouped_by_their_number(helped):
    told = [(r.method, r.saturation, r.told) for r in helped.results[0].rows]
    assert told[:2] == [('gray', 1, 'nothing'), ('mean ab', 1, 'nothing')]
    assert told[2:8] == [(name, s, 'nothing') for name in ('warm', 'dots', 'deaf') for s in (1, .5)]
    asked = ('dots', 1), ('deaf', 1), ('deaf', .5)
    assert told[8:] == [(*row, n) for n in ('1 touch', '50 touches') for row in asked]

def test_dots_by_hand(helped, folders):
    row, plain = (rows_of(helped)['dots', 1, told]['psnr'] for told in ('50 touches', 'nothing'))
    for i, picture in enumerate(open_set(folders[0]).pictures):
        by_hand = Predictions(open_set(folders[0]), []).result('gray', i)
        assert plain[i] == pytest.approx(psnr(by_hand, picture))
        for t in touches_of(picture, i, 50): by_hand[t.y, t.x] = picture[t.y, t.x]
        assert row[i] == pytest.approx(psnr(by_hand, picture), abs=1e-2) # predictions have half precision
    figures = next(f for f in helped.results[0].figures(helped.results[0].rows)
                   if (f['method'], f['told']) == ('dots', '50 touches'))
    assert figures['told_gain'] == pytest.approx(np.mean(row - plain)) and figures['told_gain_low'] > 0
    assert 'gain' not in figures # mean ab was told nothing

def test_a_method_that_ignores_touches_gains_nothing(helped):
    rows = rows_of(helped)
    for s in (1, .5):
        assert rows['deaf', s, '1 touch']['psnr'] == pytest.approx(rows['deaf', s, 'nothing']['psnr'], abs=.02)
    figures = helped.results[0].figures(helped.results[0].rows)
    gains = [f.get('told_gain') for f in figures if f['method'] == 'deaf' and f['saturation'] == 1]
    assert gains == [None, 0, 0]

def test_only_rows_told_the_same_are_compared(helped):
    for d in helped.results[0].differences(helped.results[0].rows):
        a, b = (rows_of(helped)[d[m], d[s], d['told']]['psnr'] for m, s in (
            ('method', 'saturation'), ('other', 'other_saturation')))
        assert d['difference'] == pytest.approx(np.mean(a - b))
        assert d['told'] == 'nothing' or 'warm' not in (d['method'], d['other'])

def test_pooled_means_are_of_rows_told_the_same(helped):
    assert len(pooled(helped.results)) == len(helped.results[0].rows)
    for f in pooled(helped.results):
        key = f['method'], f['saturation'], f['told']
        assert f['psnr'] == pytest.approx(np.mean([rows_of(helped, i)[key]['psnr'].mean() for i in range(2)]))

def test_without_touches_tables_and_files_are_as_they_were(helped, folders, tmp_path):
    plain = Report(evaluate_sets(folders, [WARM, Dots(), DEAF], (1., .5)))
    for report, name in ((plain, 'plain'), (helped, 'helped')):
        report.to_csv(tmp_path/f'{name}.csv')
        report.to_json(tmp_path/f'{name}.json')
    assert 'told' not in plain.table() + (tmp_path/'plain.csv').read_text() + (tmp_path/'plain.json').read_text()
    assert [r | dict(date='', processor='') for r in card_figures(helped, '')] == [
        r | dict(date='', processor='') for r in card_figures(plain, '')]
    rows = list(csv.DictReader((tmp_path/'helped.csv').open(encoding='utf-8')))
    assert {r['told'] for r in rows if r['at'] == 'own'} == {'nothing', '1 touch', '50 touches'}
    assert {r['told'] for r in rows if r['at'] == 'equal'} == {'nothing'}
    both = [json.loads((tmp_path/f'{name}.json').read_text())['sets'][0]['equal'] for name in ('plain', 'helped')]
    assert both[0] == both[1] and {r['method'] for r in both[0]} == {'mean ab', 'warm', 'deaf'} # dots are gray

def test_touches_on_the_command_line(folders, monkeypatch, capsys):
    monkeypatch.setattr(cli, 'method', lambda name: {'dots': Dots(), 'deaf': DEAF}[name])
    command = ['evaluate', str(folders[0]), '--model', 'dots', 'deaf', '--saturation', '0', '--touches']
    assert cli.run([*command, '5']) == 0
    out = capsys.readouterr().out
    assert '| deaf    | 0.000      | 5 touches |' in out and '| dots    | 1.000      | 5 touches |' in out
    assert '| deaf    | 1.000      | nothing   |' in out # the gain is over this answer
    for wrong in ('0', '1001', '1.5', 'few', '-1'):
        assert cli.run([*command, wrong]) == 2
        assert 'argument --touches: expected ' in capsys.readouterr().err.splitlines()[-1]
    assert cli.run([*command, '1000']) == 2 # 24×32 pixels
    error, = capsys.readouterr().err.splitlines()
    assert 'from 1 to 768' in error

"Competitors: each trains at toy size, a rerun gives the same digits."
import json, sys
import pytest
import numpy as np
from house import CHROMIUM, ROOT
from hypercol.core import HypercolError
sys.path.insert(0, str(ROOT))
import rivals
from hypercol.learn.budget import Budget, BudgetPhotos, load_trained, shared_encoder, train_together
from hypercol.learn.data import sample_file
from hypercol.learn.vision import torch
from hypercol.show.blind import blind_page

TOY = Budget(samples=8, size=64, batch=4)

@pytest.fixture(scope='module')
def photos(): return BudgetPhotos(['samples'], short_side=80, valid=0)

def silent(row): pass

@pytest.mark.parametrize('name', rivals.TRAINED)
def test_each_method_trains_and_predicts_the_same_again(name, photos, tmp_path):
    torch.set_num_threads(1)
    L = np.linspace(0, 100, 70*50, dtype=np.float32).reshape(70, 50)
    answers = []
    for folder in (tmp_path/'one', tmp_path/'two'):
        train_together({name: rivals.class_of(name)}, photos, TOY, folder, say=silent)
        method = load_trained(rivals.class_of(name)(shared_encoder()), folder/f'{name}@1.safetensors')
        answers.append(method.predict(L))
        card = json.loads((folder/f'{name}@1.json').read_text())
        assert (card['method'], card['photographs'], card['budget']['samples']) == (name, 6, 8)
    assert answers[0].shape == (70, 50, 2) and np.isfinite(answers[0]).all()
    assert np.array_equal(*answers)

def test_the_command_trains_from_a_folder(tmp_path, capsys):
    sources = tmp_path/'photographs'/'samples'
    sources.mkdir(parents=True)
    for name in ('coffee', 'china'): (sources/sample_file(name).name).write_bytes(sample_file(name).read_bytes())
    args = ['train', str(sources.parent), str(tmp_path/'runs'), 'limmer2016', '--samples', '24', '--seed', '2']
    args = rivals.parser().parse_args(args)
    args.call(args)
    assert '2 photographs' in capsys.readouterr().out
    assert json.loads((tmp_path/'runs'/'limmer2016@2.json').read_text())['budget']['samples'] == 24
    args.call(args)
    assert 'trained already' in capsys.readouterr().out

def test_the_home_page_quotes_the_table():
    text = (ROOT/'README.md').read_text(encoding='utf-8').split("Do the paper's parts beat")[1].split('\n')[0]
    pooled = json.loads((ROOT/'nbs'/'experiments'/'rivals'/'figures.json').read_text())[-1]
    behind = {row['method']: f"{-row['over_ours'][0]:.2f}" for row in pooled['rows'] if row.get('over_ours')}
    for quoted, method in (('pix2pix 2017 by {} dB', 'pix2pix2017'), ('Zhang 2016 by {}', 'zhang2016'),
                           ('Iizuka 2016 by {}', 'iizuka2016'), ('Limmer 2016 by {}', 'limmer2016'),
                           ('Larsson 2016, {}', 'larsson2016'), ('cost {} dB', 'zhang2016_loss')):
        assert quoted.format(behind[method]) in text, method

def test_wrong_names_are_one_line(tmp_path):
    args = rivals.parser().parse_args(['train', str(tmp_path), str(tmp_path), 'nobody2020'])
    with pytest.raises(HypercolError, match='no such method; there are ours, '): args.call(args)
    args = rivals.parser().parse_args(['train', str(tmp_path), str(tmp_path)])
    with pytest.raises(HypercolError, match='neither archives nor folders'): args.call(args)

@pytest.mark.skipif(not CHROMIUM, reason='needs Chromium')
def test_a_reader_judges_blind_by_keyboard(chromium, tmp_path):
    from axe_playwright_python.sync_playwright import Axe
    picture = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    results = dict(one=picture, two=picture[::-1], three=picture[:, ::-1])
    orders = blind_page([(picture[..., 0], picture, results)]*2, tmp_path/'blind.html')
    for scheme, width in (('light', 1280), ('dark', 390)):
        context = chromium.new_context(color_scheme=scheme, viewport=dict(width=width, height=800))
        page, asked = context.new_page(), []
        page.on('request', lambda request: asked.append(request.url))
        page.goto((tmp_path/'blind.html').as_uri())
        assert page.evaluate('document.documentElement.scrollWidth') <= width
        assert 'three' not in page.inner_text('body') and not page.is_visible('.original')
        page.keyboard.press('Tab')
        page.keyboard.press('ArrowRight')   # the second of the first row
        page.keyboard.press('Tab')
        page.keyboard.press('Space')        # the first of the second
        page.keyboard.press('Tab')
        page.keyboard.press('Enter')
        shown = [row.split('\t') for row in page.inner_text('#names tbody').splitlines()]
        chosen = [orders[0][1], orders[1][0]]
        assert {name: int(n) for name, n in shown} == {name: chosen.count(name) for name in results}
        assert page.is_visible('.original') and page.inner_text('#r0-0 + span') == orders[0][0]
        assert page.evaluate('document.activeElement.id') == 'names'
        found = Axe().run(page).response['violations']
        assert [v['id'] for v in found if v['impact'] in ('serious', 'critical')] == []
        assert [url for url in asked if not url.startswith(('file:', 'data:'))] == []
        context.close()

"Competitors: each trains at toy size, a rerun gives the same digits."
import json, sys
import pytest
import numpy as np
from house import ROOT
from hypercol.core import HypercolError
sys.path.insert(0, str(ROOT))
import rivals
from hypercol.learn.budget import Budget, BudgetPhotos, load_trained, shared_encoder, train_together
from hypercol.learn.data import sample_file
from hypercol.learn.vision import torch

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

def test_wrong_names_are_one_line(tmp_path):
    args = rivals.parser().parse_args(['train', str(tmp_path), str(tmp_path), 'nobody2020'])
    with pytest.raises(HypercolError, match='no such method; there are ours, '): args.call(args)
    args = rivals.parser().parse_args(['train', str(tmp_path), str(tmp_path)])
    with pytest.raises(HypercolError, match='neither archives nor folders'): args.call(args)

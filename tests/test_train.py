"`hypercol train` killed and resumed, what it refuses, and the way from its checkpoint to a color photograph."
import json, os, shutil, signal, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
import onnxruntime, pytest, torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from skimage.io import imread
from hypercol.cli import run as run_command
from hypercol.core import sha256
from hypercol.paint.card import WEIGHTS, load_model
from hypercol.learn.encoder import VGG19, Encoder
from hypercol.learn.export import write_model
from hypercol.learn.gan import first_critic
from hypercol.learn.generator import Generator, freeze, generator_groups
from hypercol.learn.loss import distribution_loss
from hypercol.learn.run import from_pretrained
from hypercol.learn.vision import make_layers, nn, torchvision, vgg_layouts
from hypercol.paint.network import Network
from hypercol.photo.color import lightness
from hypercol.photo.read import read_photo
from house import COMMAND, ROOT, contents, stopped

SAMPLE = WEIGHTS.parent/'sample'/'nipomo.jpg'
STAGES = dict(generator=6, critic=2, gan=3) # laps
ROWS = [(stage, lap) for stage, laps in STAGES.items() for lap in range(1, laps + 1)]
RECIPE = '''
precision = "fp32"
encoder = "imagenet"
widths = [16, 12, 8, 8]
k = 4
short_side = 64
valid = 0.4

[generator]
frozen = 2
sizes = [32, 48]
laps = [3, 3]
batch = [2, 2]
smallest = 0.8
tone = 0.0
steps = 3
valid_photos = 2
lr = 2e-3
encoder_lr = 0.0
warm = 0.25
wd = 1e-3
mom = 0.9
sqr_mom = 0.99
clip = 1.0
ema = 0.8
beta = 0.1
checkpoint_minutes = 0

[critic]
widths = [4, 8]
adversarial = "gan"
samples = 8
sizes = [64]
laps = [2]
batch = [4]
smallest = 0.8
tone = 0.3
steps = 2
valid_photos = 2
lr = 3e-4
mom = 0.5
sqr_mom = 0.99
checkpoint_minutes = 0

[gan]
frozen = 1
adversarial = "hinge"
weights = {l1 = 20.0, perceptual = 0.1, adversarial = 0.1}
price = 0.1
sizes = [64]
laps = [3]
batch = [2]
smallest = 0.8
tone = 0.3
steps = 4
valid_photos = 2
lr = 1e-3
critic_lr = 3e-4
mom = 0.5
sqr_mom = 0.99
clip = 1.0
ema = 0.8
beta = 0.1
checkpoint_minutes = 0
'''
# Resuming is exact in fp32 with the same number of threads
ENVIRON = os.environ | {'OMP_NUM_THREADS': '1'}

def command(recipe, out, *options):
    return [str(COMMAND), 'train', '--recipe', str(recipe), '--data', 'samples', '--out', str(out), *options]
def rows(out): return [json.loads(line) for line in (out/'log.jsonl').read_text(encoding='utf-8').splitlines()]

@pytest.fixture(scope='module')
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp('recipe')/'tiny.toml'
    path.write_text(RECIPE)
    return path

def trained(*command): # -> stdout
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRON)
    assert done.returncode == 0 and done.stderr == '', done
    return done.stdout

@pytest.fixture(scope='module')
def whole(recipe, tmp_path_factory): # -> the folder of a run without interruption
    out = tmp_path_factory.mktemp('runs')/'whole'
    said = trained(*command(recipe, out))
    assert said.startswith('fp32, 1 thread, ') and said.splitlines()[0].endswith('fp32 since the recipe says so')
    assert said.splitlines()[-1] == str(out/'checkpoint.safetensors') and 'generator 6/6' in said and 'gan 3/3' in said
    return out

@pytest.fixture(scope='module', params=[4, 7, 10], ids=['generator', 'critic', 'gan'])
def killed(request, recipe, tmp_path_factory): # -> the folder of a run killed in or after lap 4, 7 or 10 of all
    if sys.platform == 'win32': pytest.skip('needs signals')
    out = tmp_path_factory.mktemp('runs')/'killed'
    def ready():
        return (out/'checkpoint.safetensors').exists() and (out/'log.jsonl').read_bytes().count(b'\n') >= request.param
    assert stopped(command(recipe, out), ready, signal.SIGKILL, env=ENVIRON)[0] == -signal.SIGKILL
    with open(out/'log.jsonl', 'a') as log:
        log.write('{"stage": "gan", "lap": 5, "size": 48, "sam') # a kill may come in the middle of a line
    return out

@pytest.fixture(scope='module')
def resumed(killed, recipe): # -> the run's folder; stage and lap of its checkpoint before resuming
    with safe_open(killed/'checkpoint.safetensors', 'pt') as file: info = json.loads(file.metadata()['info'])
    left = info['stage'], info['lap']
    said = trained(*command(recipe, killed, '--resume'))
    done = [line.split('/')[0] for line in said.splitlines() if '/s' in line]
    assert done == [f'{stage} {lap}' for stage, lap in ROWS[ROWS.index(left) + 1:]]
    return killed, left

def check_refusal(done, named): # exit 2, and one line that contains `named`
    status, out, err = done
    assert status == 2 and out == '' and err.count('\n') == 1 and err.startswith('hypercol: ') and named in err, done

@pytest.fixture
def cli(capfd):
    def call(*args): return run_command(args), *capfd.readouterr()
    return call


def largest_change(one, other): return max((one[k].double() - other[k].double()).abs().max() for k in one)

def test_killed_and_resumed(whole, resumed):
    folder, left = resumed
    assert ROWS.index(left) < len(ROWS) - 1
    expected, ours = load_file(whole/'checkpoint.safetensors'), load_file(folder/'checkpoint.safetensors')
    assert expected.keys() == ours.keys()
    assert {k.split('.')[0] for k in ours} == {'model', 'average', 'ema', 'critic', 'opt', 'critic_opt'}
    assert largest_change(expected, ours) < 1e-4

def test_the_gan_stage_moved_both_networks(whole):
    state, head = load_file(whole/'checkpoint.safetensors'), 'head.4.weight'
    assert (state[f'model.{head}'] - state[f'average.{head}']).abs().max() > 1e-5
    # frozen = 1: the encoder's last levels learn
    assert 'model.layers.0.34.weight' in state and 'model.layers.0.0.weight' not in state
    assert any('original' in k for k in state if k.startswith('critic.')) # weights under spectral norm

def same(rows): return [{k: v for k, v in row.items() if k not in ('minutes', 'date')} for row in rows]

def test_the_logs_agree(whole, resumed):
    one, other = same(rows(whole)), same(rows(resumed[0]))
    assert [(row['stage'], row['lap']) for row in one] == ROWS
    for a, b in zip(one, other, strict=True):
        assert {k: v for k, v in a.items() if isinstance(v, str)} == {k: v for k, v in b.items() if isinstance(v, str)}
        numbers = [[v for v in row.values() if not isinstance(v, str)] for row in (a, b)]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-3) # the training loss of each lap is one of them

def test_what_a_run_leaves(whole, resumed):
    sheets = {f'samples/{stage}-{lap:04}.jpg' for stage, lap in ROWS if stage != 'critic'}
    expected = {'checkpoint.safetensors', 'log.jsonl', 'run.json', 'outputs.safetensors', *sheets}
    assert set(contents(whole)) == expected
    folder, (stage, lap) = resumed
    # a kill between checkpoint and sheet may cost the sheet
    assert expected - {f'samples/{stage}-{lap:04}.jpg'} <= set(contents(folder)) <= expected
    assert json.loads((whole/'run.json').read_text())['photographs'] == {'used': 6}
    assert imread(whole/'samples'/'gan-0003.jpg').ndim == 3

def test_two_runs_are_equal(tmp_path):
    one, other = (tmp_path/name for name in ('one', 'other'))
    for out in (one, other): assert trained(*command('smoke', out)).startswith('fp32, ')
    expected, ours = load_file(one/'checkpoint.safetensors'), load_file(other/'checkpoint.safetensors')
    assert expected.keys() == ours.keys() and all(torch.equal(expected[k], ours[k]) for k in ours)
    assert same(rows(one)) == same(rows(other))

def test_a_recipe_from_before_the_distribution_head_trains_the_same(recipe, tmp_path):
    found = []
    for name, text in (('old', RECIPE), ('new', 'predicts = "mean"\n' + RECIPE)):
        (tmp_path/f'{name}.toml').write_text(text.split('[critic]')[0])
        trained(*command(tmp_path/f'{name}.toml', tmp_path/name))
        found.append(load_file(tmp_path/name/'checkpoint.safetensors'))
    assert found[0].keys() == found[1].keys() and all(torch.equal(found[0][k], v) for k, v in found[1].items())
    assert not any('bins' in k for k in found[0])

def test_a_run_of_0_1_is_resumed(tmp_path):
    fixtures, out = ROOT/'tests'/'fixtures'/'0.1', tmp_path/'run'
    shutil.copytree(fixtures/'run', out)
    said = trained(*command(fixtures/'tiny.toml', out, '--resume'))
    assert said.splitlines()[0].endswith('fp32 since the run began with it')
    assert 'gan 2/3' in said and 'gan 3/3' in said
    expected, ours = load_file(fixtures/'expected.safetensors'), load_file(out/'checkpoint.safetensors')
    assert {k.split('.')[0] for k in expected} == {'ema', 'critic'} and expected.keys() <= ours.keys()
    assert largest_change(expected, ours) < 1e-3

def test_auto_says_what_it_chose_and_why_and_keeps_it(recipe, tmp_path):
    auto, out = tmp_path/'tiny.toml', tmp_path/'run'
    auto.write_text(RECIPE.replace('"fp32"', '"auto"').split('[critic]')[0])
    said = trained(*command(auto, out, '--minutes', '0')).splitlines()
    chosen = said[0].split(',')[0]
    assert chosen in ('fp32', 'bf16') and f'{chosen} since a step took ' in said[0] and 'generator 1/6' in said[1]
    assert trained(*command(auto, out, '--resume')).splitlines()[0].endswith(f'{chosen} since the run began with it')

def test_a_run_is_not_begun_twice(cli, whole, recipe):
    before = contents(whole)
    check_refusal(cli(*command(recipe, whole)[1:]), '--resume')
    assert contents(whole) == before

@pytest.mark.parametrize('what', ['seed', 'recipe', 'data'])
def test_another_run_is_not_resumed(cli, whole, recipe, tmp_path, what):
    before, options = contents(whole), ['--recipe', recipe, '--data', 'samples', '--out', whole, '--resume']
    if what == 'seed': options += ['--seed', 1]
    if what == 'recipe':
        options[1] = tmp_path/'other.toml'
        options[1].write_text(RECIPE.replace('lr = 2e-3', 'lr = 1e-3'))
    if what == 'data':
        from skimage import data
        Image.fromarray(data.coffee()).save(tmp_path/'coffee.png')
        options[3] = tmp_path
    check_refusal(cli('train', *options), what)
    assert contents(whole) == before

def test_nothing_to_resume(cli, recipe, tmp_path):
    done = cli('train', '--recipe', recipe, '--data', 'samples', '--out', tmp_path/'new', '--resume')
    check_refusal(done, 'no checkpoint')
    assert not (tmp_path/'new').exists()

@pytest.mark.parametrize('data,named', [('gone', '--data'), ('empty', 'empty'), ('file.txt', 'file.txt')])
def test_no_photographs(cli, recipe, tmp_path, data, named):
    (tmp_path/'empty').mkdir()
    (tmp_path/'file.txt').write_text('no photograph')
    check_refusal(cli('train', '--recipe', recipe, '--data', tmp_path/data, '--out', tmp_path/'run'), named)
    assert contents(tmp_path) == {'file.txt': b'no photograph'} and not (tmp_path/'run').exists()

@pytest.mark.parametrize('text', ['', 'widths = [', 'encoder = "imagenet"\n', RECIPE.replace('k = 4\n', ''),
                                  RECIPE.replace('steps = 3\n', '')],
                         ids=['empty', 'no TOML', 'one line', 'no k', 'no steps'])
def test_recipes_that_are_none(cli, tmp_path, text):
    (tmp_path/'bad.toml').write_text(text)
    done = cli('train', '--recipe', tmp_path/'bad.toml', '--data', 'samples', '--out', tmp_path/'run')
    check_refusal(done, 'bad.toml')
    assert not (tmp_path/'run').exists()

def test_an_unknown_recipe(cli, tmp_path):
    check_refusal(cli('train', '--recipe', 'no-such', '--data', 'samples', '--out', tmp_path/'run'), 'smoke')

def test_a_run_below_a_file(cli, recipe, tmp_path):
    (tmp_path/'file.txt').write_text('')
    done = cli('train', '--recipe', recipe, '--data', 'samples', '--out', tmp_path/'file.txt'/'run')
    check_refusal(done, 'file.txt')

def test_a_damaged_checkpoint(cli, recipe, tmp_path, whole):
    (tmp_path/'checkpoint.safetensors').write_bytes((whole/'checkpoint.safetensors').read_bytes()[:5000])
    done = cli('train', '--recipe', recipe, '--data', 'samples', '--out', tmp_path, '--resume')
    check_refusal(done, 'checkpoint.safetensors')
    done = cli('export', tmp_path/'checkpoint.safetensors', '--name', 'mine', '-o', tmp_path/'model')
    check_refusal(done, 'checkpoint.safetensors')
    assert not (tmp_path/'model').exists()


@pytest.fixture(scope='module')
def exported(whole, tmp_path_factory):
    out = tmp_path_factory.mktemp('models')
    status = run_command(['export', str(whole/'checkpoint.safetensors'), '--name', 'mine', '-o', str(out)])
    assert status == 0
    return out/'mine.onnx'

def test_export_writes_a_model_with_its_card(exported):
    names = ['mine.critic.safetensors', 'mine.json', 'mine.onnx', 'mine.safetensors', 'vgg19.safetensors']
    assert sorted(contents(exported.parent)) == names
    card = load_model(exported)
    assert (card.recipe, card.seed, card.laps, card.photographs) == ('tiny', 0, sum(STAGES.values()), {'used': 6})
    assert card.files | card.critic == {p.name: sha256(p) for p in exported.parent.iterdir() if p.suffix != '.json'}
    assert b'site-packages' not in exported.read_bytes()
    assert str(Path(sys.prefix)).encode() not in exported.read_bytes()

def test_who_begins_from_a_model_goes_on_with_its_critic(exported):
    said, file = [], exported.with_suffix('.critic.safetensors')
    run = SimpleNamespace(begin=exported, say=said.append)
    critic = first_critic(run, SimpleNamespace(widths=[4, 8])).state_dict()
    assert critic.keys() == load_file(file).keys()
    assert all(torch.equal(critic[k], v) for k, v in load_file(file).items())
    first_critic(run, SimpleNamespace(widths=[8, 8])) # of other widths, so a new critic begins
    assert said == [f'critic: starts from {file.name}']

def test_an_exported_model_colorizes(cli, exported, tmp_path):
    result = tmp_path/'result.png'
    assert cli('colorize', SAMPLE, '-o', result, '--model', exported) == (0, f'{result}\n', '')
    assert imread(result).shape == (*Image.open(SAMPLE).size[::-1], 3)

def test_models_shows_the_card(cli, exported):
    status, out, err = cli('models', exported)
    assert (status, err) == (0, '') and json.loads(out)['name'] == 'mine'

@pytest.mark.parametrize('name', ['../mine', 'a/b', '', 'a.b'])
def test_names_that_are_none(cli, whole, tmp_path, name):
    check_refusal(cli('export', whole/'checkpoint.safetensors', '--name', name, '-o', tmp_path/'model'), 'name')
    assert not (tmp_path/'model').exists()


def test_a_second_encoder_is_one_value(tmp_path):
    vgg16 = Encoder('vgg16', lambda: make_layers(vgg_layouts['D']), torchvision.models.vgg16,
                    levels=(3, 8, 15, 22, 29),
                    channels=VGG19.channels, mean=VGG19.mean, std=VGG19.std, license='none', weights='random')
    torch.manual_seed(0)
    g = Generator(vgg16, (16, 12, 8, 8), 4).eval()
    nn.init.normal_(g.head[-1].weight)
    freeze(g, 2)
    assert [len(group) for group in generator_groups(g)[:2]] == [14, 12]
    assert not any(p.requires_grad for p in g.encoder.parameters())
    files = write_model(g, vgg16, tmp_path/'other.onnx')
    # no encoder's file is used
    assert sorted(contents(tmp_path)) == sorted(f.name for f in files) == ['other.onnx', 'other.safetensors']
    session, x = onnxruntime.InferenceSession(files[0]), torch.rand(1, 1, 64, 96)
    with torch.no_grad(): expected = g(x).numpy()
    assert expected.shape == (1, 2, 32, 48) and expected.std() > 1
    difference = abs(session.run(None, {'x': x.numpy()})[0] - expected)
    assert difference.max() < .05*expected.std() # stored in 8 and 16 bits


# A head that predicts a distribution

@pytest.fixture(scope='module')
def spread(tmp_path_factory): # -> the folder of a run in all three stages, stopped after each lap of the first
    folder = tmp_path_factory.mktemp('spread')
    (folder/'spread.toml').write_text('predicts = "distribution"\nhead = [16]\n' + RECIPE)
    out, options = folder/'run', []
    for minutes in (['--minutes', '0'], []):
        said = trained(*command(folder/'spread.toml', out, *minutes, *options))
        options = ['--resume']
    assert 'gan 3/3' in said
    return out

def test_a_distribution_head_is_trained_and_resumed(spread):
    state, log = load_file(spread/'checkpoint.safetensors'), rows(spread)
    assert [(row['stage'], row['lap']) for row in log] == ROWS
    assert log[5]['loss'] < log[0]['loss'] < 20 # a cross-entropy of 260 bins, and ten times smooth L1
    assert state['ema.head.2.weight'].shape[0] == len(state['ema.bins.centers']) == 260
    assert all(torch.equal(state[f'{part}.bins.centers'], state['ema.bins.centers']) for part in ('model', 'average'))

def test_a_model_with_a_distribution_head(cli, spread, tmp_path):
    assert cli('export', spread/'checkpoint.safetensors', '--name', 'spread', '-o', tmp_path)[0] == 0
    graph, found = tmp_path/'spread.onnx', []
    assert load_model(graph).temperature == 1
    for i, options in enumerate(([], ['--temperature', 1], ['--temperature', .2], ['--touch', '100,100=gray'])):
        result = tmp_path/f'{i}.png'
        assert cli('colorize', SAMPLE, '-o', result, '--model', graph, *options) == (0, f'{result}\n', '')
        found.append(imread(result).astype(int))
    assert (found[0] == found[1]).all() and (found[0] != found[2]).any() and (found[0] != found[3]).any()
    g, network = from_pretrained(graph), Network(graph)
    L = lightness(read_photo(SAMPLE).pages[0].small(64, 96))
    # how near the graph is to torch at each temperature: learn/14_export, in floating point
    assert abs(network.small_chroma(L, .2) - network.small_chroma(L, 1.5)).mean() > 1
    x, ab = torch.rand(2, 1, 32, 32), torch.zeros(2, 2, 16, 16)
    distribution_loss(g.answer(x)[0], ab, g.bins).backward() # it can be trained further
    assert all(p.grad is not None for p in g.head.parameters())

# Everything that is not named here is as in the recipe `gpu`
TOY = '''
like = "gpu"
widths = [16, 12, 8, 8]
k = 4
head = [8]
short_side = 64
valid = 0.4
[generator]
sizes = [32, 48, 64]
laps = [1, 1, 1]
batch = [4, 4, 4]
steps = 2
accumulate = 2
valid_photos = 2
[critic]
widths = [8, 16, 16]
samples = 8
sizes = [48]
laps = [1]
batch = [4]
steps = 2
valid_photos = 2
[gan]
sizes = [48]
laps = [2]
batch = [4]
steps = 4
valid_photos = 2
'''

def test_the_recipe_for_a_gpu_runs_here_at_toy_size(tmp_path):
    toy, out = tmp_path/'toy.toml', tmp_path/'run'
    toy.write_text(TOY)
    said = trained(*command(toy, out, '--minutes', '0')) + trained(*command(toy, out, '--resume'))
    assert said.startswith('bf16, 1 thread, ') and 'gan 2/2' in said
    assert [(row['stage'], row['lap']) for row in rows(out)] == \
        [('generator', 1), ('generator', 2), ('generator', 3), ('critic', 1), ('gan', 1), ('gan', 2)]
    assert all(torch.isfinite(v).all() for v in load_file(out/'checkpoint.safetensors').values())

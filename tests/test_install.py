"""What a user gets: sdist -> wheel -> an empty environment without extras, where a photograph is colorized.

It needs the package index."""
import sys, venv
from pathlib import Path
import numpy as np, pytest
from PIL import Image
from house import ROOT, copy_house, run, run_well

SAMPLE = ROOT/'hypercol'/'sample'/'nipomo.jpg'
NOT_INSTALLED = 'torch torchvision fastai fastcore scipy skimage matplotlib pandas onnx safetensors IPython'.split()

@pytest.fixture(scope='module')
def house(tmp_path_factory): return copy_house(tmp_path_factory.mktemp('clone')/'house')

@pytest.fixture(scope='module')
def wheel(house, tmp_path_factory): # built from the sdist, as `python -m build` does by default
    dist = tmp_path_factory.mktemp('dist')
    run_well(sys.executable, '-m', 'build', '-o', dist, cwd=house)
    assert len(list(dist.glob('hypercol-*.tar.gz'))) == 1
    built, = dist.glob('hypercol-*.whl')
    return built

class Bare:
    "An environment that holds the wheel and its requirements."
    def __init__(self, folder, wheel):
        venv.create(folder, with_pip=True)
        self.bin = folder/('Scripts' if sys.platform == 'win32' else 'bin')
        self.python, self.hypercol = self.bin/'python', self.bin/'hypercol'
        run_well(self.python, '-m', 'pip', 'install', '-c', ROOT/'constraints.txt', wheel, cwd=folder)
        code = 'import sysconfig; print(sysconfig.get_path("purelib"))'
        self.packages = Path(run_well(self.python, '-c', code, cwd=folder).strip())

@pytest.fixture(scope='module')
def bare(tmp_path_factory, wheel): return Bare(tmp_path_factory.mktemp('bare')/'venv', wheel)


def test_small_on_disk(bare):
    def on_disk(path):
        files = path.rglob('*') if path.is_dir() else [path]
        return sum(getattr(f.lstat(), 'st_blocks', f.lstat().st_size//512)*512 for f in files)
    of_venv = 'pip', 'setuptools', '_distutils_hack'
    sizes = {p.name: on_disk(p) for p in bare.packages.iterdir() if not p.name.startswith(of_venv)}
    assert {'hypercol', 'onnxruntime', 'numpy'} <= sizes.keys()
    assert sum(sizes.values()) < 300e6, sizes

def test_everything_that_is_no_module_came_along(bare, house):
    def files(folder):
        found = [p for kind in ('weights', 'recipes', 'sample', 'sets', 'static') for p in folder.glob(f'{kind}/**/*')]
        return {p.relative_to(folder).as_posix() for p in found if p.is_file()}
    assert files(bare.packages/'hypercol') == files(house/'hypercol')
    info, = bare.packages.glob('hypercol-*.dist-info')
    licenses = {p.relative_to(info).as_posix() for p in info.rglob('LICENSE')}
    assert licenses == {'licenses/LICENSE', 'licenses/hypercol/weights/LICENSE'}

def test_nothing_of_the_extras_came_along(bare):
    code = f'import importlib.util as u; print([m for m in {NOT_INSTALLED} if u.find_spec(m)])'
    assert run_well(bare.python, '-c', code, cwd=bare.packages).strip() == '[]'

def test_colorizes(bare, tmp_path):
    out = run_well(bare.hypercol, 'colorize', SAMPLE, '-o', tmp_path/'result.jpg', cwd=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ['result.jpg'], out
    result, source = Image.open(tmp_path/'result.jpg'), Image.open(SAMPLE)
    assert (result.mode, result.size) == ('RGB', source.size)
    rgb = np.asarray(result, float)
    assert np.abs(rgb[..., 0] - rgb[..., 2]).mean() > 2 # there is some color
    correlation = np.corrcoef(rgb.mean(2).ravel(), np.asarray(source, float).ravel())[0, 1]
    assert correlation > .98 # it is the same photograph

def test_a_missing_extra_is_one_line_that_names_the_command(bare, tmp_path):
    command = bare.hypercol, 'train', '--recipe', 'default', '--data', 'samples', '--out', tmp_path/'run'
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert 'pip install' in done.stderr and 'hypercol[train]' in done.stderr
    assert not list(tmp_path.iterdir())

def test_colorizing_leaves_torch_alone_where_it_is_installed(tmp_path):
    code = '''
import sys, numpy as np, hypercol
rgb = hypercol.Colorizer()(np.full((40, 56, 3), 128, np.uint8))
assert rgb.shape == (40, 56, 3) and rgb.dtype == np.uint8
import importlib.util
assert importlib.util.find_spec('torch'), 'this test needs torch'
print(sorted({'torch', 'torchvision', 'fastai', 'fastcore', 'scipy', 'matplotlib'} & set(sys.modules)))
'''
    assert run_well(sys.executable, '-c', code, cwd=tmp_path).strip() == '[]'

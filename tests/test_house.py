"The notebooks, the modules, README.md and the metadata say the same, and the folders keep their order."
import ast, io, json, re, sys
from configparser import ConfigParser
from pathlib import Path
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from house import ROOT, copy_house, run, run_well

BIN = Path(sys.executable).parent
FOLDERS = ['core', 'photo', 'paint', 'learn', 'measure', 'show', 'cli', 'all'] # from top to bottom: a folder imports only from those before it
LIBRARY = sorted((ROOT/'nbs').glob('[0-9]*.ipynb')) + sorted((ROOT/'nbs').glob('[a-z]*/[0-9]*.ipynb'))
LIBRARY = [nb for nb in LIBRARY if nb.parent.name not in ('tutorials', 'experiments')]
BASELINES = sorted((ROOT/'nbs'/'baselines').glob('[!._]*.ipynb')) # without a number: they import anything but each other, and only cli imports them, lazily
NOTEBOOKS = sorted((ROOT/'nbs').rglob('[!._]*.ipynb')) + [ROOT/'index.ipynb']
SMALL_FOLDERS = {'core', 'photo', 'paint', 'cli'}
SMALL_INSTALL = {'numpy', 'PIL', 'onnxruntime', 'pyvips', 'tifffile', 'tqdm'}

def name(path): return path.relative_to(ROOT).as_posix()
def cells(path, kind=None): # -> (source, cell) of a notebook
    return [(''.join(c['source']), c) for c in json.loads(path.read_text(encoding='utf-8'))['cells']
            if kind in (None, c['cell_type'])]

def module_of(notebook): # 'photo.color' for nbs/photo/00_color.ipynb
    found = [m[1] for source, _ in cells(notebook, 'code') if (m := re.search(r'(?m)^#\|\s*default_exp\s+(\S+)', source))]
    assert len(found) == 1, f'{name(notebook)} names {len(found)} modules with #| default_exp'
    return found[0]

MODULES = {module_of(nb): nb for nb in LIBRARY}
each_module = pytest.mark.parametrize('module', MODULES)
def folder_of(module): return module.split('.')[0]
def place(module): return FOLDERS.index(folder_of(module)), MODULES[module].name # where it stands in the house

each_notebook = pytest.mark.parametrize('notebook', NOTEBOOKS, ids=name)

def imports(module, top_level=False): # -> list of (imported module, is it one of ours), everywhere or only what runs on import
    path = ROOT/'hypercol'/f"{module.replace('.', '/')}.py"
    found, waiting, packages = [], [ast.parse(path.read_text(encoding='utf-8'))], ['hypercol', *module.split('.')[:-1]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import): names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            here = '.'.join(packages[:len(packages) + 1 - node.level]) if node.level else ''
            base = '.'.join(filter(None, (here, node.module)))
            names = [f'{base}.{alias.name}' if base in ('hypercol', *(f'hypercol.{f}' for f in FOLDERS[1:6])) else base for alias in node.names]
        else: names = []
        for n in names:
            ours = n.removeprefix('hypercol.')
            found.append((ours, True) if ours != n else (n.split('.')[0], False))
        lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if not (top_level and lazy): waiting += ast.iter_child_nodes(node)
    return found

OURS_BESIDE = {'__version__'} # not from a notebook


def test_export_and_clean_leave_no_diff(tmp_path):
    house = copy_house(tmp_path/'house', 'weights')
    def texts(): return {p.relative_to(house).as_posix(): p.read_bytes() for p in (*house.glob('hypercol/**/*.py'), *house.glob('nbs/**/*.ipynb'), house/'index.ipynb')}
    before = texts()
    for module in house.glob('hypercol/**/*.py'): # so that a module whose notebook is gone shows too
        if module.name != '__init__.py': module.unlink()
    run_well(BIN/'nbdev-export', cwd=house)
    run_well(BIN/'nbdev-clean', cwd=house)
    run_well(BIN/'nbdev-clean', '--fname', 'index.ipynb', cwd=house)
    after = texts()
    assert sorted(f for f in before.keys() | after.keys() if before.get(f) != after.get(f)) == []

def test_notebooks_lie_where_their_modules_do():
    for module, notebook in MODULES.items():
        assert notebook.relative_to(ROOT/'nbs').with_suffix('').as_posix() == re.sub(r'(\w+)$', notebook.name[:3] + r'\1', module).replace('.', '/')

def test_numbers_of_notebooks_are_unique():
    numbers = [(nb.parent, nb.name.split('_')[0]) for nb in LIBRARY]
    assert len(set(numbers)) == len(LIBRARY) == len(MODULES)

@each_module
def test_modules_keep_their_order(module):
    ours = [other for other, is_ours in imports(module, top_level=module == 'cli') if is_ours and other not in OURS_BESIDE]
    later = [other for other in ours if other not in MODULES or place(other) >= place(module)]
    assert not later, f'hypercol.{module} imports {later}, which no notebook before {name(MODULES[module])} defines'

@pytest.mark.parametrize('module', sorted(m for m in MODULES if folder_of(m) in SMALL_FOLDERS))
def test_small_modules_import_only_the_small_install(module):
    foreign = [other for other, ours in imports(module, top_level=True)
               if (folder_of(other) not in SMALL_FOLDERS | OURS_BESIDE if ours else other not in SMALL_INSTALL | set(sys.stdlib_module_names))]
    assert not foreign, f'hypercol.{module} imports {foreign} when it is imported'

@pytest.mark.parametrize('baseline', BASELINES, ids=name)
def test_baselines_do_not_import_each_other(baseline):
    assert [other for other, ours in imports(module_of(baseline)) if ours and folder_of(other) == 'baselines'] == []

@pytest.mark.parametrize('notebook', LIBRARY + BASELINES, ids=name)
def test_modules_and_cells_stay_short(notebook):
    exported = [[line for line in source.splitlines() if line.strip() and not line.startswith('#|')]
                for source, _ in cells(notebook, 'code') if re.match(r'#\|\s*export', source)]
    assert max(map(len, exported)) < 30, 'the longest export cell begins with: ' + max(exported, key=len)[0]
    assert sum(map(len, exported)) <= 330

@each_notebook
def test_notebooks_are_light_and_their_outputs_clean(notebook):
    assert notebook.stat().st_size <= 500_000
    unwanted = re.compile(r'site-packages|Traceback|\b[A-Za-z]*Warning\b|(?<![\w.:/])/(?:[a-z.]+/){2,}|\b[A-Z]:\\\\')
    for source, cell in cells(notebook, 'code'):
        for output in cell['outputs']:
            assert output['output_type'] != 'error', source
            texts = [output.get('text', '')] + [v for k, v in output.get('data', {}).items() if k.startswith('text/')]
            for text in map(''.join, texts):
                found = unwanted.search(re.sub(r'data:image/\w+;base64,[\w+/=]+', '', text))
                assert not found, f'{found[0]!r} in an output of:\n{source}'

def test_readme_is_made_from_index(tmp_path):
    house = copy_house(tmp_path/'house', 'weights')
    for made in (house/'README.md', *house.glob('pictures/README_*')): made.unlink()
    run_well(sys.executable, 'readme.py', cwd=house)
    for folder, pattern in ((house, 'README.md'), (house/'pictures', 'README_*')):
        ours = ROOT/folder.relative_to(house)
        made, kept = ({p.name: p.read_bytes() for p in f.glob(pattern)} for f in (folder, ours))
        assert made == kept, 'run `make readme`'

def test_the_model_card_is_made_from_the_card():
    code = 'from hypercol.paint.card import card_page, load_model; print(card_page(load_model()), end="")'
    assert run_well(sys.executable, '-c', code, cwd=ROOT) == (ROOT/'MODEL_CARD.md').read_text(encoding='utf-8'), 'run `make pictures`'

def test_the_readme_shows_the_model_that_ships():
    import numpy as np
    from PIL import Image
    from hypercol.all import HELDOUT, colorize, compare, load_model, read_photo
    from hypercol.paint.card import card_table
    assert card_table(load_model(), [known.name for known in HELDOUT]) in (ROOT/'README.md').read_text(encoding='utf-8'), 'run `make pictures`'
    nipomo = read_photo(ROOT/'hypercol'/'sample'/'nipomo.jpg').rgb
    def pixels(jpeg): return np.asarray(Image.open(jpeg), float)
    shown, now = pixels(ROOT/'pictures'/'README_1_0.jpg'), pixels(io.BytesIO(compare(nipomo, colorize(nipomo))._repr_jpeg_()))
    assert shown.shape == now.shape and np.abs(shown - now).mean() < .5, 'run `make pictures`'   # other processors round otherwise

def test_pictures_of_the_readme_exist():
    text = (ROOT/'README.md').read_text(encoding='utf-8')
    shown = [path for path in re.findall(r'!\[[^\]]*\]\(([^)\s]+)', text) + re.findall(r'<img[^>]+src="([^"]+)"', text)
             if not path.startswith('http')]
    assert [path for path in shown if not (ROOT/path).is_file()] == []


def settings():
    ini = ConfigParser(delimiters=['='])
    ini.read(ROOT/'settings.ini', encoding='utf-8')
    return ini['DEFAULT']

def requirements():
    return [Requirement(r) for key in ('requirements', 'train_requirements', 'course_requirements', 'dev_requirements')
            for r in settings()[key].split()]

def test_versions_are_equal():
    init = (ROOT/'hypercol'/'__init__.py').read_text(encoding='utf-8')
    version = settings()['version']
    assert f"__version__ = '{version}'" in init
    assert f'## {version}' in (ROOT/'CHANGELOG.md').read_text(encoding='utf-8')

def test_requirements_are_open_upwards_and_pinned_in_constraints():
    lines = [line for line in (ROOT/'constraints.txt').read_text(encoding='utf-8').splitlines() if line and line[0] != '#']
    pins = {canonicalize_name(n): v for n, v in (line.split('==') for line in lines)}
    for r in requirements():
        assert {s.operator for s in r.specifier} <= {'>='}, f'{r} is closed upwards'
        pin = pins.get(canonicalize_name(r.name))
        assert pin, f'{r.name} is not in constraints.txt'
        assert pin in r.specifier, f'{r} refuses the tested version {pin}'

def test_the_small_install_is_what_the_small_rooms_import():
    needed = {canonicalize_name(Requirement(r).name) for r in settings()['requirements'].split()}
    assert needed == {canonicalize_name(n) for n in SMALL_INSTALL - {'PIL'}} | {'pillow', 'pyvips-binary'}

def test_make_refuses_an_old_python(tmp_path):
    house = copy_house(tmp_path/'house', 'weights', 'nbs')
    ini = house/'settings.ini' # a Python too old for the settings is rarely at hand; settings too new for this one are
    ini.write_text(re.sub(r'(?m)^min_python = .*', 'min_python = 3.999', ini.read_text(encoding='utf-8')), encoding='utf-8')
    done = run('make', 'colorize', f'PYTHON={sys.executable}', cwd=house)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith('hypercol needs Python 3.999 or newer')
    assert not (house/'.venv-colorize').exists()

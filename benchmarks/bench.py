"""What colorizing costs on this machine: python benchmarks/bench.py [PART...] [--before FOLDER]

The parts are start, networks, memory, pixels, folders and files; without a name, all run. Each writes its figures
into benchmarks/figures.json, with processor and date; nbs/experiments/benchmarks.ipynb explains them. Whatever is
compared runs in turns, and all times are kept. FOLDER is a checkout of an earlier version, to be measured beside
this one. Let nothing else run meanwhile."""
import argparse, json, os, subprocess, sys, tempfile, time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT/'benchmarks'/'figures.json'
ROUNDS = 7
COMMAND = '-c', 'import sys; from hypercol.cli import main; sys.exit(main())', 'colorize'
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != 'OMP_NUM_THREADS'}
sys.path.insert(0, str(ROOT))
from hypercol.core import cores, processor
from hypercol.photo.color import gray, lightness

def photograph(path, width, height, seed=0): # the shipped sample, enlarged, with grain
    rng, sample = np.random.default_rng(seed), Image.open(ROOT/'hypercol'/'sample'/'nipomo.jpg').convert('L')
    x, y = rng.uniform(0, .2, 2)*sample.size
    part = sample.crop((x, y, x + .8*sample.width, y + .8*sample.height))
    pixels = np.asarray(part.resize((width, height), Image.Resampling.BICUBIC))
    grain = rng.normal(128, 4, (512, width)).astype(np.uint8)   # repeated downwards, since 200 megapixels take long
    grainy = np.empty_like(pixels)
    for top in range(0, height, 512):
        rows = pixels[top:top + 512]
        grainy[top:top + 512] = (rows.astype(np.int16) + grain[:len(rows)] - 128).clip(0, 255)
    Image.fromarray(grainy).save(path, quality=92)
    return path

def process(*command, home=ROOT): # -> (seconds, seconds of processor time, peak in MB, what it printed)
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, *map(str, command)], env=ENVIRONMENT | {'PYTHONPATH': str(home)},
                             cwd=home, stdout=subprocess.PIPE, text=True)
    told = child.stdout.read()
    status, usage = os.wait4(child.pid, 0)[1:]
    seconds = time.perf_counter() - start
    if status: raise SystemExit(f'{command}: ended with {status}')
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss/1024, told

def colorize(*arguments, home=ROOT): # as the command, in a process of its own; also the seconds of each part
    *figures, told = process(*COMMAND, *arguments, '--overwrite', '--timings', home=home)
    words = [part.split() for part in told.strip().split('  ')[1:]]
    return *figures, {' '.join(name): float(value) for *name, value, _ in words}

def in_turns(runs, rounds=None): # name -> function; -> name -> list of what it returned, after one round to warm up
    for run in runs.values(): run()
    rows = [{name: run() for name, run in runs.items()} for _ in range(rounds or ROUNDS)]
    return {name: [row[name] for row in rows] for name in runs}

def seconds(run): # a function that calls it -> seconds, seconds of processor time
    def timed():
        start = time.perf_counter(), time.process_time()
        run()
        return time.perf_counter() - start[0], time.process_time() - start[1]
    return timed

def start(folder, before): # one photograph of 12 megapixels as a cold process
    photo = photograph(folder/'photo.jpg', 4000, 3000)
    def command(home):
        def run():
            (folder/'result.jpg').unlink(missing_ok=True)
            return colorize(photo, '-o', folder/'result.jpg', home=home)
        return run
    runs = {'hypercol': command(ROOT), 'import torch': lambda: process('-c', 'import torch')[:3]}
    if before: runs['hypercol before'] = command(before)
    return in_turns(runs)

def networks(folder, before): # one picture of 256×256, in this process
    import onnxruntime, torch
    from networks import NETWORKS
    from torch.utils.flop_counter import FlopCounterMode
    from hypercol.paint.network import Network
    torch.set_num_threads(cores())
    x, runs, told = torch.rand(1, 1, 256, 256), {}, {}
    def of_session(session): return seconds(lambda: session.run(['ab'], {'x': x.numpy()}))
    runs['hypercol (8 bits, as shipped)'] = of_session(Network().session)
    if before:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        graph = before/'hypercol'/'weights'/'default.onnx'
        runs['hypercol before'] = of_session(onnxruntime.InferenceSession(graph, options))
    for name, make in NETWORKS.items():
        net = make().eval().requires_grad_(False)
        with FlopCounterMode(display=False) as counter: net(x)
        told[name] = dict(gmac=counter.get_total_flops()/2e9, parameters=sum(p.numel() for p in net.parameters()))
        runs[name] = seconds(lambda net=net: net(x))
    n = 2048
    a, b = torch.rand(n, n), torch.rand(n, n)
    runs['matrices in float32'] = seconds(lambda: a@b)
    from hypercol.paint.network import _PRODUCT
    eight = onnxruntime.InferenceSession(_PRODUCT, providers=['CPUExecutionProvider'])
    inputs = {'a': (255*a).byte().numpy(), 'b': (127*b).char().numpy()}
    runs['matrices in 8 bits'] = seconds(lambda: eight.run(None, inputs))
    told |= dict.fromkeys(('matrices in float32', 'matrices in 8 bits'), dict(gmac=n**3/1e9))
    return dict(told=told, times=in_turns(runs))

def memory(folder, before): # the peak of a process that runs a network once
    ours = ('import numpy; from hypercol.paint.network import Network\n'
            'Network().small_chroma(numpy.full((256, 256), 50.))')
    shipped = process('-c', ours)[2]   # before the import, since a child's peak includes what its parent held
    from networks import NETWORKS
    code = ('import sys; sys.path[:0] = {path!r}; import torch; from networks import NETWORKS\n'
            'with torch.no_grad(): {call}')
    path = [str(ROOT), str(ROOT/'benchmarks')]
    def peak(call): return process('-c', code.format(path=path, call=call))[2]
    peaks = {name: peak(f'NETWORKS[{name!r}]().eval()(torch.rand(1, 1, 256, 256))') for name in NETWORKS}
    return {'imports alone': peak('pass'), 'hypercol (8 bits, as shipped)': shipped} | peaks

def pixels(folder, before): # a photograph of some megapixels, each as a process of its own
    sizes, runs = {.5: (816, 612), 2: (1632, 1224), 12: (4000, 3000), 50: (8168, 6122), 200: (16332, 12246)}, {}
    for megapixels, size in sizes.items():
        # made in another process: the peak of a child includes what its parent held when it started
        photo = folder/f'{megapixels}.jpg'
        with ProcessPoolExecutor(1) as pool: pool.submit(photograph, photo, *size).result()
        def run(photo=photo):
            (folder/'result.jpg').unlink(missing_ok=True)
            return colorize(photo, '-o', folder/'result.jpg')
        runs[megapixels] = run
    return {name: [run() for _ in range(1 if name > 12 else 3)] for name, run in runs.items()}

def folders(folder, before): # photographs in a loaded process, beside the network alone on the same inputs
    from hypercol.paint.colorizer import Colorizer
    from hypercol.paint.folders import colorize_all
    from hypercol.paint.network import network_size, padded
    from hypercol.paint.plan import plan_results
    colorizer, found = Colorizer(), {}
    def network_input(path):
        image = Image.open(path)
        small = np.asarray(image.resize(network_size(*image.size), Image.Resampling.BOX))
        return padded(gray(lightness(np.dstack([small]*3))))[None, None]
    for width, height in ((352, 256), (640, 480), (1600, 1200)):
        place = folder/f'{width}'
        place.mkdir()
        inputs = [network_input(photograph(place/f'{i}.jpg', width, height, i)) for i in range(8)]
        def alone(): [colorizer.session.run(['ab'], {'x': x}) for x in inputs]
        def whole(): colorize_all(plan_results([place], tempfile.mkdtemp(dir=folder)), colorizer)
        times = in_turns({'network': seconds(alone), 'folder': seconds(whole)}, 3)
        found[f'{width}×{height}'] = dict(n=len(inputs), times=times)
    return found

def files(folder, before): # many small photographs in one process, whose memory is read four times a second
    place, found = folder/'sources', {}
    place.mkdir()
    for n in (50, 500, 5000):
        for i in range(len(list(place.iterdir())), n): photograph(place/f'{i}.jpg', 320, 240, i)
        results, rows, start = folder/f'results-{n}', [], time.perf_counter()
        command = [sys.executable, *COMMAND, place, '-o', results, '--size', '64']
        child = subprocess.Popen(list(map(str, command)), env=ENVIRONMENT | {'PYTHONPATH': str(ROOT)},
                                 stdout=subprocess.DEVNULL)
        while child.poll() is None:
            status = Path(f'/proc/{child.pid}/status').read_text()
            kb = [line.split()[1] for line in status.splitlines() if line.startswith('VmRSS')]
            done = sum(1 for _ in os.scandir(results)) if results.exists() else 0
            if kb: rows.append((done, int(kb[0])/1024))
            time.sleep(.25)
        found[n] = dict(seconds=time.perf_counter() - start, memory=rows[::max(1, len(rows)//400)])
    return found

PARTS = dict(start=start, networks=networks, memory=memory, pixels=pixels, folders=folders, files=files)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parts', nargs='*', metavar='PART', help=', '.join(PARTS))
    parser.add_argument('--before', type=Path, metavar='FOLDER', help='a checkout of an earlier version')
    args = parser.parse_args()
    unknown = ', '.join(set(args.parts) - PARTS.keys())
    if unknown: parser.error(f"no part {unknown}; there are {', '.join(PARTS)}")
    for part in args.parts or PARTS:
        with tempfile.TemporaryDirectory() as folder: figures = PARTS[part](Path(folder), args.before)
        known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
        known[part] = dict(date=time.strftime('%Y-%m-%d'), processor=processor(), cores=cores(), figures=figures)
        text = json.dumps(known, default=float, ensure_ascii=False, indent=None).replace('"date"', '\n"date"')
        FIGURES.write_text(text + '\n')
        print(part, 'done', flush=True)

if __name__ == '__main__': main()

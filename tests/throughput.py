"""How close a folder run comes to the network's own limit: python tests/throughput.py --n 100

It uses the shipped model and JPEG photographs of scikit-image at 1600×1200. The limit is the time of `session.run`
alone, on the same network inputs, prepared before the clock starts, one after the other. The two are measured in
turns, since other work on the machine comes and goes; if it never goes, compare the processor times."""
import argparse, resource, subprocess, tempfile, time
from pathlib import Path
import numpy as np
from PIL import Image
from skimage import data
from hypercol.photo.color import gray, lightness
from hypercol.paint.network import network_size, padded
from hypercol.paint.colorizer import Colorizer
from house import COMMAND

def fill(folder, n, width, height): # with JPEG photographs: parts of four pictures, enlarged, with grain
    rng = np.random.default_rng(0)
    pictures = [data.astronaut(), data.coffee(), data.chelsea(), np.dstack([data.camera()]*3)]
    for i in range(n):
        a = pictures[i % len(pictures)]
        h, w = (np.array(a.shape[:2])*rng.uniform(.7, 1)).astype(int)
        y, x = rng.integers(0, a.shape[0] - h + 1), rng.integers(0, a.shape[1] - w + 1)
        part = Image.fromarray(a[y:y + h, x:x + w])
        large = np.asarray(part.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        grain = rng.normal(0, 4, (height, width, 1)).astype(np.float32)
        photo = Image.fromarray(np.clip(large + grain, 0, 255).astype(np.uint8)).convert('L')
        photo.save(folder/f'{i:03}.jpg', quality=92)

def network_input(path): # the same array as the library makes
    image = Image.open(path)
    h, w = network_size(image.height, image.width)
    small = np.asarray(image.resize((w, h), Image.Resampling.BOX, reducing_gap=2))
    return padded(gray(lightness(np.dstack([small]*3)).astype(np.float32)))[None, None]

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--n', type=int, default=100)
    parser.add_argument('--turns', type=int, default=3)
    parser.add_argument('--size', default='1600x1200')
    parser.add_argument('--jobs', help='as of hypercol colorize')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder)/'sources'
        sources.mkdir()
        fill(sources, args.n, *map(int, args.size.split('x')))
        inputs = [network_input(p) for p in sorted(sources.iterdir())]
        session, ratios = Colorizer().session, []
        session.run(['ab'], {'x': inputs[0]})
        jobs = ['--jobs', args.jobs] if args.jobs else []
        def clocks(who): return np.array([time.perf_counter(), sum(resource.getrusage(who)[:2])]) # wall, processor
        for turn in range(args.turns):
            start = clocks(resource.RUSAGE_SELF)
            for x in inputs: session.run(['ab'], {'x': x})
            limit = clocks(resource.RUSAGE_SELF) - start
            start = clocks(resource.RUSAGE_CHILDREN)
            command = [COMMAND, 'colorize', sources, '-o', Path(folder)/f'results-{turn}', *jobs]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            whole = clocks(resource.RUSAGE_CHILDREN) - start
            ratios.append(limit/whole)
            print(f'{args.n} photographs of {args.size}: the network alone {args.n/limit[0]:.2f} a second, '
                  f'the folder run {args.n/whole[0]:.2f} (process start included), '
                  f'ratio {ratios[-1][0]:.3f}, of processor time {ratios[-1][1]:.3f}', flush=True)
        print('median ratio {:.3f}, of processor time {:.3f}'.format(*np.median(ratios, 0)))

if __name__ == '__main__': main()

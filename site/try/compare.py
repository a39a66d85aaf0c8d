"""Compare the page with the command on 20 photographs: `python site/try/compare.py`.

Each is colorized by `hypercol colorize` and by the built page in Chromium, with threads and without.
Prints a table, and writes it into compared.md beside this file with `--write`."""
import argparse, datetime, os, resource, shutil, subprocess, sys, tempfile, time
from pathlib import Path
import numpy as np, skimage
from PIL import Image
from hypercol.core import processor
from hypercol.photo.read import read_photo
sys.path.insert(0, str(Path(__file__).parent))
from drive import browser, choose, save, served, visit

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KINDS = 'command', 'plain', 'isolated' # the page without threads, and with them
LARGE = {'24 megapixels, JPEG': (4000, 6000), '24 megapixels, PNG': (6000, 4000), '40 megapixels, JPEG': (5184, 7776)}

def photographs(folder:Path): # -> {title: path}
    "Twenty files, made of photographs that scikit-image and this repository bring."
    color = {name: getattr(skimage.data, name)() for name in ('astronaut', 'coffee', 'chelsea', 'camera')}
    found, tall = {}, np.ascontiguousarray(color['coffee'][:, 150:350])
    def add(title, image, name, **options):
        found[title] = folder/name
        (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(found[title], **options)
    found['sample, gray JPEG'] = ROOT/'hypercol'/'sample'/'nipomo.jpg'
    add('one pixel', np.uint8([[[120, 90, 60]]]), 'one.png')
    add('three pixels by two', color['coffee'][:2, :3], 'six.png')
    add('narrow strip', color['coffee'][100:108, :600], 'strip.png')
    add('color PNG', color['astronaut'], 'astronaut.png')
    add('color JPEG, 4:2:0', color['coffee'], 'coffee.jpg', quality=90)
    add('color JPEG, 4:4:4', color['chelsea'], 'chelsea.jpg', quality=95, subsampling=0)
    add('gray PNG', color['camera'], 'camera.png')
    add('portrait', tall, 'portrait.jpg', quality=92)
    for turn in (3, 6, 8):
        exif = Image.Exif()
        exif[274], exif[271], exif[315] = turn, 'Camera', 'Photographer'
        add(f'turned by EXIF, {turn}', color['coffee'], f'turned{turn}.jpg', quality=92, exif=exif)
    add('16-bit gray PNG', Image.fromarray(color['camera'].astype(np.uint16)*256 + 140), 'sixteen.png')
    alpha = np.dstack([color['chelsea'], np.linspace(0, 255, 451).astype(np.uint8)[None].repeat(300, 0)])
    add('transparent PNG', alpha, 'alpha.png')
    fading = Image.linear_gradient('L').resize((512, 512))
    add('gray and transparent', Image.merge('LA', [Image.fromarray(color['camera']), fading]), 'la.png')
    add('palette PNG', Image.fromarray(color['chelsea']).quantize(64), 'palette.png')
    add('WebP', color['astronaut'], 'web.webp', quality=90)
    for title, (h, w) in LARGE.items():
        jpeg = title.endswith('JPEG')
        large = Image.fromarray(color['astronaut']).resize((w, h), Image.Resampling.BICUBIC)
        noise = np.random.default_rng(0).integers(-6, 7, (h, w, 1), np.int16)
        large = (np.asarray(large).astype(np.int16) + noise).clip(0, 255).astype(np.uint8)
        add(title, large, f'large{h}.{"jpg" if jpeg else "png"}', **dict(quality=90) if jpeg else {})
    assert len(found) == len({path.stem for path in found.values()}) == 20
    return found

def by_command(source, result): # -> seconds, seconds of a core
    "The command's result, as PNG."
    start, used = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [Path(sys.executable).with_name('hypercol'), 'colorize', source, '-o', result, '--overwrite']
    subprocess.run([str(c) for c in command], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.time() - start, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime

def by_other_rounding(files, folder):
    "The command's results with ONNX Runtime's optimization one level lower: how far rounding alone moves them."
    import onnxruntime as ort
    from concurrent.futures import Future
    from hypercol.paint.colorizer import Colorizer, colorize_file
    colorizer, options = Colorizer(), ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.log_severity_level = 4
    options.add_session_config_entry('session.x64quantprecision', '1')
    colorizer._made = Future()
    colorizer._made.set_result(ort.InferenceSession(str(colorizer.graph), options, providers=['CPUExecutionProvider']))
    for path in files.values(): colorize_file(path, folder/f'{path.stem}.png', colorizer)

def apart(one, other): # -> largest difference, share of pixels above 2, mean difference; of 255
    "How far two results are from each other; transparent pixels count as others."
    def pixels(path):
        page = read_photo(path, np.inf).pages[0]
        rows = page.bands(0, 3 + page.alpha)(0, page.shape[0])
        return (rows.astype(int) + 128)//257 if rows.dtype == np.uint16 else rows
    a, b = (pixels(p).astype(np.int16) for p in (one, other))
    assert a.shape == b.shape, (a.shape, b.shape)
    assert np.array_equal(a[..., 3:], b[..., 3:])   # transparency
    d = np.abs(a - b)[..., :3].max(-1)
    return int(d.max()), float((d > 2).mean()), float(d.mean())

def tabs(): # -> folders in /proc of this process's Chromium tabs
    "The renderers among all descendants of this process."
    parents = {}
    for status in Path('/proc').glob('[0-9]*/status'):
        try: lines = dict(line.split(':\t', 1) for line in status.read_text().splitlines() if ':\t' in line)
        except OSError: continue
        parents[int(lines['Pid'])] = int(lines['PPid'])
    def ours(pid):
        while pid > 1 and pid != os.getpid(): pid = parents.get(pid, 0)
        return pid == os.getpid()
    folders = [Path(f'/proc/{pid}') for pid in parents if ours(pid)]
    return [f for f in folders if b'--type=renderer' in (f/'cmdline').read_bytes()]

def most_memory(): # -> MB
    "The most memory that a tab has had since `forget_memory`."
    status = [line.split() for tab in tabs() for line in (tab/'status').read_text().splitlines()]
    return max(int(line[1])/1000 for line in status if line[0] == 'VmHWM:')

def core_seconds(): # -> seconds of a core that all tabs have used so far
    "What the tabs have computed, however busy the machine is."
    fields = [(tab/'stat').read_text().rpartition(')')[2].split() for tab in tabs()]
    return sum(int(f[11]) + int(f[12]) for f in fields)/os.sysconf('SC_CLK_TCK')

def forget_memory():
    "Begin to watch the memory anew."
    for tab in tabs(): (tab/'clear_refs').write_text('5')

def by_page(address, chromium, files, folder, threads): # -> {title: (seconds, seconds of a core, MB)}
    "The page's results, as PNG. Without threads: no service worker, which would add the headers for them."
    found = {}
    with browser(chromium) as started:
        context = started.new_context(accept_downloads=True, service_workers='allow' if threads else 'block')
        page = visit(context, address)
        assert page.evaluate('crossOriginIsolated') == threads
        for title, path in files.items():
            forget_memory()
            start, used = time.time(), core_seconds()
            choose(page, path)
            save(page, folder/f'{path.stem}.png')
            found[title] = time.time() - start, core_seconds() - used, most_memory()
            print(f'{title}: {found[title][0]:.1f} s', file=sys.stderr)
    return found

def table(files, seconds, folder):
    "A row of Markdown for each photograph. `seconds`: as `by_command` and `by_page` give them, by title."
    yield ('| photograph | pixels | largest | above 2 | mean | the command against itself | command, s (core) | '
           'page, s (core) | page with threads, s (core) | tab, MB |')
    yield '|---|---|---|---|---|---|---|---|---|---|'
    for title, path in files.items():
        h, w = read_photo(path, np.inf).pages[0].shape
        command, *others = (folder/kind/f'{path.stem}.png' for kind in ('command', 'plain', 'other'))
        (most, share, mean), (most_other, share_other, _) = (apart(command, other) for other in others)
        times = [f'{seconds[kind][title][0]:.1f} ({seconds[kind][title][1]:.1f})' for kind in KINDS]
        yield (f'| {title} | {w} × {h} | {most} | {share:.2%} | {mean:.2f} | {most_other}, {share_other:.2%} | '
               f'{" | ".join(times)} | {seconds["plain"][title][2]:.0f} |')

TEXT = """# The page and the command

Made by `python site/try/compare.py --write` on {date}: {processor}, {cores} cores, Chromium without a
window{priority}.

Twenty photographs, colorized by `hypercol colorize` and by the page. *Largest*: the largest difference of a color
value, of 255. *Above 2*: the share of pixels that differ by more than 2. *Mean*: the mean over pixels of each one's
largest difference.

Both have the same lightness, small copy, upsampling and gamut: tests/test_try.py compares them. What differs is the
network's rounding. It computes in 8 bits: a sum at the border of two steps falls to either side, and later layers
carry that on. *The command against itself* shows how far the same command moves when ONNX Runtime orders its sums
differently (optimization level `extended` in place of `all`): largest difference, share above 2.

Times are from choosing the file to the saved PNG, the network loaded; the command's include its start. In brackets:
the seconds that a core computed for it. *Tab*: the most memory that the tab's process had, with one thread. On
average, {load:.1f} processes ran or waited for a core in the last quarter of an hour, these included.

{table}
"""

def main():
    "Compare, print, and write if asked."
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--write', action='store_true', help='write compared.md')
    parser.add_argument('--only', default='', help='photographs whose title contains this')
    told = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
    if not chromium: sys.exit('compare.py needs Chromium')
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ('source', 'command', 'other', 'plain', 'isolated'): (folder/name).mkdir()
        files = {t: p for t, p in photographs(folder/'source').items() if told.only in t}
        seconds = dict(command={t: by_command(p, folder/'command'/f'{p.stem}.png') for t, p in files.items()})
        by_other_rounding(files, folder/'other')
        for kind in ('plain', 'isolated'):
            with served(ROOT/'_try', kind == 'isolated') as (address, *_):
                seconds[kind] = by_page(address, chromium, files, folder/kind, kind == 'isolated')
        lines = [*table(files, seconds, folder)]
    print(*lines, sep='\n')
    if told.write:
        priority = ', real-time priority, so that other work slows it less' if os.sched_getscheduler(0) else ''
        text = TEXT.format(date=datetime.date.today(), processor=processor(), cores=os.cpu_count(),
                           load=os.getloadavg()[2], priority=priority, table='\n'.join(lines))
        (HERE/'compared.md').write_text(text, encoding='utf-8')

if __name__ == '__main__': main()

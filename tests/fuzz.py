"""Damaged pictures by the thousand: python tests/fuzz.py --n 10000 --seed 0

Each is one of kinds.py's files with bytes changed, cut, spliced or repeated; they depend on the seed alone. `hypercol
colorize` reads them in a process of its own, because a C library may hang or crash. It may refuse a file, but must
never show a traceback, leave part of a file, or take ten seconds.

With --metadata, only metadata are changed, the result has any format, and what it lacks must be told."""
import argparse, collections, functools, io, json, os, re, select, shutil, struct, subprocess, sys, tempfile, time
import warnings, zlib
from pathlib import Path
import numpy as np, tifffile
from PIL import Image
from kinds import KINDS
from models import tiny_model
from readers import check_whole

SECONDS = 10

# Damage

def damaged(seed, i): # -> name, bytes
    "The i-th file of a seed."
    rng = np.random.default_rng([seed, i])
    names = list(KINDS)
    name = names[rng.integers(len(names))]
    data = bytearray(KINDS[name].data)
    for _ in range(rng.choice([1, 1, 1, 2, 4])): data = _WAYS[rng.integers(len(_WAYS))](rng, data) or data
    # With wrong checksums, libpng would refuse before it reads what is damaged
    if name.endswith('png') and rng.random() < .7: data = _with_right_sums(data)
    return name, bytes(data)

def _place(rng, data): # half of them among the first 200 bytes, where headers are
    if rng.random() < .5: return int(rng.integers(len(data)))
    return int(rng.integers(min(len(data), 200)))

def _change(rng, data):
    for _ in range(rng.integers(1, 9)): data[_place(rng, data)] = rng.integers(256)

def _flip(rng, data): data[_place(rng, data)] ^= 1 << rng.integers(8)

def _number(rng, data): # a value that a length or a size should not have
    code = '<>'[rng.integers(2)] + 'HI'[rng.integers(2)]
    number = struct.pack(code, int(rng.choice([0, 1, 2, 255, 256, 32767, 65535])))
    at = _place(rng, data)
    data[at:at + len(number)] = number

def _cut(rng, data): return data[:int(rng.integers(1, len(data) + 1))]

def _remove(rng, data):
    at = _place(rng, data)
    return data[:at] + data[at + rng.integers(1, 200):] or None

def _repeat(rng, data):
    at, size = _place(rng, data), rng.integers(1, 400)
    return data[:at + size] + data[at:]

def _splice(rng, data): # the end of another file
    other = list(KINDS.values())[rng.integers(len(KINDS))].data
    return data[:_place(rng, data) + 1] + other[rng.integers(len(other)):]

def _blank(rng, data):
    at, size = _place(rng, data), int(rng.integers(1, 300))
    data[at:at + size] = bytes([0, 255][rng.integers(2)] for _ in range(size))

_WAYS = [_change, _flip, _number, _cut, _remove, _repeat, _splice, _blank]

# Damage to metadata alone

@functools.cache
def carriers(): # -> {name: file}
    "Small files that carry metadata of all kinds."
    from test_carried import ANEW, BLOCKS
    suffix = dict(JPEG='jpg', PNG='png', TIFF='tif', WebP='webp')
    files = {f'{i}.{suffix[name.split(",")[0]]}': data for i, (name, (data, arrives)) in enumerate(BLOCKS.items())
             if arrives is not ANEW}
    return files | {name: k.data for name, k in KINDS.items() if k.carries and not name.endswith('bmp')}

def _of_pixels(tag): # does a TIFF's tag say how they are stored?
    return tag < 269 or 273 <= tag <= 284 or 317 <= tag <= 336 or 338 <= tag <= 348 or 512 <= tag <= 532

def _metadata(data): # -> (first byte, byte after the last) of each part that holds no pixels
    if data[:2] == b'\xff\xd8':
        at = 2
        while data[at + 1] != 0xda:
            end = at + 2 + int.from_bytes(data[at + 2:at + 4], 'big')
            if data[at + 1] >= 0xe0 and end > at + 4: yield at + 4, end
            at = end
    elif data[:4] in (b'II*\0', b'MM\0*'):
        with tifffile.TiffFile(io.BytesIO(data)) as file: tags = [tag for page in file.pages for tag in page.tags]
        for tag in tags:
            if _of_pixels(tag.code): continue
            yield tag.offset, tag.offset + 12
            yield tag.valueoffset, tag.valueoffset + tag.valuebytecount
    elif data[4:12] == b'ftypavif': # no table of boxes: what stands in its items
        at = data.index(b'II*\0')
        yield at, at + 400
        yield data.index(b'<x:xmpmeta'), data.index(b'</x:xmpmeta>') + 12
    else: # PNG and WebP
        at, order, extra = (8, 'big', 4) if data[:1] == b'\x89' else (12, 'little', 0)
        while at + 8 <= len(data):
            head = data[at:at + 8]
            size = int.from_bytes(head[:4] if extra else head[4:], order)
            pixels = (b'IHDR', b'PLTE', b'IDAT', b'IEND', b'VP8 ', b'VP8L', b'VP8X', b'ALPH')
            if size and not any(name in head for name in pixels): yield at + 8, at + 8 + size
            at += 8 + size + (extra or size % 2)

def mutated(seed, i): # -> name, bytes
    "The i-th file of a seed whose metadata alone are damaged."
    rng = np.random.default_rng([seed, i])
    names = list(carriers())
    name = names[rng.integers(len(names))]
    data, parts = bytearray(carriers()[name]), list(_metadata(carriers()[name]))
    if not parts: return name, bytes(data)
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        start, end = parts[rng.integers(len(parts))]
        at = int(rng.integers(start, end if rng.random() < .5 else min(end, start + 40)))
        number = [rng.bytes(1), bytes([data[at] ^ 1 << rng.integers(8)]), bytes(rng.integers(1, 5)), b'\xff\xff',
                  struct.pack('<>'[rng.integers(2)] + 'I', int(rng.choice([1, 255, 65535, 2**31, 2**32 - 1])))]
        new = number[rng.integers(len(number))][:end - at]
        data[at:at + len(new)] = new
    return name, bytes(_with_right_sums(data) if name.endswith('png') else data)

def _with_right_sums(png):
    at = 8
    while at + 12 <= len(png):
        end = at + 8 + int.from_bytes(png[at:at + 4], 'big')
        if end + 4 > len(png): break
        png[end:end + 4] = struct.pack('>I', zlib.crc32(png[at + 4:end]))
        at = end + 4
    return png


# The process that works, and the one that watches it

def work(model): # path
    "The process that colorizes: it reads paths and formats from stdin, and answers each with a line of JSON."
    import resource
    from hypercol.cli import run
    warnings.filterwarnings('ignore', module='PIL') # as the command does
    resource.setrlimit(resource.RLIMIT_AS, (16*2**30,)*2)
    answers = os.fdopen(os.dup(1), 'w')
    said = tempfile.TemporaryFile()
    os.dup2(said.fileno(), 1)
    os.dup2(said.fileno(), 2)
    for line in sys.stdin:
        said.seek(0)
        said.truncate()
        source, _, format = line.rstrip('\n').partition('\t')
        options = ['-o', source + '.results/', '--model', model, *(['--format', format] if format else [])]
        try: status = run(['colorize', source, *options])
        except BaseException as error: status = f'{type(error).__name__}: {error}'
        sys.stdout.flush()
        sys.stderr.flush()
        said.seek(0)
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps([status, said.read().decode(errors='replace'), most]), file=answers, flush=True)

class Worker:
    "Runs `work` in a process, and starts it again after a crash."
    def __init__(self, model): self.model, self.process = Path(model), None
    def start(self):
        "Start the process, and wait until it has colorized one sound picture."
        command = [sys.executable, __file__, '--work', self.model]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with tempfile.TemporaryDirectory() as folder: # the first picture takes long, because modules are imported
            (whole := Path(folder)/'gray.png').write_bytes(KINDS['gray.png'].data)
            assert self.ask(whole, 120)[0] == 0, 'a sound picture was refused'
    def stop(self):
        "Kill the process."
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
        self.process = None
    def ask(
        self, path,
        seconds=SECONDS,
        format='', # suffix of the result; '' for the same as the file's

    ): # -> status (text if the process died or had to be killed), what was printed, peak memory so far in kB
        "Colorize one file."
        if not self.process: self.start()
        self.process.stdin.write(f'{path}\t{format}\n')
        self.process.stdin.flush()
        ready = select.select([self.process.stdout], [], [], seconds)[0]
        if line := ready and self.process.stdout.readline(): return json.loads(line)
        status = f'died: {self.process.wait()}' if ready else f'hangs: more than {seconds} s'
        self.stop()
        return status, '', 0

def judge(
    path,
    source, # bytes that the file had
    status, said, # from `Worker.ask`
): # -> text; '' if nothing is wrong
    "What is wrong with the answer to one file."
    results = path.with_name(path.name + '.results')
    folder = sorted(p.relative_to(path.parent).as_posix() for p in path.parent.rglob('*') if p.is_file())
    if status not in (0, 2): return f'status {status}'
    if path.read_bytes() != source: return 'the source was changed'
    said = re.sub(r'(?m)^_?(TIFF|ZSTD)\w+: .*\n', '', said) # libtiff inside Pillow prints this itself
    if status == 2:
        if folder != [path.name]: return f'refused, and left {folder}'
        one_line = said.count('\n') == 1 and said.startswith('hypercol: ')
        if not (one_line and path.name in said): return 'expected one line that names the file'
        return ''
    made = list(results.glob('*'))
    if len(made) != 1 or len(folder) != 2: return f'expected one result, got {folder}'
    lines = said.splitlines()
    remark = re.compile(': left out: |: the data are corrupt in some place|: the end marker is missing')
    told = [line for line in lines if line.startswith('hypercol: ') and path.name in line and remark.search(line)]
    if sorted(lines) != sorted([str(made[0]), *told]): return 'more was printed than the path and what is left out'
    try: check_whole(made[0])
    except Exception as error: return f'the result cannot be read: {type(error).__name__}: {error}'
    return ''

WORDS = b'A TOKEN OF ITS OWN', b'https://example.org/a-photograph', b'Dorothea Lange', b'Migrant Mother', b'Nipomo'

def silent(
    path, # of the source
    said, # what was printed
): # -> text; '' if nothing is wrong
    "Which words of a source are neither in its result nor told to be left out?"
    from test_carried import arrived, entries
    source, [result] = path.read_bytes(), path.with_name(path.name + '.results').glob('*')
    if source[:4] in (b'II*\0', b'MM\0*'): # of a TIFF the values of tags alone; a damaged tag can point elsewhere
        source = b'\n'.join(value for tag, value in entries(source).items() if not _of_pixels(tag))
    lost = [word.decode() for word in WORDS if word in source and word not in arrived(result)]
    return f'lost in silence: {lost}' if lost and 'left out: ' not in said else ''

def reason(name, said): # -> text
    "Why a file was refused, in the library's words, without numbers."
    return re.sub(r'\d+', 'N', said.split(f'{name}: ')[-1].split('(')[0]).strip()

def run(
    n, seed=0,
    save=None, # a folder for the files that something went wrong with
    progress=False,
    metadata=False, # change only metadata?
): # -> counts of 'result', 'wrong' and each reason; (name, what is wrong, message) of each offender; most kB; most s
    "Colorize n damaged files, and judge each answer."
    counts, offenders, memory, slowest = collections.Counter(), [], 0, 0
    Image.MAX_IMAGE_PIXELS = None
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter('ignore')
        worker = Worker(tiny_model(Path(folder)))
        try:
            worker.start()
            for i in range(n):
                name, data = (mutated if metadata else damaged)(seed, i)
                format = ('jpg', 'png', 'tif', 'webp', 'avif')[i % 5] if metadata else ''
                path = Path(folder)/str(i)/name
                path.parent.mkdir()
                path.write_bytes(data)
                start = time.perf_counter()
                status, said, most = worker.ask(path, format=format)
                slowest, memory = max(slowest, time.perf_counter() - start), max(memory, most)
                wrong = judge(path, data, status, said)
                if metadata and status == 0: wrong = wrong or silent(path, said)
                counts['wrong' if wrong else 'result' if status == 0 else reason(name, said)] += 1
                if wrong:
                    offenders.append((f'{i}-{name}', wrong, said))
                    if save:
                        Path(save).mkdir(exist_ok=True)
                        (Path(save)/offenders[-1][0]).write_bytes(data)
                shutil.rmtree(path.parent)
                if progress and i % 100 == 99: print(f'\r{i + 1} of {n}', end='', file=sys.stderr)
        finally: worker.stop()
    return counts, offenders, memory, slowest

if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--n', type=int, default=10000)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--metadata', action='store_true', help='change only metadata')
    parser.add_argument('--save', metavar='FOLDER', help='keep the files that something went wrong with')
    parser.add_argument('--work', metavar='MODEL', help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work: work(args.work)
    else:
        start = time.perf_counter()
        counts, offenders, memory, slowest = run(args.n, args.seed, args.save, sys.stderr.isatty(), args.metadata)
        refused = sum(counts.values()) - counts['result'] - counts['wrong']
        what = 'files with damaged metadata' if args.metadata else 'damaged files'
        print(f'{args.n} {what} (seed {args.seed}) in {time.perf_counter() - start:.0f} s: '
              f'{counts["result"]} results, {refused} refused, {len(offenders)} wrong; '
              f'the slowest took {slowest:.2f} s, the process {memory/1024:.0f} MB at most')
        for said, n in counts.most_common(25): print(f'{n:7} {said}')
        for name, wrong, said in offenders: print(f'WRONG {name}: {wrong}\n{said}')
        sys.exit(bool(offenders))

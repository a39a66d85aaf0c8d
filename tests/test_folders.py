"""A run over a folder of mixed and broken files is killed twice and repeated.

The folder holds 300 files, or as many as FILES says: FILES=2000 pytest tests/test_folders.py"""
import os, random, signal, subprocess, sys
import numpy as np, pytest
from house import COMMAND, contents, stopped
from kinds import color, gray, exif, exif_segment, iccp, pillow, png, pnm, tiff, u16, u8, with_segments, PROFILES
from readers import check_whole

FILES, JOBS = int(os.environ.get('FILES', 300)), 2

def _makers(): # suffix, a function of (gray, color) in 0..1 -> bytes
    p3 = PROFILES['p3']
    def turned(g, c): return with_segments(pillow(u8(c), 'JPEG', quality=92), exif_segment(exif(6)))
    def with_profile(g, c): return png(u8(p3.from_srgb(c)), chunks=[iccp(p3.icc)])
    return [('.jpg', lambda g, c: pillow(u8(g), 'JPEG', quality=90)),
            ('.jpg', turned),
            ('.png', lambda g, c: png(u8(g))),
            ('.png', lambda g, c: png(u16(c), 16)),
            ('.png', lambda g, c: png(np.dstack([u8(c), u8(g)]))),
            ('.png', with_profile),
            ('.tif', lambda g, c: tiff([u16(g)], compression='zlib')),
            ('.tif', lambda g, c: tiff([u8(c), u8(g[:20])])),
            ('.webp', lambda g, c: pillow(u8(c), 'WEBP', quality=80)),
            ('.pgm', lambda g, c: pnm(u8(g))),
            ('.bmp', lambda g, c: pillow(u8(c), 'BMP'))]

def fill(folder, n): # -> paths of the broken files: one in fifty, of all kinds
    rng, makers, broken = np.random.default_rng(0), _makers(), []
    for i in range(n):
        suffix, make = makers[i % len(makers)]
        path = folder/f'{i % 7}'/('deep/er' if i % 3 else '')/f'{i:04}{suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        h, w = rng.integers(32, 65, 2)
        data = make(gray(h, w, i), color(h, w, i))
        if i % 50 == 17:
            broken.append(path)
            data = [b'', data[:len(data)//2], b'Dear diary,\n', rng.bytes(500)][i//50 % 4]
        path.write_bytes(data)
    (folder/'notes.txt').write_text('not a picture')
    (folder/'.hidden.png').write_bytes(b'')
    return broken

def finished(folder): # -> {path below the folder: time of writing} of each result
    files = (p for p in folder.rglob('[!.]*') if p.is_file())
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in files}

def command(model, sources, results):
    return [COMMAND, 'colorize', sources, '-o', results, '--jobs', str(JOBS), '--model', model]

def to_the_end(model, sources, results, broken):
    done = subprocess.run(command(model, sources, results), capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert done.returncode == 1 and len(lines) == len(broken), done.stderr
    for path in broken:
        assert sum(line.startswith(f'hypercol: {path}: ') for line in lines) == 1, (path, done.stderr)

def killed(model, sources, results, after): # after so many more results
    before = len(finished(results))
    def ready(): return len(finished(results)) >= before + after
    stopped(command(model, sources, results), ready, signal.SIGKILL)

@pytest.mark.skipif(sys.platform == 'win32', reason='needs SIGKILL')
def test_killed_twice(model, tmp_path):
    sources, whole, results = (tmp_path/n for n in ('sources', 'whole', 'results'))
    broken, chance = fill(sources, FILES), random.Random(0)
    before = contents(sources)
    to_the_end(model, sources, whole, broken)
    for share in (.2, .4):
        kept = finished(results)
        killed(model, sources, results, int(FILES*share*chance.uniform(.5, 1)))
        now = finished(results)
        assert sum(now[n] != t for n, t in kept.items()) <= JOBS # were made again
        for path in list(now)[::10]: check_whole(results/path)
    kept = finished(results)
    assert 0 < len(kept) < FILES - len(broken)
    to_the_end(model, sources, results, broken)
    now = finished(results)
    assert sum(now[n] != t for n, t in kept.items()) <= JOBS
    assert len(now) == FILES - len(broken)
    made, expected = contents(results), contents(whole)
    assert sorted(made) == sorted(expected) # temporaries are gone too
    assert [n for n in made if made[n] != expected[n]] == []
    assert contents(sources) == before
    to_the_end(model, sources, results, broken) # nothing is left to do
    assert finished(results) == now

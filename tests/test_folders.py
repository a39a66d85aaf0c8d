"""A run over a folder of files of all kinds, some of them broken, misnamed, linked or no files, is killed twice and
repeated; and two processes share it, of which one is killed and repeated.

The folder holds 200 files, or as many as FILES says: FILES=2000 pytest tests/test_folders.py"""
import json, os, random, signal, subprocess, sys
from pathlib import Path
import numpy as np, pytest
from house import COMMAND, contents, stopped
from kinds import color, gray, exif, exif_segment, iccp, pillow, png, pnm, tiff, u16, u8, with_segments, PROFILES
from readers import check_whole

FILES, JOBS = int(os.environ.get('FILES', 200)), 2

def _makers(): # suffix, a function of (gray, color) in 0..1 -> bytes
    p3 = PROFILES['p3']
    def turned(g, c): return with_segments(pillow(u8(c), 'JPEG', quality=92), exif_segment(exif(6)))
    def with_profile(g, c): return png(u8(p3.from_srgb(c)), chunks=[iccp(p3.icc)])
    return [('.jpg', lambda g, c: pillow(u8(g), 'JPEG', quality=90)),
            ('.jfif', turned),
            ('.png', lambda g, c: png(u8(g))),
            ('.PNG', lambda g, c: png(u16(c), 16)),
            ('.png', lambda g, c: png(np.dstack([u8(c), u8(g)]))),
            ('.png', with_profile),
            ('.tif', lambda g, c: tiff([u16(g)], compression='zlib')),
            ('.tiff', lambda g, c: tiff([u8(c), u8(g[:20])])),
            ('.webp', lambda g, c: pillow(u8(c), 'WEBP', quality=80)),
            ('.pgm', lambda g, c: pnm(u8(g))),
            ('.bmp', lambda g, c: pillow(u8(c), 'BMP'))]

def _odd(path, data, outside): # what goes wrong: a function that makes it -> (path, status in the report)
    def write(path, data, status='done'): path.write_bytes(data); return path, status
    def link(to, status): path.symlink_to(to); return path, status
    def fifo(): os.mkfifo(path); return path, 'passed over'
    def folder(): path.mkdir(); return write(path/'inside.jpg', data)
    return [lambda: write(path, b'', 'failed'), lambda: write(path, data[:len(data)//2], 'failed'),
            lambda: write(path, b'Dear diary,\n', 'failed'),
            lambda: write(path, random.Random(1).randbytes(500), 'failed'),
            lambda: write(path.with_suffix(''), b'Dear diary,\n', 'passed over'), fifo, folder,
            lambda: write(path.with_suffix('.heic'), data), lambda: write(path.with_suffix(''), data),
            lambda: write(path.with_suffix('.jpg'), data), lambda: link(outside/'a.png', 'done'),
            lambda: link(outside, 'passed over'), lambda: link('nowhere', 'failed'), lambda: link(path.name, 'failed')]

def fill(folder, outside, n): # -> {path: status in the report}; three in a hundred are odd, but one of each kind
    rng, makers, expected = np.random.default_rng(0), _makers(), {}
    outside.mkdir()
    (outside/'a.png').write_bytes(png(u8(gray())))
    kinds = len(_odd(Path(), b'', outside))
    odd = max(kinds, round(.03*n))
    where = {i*n//odd + 3: i for i in range(odd)}
    for i in range(n):
        suffix, make = makers[i % len(makers)]
        path = folder/f'{i % 7}'/('deep/er' if i % 3 else '')/f'{i:04}{suffix}'
        path.parent.mkdir(parents=True, exist_ok=True)
        h, w = rng.integers(32, 65, 2)
        data = make(gray(h, w, i), color(h, w, i))
        if i in where: path, expected[path] = _odd(path, data, outside)[where[i] % kinds]()
        else:
            path.write_bytes(data)
            expected[path] = 'done'
    for name in ('notes.txt', '.hidden.png'): (folder/name).write_text('not a picture')
    return expected | {folder/'notes.txt': 'passed over', folder/'.hidden.png': 'passed over'}

def finished(folder): # -> {path below the folder: time of writing} of each result
    files = (p for p in folder.rglob('[!.]*') if p.is_file())
    return {p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in files}

def command(model, sources, results, *more):
    report = results.with_suffix('.jsonl')
    return [COMMAND, 'colorize', sources, '-o', results, '--jobs', str(JOBS), '--model', model, '--report', report,
            *more]

def rows(report): return [*map(json.loads, report.read_text().splitlines())]
def statuses(rows): return sorted((row['source'], row['status'].replace('already', 'done')) for row in rows)
def as_expected(expected): return sorted((str(path), status) for path, status in expected.items())

def to_the_end(model, sources, results, expected):
    done = subprocess.run(command(model, sources, results), capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    report = rows(results.with_suffix('.jsonl'))
    assert statuses(report) == as_expected(expected)
    told = {row['source'] for row in report if row['status'] == 'failed' or row.get('notes')}
    lines = done.stderr.splitlines()
    assert len(lines) == len(told), done.stderr
    for path in told: assert sum(line.startswith(f'hypercol: {path}: ') for line in lines) == 1, (path, done.stderr)

def killed(model, sources, results, after): # after so many more results
    before = len(finished(results))
    def ready(): return len(finished(results)) >= before + after
    stopped(command(model, sources, results), ready, signal.SIGKILL)

@pytest.mark.skipif(sys.platform == 'win32', reason='needs SIGKILL, FIFOs and links')
def test_killed_twice(model, tmp_path):
    sources, whole, results = (tmp_path/n for n in ('sources', 'whole', 'results'))
    expected, chance = fill(sources, tmp_path/'outside', FILES), random.Random(0)
    number = [*expected.values()].count('done')
    before = contents(sources)
    to_the_end(model, sources, whole, expected)
    for share in (.2, .4):
        kept = finished(results)
        killed(model, sources, results, int(FILES*share*chance.uniform(.5, 1)))
        now = finished(results)
        assert sum(now[n] != t for n, t in kept.items()) <= JOBS # were made again
        for path in list(now)[::10]: check_whole(results/path)
    kept = finished(results)
    assert 0 < len(kept) < number
    to_the_end(model, sources, results, expected)
    now = finished(results)
    assert sum(now[n] != t for n, t in kept.items()) <= JOBS
    assert len(now) == number
    made, others = contents(results), contents(whole)
    assert sorted(made) == sorted(others) # temporaries are gone too
    assert [n for n in made if made[n] != others[n]] == []
    assert contents(sources) == before
    to_the_end(model, sources, results, expected) # nothing is left to do
    assert finished(results) == now

@pytest.mark.skipif(sys.platform == 'win32', reason='needs SIGKILL, FIFOs and links')
def test_two_shards_at_once(model, tmp_path):
    sources, whole, results = (tmp_path/n for n in ('sources', 'whole', 'results'))
    expected = fill(sources, tmp_path/'outside', FILES)
    to_the_end(model, sources, whole, expected)
    first, second = ([*map(str, command(model, sources, results, '--shard', f'{i}/2'))] for i in (1, 2))
    other = subprocess.Popen(second, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    stopped(first, lambda: len(finished(results)) > FILES//5, signal.SIGKILL)   # while the other goes on
    again = subprocess.run(first, capture_output=True, text=True)
    out, err = other.communicate(timeout=600)
    assert (again.returncode, other.returncode) == (1, 1), (again.stderr, err)   # each has broken files
    assert 'by an earlier run' in again.stdout and 'by an earlier run' not in out
    made, others = contents(results), contents(whole)
    assert sorted(made) == sorted(others)   # temporaries are gone too
    assert [n for n in made if made[n] != others[n]] == []
    reports = [rows(tmp_path/f'results.{i}-of-2.jsonl') for i in (1, 2)]
    assert all(reports) and statuses(sum(reports, [])) == as_expected(expected)   # each file once
    assert not results.with_suffix('.jsonl').exists()

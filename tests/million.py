"""What a million photographs cost the machine that plans them and hands them out: python tests/million.py

The photographs are links to a few copies of one small JPEG, and in place of the network a function returns at
once. What remains is the plan, the threads or the scheduler, the report and the progress bar. For each, this
prints seconds of the clock and of the processor (other work may share the machine), and the largest memory of
the process so far. --tasks says how many of the photographs a Dask scheduler in this process gets, with two
workers that are threads; it needs the extra `cluster`. Linux only."""
import argparse, io, os, resource, sys, tempfile, time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch
from PIL import Image
from tqdm import tqdm
from hypercol.core import processor
from hypercol.paint import folders
from hypercol.paint.plan import Outcome, Shard, plan_results

LINKS = 50_000   # of one file; some file systems allow no more than 65,000
NOTHING = SimpleNamespace(card=SimpleNamespace(temperature=None), name='stub', session=None)   # in place of a network

def fill(folder, n): # a thousand files in each folder
    jpeg = io.BytesIO()
    Image.new('L', (64, 48), 128).save(jpeg, 'JPEG')
    for i in range(n):
        path = folder/f'{i//1000:04}'/f'{i:07}.jpg'
        if i % 1000 == 0: path.parent.mkdir(parents=True)
        if i % LINKS == 0: path.write_bytes(jpeg.getvalue()); first = path
        else: os.link(first, path)

def stub(source, result, *_, **__): return Outcome(source, result)

def memory(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024

def clocks(): return time.perf_counter(), time.process_time()

def told(what, n, start):
    wall, used = (now - then for now, then in zip(clocks(), start))
    print(f'{what:36} {n:9,} files {wall:8.1f} s, of the processor {used:8.1f} s = {1e6*used/n:5.0f} µs each '
          f'{memory():6.0f} MB', flush=True)

def on_threads(pairs, report):
    with patch.object(folders, 'colorize_one', stub), tqdm(total=len(pairs), file=io.StringIO()) as bar:
        return folders.colorize_all(pairs, NOTHING, report=report, tell=lambda outcome: bar.update())

def on_a_scheduler(pairs, report):
    from distributed import LocalCluster
    from hypercol.paint import cluster
    local = dict(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None)
    with LocalCluster(**local) as machines, patch.object(cluster, 'colorize_one', stub), \
            patch.object(cluster, '_prepared', lambda *_: NOTHING):
        start = clocks()
        cluster.colorize_cluster(pairs, machines.scheduler_address, report=report)
        told('scheduler, two workers, report', len(pairs), start)

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--n', type=int, default=10**6)
    parser.add_argument('--tasks', type=int, default=0)
    args = parser.parse_args()
    print(f'{processor()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, {time.strftime("%Y-%m-%d")}')
    print(f'before: {memory():.0f} MB')
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        fill(d/'in', args.n)
        start = clocks()
        part = plan_results([d/'in'], f'{d}/out/', shard=Shard(1, 100))
        told(f'plan of --shard 1/100: {len(part):,} files', args.n, start)
        start = clocks()
        pairs = plan_results([d/'in'], f'{d}/out/')
        told('plan', args.n, start)
        start = clocks()
        outcomes = on_threads(pairs, d/'report.jsonl')
        told('threads, report, progress bar', args.n, start)
        assert len(outcomes) == args.n and (d/'report.jsonl').read_bytes().count(b'\n') == args.n
        del outcomes
        if args.tasks: on_a_scheduler(pairs[:args.tasks], d/'report.jsonl')

if __name__ == '__main__': main()

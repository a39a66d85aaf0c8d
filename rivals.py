"""Competitors at one budget, made again by anyone:

    python rivals.py train PHOTOGRAPHS RUNS [NAME...] [--seed N] [--samples N]

PHOTOGRAPHS is a folder of archives (tar, zip) or folders of photographs, RUNS the folder for what is learned. The named
methods, all if none is named, are trained side by side (learn/15_budget); the same call resumes."""
import argparse, sys
from importlib import import_module
from pathlib import Path
from hypercol.core import HypercolError
from hypercol.learn.budget import Budget, BudgetPhotos, train_together

TRAINED = dict(ours=('learn.budget', 'Ours'), ours_distribution=('learn.budget', 'OursDistribution'),
               zhang2016_loss=('baselines.zhang2016', 'Zhang2016Loss'),
               zhang2016_rebalanced=('baselines.zhang2016', 'Zhang2016Rebalanced'),
               larsson2016=('baselines.larsson2016', 'Larsson2016'), spade2019=('baselines.spade2019', 'Spade2019'),
               zhang2016=('baselines.zhang2016', 'Zhang2016'), iizuka2016=('baselines.iizuka2016', 'Iizuka2016'),
               limmer2016=('baselines.limmer2016', 'Limmer2016'),
               pix2pix2017=('baselines.pix2pix2017', 'Pix2Pix2017'))

def class_of(name):
    module, kind = TRAINED[name]
    return getattr(import_module(f'hypercol.{module}'), kind)

def sources(folder): # the archives and folders in a folder of photographs, in a fixed order
    found = sorted(p for p in Path(folder).iterdir() if p.is_dir() or p.suffix in ('.tar', '.zip'))
    if not found: raise HypercolError(f'{folder}: neither archives nor folders of photographs in it')
    return found

def train(args):
    unknown = [n for n in args.names if n not in TRAINED]
    if unknown: raise HypercolError(f"{', '.join(unknown)}: no such method; there are {', '.join(TRAINED)}")
    names = args.names or list(TRAINED)
    photos = BudgetPhotos(sources(args.photographs))
    print(f'{len(photos)} photographs, list sha256 {photos.sha256}', flush=True)
    def say(row): print(row['samples'], row['loss'], flush=True)
    train_together({n: class_of(n) for n in names}, photos, Budget(samples=args.samples, seed=args.seed), args.runs,
                   say=say)

def parser():
    top = argparse.ArgumentParser(prog='rivals.py', description=__doc__.splitlines()[0])
    commands = top.add_subparsers(required=True)
    one = commands.add_parser('train', help='train methods at one budget')
    one.add_argument('photographs', type=Path, help='folder of archives or folders of photographs')
    one.add_argument('runs', type=Path, help='folder for checkpoint, log and trained methods')
    one.add_argument('names', nargs='*', help=f"methods; all if none is named: {', '.join(TRAINED)}")
    one.add_argument('--seed', type=int, default=1)
    one.add_argument('--samples', type=int, default=Budget.samples)
    one.set_defaults(call=train)
    return top

if __name__ == '__main__':
    args = parser().parse_args()
    try: args.call(args)
    except HypercolError as error: sys.exit(str(error))

"""Competitors at one budget, made again by anyone:

    python rivals.py train PHOTOGRAPHS RUNS [NAME...] [--seed N] [--samples N]
    python rivals.py table SETS PHOTOGRAPHS RUNS OUT [--sets NAME...] [--only NAME...] [--dahl FILE]
    python rivals.py show SETS PHOTOGRAPHS RUNS OUT [--sets NAME...] [--dahl FILE]

PHOTOGRAPHS is a folder of archives (tar, zip) or folders of photographs, RUNS the folder for what is learned. The
named methods, all if none is named, are trained side by side (learn/15_budget); the same call resumes. `table`
measures all methods on the sets of photographs in the folder SETS and writes the table into OUT, with the cards of
all that were trained; it resumes, too.
`show` draws ten photographs of the sets by seed, and writes sheet.jpg and blind.html, a page without names."""
import argparse, json, sys
from importlib import import_module
from pathlib import Path
import numpy as np
from hypercol.core import HypercolError, sha256, write_whole
from hypercol.learn.budget import Budget, BudgetPhotos, load_trained, shared_encoder, train_together
from hypercol.learn.nearest import References
from hypercol.learn.vision import torch
from hypercol.measure.contest import (ChromaOfLightness, Contender, contest, contest_table, hold, pooled_contest)
from hypercol.measure.evaluate import Gray, MeanAb, touches_of
from hypercol.measure.protocol import clipped, finish
from hypercol.measure.sets import HELDOUT, VALIDATION, open_set
from hypercol.photo.color import gray, lightness
from hypercol.photo.metrics import psnr
from hypercol.photo.sheet import contact_sheet
from hypercol.show.blind import blind_page

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
    done = {path.stem for path in args.runs.rglob(f'*@{args.seed}.safetensors')} if args.runs.is_dir() else set()
    names = [n for n in args.names or TRAINED if f'{n}@{args.seed}' not in done]
    if not names: return print('all of them are trained already')
    photos = BudgetPhotos(sources(args.photographs))
    print(f'{len(photos)} photographs, list sha256 {photos.sha256}', flush=True)
    def say(row): print(row['samples'], row['loss'], flush=True)
    train_together({n: class_of(n) for n in names}, photos, Budget(samples=args.samples, seed=args.seed), args.runs,
                   say=say)

TARGET = 14. # the colorfulness of every row when rows are compared; about that of the palest on the validation sets
TOUCHES = 10 # random pixels whose true colors the methods with touches are told
# the photographs that may be references: every fourth, which is enough for twelve thousand
EVERY = 4
SHIPPED = 'default, as shipped'
TOLD = 'levin2004', 'luan2007', 'kawulok2010', 'default, with touches', 'welsh2002', 'gupta2012'

def plain(name, method, **more): # a contender that is told nothing
    return Contender(name, lambda L, original, i: method.predict(L), **more)

def cards(runs): # path of each trained method's file -> its card, in the order of their names
    paths = sorted(Path(runs).rglob('*@*.safetensors'), key=lambda path: path.stem)
    return {path: json.loads(path.with_suffix('.json').read_text(encoding='utf-8'))
            for path in paths if path.stem.split('@')[0] in TRAINED}

def trained(runs): # a contender for each trained method in a folder; those of one seed share an encoder
    encoder, found = shared_encoder(), []
    for path, card in cards(runs).items():
        name, seed = path.stem.split('@')
        if card['sha256'] != sha256(path): raise HypercolError(f'{path}: is not the file that its card describes')
        about = dict(minutes=card['minutes'], samples=card['budget']['samples'], sha256=card['sha256'])
        title = name if seed == '1' else f'{name}, seed {seed}'
        found.append(plain(title, load_trained(class_of(name)(encoder), path), about=about))
    return found

def told(photos, runs): # contenders that are told touches or a reference
    from hypercol.baselines.gupta2012 import Gupta2012
    from hypercol.baselines.kawulok2010 import Kawulok2010
    from hypercol.baselines.levin2004 import Levin2004, neighbor_weights, spread_over
    from hypercol.baselines.luan2007 import Luan2007
    from hypercol.baselines.welsh2002 import Welsh2002
    from hypercol.paint.colorizer import Colorizer
    known = photos[::EVERY]
    references = References(known, path=Path(runs)/'references.safetensors', key=f'{photos.sha256} every {EVERY}')
    def touched(name, method):
        return Contender(name, lambda L, original, i: method.predict(L, touches=touches_of(original, i, TOUCHES)),
                         f'{TOUCHES} touches')
    def copying(name, method):
        return Contender(name, lambda L, original, i: method.predict(L, known[references.nearest(L)]), 'a reference')
    touching = dict(levin2004=Levin2004(), luan2007=Luan2007(neighbor_weights), kawulok2010=Kawulok2010())
    touching['default, with touches'] = Colorizer('default', threads=1)
    return ([touched(*item) for item in touching.items()] +
            [copying('welsh2002', Welsh2002()), copying('gupta2012', Gupta2012(spread_over))])

def contenders(photos, runs, dahl): # told nothing; without mean ab, which belongs to a set
    from hypercol.paint.colorizer import Colorizer
    rows = [plain('gray', Gray()), plain(ChromaOfLightness.name, ChromaOfLightness(photos)), *trained(runs)]
    if dahl:
        from hypercol.baselines.dahl2016 import Dahl2016
        rows.append(plain('dahl2016, as published', Dahl2016(dahl), about=dict(sha256=sha256(dahl))))
    rows.append(plain(SHIPPED, Colorizer('default', threads=1)))
    return rows

def table(args):
    torch.set_num_threads(1)
    photos = BudgetPhotos(sources(args.photographs))
    rows = contenders(photos, args.runs, args.dahl)
    # looking at the references takes minutes the first time
    if not args.only or set(args.only) & set(TOLD): rows += told(photos, args.runs)
    names = [r.name for r in rows]
    names.insert(1, MeanAb.name)
    sets = [open_set(args.sets_folder/f'{name}.tar') for name in args.sets]
    for s in sets:
        tint = plain(MeanAb.name, MeanAb(s), join=clipped)
        every = [*rows[:1], tint, *rows[1:]]
        # a few at a time, so that little is lost if the work is interrupted; those that read one encoder together
        learned = [r for r in every if 'minutes' in r.about]
        for part in (learned, *([r] for r in every if r not in learned)):
            hold(s, [r for r in part if not args.only or r.name in args.only], args.out/'pictures', TARGET,
                 lambda line: print(line, flush=True))
    parts = [contest(s, args.out/'pictures', names) for s in sets]
    if len(parts) > 1: parts.append(pooled_contest(parts, args.out/'pictures', sets))
    described = {path.stem: card for path, card in cards(args.runs).items()}
    for name, data in (('figures', parts), ('cards', described)):
        text = json.dumps(data, indent=1, ensure_ascii=False) + '\n'
        write_whole(args.out/f'{name}.json', lambda p: p.write_text(text, encoding='utf-8'))
    page = '\n\n'.join(map(contest_table, parts)) + '\n'
    write_whole(args.out/'table.md', lambda p: p.write_text(page, encoding='utf-8'))
    print(page)

def show(args):
    torch.set_num_threads(1)
    photos = BudgetPhotos(sources(args.photographs))
    rows = contenders(photos, args.runs, args.dahl) + told(photos, args.runs)
    every = [(p, i) for name in args.sets for i, p in enumerate(open_set(args.sets_folder/f'{name}.tar').pictures)]
    drawn = sorted(np.random.default_rng(0).permutation(len(every))[:10])
    pictures, titles, judged = [], [], []
    for p, i in (every[k] for k in drawn):
        L = lightness(p)
        results = {r.name: finish(L, r.predict(L, p, i), r.join) for r in rows if r.name != 'gray'}
        pictures.append([gray(L), *results.values(), p])
        titles.append(['gray', *(f'{name}: {psnr(r, p):.1f} dB' for name, r in results.items()), 'original'])
        judged.append((gray(L), p, {r.name: results[r.name] for r in rows if r.about or r.name == SHIPPED}))
    contact_sheet(pictures, titles, height=140).save(args.out/'sheet.jpg')
    blind_page(judged, args.out/'blind.html')
    print(f"{args.out/'sheet.jpg'}, {args.out/'blind.html'}")

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
    for name, call, does in (('table', table, 'measure all methods and write the table'),
                             ('show', show, 'draw ten photographs: a contact sheet and a page to judge on')):
        two = commands.add_parser(name, help=does)
        two.add_argument('sets_folder', type=Path, metavar='sets',
                         help='folder with the sets of photographs, NAME.tar each')
        two.add_argument('photographs', type=Path, help='as for train')
        two.add_argument('runs', type=Path, help='as for train')
        two.add_argument('out', type=Path, help='folder for what is written')
        two.add_argument('--sets', nargs='+', default=[k.name for k in HELDOUT],
                         help='the four held-out sets if not given; for choices: '
                              f"{', '.join(k.name for k in VALIDATION)}")
        two.add_argument('--dahl', type=Path,
                         help='dahl2016.safetensors (baselines/dahl2016 says where it can be had)')
        if name == 'table': two.add_argument('--only', nargs='+', help='measure only these rows now')
        two.set_defaults(call=call)
    return top

if __name__ == '__main__':
    args = parser().parse_args()
    try: args.call(args)
    except HypercolError as error: sys.exit(str(error))

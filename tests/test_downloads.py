"""Data sets by name, from a server on this machine that cuts, corrupts, ignores ranges and lies about sizes.

Nothing here uses the network."""
import hashlib, io, signal, sys, tarfile, time, zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
import numpy as np
import pytest
from PIL import Image
import hypercol.learn.download as download
from hypercol.cli import run
from hypercol.learn.data import Photos, photo_files
from hypercol.learn.download import fetch, named
from hypercol.core import HypercolError
from hypercol.learn.vision import torchvision
from house import stopped

def photograph(seed):
    colors = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(colors).resize((96, 72), Image.Resampling.BICUBIC).save(out, 'PNG')
    return out.getvalue()

def packed(count): # a zip arranged as DIV2K's
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as z:
        for i in range(count): z.writestr(f'DIV2K/X2/{i:04}x2.png', photograph(i))
    return out.getvalue()

class Shop:
    "A server with faults that a test can switch on."
    def __init__(self):
        self.files, self.asked = {}, []
        self.ranges = True # does it support them?
        self.most = None # bytes that it sends before it closes the connection
        self.slow = 0 # seconds between two kilobytes
        self.status = None # of an error that it answers with, instead of the file
        self.damage = False # flips one bit of each answer
        self.sent = 0 # kilobytes so far
        shop = self
        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self): self.do_GET()
            def do_GET(self):
                shop.asked.append(self.headers['Range'])
                content = shop.files.get(self.path[1:])
                if shop.status or content is None: return self.send_error(shop.status or 404)
                start = int(self.headers['Range'][6:-1]) if self.headers['Range'] and shop.ranges else 0
                rest = content[start:]
                self.send_response(206 if self.headers['Range'] and shop.ranges else 200)
                self.send_header('Content-Length', len(rest))
                self.end_headers()
                if self.command == 'HEAD': return
                if shop.damage: rest = bytes([rest[0] ^ 1]) + rest[1:]
                rest = rest[:shop.most]
                for i in range(0, len(rest), 1000):
                    try: self.wfile.write(rest[i:i + 1000])
                    except OSError: return # the client is gone
                    shop.sent += 1
                    time.sleep(shop.slow)
            def log_message(self, *_): pass
        self.server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.address = f'http://127.0.0.1:{self.server.server_port}/'
        Thread(target=self.server.serve_forever, args=(.02,), daemon=True).start()
    def close(self):
        self.server.shutdown()
        self.server.server_close()

@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    shop = Shop()
    yield shop
    shop.close()

@pytest.fixture
def content(): return packed(3)

@pytest.fixture
def bring(shop, content, tmp_path): # -> a function that fetches `content`; -> the error's message, or None
    shop.files['a.zip'] = content
    def call(size=len(content), sha256=hashlib.sha256(content).hexdigest()):
        try: fetch(shop.address + 'a.zip', tmp_path/'a.zip', size, sha256)
        except HypercolError as error:
            assert not (tmp_path/'a.zip').exists()
            assert '\n' not in str(error)
            return str(error)
        assert (tmp_path/'a.zip').read_bytes() == content
        assert [p.name for p in tmp_path.iterdir()] == ['a.zip']
    call.part = tmp_path/'a.zip.part'
    return call

def test_whole_at_once(shop, bring):
    assert bring() is None and shop.asked == ['bytes=0-']

def test_an_earlier_try_is_gone_on_with(shop, bring, content):
    bring.part.write_bytes(content[:5000])
    assert bring() is None and shop.asked == ['bytes=5000-']

def test_all_but_the_name(shop, bring, content): # killed after the last byte
    bring.part.write_bytes(content)
    assert bring() is None and shop.asked == []

def test_a_server_that_cuts_is_followed_to_the_end(shop, bring, content):
    shop.most = 5000
    assert bring() is None and shop.asked == [f'bytes={n}-' for n in range(0, len(content), 5000)]

def test_a_server_without_ranges(shop, bring, content):
    shop.ranges = False
    bring.part.write_bytes(b'x'*5000) # must be thrown away
    assert bring() is None and shop.asked == ['bytes=5000-']

def test_a_server_without_ranges_that_cuts(shop, bring, content): # asking again and again would never end
    shop.ranges, shop.most = False, 5000
    assert 'run it again' in bring() and len(shop.asked) == 2
    assert bring.part.read_bytes() == content[:5000]

def test_damaged_on_its_way(shop, bring):
    shop.damage = True
    assert 'damaged' in bring() and not bring.part.exists()
    shop.damage = False
    assert bring() is None

def test_a_damaged_part_is_found_out(shop, bring, content):
    bring.part.write_bytes(b'x'*5000)
    assert 'damaged' in bring() and not bring.part.exists()

def test_a_part_that_is_too_long(shop, bring, content):
    bring.part.write_bytes(content + b'x')
    assert 'damaged' in bring()
    assert not bring.part.exists() and shop.asked == []

@pytest.mark.parametrize('have', [0, 5000])
@pytest.mark.parametrize('ranges', [True, False])
def test_a_file_of_another_size(shop, bring, content, have, ranges):
    shop.ranges = ranges
    shop.files['a.zip'] = content + b'more'
    bring.part.write_bytes(content[:have])
    assert f'{len(content) + 4} bytes' in bring()
    assert bring.part.read_bytes() == content[:have] # not spoiled, for example by a login page

@pytest.mark.parametrize('status', [403, 404, 416, 503])
def test_a_server_that_refuses(shop, bring, content, status):
    shop.status = status
    bring.part.write_bytes(content[:5000])
    assert 'by hand' in bring() and len(shop.asked) == 1
    assert bring.part.read_bytes() == content[:5000]

def test_disk_full(shop, bring, content): # simulated by a limit on the size of files
    resource = pytest.importorskip('resource') # not on Windows
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try: said = bring()
    finally: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert 'File too large' in said and 'run it again' in said
    assert bring() is None
    assert bring.part.exists() is False and shop.asked[-1] == 'bytes=20000-'


@pytest.fixture
def div2k(shop, content, tmp_path, monkeypatch): # small, and from our own server
    for name, data in (('div2k', content), ('div2k-valid', packed(2))):
        shop.files[f'{name}.zip'] = data
        monkeypatch.setitem(download.ZIPS, name, (f'{name}.zip', len(data), hashlib.sha256(data).hexdigest()))
    monkeypatch.setattr(download, 'DIV2K', shop.address)
    monkeypatch.setattr(download, 'data_folder', lambda: tmp_path)
    return tmp_path

def test_photographs_by_name(shop, div2k, content, capfd):
    assert [n for n, _ in photo_files('div2k')] == [f'DIV2K/X2/{i:04}x2.png' for i in range(3)]
    told = capfd.readouterr()
    assert told.out == '' and 'academic research only' in told.err
    assert told.err.count('\n') == 2 and f'{shop.address}div2k.zip' in told.err and str(div2k) in told.err
    photos = Photos(['div2k'], 64, 0)
    assert dict(photos.counts) == {'used': 3}
    assert shop.asked == ['bytes=0-'] and capfd.readouterr().err == '' # downloaded once, announced once

def test_a_file_brought_by_hand(shop, div2k, content):
    (div2k/'div2k.zip').write_bytes(content)
    assert len(list(photo_files('div2k'))) == 3 and shop.asked == []
    (div2k/'div2k.zip').write_bytes(content[:-1])
    with pytest.raises(HypercolError, match='delete it'): next(photo_files('div2k'))

TRAIN = ['train', '--recipe', 'smoke', '--out', 'run', '--data', 'div2k']
EVALUATE = ['evaluate', 'div2k']

@pytest.mark.parametrize('command', [TRAIN, EVALUATE], ids=lambda c: c[0])
def test_offline_is_one_line(shop, div2k, capfd, monkeypatch, command):
    monkeypatch.chdir(div2k)
    shop.close()
    assert run(command) == 2
    terms, where, error = capfd.readouterr().err.splitlines()
    assert error.startswith(f'hypercol: div2k: {shop.address}div2k.zip: Connection refused')
    assert error.endswith(f'download it by hand into {div2k}')

def test_evaluate_by_name(shop, div2k, model, capfd):
    assert run(['evaluate', 'div2k-valid', '--model', str(model)]) == 0
    out = capfd.readouterr().out
    assert 'div2k-valid' in out and 'as-stored' in out

def test_a_folder_of_that_name(div2k, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path/'div2k').mkdir()
    (tmp_path/'div2k'/'mine.png').write_bytes(photograph(0))
    assert [n for n, _ in photo_files('./div2k')] == ['div2k/mine.png']

FETCH = '''
import sys
from pathlib import Path
from hypercol.learn.download import fetch
address, folder, size, sha256 = sys.argv[1:]
fetch(address, Path(folder)/'a.zip', int(size), sha256)
'''
def test_stopped_and_called_again(shop, bring, content, tmp_path):
    shop.slow = .3
    arguments = [shop.address + 'a.zip', str(tmp_path), str(len(content)), hashlib.sha256(content).hexdigest()]
    command = [sys.executable, '-c', FETCH, *arguments]
    status, *_ = stopped(command, lambda: shop.sent >= 4, signal.SIGINT, seconds=60)
    assert status != 0
    have = bring.part.stat().st_size
    assert 0 < have < len(content) and not (tmp_path/'a.zip').exists()
    shop.slow = 0
    assert bring() is None and shop.asked == ['bytes=0-', f'bytes={have}-']


@pytest.fixture
def imagenette(shop, tmp_path, monkeypatch): # -> its folder
    "Three photographs for training and two for validation, in folders as torchvision's."
    out = io.BytesIO()
    sets = dict(train=('n01440764', 'n02102040', 'n02979186'), val=('n01440764', 'n02102040'))
    names = [f'imagenette2-160/{s}/{word}/{s}_{word}.JPEG' for s, words in sets.items() for word in words]
    with tarfile.open(fileobj=out, mode='w:gz') as tar:
        for i, name in enumerate(names):
            member = tarfile.TarInfo(name)
            member.size = len(data := photograph(i))
            tar.addfile(member, io.BytesIO(data))
    shop.files['imagenette2-160.tgz'] = out.getvalue()
    address = shop.address + 'imagenette2-160.tgz'
    md5 = hashlib.md5(out.getvalue()).hexdigest()
    monkeypatch.setitem(torchvision.datasets.Imagenette._ARCHIVES, '160px', (address, md5))
    monkeypatch.setattr(download.URLs, 'IMAGENETTE_160', address)
    monkeypatch.setitem(download.IMAGENETTE, 'imagenette', ('train', 3))
    monkeypatch.setitem(download.IMAGENETTE, 'imagenette-valid', ('val', 2))
    monkeypatch.setattr(download, 'data_folder', lambda: tmp_path/'data')
    return tmp_path/'data'

def test_the_address_is_torchvisions():
    assert torchvision.datasets.Imagenette._ARCHIVES['160px'][0] == download.URLs.IMAGENETTE_160

def test_imagenette(shop, imagenette, capfd):
    expected = [f'train/{w}/train_{w}.JPEG' for w in ('n01440764', 'n02102040', 'n02979186')]
    assert [n for n, _ in photo_files('imagenette')] == expected
    told = capfd.readouterr()
    assert told.out == '' and told.err.count('\n') == 2 and 'non-commercial' in told.err
    shop.close()
    assert len(list(photo_files('imagenette-valid'))) == 2 and capfd.readouterr().err == ''

def test_imagenette_that_was_not_unpacked_whole(imagenette):
    named('imagenette')
    (imagenette/'imagenette2-160/train/n02979186/train_n02979186.JPEG').unlink()
    with pytest.raises(HypercolError, match='of 3 photographs.*delete this folder'): named('imagenette')
    (imagenette/'imagenette2-160/val').rename(imagenette/'elsewhere')
    with pytest.raises(HypercolError, match='delete this folder'): named('imagenette-valid')

@pytest.mark.parametrize('whim', [dict(most=100), dict(damage=True), dict(status=503)])
def test_imagenette_that_did_not_come(shop, imagenette, whim):
    vars(shop).update(whim)
    message = 'run it again, or download it by hand into'
    with pytest.raises(HypercolError, match=message) as caught: named('imagenette')
    assert '\n' not in str(caught.value)
    vars(shop).update(most=None, damage=False, status=None)
    assert named('imagenette') == imagenette/'imagenette2-160'/'train'

def test_imagenette_offline(shop, imagenette):
    shop.close()
    message = '^imagenette: http.*tgz: Connection refused; .*by hand'
    with pytest.raises(HypercolError, match=message): named('imagenette')

"""The I/O contract: what a file of each kind keeps, what is refused, and what happens to a stopped run or a full disk.

kinds.py makes the files and readers.py reads the results, both without libvips."""
import errno, io, os, re, shutil, signal, struct, subprocess, sys, time, zlib
from pathlib import Path
import numpy as np, pytest
from PIL import Image
from skimage.color import lab2rgb, rgb2lab
import hypercol.core, hypercol.paint.colorizer
from hypercol.photo import formats
from hypercol.photo.formats import read_suffixes, result_suffixes
from hypercol.photo.read import read_photo
from hypercol.photo.write import read_mark
from hypercol.cli import run
from house import COMMAND, contents, stopped
from kinds import ARTIST, CAPTION, DATE, KINDS, PROFILES, TITLE, gray, pillow, png, png_chunk, thumbnail, tiff
from kinds import tiff_by_hand, u16, u8, values, with_segments, xmp, xmp_segment
from models import known_ab
from readers import SYNTHETIC, check_srgb, jpeg_sampling, lightness, read_result, xmp_values

MARK = r'hypercol \S+ \(model tiny [0-9a-f]{12}, size 256, saturation 1(\.0)?, source [0-9a-f]{12}\)'




# Every kind, through the command

@pytest.fixture(scope='module')
def results(model, tmp_path_factory): # name of a kind -> (path of its result, what was read in it); each is made once
    folder, made = tmp_path_factory.mktemp('kinds'), {}
    def result(name):
        if name not in made:
            source = folder/name/name
            source.parent.mkdir()
            source.write_bytes(KINDS[name].data)
            assert run(['colorize', source, '--model', model]) == 0
            assert source.read_bytes() == KINDS[name].data
            [path] = source.parent.glob('*.color.*')
            assert len(list(source.parent.iterdir())) == 2
            made[name] = path, read_result(path)
        return made[name]
    return result

each = pytest.mark.parametrize('name', KINDS)
def carrying(what): return pytest.mark.parametrize('name', [n for n, k in KINDS.items() if what in k.carries])

def off(one, other): # mean error of the lightness
    return np.abs(lightness(one) - lightness(other)).mean()

def test_every_suffix_has_a_kind():
    cameras = formats.format_named('CAMERA').suffixes
    alike = {'.jpe', '.jfif', '.jpf', '.jpx', '.j2c', '.jpc', '.heif', '.hif', *cameras}
    assert {Path(n).suffix for n in KINDS} | alike >= set(read_suffixes())
    assert set(result_suffixes()) <= set(read_suffixes())

# A source's suffix: its result's, where they differ
SUFFIXES = {'.mpo': '.jpg'} | dict.fromkeys(('.bmp', '.pgm', '.ppm', '.pnm', '.jp2', '.j2k'), '.png')
SUFFIXES |= dict.fromkeys(('.heic', '.jxl'), '.png') # with the extra
NAMES = {'.jpg': 'JPEG', '.jpeg': 'JPEG', '.png': 'PNG', '.tif': 'TIFF', '.tiff': 'TIFF', '.webp': 'WEBP',
         '.avif': 'AVIF'}

@each
def test_format(results, name):
    path, result = results(name)
    suffix = SUFFIXES.get(Path(name).suffix, Path(name).suffix)
    assert path.name == f'{Path(name).stem}.color{suffix}'
    assert result.format == NAMES[suffix]
    if result.format == 'JPEG': assert set(jpeg_sampling(path.read_bytes())) == {(1, 1)} # 4:4:4

@each
def test_pages_and_sizes(results, name):
    assert [p.shape[:2] for p in results(name)[1].pages] == [s.shape[:2] for s in KINDS[name].shows]

@each
def test_depth(results, name):
    assert {p.dtype for p in results(name)[1].pages} == {np.dtype(f'uint{KINDS[name].depth}')}

@each
def test_lightness(results, name):
    limit = .05 if KINDS[name].depth == 16 else .5
    for page, shows in zip(results(name)[1].pages, KINDS[name].shows): assert off(page, shows) <= limit

WITH_CHROMA = [n for n in KINDS if n not in ('gray-1.png', 'one-bit.tif')] # black and white have none

@pytest.mark.parametrize('name', WITH_CHROMA)
def test_chroma(results, name): # at any depth and with any profile, the network saw what the picture shows
    for page, shows in zip(results(name)[1].pages, KINDS[name].shows):
        L = lightness(shows)
        seen = lab2rgb(np.dstack([L, 0*L, 0*L]))[..., 0]
        wrong = np.abs(rgb2lab(page[..., :3])[..., 1:] - known_ab(seen)).mean((0, 1))
        assert (wrong < (1.7 if 'palette' in name else 1)).all() # a random palette has an edge at every pixel

@each
def test_alpha(results, name):
    for page, alpha in zip(results(name)[1].pages, KINDS[name].alpha):
        assert page.shape[2] == 3 + (alpha is not None)
        if alpha is not None: assert np.array_equal(page[..., 3], alpha)

@each
def test_profile(results, name): check_srgb(results(name)[1].icc)

@each
def test_mark(results, name):
    path, result = results(name)
    [tool] = xmp_values(result.xmp, 'xmp:CreatorTool')
    [source] = xmp_values(result.xmp, 'iptc:DigitalSourceType')
    assert re.fullmatch(MARK, tool) and source == SYNTHETIC
    assert read_mark(path) == tool

@each
def test_nothing_says_that_the_result_is_to_be_turned(results, name):
    result = results(name)[1]
    assert result.exif.get(0x112, 1) == 1
    assert set(xmp_values(result.xmp, 'tiff:Orientation')) <= {'1'}

@carrying('exif')
def test_exif(results, name):
    path, result = results(name)
    assert result.exif[0x13b] == ARTIST and result.exif[0x9003] == DATE
    latitude = [float(v) for v in result.exif[2]]
    assert (result.exif[1], latitude, result.exif[3]) == ('N', [35, 2, 29.64], 'W')
    # The source's thumbnail is gray
    assert not {0x201, 0x202} & result.preview.keys()
    assert thumbnail()[100:200] not in path.read_bytes()

@carrying('xmp')
def test_xmp(results, name): assert xmp_values(results(name)[1].xmp, 'dc:title') == [TITLE]

@carrying('iptc')
def test_iptc(results, name):
    iptc = results(name)[1].iptc
    assert (iptc[2, 80], iptc[2, 120]) == (ARTIST.encode(), CAPTION.encode())

@carrying('dpi')
def test_dpi(results, name): assert results(name)[1].dpi == pytest.approx((300, 300), abs=.02)

@pytest.mark.parametrize('name', ['gray.jpg', 'color.png', 'gray.tif', 'alpha.webp', 'gray.pgm'])
def test_no_dpi_out_of_nowhere(results, name):
    result = results(name)[1]
    assert result.dpi == () and result.exif.get(296, 1) == 1

@each
def test_what_is_read(tmp_path, name): # all channels; of results, only the lightness can be compared
    (tmp_path/name).write_bytes(KINDS[name].data)
    photo, expected = read_photo(tmp_path/name), KINDS[name]
    assert len(photo.pages) == len(expected.shows)
    for page, shows, alpha in zip(photo.pages, expected.shows, expected.alpha):
        read_as = tuple(page.shape), page.depth, page.alpha
        assert read_as == (shows.shape[:2], expected.depth, alpha is not None)
        tops, strips = zip(*page.strips())
        rows = np.concatenate(strips)
        assert list(tops) == list(np.cumsum([0] + [len(s) for s in strips[:-1]]))
        assert rows.shape == shows.shape
        wrong = 255*np.abs(values(rows) - shows)
        mean, most = (.06, .6) if expected.depth == 16 else (.3, 1.5)
        if expected.rough: assert wrong.mean() < 1.2
        else: assert wrong.mean() < mean and wrong.max() < most
        h, w = shows.shape[0]//5, shows.shape[1]//5
        small = page.small(h, w)
        means = shows[:5*h, :5*w].reshape(h, 5, w, 5, 3).mean((1, 3))
        assert small.dtype == np.float32 and small.shape == (h, w, 3)
        assert np.abs(small - means).mean() < .03

@pytest.mark.parametrize('name', [
    'p3-16.tif', 'adobe-16.tif', 'prophoto-16.tif', 'gamma22-16.tif', 'dotgain20-16.tif', 'linear-16.png',
    'adobe.png', 'prophoto.png', 'gamma22.png', 'dotgain20.png', 'linear.png'])
def test_profiles_matter(name): # a library that ignores profiles would fail the tests above
    import tifffile
    file = io.BytesIO(KINDS[name].data)
    stored = tifffile.imread(file) if name.endswith('tif') else np.asarray(Image.open(file).convert('RGB'))
    stored = values(np.dstack([stored]*3) if stored.ndim == 2 else stored)
    assert off(stored, KINDS[name].shows[0]) > (.6 if 'p3' not in name and 'gamma22' not in name else .06)


def test_xmp_that_explodes(colorize, tmp_path): # entities of entities: 10^9 characters once they are expanded
    laughs = ''.join(f'<!ENTITY l{i} "{10*f"&l{i - 1};"}">' for i in range(1, 10))
    entities = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    packet = xmp().decode().replace('<x:xmpmeta', f'{entities}<x:xmpmeta').replace('Migrant', '&l9;').encode()
    (tmp_path/'a.jpg').write_bytes(with_segments(KINDS['gray.jpg'].data, xmp_segment(packet)))
    start = time.process_time() # of this process alone, however busy the machine is
    status, out, err = colorize(tmp_path/'a.jpg')
    assert status == 0 and 'left out: XMP' in err and err.count('\n') == 1
    assert time.process_time() - start < 5
    assert xmp_values(read_result(tmp_path/'a.color.jpg').xmp, 'iptc:DigitalSourceType') == [SYNTHETIC]


def test_a_profile_whose_name_is_no_text(colorize, tmp_path): # libpng repeats the name in a warning
    content = b'a p\x95ofile\0\0' + zlib.compress(PROFILES['p3'].icc)
    (tmp_path/'a.png').write_bytes(png(u8(gray()), chunks=[(b'iCCP', content)]))
    assert colorize(tmp_path/'a.png')[::2] == (0, '')


# From one format to another

def converted(colorize, tmp_path, name, suffix):
    (tmp_path/name).write_bytes(KINDS[name].data)
    status, _, err = colorize(tmp_path/name, '--format', suffix)
    holds = {'jpg': 8, 'webp': 8, 'avif': 12}.get(suffix, 16)
    assert status == 0 and err.count('\n') == (holds < KINDS[name].depth)
    assert not err or f'left out: depth beyond {holds} bits a channel, because ' in err
    return read_result(tmp_path/f'{Path(name).stem}.color.{suffix}')

@pytest.mark.parametrize('suffix', ['jpg', 'png', 'webp', 'tif', 'avif'])
@pytest.mark.parametrize('name', ['everything.jpg', 'everything-16.png', 'everything-16.tif', 'everything.webp',
                                  'everything.avif'])
def test_what_a_change_of_format_keeps(colorize, tmp_path, name, suffix):
    result, expected = converted(colorize, tmp_path, name, suffix), KINDS[name]
    deep = expected.depth == 16 and suffix in ('png', 'tif', 'avif')
    [page], [shows] = result.pages, expected.shows
    assert page.dtype == (np.uint16 if deep else np.uint8) and page.shape == shows.shape
    assert off(page, shows) <= (.05 if deep else .5)
    assert (result.exif[0x13b], result.exif[0x9003], result.exif.get(0x112, 1)) == (ARTIST, DATE, 1)
    assert xmp_values(result.xmp, 'dc:title') == [TITLE]
    assert xmp_values(result.xmp, 'iptc:DigitalSourceType') == [SYNTHETIC]
    in_header = suffix not in ('webp', 'avif')
    if 'dpi' in expected.carries and in_header: assert result.dpi == pytest.approx((300, 300), abs=.02)
    check_srgb(result.icc)

@pytest.mark.parametrize('suffix,alpha', [('png', 255), ('webp', 255), ('tif', 65535), ('avif', 4095)])
def test_alpha_of_16_bits_elsewhere(colorize, tmp_path, suffix, alpha):
    expected = KINDS['alpha-16.tif']
    kept = converted(colorize, tmp_path, 'alpha-16.tif', suffix).pages[0][..., 3]
    if suffix == 'avif': assert np.array_equal(kept >> 4, expected.alpha[0] >> 4)
    elif kept.dtype == np.uint16: assert np.array_equal(kept, expected.alpha[0])
    else: assert np.abs(kept/255 - expected.alpha[0]/65535).max() <= .51/255 + 1/255

def test_several_pages_fit_into_tiff_alone(colorize, tmp_path):
    (tmp_path/'three-pages.tif').write_bytes(KINDS['three-pages.tif'].data)
    refused(colorize(tmp_path/'three-pages.tif', '--format', 'png'), tmp_path, 'three-pages')

STREAMED = [('everything.jpg', 'PNG', []),
            ('color-16.png', 'PNG', []),
            ('everything.tif', 'JPEG', ['--format', 'jpg']),
            ('three-pages-16.tif', 'TIFF', ['--format', 'tif'])]

def test_stdin_to_stdout(model, tmp_path):
    command = [COMMAND, 'colorize', '-', '--model', model]
    for name, format, options in STREAMED:
        done = subprocess.run([*command, *options], input=KINDS[name].data, capture_output=True, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b'') and not list(tmp_path.glob('[!r]*'))
        (tmp_path/'result').write_bytes(done.stdout)
        result = read_result(tmp_path/'result')
        assert result.format == format and [p.shape for p in result.pages] == [s.shape for s in KINDS[name].shows]
        assert off(result.pages[0], KINDS[name].shows[0]) <= .5
    done = subprocess.run(command, input=b'Dear diary,\n', capture_output=True, cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == b'' and done.stderr.count(b'\n') == 1


# What is refused

def refused(done, folder, name, before=None):
    "One line on stderr that names the file, exit 2, and nothing new in the folder."
    status, out, err = done
    assert (status, out, err.count('\n')) == (2, '', 1) and err.startswith('hypercol: ') and name in err, done
    files = list(contents(folder))
    assert not [n for n in files if 'color' in n.removeprefix('color') or 'tmp' in n], files
    return err

CUT = ['gray.jpg', 'progressive.jpeg', 'cmyk.jpg', 'color.png', 'interlaced.png', 'color-16.png', 'gray.tif',
       'deflate-16.tif', 'gray-lzw.tif', 'tiled-16.tif', 'big.tif', 'one-bit.tif', 'three-pages.tif', 'lossy.webp',
       'alpha.webp', 'color.bmp', 'palette.bmp', 'gray.pgm', 'color-16.ppm', 'gray-ascii.pgm', 'color.avif']

@pytest.mark.parametrize('percent', [3, 40, 80, 97])
@pytest.mark.parametrize('name', CUT)
def test_truncated(colorize, tmp_path, name, percent):
    (tmp_path/name).write_bytes(KINDS[name].data[:len(KINDS[name].data)*percent//100])
    refused(colorize(tmp_path/name), tmp_path, name)

@pytest.mark.parametrize('suffix', sorted(read_suffixes()))
@pytest.mark.parametrize('content', [b'', b'Dear diary,\n', bytes(2000)], ids=['empty', 'text', 'zeros'])
def test_no_picture(colorize, tmp_path, suffix, content):
    name = f'a{suffix}'
    (tmp_path/name).write_bytes(content)
    line = refused(colorize(tmp_path/name), tmp_path, name)
    assert ('empty' in line) == (not content)

UNKNOWN = {'a.gif': pillow(u8(gray()), 'GIF'),
           'b.png': pillow(u8(gray()), 'GIF'),
           'c.jpg': b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
           'd.png': b'%PDF-1.4\n',
           'e.jpg': b'9,8,7\n6,5,4\n'}

def test_formats_that_nobody_promised(colorize, tmp_path): # libvips would read them
    for name, data in UNKNOWN.items():
        (tmp_path/name).write_bytes(data)
        refused(colorize(tmp_path/name), tmp_path, name)

def test_a_wrong_suffix_says_nothing(colorize, tmp_path): # the content decides
    (tmp_path/'a.png').write_bytes(KINDS['color.jpg'].data)
    assert colorize(tmp_path/'a.png')[::2] == (0, '')
    assert read_result(tmp_path/'a.color.jpg').format == 'JPEG'

def test_samples_that_are_no_picture(colorize, tmp_path):
    for name, a in {'float.tif': gray().astype(np.float32), 'four.tif': u16(gray()).astype(np.uint32)}.items():
        (tmp_path/name).write_bytes(tiff([a]))
        refused(colorize(tmp_path/name), tmp_path, name)

def test_animations(colorize, tmp_path):
    frames = [Image.fromarray(u8(gray(seed=s))) for s in range(3)]
    for name, format in (('a.webp', 'WEBP'), ('a.png', 'PNG'), ('a.avif', 'AVIF')):
        (tmp_path/name).write_bytes(pillow(frames[0], format, save_all=True, append_images=frames[1:]))
        assert 'animat' in refused(colorize(tmp_path/name), tmp_path, name)

def png_of_size(w, h, depth, color): # -> bytes of a PNG whose pixels are missing
    head = struct.pack('>IIBBBBB', w, h, depth, color, 0, 0, 0)
    chunks = (b'IHDR', head), (b'IDAT', b'x'), (b'IEND', b'')
    return b'\x89PNG\r\n\x1a\n' + b''.join(png_chunk(*c) for c in chunks)

def bombs(): # files of a few bytes whose headers announce 25000×25000 pixels
    n = 25000
    yield 'a.png', png_of_size(n, n, 8, 2)
    jpeg = bytearray(pillow(u8(gray()), 'JPEG'))
    at = jpeg.index(b'\xff\xc0') + 5
    jpeg[at:at + 4] = struct.pack('>HH', n, n)
    yield 'a.jpg', bytes(jpeg)
    yield 'a.tif', tiff_by_hand(u8(gray()), tags={0x100: (4, [n]), 0x101: (4, [n]), 0x116: (4, [n])})
    yield 'a.pgm', f'P5 {n} {n} 255\n'.encode()

def test_too_wide(colorize, tmp_path): # below 500 megapixels, but memory grows with the length of a row
    (tmp_path/'a.png').write_bytes(png_of_size(7_000_000, 45, 16, 6))
    assert 'a side' in refused(colorize(tmp_path/'a.png'), tmp_path, 'a.png')

@pytest.mark.parametrize('name', ['a[1].jpg', 'a:1.JPG', 'a%d.jpg', 'ä ö.jpg', '-a.jpg'])
def test_names_that_libvips_might_read_something_into(colorize, tmp_path, name):
    (tmp_path/name).write_bytes(KINDS['gray.jpg'].data)
    assert colorize(tmp_path/name, '-o', tmp_path/'results'/name)[0] == 2
    assert colorize(tmp_path/name, '-o', f'{tmp_path}/results/')[::2] == (0, '')
    assert read_result(tmp_path/'results'/name).format == 'JPEG'

@pytest.mark.parametrize('name,data', [*bombs()])
def test_too_many_pixels(colorize, tmp_path, name, data):
    (tmp_path/name).write_bytes(data)
    line = refused(colorize(tmp_path/name), tmp_path, name)
    assert 'megapixel' in line and '500' in line

def test_the_limit_is_a_choice(colorize, tmp_path):
    (tmp_path/'a.png').write_bytes(png(u8(gray(1000, 1200))))
    assert 'megapixel' in refused(colorize(tmp_path/'a.png', '--max-megapixels', 1), tmp_path, 'a.png')
    assert colorize(tmp_path/'a.png', '--max-megapixels', 2)[0] == 0

def test_every_page_counts(colorize, tmp_path):
    (tmp_path/'a.tif').write_bytes(tiff([u8(gray(20, 20)), u8(gray(1000, 1200))]))
    assert 'megapixel' in refused(colorize(tmp_path/'a.tif', '--max-megapixels', 1), tmp_path, 'a.tif')

def give_up_permissions(): # of root, who otherwise reads and writes every file
    import ctypes
    PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)

@pytest.mark.skipif(sys.platform != 'linux', reason='needs permissions')
def test_no_permission(model, tmp_path):
    (tmp_path/'a.png').write_bytes(KINDS['gray.png'].data)
    (tmp_path/'locked').mkdir(mode=0o555)
    def call(*args):
        done = subprocess.run([COMMAND, 'colorize', *args, '--model', model], capture_output=True, text=True,
                              preexec_fn=give_up_permissions)
        return done.returncode, done.stdout, done.stderr
    assert 'ermission' in refused(call(tmp_path/'a.png', '-o', tmp_path/'locked'/'b.png'), tmp_path, 'b.png')
    (tmp_path/'a.png').chmod(0)
    assert 'ermission' in refused(call(tmp_path/'a.png'), tmp_path, 'a.png')


# Disk full, sources that vanish, and signals in the middle of writing

@pytest.fixture
def small_disk(tmp_path): # a file system of 64 kB
    (tmp_path/'disk').mkdir()
    command = ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', tmp_path/'disk']
    mounted = sys.platform == 'linux' and subprocess.run(command, capture_output=True).returncode == 0
    if not mounted: pytest.skip('may not mount')
    yield tmp_path/'disk'
    subprocess.run(['umount', '-l', tmp_path/'disk'])

def one_file(name, picture, pages=1, **options): # -> bytes; only TIFF holds several pages
    if name.endswith('.tif'): return tiff([picture]*pages)
    return pillow(picture, NAMES[Path(name).suffix], **options)

@pytest.mark.parametrize('name', ['a.png', 'a.jpg', 'a.tif', 'a.webp', 'a.avif'])
def test_a_full_disk(colorize, tmp_path, small_disk, name):
    noise = np.random.default_rng(0).integers(0, 256, (300, 400), dtype=np.uint8)
    (tmp_path/name).write_bytes(one_file(name, noise))
    line = refused(colorize(tmp_path/name, '-o', small_disk/name), tmp_path, name)
    assert re.search('full|space', line) and contents(small_disk) == {}

@pytest.mark.parametrize('name', ['color.jpg', 'color-16.png', 'three-pages.tif', 'alpha.webp', 'alpha.avif'])
def test_a_disk_that_says_it_is_full_at_the_end(colorize, tmp_path, monkeypatch, name): # needs no mount
    (tmp_path/name).write_bytes(KINDS[name].data)
    def full(*_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(hypercol.core.os, 'fsync', full)
    assert 'space' in refused(colorize(tmp_path/name), tmp_path, name.partition('.')[0])

@pytest.mark.parametrize('name', ['gray.jpg', 'color-16.png', 'three-pages.tif', 'alpha.webp', 'gray.pgm',
                                  'alpha.avif'])
@pytest.mark.parametrize('before', [True, False])
def test_a_source_that_vanishes(colorize, tmp_path, monkeypatch, name, before):
    import hypercol.paint.colorizer
    source = tmp_path/name
    source.write_bytes(KINDS[name].data)
    def read(*args, **named):
        if before: source.unlink()
        photo = read_photo(*args, **named)
        source.unlink(missing_ok=True)
        return photo
    monkeypatch.setattr(hypercol.paint.colorizer, 'read_photo', read)
    done = colorize(source)
    if before or done[0]: refused(done, tmp_path, name)
    else: # it had read all that it needed
        [page] = read_result(*tmp_path.iterdir()).pages[:1]
        assert off(page, KINDS[name].shows[0]) <= .5



@pytest.mark.skipif(sys.platform == 'win32', reason='needs signals')
@pytest.mark.parametrize('sign,status', [('SIGTERM', 143), ('SIGINT', 130), ('SIGKILL', -9)])
@pytest.mark.parametrize('name', ['a.png', 'a.jpg', 'a.tif', 'a.webp', 'a.avif'])
def test_stopped_in_the_middle_of_writing(model, tmp_path, colorize, name, sign, status):
    a = u8(gray(1600, 1600))
    (tmp_path/name).write_bytes(one_file(name, a, pages=2, compress_level=1, quality=80, method=0))
    command = [COMMAND, 'colorize', tmp_path/name, '--model', model]
    def ready(): return list(tmp_path.glob('.*.hypercol-tmp'))
    assert stopped(command, ready, getattr(signal, sign))[::2] == (status, '')
    left = {n for n in contents(tmp_path) if n != name}
    if sign == 'SIGKILL': # no result; the next run sweeps temporaries
        assert all(n.startswith('.') and n.endswith('.hypercol-tmp') for n in left)
    else: # nothing, or a whole result if the signal came after the last byte
        result = tmp_path/name.replace('.', '.color.')
        assert left <= {result.name}
        if left: assert read_result(result).pages[0].shape[:2] == (1600, 1600)
    if name == 'a.png' and sign == 'SIGKILL':
        assert colorize(tmp_path/name)[::2] == (0, '')
        assert sorted(contents(tmp_path)) == ['a.color.png', 'a.png']


# Nothing in secret

def private_environment(home): # in which ONNX Runtime hides nothing from us: it is silent where CI is set
    hidden = 'CI', 'GITHUB_ACTIONS', 'ORT_DISABLE_TELEMETRY', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'
    return {k: v for k, v in os.environ.items() if k not in hidden} | {'HOME': str(home)}

def test_nothing_is_written_beside_the_result(tmp_path):
    home, work = tmp_path/'home', tmp_path/'work'
    for folder in (home, work): folder.mkdir()
    Image.new('L', (40, 30), 90).save(work/'a.png')
    command = [COMMAND, 'colorize', 'a.png', '--touch', '3,3=teal']
    subprocess.run(command, cwd=work, env=private_environment(home), check=True)
    assert sorted(p.name for p in work.iterdir()) == ['a.color.png', 'a.png'] and contents(home) == {}

@pytest.mark.skipif(not shutil.which('strace'), reason='needs strace')
def test_no_address_is_looked_up(tmp_path): # ONNX Runtime's first look-up comes within twenty seconds
    code = 'import numpy, time, hypercol; hypercol.colorize(numpy.zeros((40, 40), "u1")); time.sleep(20)'
    trace = ['strace', '-f', '-qq', '-e', 'trace=connect', '-o', 'calls', sys.executable, '-c', code]
    subprocess.run(trace, cwd=tmp_path, env=private_environment(tmp_path), check=True)
    assert not re.search('AF_INET', (tmp_path/'calls').read_text(errors='replace'))

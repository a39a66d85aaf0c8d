"A new file format needs one row, and functions for reading and writing where libvips does not do it."
import io, re, struct
import numpy as np, pytest, tifffile
from PIL import Image, ImageCms, ImageOps
from hypercol.photo import formats
from hypercol.photo.formats import FORMATS, READERS, WRITERS, Format
from hypercol.photo.read import Photo, array_page, read_photo
from hypercol.photo.write import write_photo
from hypercol.core import HypercolError
import hypercol
from kinds import ARTIST, EXTRA, KINDS, TURNS, H, W, color, exif, gray, ifds, pillow, png, three, tiff, tiff_by_hand
from kinds import u16, u8
from readers import avif_depth, lightness, read_result
from test_carried import item_of_avif

GIF = Format('GIF', 'GIF', ('.gif',), rb'GIF8', 'image/gif', 'gifload', instead='PNG', animated=True)
RAW = Format('RAW', 'Raw', ('.rawest',), rb'RAWEST', 'image/x-raw', results=('.rawest',), alpha=False, longest=200)

@pytest.fixture
def rows(monkeypatch): # -> a function that adds formats during one test
    return lambda *more: monkeypatch.setattr(formats, 'FORMATS', (*FORMATS, *more))

def test_a_row_is_enough_where_libvips_reads(colorize, tmp_path, rows):
    frames = [Image.fromarray(u8(gray())), Image.fromarray(255 - u8(gray()))]
    frames[0].save(tmp_path/'still.gif')
    frames[0].save(tmp_path/'moving.gif', save_all=True, append_images=frames[1:])
    assert colorize(tmp_path)[0] == 2 and colorize(tmp_path/'still.gif')[0] == 2 # GIF is not known yet
    rows(GIF)
    status, out, err = colorize(tmp_path)
    assert status == 1 and re.search('moving.gif: animated; hypercol reads JPEG, .*, camera raw and GIF pictures', err)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['moving.gif', 'still.color.png', 'still.gif']
    assert np.array_equal(read_photo(tmp_path/'still.gif').rgb[..., 0], u8(gray()))

def test_a_row_and_two_functions_are_enough_elsewhere(colorize, tmp_path, rows, monkeypatch):
    def read(source, file, max_pixels):
        _, height, width = struct.unpack('>6sII', file.read(14))
        return [array_page(np.frombuffer(file.read(), np.uint8).reshape(height, width, 3))], {}
    def write(path, pages, rows, info):
        path.write_bytes(struct.pack('>6sII', b'RAWEST', *pages[0].shape) + b''.join(r.tobytes() for r in rows[0]))
    rows(RAW)
    monkeypatch.setitem(READERS, 'RAW', read)
    monkeypatch.setitem(WRITERS, 'RAW', write)
    pixels = np.dstack([u8(gray())]*3)
    (tmp_path/'a.rawest').write_bytes(struct.pack('>6sII', b'RAWEST', *pixels.shape[:2]) + pixels.tobytes())
    (tmp_path/'b.png').write_bytes(pillow(u8(gray()), 'PNG'))
    assert colorize(tmp_path/'a.rawest', '--saturation', 0)[0] == 0
    assert colorize(tmp_path/'b.png', '--saturation', 0, '--format', 'rawest')[0] == 0
    for name in 'ab': assert np.array_equal(read_photo(tmp_path/f'{name}.color.rawest').rgb, pixels)
    with pytest.raises(HypercolError, match='Raw holds at most 200 pixels a side; write .jpg, .png, .*or .avif$'):
        write_photo(tmp_path/'c.rawest', Photo.from_array(np.zeros((1, 201), np.uint8)))
    clear = pillow(np.dstack([pixels, pixels[..., 0]]), 'PNG')
    with pytest.raises(HypercolError, match='Raw cannot hold transparency; write .png, .tif, .webp or .avif$'):
        write_photo(tmp_path/'c.rawest', read_photo(clear))

@pytest.mark.parametrize('format', FORMATS, ids=lambda f: f.name)
def test_every_format_has_a_reader_and_a_writer(format):
    assert format.loader or format.name in READERS
    assert format.name in WRITERS if format.results else formats.format_named(format.instead).results


# What is sound but cannot be read is told by its name

def message(data): # -> why bytes cannot be read
    with pytest.raises(HypercolError) as caught: read_photo(data)
    assert '\n' not in str(caught.value)
    return str(caught.value)

def framed(marker, bits=8): # a JPEG whose frame says that it is coded in another way
    data = bytearray(pillow(u8(gray()), 'JPEG'))
    at = data.index(b'\xff\xc0')
    data[at + 1], data[at + 4] = marker, bits
    return bytes(data)

SOUND = {'a Photoshop document': b'8BPS\0\1' + bytes(90), 'a PDF document': pillow(u8(gray()), 'PDF'),
         'an SVG drawing': b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
         'a GIF picture': pillow(u8(gray()), 'GIF'),
         'a video': b'\0\0\0\x18ftypmp42' + bytes(90), 'a DICOM picture': bytes(128) + b'DICM' + bytes(90),
         'an OpenEXR picture': b'v/1\1\2\0\0\0', 'a Windows icon': pillow(u8(gray()), 'ICO'),
         'a lossless JPEG': framed(0xc3), 'a JPEG with 12 bits': framed(0xc1, 12), 'a JPEG-LS picture': framed(0xf7),
         'a hierarchical JPEG': framed(0xc5)}

@pytest.mark.parametrize('what', SOUND)
def test_sound_files_are_named(what):
    assert what in message(SOUND[what]) and 'damaged' not in message(SOUND[what])

NAMED = {'HEIC': b'\0\0\0\x18ftypheic' + bytes(90), 'JPEG XL': b'\xff\x0a' + bytes(90),
         'a TIFF with 12 bits': tiff_by_hand(u8(gray()), tags={0x102: (3, [12])}),
         'a TIFF compressed by JPEG 2000': tiff_by_hand(u8(gray()), tags={0x103: (3, [34712])}),
         'a TIFF compressed by LERC': tiff_by_hand(u8(gray()), tags={0x103: (3, [34887])})}

@pytest.mark.skipif(EXTRA, reason='the extra `formats` is installed')
@pytest.mark.parametrize('what', NAMED)
def test_what_the_extra_would_read_is_one_line(what):
    what, data = what + ' a channel'*('12' in what), NAMED[what]
    assert message(data).endswith(f"{what} needs more libraries: pip install 'hypercol[formats]'")


# Camera raw

PAGES = dict(lab=dict(photometric='cielab'), lzma=dict(photometric='rgb', compression='lzma'),
             plain=dict(photometric='rgb', compression='zlib'))

def stored(turn, **how): # -> bytes of a TIFF, not square
    pixels = np.dstack([u8(gray())[:40, :60]] + 2*[0*u8(gray())[:40, :60]])
    tifffile.imwrite(file := io.BytesIO(), pixels, extratags=[(274, 3, 1, turn, True)], metadata=None,
                     resolution=(300, 200), resolutionunit='INCH', **how)
    return file.getvalue()

@pytest.mark.parametrize('name', PAGES)
def test_unusual_tiffs_are_turned_as_others(name):
    for turn in range(1, 9):
        turned, upright = read_photo(stored(turn, **PAGES[name])), read_photo(stored(1, **PAGES[name]))
        assert np.array_equal(turned.rgb, TURNS[turn](upright.rgb)), turn
        assert np.allclose(turned.info['dpi'], (200, 300) if turn > 4 else (300, 200))

@pytest.mark.parametrize('compression', [None, 'zlib', 'lzma'])
@pytest.mark.parametrize('tag,value', [(274, 0), (274, 9), (296, 0), (296, 999)])
def test_a_tag_without_meaning_is_no_damaged_photograph(tag, value, compression):
    data = stored(1, photometric='rgb', compression=compression)
    at = data.index(struct.pack('<HHI', tag, 3, 1)) + 8
    photo = read_photo(data[:at] + struct.pack('<H', value) + data[at + 2:])
    assert np.array_equal(photo.rgb, read_photo(data).rgb) and photo.info['left_out'] == [f'damaged tag {tag}']
    assert ('dpi' in photo.info) == (tag == 274)

def mosaic(a): # H×W×3 -> H×W, one color a pixel as behind a Bayer filter RGGB
    m = a[..., 1].copy()
    m[::2, ::2], m[1::2, 1::2] = a[::2, ::2, 0], a[1::2, 1::2, 2]
    return m

def dng(preview=True): # -> bytes of a camera's raw file: a small preview, the sensor's numbers inside
    light = np.kron(u16(color()**2.2)//4, np.ones((8, 8, 1), np.uint16))
    matrix = (32406, 10000, -15372, 10000, -4986, 10000, -9689, 10000, 18758, 10000,
              415, 10000, 557, 10000, -2040, 10000, 10570, 10000)
    tags = [(50706, 1, 4, b'\1\4\0\0', True), (271, 2, None, 'Test', True), (272, 2, None, 'Test 1', True),
            (50708, 2, None, 'Test 1', True), (50721, 10, 9, matrix, True), (50728, 5, 3, (1, 1, 1, 1, 1, 1), True),
            (50778, 3, 1, 21, True)]
    of_mosaic = [(33421, 3, 2, (2, 2), True), (33422, 1, 4, b'\0\1\1\2', True), (50714, 3, 1, 0, True),
                 (50717, 3, 1, 16383, True)]
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        if preview: file.write(u8(color()), photometric='rgb', subfiletype=1, subifds=1, metadata=None, extratags=tags)
        file.write(mosaic(light), photometric='cfa', metadata=None, extratags=of_mosaic + ([] if preview else tags))
    return out.getvalue()

HEADS = {'CR2': b'II*\0\x10\0\0\0CR\2\0', 'CR3': b'\0\0\0\x18ftypcrx ', 'RAF': b'FUJIFILMCCD-RAW 0201',
         'ORF': b'IIRO\x08\0\0\0',
         'RW2': b'IIU\0\x18\0\0\0', 'DNG': dng(), 'DNG without preview': dng(False),
         'NEF': tiff_by_hand(u16(gray()), tags={0x103: (3, [34713])}),
         'PEF': tiff_by_hand(u16(gray()), '>', tags={0x103: (3, [65535])}),
         'ARW': tiff_by_hand(u16(gray()), tags={0x103: (3, [32767])})}

@pytest.mark.parametrize('name', HEADS)
def test_a_raw_file_is_no_tiff(name):
    why = message(HEADS[name] + bytes(600)) if not EXTRA or len(HEADS[name]) < 100 else ''
    assert EXTRA or why == "-: camera raw needs more libraries: pip install 'hypercol[formats]'"
    assert 'not a picture' not in why

@pytest.mark.skipif(not EXTRA, reason='needs the extra `formats`')
def test_a_raw_file_is_developed():
    page, = read_photo(dng()).pages
    assert page.shape == (360, 560) and page.depth == 16
    small, expected = page.small(45, 70), color()
    assert all(np.corrcoef(small[..., i].ravel(), expected[..., i].ravel())[0, 1] > .95 for i in range(3))


# Every mode of a Pillow image is colorized right, or refused in one line

def modes(): # -> mode: (image, what it shows in 0..1)
    rgb, l8, l16 = Image.fromarray(u8(color())), Image.fromarray(u8(gray())), u16(gray())
    through = Image.fromarray(255 - u8(gray())//2)
    def with_alpha(image):
        image = image.copy()
        image.putalpha(through)
        return image
    found = {mode: (rgb.convert(mode), color()) for mode in ('RGB', 'RGBX', 'YCbCr', 'HSV')}
    found |= {'1': (l8.point(lambda v: 255*(v > 128), '1'), (u8(gray()) > 128).astype(float)), 'L': (l8, gray())}
    found |= {'RGBA': (with_alpha(rgb), color()), 'RGBa': (with_alpha(rgb).convert('RGBa'), color())}
    found |= {'LA': (with_alpha(l8), gray()), 'La': (with_alpha(l8).convert('La'), gray())}
    few = rgb.quantize(64)
    found |= {mode: (few.convert(mode), np.asarray(few.convert('RGB'))/255) for mode in ('P', 'PA')}
    srgb, lab = (ImageCms.createProfile(space) for space in ('sRGB', 'LAB'))
    found['LAB'] = ImageCms.profileToProfile(rgb, srgb, lab, outputMode='LAB'), color()
    for mode, order in (('I;16', '<'), ('I;16L', '<'), ('I;16B', '>'), ('I;16N', '=')):
        found[mode] = Image.frombytes(mode, (W, H), l16.astype(f'{order}u2').tobytes()), gray()
    found['CMYK'] = rgb.convert('CMYK'), None # its look on paper depends on a profile; see below
    return found | {'I': (l8.convert('I'), None), 'F': (l8.convert('F'), None)}

MODES = modes()

def test_all_modes_are_known(): assert set(Image.MODES) <= set(MODES)

@pytest.mark.parametrize('mode', [mode for mode, (_, shows) in MODES.items() if shows is not None])
def test_an_image_of_each_mode(mode):
    image, shows = MODES[mode]
    assert image.mode == mode
    result = np.asarray(hypercol.colorize(image))
    assert np.abs(lightness(result/255) - lightness(three(shows))).mean() < .5
    if result.shape[2] == 4 and mode != 'PA': assert np.array_equal(result[..., 3], 255 - u8(gray())//2)

def test_cmyk_is_read_as_from_a_file(tmp_path):
    MODES['CMYK'][0].save(tmp_path/'inks.tif')
    assert np.array_equal(np.asarray(hypercol.colorize(MODES['CMYK'][0])), hypercol.colorize(tmp_path/'inks.tif'))

@pytest.mark.parametrize('mode', ['I', 'F'])
def test_modes_without_a_white_are_refused(mode):
    with pytest.raises(ValueError, match='has no defined white'): hypercol.colorize(MODES[mode][0])


# AVIF

def avif(pixels, bits, **how): # lossless, by libvips: Pillow writes 8 bits alone
    import pyvips
    image = pyvips.Image.new_from_array(pixels, interpretation='rgb16')
    return image.heifsave_buffer(compression='av1', lossless=True, bitdepth=bits, effort=0, **how)

@pytest.mark.parametrize('bits', [10, 12])
def test_white_and_transparency_of_a_deep_avif(bits):
    top = 2**bits - 1
    stored = np.random.default_rng(bits).integers(0, top + 1, (24, 40, 4)).astype(np.uint16)
    stored[0, 0], stored[..., 3] = top, top
    photo = read_photo(avif(stored << (16 - bits), bits))
    assert np.abs(photo.rgb - stored[..., :3]*(65535/top)).max() < 1.01
    assert photo.rgb[0, 0].tolist() == 3*[65535] and photo.pages[0].opaque()

@pytest.mark.parametrize('bits', [10, 12])
def test_a_deep_avif_keeps_its_depth(colorize, tmp_path, bits):
    stored = (u16(color()) >> (16 - bits)) << (16 - bits)
    (tmp_path/'a.avif').write_bytes(avif(stored, bits))
    assert colorize(tmp_path/'a.avif', '--saturation', 0)[::2] == (0, '')
    page, = read_result(tmp_path/'a.color.avif').pages
    assert page.dtype == np.uint16 and avif_depth((tmp_path/'a.color.avif').read_bytes()) == 12
    assert np.abs(lightness(page) - lightness(stored/65535)).mean() < .05

def deep(kind): # -> (name, bytes) of a photograph with 16 bits
    if kind == 'pgm': return 'a.pgm', KINDS['gray-16.pgm'].data
    return f'a.{kind}', KINDS[f'color-16.{kind}'].data if kind == 'png' else tiff([u16(color())])

@pytest.mark.parametrize('kind', ['png', 'tif', 'pgm'])
@pytest.mark.parametrize('suffix,holds', [('avif', 12), ('jpg', 8), ('webp', 8)])
def test_less_depth_is_said(colorize, tmp_path, kind, suffix, holds):
    name, data = deep(kind)
    (tmp_path/name).write_bytes(data)
    status, out, err = colorize(tmp_path/name, '-o', tmp_path/f'b.{suffix}', '--report', tmp_path/'report')
    assert status == 0 and err.count('\n') == 1 and f'left out: depth beyond {holds} bits a channel' in err
    assert f'depth beyond {holds} bits' in (tmp_path/'report').read_text()

@pytest.mark.parametrize('turn', range(1, 9))
def test_an_avif_is_turned_once(colorize, tmp_path, turn): # Pillow turns the source by boxes, and obeys EXIF elsewhere
    data = pillow(u8(color()), 'AVIF', quality=100, subsampling='4:4:4', exif=exif(turn))
    upright = TURNS[turn](np.asarray(Image.open(io.BytesIO(data))))
    (tmp_path/'a.avif').write_bytes(data)
    turned = pillow(u8(color()), 'JPEG', quality=100, subsampling=0, exif=b'Exif\0\0' + exif(turn))
    (tmp_path/'b.jpg').write_bytes(turned)
    expected = dict(a=upright, b=TURNS[turn](np.asarray(Image.open(io.BytesIO(turned)))))
    assert colorize(tmp_path, '-o', tmp_path/'out', '--format', 'avif')[::2] == (0, '')
    for name, shows in expected.items():
        result = (tmp_path/'out'/f'{name}.avif').read_bytes()
        assert b'irot' not in result and b'imir' not in result
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(result))) # by whatever tells to turn
        assert np.abs(lightness(np.asarray(image)) - lightness(shows)).mean() < .5
        assert image.getexif()[315] == ARTIST

def test_an_avif_without_loss_is_exact(tmp_path):
    rgba = np.random.default_rng(0).integers(0, 256, (37, 53, 4)).astype(np.uint8)
    write_photo(tmp_path/'a.avif', read_photo(pillow(rgba, 'PNG')))
    assert np.array_equal(np.asarray(Image.open(tmp_path/'a.avif')), rgba)
    write_photo(tmp_path/'b.avif', read_photo(pillow(rgba, 'PNG')), quality=90)
    assert np.abs(np.asarray(Image.open(tmp_path/'b.avif'))[..., 3].astype(int) - rgba[..., 3]).max() < 16

@pytest.mark.parametrize('shape', [(1, 1), (1, 16384), (16384, 1), (3, 5), (64, 63)])
def test_avifs_of_any_shape(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    write_photo(tmp_path/'a.avif', Photo.from_array(pixels), mark='hypercol 1')
    assert np.array_equal(np.asarray(Image.open(tmp_path/'a.avif')), pixels)

@pytest.mark.parametrize('shape', [(1, 16385), (16385, 1), (2, 60000)])
def test_the_longest_avif(colorize, tmp_path, shape):
    (tmp_path/'a.png').write_bytes(pillow(np.zeros(shape, np.uint8), 'PNG'))
    status, out, err = colorize(tmp_path/'a.png', '--format', 'avif')
    assert (status, out, err.count('\n')) == (2, '', 1) and 'AVIF holds at most 16384 pixels a side; write' in err
    assert [p.name for p in tmp_path.iterdir()] == ['a.png']

@pytest.mark.parametrize('seed', range(3))
def test_exif_of_any_bytes_in_an_avif(tmp_path, seed): # libvips would write it anew
    rng = np.random.default_rng(seed)
    notes = rng.bytes(int(rng.integers(1, 90_000)))
    block = ifds({315: (2, b'A\0'), 0x8769: (4, {37500: (7, notes)}), 65000: (7, rng.bytes(50))}, order='<>'[seed % 2])
    write_photo(tmp_path/'a.avif', read_photo(png(u8(gray()), chunks=[(b'eXIf', block)])), mark='hypercol 1')
    data = (tmp_path/'a.avif').read_bytes()
    assert item_of_avif(data, b'Exif') == bytes(4) + block
    assert Image.open(io.BytesIO(data)).info['exif'].removeprefix(b'Exif\0\0') == block
    assert read_photo(data).info['exif'] == block

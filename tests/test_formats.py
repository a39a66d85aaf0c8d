"A new file format needs one row, and functions for reading and writing where libvips does not do it."
import struct
import numpy as np, pytest
from PIL import Image
from hypercol.photo import formats
from hypercol.photo.formats import FORMATS, READERS, WRITERS, Format
from hypercol.photo.read import Photo, array_page, read_photo
from hypercol.photo.write import write_photo
from hypercol.core import HypercolError
from kinds import gray, pillow, u8

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
    assert status == 1 and 'moving.gif: animated; hypercol reads JPEG, PNG, TIFF, WebP, BMP, PGM, PPM and GIF' in err
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
    with pytest.raises(HypercolError, match='Raw holds at most 200 pixels a side; write .jpg, .png, .tif or .webp$'):
        write_photo(tmp_path/'c.rawest', Photo.from_array(np.zeros((1, 201), np.uint8)))
    clear = pillow(np.dstack([pixels, pixels[..., 0]]), 'PNG')
    with pytest.raises(HypercolError, match='Raw cannot hold transparency; write .png, .tif or .webp$'):
        write_photo(tmp_path/'c.rawest', read_photo(clear))

@pytest.mark.parametrize('format', FORMATS, ids=lambda f: f.name)
def test_every_format_has_a_reader_and_a_writer(format):
    assert format.loader or format.name in READERS
    assert format.name in WRITERS if format.results else formats.format_named(format.instead).results

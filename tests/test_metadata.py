"XMP with many threads and with other programs' prefixes; and reading leaves global settings as they were."
import io, warnings
from xml.etree import ElementTree
from concurrent.futures import ThreadPoolExecutor
import numpy as np, pyvips
from PIL import Image
from hypercol.photo.xmp import SYNTHETIC, mark_of, marked_xmp
from hypercol.photo.read import read_photo
from hypercol.photo.write import read_mark, write_photo
from kinds import KINDS, gray, pillow, u8, with_segments, xmp

def packets(): # as three programs write them, with three prefixes for the same namespace
    head = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    space = 'http://ns.adobe.com/xap/1.0/'
    for prefix in ('xap', 'xmp', 'ns1'):
        properties = f'{prefix}:CreatorTool="A scanner" {prefix}:Rating="5"'
        body = f'<rdf:Description rdf:about="" xmlns:{prefix}="{space}" {properties}/>'
        yield f'{head}{body}</rdf:RDF></x:xmpmeta>'.encode()

def as_jpeg(packet):
    return with_segments(pillow(u8(gray()), 'JPEG'), (0xe1, b'http://ns.adobe.com/xap/1.0/\0' + packet))

def test_threads_keep_their_marks():
    of_others = list(packets())
    def mark(i):
        marked = marked_xmp(of_others[i % 3], f'hypercol {i}')
        return mark_of(marked), *map(marked.count, (b':Rating="5"', b'CreatorTool=', SYNTHETIC.encode()))
    with ThreadPoolExecutor(8) as pool: found = list(pool.map(mark, range(2000)))
    assert found == [(f'hypercol {i}', 1, 1, 1) for i in range(2000)]

def test_other_programs_read_the_mark():
    for packet in (*packets(), b'', xmp(1)):
        marked = marked_xmp(packet, 'hypercol 1 (model <a>, "ü")')
        seen = Image.open(io.BytesIO(as_jpeg(marked))).getxmp()['xmpmeta']['RDF']['Description']
        merged = {k: v for part in (seen if isinstance(seen, list) else [seen]) for k, v in part.items()}
        assert (merged['CreatorTool'], merged['DigitalSourceType']) == ('hypercol 1 (model <a>, "ü")', SYNTHETIC)
        assert merged.get('Rating', '5') == '5'

def test_noise_in_a_packet_costs_the_packet_alone():
    rng = np.random.default_rng(0)
    for packet in packets():
        for _ in range(300):
            noisy = bytearray(packet[:rng.integers(1, len(packet) + 1)])
            for at in rng.integers(0, len(noisy), rng.integers(0, 4)): noisy[at] = rng.integers(256)
            assert mark_of(marked_xmp(bytes(noisy), 'hypercol 1')) == 'hypercol 1'
            assert mark_of(bytes(noisy)) is None

def test_a_folder_with_another_prefix_is_done_once(colorize, tmp_path):
    for i, packet in enumerate(packets()): (tmp_path/f'{i}.jpg').write_bytes(as_jpeg(packet))
    assert colorize(tmp_path)[0] == 0
    made = {p: p.read_bytes() for p in tmp_path.iterdir()}
    status, out, err = colorize(tmp_path)
    assert (status, err) == (0, '') and '3 of them by an earlier run' in out
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == made

def test_a_packet_that_fills_its_segment_is_split(colorize, tmp_path):
    caption, padding = b'x'*60000, b' '*5000
    def captioned(text): return next(packets()).replace(b'"5"', b'"' + text + b'"')
    room = captioned(caption) + padding + b'<?xpacket end="w"?>'
    full = captioned(caption + b'y'*5000)
    for name, packet in (('room', room), ('full', full)):
        (tmp_path/f'{name}.jpg').write_bytes(as_jpeg(packet))
        assert colorize(tmp_path/f'{name}.jpg')[::2] == (0, '')
        assert read_mark(tmp_path/f'{name}.color.jpg')
        data = (tmp_path/f'{name}.color.jpg').read_bytes()
        assert caption in data and (b'HasExtendedXMP' in data) == (name == 'full')

def test_reading_and_writing_leave_the_process_as_it_was(tmp_path):
    def state(): return list(warnings.filters), dict(ElementTree._namespace_map), pyvips.cache_get_max()
    before = state()
    with warnings.catch_warnings():
        warnings.simplefilter('error') # good files give no warnings, so there is nothing to silence
        for name in ('everything.jpg', 'everything-16.png', 'everything-16.tif', 'everything.webp',
                     'gray.bmp', 'gray.pgm'):
            write_photo(tmp_path/'result.tif', read_photo(KINDS[name].data), mark='hypercol 1')
            assert read_mark(tmp_path/'result.tif') == 'hypercol 1'
    assert state() == before

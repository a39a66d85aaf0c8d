"What a file carries, wherever it stands, arrives in a result of any format, or a line says that it does not."
import hashlib, io, struct, zlib
import numpy as np, pytest, tifffile
from PIL import Image, IptcImagePlugin
from hypercol.core import HypercolError
from hypercol.photo.read import read_photo
from hypercol.photo.write import write_photo
from kinds import ARTIST, CAPTION, DATE, DATE_TABLE, GPS, exif, exif_segment, gray, ifds, iptc, photoshop, pillow, png
from kinds import png_chunk, tiff_by_hand, u8, u16, with_segments, xmp, xmp_segment
from readers import check_whole, png_chunks, read_result, xmp_values

SUFFIXES = 'jpg', 'png', 'tif', 'webp', 'avif'
each_suffix = pytest.mark.parametrize('suffix', SUFFIXES)
PICTURE = u8(gray())
JPEG = pillow(PICTURE, 'JPEG')

def result(tmp_path, data, suffix, expected=()): # -> path; `expected`: a part of each line that is told
    told, path = [], tmp_path/f'result.{suffix}'
    write_photo(path, read_photo(data), mark='hypercol 1', tell=told.append)
    told = [line for line in told if 'left out: depth beyond' not in line] # of 16 bits
    assert len(told) == len(expected) and all(part in line for part, line in zip(expected, told)), told
    return path

def entries(data, at=None): # of a TIFF or an EXIF block, by hand -> {tag: bytes of the value}
    order = '<' if data[:2] == b'II' else '>'
    at = struct.unpack_from(order + 'I', data, 4)[0] if at is None else at
    found = {}
    for p in range(at + 2, at + 2 + 12*struct.unpack_from(order + 'H', data, at)[0], 12):
        tag, kind, count = struct.unpack_from(order + 'HHI', data, p)
        size = count*{3: 2, 4: 4, 5: 8}.get(kind, 1)
        start = p + 8 if size <= 4 else struct.unpack_from(order + 'I', data, p + 8)[0]
        found[tag] = data[start:start + size]
    return found

def first_tags(path): # of a result in any format -> {tag: bytes of the value}
    data = path.read_bytes()
    if path.suffix == '.tif': return entries(data)
    if path.suffix == '.png': return entries(dict(png_chunks(data))[b'eXIf'])
    if path.suffix == '.avif': return entries(item_of_avif(data, b'Exif')[4:]) # after an offset of 0
    start = data.index(b'Exif\0\0') + 6 if path.suffix == '.jpg' else data.index(b'EXIF') + 8
    return entries(data[start:])

def boxes(data, at=0, end=None): # of an AVIF -> {name: (place, size) of the content}, siblings alone
    found = {}
    while at < (end or len(data)):
        size, name = struct.unpack_from('>I4s', data, at)
        found.setdefault(name, (at + 8, size - 8))
        at += size
    assert at == (end or len(data))
    return found

def item_of_avif(data, kind): # -> the bytes of its item of this kind, by the tables of the standard
    start, size = boxes(data)[b'meta']
    inside = boxes(data, start + 4, start + size)
    at, number = inside[b'iinf'][0] + 6, None
    for _ in range(int.from_bytes(data[at - 2:at], 'big')):
        size, _, _, item, _, name = struct.unpack_from('>I4sIHH4s', data, at)
        if name == kind: number = item
        at += size
    at = inside[b'iloc'][0] + 8
    assert data[at - 4:at - 2] == b'\x44\x40' # numbers of four bytes
    for _ in range(int.from_bytes(data[at - 2:at], 'big')):
        item, _, base, pieces, start, size = struct.unpack_from('>HHIHII', data, at)
        assert pieces == 1
        if item == number: return data[base + start:base + start + size]
        at += 18

def comments(data): # of a JPEG
    at, found = 2, []
    while data[at + 1] != 0xda:
        size = int.from_bytes(data[at + 2:at + 4], 'big')
        if data[at + 1] == 0xfe: found.append(data[at + 4:at + 2 + size])
        at += 2 + size
    return found


# Bytes stay bytes

CAPTIONS = ('Zoë Müller, Kraków — 東京 1936'.encode(), 'Grüße'.encode('latin-1'), 'Żuraw'.encode('cp1250'),
            'вид'.encode('koi8-r'), '写真'.encode('shift-jis'), b'\x80\xff\x01')

def captioned(caption): # files of each kind with the caption as EXIF's description
    block = ifds({270: (2, caption + b'\0'), 0x8769: (4, DATE_TABLE)}, order='>')
    yield with_segments(JPEG, exif_segment(block))
    yield png(PICTURE, chunks=[(b'eXIf', block)])
    yield pillow(PICTURE, 'WEBP', lossless=True, exif=b'Exif\0\0' + block)
    for order in '<>': yield tiff_by_hand(PICTURE, order, {270: (2, caption + b'\0')})

@each_suffix
@pytest.mark.parametrize('caption', CAPTIONS)
def test_captions_arrive_byte_for_byte(tmp_path, caption, suffix):
    for data in captioned(caption):
        assert first_tags(result(tmp_path, data, suffix))[270] == caption + b'\0'


# One walk a container

def raw_profile(name, data, compressed=True): # as ImageMagick writes it
    digits = data.hex().encode()
    lines = b'\n'.join(digits[i:i + 72] for i in range(0, len(digits), 72))
    text = f'\n{name}\n{len(data):8}\n'.encode() + lines
    keyword = f'Raw profile type {name}'.encode() + b'\0'
    return (b'zTXt', keyword + b'\0' + zlib.compress(text)) if compressed else (b'tEXt', keyword + text)

EXIF_IN_PNG = {'raw': raw_profile('exif', b'Exif\0\0' + exif(6)),
               'APP1': raw_profile('APP1', b'Exif\0\0' + exif(6, '>')),
               'text': raw_profile('exif', exif(6), compressed=False), 'chunk': (b'eXIf', exif(6))}

@each_suffix
@pytest.mark.parametrize('late', [False, True])
@pytest.mark.parametrize('home', EXIF_IN_PNG)
def test_exif_wherever_a_png_has_it(tmp_path, home, late, suffix):
    data, chunk = png(PICTURE), png_chunk(*EXIF_IN_PNG[home])
    at = data.index(b'IEND') - 4 if late else 33
    found = read_result(result(tmp_path, data[:at] + chunk + data[at:], suffix))
    assert found.pages[0].shape[:2] == PICTURE.shape[::-1] # turned upright
    assert (found.exif[0x13b], found.exif[0x9003], found.exif.get(0x112, 1)) == (ARTIST, DATE, 1)

def with_iptc(): # files that have it in each of its homes
    yield with_segments(JPEG, (0xed, photoshop()))
    half = photoshop()[14:]
    yield with_segments(JPEG, (0xed, photoshop()[:40]), (0xed, b'Photoshop 3.0\0' + half[26:])) # cut in two
    for kind, data in ('iptc', photoshop()[14:]), ('8bim', photoshop()[14:]), ('iptc', iptc()):
        yield png(PICTURE, chunks=[raw_profile(kind, data)])
    yield tiff_by_hand(PICTURE, tags={33723: (7, iptc())})
    yield tiff_by_hand(PICTURE, '>', {34377: (1, photoshop()[14:])})
    padded = iptc() + bytes(-len(iptc()) % 4)
    yield tiff_by_hand(PICTURE, '>', {33723: (4, struct.unpack(f'>{len(padded)//4}I', padded))})
    yield tiff_by_hand(PICTURE, '<', {33723: (4, struct.unpack(f'>{len(padded)//4}I', padded))})

@each_suffix
def test_iptc_in_each_of_its_homes(tmp_path, suffix):
    for data in with_iptc():
        path = result(tmp_path, data, suffix)
        if suffix in ('jpg', 'tif'): assert read_result(path).iptc[2, 120] == CAPTION.encode()
        if suffix in ('webp', 'avif'): assert first_tags(path)[33723].startswith(iptc())
        if suffix == 'png':
            [text] = [c for name, c in png_chunks(path.read_bytes()) if name == b'zTXt']
            assert iptc() in bytes.fromhex(zlib.decompress(text[23:]).split(None, 2)[2].decode())
        again = read_photo(path).info['iptc']
        assert again.startswith(iptc()) and not again[len(iptc()):].strip(b'\0')

TEXTS = {b'Title': b'TITLE', b'Description': 'Zoë, Kraków'.encode(), b'Copyright': 'Grüße'.encode('latin-1'),
         b'Author': ARTIST.encode(), b'Comment': b'A COMMENT', b'Box': b'twelve'}

def texts():
    yield b'tEXt', b'Title\0' + TEXTS[b'Title']
    yield b'iTXt', b'Description\0\1\0de\0Beschreibung\0' + zlib.compress(TEXTS[b'Description'])
    yield b'zTXt', b'Copyright\0\0' + zlib.compress(TEXTS[b'Copyright'])
    for key in (b'Author', b'Comment', b'Box'): yield b'iTXt', key + bytes(5) + TEXTS[key]

def with_texts(): return png(PICTURE, chunks=list(texts()))

def test_texts_of_a_png_stay_as_they_are(tmp_path):
    kept = png_chunks(result(tmp_path, with_texts(), 'png').read_bytes())
    assert {*texts()} <= {*kept}

@pytest.mark.parametrize('suffix', ['jpg', 'tif', 'webp', 'avif'])
def test_texts_of_a_png_become_the_like_fields(tmp_path, suffix):
    path = result(tmp_path, with_texts(), suffix)
    tags = first_tags(path)
    like = {269: b'Title', 270: b'Description', 33432: b'Copyright', 315: b'Author'}
    assert {t: tags[t].rstrip(b'\0') for t in like} == {t: TEXTS[key] for t, key in like.items()}
    if suffix == 'jpg': assert comments(path.read_bytes()) == [b'A COMMENT', b'Box: twelve']
    else: assert read_result(path).exif[37510] == b'ASCII\0\0\0A COMMENT\nBox: twelve'

def test_texts_do_not_move_what_exif_holds(tmp_path): # a camera's notes contain offsets into the block
    block = ifds({315: (2, b'A\0'), 0x8769: (4, {37500: (7, b'MY NOTES'*9)})})
    data = png(PICTURE, chunks=[(b'eXIf', block), (b'tEXt', b'Comment\0hello'), (b'tEXt', b'Author\0B')])
    found = result(tmp_path, data, 'webp').read_bytes()
    start = found.index(b'EXIF') + 8
    assert found.index(b'MY NOTES') - start == block.index(b'MY NOTES')
    assert read_result(tmp_path/'result.webp').exif[37510] == b'ASCII\0\0\0hello\nAuthor: B'
    assert read_result(tmp_path/'result.webp').exif[315] == 'A'

@pytest.mark.parametrize('text', [b'plain', 'Zoë'.encode(), 'Zoë'.encode('latin-1'), b'x'*70000])
def test_comments_of_a_jpeg(tmp_path, text):
    parts = [text[:65000], text[65000:]] if len(text) > 65000 else [text]
    data = with_segments(JPEG, *((0xfe, part) for part in parts))
    assert comments(result(tmp_path, data, 'jpg').read_bytes()) == parts
    for name, content in png_chunks(result(tmp_path, data, 'png').read_bytes()):
        if content.startswith(b'Comment\0'): assert content.endswith(parts.pop(0))
    assert not parts
    for suffix in ('tif', 'webp', 'avif'): assert text[:65000] in result(tmp_path, data, suffix).read_bytes()

def test_a_remark_in_a_pgm(tmp_path):
    data = b'P5\n# Album 3, left\n70 45\n255\n' + PICTURE.tobytes()
    assert Image.open(result(tmp_path, data, 'png')).info['Comment'] == 'Album 3, left'

@each_suffix
def test_exif_cut_in_two(tmp_path, suffix): # as cameras do whose notes are longer than a segment
    block = ifds({315: (2, ARTIST.encode() + b'\0'), 0x8769: (4, DATE_TABLE | {37510: (7, bytes(8) + b'c'*60000)})})
    data = with_segments(JPEG, (0xe1, b'Exif\0\0' + block[:40000]), (0xe1, b'Exif\0\0' + block[40000:]))
    assert read_result(result(tmp_path, data, suffix)).exif[37510] == bytes(8) + b'c'*60000

@each_suffix
def test_exif_of_a_big_tiff_in_either_order(tmp_path, suffix):
    for order in '<>':
        data = io.BytesIO()
        more = [(315, 2, 0, ARTIST, True), (65001, 16, 1, 7, True), (65002, 12, 2, (1., 2.), True)]
        tifffile.imwrite(data, u16(gray()), metadata=None, bigtiff=True, byteorder=order, extratags=more)
        tags = first_tags(result(tmp_path, data.getvalue(), suffix))
        assert tags[315].rstrip(b'\0') == ARTIST.encode() and struct.unpack('<I', tags[65001]) == (7,)


# XMP of more than a segment

def extended(*parts, title='A', total=None): # a JPEG whose XMP continues in an extension of these (offset, bytes)
    whole = b''.join(data for _, data in sorted(parts))
    guid = hashlib.md5(whole).hexdigest().upper().encode()
    head = xmp().replace(b'<dc:title>', b'<n:HasExtendedXMP xmlns:n="http://ns.adobe.com/xmp/note/">' + guid
                         + b'</n:HasExtendedXMP><dc:title>')
    name = b'http://ns.adobe.com/xmp/extension/\0' + guid + struct.pack('>I', total or len(whole))
    return with_segments(JPEG, xmp_segment(head), *((0xe1, name + struct.pack('>I', at) + part) for at, part in parts))

def extension(note): # its namespace is declared on rdf:RDF
    return (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            b'xmlns:d="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about=""><d:source>' + note
            + b'</d:source></rdf:Description></rdf:RDF></x:xmpmeta>')

@each_suffix
@pytest.mark.parametrize('size', [10, 70000, 200000])
def test_the_extension_of_xmp(tmp_path, size, suffix):
    note = b'n'*size
    whole = extension(note)
    parts = [(at, whole[at:at + 50000]) for at in range(0, len(whole), 50000)]
    path = result(tmp_path, extended(*parts[::-1]), suffix)
    packet = read_photo(path).info['xmp']
    assert xmp_values(packet, 'dc:source') == [note.decode()] and b'HasExtendedXMP' not in packet
    if suffix != 'jpg': assert xmp_values(read_result(path).xmp, 'dc:source') == [note.decode()]
    else: assert (b'HasExtendedXMP' in path.read_bytes()) == (size > 60000)

def test_an_extension_that_is_not_whole(tmp_path):
    whole = extension(b'n'*70000)
    for data in (extended((0, whole[:50000]), total=len(whole)), extended((0, b'noise'*9000))):
        path = result(tmp_path, data, 'jpg', ['extension of XMP'])
        assert b'HasExtendedXMP' not in path.read_bytes() and xmp_values(read_result(path).xmp, 'dc:title')


# What does not fit into a JPEG

def test_large_exif_in_a_jpeg(tmp_path):
    for tags, more, line in (
        ({}, {37500: (7, b'M'*100000)}, 'the maker note (100,000 bytes)'),
        ({}, {37500: (7, b'M'*30000), 37510: (7, bytes(8) + b'c'*40000)}, 'the maker note (30,000 bytes)'),
        ({}, {37500: (7, b'M'*2000), 37510: (7, bytes(8) + b'c'*70000)}, "the user's comment (70,008 bytes)"),
        ({65000: (7, b'p'*90000)}, {37500: (7, b'M'*2000)}, 'tag 65000 (90,000 bytes)')):
        block = ifds({315: (2, ARTIST.encode() + b'\0'), 0x8769: (4, DATE_TABLE | more), 0x8825: (4, GPS)} | tags)
        data = png(PICTURE, chunks=[(b'eXIf', block)])
        found = read_result(result(tmp_path, data, 'jpg', [line])).exif
        assert (found[315], found[0x9003], found[2]) == (ARTIST, DATE, (35, 2, 29.64))
        result(tmp_path, data, 'webp')

def test_large_iptc_in_a_jpeg(tmp_path):
    long = iptc() + b''.join(struct.pack('>BBBH', 0x1c, 2, 25, 30000) + bytes([65 + i])*30000 for i in range(5))
    path = result(tmp_path, tiff_by_hand(PICTURE, tags={33723: (7, long)}), 'jpg')
    assert read_photo(path).info['iptc'] == long and path.read_bytes().count(b'Photoshop 3.0\0') == 3

def test_xmp_that_cannot_be_split(tmp_path):
    packet = xmp().replace(b'</rdf:RDF>', b'<!--' + b'x'*70000 + b'--></rdf:RDF>')
    path = result(tmp_path, tiff_by_hand(PICTURE, tags={700: (1, packet)}), 'jpg', ['XMP (7'])
    assert read_result(path).xmp

def test_damage_is_said(tmp_path):
    for wrong in ({33723: (7, b'noise')}, {34377: (1, b'noise')}): # tags that a TIFF has for blocks, in EXIF
        result(tmp_path, with_segments(JPEG, exif_segment(ifds(wrong))), 'tif', ['damaged IPTC'])
    none = struct.pack('<HHI', 34377, 7, 44)
    data = tiff_by_hand(PICTURE, tags={34377: (7, bytes(44))})
    result(tmp_path, data.replace(none, none[:4] + bytes(4)), 'tif', ['damaged tag 34377'])
    noise = np.random.default_rng(0).bytes(200)
    result(tmp_path, with_segments(JPEG, exif_segment(noise)), 'jpg', ['EXIF, which is damaged'])
    for wrong in (b'no records', photoshop()[14:24]):
        result(tmp_path, tiff_by_hand(PICTURE, tags={33723: (7, wrong)}), 'tif', ['damaged IPTC'])
        result(tmp_path, png(PICTURE, chunks=[raw_profile('iptc', wrong)]), 'png', ['damaged IPTC'])
    result(tmp_path, with_segments(JPEG, (0xed, photoshop()[:24])), 'jpg', ['damaged IPTC'])
    def longer(data, tag, kind, count): # the entry says that its value has a million bytes
        return data.replace(struct.pack('<HHI', tag, kind, count), struct.pack('<HHI', tag, kind, 10**6))
    far = longer(tiff_by_hand(PICTURE, tags={65000: (7, b'q'*64)}), 65000, 7, 64)
    result(tmp_path, far, 'tif', ['damaged tag 65000'])
    result(tmp_path, png(PICTURE, chunks=[(b'zTXt', b'Comment\0\0noise')]), 'png', ['a text'])
    block = longer(ifds({315: (2, b'A\0'), 270: (2, b'caption\0')}), 270, 2, 8)
    result(tmp_path, with_segments(JPEG, exif_segment(block)), 'jpg') # byte for byte
    result(tmp_path, with_segments(JPEG, exif_segment(block)), 'tif', ['damaged tag 270'])


# Pages are pages

def pages(*written): # -> a TIFF; each page: (pixels, options of tifffile)
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as file:
        for pixels, options in written: file.write(pixels, **dict(metadata=None) | options)
    return out.getvalue()

def test_each_page_has_its_own_tags(tmp_path):
    inch = dict(resolutionunit='INCH')
    one = dict(description='recto', resolution=(600, 600), subfiletype=2,
               extratags=[(285, 2, 0, 'left', True)], **inch)
    blocks = [(700, 1, len(xmp()), xmp(), True), (33723, 7, len(iptc()), iptc(), True)]
    two = dict(description='verso', resolution=(300, 150), subfiletype=2,
               extratags=[(297, 3, 2, (1, 3), True), *blocks], **inch)
    three = dict(extratags=[(33550, 12, 3, (1., 2., 3.), True), (269, 2, 0, 'Box 12', True)])
    data = pages((PICTURE, one), (u16(gray()), two), (PICTURE[:20], three))
    with tifffile.TiffFile(result(tmp_path, data, 'tif')) as f:
        first, second, third = [{t.code: t.value for t in page.tags} for page in f.pages]
    assert (first[270], first[285], first[254], second[270], second[254]) == ('recto', 'left', 2, 'verso', 2)
    for (n, d), dpi in ((first[282], 600), (second[282], 300), (second[283], 150)): assert abs(n/d - dpi) < .01
    assert second[297] == (1, 3) and second[700] == xmp() and bytes(second[33723]) == iptc()
    assert (third[33550], third[269]) == ((1., 2., 3.), 'Box 12') and 270 not in third and 285 not in second

def test_exif_of_a_later_page(tmp_path):
    dates = b'1936:03:06 14:20:00\0', b'1937:03:06 14:20:00\0'
    data = bytearray(pages(*((PICTURE, dict(extratags=[(34664, 4, 1, 0, True)])) for _ in dates)))
    with tifffile.TiffFile(io.BytesIO(data)) as file: places = [page.tags[34664].offset for page in file.pages]
    for place, date in zip(places, dates): # a directory at the end of the file, with one entry
        data += bytes(len(data) % 2)
        struct.pack_into('<HHII', data, place, 34665, 4, 1, len(data))
        data += struct.pack('<HHHIII', 1, 0x9003, 2, 20, len(data) + 18, 0) + date
    with tifffile.TiffFile(result(tmp_path, bytes(data), 'tif')) as file:
        found = [page.tags[34665].value['DateTimeOriginal'] for page in file.pages]
    assert found == [date[:-1].decode() for date in dates]

PREVIEWS = {'reduced': dict(subfiletype=1), 'mask': dict(subfiletype=4),
            'of a document': dict(subfiletype=3), 'old': dict(extratags=[(255, 3, 1, 2, True)])}

@each_suffix
@pytest.mark.parametrize('kind', PREVIEWS)
def test_previews_are_no_pages(tmp_path, kind, suffix):
    small = PICTURE[::4, ::4] > 99 if kind == 'mask' else PICTURE[::4, ::4].copy()
    data = pages((PICTURE, {}), (small, PREVIEWS[kind]))
    assert len(read_result(result(tmp_path, data, suffix, ['page 2, which is a'])).pages) == 1

def test_a_preview_before_the_photograph(tmp_path): # as cameras write it
    data = pages((PICTURE[::4, ::4].copy(), dict(subfiletype=1, description='caption')), (PICTURE, {}))
    path = result(tmp_path, data, 'jpg', ['page 1, which is a preview'])
    assert read_result(path).pages[0].shape[:2] == PICTURE.shape and first_tags(path)[270].rstrip(b'\0') == b'caption'
    alone = pages((PICTURE, dict(subfiletype=1)))
    assert read_result(result(tmp_path, alone, 'jpg')).pages[0].shape[:2] == PICTURE.shape


# Channels are what the file says

def channels(*extra, color=3, kinds=()): # H×W×n, 16 bits
    return np.dstack([u16(gray())]*color + list(extra))

INFRARED, CLEAR = u16(gray(seed=3)), u16(gray(seed=4))
CHANNELS = {'RGB and infrared': (channels(INFRARED), ['unspecified'], None),
            'gray and infrared': (channels(INFRARED, color=1), ['unspecified'], None),
            'RGB, transparency, infrared': (channels(CLEAR, INFRARED), ['unassalpha', 'unspecified'], CLEAR),
            'RGB, infrared, transparency': (channels(INFRARED, CLEAR), ['unspecified', 'unassalpha'], CLEAR),
            'RGB and two': (channels(INFRARED, CLEAR), ['unspecified']*2, None)}

@pytest.mark.parametrize('name', CHANNELS)
def test_channels_that_are_no_transparency(tmp_path, name):
    pixels, kinds, clear = CHANNELS[name]
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, metadata=None, extrasamples=kinds, planarconfig='contig',
                     photometric='minisblack' if pixels.shape[2] < 3 else 'rgb')
    line = '2 channels that are' if name == 'RGB and two' else 'a channel that is'
    with tifffile.TiffFile(result(tmp_path, out.getvalue(), 'tif', [line])) as file:
        page, kept = file.pages[0], file.asarray()
    assert [int(e) for e in page.extrasamples] == [2]*(clear is not None)
    if clear is not None: assert np.array_equal(kept[..., 3], clear)
    else: result(tmp_path, out.getvalue(), 'jpg', [line])


# Nothing is lost in silence: each block of each container, in each result, is kept, converted, said or made anew

def resource(number, content, name=b''): # of Photoshop's
    head = b'8BIM' + struct.pack('>HB', number, len(name)) + name + bytes(1 - len(name) % 2)
    return head + struct.pack('>I', len(content)) + content + bytes(len(content) % 2)

def in_photoshop(*resources): return with_segments(JPEG, (0xed, b'Photoshop 3.0\0' + b''.join(resources)))

def in_png(*chunks, late=(), **options):
    data = png(PICTURE, chunks=chunks, **options)
    return data[:-12] + b''.join(png_chunk(*c) for c in late) + data[-12:]

def in_webp(*chunks, **options):
    data = pillow(PICTURE, 'WEBP', lossless=True, **options)
    data += b''.join(n + struct.pack('<I', len(c)) + c + bytes(len(c) % 2) for n, c in chunks)
    return data[:4] + struct.pack('<I', len(data) - 8) + data[8:]

def in_raw(*resources): # as ImageMagick stores them in a PNG
    data = b''.join(resources)
    return in_png((b'tEXt', b'Raw profile type 8bim\0' + f'\n8bim\n{len(data):8}\n{data.hex()}\n'.encode()))

def second(): return pillow(u8(gray(seed=5)), 'JPEG')

WEB, TOKEN = b'https://example.org/a-photograph', b'A TOKEN OF ITS OWN'
FLAG, LINK, PATH = resource(1034, b'\1'), resource(1035, WEB), resource(2000, bytes(26) + TOKEN, b'bag')
TIME, DPI = struct.pack('>H5B', 1936, 3, 6, 14, 20, 0), {282: (5, [300, 1]), 283: (5, [300, 1]), 296: (3, [2])}
OWN_EXIF = ifds({315: (2, b'SOMEBODY ELSE\0')})
ANEW = object()
BLOCKS = { # container and block: (file, bytes that must arrive, or a part of the line for the formats given)
    'JPEG, flag': (in_photoshop(FLAG), FLAG),
    'JPEG, link': (in_photoshop(resource(1028, iptc()), LINK), WEB),
    'JPEG, path': (in_photoshop(PATH, resource(2999, b'\3bag')), TOKEN),
    'JPEG, other signature': (in_photoshop(FLAG.replace(b'8BIM', b'MeSa'), LINK), WEB),
    'JPEG, digest': (in_photoshop(resource(1061, TOKEN[:16])), TOKEN[:16]),
    'JPEG, EXIF in Photoshop': (in_photoshop(resource(1058, OWN_EXIF)), b'SOMEBODY ELSE'),
    'JPEG, previews': (in_photoshop(resource(1033, TOKEN), resource(1036, TOKEN)), ANEW),
    'JPEG, JFXX': (with_segments(JPEG, (0xe0, b'JFXX\0\x10' + TOKEN)), ANEW),
    'JPEG, cut resources': (in_photoshop(FLAG, LINK[:-9]), 'damaged resources'),
    'JPEG, software': (with_segments(JPEG, exif_segment(ifds({305: (2, TOKEN + b'\0')}))), TOKEN),
    'JPEG, C2PA': (with_segments(JPEG, *2*[(0xeb, b'JP\0\1\0\0\0\1jumb' + TOKEN)]), 'C2PA'),
    'JPEG, Ducky': (with_segments(JPEG, (0xec, b'Ducky\0\2\0\6' + TOKEN)), 'APP12 (Ducky)'),
    'JPEG, Ducky, quality': (with_segments(JPEG, (0xec, b'Ducky\0\1\0\4\0\0\0\x3c\0\0')), ANEW),
    'JPEG, picture info': (with_segments(JPEG, (0xec, b'[picture info]\r\n' + TOKEN)), 'APP12 ([picture info])'),
    'JPEG, FlashPix': (with_segments(JPEG, (0xe2, b'FPXR\0' + TOKEN)), 'APP2 (FPXR)'),
    'JPEG, FLIR': (with_segments(JPEG, (0xe1, b'FLIR\0' + TOKEN), (0xe1, b'FLIR\0' + TOKEN)), 'APP1 (FLIR)'),
    'JPEG, APP15': (with_segments(JPEG, (0xef, b'\0\xff' + TOKEN)), 'APP15'),
    'JPEG, second EXIF': (with_segments(JPEG, exif_segment(exif()), exif_segment(OWN_EXIF)), 'second block of EXIF'),
    'JPEG, second XMP': (with_segments(JPEG, xmp_segment(xmp()), xmp_segment(xmp(tool='B'))), 'second block of XMP'),
    'JPEG, same XMP': (with_segments(JPEG, xmp_segment(xmp()), xmp_segment(xmp())), b'Migrant Mother'),
    'JPEG, MPO': (pillow(PICTURE, 'MPO', save_all=True, append_images=[Image.fromarray(255 - PICTURE)]), 'another'),
    'JPEG, gain map': (JPEG + second(), f'{len(second()):,} bytes after'),
    'JPEG, video': (pillow(PICTURE, 'JPEG', progressive=True) + b'\0\0\0\x18ftypmp42' + TOKEN, 'or a video'),
    'PNG, flag': (in_raw(FLAG), FLAG),
    'PNG, link': (in_raw(resource(1028, iptc()), LINK), WEB),
    'PNG, preview': (in_raw(resource(1036, TOKEN), LINK), WEB),
    'PNG, tIME': (in_png((b'tIME', TIME)), b'1936:03:06 14:20:00'),
    'PNG, damaged tIME': (in_png((b'tIME', TIME[:5])), 'tIME, which is damaged'),
    'PNG, safe': (in_png((b'vpAg', TOKEN)), {'png': TOKEN, '': 'the chunk vpAg'}),
    'PNG, safe, private': (in_png((b'abCd', TOKEN)), {'png': TOKEN, '': 'the chunk abCd'}),
    'PNG, safe, late': (in_png(late=[(b'oFFs', TOKEN)]), {'png': TOKEN, '': 'the chunk oFFs'}),
    'PNG, scale': (in_png((b'sCAL', TOKEN)), 'the chunk sCAL'),
    'PNG, private': (in_png(late=[(b'prVW', TOKEN)]), 'the chunk prVW'),
    'PNG, signature': (in_png((b'dSIG', TOKEN)), 'the chunk dSIG'),
    'PNG, C2PA': (in_png((b'caBX', TOKEN)), 'C2PA'),
    'PNG, two of EXIF': (in_png((b'eXIf', exif()), raw_profile('exif', OWN_EXIF)), 'second block of EXIF'),
    'PNG, EXIF twice': (in_png((b'eXIf', exif()), raw_profile('exif', b'Exif\0\0' + exif())), ARTIST.encode()),
    'PNG, background': (in_png((b'bKGD', b'\0\0')), ANEW),
    'TIFF, flag': (tiff_by_hand(PICTURE, '>', {34377: (1, FLAG)}), FLAG),
    'TIFF, link': (tiff_by_hand(PICTURE, tags={34377: (7, LINK), 33723: (7, iptc())}), WEB),
    'TIFF, path': (tiff_by_hand(PICTURE, tags={34377: (1, PATH)}), TOKEN),
    'TIFF, XMP in Photoshop': (tiff_by_hand(PICTURE, tags={34377: (1, resource(1060, xmp()))}), b'Migrant Mother'),
    'TIFF, two of IPTC': (tiff_by_hand(PICTURE, tags={
        33723: (7, iptc()), 34377: (1, resource(1028, iptc()[:30]))}), 'second block of IPTC'),
    'TIFF, IPTC twice': (tiff_by_hand(PICTURE, tags={33723: (7, iptc()), 34377: (1, resource(1028, iptc()))}), iptc()),
    'TIFF, preview': (tiff_by_hand(PICTURE, tags={34377: (1, resource(1036, TOKEN))}), ANEW),
    'TIFF, damage': (tiff_by_hand(PICTURE, tags={34377: (1, FLAG + b'noise')}), 'damaged resources'),
    'TIFF, inks': (tiff_by_hand(PICTURE, tags={333: (2, TOKEN + b'\0')}), 'names of its inks'),
    'TIFF, C2PA': (tiff_by_hand(PICTURE, tags={52545: (7, TOKEN)}), 'C2PA'),
    'TIFF, clipping path': (tiff_by_hand(PICTURE, tags={343: (1, TOKEN)}), 'clipping path'),
    **{f'TIFF, {tag}': (tiff_by_hand(PICTURE, tags={tag: (2, TOKEN + b'\0')}), TOKEN)
       for tag in (269, 272, 305, 306, 316, 337, 351, 32781)},
    **{f'TIFF, {tag}': (tiff_by_hand(PICTURE, tags={tag: (7, TOKEN)}), TOKEN) for tag in (50000, 65535)},
    'WebP, chunk': (in_webp((b'ABCD', TOKEN)), 'the chunk ABCD'),
    'WebP, C2PA': (in_webp((b'C2PA', TOKEN)), 'C2PA'),
    'WebP, nameless': (in_webp((b'\0\0\1\2', TOKEN)), 'a chunk without a name'),
    'WebP, software': (in_webp(exif=b'Exif\0\0' + ifds({305: (2, TOKEN + b'\0')})), TOKEN),
    'WebP, flag in EXIF': (in_webp(exif=b'Exif\0\0' + ifds({34377: (1, FLAG + LINK)})), WEB),
}

def arrived(path): # the bytes of a result, and what a PNG holds in hexadecimal digits
    data = path.read_bytes()
    packed = [c for n, c in png_chunks(data) if n == b'zTXt'] if path.suffix == '.png' else []
    return data + b''.join(bytes.fromhex(zlib.decompress(c[23:]).split(None, 2)[2].decode()) for c in packed)

@each_suffix
@pytest.mark.parametrize('block', BLOCKS)
def test_nothing_is_lost_in_silence(tmp_path, block, suffix):
    data, expected = BLOCKS[block]
    if isinstance(expected, dict): expected = expected.get(suffix, expected[''])
    path = result(tmp_path, data, suffix, [expected] if isinstance(expected, str) else [])
    if isinstance(expected, bytes): assert expected in arrived(path)
    assert (TOKEN in arrived(path)) == (expected == TOKEN)
    again = result(tmp_path, path.read_bytes(), suffix) # what a result holds is not lost by another run
    if isinstance(expected, bytes): assert expected in arrived(again)

def test_chunks_stay_on_their_side_of_the_pixels(tmp_path):
    data = in_png((b'abCd', b'1'), (b'vpAg', b''), late=[(b'abCd', b'2')])
    names = [n for n, _ in png_chunks(result(tmp_path, data, 'png').read_bytes()) if n in (b'abCd', b'vpAg', b'IDAT')]
    assert [n for i, n in enumerate(names) if names[i - 1:i] != [n]] == [b'abCd', b'vpAg', b'IDAT', b'abCd']

@each_suffix
def test_the_time_of_a_png(tmp_path, suffix):
    found = read_result(result(tmp_path, in_png((b'tIME', TIME)), suffix)).exif
    assert (found[306], found[0x9010]) == ('1936:03:06 14:20:00', '+00:00')
    both = in_png((b'tIME', TIME), (b'eXIf', ifds({306: (2, DATE.replace('36', '99').encode() + b'\0')})))
    assert read_result(result(tmp_path, both, suffix)).exif[306] == DATE.replace('36', '99')

@each_suffix
def test_paths_of_a_turned_photograph(tmp_path, suffix):
    for turn, lines in ((1, []), (6, ['paths, guides or slices'])):
        data = with_segments(JPEG, exif_segment(exif(turn)), (0xed, b'Photoshop 3.0\0' + PATH + FLAG))
        found = arrived(result(tmp_path, data, suffix, lines))
        assert FLAG in found and (TOKEN in found) == (turn == 1)

def test_a_background_of_a_transparent_picture(tmp_path):
    clear = np.dstack([PICTURE, 255 - PICTURE])
    result(tmp_path, png(clear, chunks=[(b'bKGD', b'\0\0')]), 'png', ['the chunk bKGD'])

@each_suffix
def test_dots_per_inch_in_exif(tmp_path, suffix):
    per_cm = {282: (5, [11811, 100]), 283: (5, [11811, 100]), 296: (3, [3])}
    for tags in (DPI, per_cm):
        for data in (in_webp(exif=b'Exif\0\0' + ifds(tags, order='>')), in_png((b'eXIf', ifds(tags)))):
            found = read_result(result(tmp_path, data, suffix))
            in_exif = suffix in ('webp', 'avif')
            inch = found.exif[296] == 2 if in_exif else True
            x = float(found.exif[282]) if in_exif else found.dpi[0]
            assert abs(x*(1 if inch else 2.54) - 300) < .1
    without = in_webp(exif=b'Exif\0\0' + ifds({315: (2, b'A\0'), 296: (3, [2])}))
    assert 'dpi' not in read_photo(without).info


# Any bytes

@each_suffix
def test_mutated_metadata(tmp_path, suffix):
    rng = np.random.default_rng(SUFFIXES.index(suffix))
    sources = [next(captioned(b'caption')), with_texts(), next(with_iptc()), *list(with_iptc())[-2:],
               extended((0, extension(b'n'*100))), png(PICTURE, chunks=[EXIF_IN_PNG['raw'], (b'eXIf', exif(6))]),
               pages((PICTURE, dict(description='recto')), (PICTURE[:9], dict(subfiletype=1, description='verso')))]
    for i in range(150):
        data = bytearray(sources[i % len(sources)])
        places = [p for word in (b'Exif', b'eXIf', b'http:', b'Photo', b'tEXt', b'zTXt', b'iTXt', b'recto', b'verso')
                  if (p := data.find(word)) > 0] or [8]
        for _ in range(rng.integers(1, 5)):
            at = int(rng.choice(places)) + int(rng.integers(300))
            if at < len(data): data[at] = rng.integers(256)
        try: path = result_of_any(tmp_path, bytes(data), suffix)
        except HypercolError: continue
        check_whole(path)

def result_of_any(tmp_path, data, suffix):
    path = tmp_path/f'result.{suffix}'
    write_photo(path, read_photo(data), mark='hypercol 1', tell=lambda line: None)
    return path

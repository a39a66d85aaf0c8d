"Places and sizes in metadata turn with the pixels: a bright spot is found in the result, and they must point to it."
import io, struct
from xml.etree import ElementTree
import numpy as np, pytest, tifffile
from PIL import Image
from hypercol.photo.read import read_photo
from hypercol.photo.write import write_photo
from kinds import exif_segment, ifds, itxt, pillow, png, with_segments, xmp_segment

H, W, BOX = 60, 100, (70, 10, 20, 8) # left, top, width and height of the spot
SPACES = {'rdf': 'http://www.w3.org/1999/02/22-rdf-syntax-ns#', 'tiff': 'http://ns.adobe.com/tiff/1.0/',
          'exif': 'http://ns.adobe.com/exif/1.0/', 'mwg': 'http://www.metadataworkinggroup.com/schemas/regions/',
          'area': 'http://ns.adobe.com/xmp/sType/Area#', 'dim': 'http://ns.adobe.com/xap/1.0/sType/Dimensions#',
          'reg': 'http://ns.microsoft.com/photo/1.2/t/Region#', 'ext': 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/'}
x, y, w, h = BOX
CENTER = (x + w/2)/W, (y + h/2)/H
FORMS = { # the same places, as three programs write them
    'attributes': f'''<rdf:Description tiff:ImageWidth="{W}" tiff:ImageLength="{H}">
        <mwg:Regions rdf:parseType="Resource"><mwg:AppliedToDimensions dim:w="{W}" dim:h="{H}" dim:unit="pixel"/>
        <mwg:RegionList><rdf:Bag><rdf:li><rdf:Description mwg:Name="Anna">
        <mwg:Area area:x="{CENTER[0]}" area:y="{CENTER[1]:.9f}" area:w="{w/W}" area:h="{h/H:.9f}"/>
        </rdf:Description></rdf:li></rdf:Bag></mwg:RegionList></mwg:Regions></rdf:Description>''',
    'elements': f'''<rdf:Description><tiff:ImageWidth>{W}</tiff:ImageWidth></rdf:Description>
        <rdf:Description><tiff:ImageLength> {H} </tiff:ImageLength>
        <exif:SubjectArea><rdf:Seq><rdf:li>80</rdf:li><rdf:li>14</rdf:li><rdf:li>20</rdf:li><rdf:li>8</rdf:li>
        </rdf:Seq></exif:SubjectArea><mwg:Area rdf:parseType="Resource"><area:unit>pixel</area:unit><area:x>80</area:x>
        <area:y>14</area:y><area:w>20</area:w><area:h>8</area:h></mwg:Area></rdf:Description>''',
    'Microsoft': f'''<rdf:Description exif:PixelXDimension="{W}" exif:PixelYDimension="{H}"><ext:Regions><rdf:Bag>
        <rdf:li reg:Rectangle="{x/W}, {y/H:.9f}, {w/W}, {h/H:.9f}" reg:PersonDisplayName="Anna"/></rdf:Bag>
        </ext:Regions></rdf:Description>''',
    'IPTC': f'''<rdf:Description><ext:RegionBoundary ext:rbUnit="pixel" ext:rbX="{x}" ext:rbY="{y}" ext:rbW="{w}"
        ext:rbH="{h}"/><ext:RegionBoundary rdf:parseType="Resource"><ext:rbUnit>relative</ext:rbUnit><ext:rbVertices>
        <rdf:Seq><rdf:li ext:rbX="{x/W}" ext:rbY="{y/H:.9f}"/><rdf:li ext:rbX="{(x + w)/W}" ext:rbY="{(y + h)/H:.9f}"/>
        </rdf:Seq></ext:rbVertices></ext:RegionBoundary></rdf:Description>'''}

def packet(form):
    declared = ' '.join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {declared}>{FORMS[form]}</rdf:RDF></x:xmpmeta>'.encode()

def spot(): # -> H×W uint8, with a bright box
    pixels = np.full((H, W), 40, np.uint8)
    pixels[y:y + h, x:x + w] = 230
    return pixels

def exif_block(turn, order='<', kind=3, count=4):
    places = {2: [80, 14], 3: [80, 14, 8], 4: [80, 14, 20, 8]}[count]
    details = {0x9214: (kind, places), 0xa002: (4, [W]), 0xa003: (3, [H]), 0xa214: (kind, places[:2])}
    return ifds({0x100: (4, [W]), 0x101: (4, [H]), 0x112: (3, [turn]), 0x8769: (4, details)}, order=order)

def file_of(format, turn, xmp, exif): # -> bytes
    if format == 'JPEG': return with_segments(pillow(spot(), 'JPEG'), exif_segment(exif), xmp_segment(xmp))
    if format == 'PNG': return png(spot(), 8, [(b'eXIf', exif), itxt(xmp)])
    if format == 'WEBP': return pillow(spot(), 'WEBP', lossless=True, exif=b'Exif\0\0' + exif, xmp=xmp)
    file = io.BytesIO()
    details = Image.Exif()
    details.load(exif)
    details[700], details[274] = xmp, turn
    for tag in (0x100, 0x101): del details[tag] # Pillow writes the page's own
    Image.fromarray(spot()).save(file, 'TIFF', exif=details)
    return file.getvalue()

def found_box(path): # -> left, top, width, height of the bright box in a file's pixels
    pixels = tifffile.imread(path) if path.suffix == '.tif' else np.asarray(Image.open(path).convert('RGB'))
    rows, columns = (np.flatnonzero((pixels.mean(-1) > 128).any(axis)) for axis in (1, 0))
    return columns[0], rows[0], len(columns), len(rows)

def boxes_in(xmp, size): # -> (left, top, width, height) in pixels, by another parser; and all sizes
    def q(prefix, name): return f'{{{SPACES[prefix]}}}{name}'
    def fields(e): return {**e.attrib, **{c.tag: (c.text or '').strip() for c in e if not len(c)}}
    W, H = size
    for e in ElementTree.fromstring(xmp).iter():
        f = fields(e)
        if q('area', 'x') in f:
            a, b, c, d = (float(f[q('area', n)]) for n in 'xywh')
            if f.get(q('area', 'unit')) != 'pixel': a, b, c, d = a*W, b*H, c*W, d*H
            yield a - c/2, b - d/2, c, d
        if q('reg', 'Rectangle') in f:
            a, b, c, d = map(float, f[q('reg', 'Rectangle')].split(','))
            yield a*W, b*H, c*W, d*H
        if q('ext', 'rbW') in f: yield tuple(float(f[q('ext', f'rb{n}')]) for n in 'XYWH')
        if e.tag == q('ext', 'rbVertices'):
            corners = [(float(p.get(q('ext', 'rbX')))*W, float(p.get(q('ext', 'rbY')))*H) for p in e[0]]
            (a, b), (c, d) = np.min(corners, 0), np.max(corners, 0)
            yield a, b, c - a, d - b
        if e.tag == q('exif', 'SubjectArea'):
            a, b, c, d = (int(n.text) for n in e[0])
            yield a - c/2, b - d/2, c, d

def sizes_in(xmp, width, height):
    names = [f'{{{SPACES[prefix]}}}{name}' for prefix, name in
             (('tiff', width), ('tiff', height), ('exif', 'PixelXDimension'), ('exif', 'PixelYDimension'))]
    found = [(e.attrib | {c.tag: (c.text or '').strip() for c in e}) for e in ElementTree.fromstring(xmp).iter()]
    return [int(f[n]) for n in names for f in found if n in f]

def xmp_of(path): # our own search: no library reads XMP of all four
    data = path.read_bytes()
    return data[data.index(b'<x:xmpmeta'):data.index(b'</x:xmpmeta>') + 12]

@pytest.mark.parametrize('turn', range(1, 9))
@pytest.mark.parametrize('format,suffix', [('JPEG', 'jpg'), ('PNG', 'png'), ('WEBP', 'webp'), ('TIFF', 'tif'),
                                           ('PNG', 'avif')])
def test_places_point_to_the_same_thing(tmp_path, format, suffix, turn):
    for form in FORMS:
        path = tmp_path/f'{form}.{suffix}'
        data = file_of(format, turn, packet(form), exif_block(turn, '<>'[turn % 2]))
        write_photo(path, read_photo(data), mark='hypercol 1')
        size = (H, W) if turn > 4 else (W, H)
        assert Image.open(path).size == size
        box = found_box(path)
        boxes = list(boxes_in(xmp_of(path), size))
        assert boxes and all(np.allclose(b, box, atol=1) for b in boxes), (form, box, boxes)
        sizes = sizes_in(xmp_of(path), 'ImageWidth', 'ImageLength')
        assert sizes == list(size)[:len(sizes)]
        exif = Image.open(path).getexif()
        details = exif.get_ifd(0x8769)
        assert (details[0xa002], details[0xa003]) == size
        if format != 'TIFF': assert (exif[0x100], exif[0x101]) == size # in a TIFF they are the page's own
        left, top, *shape = box
        a, b, *there = details[0x9214]
        assert there == shape and np.allclose((a, b), (left + shape[0]/2, top + shape[1]/2), atol=1)
        assert details[0xa214] == (a, b)
        assert exif.get(0x112, 1) == 1 and b'Orientation="6' not in xmp_of(path)

@pytest.mark.parametrize('kind', [3, 4], ids=['short', 'long'])
@pytest.mark.parametrize('count', [2, 3, 4], ids=['point', 'circle', 'rectangle'])
def test_subject_areas_of_all_forms(tmp_path, kind, count):
    write_photo(tmp_path/'a.jpg', read_photo(file_of('JPEG', 6, packet('IPTC'), exif_block(6, '>', kind, count))))
    expected = {2: (45, 80), 3: (45, 80, 8), 4: (45, 80, 8, 20)}[count]
    assert Image.open(tmp_path/'a.jpg').getexif().get_ifd(0x8769)[0x9214] == expected

def test_resolutions_are_exchanged(tmp_path):
    exif = ifds({0x112: (3, [8]), 0x11a: (5, [204, 1]), 0x11b: (5, [98, 1]), 0x128: (3, [2])})
    for name, data in (('a.jpg', with_segments(pillow(spot(), 'JPEG', dpi=(204, 98)), exif_segment(exif))),
                       ('a.tif', pillow(spot(), 'TIFF', dpi=(204, 98), tiffinfo={274: 8})),
                       ('a.png', pillow(spot(), 'PNG', dpi=(204, 98), exif=exif))):
        write_photo(tmp_path/name, read_photo(data))
        assert np.allclose(Image.open(tmp_path/name).info['dpi'], (98, 204), atol=.1), name
        if name != 'a.tif': assert Image.open(tmp_path/name).getexif()[0x11a] == 98

def test_places_that_are_no_places_stay(tmp_path):
    strange = {0x9214: (3, [5]), 0xa214: (5, [1, 2])}
    exif = ifds({0x112: (3, [6]), 0x100: (2, b'wide\0'), 0x101: (4, [H]), 0x8769: (4, strange)})
    far = bytearray(exif_block(6))
    at = far.index(struct.pack('<HHI', 0x9214, 3, 4)) + 8
    far[at:at + 4] = b'\xff\xff\xff\x7f' # an offset outside of the block
    for block in (exif, bytes(far)):
        xmp = packet('IPTC').replace(b'"70"', b'"left"')
        write_photo(tmp_path/'a.jpg', read_photo(file_of('JPEG', 6, xmp, block)))
        assert Image.open(tmp_path/'a.jpg').getexif()[0x112] == 1
        assert b'rbX="left" ext:rbY="10"' in xmp_of(tmp_path/'a.jpg')

NEARLY = {'form feed': (b'\x0c', True), 'escape': (b'&#27;', True), 'U+FFFF': (b'\xef\xbf\xbf', True),
          'Latin-1': (b'\xfc\xdf', False), 'euro of Windows': (b'\x80', False), 'ampersand': (b'A & B', False),
          'entity of HTML': (b'&eacute;', False)}

@pytest.mark.parametrize('what', NEARLY)
@pytest.mark.parametrize('turn', [1, 6])
def test_xmp_that_is_nearly_xml_keeps_its_content(colorize, tmp_path, what, turn):
    wrong, lossy = NEARLY[what]
    xmp = packet('attributes').replace(b'Anna', b'Anna ' + wrong + b' Lind')
    (tmp_path/'a.png').write_bytes(file_of('PNG', turn, xmp, exif_block(turn)))
    status, out, err = colorize(tmp_path/'a.png', '-o', tmp_path/'b.png')
    kept = xmp_of(tmp_path/'b.png')
    ElementTree.fromstring(kept) # XML now
    assert b'Anna ' in kept and b' Lind' in kept and b'hypercol' in kept
    assert status == 0 and ('XMP' in err) == lossy and err.count('\n') == lossy

@pytest.mark.parametrize('xmp', [
    packet('IPTC')[:-30], packet('attributes').replace(b'xmlns:tiff', b'xmlns:other'),
    packet('Microsoft').replace(b'</rdf:Bag>', b''), b'<!DOCTYPE a [<!ENTITY b "c">]>' + packet('IPTC')],
    ids=['cut short', 'prefix of nothing', 'not closed', 'entities'])
def test_xmp_that_is_not_xml_is_said_to_be_left_out(colorize, tmp_path, xmp):
    (tmp_path/'a.jpg').write_bytes(file_of('JPEG', 1, xmp, exif_block(1)))
    status, out, err = colorize(tmp_path/'a.jpg', '-o', tmp_path/'b.jpg', '--report', tmp_path/'report')
    assert status == 0 and err.count('\n') == 1 and 'left out: XMP' in err
    assert 'left out: XMP' in (tmp_path/'report').read_text()

"""Small files of every kind that hypercol reads, made by Pillow, tifffile, or by hand, but never by libvips.

Each file comes with what it shows, so that a test need not ask the library. The color profiles are made here too;
the colors they stand for are computed from the profiles' definitions."""
import io, struct, zlib
from importlib.util import find_spec
from dataclasses import dataclass, field
from functools import cache
import numpy as np, tifffile
from PIL import Image
from skimage.color import rgb2lab

# Profiles: what their colors are in sRGB, computed from the standards (CIE 15, ICC.1, IEC 61966-2-1) and not by a
# color engine, because the library's engine is what is tested

D50, D65 = np.array([.9642, 1, .8249]), (.3127, .3290)
_BRADFORD = np.array([[.8951, .2664, -.1614], [-.7502, 1.7135, .0367], [.0389, -.0685, 1.0296]])

def to_d50(
    primaries, # xy of red, green and blue
    white, # xy
): # -> 3×3
    "The matrix from linear RGB to the XYZ of the profile connection space, by Bradford's adaptation."
    def xyz(x, y): return np.array([x/y, 1, (1 - x - y)/y])
    m = np.stack([xyz(*p) for p in primaries], 1)
    m = m*np.linalg.solve(m, xyz(*white))
    cones = (_BRADFORD@D50)/(_BRADFORD@xyz(*white))
    return np.linalg.inv(_BRADFORD)@np.diag(cones)@_BRADFORD@m

def encode(c): # linear light, array -> sRGB in 0..1
    "sRGB's transfer function, clipped to 0..1 (IEC 61966-2-1)."
    c = np.clip(c, 0, 1)
    return np.where(c <= .0031308, 12.92*c, 1.055*c**(1/2.4) - .055)

def decode(c): # sRGB in 0..1, array -> linear light
    "The inverse of `encode`."
    return np.where(c <= .04045, c/12.92, ((c + .055)/1.055)**2.4)

SRGB = to_d50([(.64, .33), (.30, .60), (.15, .06)], D65)

def _s15(*values): return b''.join(struct.pack('>i', round(v*65536)) for v in values)

def _icc(
    space, # 'RGB ', 'GRAY' or 'CMYK'
    tags, # name -> bytes
    version,
): # -> bytes of a profile
    text = b'made by a test'
    desc = b'desc' + bytes(4) + struct.pack('>I', len(text) + 1) + text + bytes(79)
    tags = dict(desc=desc, cprt=b'text' + bytes(4) + b'none\0',
                wtpt=b'XYZ ' + bytes(4) + _s15(*D50), **tags)
    at, table, body = 132 + 12*len(tags), b'', b''
    for name, content in tags.items():
        content += bytes(-len(content) % 4)
        table += name.encode() + struct.pack('>II', at + len(body), len(content))
        body += content
    printer = space == 'CMYK'
    device_class, connection = (b'prtr', b'Lab ') if printer else (b'mntr', b'XYZ ')
    date = 2000, 1, 1, 0, 0, 0
    head = struct.pack('>I4sI4s4s4s6H4s', at + len(body), b'test', version << 24,
                       device_class, space.encode(), connection, *date, b'acsp')
    head = head.ljust(68, b'\0') + _s15(*D50)
    return head.ljust(128, b'\0') + struct.pack('>I', len(tags)) + table + body

@dataclass
class Profile:
    "An ICC profile, and what it says as functions and a matrix."
    icc: bytes
    light: object # a function: device values in 0..1 -> linear light
    device: object # its inverse
    matrix: object = None # 3×3, to D50; None for gray
    def to_srgb(self, device): # H×W(×3) in 0..1 -> H×W×3, sRGB in 0..1
        "The colors that device values stand for."
        light = self.light(device)
        if self.matrix is None: return encode(np.dstack([light]*3))
        return encode(light@(np.linalg.inv(SRGB)@self.matrix).T)
    def from_srgb(self, srgb): # H×W×3 in 0..1, or H×W for a gray profile -> device values in 0..1
        "The device values that stand for these colors."
        light = decode(srgb)
        if self.matrix is not None: light = light@(np.linalg.inv(self.matrix)@SRGB).T
        return self.device(np.clip(light, 0, 1))

def _rgb_profile(primaries, white, curve, light, device, version=2):
    matrix = to_d50(primaries, white)
    columns = {n + 'XYZ': b'XYZ ' + bytes(4) + _s15(*c) for n, c in zip('rgb', matrix.T)}
    return Profile(_icc('RGB ', columns | {n + 'TRC': curve for n in 'rgb'}, version), light, device, matrix)

def _gamma(g):
    stored = round(g*256) # the curve holds 256ths
    curve = b'curv' + bytes(4) + struct.pack('>IH', 1, stored)
    return dict(curve=curve, light=lambda v: v**(stored/256), device=lambda c: c**(256/stored))

_SRGB_NUMBERS = _s15(2.4, 1/1.055, .055/1.055, 1/12.92, .04045)
_SRGB_CURVE = dict(curve=b'para' + bytes(4) + struct.pack('>HH', 3, 0) + _SRGB_NUMBERS, light=decode, device=encode)

def _dot_gain(): # Murray and Davies: a halftone on paper, whose dots grow in print, most in the midtones
    def light(v): return 1 - ((1 - v) + .8*(1 - v)*v) # at half ink, 20 % more of it
    entries = np.rint(65535*light(np.arange(256)/255)).astype('>u2')
    curve = b'curv' + bytes(4) + struct.pack('>I', 256) + entries.tobytes()
    return Profile(_icc('GRAY', dict(kTRC=curve), 2), light,
                   lambda c: 1 - (1.8 - np.sqrt(1.8**2 - 3.2*(1 - c)))/1.6)

PROFILES = {
    'srgb': _rgb_profile([(.64, .33), (.30, .60), (.15, .06)], D65, version=4, **_SRGB_CURVE),
    'p3': _rgb_profile([(.68, .32), (.265, .69), (.15, .06)], D65, version=4, **_SRGB_CURVE),
    'adobe': _rgb_profile([(.64, .33), (.21, .71), (.15, .06)], D65, **_gamma(563/256)),
    'prophoto': _rgb_profile([(.7347, .2653), (.1596, .8404), (.0366, .0001)], (.34570, .35854), **_gamma(1.8)),
    'gamma22': Profile(_icc('GRAY', dict(kTRC=_gamma(2.2)['curve']), 2), _gamma(2.2)['light'], _gamma(2.2)['device']),
    'dotgain20': _dot_gain(),
}

def cmyk_profile(): # -> bytes
    "Four inks without a hue: L = 100·(1-k)(1-c)(1-m)(1-y) at the corners; along black ink alone, L is linear."
    corners = [(1 - c)*(1 - m)*(1 - y)*(1 - k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    grid = b''.join(bytes([round(255*v), 128, 128]) for v in corners)
    unit, ramp = _s15(1, 0, 0, 0, 1, 0, 0, 0, 1), bytes(range(256))
    return _icc('CMYK', dict(A2B0=b'mft1' + bytes(4) + bytes([4, 3, 2, 0]) + unit + 4*ramp + grid + 3*ramp), 2)


# Metadata, by hand

class Apart(bytes): "Bytes that stand outside of an IFD; the IFD points to them."

def ifds(
    *tables, # tag -> (type, value); a value is bytes, whole numbers, `Apart`, or a table
    order='<',
): # -> bytes
    "A TIFF file, or the inside of an EXIF block, with these tables one after the other."
    out = bytearray((b'II*\0' if order == '<' else b'MM\0*') + bytes(4))
    def put(data):
        out.extend(bytes(len(out) % 2) + data)
        return len(out) - len(data)
    def write(table):
        rows = b''
        for tag, (kind, value) in sorted(table.items()):
            if isinstance(value, dict): value = [write(value)[0]]
            elif isinstance(value, Apart): value = [put(value)]
            codes = order + {3: 'H', 4: 'I', 5: 'I'}.get(kind, '')*len(value)
            raw = value if isinstance(value, bytes) else struct.pack(codes, *value)
            rows += struct.pack(order + 'HHI', tag, kind, len(value)//(2 if kind == 5 else 1))
            rows += raw.ljust(4, b'\0') if len(raw) <= 4 else struct.pack(order + 'I', put(raw))
        at = put(struct.pack(order + 'H', len(table)) + rows + bytes(4))
        return at, at + 2 + len(rows)
    link = 4
    for table in tables:
        at, following = write(table)
        out[link:link + 4] = struct.pack(order + 'I', at)
        link = following
    return bytes(out)

ARTIST, DATE = 'Dorothea Lange', '1936:03:06 14:20:00'
CAPTION, TITLE = 'Nipomo, the pea pickers', 'Migrant Mother & child'
GPS = {1: (2, b'N\0'), 2: (5, [35, 1, 2, 1, 2964, 100]), 3: (2, b'W\0'), 4: (5, [120, 1, 28, 1, 36, 1])}

@cache
def thumbnail(): # -> bytes
    "A JPEG of noise, which no other file contains by chance."
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(7).integers(0, 255, (24, 32), dtype=np.uint8)).save(out, 'JPEG')
    return out.getvalue()

DATE_TABLE = {0x9003: (2, DATE.encode() + b'\0'), 0x9000: (7, b'0232')}

def exif(
    orientation=1, # 1..8
    order='<', # or '>'
    preview=True, # with a thumbnail?
): # -> bytes, without 'Exif\0\0'
    "An EXIF block with artist, date, place and preview."
    first = {0x112: (3, [orientation]),
             0x13b: (2, ARTIST.encode() + b'\0'),
             0x8769: (4, DATE_TABLE),
             0x8825: (4, GPS)}
    second = {0x103: (3, [6]),
              0x112: (3, [orientation]),
              0x201: (4, Apart(thumbnail())),
              0x202: (4, [len(thumbnail())])}
    return ifds(first, *[second][:preview], order=order)

def xmp(
    orientation=1, # 1..8
    tool='Scanner 3',
    as_elements=False, # properties as elements instead of attributes
): # -> bytes
    "A packet as Adobe's programs write it, in either of RDF's two ways."
    elements = f'<xmp:CreatorTool>{tool}</xmp:CreatorTool><tiff:Orientation>{orientation}</tiff:Orientation>'
    attributes = f' xmp:CreatorTool="{tool}" tiff:Orientation="{orientation}"'
    named, inline = (elements, '') if as_elements else ('', attributes)
    title = TITLE.replace('&', '&amp;')
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"{inline}>{named}\n'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()

def iptc(): # -> bytes
    "IPTC's data sets 2:80, by-line, and 2:120, caption."
    return b''.join(struct.pack('>BBBH', 0x1c, 2, n, len(t)) + t.encode() for n, t in ((80, ARTIST), (120, CAPTION)))

def photoshop(): # -> bytes
    "Photoshop's resource block, which holds the IPTC data in a JPEG file."
    return b'Photoshop 3.0\x008BIM\x04\x04\0\0' + struct.pack('>I', len(iptc())) + iptc() + bytes(len(iptc()) % 2)


# Containers

def pillow(
    pixels, # array or Pillow image
    format, # Pillow's name
    **options, # of Image.save
): # -> bytes of a file
    "A file that Pillow writes."
    image, out = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels), io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()

def with_segments(
    jpeg, # bytes
    *segments, # (marker, bytes)
): # -> bytes
    "A JPEG with more segments, where programs put them: after the JFIF header, before the rest."
    at = 2 + (2 + int.from_bytes(jpeg[4:6], 'big') if jpeg[2:4] == b'\xff\xe0' else 0)
    added = b''.join(struct.pack('>BBH', 255, marker, len(d) + 2) + d for marker, d in segments)
    return jpeg[:at] + added + jpeg[at:]

def without_jfif(jpeg): # bytes -> bytes
    "A JPEG as cameras write it, with EXIF but no JFIF header."
    return jpeg[:2] + jpeg[4 + int.from_bytes(jpeg[4:6], 'big'):]

def png_chunk(name, data): # bytes of one chunk
    "Length, name, content and checksum."
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))

# Adam7: for each pass first row, step between rows, first column, step between columns
INTERLACED = (0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)

def png(
    pixels, # H×W or H×W×bands, whole numbers
    depth=8,
    chunks=(), # (name, bytes), all of them before the pixels
    palette=None,
    interlaced=False,
): # -> bytes of a file
    "A PNG; without alpha at 1, 2 and 4 bits."
    a = np.atleast_3d(pixels)
    h, w, bands = a.shape
    def rows(a): # of one pass: for each row the number of its filter, then its samples
        if depth == 16: packed = a.astype('>u2').reshape(len(a), -1).view(np.uint8)
        elif depth == 8: packed = a.astype(np.uint8).reshape(len(a), -1)
        else:
            bits = a[..., 0, None] >> np.arange(depth - 1, -1, -1) & 1
            packed = np.packbits(bits.astype(np.uint8).reshape(len(a), -1), axis=1)
        filtered = packed.copy()
        if depth >= 8: filtered[1:] -= packed[:-1] # filter 2: the difference from the row above; the first row stays
        return np.hstack([np.full((len(a), 1), 2 if depth >= 8 else 0, np.uint8), filtered]).tobytes()
    passes = INTERLACED if interlaced else [(0, 1, 0, 1)]
    data = b''.join(rows(part) for y, dy, x, dx in passes if (part := a[y::dy, x::dx]).size)
    color = 3 if palette is not None else {1: 0, 2: 4, 3: 2, 4: 6}[bands]
    head = png_chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, color, 0, 0, int(interlaced)))
    plte = b'' if palette is None else png_chunk(b'PLTE', np.asarray(palette, np.uint8).tobytes())
    late = b'tRNS', b'eXIf', b'pHYs', b'iTXt' # those that follow the palette
    before, after = ([png_chunk(*c) for c in chunks if (c[0] in late) == wanted] for wanted in (False, True))
    pixels = png_chunk(b'IDAT', zlib.compress(data))
    return b''.join([b'\x89PNG\r\n\x1a\n', head, *before, plte, *after, pixels, png_chunk(b'IEND', b'')])

# Chunks for `png`
def itxt(packet): return b'iTXt', b'XML:com.adobe.xmp\0\0\0\0\0' + packet
def iccp(icc): return b'iCCP', b'a profile\0\0' + zlib.compress(icc)
def gama(gamma): return b'gAMA', struct.pack('>I', gamma) # in 100 000ths: 45455 is 1/2.2, 100000 is linear light
def trns(*key): return b'tRNS', struct.pack(f'>{len(key)}H', *key) # the color that stands for transparent

def tiff_by_hand(
    pixels, # H×W(×3), uint8 or uint16
    order='<',
    tags={}, # more of them, see `ifds`
): # -> bytes of a file
    "A TIFF with one page in one strip, in either byte order."
    h, w = pixels.shape[:2]
    bands, bits = 1 if pixels.ndim == 2 else pixels.shape[2], 8*pixels.itemsize
    data = Apart(pixels.astype(pixels.dtype.newbyteorder(order)).tobytes())
    return ifds({0x100: (4, [w]), # width
                 0x101: (4, [h]), # height
                 0x102: (3, [bits]*bands), # bits a sample
                 0x103: (3, [1]), # not compressed
                 0x106: (3, [1 if bands == 1 else 2]), # black is zero, or RGB
                 0x111: (4, data),
                 0x115: (3, [bands]), # samples a pixel
                 0x116: (4, [h]), # rows a strip: there is one strip
                 0x117: (4, [len(data)])} | tags, order=order)

def tiff(
    pages, # arrays
    bigtiff=False,
    **options, # of TiffWriter.write
): # -> bytes of a file
    "A TIFF that tifffile writes."
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=bigtiff) as file:
        for page in pages:
            photometric = 'rgb' if page.ndim == 3 and page.shape[2] > 2 else 'minisblack'
            file.write(page, metadata=None, **({'photometric': photometric} | options))
    return out.getvalue()

def pnm(
    pixels, # H×W or H×W×3, uint8 or uint16
    largest=None, # the value of white; None: the largest of its type
    ascii=False, # numbers as text
): # -> bytes of a file
    "A PGM or PPM."
    largest = largest or int(np.iinfo(pixels.dtype).max)
    h, w = pixels.shape[:2]
    head = f'P{(2 if ascii else 5) + (pixels.ndim == 3)}\n# a remark\n{w} {h}\n{largest}\n'.encode()
    if ascii: return head + ' '.join(map(str, pixels.ravel())).encode() + b'\n'
    return head + pixels.astype('>u2' if largest > 255 else 'u1').tobytes()


# Pictures in 0..1, and the same in 8 or 16 bits

H, W = 45, 70

def gray(h=H, w=W, seed=0): # -> H×W in 0..1
    "A gray picture with a little grain; no two corners are alike."
    y, x = np.mgrid[:h, :w]
    grain = np.random.default_rng(seed).normal(0, .004, (h, w))
    return np.clip(.2 + .4*x/w + .23*y/h + .04*np.sin(x/9) + grain, 0, 1)

def color(h=H, w=W, seed=0): # -> H×W×3 in 0..1
    "A picture in strong colors, all within sRGB."
    y, x = np.mgrid[:h, :w]
    grain = np.random.default_rng(seed).normal(0, .004, (h, w, 1))
    return np.clip(np.dstack([.15 + .7*x/w, .2 + .6*y/h, .8 - .6*(x/w + y/h)/2]) + grain, 0, 1)

def alpha(h=H, w=W): # -> H×W in 0..1
    "Noise as transparency."
    return np.random.default_rng(1).integers(0, 65536, (h, w))/65535

def u8(x): return np.rint(255*x).astype(np.uint8)
def u16(x): return np.rint(65535*x).astype(np.uint16)
def values(a): return a/np.iinfo(a.dtype).max # whole numbers -> 0..1
def three(x): return np.dstack([x]*3) if x.ndim == 2 else x # H×W or H×W×3 -> H×W×3

TURNS = { # as stored -> upright, by EXIF's definition of each orientation
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}

@dataclass
class Kind:
    "A file, and what a reader must find in it."
    data: bytes # the file's content
    shows: list # for each page H×W×3, upright, sRGB in 0..1
    depth: int = 8 # of the result too
    alpha: list = None # for each page H×W uint8 or uint16, upright, or None
    carries: set = field(default_factory=set) # of 'exif', 'xmp', 'iptc', 'dpi'
    rough: bool = False # lossy: decoders differ a little

def kind(
    data, # bytes of the file
    *shows, # for each page H×W(×3): whole numbers as stored, or 0..1
    alpha=None, # H×W for the one page, or a list
    **more, # fields of `Kind`
)->Kind:
    "A `Kind` from arrays as they were stored."
    alpha = alpha if isinstance(alpha, list) else [alpha]*len(shows)
    return Kind(data, [three(s if s.dtype.kind == 'f' else values(s)) for s in shows], alpha=alpha, **more)

def decoded(data): # bytes of a file -> H×W×3 uint8
    "What Pillow finds in a lossy file that it made."
    return np.asarray(Image.open(io.BytesIO(data)).convert('RGB'))

def exif_segment(block): return 0xe1, b'Exif\0\0' + block
def xmp_segment(packet): return 0xe1, b'http://ns.adobe.com/xap/1.0/\0' + packet

def jpeg_kinds():
    g, c = u8(gray()), u8(color())
    lossy = dict(quality=95, subsampling=0)
    def j(a, *segments, turn=1, carries=(), **options):
        data = pillow(a, 'JPEG', **lossy, **options)
        return kind(with_segments(data, *segments), TURNS[turn](decoded(data)), rough=True, carries=set(carries))
    def e(*args, **named): return exif_segment(exif(*args, **named))
    everything = e(6, '>'), xmp_segment(xmp(6)), (0xed, photoshop())
    yield 'gray.jpg', j(g)
    yield 'color.jpg', j(c)
    yield 'progressive.jpeg', j(c, progressive=True)
    yield 'everything.jpg', j(c, *everything, turn=6, carries=['exif', 'xmp', 'iptc', 'dpi'], dpi=(300, 300))
    for turn in TURNS: yield f'turned-{turn}.jpg', j(g, e(turn), turn=turn, carries=['exif'])
    yield 'xmp-elements.jpg', j(g, xmp_segment(xmp(1, as_elements=True)), carries=['xmp'])
    yield 'broken-xmp.jpg', j(g, xmp_segment(xmp()[:-150]))
    yield 'noise-exif.jpg', j(g, exif_segment(np.random.default_rng(3).bytes(200)))
    yield 'cut-exif.jpg', j(g, exif_segment(exif(1)[:60]))
    named = ifds({0x112: (3, [1]), 0x13b: (2, b'abcdefgh\0')})
    too_long = named.replace(b'\x09\0\0\0', b'\xff\xff\xff\x7f') # nine bytes of text become two billion
    yield 'lying-exif.jpg', j(g, exif_segment(too_long))
    yield 'empty-exif.jpg', j(g, exif_segment(b''))
    trailing = bytes(500) # as a phone appends a video, or a recovery program its leftovers
    yield 'trailing.jpg', Kind(j(g).data + trailing, j(g).shows, alpha=[None], rough=True)
    camera = without_jfif(j(c).data)
    dots = ifds({0x112: (3, [1]), 0x11a: (5, [300, 1]), 0x11b: (5, [300, 1]), 0x128: (3, [2])})
    with_dots = with_segments(camera, exif_segment(dots))
    yield 'camera.jpg', kind(with_dots, decoded(camera), rough=True, carries={'dpi'})
    yield 'turned-9.jpg', j(g, e(9)) # EXIF defines no ninth orientation
    mpo = pillow(Image.fromarray(c), 'MPO', save_all=True, append_images=[Image.fromarray(255 - c)], **lossy)
    yield 'two.mpo', kind(mpo, decoded(mpo), rough=True)
    yield 'two.jpg', kind(mpo, decoded(mpo), rough=True) # the name that cameras give it

def cmyk_kinds():
    k = 1 - gray()
    ink = np.dstack([np.zeros((H, W, 3), np.uint8), u8(k)])
    image = Image.frombytes('CMYK', (W, H), ink.tobytes())
    L = 100*(1 - values(u8(k)))
    shows = encode(np.where(L > 8, ((L + 16)/116)**3, L/903.3))
    profile = cmyk_profile()
    # As every program writes it: with Adobe's marker, and inverted
    yield 'cmyk.jpg', kind(pillow(image, 'JPEG', quality=98, icc_profile=profile), shows, rough=True)
    yield 'cmyk.tif', kind(pillow(image, 'TIFF', compression='tiff_lzw', icc_profile=profile), shows, rough=True)

def profile_kinds():
    for name, profile in PROFILES.items():
        source = gray() if profile.matrix is None else color()
        d8, d16 = u8(profile.from_srgb(source)), u16(profile.from_srgb(source))
        jpeg = pillow(d8, 'JPEG', quality=95, subsampling=0, icc_profile=profile.icc)
        stored = np.asarray(Image.open(io.BytesIO(jpeg)))
        yield f'{name}.jpg', kind(jpeg, profile.to_srgb(values(stored)), rough=True)
        yield f'{name}.png', kind(png(d8, chunks=[iccp(profile.icc)]), profile.to_srgb(values(d8)))
        yield f'{name}-16.tif', kind(tiff([d16], iccprofile=profile.icc), profile.to_srgb(values(d16)), depth=16)
    p3 = PROFILES['p3']
    p3_8, p3_16 = u8(p3.from_srgb(color())), u16(p3.from_srgb(color()))
    a16 = u16(alpha())
    yield 'p3-alpha-16.png', kind(png(np.dstack([p3_16, a16]), 16, [iccp(p3.icc)]), color(), depth=16, alpha=a16)
    webp = pillow(p3_8, 'WEBP', lossless=True, icc_profile=p3.icc)
    yield 'p3.webp', kind(webp, p3.to_srgb(values(p3_8)))
    index, palette = u8(gray())//8, np.random.default_rng(2).integers(0, 256, (32, 3))
    adobe = PROFILES['adobe']
    of_adobe = png(index, palette=palette, chunks=[iccp(adobe.icc)])
    yield 'adobe-palette.png', kind(of_adobe, adobe.to_srgb(palette[index]/255))
    yield 'broken-profile.png', kind(png(u8(color()), chunks=[iccp(b'no profile at all')]), u8(color()))
    # P3's curve is that of sRGB, so gray stays as it is
    yield 'rgb-profile-on-gray.png', kind(png(u8(gray()), chunks=[iccp(p3.icc)]), u8(gray()))

def png_kinds():
    g8, g16, c8, c16, a8, a16 = u8(gray()), u16(gray()), u8(color()), u16(color()), u8(alpha()), u16(alpha())
    yield 'gray.png', kind(png(g8), g8)
    for depth in (1, 2, 4):
        few = np.rint((2**depth - 1)*gray()).astype(int)
        yield f'gray-{depth}.png', kind(png(few, depth), few/(2**depth - 1))
    yield 'gray-16.png', kind(png(g16, 16), g16, depth=16)
    yield 'gray-alpha.png', kind(png(np.dstack([g8, a8])), g8, alpha=a8)
    yield 'gray-alpha-16.png', kind(png(np.dstack([g16, a16]), 16), g16, depth=16, alpha=a16)
    yield 'color.png', kind(png(c8), c8)
    yield 'color-16.png', kind(png(c16, 16), c16, depth=16)
    yield 'color-alpha.png', kind(png(np.dstack([c8, a8])), c8, alpha=a8)
    yield 'color-alpha-16.png', kind(png(np.dstack([c16, a16]), 16), c16, depth=16, alpha=a16)
    yield 'interlaced.png', kind(png(c8, interlaced=True), c8)
    yield 'interlaced-16.png', kind(png(np.dstack([c16, a16]), 16, interlaced=True), c16, depth=16, alpha=a16)
    index, palette = g8//8, np.random.default_rng(2).integers(0, 256, (32, 3))
    yield 'palette.png', kind(png(index, palette=palette), palette[index]/255)
    yield 'palette-4.png', kind(png(index//2, 4, palette=palette[:16]), palette[index//2]/255)
    through = np.arange(0, 256, 8)[:20].astype(np.uint8) # the palette's last twelve colors are opaque
    some_through = png(index, palette=palette, chunks=[(b'tRNS', through.tobytes())])
    yield 'palette-alpha.png', kind(some_through, palette[index]/255,
                                    alpha=np.append(through, [255]*12).astype(np.uint8)[index])
    opaque = np.where(g8 == g8[9, 9], 0, 255).astype(np.uint8)
    yield 'gray-key.png', kind(png(g8, chunks=[trns(g8[9, 9])]), g8, alpha=opaque)
    opaque = np.where((c8 == c8[9, 9]).all(-1), 0, 255).astype(np.uint8)
    yield 'color-key.png', kind(png(c8, chunks=[trns(*c8[9, 9])]), c8, alpha=opaque)
    opaque = np.where(g16 == g16[9, 9], 0, 65535).astype(np.uint16)
    yield 'gray-key-16.png', kind(png(g16, 16, chunks=[trns(g16[9, 9])]), g16, depth=16, alpha=opaque)
    yield 'srgb-chunk.png', kind(png(c8, chunks=[(b'sRGB', b'\0')]), c8)
    yield 'srgb-beats-gamma.png', kind(png(c8, chunks=[(b'sRGB', b'\0'), gama(100000)]), c8)
    # libpng, too, reads this gamma as sRGB's curve; taken literally, lightness would differ by .33
    yield 'usual-gamma.png', kind(png(c8, chunks=[gama(45455)]), c8)
    linear8, linear16 = u8(decode(gray())), u16(decode(color()))
    yield 'linear.png', kind(png(linear8, chunks=[gama(100000)]), encode(values(linear8)))
    yield 'linear-16.png', kind(png(linear16, 16, [gama(100000)]), encode(values(linear16)), depth=16)
    with_alpha = png(np.dstack([linear8, a8]), chunks=[gama(100000)])
    yield 'linear-alpha.png', kind(with_alpha, encode(values(linear8)), alpha=a8)
    p3 = PROFILES['p3']
    stored = u8(p3.from_srgb(color()))
    yield 'profile-beats-gamma.png', kind(png(stored, chunks=[iccp(p3.icc), gama(100000)]), p3.to_srgb(values(stored)))
    dense = b'pHYs', struct.pack('>IIB', 11811, 11811, 1) # 300 dpi
    for name, a, depth in (('everything.png', c8, 8), ('everything-16.png', c16, 16)):
        data = png(a, depth, [dense, (b'eXIf', exif(6)), itxt(xmp(6))])
        yield name, kind(data, TURNS[6](a), depth=depth, carries={'exif', 'xmp', 'dpi'})

def tiff_kinds():
    g8, g16, c8, c16, a8, a16 = u8(gray()), u16(gray()), u8(color()), u16(color()), u8(alpha()), u16(alpha())
    yield 'gray.tif', kind(tiff([g8]), g8)
    yield 'gray-16.tif', kind(tiff([g16], compression='zlib'), g16, depth=16)
    yield 'color.tif', kind(pillow(c8, 'TIFF', compression='tiff_lzw'), c8)
    yield 'gray-lzw.tif', kind(pillow(g8, 'TIFF', compression='tiff_lzw'), g8)
    yield 'color-16.tiff', kind(tiff([c16]), c16, depth=16)
    yield 'deflate-16.tif', kind(tiff([c16], compression='zlib', predictor=True, rowsperstrip=7), c16, depth=16)
    yield 'big-endian-16.tif', kind(tiff_by_hand(c16, '>'), c16, depth=16)
    yield 'tiled-16.tif', kind(tiff([c16], tile=(32, 48)), c16, depth=16)
    yield 'planes.tif', kind(tiff([np.moveaxis(c8, -1, 0)], planarconfig='separate', photometric='rgb'), c8)
    apart = dict(extrasamples=['unassalpha'])
    yield 'alpha.tif', kind(tiff([np.dstack([c8, a8])], **apart), c8, alpha=a8)
    with_alpha = tiff([np.dstack([c16, a16])], compression='zlib', **apart)
    yield 'alpha-16.tif', kind(with_alpha, c16, depth=16, alpha=a16)
    with_alpha = tiff([np.dstack([g16, a16])], photometric='minisblack', planarconfig='contig', **apart)
    yield 'gray-alpha-16.tif', kind(with_alpha, g16, depth=16, alpha=a16)
    premultiplied = np.rint(c16*values(a16)[..., None]).astype(np.uint16)
    with_alpha = tiff([np.dstack([premultiplied, a16])], extrasamples=['assocalpha'])
    # Rough, because where alpha is small, little is left of the color
    yield 'associated-alpha-16.tif', kind(with_alpha, c16, depth=16, alpha=a16, rough=True)
    yield 'white-is-zero.tif', kind(tiff([255 - g8], photometric='miniswhite'), g8)
    yield 'white-is-zero-16.tif', kind(tiff([65535 - g16], photometric='miniswhite'), g16, depth=16)
    black = gray() > .5
    yield 'one-bit.tif', kind(pillow(Image.fromarray(black), 'TIFF', compression='group4'), black.astype(float))
    few = Image.fromarray(c8).quantize(40)
    yield 'palette.tif', kind(pillow(few, 'TIFF'), np.asarray(few.convert('RGB')))
    jpeg = pillow(c8, 'TIFF', compression='jpeg', quality=95)
    yield 'jpeg-inside.tif', kind(jpeg, decoded(jpeg), rough=True)
    yield 'big.tif', kind(tiff([c8], bigtiff=True), c8)
    yield 'big-16.tif', kind(tiff([c16, g16[:20]], bigtiff=True, compression='zlib'), c16, g16[:20], depth=16)
    yield 'three-pages.tif', kind(tiff([c8, c8[:20, :31], c8[10:]]), c8, c8[:20, :31], c8[10:])
    pages = g16, c16[:20, :31], g16[:, 9:]
    yield 'three-pages-16.tif', kind(tiff(pages, compression='zlib'), *pages, depth=16)
    yield 'equal-pages.tif', kind(tiff([c8, 255 - c8, c8[::-1]]), c8, 255 - c8, c8[::-1])
    for turn in TURNS:
        yield f'turned-{turn}.tif', kind(tiff_by_hand(c16, tags={0x112: (3, [turn])}), TURNS[turn](c16), depth=16)
    per_cm = {0x11a: (5, [11811, 100]), 0x11b: (5, [11811, 100]), 0x128: (3, [3])}
    yield 'dots-per-cm.tif', kind(tiff_by_hand(c8, tags=per_cm), c8, carries={'dpi'})
    per_inch = {0x11a: (5, [300, 1]), 0x11b: (5, [300, 1]), 0x128: (3, [2])}
    tags = per_inch | {0x112: (3, [6]),
                       0x13b: (2, ARTIST.encode() + b'\0'),
                       0x2bc: (1, xmp(6)),
                       0x83bb: (7, iptc()),
                       0x8769: (4, DATE_TABLE),
                       0x8825: (4, GPS)}
    for name, a, depth in (('everything.tif', c8, 8), ('everything-16.tif', c16, 16)):
        carries = {'exif', 'xmp', 'iptc', 'dpi'}
        yield name, kind(tiff_by_hand(a, tags=tags), TURNS[6](a), depth=depth, carries=carries)

def other_kinds():
    g8, g16, c8, c16, a8 = u8(gray()), u16(gray()), u8(color()), u16(color()), u8(alpha())
    lossy = pillow(c8, 'WEBP', quality=90)
    yield 'lossy.webp', kind(lossy, decoded(lossy), rough=True)
    yield 'alpha.webp', kind(pillow(np.dstack([c8, a8]), 'WEBP', lossless=True, exact=True), c8, alpha=a8)
    everything = pillow(c8, 'WEBP', lossless=True, exif=b'Exif\0\0' + exif(6), xmp=xmp(6))
    yield 'everything.webp', kind(everything, TURNS[6](c8), carries={'exif', 'xmp'})
    yield 'color.bmp', kind(pillow(c8, 'BMP', dpi=(300, 300)), c8, carries={'dpi'})
    yield 'gray.bmp', kind(pillow(g8, 'BMP'), g8)
    few = Image.fromarray(c8).quantize(40)
    yield 'palette.bmp', kind(pillow(few, 'BMP'), np.asarray(few.convert('RGB')))
    yield 'gray.pgm', kind(pnm(g8), g8)
    yield 'gray-16.pgm', kind(pnm(g16), g16, depth=16)
    yield 'gray-ascii.pgm', kind(pnm(g8, ascii=True), g8)
    yield 'color.ppm', kind(pnm(c8), c8)
    yield 'color-16.ppm', kind(pnm(c16), c16, depth=16)
    yield 'color.pnm', kind(pnm(c8), c8)
    ten = np.rint(1023*gray()).astype(np.uint16)
    yield 'ten-bits.pgm', kind(pnm(ten, 1023), ten/1023, depth=16)

def packed_kinds():
    g8, g16, c8, c16, a8 = u8(gray()), u16(gray()), u8(color()), u16(color()), u8(alpha())
    for suffix, options in (('jp2', {}), ('j2k', dict(no_jp2=True))):
        yield f'color.{suffix}', kind(pillow(c8, 'JPEG2000', **options), c8)
    yield 'gray.jp2', kind(pillow(g8, 'JPEG2000'), g8)
    yield 'gray-16.jp2', kind(pillow(g16, 'JPEG2000'), g16, depth=16)
    yield 'alpha.jp2', kind(pillow(np.dstack([c8, a8]), 'JPEG2000'), c8, alpha=a8)
    for name, pixels in (('color', c8), ('gray', g8)):
        data = pillow(pixels, 'AVIF', quality=95, subsampling='4:4:4')
        yield f'{name}.avif', kind(data, decoded(data), rough=True)
    turned = Image.Exif()
    turned[274], turned[315] = 6, ARTIST
    data = pillow(c8, 'AVIF', quality=95, subsampling='4:4:4', exif=turned)
    upright = Image.open(io.BytesIO(data)).convert('RGB')
    yield 'turned.avif', kind(data, TURNS[6](np.asarray(upright)), rough=True)
    data = pillow(np.dstack([c8, a8]), 'AVIF', quality=100, subsampling='4:4:4')
    yield 'alpha.avif', kind(data, decoded(data), alpha=a8, rough=True)
    # Not turned: that would need a box of its own
    data = pillow(c8, 'AVIF', quality=95, subsampling='4:4:4', exif=exif(1), xmp=xmp(1))
    yield 'everything.avif', kind(data, decoded(data), rough=True, carries={'exif', 'xmp'})
    for packing in 'zstd', 'lzma':
        yield f'color-{packing}.tif', kind(pillow(c8, 'TIFF', compression=packing, dpi=(300, 300)), c8,
                                               carries={'dpi'})
        yield f'gray-16-{packing}.tif', kind(pillow(g16, 'TIFF', compression=packing), g16, depth=16)
    lab = rgb2lab(color())
    deep = np.dstack([65535*lab[..., 0]/100, 256*lab[..., 1:]]).round().astype(int).astype(np.uint16)
    yield 'lab-16.tif', kind(tiff([deep], photometric='cielab'), color(), depth=16)
    for photometric, shift in (('cielab', 0), ('icclab', 128)):
        stored = (np.dstack([2.55*lab[..., 0], lab[..., 1:]]).round().astype(int) + [0, shift, shift]).astype(np.uint8)
        yield f'{photometric}.tif', kind(tiff([stored], photometric=photometric), color(), rough=True)

EXTRA = all(map(find_spec, ('imagecodecs', 'pillow_heif', 'rawpy')))

def extra_kinds(): # those that the extra `formats` reads
    if not EXTRA: return
    import imagecodecs, pillow_heif
    g8, g16, c8, c16, a8, a16 = u8(gray()), u16(gray()), u8(color()), u16(color()), u8(alpha()), u16(alpha())
    yield 'color-16.jp2', kind(imagecodecs.jpeg2k_encode(c16), c16, depth=16)
    yield 'color-12.jp2', kind(imagecodecs.jpeg2k_encode(c16 >> 4, bitspersample=12), (c16 >> 4)/4095, depth=16)
    for name, pixels in (('gray', g8), ('color', c8), ('alpha', np.dstack([c8, a8]))):
        data = imagecodecs.jpegxl_encode(pixels, lossless=True)
        yield f'{name}.jxl', kind(data, g8 if name == 'gray' else c8, alpha=a8 if name == 'alpha' else None)
    for packing in 'zstd', 'jpeg2000':
        yield f'color-16-{packing}.tif', kind(tiff([c16], compression=packing), c16, depth=16)
    yield 'gray-12.tif', kind(tiff([g16 >> 4], bitspersample=12), (g16 >> 4)/4095, depth=16)
    heif = {name: pillow_heif.from_pillow(Image.fromarray(a)) for name, a in (('color', c8), ('gray', g8))}
    for name, image in heif.items():
        image.save(out := io.BytesIO(), quality=95, chroma=444)
        yield f'{name}.heic', kind(out.getvalue(), g8 if name == 'gray' else c8, rough=True)

MAKERS = packed_kinds, extra_kinds, jpeg_kinds, cmyk_kinds, profile_kinds, png_kinds, tiff_kinds, other_kinds
KINDS = {name: k for make in MAKERS for name, k in make()}

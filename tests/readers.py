"""Read results without libvips, which wrote some of them.

Pillow and tifffile read; what neither of them sees is read by hand."""
import io, re, struct, warnings, zlib
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree
import numpy as np, tifffile
from PIL import Image, ImageCms, IptcImagePlugin
from skimage.color import rgb2lab

@dataclass
class Result:
    "What a file holds: pixels and metadata."
    format: str
    pages: list # H×W×bands uint8 or uint16 arrays, as stored
    icc: bytes = b''
    xmp: bytes = b''
    dpi: tuple = ()
    exif: dict = field(default_factory=dict) # tag -> value, of all IFDs but the preview's
    preview: dict = field(default_factory=dict) # IFD 1
    iptc: dict = field(default_factory=dict) # (record, data set) -> bytes

def png_chunks(data): # bytes of a file -> list of (name, content)
    "The chunks of a PNG, each checked by its checksum."
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    at, found = 8, []
    while at < len(data):
        size, name = struct.unpack('>I4s', data[at:at + 8])
        content, at = data[at + 8:at + 8 + size], at + 12 + size
        assert struct.unpack('>I', data[at - 4:at])[0] == zlib.crc32(name + content), f'{name} is damaged'
        found.append((name, content))
    assert found[-1] == (b'IEND', b'') and at == len(data)
    return found

def png_pixels(data): # bytes of a file -> H×W×bands, uint8 or uint16
    "Decode a PNG that is not interlaced; Pillow would cut 16-bit color to 8 bits."
    chunks = png_chunks(data)
    w, h, depth, color, *_, interlaced = struct.unpack('>IIBBBBB', dict(chunks)[b'IHDR'])
    bands = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    assert depth in (8, 16) and not interlaced
    step = bands*depth//8
    packed = b''.join(c for n, c in chunks if n == b'IDAT')
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(h, 1 + w*step)
    out = np.zeros((h + 1, step + w*step), np.uint8) # zeros above and to the left, for the filters
    for y, (kind, *row) in enumerate(rows.tolist(), 1):
        above, line = out[y - 1].tolist(), [0]*step + row
        if kind == 2: line = [(v + b) & 255 for v, b in zip(line, above)]
        elif kind:
            for i in range(step, len(line)):
                a, b, c = line[i - step], above[i], above[i - step]
                paeth = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2*c), 2, c))[2]
                predicted = {1: a, 3: (a + b)//2, 4: paeth}[kind]
                line[i] = (line[i] + predicted) & 255
        out[y] = line
    pixels = out[1:, step:]
    return (pixels.copy().view('>u2').astype(np.uint16) if depth == 16 else pixels).reshape(h, w, bands)

def _metadata(image): # a Pillow image -> the fields of `Result` that are not pixels
    exif = image.getexif()
    inner = {k: v for ifd in (0x8769, 0x8825) for k, v in exif.get_ifd(ifd).items()}
    xmp = image.info.get('xmp') or image.info.get('XML:com.adobe.xmp') or b''
    return dict(icc=image.info.get('icc_profile', b''),
                xmp=xmp.encode() if isinstance(xmp, str) else xmp,
                dpi=tuple(map(float, image.info.get('dpi', ()))),
                exif={**exif, **inner},
                preview=dict(exif.get_ifd(-1)) if image.format != 'TIFF' else {},
                iptc=IptcImagePlugin.getiptcinfo(image) or {})

def avif_depth(data): # bytes of a file -> bits per channel, as the decoder's configuration tells them
    return {0: 8, 2: 10, 3: 12}[data[data.index(b'av1C') + 6] >> 5 & 3]

def avif_pixels(data, eight): # eight: what Pillow found, cut to 8 bits -> H×W×bands, uint8 or uint16
    "The pixels of an AVIF. Those of 10 and 12 bits are libvips', and Pillow's must agree."
    if (bits := avif_depth(data)) == 8: return eight
    import pyvips
    deep = pyvips.Image.heifload_buffer(data).numpy()
    assert np.abs((deep >> 8) - eight.astype(int)).max() <= 1
    return deep + (deep >> bits)

def read_result(path)->Result:
    "Decode a file to its last byte. Damage raises."
    data = Path(path).read_bytes()
    # Pillow warns of a broken EXIF block, but that came from the source
    with warnings.catch_warnings(action='ignore'), Image.open(io.BytesIO(data)) as image:
        format, meta = image.format, _metadata(image) # before `load`, where Pillow turns a TIFF by itself
        image.load()
        pages = [np.atleast_3d(np.asarray(image))]
    if format == 'PNG':
        sixteen = data[24] == 16
        if sixteen: pages = [png_pixels(data)]
        else: png_chunks(data)
    if format == 'JPEG': assert data.endswith(b'\xff\xd9')
    if format == 'AVIF': pages = [avif_pixels(data, pages[0])]
    if format == 'TIFF':
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [np.atleast_3d(page.asarray()) for page in file.pages]
    return Result(format, pages, **meta)

def jpeg_sampling(data): # bytes of a file -> (horizontal, vertical) of each channel
    "A JPEG's sampling factors: all are (1, 1) at 4:4:4."
    start = re.search(rb'\xff[\xc0\xc1\xc2]\x00.\x08', data, re.S).end() # height, width, number of channels follow
    return [divmod(data[start + 6 + 3*i], 16) for i in range(data[start + 4])]

NAMES = dict(dc='http://purl.org/dc/elements/1.1/',
             xmp='http://ns.adobe.com/xap/1.0/',
             tiff='http://ns.adobe.com/tiff/1.0/',
             iptc='http://iptc.org/std/Iptc4xmpExt/2008-02-29/',
             rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#')
SYNTHETIC = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia'

def xmp_values(
    packet, # bytes
    name, # with its prefix: 'xmp:CreatorTool'
): # -> list of text
    "All values of a property, whether written as attributes or as elements."
    space, local = name.split(':')
    tag = f'{{{NAMES[space]}}}{local}'
    tree = ElementTree.fromstring(packet.rstrip(b'\0'))
    attributes = [e.attrib[tag] for e in tree.iter() if tag in e.attrib]
    elements = [''.join(e.itertext()).strip() for e in tree.iter(tag)]
    return attributes + elements

def check_srgb(icc): # bytes
    "Assert that a profile is named sRGB and has the primaries and the curve of sRGB."
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    assert 'sRGB' in ImageCms.getProfileDescription(profile)
    def tag(name): # -> content
        for i in range(int.from_bytes(icc[128:132], 'big')):
            found, at, size = struct.unpack('>4sII', icc[132 + 12*i:144 + 12*i])
            if found == name: return icc[at:at + size]
    def numbers(b): return np.frombuffer(b, '>i4')/65536
    colorants = np.stack([numbers(tag(c)[8:20]) for c in (b'rXYZ', b'gXYZ', b'bXYZ')], 1)
    from kinds import SRGB, decode
    assert np.abs(colorants - SRGB).max() < 2e-3
    curve, v = tag(b'gTRC'), np.linspace(0, 1, 33)
    if curve[:4] == b'para':
        assert curve[8:10] == b'\0\3' # the form with the parameters g, a, b, c, d
        g, a, b, c, d = numbers(curve[12:32])
        light = np.where(v >= d, (a*v + b).clip(0)**g, c*v)
    else:
        entries = np.frombuffer(curve[12:], '>u2')[:int.from_bytes(curve[8:12], 'big')]/65535
        light = np.interp(v, np.linspace(0, 1, len(entries)), entries)
    assert np.abs(light - decode(v)).max() < 2e-3

def lightness(rgb): # H×W×3 or more channels, whole numbers or 0..1 -> H×W in 0..100
    "CIE Lab's L, by scikit-image."
    return rgb2lab(rgb[..., :3])[..., 0]

def check_whole(path):
    "Assert that a result can be decoded to its last byte, whatever it shows."
    data = Path(path).read_bytes()
    if data.startswith(b'\x89PNG'): png_chunks(data)
    if data.startswith(b'\xff\xd8'): assert data.endswith(b'\xff\xd9')
    with Image.open(io.BytesIO(data)) as image:
        for i in range(getattr(image, 'n_frames', 1)):
            image.seek(i)
            image.load()

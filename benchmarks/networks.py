"""Networks of published colorizers, written from the shapes in their papers, without weights. They serve to measure
time and memory alone: what such a network costs does not depend on its weights."""
import torch
from torch import nn
from torch.nn import functional as F
from hypercol.learn.encoder import VGG19, load_encoder
from hypercol.learn.run import from_pretrained
from hypercol.learn.vision import DynamicUnet, torchvision

def convs(*widths, stride=1, dilation=1, act=nn.ReLU): # 3×3 convolutions, the last one with the stride; batch norm
    layers = []
    for i, (a, b) in enumerate(zip(widths, widths[1:])):
        last = i == len(widths) - 2
        layers += [nn.Conv2d(a, b, 3, stride if last else 1, dilation, dilation), act()]
    return nn.Sequential(*layers, nn.BatchNorm2d(widths[-1]))

class Zhang2016(nn.Sequential):
    "Zhang, Isola and Efros, Colorful Image Colorization (ECCV 2016): eight blocks at an eighth of the size, 313 bins."
    def __init__(self):
        super().__init__(
            convs(1, 64, 64, stride=2), convs(64, 128, 128, stride=2), convs(128, 256, 256, 256, stride=2),
            convs(256, 512, 512, 512), *(convs(512, 512, 512, 512, dilation=d) for d in (2, 2, 1)),
            nn.ConvTranspose2d(512, 256, 4, 2, 1), nn.ReLU(), nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(),
            nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.Conv2d(256, 313, 1), nn.Softmax(1),
            nn.Conv2d(313, 2, 1, bias=False), nn.Upsample(scale_factor=4, mode='bilinear'))

class Zhang2017(nn.Module):
    "Zhang et al., Real-Time User-Guided Image Colorization (SIGGRAPH 2017): a U-Net over lightness and hints."
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([convs(4, 64, 64), convs(64, 128, 128), convs(128, 256, 256, 256)])
        self.middle = nn.Sequential(convs(256, 512, 512, 512),
                                    *(convs(512, 512, 512, 512, dilation=d) for d in (2, 2, 1)))
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1) for a, b in ((512, 256), (256, 128), (128, 128)))
        self.skip = nn.ModuleList(nn.Conv2d(a, b, 3, 1, 1) for a, b in ((256, 256), (128, 128), (64, 128)))
        self.after = nn.ModuleList([convs(256, 256, 256), convs(128, 128), convs(128, 128, act=nn.LeakyReLU)])
        self.out = nn.Conv2d(128, 2, 1)
    def forward(self, x):
        x, kept = F.pad(x, (0, 0, 0, 0, 0, 3)), []   # no hints: three channels of zeros
        for block in self.down:
            x = block(x)
            kept.append(x)
            x = x[..., ::2, ::2]
        x = self.middle(x)
        for up, skip, after in zip(self.up, self.skip, self.after): x = after(F.relu(up(x) + skip(kept.pop())))
        return torch.tanh(self.out(x))

class Query(nn.Module): # one layer of DDColor's color decoder: queries look at a feature map, then at each other
    def __init__(self, width=256, inner=2048):
        super().__init__()
        self.cross, self.own = (nn.MultiheadAttention(width, 8, batch_first=True) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.mix = nn.Sequential(nn.Linear(width, inner), nn.ReLU(), nn.Linear(inner, width))
    def forward(self, q, places):
        q = self.norms[0](q + self.cross(q, places, places, need_weights=False)[0])
        q = self.norms[1](q + self.own(q, q, q, need_weights=False)[0])
        return self.norms[2](q + self.mix(q))

class DDColorT(nn.Module):
    "The size class of DDColor-T (Kang et al., ICCV 2023): ConvNeXt-T, pixel shuffles, 9 layers of 100 color queries."
    def __init__(self):
        super().__init__()
        self.encoder = torchvision.models.convnext_tiny(weights=None).features
        shuffles = (768, 2048), (512, 2048), (512, 1024)
        self.shuffle = nn.ModuleList(nn.Sequential(nn.Conv2d(a, b, 1), nn.PixelShuffle(2)) for a, b in shuffles)
        self.join = nn.ModuleList(convs(a, b) for a, b in ((512 + 384, 512), (512 + 192, 512), (256 + 96, 256)))
        self.last = nn.Sequential(nn.Conv2d(256, 4096, 1), nn.PixelShuffle(4))
        self.narrow = nn.ModuleList(nn.Conv2d(c, 256, 1) for c in (512, 512, 256))
        self.queries, self.layers = nn.Embedding(100, 256), nn.ModuleList(Query() for _ in range(9))
        self.color = nn.Sequential(*(layer for _ in range(3) for layer in (nn.Linear(256, 256), nn.ReLU())))
        self.out = nn.Conv2d(103, 2, 1)
    def forward(self, x):
        x = rgb = x.repeat(1, 3, 1, 1)
        kept, scales = [], []
        for i, stage in enumerate(self.encoder):
            x = stage(x)
            if i % 2: kept.append(x)   # stages alternate with downsampling
        kept.pop()
        for shuffle, join in zip(self.shuffle, self.join):
            x = join(torch.cat([shuffle(x), kept.pop()], 1))
            scales.append(x)
        places = [narrow(s).flatten(2).transpose(1, 2) for narrow, s in zip(self.narrow, scales)]
        q = self.queries.weight.expand(len(x), -1, -1)
        for i, layer in enumerate(self.layers): q = layer(q, places[i % 3])
        colors = torch.einsum('bqc,bchw->bqhw', self.color(q), self.last(x))
        return self.out(torch.cat([colors, rgb], 1))

class Stock(nn.Module):
    "fastai's own DynamicUnet over VGG19, as this project's starting point had it."
    def __init__(self):
        super().__init__()
        self.net = DynamicUnet(load_encoder(VGG19), 2, (256, 256))
    def forward(self, x): return self.net(x.repeat(1, 3, 1, 1))

NETWORKS = {'hypercol (float, torch)': lambda: from_pretrained('default'), 'DynamicUnet, stock widths': Stock,
            'Zhang 2016': Zhang2016, 'Zhang 2017': Zhang2017, "DDColor-T's size class": DDColorT}

def weights_of_block(coarse, skip, out):
    grow = coarse*4*out + 4*out
    join = (out + skip)*out*9 + out
    mix = out*out*9 + out
    return grow + 2*skip + join + mix

class OldBlock(nn.Module):
    def __init__(self, coarse, skip, out):
        super().__init__()
        self.grow = nn.ConvTranspose2d(coarse, out, 4, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(skip)
        self.join = nn.Conv2d(out + skip, out, 3, padding=1)
        self.mix = nn.Conv2d(out, out, 3, padding=1)
    def forward(self, x, skip):
        x = F.relu(torch.cat([self.grow(x), self.norm(skip)], 1))
        return F.relu(self.mix(F.relu(self.join(x))))

def small_ones():
    return [Decoder(widths=(n, n, n, n), k=k, head=n) for n, k in ((16, 4), (8, 2), (4, 1))]

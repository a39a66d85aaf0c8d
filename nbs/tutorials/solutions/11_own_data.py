def same_photograph(first, second):
    def small(rgb): # its lightness without mean and contrast, 16 by 16
        L = lightness(central_square(rgb, 16))
        return (L - L.mean())/L.std()
    a, b = small(first), small(second)
    return bool(max((a*b).mean(), (a*b[:, ::-1]).mean()) > .9)

def as_generator(decoder):
    g = Generator(VGG19, widths=(96, 64, 48, 32), k=16, head=(64,))
    g.load_own(dict(zip(g.own_state(), decoder.state_dict().values())), 'decoder')
    return g

def my_decoder(): # a network that has seen one flower
    torch.manual_seed(0)
    flower = decode(sample_file('flower').read_bytes(), 160)
    return train(Decoder(), features_of(squares_of(24*[flower])), laps=10)

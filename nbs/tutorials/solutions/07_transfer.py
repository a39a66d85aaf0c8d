def freeze_levels(net, n):
    border = VGG19.levels[n - 1] + 1 if n else 0
    for p in net.parameters():
        p.requires_grad_(True)
    for p in net[0].vgg[:border].parameters():
        p.requires_grad_(False)

def rates_by_level(net, rate):
    borders = [0] + [last + 1 for last in VGG19.levels]
    groups = [{'params': list(net[0].vgg[a:b].parameters()), 'lr': rate/2.6**(5 - i)}
              for i, (a, b) in enumerate(zip(borders, borders[1:]))]
    return [*groups, {'params': list(net[1].parameters()), 'lr': rate}]

def my_shares(): # 0.15 of the rate for levels 4 and 5 is too much; a hundredth leaves the loss below that of gray
    return 0, .01, 1

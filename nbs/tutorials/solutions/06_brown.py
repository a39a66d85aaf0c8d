"Solutions of the exercises in tutorial 06. They use what its cells have defined."

def least_loss(colors, kind):
    return colors.mean(0) if kind == 'squared' else np.median(colors, 0)

def smooth(p, t, beta):
    d = (p - t).abs()
    return torch.where(d < beta, d**2/(2*beta), d - beta/2).mean()

def world():
    # the mean is 0; the median of each channel is that of the three orange ones
    return np.array([(32, 20), (32, 20), (32, 20), (-48, -30), (-48, -30)])

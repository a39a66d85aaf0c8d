"Solutions of the exercises in tutorial 01. They use what its cells have defined."

def lightness_change(before, after):
    return np.abs(lightness(after) - lightness(before)).max()

def steady(first, second, limit):
    return np.linalg.norm(chroma(first) - chroma(second), axis=-1) < limit

def honest(first, second):
    # full color up to 2 Lab units, none above 6, and less and less between
    trust = np.clip((6 - distance(first, second))/4, 0, 1)
    rgb = recombine(lightness(first), chroma(first)*trust[..., None])
    return (255*rgb).round().astype(np.uint8)

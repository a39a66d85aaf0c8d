def samples(stage):
    return stage['steps']*sum(laps*batch for laps, batch in zip(stage['laps'], stage['batch']))

def verdict(gain, low, high):
    return 'better' if low > 0 else 'worse' if high < 0 else 'unsure'

def worst(result, original):
    result_ab, ab = (srgb_to_lab(rgb/255)[..., 1:] for rgb in (result, original))
    apart = np.linalg.norm(result_ab - ab, axis=-1)
    tops, lefts = (range(0, side - 47, 8) for side in apart.shape)
    return max(((y, x) for y in tops for x in lefts), key=lambda at: apart[at[0]:at[0] + 48, at[1]:at[1] + 48].mean())

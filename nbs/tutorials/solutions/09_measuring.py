"Solutions of the exercises in tutorial 09. They use what its cells have defined."

def verdict(first, second):
    _, low, high = paired_difference(first, second)
    return 'first' if low > 0 else 'second' if high < 0 else 'cannot say'

def saturation_for(target):
    low, high = 0., 4.
    for _ in range(12):
        middle = (low + high)/2
        _, cf = curve(predictions, 'default', [middle])[0]
        low, high = (middle, high) if cf < target else (low, middle)
    return (low + high)/2

def liar(original, limit):
    # out of focus, and as much of it as the limit allows
    h, w = original.shape[:2]
    def blurred(n):
        small = Image.fromarray(original).resize((max(1, w//n), max(1, h//n)), Image.Resampling.BOX)
        return np.asarray(small.resize((w, h), Image.Resampling.BICUBIC))
    return [v for v in map(blurred, range(2, 60)) if psnr(v, original) > limit + .1][-1]

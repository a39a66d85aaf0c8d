"Solutions of the exercises in the side track on touches. They use what its cells have defined."

def correction(k, at, d, noise):
    return k@np.linalg.solve(k[at] + noise*np.eye(len(at)), d)

def doubt(k, at, noise):
    known = np.linalg.solve(k[at] + noise*np.eye(len(at)), k.T)   # m×n
    return 1 - (k*known.T).sum(1)

def mine():
    H, W = seen['astronaut'].size
    places = {'suit': (.25, .85), 'sleeve': (.85, .9), 'flag': (.12, .5), 'hair': (.45, .08)}
    lab = srgb_to_lab(photos['astronaut']/np.float32(255))
    def true(x, y): return Touch(int(x*W), int(y*H), lab[int(y*H), int(x*W), 1:].tolist())
    return [true(x, y) for x, y in places.values()]

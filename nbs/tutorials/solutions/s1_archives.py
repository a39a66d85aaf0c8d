"Solutions of the exercises in the side track on archives. They use what its cells have defined."

def unfinished(source, target):
    return [photo for photo, result in plan_results([source], target) if read_mark(result) is None]

def bits_used(values):
    different = len(np.unique(values))
    return int(np.ceil(np.log2(different)))

def overview(folder):
    paths = sorted(p for p in folder.glob('[!.]*.*'))
    def small(path):
        rgb = read_photo(path).rgb
        return rgb/np.iinfo(rgb.dtype).max
    rows = [paths[i:i + 3] for i in range(0, len(paths), 3)]
    return contact_sheet([[small(p) for p in row] for row in rows],
                         [[p.stem for p in row] for row in rows], height=120)

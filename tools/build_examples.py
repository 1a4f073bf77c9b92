"""Draw the pattern of cells that ``measure_grains`` shows where no micrograph is given.

``python -m tools.build_examples`` writes ``data/examples/drawn_cells.png``: Voronoi cells of 500 nm
on average at 10 nm a pixel, dark lines between them. A drawing, and no micrograph.
"""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from compendium.paths import repository_root

SIZE_PIXELS, CELL_PIXELS, NM_PER_PIXEL = 600, 50, 10.0


def drawn_cells() -> np.ndarray:
    """Grey values 0 to 255, shape (600, 600)."""
    rng = np.random.default_rng(1)
    count = (SIZE_PIXELS // CELL_PIXELS) ** 2
    seeds = rng.uniform(0, SIZE_PIXELS, (count, 2))
    y, x = np.mgrid[:SIZE_PIXELS, :SIZE_PIXELS]
    near = cKDTree(seeds).query(np.column_stack([y.ravel(), x.ravel()]), k=2)[0]
    line = (near[:, 1] - near[:, 0]).reshape(y.shape) < 3
    grey = gaussian_filter(np.where(line, 60.0, 190.0), 1.0) + rng.normal(0, 6, line.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    path = repository_root() / "data" / "examples" / "drawn_cells.png"
    Image.fromarray(drawn_cells()).save(path, optimize=True)

# SPDX-License-Identifier: BSD-2-Clause
"""What all pictures share: colours, the page that they are drawn on, and the files.

A canvas measures in inches from its lower left corner, so that sizes of text and of boxes go together.
The same data give the same SVG, byte by byte, with the same matplotlib: no date in it, no random names.
"""

import io
import os

import matplotlib

matplotlib.use('agg')
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402 (once the backend is chosen)
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.patches import Polygon, Rectangle  # noqa: E402

WIDTH = 9.0  # inches: 900 pixels, what a README has on a wide screen
SMALL, NORMAL, LARGE = 7.5, 8.5, 12.0  # points
# The first is matplotlib's own, which a PNG has; an SVG, which has text as text, takes what there is.
FONTS = ['DejaVu Sans', 'Verdana', 'Arial', 'sans-serif']
INK, FAINT = '#222222', '#666666'

# An owner has the same colour in each picture. Okabe and Ito's colours, which people with any kind of
# colour vision tell apart, and Tol's for what is rare; what is not here takes one of the spares.
OWNERS = {
    'free': '#f3f3f3', 'free cma': '#dde9f5',
    'kernel text': '#0072b2', 'kernel constants': '#56b4e9', 'kernel data': '#009e73',
    'kernel stacks': '#e69f00', 'page tables': '#d55e00', 'frame table': '#cc79a7',
    'heap': '#f0e442', 'devicetree': '#332288', 'rounding to pages': '#999999',
    # Parts of the address space, and whose memory they are for.
    'linear map': '#bbbbbb', 'image': '#0072b2', 'vmap': '#f0e442', 'devices': '#882255',
}
SPARES = ('#44aa99', '#999933', '#117733', '#ddcc77', '#aa4499', '#88ccee')
GRANULES = {'4k': '#0072b2', '16k': '#e69f00', '64k': '#882255', 'all': '#222222'}
MARKERS = {'4k': 'o', '16k': 's', '64k': 'D', 'all': '^'}


def owner_colours(names):
    """{name: colour}, spares by the names' order."""
    others = sorted(set(names) - set(OWNERS))
    return OWNERS | {name: SPARES[n % len(SPARES)] for n, name in enumerate(others)}


class Canvas:
    def __init__(self, height, title, subtitle):
        matplotlib.rcParams.update({'svg.hashsalt': 'granule', 'svg.fonttype': 'none',
                                    'font.family': 'sans-serif', 'font.sans-serif': FONTS})
        self.height = height
        self.figure = Figure(figsize=(WIDTH, height), facecolor='white')
        FigureCanvasAgg(self.figure)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(0, height)
        self.text(0.2, height - 0.25, title, size=LARGE, weight='bold')
        self.text(0.2, height - 0.5, subtitle, colour=FAINT)

    def text(self, x, y, text, size=NORMAL, colour=INK, across='left', **more):
        self.axes.text(x, y, text, fontsize=size, color=colour, ha=across, va='center_baseline', **more)

    def box(self, x, y, width, height, colour, edge=INK, line=0.5, **more):
        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, edgecolor=edge,
                                      linewidth=line, **more))

    def shape(self, points, colour):
        self.axes.add_patch(Polygon(points, facecolor=colour, edgecolor='none'))

    def line(self, xs, ys, colour=FAINT, width=0.6, **more):
        self.axes.plot(xs, ys, color=colour, linewidth=width, solid_capstyle='butt', **more)

    def dot(self, x, y, granule):
        self.axes.plot([x], [y], marker=MARKERS[granule], color=GRANULES[granule], markersize=5,
                       markeredgecolor='white', markeredgewidth=0.5, linestyle='none')

    def crowded(self):
        """What a text is wrong with: it stands over another, or leaves the page."""
        renderer = self.figure.canvas.get_renderer()
        page = self.figure.bbox
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in self.axes.texts]
        for n, (text, box) in enumerate(boxes):
            if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1:
                yield f'"{text}" leaves the page'
            for other, its in boxes[:n]:
                if min(box.x1, its.x1) - max(box.x0, its.x0) > 1 and min(box.y1, its.y1) - max(box.y0, its.y0) > 2:
                    yield f'"{text}" stands over "{other}"'

    def save(self, folder, name, kinds=('svg', 'png')):
        """The files' names; each appears when it is whole."""
        os.makedirs(folder, exist_ok=True)
        paths = []
        for kind in kinds:
            path = os.path.join(folder, f'{name}.{kind}')
            metadata = {'Date': None, 'Creator': None} if kind == 'svg' else {'Software': None}
            file = io.BytesIO()
            self.figure.savefig(file, format=kind, dpi=150, metadata=metadata)
            data = file.getvalue()
            if kind == 'svg':  # without the blanks at the ends of lines
                data = b''.join(line.rstrip() + b'\n' for line in data.splitlines())
            with open(f'{path}.new', 'wb') as file:
                file.write(data)
            os.replace(f'{path}.new', path)
            paths.append(path)
        return paths


def on(colour):
    """A colour for text that stands on this one."""
    red, green, blue = (int(colour[n:n + 2], 16) for n in (1, 3, 5))
    return INK if red * 0.299 + green * 0.587 + blue * 0.114 > 140 else 'white'

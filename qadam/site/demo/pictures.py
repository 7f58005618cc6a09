"""Small pictures that members of the demo attach to practical tasks: drawn here, of things, never of people."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

SIZE = (640, 480)
PAPER, TABLE, INK = "#EFEBE2", "#C9B79A", "#17212B"
LABELS = ("#0F5C6E", "#E07A3F", "#176B40", "#6B4E9B")
GLASS = ("#DDE7E4", "#E9DFCF", "#D5DEE8")


def draw_product(seed: str) -> bytes:
    """Return a JPEG of a jar with its box on a table; the same seed gives the same picture."""
    rng = Random(seed)
    image = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(image)
    edge = rng.randint(330, 360)
    pen.rectangle((0, edge, *SIZE), fill=TABLE)
    left = rng.randint(120, 200)
    _draw_jar(pen, left, edge + 40, rng.choice(LABELS), rng.choice(GLASS))
    _draw_box(pen, left + 220, edge + 30, rng.choice(LABELS))
    _draw_spoon(pen, left + 60, edge + 78)
    return _as_jpeg(image)


def draw_calendar(seed: str) -> bytes:
    """Return a JPEG of a month on paper with a few days circled; the same seed gives the same picture."""
    rng = Random(seed)
    image = Image.new("RGB", SIZE, TABLE)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((60, 40, 580, 440), 14, fill="#FFFFFF", outline="#E4E1D9", width=2)
    pen.rectangle((60, 40, 580, 96), fill=rng.choice(LABELS))
    marked = set(rng.sample(range(35), 5))
    for place in range(35):
        x, y = 92 + place % 7 * 68, 120 + place // 7 * 62
        pen.line((x, y + 34, x + 26, y + 34), fill="#C9C4B8", width=3)
        if place in marked:
            pen.ellipse((x - 12, y - 4, x + 38, y + 44), outline="#E07A3F", width=4)
    return _as_jpeg(image)


def _draw_jar(pen: ImageDraw.ImageDraw, left: int, bottom: int, label: str, glass: str) -> None:
    pen.ellipse((left - 8, bottom - 14, left + 158, bottom + 12), fill="#B7A587")
    pen.rounded_rectangle((left, bottom - 220, left + 150, bottom), 18, fill=glass, outline=INK, width=2)
    pen.rounded_rectangle((left + 12, bottom - 256, left + 138, bottom - 214), 8, fill=INK)
    pen.rectangle((left + 1, bottom - 160, left + 149, bottom - 60), fill=label)
    for row in range(3):
        pen.line(
            (left + 24, bottom - 132 + row * 22, left + 126 - row * 24, bottom - 132 + row * 22), fill=PAPER, width=6
        )


def _draw_box(pen: ImageDraw.ImageDraw, left: int, bottom: int, colour: str) -> None:
    side = [(left + 130, bottom - 150), (left + 170, bottom - 172), (left + 170, bottom - 24), (left + 130, bottom)]
    lid = [(left, bottom - 150), (left + 42, bottom - 172), (left + 170, bottom - 172), (left + 130, bottom - 150)]
    pen.polygon(side, fill="#B9B2A4")
    pen.polygon(lid, fill="#D8D2C6")
    pen.rectangle((left, bottom - 150, left + 130, bottom), fill="#F7F4EE", outline="#CFC8BA")
    pen.rectangle((left, bottom - 96, left + 130, bottom - 54), fill=colour)


def _draw_spoon(pen: ImageDraw.ImageDraw, left: int, y: int) -> None:
    pen.line((left, y, left + 150, y - 18), fill="#8C94A0", width=8)
    pen.ellipse((left + 138, y - 36, left + 196, y - 6), fill="#AEB5BF", outline="#8C94A0", width=3)


def _as_jpeg(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", quality=82)
    return file.getvalue()

"""Compiled: cut a convex polyhedron around the origin by a plane, and measure its faces.

The polyhedron is its faces, each a polygon with corners of its own. A plane cuts every face by itself
(Sutherland and Hodgman 1974, doi:10.1145/360767.360802); where it crosses their edges are the corners of the new
face, which is convex, so their angles order them. Faces share no corners that could disagree: a corner so near a
plane that round-off puts it on either side displaces faces by round-off only.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def start_box(half: float, corners: Any, counts: Any, labels: Any) -> int:
    """Write the cube of given half edge, its six faces labelled -1 in the first column; return 6."""
    for face in range(6):
        axis, side = face // 2, half * (2 * (face % 2) - 1)
        for k in range(4):
            corners[face, k, axis] = side
            corners[face, k, (axis + 1) % 3] = half if k in (0, 1) else -half
            corners[face, k, (axis + 2) % 3] = half if k in (1, 2) else -half
        counts[face] = 4
        labels[face, 0] = -1
    return 6


@njit(cache=True, nogil=True)
def is_cut(corners: Any, counts: Any, faces: int, normal: Any, limit: float) -> bool:
    """Return whether a corner is farther along the normal than the limit."""
    nx, ny, nz = normal[0], normal[1], normal[2]
    for face in range(faces):
        for k in range(counts[face]):
            if corners[face, k, 0] * nx + corners[face, k, 1] * ny + corners[face, k, 2] * nz > limit:
                return True
    return False


@njit(cache=True, nogil=True)
def largest_radius(corners: Any, counts: Any, faces: int) -> float:
    """Return the distance from the origin to the farthest corner."""
    square = 0.0
    for face in range(faces):
        for k in range(counts[face]):
            x, y, z = corners[face, k, 0], corners[face, k, 1], corners[face, k, 2]
            square = max(square, x * x + y * y + z * z)
    return float(np.sqrt(square))


@njit(cache=True, nogil=True)
def cut(
    corners: Any, counts: Any, labels: Any, faces: int, normal: Any, level: float, margin: float, room: Any
) -> int:
    """Keep what of the polyhedron lies below a plane; return how many faces it has then.

    The new face, where there is one, is the last, and its label is left to the caller: it is there when
    ``counts`` of the last face was set by this call and ``labels[last, 0]`` is -2.

    Parameters
    ----------
    corners : (f, v, 3) float64
        With room for one more face, and one more corner in every face; changed in place.
    counts : (f,) int64
        Corners of each face; changed in place.
    labels : (f, 5) float64
        Moved along with the faces.
    faces : int
        How many there are.
    normal : (3,) float64
        The plane's unit normal, outwards.
    level : float
        Its distance from the origin.
    margin : float
        Corners so little above the plane are on it.
    room : (2f + v, 4) float64
        Working memory.
    """
    # Plain zeros are a type of their own, for which numba compiles what is called below again.
    crossings: Any = np.int64(0)
    kept: Any = np.int64(0)
    for face in range(faces):
        left, crossings = _cut_polygon(corners[face], counts[face], normal, level, margin, room, crossings)
        if left >= 3:
            if kept != face:
                for k in range(left):
                    for axis in range(3):
                        corners[kept, k, axis] = corners[face, k, axis]
                for column in range(5):
                    labels[kept, column] = labels[face, column]
            counts[kept] = left
            kept += 1
    return int(kept + _close(corners, counts, labels, kept, normal, margin, room, crossings))


@njit(cache=True, nogil=True)
def _cut_polygon(
    polygon: Any, count: int, normal: Any, level: float, margin: float, room: Any, crossings: int
) -> Any:
    """Cut one face in place; return (its corners, crossings so far); their places go to the first rows of room."""
    nx, ny, nz = normal[0], normal[1], normal[2]
    above = 0
    for k in range(count):
        if polygon[k, 0] * nx + polygon[k, 1] * ny + polygon[k, 2] * nz - level > margin:
            above += 1
    if above == 0:
        return count, crossings
    if above == count:
        return 0, crossings
    written, scratch = 0, room.shape[0] - count - 2
    for k in range(count):
        following = k + 1 if k + 1 < count else 0
        x, y, z = polygon[k, 0], polygon[k, 1], polygon[k, 2]
        dx, dy, dz = polygon[following, 0] - x, polygon[following, 1] - y, polygon[following, 2] - z
        here = x * nx + y * ny + z * nz - level
        there = polygon[following, 0] * nx + polygon[following, 1] * ny + polygon[following, 2] * nz - level
        if not here > margin:
            room[scratch + written, 0], room[scratch + written, 1], room[scratch + written, 2] = x, y, z
            written += 1
        if (here > margin) != (there > margin):
            # Within the edge also where both ends are above the plane, one of them by less than the margin.
            part = min(max(here / (here - there), 0.0), 1.0)
            x, y, z = x + part * dx, y + part * dy, z + part * dz
            room[scratch + written, 0], room[scratch + written, 1], room[scratch + written, 2] = x, y, z
            room[crossings, 0], room[crossings, 1], room[crossings, 2] = x, y, z
            written += 1
            crossings += 1
    for k in range(written):
        for axis in range(3):
            polygon[k, axis] = room[scratch + k, axis]
    return written, crossings


@njit(cache=True, nogil=True)
def _close(
    corners: Any, counts: Any, labels: Any, face: int, normal: Any, margin: float, room: Any, crossings: int
) -> int:
    """Write the new face from the crossings, in the order of their angles; return 1, or 0 where it has no extent."""
    if crossings < 3:
        return 0
    middle = np.zeros(3)
    for k in range(crossings):
        for axis in range(3):
            middle[axis] += room[k, axis] / crossings
    _order_by_angle(normal, middle, room, crossings)
    written = 0
    for k in range(crossings):
        if written and _near(room[k], corners[face, written - 1], margin):
            continue
        for axis in range(3):
            corners[face, written, axis] = room[k, axis]
        written += 1
    if written > 1 and _near(corners[face, 0], corners[face, written - 1], margin):
        written -= 1
    if written < 3:
        return 0
    counts[face] = written
    labels[face, 0] = -2
    return 1


@njit(cache=True, nogil=True)
def _order_by_angle(normal: Any, middle: Any, room: Any, crossings: int) -> None:
    """Order the crossings by their angle about their middle, in the plane."""
    least = np.argmin(np.abs(normal))
    u, w = np.zeros(3), np.zeros(3)
    u[(least + 1) % 3], u[(least + 2) % 3] = normal[(least + 2) % 3], -normal[(least + 1) % 3]
    w[0] = normal[1] * u[2] - normal[2] * u[1]
    w[1] = normal[2] * u[0] - normal[0] * u[2]
    w[2] = normal[0] * u[1] - normal[1] * u[0]
    for k in range(crossings):
        x, y = 0.0, 0.0
        for axis in range(3):
            x += (room[k, axis] - middle[axis]) * u[axis]
            y += (room[k, axis] - middle[axis]) * w[axis]
        size = abs(x) + abs(y)
        slope = y / size if size > 0 else 0.0
        room[k, 3] = slope if x >= 0 else 2.0 - slope  # grows with the angle, from -1 to 3
    _sort_by_last(room, crossings)


@njit(cache=True, nogil=True)
def _near(one: Any, other: Any, margin: float) -> bool:
    return bool(
        abs(one[0] - other[0]) <= margin
        and abs(one[1] - other[1]) <= margin
        and abs(one[2] - other[2]) <= margin
    )


@njit(cache=True, nogil=True)
def _sort_by_last(rows: Any, count: int) -> None:
    for k in range(1, count):
        x, y, z, key = rows[k, 0], rows[k, 1], rows[k, 2], rows[k, 3]
        place = k
        while place > 0 and rows[place - 1, 3] > key:
            for column in range(4):
                rows[place, column] = rows[place - 1, column]
            place -= 1
        rows[place, 0], rows[place, 1], rows[place, 2], rows[place, 3] = x, y, z, key


@njit(cache=True, nogil=True)
def area_and_solid_angle(polygon: Any, count: int) -> Any:
    """Return a face's area and the solid angle it fills as seen from the origin (doi:10.1109/TBME.1983.325207)."""
    area, angle = 0.0, 0.0
    ax, ay, az = polygon[0, 0], polygon[0, 1], polygon[0, 2]
    a = np.sqrt(ax * ax + ay * ay + az * az)
    for k in range(1, count - 1):
        bx, by, bz = polygon[k, 0], polygon[k, 1], polygon[k, 2]
        cx, cy, cz = polygon[k + 1, 0], polygon[k + 1, 1], polygon[k + 1, 2]
        b, c = np.sqrt(bx * bx + by * by + bz * bz), np.sqrt(cx * cx + cy * cy + cz * cz)
        ux, uy, uz, vx, vy, vz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
        sx, sy, sz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        area += 0.5 * np.sqrt(sx * sx + sy * sy + sz * sz)
        product = abs(ax * sx + ay * sy + az * sz)
        dots = c * (ax * bx + ay * by + az * bz) + b * (ax * cx + ay * cy + az * cz)
        dots += a * (bx * cx + by * cy + bz * cz) + a * b * c
        angle += 2.0 * np.arctan2(product, dots)
    return area, angle

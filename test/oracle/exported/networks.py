"""The networks that are exported: small ones of the families that people deploy, with random weights."""
import glob
import importlib.util
import os

import torch
from torch import nn


def declare_missing_ops():
    """
    A torchvision that was built for another PyTorch cannot load its own ops, and then does not load at all. They are for
    detection, and no network here has one: it is enough that PyTorch knows their names.
    """
    found = importlib.util.find_spec('torchvision')
    libraries = [] if found is None else glob.glob(os.path.join(os.path.dirname(found.origin), '_C*'))
    try:
        for library in libraries:
            torch.ops.load_library(library)
    except OSError:
        libraries = []
    if found is None or libraries:
        return None
    own = torch.library.Library('torchvision', 'DEF')
    for name in ('nms', 'qnms'):
        own.define(f'{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')
    return own


# PyTorch forgets them with the object.
kept = declare_missing_ops()


def shaken(network):
    """In evaluation, with running statistics and scales that are not those of an untrained network."""
    generator = torch.Generator().manual_seed(7)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 1.5, generator=generator)
        if isinstance(module, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)) and module.weight is not None:
            nn.init.uniform_(module.weight, 0.7, 1.3, generator=generator)
            nn.init.uniform_(module.bias, -0.2, 0.2, generator=generator)
        # Some start their last layer at 0, and their answer would be 0 whatever comes before it.
        if isinstance(module, nn.Linear) and not module.weight.any():
            nn.init.normal_(module.weight, 0, 0.2, generator=generator)
    return network.eval()


def resnet():
    from torchvision.models.resnet import BasicBlock, ResNet

    return ResNet(BasicBlock, [1, 1, 1, 1], num_classes=10)


def mobilenet_v2():
    from torchvision.models import MobileNetV2

    setting = [[1, 8, 1, 1], [6, 16, 2, 2], [6, 24, 2, 2]]
    return MobileNetV2(num_classes=10, width_mult=0.5, inverted_residual_setting=setting)


def mobilenet_v3():
    from torchvision.models.mobilenetv3 import InvertedResidualConfig as Row, MobileNetV3

    rows = [
        Row(16, 3, 16, 16, True, 'RE', 2, 1, 1),
        Row(16, 3, 32, 24, False, 'RE', 2, 1, 1),
        Row(24, 5, 48, 24, True, 'HS', 1, 1, 1),
    ]
    return MobileNetV3(rows, 64, num_classes=10)


def efficientnet():
    from torchvision.models.efficientnet import EfficientNet, MBConvConfig as Row

    rows = [Row(1, 3, 1, 8, 8, 1, 1, 1), Row(4, 3, 2, 8, 16, 2, 1, 1), Row(4, 5, 2, 16, 24, 1, 1, 1)]
    return EfficientNet(rows, dropout=0.2, num_classes=10)


def convnext():
    from torchvision.models.convnext import CNBlockConfig as Row, ConvNeXt

    return ConvNeXt([Row(16, 32, 1), Row(32, 48, 1), Row(48, None, 1)], num_classes=10)


def vit():
    from torchvision.models import VisionTransformer

    return VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10
    )


def timm_vit():
    import timm

    return timm.create_model(
        'vit_tiny_patch16_224', img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4, num_classes=10
    )


class UNet(nn.Module):
    """Two levels, one way up by a transposed convolution and one by interpolation."""

    def __init__(self):
        super().__init__()

        def block(a, b):
            return nn.Sequential(
                nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.LeakyReLU(0.1),
                nn.Conv2d(b, b, 3, padding=1), nn.GroupNorm(4, b), nn.SiLU(),
            )

        self.first, self.second, self.deep = block(3, 8), block(8, 16), block(16, 32)
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.up = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.third, self.fourth = block(32, 16), block(24, 8)
        self.last = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.first(x)
        b = self.second(self.pool(a))
        c = self.third(torch.cat([b, self.up(self.deep(self.pool(b)))], 1))
        wide = nn.functional.interpolate(c, scale_factor=2.0, mode='bilinear', align_corners=False)
        return self.last(self.fourth(torch.cat([a, wide], 1)))


class Recurrent(nn.Module):
    """A language model: the state is given and given back."""

    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.rnn = getattr(nn, kind)(16, 24, num_layers=2, batch_first=True)
        self.decoder = nn.Linear(24, 50)

    def forward(self, tokens, *state):
        state = state[0] if len(state) == 1 else state
        y, after = self.rnn(self.embedding(tokens), state)
        return (self.decoder(y), *(after if isinstance(after, tuple) else (after,)))


def lstm():
    return Recurrent('LSTM')


def gru():
    return Recurrent('GRU')


class Decoder(nn.Module):
    """A small GPT, written out: learned positions, causal attention by torch's own function, tied weights."""

    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(50, 32), nn.Embedding(24, 32)
        self.blocks = nn.ModuleList(nn.ModuleDict({
            'before': nn.LayerNorm(32), 'qkv': nn.Linear(32, 96), 'out': nn.Linear(32, 32),
            'after': nn.LayerNorm(32), 'wide': nn.Linear(32, 64), 'narrow': nn.Linear(64, 32),
        }) for _ in range(2))
        self.norm = nn.LayerNorm(32)

    def forward(self, tokens):
        batch, length = tokens.shape
        x = self.tokens(tokens) + self.positions(torch.arange(length))
        for block in self.blocks:
            q, k, v = block['qkv'](block['before'](x)).view(batch, length, 3, 4, 8).permute(2, 0, 3, 1, 4).unbind(0)
            seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + block['out'](seen.transpose(1, 2).reshape(batch, length, 32))
            x = x + block['narrow'](nn.functional.gelu(block['wide'](block['after'](x)), approximate='tanh'))
        return self.norm(x) @ self.tokens.weight.T


class Encoder(nn.Module):
    """A small BERT by torch's own layers, its mask from the padding."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(50, 32)
        layer = nn.TransformerEncoderLayer(32, 4, 64, activation='gelu', batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.pool = nn.Linear(32, 6)

    def forward(self, tokens, mask):
        x = self.layers(self.tokens(tokens), src_key_padding_mask=mask == 0)
        kept = mask.unsqueeze(-1).to(x.dtype)
        return self.pool((x * kept).sum(1) / kept.sum(1))


class Field(nn.Module):
    """One output of a model of transformers, which gives many."""

    def __init__(self, model, field):
        super().__init__()
        self.model, self.field = model, field

    def forward(self, ids, mask):
        return getattr(self.model(input_ids=ids, attention_mask=mask), self.field)


def hf_bert():
    import transformers

    config = transformers.BertConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=32,
    )
    return Field(transformers.BertModel(config), 'last_hidden_state')


def hf_llama():
    import transformers

    config = transformers.LlamaConfig(
        vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2,
        intermediate_size=64, max_position_embeddings=32, use_cache=False,
    )
    return Field(transformers.LlamaForCausalLM(config), 'logits')


def image(batch=2, size=32):
    return (torch.randn(batch, 3, size, size),)


def words(length=9):
    return torch.randint(0, 50, (2, length))


def masked():
    mask = torch.ones(2, 9, dtype=torch.int64)
    mask[1, 6:] = 0
    return words(), mask


def states(count):
    return (words(), *(0.3 * torch.randn(2, 2, 24) for _ in range(count)))


B, S = 'batch', 'length'

# By name: what makes it, what it is given, its inputs, their open axes, its outputs.
families = {
    'resnet': (resnet, image, ['x'], [{0: B}], ['logits']),
    'mobilenet_v2': (mobilenet_v2, image, ['x'], [{0: B}], ['logits']),
    'mobilenet_v3': (mobilenet_v3, image, ['x'], [{0: B}], ['logits']),
    'efficientnet': (efficientnet, image, ['x'], [{0: B}], ['logits']),
    'convnext': (convnext, lambda: image(size=64), ['x'], [{0: B}], ['logits']),
    'vit': (vit, image, ['x'], [{0: B}], ['logits']),
    'timm_vit': (timm_vit, image, ['x'], [{0: B}], ['logits']),
    'unet': (UNet, image, ['x'], [{0: B}], ['mask']),
    'lstm': (lstm, lambda: states(2), ['tokens', 'h', 'c'], [{0: B, 1: S}, {1: B}, {1: B}], ['logits', 'h1', 'c1']),
    'gru': (gru, lambda: states(1), ['tokens', 'h'], [{0: B, 1: S}, {1: B}], ['logits', 'h1']),
    'gpt': (Decoder, lambda: (words(),), ['tokens'], [{0: B, 1: S}], ['logits']),
    'encoder': (Encoder, masked, ['tokens', 'mask'], [{0: B, 1: S}, {0: B, 1: S}], ['scores']),
    'bert': (hf_bert, masked, ['tokens', 'mask'], [{0: B, 1: S}, {0: B, 1: S}], ['hidden']),
    'llama': (hf_llama, masked, ['tokens', 'mask'], [{0: B, 1: S}, {0: B, 1: S}], ['logits']),
}

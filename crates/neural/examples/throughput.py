"""What `throughput.rs` measures, once more in PyTorch: the transformer of Wan and a layer of umT5, with random weights.

Reads one JSON object a line on standard input, such as {"what": "blocks", "blocks": 1, "grid": [1, 30, 52], "words": 512}
or {"what": "umt5", "tokens": 512}, and answers each with {"seconds": 1.9} on standard output: the fastest of three, after one
that does not count. Arguments: the number of threads, and `cpu` (32 bits) or `cuda` (16 bits).
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, HEADS, INNER, TEXT, WAVES, CHANNELS = 1536, 12, 8960, 4096, 256, 16


def turned(x, turns):
    """Each pair of numbers of a head, turned by where its token is."""
    pairs = x.unflatten(-1, (-1, 2))
    even, odd = pairs.unbind(-1)
    cosines, sines = turns
    return torch.stack([even * cosines - odd * sines, even * sines + odd * cosines], -1).flatten(-2)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.query_norm, self.key_norm = nn.RMSNorm(WIDTH, eps=1e-6), nn.RMSNorm(WIDTH, eps=1e-6)

    def forward(self, x, seen, turns=None):
        heads = lambda y: y.unflatten(-1, (HEADS, -1)).transpose(1, 2)
        query, key = heads(self.query_norm(self.query(x))), heads(self.key_norm(self.key(seen)))
        if turns is not None:
            query, key = turned(query, turns), turned(key, turns)
        y = F.scaled_dot_product_attention(query, key, heads(self.value(seen)))
        return self.out(y.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.to_tokens, self.to_text, self.text_norm = Attention(), Attention(), nn.LayerNorm(WIDTH, eps=1e-6)
        self.widen, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.table = nn.Parameter(torch.randn(1, 6, WIDTH))

    def forward(self, x, text, time, turns):
        rows = (self.table + time).unsqueeze(2).unbind(1)
        plain = lambda y, shift, scale: (F.layer_norm(y.float(), (WIDTH,), eps=1e-6) * (1 + scale) + shift).to(y.dtype)
        n = plain(x, rows[0], rows[1])
        x = x + (self.to_tokens(n, n, turns) * rows[2]).to(x.dtype)
        x = x + self.to_text(self.text_norm(x), text)
        fed = self.narrow(F.gelu(self.widen(plain(x, rows[3], rows[4])), approximate="tanh"))
        return x + (fed * rows[5]).to(x.dtype)


class Transformer(nn.Module):
    """Latents, time and text to a velocity, as `WanTransformer::forward`."""

    def __init__(self, blocks):
        super().__init__()
        self.patches = nn.Linear(CHANNELS * 4, WIDTH)
        self.text = nn.Sequential(nn.Linear(TEXT, WIDTH), nn.GELU(approximate="tanh"), nn.Linear(WIDTH, WIDTH))
        self.time = nn.Sequential(nn.Linear(WAVES, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(WIDTH, 6 * WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(blocks))
        self.out = nn.Linear(WIDTH, CHANNELS * 4)
        self.table = nn.Parameter(torch.randn(1, 2, WIDTH))

    def forward(self, patches, waves, text, turns):
        x, text, time = self.patches(patches), self.text(text), self.time(waves)
        table = self.modulation(time).unflatten(-1, (6, WIDTH)).float()
        for block in self.blocks:
            x = block(x, text, table, turns)
        shift, scale = (self.table + time.unsqueeze(1)).float().unsqueeze(2).unbind(1)
        return self.out((F.layer_norm(x.float(), (WIDTH,), eps=1e-6) * (1 + scale) + shift).to(x.dtype))


class Umt5Layer(nn.Module):
    """64 heads of 64, a table of relative positions, and a gated feed-forward layer."""

    def __init__(self, width=4096, inner=10240, heads=64):
        super().__init__()
        linear = lambda i, o: nn.Linear(i, o, bias=False)
        self.query, self.key, self.value, self.out = (linear(width, width) for _ in range(4))
        self.gate, self.widen, self.narrow = linear(width, inner), linear(width, inner), linear(inner, width)
        self.norms = nn.ModuleList(nn.RMSNorm(width, eps=1e-6) for _ in range(3))
        self.positions, self.count = nn.Embedding(32, heads), heads

    def forward(self, x):
        places = torch.arange(x.shape[1], device=x.device)
        bias = self.positions((places[:, None] - places).abs().clamp(max=31)).permute(2, 0, 1)[None]
        n = self.norms[0](x)
        heads = lambda y: y.unflatten(-1, (self.count, -1)).transpose(1, 2)
        parts = (heads(part(n)) for part in (self.query, self.key, self.value))
        x = x + self.out(F.scaled_dot_product_attention(*parts, attn_mask=bias, scale=1.0).transpose(1, 2).flatten(2))
        n = self.norms[1](x)
        x = x + self.narrow(F.gelu(self.gate(n), approximate="tanh") * self.widen(n))
        return self.norms[2](x)


def work(ask, device, dtype):
    there = dict(device=device, dtype=dtype)
    if ask["what"] == "umt5":
        layer, x = Umt5Layer().to(**there), torch.randn(1, ask["tokens"], 4096, **there)
        return lambda: layer(x)
    tokens = ask["grid"][0] * ask["grid"][1] * ask["grid"][2]
    model = Transformer(ask["blocks"]).to(**there)
    angles = torch.randn(tokens, WIDTH // HEADS // 2, device=device)
    turns = (angles.cos().to(dtype), angles.sin().to(dtype))
    patches, waves = torch.randn(1, tokens, CHANNELS * 4, **there), torch.randn(1, WAVES, **there)
    text = torch.randn(1, ask["words"], TEXT, **there)
    return lambda: model(patches, waves, text, turns)


def best_of(times, run, device):
    done = torch.cuda.synchronize if device == "cuda" else lambda: None
    run(), done()
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        run(), done()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def main():
    threads, device = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(threads)
    with torch.inference_mode():
        for line in sys.stdin:
            dtype = torch.bfloat16 if device == "cuda" else torch.float32
            seconds = best_of(3, work(json.loads(line), device, dtype), device)
            print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()

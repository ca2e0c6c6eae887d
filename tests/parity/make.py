"""Writes the references that `crates/neural` is held against: tiny models with random weights, what went in, what came out.

Each folder is what diffusers' `save_pretrained` writes (config.json and weights, one of them in shards), with the inputs
and outputs beside it in io.safetensors. README.md says how to run this; the tests themselves need no Python.
"""

import json
import pathlib

import torch
from diffusers import (
    AutoencoderKLWan,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
    WanVideoToVideoPipeline,
)
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers, convert_wan_vae_to_diffusers
from PIL import Image
from safetensors.torch import save_file
from transformers import UMT5Config, UMT5EncoderModel

HERE = pathlib.Path(__file__).parent
LATENTS_MEAN = [-0.3, 0.2, 0.1, -0.1, 0.4, 0.05]
LATENTS_STD = [1.5, 0.8, 1.2, 2.0, 0.9, 1.1]


def randomise(model, seed):
    """Weights that keep the size of what flows through, so that no term hides in another's rounding."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if "norm" in name and not name.endswith("bias"):
            value = 1 + 0.1 * noise
        elif "scale_shift_table" in name:
            value = 0.3 * noise
        elif parameter.dim() > 1:
            value = noise / parameter[0].numel() ** 0.5
        else:
            value = 0.1 * noise
        parameter.data.copy_(value)
    return model.eval()


def save(name, model, shard="5GB", **tensors):
    model.save_pretrained(HERE / name, max_shard_size=shard)
    write(f"{name}/io", **tensors)


def write(name, **tensors):
    (HERE / name).parent.mkdir(exist_ok=True)
    save_file({k: v.detach().contiguous() for k, v in tensors.items()}, HERE / f"{name}.safetensors")


def umt5():
    config = UMT5Config(
        vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, feed_forward_proj="gated-gelu",
        is_encoder_decoder=False, use_cache=False,
    )
    model = randomise(UMT5EncoderModel(config), 1)
    # More tokens than the exact buckets hold and than the largest distance, so that every bucket is met.
    tokens = torch.randint(0, 64, (2, 150))
    mask = torch.ones(2, 150, dtype=torch.long)
    mask[1, 7:] = 0
    save("umt5", model, tokens=tokens, mask=mask, out=model(tokens, attention_mask=mask).last_hidden_state)
    return model


def tokenizer():
    """A tokenizer built as umT5's is, with a vocabulary of the tiny encoder's size, and what it makes of some prompts."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokens = Tokenizer(models.Unigram())
    tokens.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokens.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<pad>", "</s>", "<unk>"]
    words = "a the of in red fox runs through snowy forest camera dolly wide shot sun light man woman stands and then".split()
    letters = list("abcdefghijklmnopqrstuvwxyz,.▁")
    trainer = trainers.UnigramTrainer(
        vocab_size=64, special_tokens=special, unk_token="<unk>", initial_alphabet=letters, show_progress=False
    )
    tokens.train_from_iterator([" ".join(words[i:] + words[:i]) for i in range(len(words))], trainer)
    end = tokens.token_to_id("</s>")
    tokens.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", end)]
    )
    assert tokens.get_vocab_size() <= 64, tokens.get_vocab_size()
    tokens.save(str(HERE / "umt5" / "tokenizer.json"))
    fast = PreTrainedTokenizerFast(
        tokenizer_file=str(HERE / "umt5" / "tokenizer.json"), eos_token="</s>", unk_token="<unk>", pad_token="<pad>"
    )
    prompts = [
        "A red fox runs through the snowy forest, and then stands in the light.",
        "",
        "Ｗｉｄｅ shot:  the   fox's camera — 狐 🦊",
        "the red fox " * 300,
    ]
    rows = [
        {"text": text, "ids": ids}
        for text, ids in zip(prompts, fast(prompts, max_length=512, truncation=True, add_special_tokens=True).input_ids)
    ]
    (HERE / "umt5" / "tokens.json").write_text(json.dumps(rows, ensure_ascii=False) + "\n")


def transformer(kind, **more):
    config = dict(
        patch_size=(1, 2, 2), num_attention_heads=2, attention_head_dim=12, text_dim=16, freq_dim=16, ffn_dim=32,
        num_layers=2, cross_attn_norm=True, qk_norm="rms_norm_across_heads", rope_max_seq_len=32,
    )
    return randomise(kind(**{**config, **more}), 2)


def transformers():
    text = torch.randn(2, 7, 16)
    step = torch.tensor([500, 20])

    t2v = transformer(WanTransformer3DModel, in_channels=4, out_channels=4)
    x = torch.randn(2, 4, 3, 8, 6)
    save("wan_t2v", t2v, x=x, timestep=step, text=text, out=t2v(x, step, text).sample)

    vace = transformer(
        WanVACETransformer3DModel, in_channels=4, out_channels=4, num_layers=4, vace_layers=[0, 2], vace_in_channels=72
    )
    control = torch.randn(2, 72, 3, 8, 6)
    scale = torch.tensor([1.0, 0.6])
    hints = []
    hooks = [b.register_forward_hook(lambda _m, _i, o: hints.append(o[0])) for b in vace.vace_blocks]
    out = vace(x, step, text, control_hidden_states=control, control_hidden_states_scale=scale).sample
    for hook in hooks:
        hook.remove()
    io = dict(x=x, timestep=step, text=text, control=control, scale=scale, out=out)
    save("wan_vace", vace, "60KB", **io, **{f"hint.{i}": h for i, h in enumerate(hints)})

    ti2v = transformer(WanTransformer3DModel, in_channels=6, out_channels=6)
    x = torch.randn(1, 6, 3, 8, 6)
    steps = torch.full((1, 36), 700.0)
    steps[:, :12] = 0
    save("wan_ti2v", ti2v, x=x, timestep=steps, text=text[:1], out=ti2v(x, steps, text[:1]).sample)
    return t2v, vace, ti2v


def lora(t2v):
    """A LoRA as diffusers loads it, with an alpha that is not its rank, on attention and feed-forward layers."""
    io = {}
    config = {}
    for module, (inputs, outputs) in {
        "blocks.0.attn1.to_q": (24, 24), "blocks.1.attn2.to_out.0": (24, 24), "blocks.1.ffn.net.0.proj": (24, 32),
    }.items():
        io[f"transformer.{module}.lora_A.weight"] = torch.randn(4, inputs) / inputs**0.5
        io[f"transformer.{module}.lora_B.weight"] = torch.randn(outputs, 4)
        config[f"{module}.alpha"] = 2.0
    write("wan_t2v/lora", **io, **{f"transformer.{k}": torch.tensor(v) for k, v in config.items()})
    t2v.load_lora_adapter(io, network_alphas={f"transformer.{k}": v for k, v in config.items()}, prefix="transformer")
    t2v.set_adapters(["default_0"], [0.7])
    x, step, text = torch.randn(1, 4, 3, 8, 6), torch.tensor([500]), torch.randn(1, 7, 16)
    out = t2v(x, step, text).sample
    write("wan_t2v/lora_io", x=x, timestep=step, text=text, out=out)


def autoencoders():
    common = dict(base_dim=4, dim_mult=[1, 2, 2, 2], num_res_blocks=1, temperal_downsample=[False, True, True])
    vae21 = AutoencoderKLWan(**common, z_dim=4, latents_mean=LATENTS_MEAN[:4], latents_std=LATENTS_STD[:4])
    vae22 = AutoencoderKLWan(
        **{**common, "temperal_downsample": [False, True, True]}, z_dim=6, latents_mean=LATENTS_MEAN,
        latents_std=LATENTS_STD, is_residual=True, in_channels=12, out_channels=12, decoder_base_dim=6, patch_size=2,
        scale_factor_spatial=16,
    )
    made = []
    for name, vae, side in [("vae21", vae21, 32), ("vae22", vae22, 32)]:
        randomise(vae, 3)
        # The picture must not be cut off at -1 and 1, or the test would see little of it.
        vae.decoder.conv_out.weight.data *= 0.2
        frames = torch.rand(1, 3, 9, side, side + 16 * (name == "vae21")) * 2 - 1
        latents = vae.encode(frames).latent_dist.mode()
        decoded = vae.decode(latents).sample
        print(name, "cut off:", (decoded.abs() >= 1).float().mean().item())
        wide = torch.randn(1, vae.config.z_dim, 2, 6, 6)
        whole = vae.decode(wide).sample
        ratio = vae.spatial_compression_ratio
        vae.enable_tiling(4 * ratio, 4 * ratio, 3 * ratio, 3 * ratio)
        tiled = vae.decode(wide).sample
        vae.use_tiling = False
        io = dict(frames=frames, latents=latents, decoded=decoded, wide=wide, whole=whole, tiled=tiled)
        save(name, vae, **io)
        made.append(vae)
    return made


def unipc(**more):
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, num_train_timesteps=1000, flow_shift=3.0, **more
    )


def samplers():
    """Each sampler walks a path whose velocities depend on where it is, as a model's do."""
    io = {}
    start = torch.randn(1, 2, 2, 3, 3)
    target = torch.randn(1, 2, 2, 3, 3)
    for count in (1, 4, 20):
        for name, sampler in {
            "euler": FlowMatchEulerDiscreteScheduler(shift=3.0),
            "unipc": unipc(),
            "dpmpp": DPMSolverMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0, algorithm_type="dpmsolver++"
            ),
        }.items():
            sampler.set_timesteps(count)
            x, path = start, []
            for t in sampler.timesteps:
                velocity = torch.tanh(x) - target + t.float() / 1000 * x
                x = sampler.step(velocity, t, x).prev_sample
                path.append(x)
            io[f"{name}.{count}.sigmas"] = sampler.sigmas.float()
            io[f"{name}.{count}.timesteps"] = sampler.timesteps.float()
            io[f"{name}.{count}.path"] = torch.stack(path)
    write("samplers/io", start=start, target=target, **io)


def pipelines(t2v, vace, vae):
    size = dict(height=32, width=32, num_frames=9)
    embeds = dict(prompt_embeds=torch.randn(1, 7, 16), negative_prompt_embeds=torch.randn(1, 7, 16))
    common = dict(**size, **embeds, num_inference_steps=4, guidance_scale=3.0)
    names = dict(prompt=embeds["prompt_embeds"], negative=embeds["negative_prompt_embeds"])

    pipe = WanPipeline(tokenizer=None, text_encoder=None, vae=vae, scheduler=unipc(), transformer=t2v)
    pipe.set_progress_bar_config(disable=True)
    noise = torch.randn(1, 4, 3, 4, 4)
    latents = pipe(**common, latents=noise.clone(), output_type="latent").frames
    frames = pipe(**common, latents=noise.clone(), output_type="pt").frames
    write("pipelines/t2v", **names, noise=noise, latents=latents, frames=frames)

    pipe = WanVACEPipeline(tokenizer=None, text_encoder=None, vae=vae, scheduler=unipc(), transformer=vace)
    pipe.set_progress_bar_config(disable=True)
    video = torch.randint(0, 256, (9, 32, 32, 3), dtype=torch.uint8)
    mask = torch.zeros(9, 32, 32, 3, dtype=torch.uint8)
    mask[3:, :, 10:] = 255
    reference = torch.randint(0, 256, (32, 32, 3), dtype=torch.uint8)
    images = lambda t: [Image.fromarray(f.numpy()) for f in t]
    # One latent frame more: the reference picture goes before the film.
    noise = torch.randn(1, 4, 4, 4, 4)
    steering = dict(
        video=images(video), mask=images(mask), reference_images=images(reference[None]), conditioning_scale=0.8
    )
    latents = pipe(**common, **steering, latents=noise.clone(), output_type="latent").frames
    frames = pipe(**common, **steering, latents=noise.clone(), output_type="pt").frames
    io = dict(video=video, mask=mask, reference=reference, noise=noise, latents=latents, frames=frames)
    write("pipelines/vace", **names, **io)


def anew(t2v, vae):
    """V2V: a film is noised to the level of the second of four steps."""
    pipe = WanVideoToVideoPipeline(tokenizer=None, text_encoder=None, vae=vae, scheduler=unipc(), transformer=t2v)
    pipe.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(4)
    video = torch.randint(0, 256, (9, 32, 32, 3), dtype=torch.uint8, generator=generator)
    prompt, negative = (torch.randn(1, 7, 16, generator=generator) for _ in range(2))
    # The pipeline draws its noise itself; the same seed draws it once more.
    seeded = lambda: torch.Generator().manual_seed(5)
    noise = torch.randn(1, 4, 3, 4, 4, generator=seeded())
    common = dict(
        video=[Image.fromarray(f.numpy()) for f in video], height=32, width=32, num_inference_steps=4,
        guidance_scale=3.0, strength=0.8, prompt_embeds=prompt, negative_prompt_embeds=negative,
    )
    latents = pipe(**common, generator=seeded(), output_type="latent").frames
    frames = pipe(**common, generator=seeded(), output_type="pt").frames
    io = dict(video=video, prompt=prompt, negative=negative, noise=noise, latents=latents, frames=frames)
    write("pipelines/v2v", **io)


def first_frame(ti2v, vae):
    """Wan 2.2 TI2V: the first latent frame is given, and its timestep is 0."""
    pipe = WanImageToVideoPipeline(
        tokenizer=None, text_encoder=None, vae=vae, scheduler=unipc(), transformer=ti2v, expand_timesteps=True
    )
    pipe.set_progress_bar_config(disable=True)
    image = torch.randint(0, 256, (64, 64, 3), dtype=torch.uint8)
    prompt, negative, noise = torch.randn(1, 7, 16), torch.randn(1, 7, 16), torch.randn(1, 6, 3, 4, 4)
    latents = pipe(
        image=Image.fromarray(image.numpy()), height=64, width=64, num_frames=9, num_inference_steps=4,
        guidance_scale=3.0, prompt_embeds=prompt, negative_prompt_embeds=negative, latents=noise.clone(),
        output_type="latent",
    ).frames
    write("pipelines/i2v", image=image, prompt=prompt, negative=negative, noise=noise, latents=latents)


def names():
    """Pairs of an original name and diffusers' name for it, from diffusers' own converters."""
    original = []
    for block in ["blocks.0", "blocks.29", "vace_blocks.1"]:
        for attention in ["self_attn", "cross_attn"]:
            original += [f"{block}.{attention}.{p}.{w}" for p in "qkvo" for w in ("weight", "bias")]
            original += [f"{block}.{attention}.norm_{p}.weight" for p in "qk"]
        original += [f"{block}.{part}.{w}" for part in ("norm3", "ffn.0", "ffn.2") for w in ("weight", "bias")]
        original += [f"{block}.modulation"]
    original += ["vace_blocks.0.before_proj.weight", "vace_blocks.0.after_proj.bias", "vace_patch_embedding.weight"]
    original += [f"{e}.{w}" for e in ("time_embedding.0", "time_embedding.2", "text_embedding.0", "text_embedding.2",
                 "time_projection.1", "head.head", "patch_embedding") for w in ("weight", "bias")] + ["head.modulation"]
    rows = {"transformer": original}

    residual = ["residual.0.gamma", "residual.2.weight", "residual.2.bias", "residual.3.gamma", "residual.6.weight"]
    coder = []
    for side in ("encoder", "decoder"):
        coder += [f"{side}.middle.{i}.{r}" for i in (0, 2) for r in residual]
        coder += [f"{side}.middle.1.{p}" for p in ("norm.gamma", "to_qkv.weight", "proj.bias")]
        coder += [f"{side}.head.0.gamma", f"{side}.head.2.weight", f"{side}.conv1.weight"]
    coder += [f"encoder.downsamples.{i}.{r}" for i in (0, 1, 3, 10) for r in residual]
    coder += ["encoder.downsamples.3.shortcut.weight", "encoder.downsamples.5.resample.1.weight"]
    coder += ["encoder.downsamples.5.time_conv.weight", "conv1.weight", "conv2.bias"]
    coder += [f"decoder.upsamples.{i}.{r}" for i in (0, 2, 4, 9, 14) for r in residual]
    coder += ["decoder.upsamples.4.shortcut.weight", "decoder.upsamples.3.time_conv.bias"]
    coder += ["decoder.upsamples.11.resample.1.weight"]
    rows["autoencoder"] = coder
    converters = {"transformer": convert_wan_transformer_to_diffusers, "autoencoder": convert_wan_vae_to_diffusers}
    pairs = {}
    for family, keys in rows.items():
        # The tensors carry the position of their name through the conversion.
        converted = converters[family]({k: torch.tensor(i) for i, k in enumerate(keys)})
        pairs[family] = sorted((keys[int(v)], k) for k, v in converted.items())
    (HERE / "names.json").write_text(json.dumps(pairs, indent=1) + "\n")


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    with torch.no_grad():
        umt5()
        tokenizer()
        t2v, vace, ti2v = transformers()
        vae21, vae22 = autoencoders()
        samplers()
        pipelines(t2v, vace, vae21)
        names()
        first_frame(ti2v, vae22)
        anew(t2v, vae21)
        # Last, because it changes the model.
        lora(t2v)
    size = sum(f.stat().st_size for f in HERE.rglob("*") if f.is_file())
    print(f"{size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

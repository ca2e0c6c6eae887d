//! Each kernel beside candle's own way on the processor. Without a card, nothing is tested.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::ops;

use super::{
    Around, Convolution, add_bias, add_gated, attend, convolve, gelu_biased, norm_affine, norm_pixels,
    norm_turn,
};
use crate::{device, layers};

fn card() -> Option<Device> {
    device::devices().into_iter().find(Device::is_cuda)
}

/// Normal numbers, rounded as BF16 has them, on the processor in 32 bits and on the card in BF16.
fn numbers(shape: &[usize], card: &Device) -> Result<(Tensor, Tensor)> {
    let x = Tensor::randn(0f32, 1.0, shape, &Device::Cpu)?.to_dtype(DType::BF16)?;
    Ok((x.to_dtype(DType::F32)?, x.to_device(card)?))
}

#[track_caller]
fn assert_near(what: &str, found: &Tensor, wanted: &Tensor) {
    let largest = |t: &Tensor| -> f32 {
        t.abs().and_then(|t| t.flatten_all()?.max(0)?.to_scalar()).expect("there are numbers")
    };
    let found = found.to_device(&Device::Cpu).and_then(|t| t.to_dtype(DType::F32)).expect("it can be read");
    assert_eq!(found.dims(), wanted.dims(), "{what}");
    let error = largest(&(&found - wanted).expect("the shapes agree")) / largest(wanted);
    eprintln!("{what}: {error:.1e}");
    // A BF16 number has 8 bits: half of its last is 2e-3.
    assert!(error < 6e-3, "{what} is {error:.1e} off");
}

#[test]
fn attention_is_that_of_the_plain_way() -> Result<()> {
    let Some(card) = card() else { return Ok(()) };
    for (batch, heads, queries, keys) in [(1, 1, 128, 64), (2, 3, 200, 77), (1, 2, 1, 1), (1, 12, 513, 1000)]
    {
        let (q, q_card) = numbers(&[batch, queries, heads * 128], &card)?;
        let (k, k_card) = numbers(&[batch, keys, heads * 128], &card)?;
        let (v, v_card) = numbers(&[batch, keys, heads * 128], &card)?;
        let split = |x: &Tensor| x.reshape((batch, (), heads, 128))?.transpose(1, 2)?.contiguous();
        let wanted = layers::attend(&split(&q)?, &split(&k)?, &split(&v)?, 1.0 / 128f64.sqrt(), None)?;
        let wanted = wanted.transpose(1, 2)?.reshape((batch, queries, heads * 128))?;
        assert_near(
            &format!("attention of {queries} to {keys}"),
            &attend(&q_card, &k_card, &v_card)?,
            &wanted,
        );
    }
    Ok(())
}

#[test]
fn passes_between_products_are_those_of_the_plain_way() -> Result<()> {
    let Some(card) = card() else { return Ok(()) };
    let (batch, tokens, width, head, groups) = (2, 30, 1536, 128, 5);
    let (x, x_card) = numbers(&[batch, tokens, width], &card)?;
    let (y, y_card) = numbers(&[batch, tokens, width], &card)?;
    let (bias, bias_card) = numbers(&[width], &card)?;
    let (weight, weight_card) = numbers(&[width], &card)?;
    let table = Tensor::randn(0f32, 1.0, (batch, groups, 1, width), &Device::Cpu)?;
    let table_card = table.to_device(&card)?;
    let grouped = |x: &Tensor| x.reshape((batch, groups, tokens / groups, width));

    let one = Tensor::ones(width, DType::F32, &Device::Cpu)?;
    let normed = ops::layer_norm(&x, &one, &one.zeros_like()?, 1e-6)?;
    let wanted = grouped(&normed)?.broadcast_mul(&table)?.broadcast_add(&table)?.reshape(x.shape())?;
    assert_near("norm_affine", &norm_affine(&x_card, &table_card, &table_card, 1e-6)?, &wanted);
    let in_32 = norm_affine(&x_card.to_dtype(DType::F32)?, &table_card, &table_card, 1e-6)?;
    assert_near("norm_affine in 32 bits", &in_32, &wanted);

    let normed = ops::rms_norm(&x.broadcast_add(&bias)?, &weight, 1e-6)?;
    assert_near("norm_turn", &norm_turn(&x_card, &bias_card, &weight_card, None, 1e-6)?, &normed);
    let angles = Tensor::randn(0f32, 3.0, (tokens, head / 2), &Device::Cpu)?;
    let (cosines, sines) = (angles.cos()?, angles.sin()?);
    let heads = normed.reshape((batch, tokens, width / head, head))?.transpose(1, 2)?.contiguous()?;
    let turned =
        candle_nn::rotary_emb::rope_i(&heads, &cosines, &sines)?.transpose(1, 2)?.reshape(x.shape())?;
    let turns = Tensor::stack(&[&cosines, &sines], D::Minus1)?.to_device(&card)?;
    let found = norm_turn(&x_card, &bias_card, &weight_card, Some(&turns), 1e-6)?;
    assert_near("norm_turn with turns", &found, &turned);

    let wanted = (&x + grouped(&y.broadcast_add(&bias)?)?.broadcast_mul(&table)?.reshape(x.shape())?)?;
    assert_near("add_gated", &add_gated(&x_card, &y_card, &bias_card, Some(&table_card))?, &wanted);
    let wanted = (&x + y.broadcast_add(&bias)?)?;
    assert_near("add_gated without a gate", &add_gated(&x_card, &y_card, &bias_card, None)?, &wanted);
    assert_near("gelu", &gelu_biased(&x_card, &bias_card)?, &x.broadcast_add(&bias)?.gelu()?);
    assert_near("bias", &add_bias(&x_card, &bias_card)?, &x.broadcast_add(&bias)?);
    Ok(())
}

#[test]
fn convolutions_are_those_of_the_plain_way() -> Result<()> {
    let Some(card) = card() else { return Ok(()) };
    // Outputs, inputs, frames and side of the kernel; stride; twice as large.
    let cases = [
        (96, 96, 3, 3, 1, false),
        (192, 64, 1, 3, 1, true),
        (256, 16, 3, 1, 1, false),
        (3, 96, 3, 3, 1, false),
        (32, 3, 1, 3, 2, false),
    ];
    for (outputs, inputs, frames, side, stride, doubled) in cases {
        let what = format!("{inputs} to {outputs} by {frames} x {side}, stride {stride}, doubled {doubled}");
        let (kernel, kernel_card) = numbers(&[outputs, inputs, frames, side, side], &card)?;
        let (bias, bias_card) = numbers(&[outputs], &card)?;
        let (x, x_card) = numbers(&[3, inputs, 10, 14], &card)?;
        let (past, past_card) = numbers(&[frames - 1, inputs, 10, 14], &card)?;
        let padding = if stride == 1 { side / 2 } else { 0 };
        let seen = if frames > 1 { Tensor::cat(&[&past, &x], 0)? } else { x.clone() };
        let mut wanted: Option<Tensor> = None;
        for tap in 0..frames {
            let mut part = seen.narrow(0, tap, 3)?.contiguous()?;
            if doubled {
                part = part.upsample_nearest2d(20, 28)?;
            }
            if stride == 2 {
                part = part.pad_with_zeros(2, 0, 1)?.pad_with_zeros(3, 0, 1)?;
            }
            let flat = kernel.narrow(2, tap, 1)?.squeeze(2)?.contiguous()?;
            let part = part.conv2d(&flat, padding, stride, 1, 1)?;
            wanted = Some(wanted.map_or(Ok(part.clone()), |sum| sum + part)?);
        }
        let wanted = wanted.expect("a tap").broadcast_add(&bias.reshape((1, outputs, 1, 1))?)?;
        let with = Convolution::new(&kernel_card, &bias_card, padding, stride)?;
        let (beside, beside_card) = numbers(wanted.dims(), &card)?;
        let around = Around {
            past: (frames > 1).then_some(&past_card),
            before: frames - 1,
            doubled,
            ..Around::default()
        };
        assert_near(&what, &convolve(&x_card, &with, around)?, &wanted);
        let around = Around { beside: Some(&beside_card), ..around };
        assert_near(&format!("{what}, and beside"), &convolve(&x_card, &with, around)?, &(wanted + beside)?);
    }

    let (x, x_card) = numbers(&[2, 96, 5, 7], &card)?;
    let weight = Tensor::randn(0f32, 1.0, 96, &Device::Cpu)?;
    let length = x.sqr()?.sum_keepdim(1)?.sqrt()?;
    let wanted = x.broadcast_div(&length)?.broadcast_mul(&weight.reshape((1, 96, 1, 1))?)?;
    let weight = weight.to_device(&card)?;
    assert_near("norm_pixels", &norm_pixels(&x_card, &weight, false)?, &wanted);
    assert_near("norm_pixels and SiLU", &norm_pixels(&x_card, &weight, true)?, &wanted.silu()?);
    Ok(())
}

//! The autoencoders of Wan 2.1 and 2.2 against diffusers.

use crate::support::{Io, assert_near, config, devices, weights};
use candle_core::{Result, Tensor};
use neural::{
    autoencoder::wan::{Tiles, WanAutoencoder},
    weights::Family,
};

fn on_each_device(name: &str, check: impl Fn(&WanAutoencoder, &Io) -> Result<()>) -> Result<()> {
    for device in devices() {
        let weights = weights(name, Family::Autoencoder, &device);
        let model = WanAutoencoder::load(&weights, &config(name)).expect("it loads");
        check(&model, &Io::load(&format!("{name}/io"), &device))?;
    }
    Ok(())
}

#[test]
fn pictures_become_the_same_latents() -> Result<()> {
    for name in ["vae21", "vae22"] {
        on_each_device(name, |model, io| {
            assert_near(&format!("{name} encode"), &model.encode(&io.get("frames"))?, &io.get("latents"));
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn latents_become_the_same_pictures_a_few_at_a_time() -> Result<()> {
    for name in ["vae21", "vae22"] {
        on_each_device(name, |model, io| {
            let mut parts: Vec<Tensor> = Vec::new();
            model.decode_each(&io.get("latents"), std::convert::identity, |frames| {
                parts.push(frames);
                Ok(())
            })?;
            let lengths: Vec<usize> = parts.iter().map(|p| p.dim(2)).collect::<Result<_>>()?;
            assert_eq!(lengths, [1, 4, 4]);
            assert_near(&format!("{name} decode"), &Tensor::cat(&parts, 2)?, &io.get("decoded"));
            assert_near(&format!("{name} decode, wide"), &model.decode(&io.get("wide"))?, &io.get("whole"));
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn tiles_are_cut_and_blended_the_same() -> Result<()> {
    for name in ["vae21", "vae22"] {
        on_each_device(name, |model, io| {
            let tiled = model.decode_tiled(&io.get("wide"), Tiles { side: 4, stride: 3 })?;
            assert_near(&format!("{name} decode in tiles"), &tiled, &io.get("tiled"));
            let one = model.decode_tiled(&io.get("wide"), Tiles { side: 6, stride: 6 })?;
            assert_near(&format!("{name} decode in one tile"), &one, &io.get("whole"));
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn normalised_latents_come_back() -> Result<()> {
    on_each_device("vae21", |model, io| {
        let latents = io.get("latents");
        let there = model.normalise(&latents)?;
        assert!(crate::support::error(&there, &latents) > 0.1);
        assert_near("vae21 normalise and back", &model.denormalise(&there)?, &latents);
        Ok(())
    })
}

#[test]
fn what_cannot_be_encoded_is_an_error() -> Result<()> {
    on_each_device("vae21", |model, io| {
        let frames = io.get("frames");
        assert!(model.encode(&frames.narrow(2, 0, 8)?).is_err(), "not 4n + 1 frames");
        assert!(model.encode(&frames.narrow(3, 0, 12)?).is_err(), "not a multiple of 8 pixels");
        assert!(
            model.decode_tiled(&io.get("wide"), Tiles { side: 2, stride: 3 }).is_err(),
            "tiles with gaps"
        );
        Ok(())
    })
}

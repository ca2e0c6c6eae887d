//! Whole pipelines, from encoded words to frames in four steps with guidance, against diffusers.

use std::sync::{Arc, Mutex};

use candle_core::{DType, Device, Result, Tensor};
use film::{CancelToken, Watch};
use neural::{
    autoencoder::wan::WanAutoencoder,
    pipeline::{ControlVideo, Original, PipelineError, Request, WanPipeline},
    sampler::{Levels, Method},
    transformer::wan::WanTransformer,
    weights::Family,
};

use crate::support::{Io, TOLERANCE, assert_near, config, devices, error, weights};

fn pipeline(transformer: &str, device: &Device) -> WanPipeline {
    pipeline_with(transformer, "vae21", device)
}

fn pipeline_with(transformer: &str, autoencoder: &str, device: &Device) -> WanPipeline {
    let weights_of = |name, family| weights(name, family, device);
    WanPipeline::new(
        WanTransformer::load(&weights_of(transformer, Family::Transformer), &config(transformer))
            .expect("it loads"),
        WanAutoencoder::load(&weights_of(autoencoder, Family::Autoencoder), &config(autoencoder))
            .expect("it loads"),
        DType::F32,
    )
}

fn request<'a>(prompt: &'a Tensor, negative: &'a Tensor, control: Option<&'a ControlVideo>) -> Request<'a> {
    Request {
        width: 32,
        height: 32,
        frames: 9,
        prompt,
        negative: Some(negative),
        guidance: 3.0,
        method: Method::UniPc,
        levels: Levels::Shifted { steps: 4, shift: 3.0 },
        seed: 1,
        first_frame: None,
        control,
        original: None,
        tiles: None,
    }
}

fn check(name: &str, pipeline: &WanPipeline, request: &Request<'_>, io: &Io) -> Result<()> {
    let latents = pipeline.denoise(request, io.get("noise"), &Watch::unwatched()).expect("it runs");
    // diffusers leaves those of the reference pictures in.
    let all = io.get("latents");
    let wanted = all.narrow(2, all.dim(2)? - latents.dim(2)?, latents.dim(2)?)?;
    assert_near(&format!("{name} pipeline, latents"), &latents, &wanted);
    let frames = pipeline.decode(&latents, None).expect("it decodes");
    let frames = frames.transpose(1, 2)?.affine(0.5, 0.5)?;
    assert_near(&format!("{name} pipeline, frames"), &frames, &io.get("frames"));
    Ok(())
}

#[test]
fn t2v_makes_the_same_frames() -> Result<()> {
    for device in devices() {
        let io = Io::load("pipelines/t2v", &device);
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        check("T2V", &pipeline("wan_t2v", &device), &request(&prompt, &negative, None), &io)?;
    }
    Ok(())
}

/// Bytes of pictures `[frames, height, width, 3]` to `[1, 3, frames, height, width]`, 0 to 1.
fn film(bytes: &Tensor) -> Result<Tensor> {
    bytes.to_dtype(DType::F32)?.permute((3, 0, 1, 2))?.unsqueeze(0)? / 255.0
}

#[test]
fn vace_makes_the_same_frames() -> Result<()> {
    for device in devices() {
        let io = Io::load("pipelines/vace", &device);
        let control = ControlVideo {
            video: film(&io.get("video"))?.affine(2.0, -1.0)?,
            mask: film(&io.get("mask"))?.narrow(1, 0, 1)?,
            references: vec![film(&io.get("reference").unsqueeze(0)?)?.affine(2.0, -1.0)?],
            strength: 0.8,
        };
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        check("VACE", &pipeline("wan_vace", &device), &request(&prompt, &negative, Some(&control)), &io)?;
    }
    Ok(())
}

#[test]
fn ti2v_goes_on_from_the_first_frame() -> Result<()> {
    for device in devices() {
        let io = Io::load("pipelines/i2v", &device);
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        let first = film(&io.get("image").unsqueeze(0)?)?.affine(2.0, -1.0)?;
        let mut request = request(&prompt, &negative, None);
        (request.width, request.height, request.first_frame) = (64, 64, Some(&first));
        let pipeline = pipeline_with("wan_ti2v", "vae22", &device);
        let latents = pipeline.denoise(&request, io.get("noise"), &Watch::unwatched()).expect("it runs");
        assert_near("TI2V pipeline from a first frame, latents", &latents, &io.get("latents"));
        request.width = 32;
        assert!(matches!(pipeline.noise(&request), Err(PipelineError::Request(_))), "of another size");
    }
    Ok(())
}

#[test]
fn v2v_makes_the_same_frames() -> Result<()> {
    for device in devices() {
        let io = Io::load("pipelines/v2v", &device);
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        let video = film(&io.get("video"))?.affine(2.0, -1.0)?;
        let pipeline = pipeline("wan_t2v", &device);
        let mut request = request(&prompt, &negative, None);
        request.original = Some(Original { video: &video, strength: 0.8 });
        // Three of the four steps are made.
        check("V2V", &pipeline, &request, &io)?;
    }
    Ok(())
}

/// None of the steps leaves the film as it is, all of them next to nothing of it.
#[test]
fn strength_is_what_becomes_new_of_a_film() -> Result<()> {
    for device in devices() {
        let io = Io::load("pipelines/v2v", &device);
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        let video = film(&io.get("video"))?.affine(2.0, -1.0)?;
        let pipeline = pipeline("wan_t2v", &device);
        let mut request = request(&prompt, &negative, None);
        let noise = pipeline.noise(&request).expect("it is possible");
        let run = |request: &Request<'_>| {
            pipeline.denoise(request, noise.clone(), &Watch::unwatched()).expect("it runs")
        };
        let from_noise = run(&request);
        let mut at = |strength| {
            request.original = Some(Original { video: &video, strength });
            run(&request)
        };
        let kept = {
            let model =
                WanAutoencoder::load(&weights("vae21", Family::Autoencoder, &device), &config("vae21"))
                    .expect("it loads");
            model.normalise(&model.encode(&video)?)?
        };
        assert_near("V2V of strength 0", &at(0.0), &kept);
        assert_near("V2V of strength 1", &at(1.0), &from_noise);
        let (little, much) = (error(&at(0.25), &kept), error(&at(0.75), &kept));
        assert!(TOLERANCE < little && little < much, "{little} of the film is new, then {much}");
    }
    Ok(())
}

/// Each step shows the film as it is foreseen, and nearer and nearer to what comes out.
#[test]
fn every_step_shows_a_sketch() -> Result<()> {
    for device in devices() {
        for (transformer, autoencoder, size) in [("wan_t2v", "vae21", 64), ("wan_ti2v", "vae22", 128)] {
            let io = Io::load("pipelines/v2v", &device);
            let prompt = io.get("prompt");
            let pipeline = pipeline_with(transformer, autoencoder, &device);
            // The left half is red, the right half is blue.
            let colour = |rgb: [f32; 3]| {
                Tensor::new(&rgb, &device)?.reshape((1, 3, 1, 1, 1))?.broadcast_as((1, 3, 9, size, size / 2))
            };
            let video = Tensor::cat(&[colour([1.0, -1.0, -1.0])?, colour([-1.0, -1.0, 1.0])?], 4)?;
            let seen = Arc::new(Mutex::new(Vec::new()));
            let log = seen.clone();
            let watch = Watch::unwatched().with_sketches(move |f| log.lock().expect("no panic").push(f));
            let mut request = request(&prompt, &prompt, None);
            (request.width, request.height, request.guidance) = (size, size, 1.0);
            (request.method, request.levels) = (Method::Euler, Levels::Shifted { steps: 100, shift: 1.0 });
            request.original = Some(Original { video: &video, strength: 0.03 });
            let noise = pipeline.noise(&request).expect("it is possible");
            let watched = pipeline.denoise(&request, noise.clone(), &watch).expect("it runs");
            let unwatched = pipeline.denoise(&request, noise, &Watch::unwatched()).expect("it runs");
            assert!(error(&watched, &unwatched) < f32::MIN_POSITIVE, "looking changes nothing");
            let sketches = seen.lock().expect("no panic");
            assert_eq!(sketches.len(), 3);
            let last = &sketches[2];
            assert_eq!([last.width, last.height], [8, 8]);
            let mean = |columns: std::ops::Range<usize>, channel: usize| {
                let pixels =
                    last.rgba.chunks_exact(4).enumerate().filter(|(i, _)| columns.contains(&(i % 8)));
                pixels.map(|(_, pixel)| f32::from(pixel[channel])).sum::<f32>() / 24.0
            };
            let apart = [mean(0..3, 0) - mean(5..8, 0), mean(5..8, 2) - mean(0..3, 2)];
            // Little of a colour comes through weights that mean nothing.
            eprintln!("{autoencoder}: red and blue are {apart:?} levels apart");
            assert!(apart.iter().all(|&levels| levels > 4.0), "{autoencoder}: {apart:?}");
        }
    }
    Ok(())
}

#[test]
fn a_run_is_repeatable_watched_and_cancelled() {
    for device in devices() {
        let io = Io::load("pipelines/t2v", &device);
        let (prompt, negative) = (io.get("prompt"), io.get("negative"));
        let pipeline = pipeline("wan_t2v", &device);
        let mut request = request(&prompt, &negative, None);
        request.method = Method::Renoise;
        let bits = |request: &Request<'_>, watch: &Watch| -> Vec<f32> {
            let film = pipeline.run(request, watch).expect("it runs");
            assert_eq!(film.dims(), [1, 3, 9, 32, 32]);
            film.flatten_all().and_then(|f| f.to_vec1()).expect("there are frames")
        };
        let steps = Arc::new(Mutex::new(Vec::new()));
        let log = steps.clone();
        let watch = Watch::new(CancelToken::default(), move |p| {
            log.lock().expect("no panic").push((p.done, p.total));
        });
        let once = bits(&request, &watch);
        assert_eq!(*steps.lock().expect("no panic"), [(1, 4), (2, 4), (3, 4), (4, 4)]);
        assert_eq!(once, bits(&request, &Watch::unwatched()));
        request.seed = 2;
        assert_ne!(once, bits(&request, &Watch::unwatched()));

        let cancel = CancelToken::default();
        let token = cancel.clone();
        let watch = Watch::new(cancel, move |p| {
            if p.done == 2 {
                token.cancel();
            }
        });
        assert!(matches!(pipeline.run(&request, &watch), Err(PipelineError::Cancelled(_))));
    }
}

#[test]
fn what_a_model_cannot_make_is_refused() -> Result<()> {
    let io = Io::load("pipelines/t2v", &Device::Cpu);
    let (prompt, negative) = (io.get("prompt"), io.get("negative"));
    let pipeline = pipeline("wan_t2v", &Device::Cpu);
    let refused = |change: &dyn Fn(&mut Request<'_>)| {
        let mut request = request(&prompt, &negative, None);
        change(&mut request);
        matches!(pipeline.run(&request, &Watch::unwatched()), Err(PipelineError::Request(_)))
    };
    assert!(refused(&|r| r.width = 40) && refused(&|r| r.height = 0) && refused(&|r| r.frames = 8));
    let film = Tensor::zeros((1, 3, 9, 32, 32), DType::F32, &Device::Cpu)?;
    let control =
        ControlVideo { mask: film.narrow(1, 0, 1)?, video: film, references: Vec::new(), strength: 1.0 };
    let mut steered = request(&prompt, &negative, None);
    steered.control = Some(&control);
    assert!(matches!(pipeline.run(&steered, &Watch::unwatched()), Err(PipelineError::Request(_))));
    let video = Tensor::zeros((1, 3, 9, 32, 32), DType::F32, &Device::Cpu)?;
    let short = video.narrow(2, 0, 5)?;
    for (video, strength) in [(&video, 1.1), (&video, f64::NAN), (&short, 0.5)] {
        let mut anew = request(&prompt, &negative, None);
        anew.original = Some(Original { video, strength });
        let made = pipeline.run(&anew, &Watch::unwatched());
        assert!(matches!(made, Err(PipelineError::Request(_))), "strength {strength} of {:?}", video.dims());
    }
    Ok(())
}

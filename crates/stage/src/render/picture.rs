//! What a picture of one size is drawn into, and how it comes back.

use super::gpu::{AUX, DEPTH, Gpu, LIGHT, PICTURE, bind, target, view};
use super::uniforms::PostUniform;
use film::Frame;

/// Textures, bind groups and read-back buffers for one size of picture.
pub(crate) struct Picture {
    /// Size of the result.
    pub size: (u32, u32),
    /// Size of what is rendered: the result's, or twice that.
    pub inner: (u32, u32),
    /// Pixels of the result along each side of a pixel of the blur.
    pub effects: u32,
    pub light: wgpu::TextureView,
    pub aux: wgpu::TextureView,
    pub depth: wgpu::TextureView,
    pub mirror: [wgpu::TextureView; 3],
    pub half: wgpu::TextureView,
    pub blurred: wgpu::TextureView,
    pub bright: wgpu::TextureView,
    pub spread: wgpu::TextureView,
    pub developed: wgpu::TextureView,
    pub finished: wgpu::TextureView,
    pub picked: Option<wgpu::TextureView>,
    finished_texture: wgpu::Texture,
    aux_texture: wgpu::Texture,
    pub post: wgpu::Buffer,
    pub groups: Groups,
    slots: Vec<Slot>,
}

/// Bind groups of the passes after the scene.
pub(crate) struct Groups {
    pub half: wgpu::BindGroup,
    pub blur: wgpu::BindGroup,
    pub bright: wgpu::BindGroup,
    pub spread: wgpu::BindGroup,
    pub develop: wgpu::BindGroup,
    pub finish: wgpu::BindGroup,
}

/// Buffers that one frame comes back in.
struct Slot {
    rgba: wgpu::Buffer,
    aux: wgpu::Buffer,
    mapped: std::sync::Arc<std::sync::atomic::AtomicU8>,
}

fn padded(bytes: u32) -> u32 {
    bytes.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT)
}

impl Picture {
    pub(crate) fn new(gpu: &Gpu, size: (u32, u32), scale: u32, effects: u32) -> Self {
        let (w, h) = size;
        let inner = (w * scale, h * scale);
        let device = &gpu.device;
        let make = |label, format, size| target(device, label, format, size, 1, 1);
        let light = view(&make("light", LIGHT, inner));
        let aux_texture = make("depth in metres and owner", AUX, inner);
        let aux = view(&aux_texture);
        let depth = view(&make("depth", DEPTH, inner));
        let mirrored = ((w / 2).max(1), (h / 2).max(1));
        let mirror = [
            view(&make("mirror", LIGHT, mirrored)),
            view(&make("mirror aux", AUX, mirrored)),
            view(&make("mirror depth", DEPTH, mirrored)),
        ];
        let halved = (w.div_ceil(effects), h.div_ceil(effects));
        let (half, blurred) = (view(&make("half", LIGHT, halved)), view(&make("blurred", LIGHT, halved)));
        let small = (w.div_ceil(8), h.div_ceil(8));
        let (bright, spread) = (view(&make("bright", LIGHT, small)), view(&make("spread", LIGHT, small)));
        let developed = view(&make("developed", PICTURE, size));
        let finished_texture = make("finished", PICTURE, size);
        let finished = view(&finished_texture);
        let (aux_out, picked) = if scale > 1 {
            let texture = make("picked", AUX, size);
            let v = view(&texture);
            (texture, Some(v))
        } else {
            (aux_texture, None)
        };
        let post = gpu.uniform::<PostUniform>("post");
        let group = |main: &wgpu::TextureView, extra: &wgpu::TextureView, extra2: &wgpu::TextureView| {
            let texture = wgpu::BindingResource::TextureView;
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("post"),
                layout: &gpu.post,
                entries: &[
                    bind(0, post.as_entire_binding()),
                    bind(1, texture(main)),
                    bind(2, texture(&aux)),
                    bind(3, wgpu::BindingResource::Sampler(&gpu.edge)),
                    bind(4, texture(extra)),
                    bind(5, texture(extra2)),
                ],
            })
        };
        let groups = Groups {
            half: group(&light, &light, &light),
            blur: group(&half, &half, &half),
            bright: group(&half, &half, &half),
            spread: group(&bright, &bright, &bright),
            develop: group(&light, &blurred, &spread),
            finish: group(&developed, &developed, &developed),
        };
        let slots = (0..2)
            .map(|_| {
                let buffer = |bytes_per_row: u32| {
                    device.create_buffer(&wgpu::BufferDescriptor {
                        label: Some("read back"),
                        size: u64::from(padded(bytes_per_row)) * u64::from(h),
                        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                        mapped_at_creation: false,
                    })
                };
                Slot { rgba: buffer(w * 4), aux: buffer(w * 8), mapped: std::sync::Arc::default() }
            })
            .collect();
        Self {
            size,
            inner,
            effects,
            light,
            aux,
            depth,
            mirror,
            half,
            blurred,
            bright,
            spread,
            developed,
            finished,
            picked,
            finished_texture,
            aux_texture: aux_out,
            post,
            groups,
            slots,
        }
    }

    /// Copies the finished picture into a slot's buffers at the end of a frame.
    pub(crate) fn copy_out(&self, encoder: &mut wgpu::CommandEncoder, slot: usize) {
        let (w, h) = self.size;
        let slot = &self.slots[slot];
        for (texture, buffer, row) in
            [(&self.finished_texture, &slot.rgba, w * 4), (&self.aux_texture, &slot.aux, w * 8)]
        {
            encoder.copy_texture_to_buffer(
                texture.as_image_copy(),
                wgpu::TexelCopyBufferInfo {
                    buffer,
                    layout: wgpu::TexelCopyBufferLayout {
                        offset: 0,
                        bytes_per_row: Some(padded(row)),
                        rows_per_image: None,
                    },
                },
                wgpu::Extent3d { width: w, height: h, depth_or_array_layers: 1 },
            );
        }
    }

    /// Asks for a slot's buffers; call after submitting the frame.
    pub(crate) fn begin_read(&self, slot: usize) {
        use std::sync::atomic::Ordering;
        let slot = &self.slots[slot];
        slot.mapped.store(0, Ordering::SeqCst);
        for buffer in [&slot.rgba, &slot.aux] {
            let mapped = slot.mapped.clone();
            buffer.map_async(wgpu::MapMode::Read, .., move |result| {
                mapped.fetch_add(if result.is_ok() { 1 } else { 16 }, Ordering::SeqCst);
            });
        }
    }

    /// Waits for a slot's frame and takes it.
    pub(crate) fn finish_read(&self, gpu: &Gpu, slot: usize, index: u32) -> Result<Frame, String> {
        use std::sync::atomic::Ordering;
        let slot = &self.slots[slot];
        while slot.mapped.load(Ordering::SeqCst) < 2 {
            gpu.device
                .poll(wgpu::PollType::Wait { submission_index: None, timeout: None })
                .map_err(|e| e.to_string())?;
        }
        if slot.mapped.load(Ordering::SeqCst) != 2 {
            return Err("the picture could not be read back".into());
        }
        let (w, h) = self.size;
        let rows = |buffer: &wgpu::Buffer, row: usize| -> Result<Vec<u8>, String> {
            let bytes = buffer.get_mapped_range(..).map_err(|e| e.to_string())?;
            let mut out = Vec::with_capacity(row * h as usize);
            for line in bytes.chunks_exact(padded(row as u32) as usize) {
                out.extend_from_slice(&line[..row]);
            }
            Ok(out)
        };
        let rgba = rows(&slot.rgba, w as usize * 4)?;
        let aux = rows(&slot.aux, w as usize * 8)?;
        slot.rgba.unmap();
        slot.aux.unmap();
        let pixels = (w * h) as usize;
        let (mut depth, mut mask) = (Vec::with_capacity(pixels), Vec::with_capacity(pixels));
        for pixel in aux.chunks_exact(8) {
            let metres = f32::from_le_bytes([pixel[0], pixel[1], pixel[2], pixel[3]]);
            let owner = f32::from_le_bytes([pixel[4], pixel[5], pixel[6], pixel[7]]);
            depth.push(if metres > 1e6 { f32::INFINITY } else { metres });
            mask.push(owner as u8);
        }
        Ok(Frame { index, width: w, height: h, rgba, depth: Some(depth), mask: Some(mask) })
    }
}

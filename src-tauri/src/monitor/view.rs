//! What the monitor's window shows, from the news of its worker. Knows no threads, so that tests can look at it.

use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Key, Pos2, Rect, Sense, TextureHandle, TextureOptions, Ui,
    Vec2, pos2, vec2,
};
use film::Frame;

use super::scopes::{self, Trace};
use super::worker::News;

const BACKGROUND: Color32 = Color32::from_gray(15);
const PLATE: Color32 = Color32::from_black_alpha(204);
const TEXT: Color32 = Color32::from_gray(225);
const FAINT: Color32 = Color32::from_gray(150);
const BAR_HEIGHT: f32 = 30.0;
const LARGEST_ZOOM: f32 = 16.0;

/// Which scope lies over the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Scope {
    #[default]
    None,
    Waveform,
    Vectorscope,
    Histogram,
}

impl Scope {
    const ALL: [(Self, &str); 4] = [
        (Self::None, "No scope"),
        (Self::Waveform, "Waveform"),
        (Self::Vectorscope, "Vectorscope"),
        (Self::Histogram, "Histogram"),
    ];
}

struct Picture {
    frame: std::sync::Arc<Frame>,
    texture: Option<TextureHandle>,
    scope: Option<(Scope, Drawn)>,
    caption: String,
}

/// A scope, ready to be painted.
enum Drawn {
    Image(TextureHandle),
    Counts(Box<[[u32; 256]; 4]>),
}

/// The window's content.
#[derive(Default)]
pub(super) struct View {
    picture: Option<Picture>,
    trouble: Option<(String, Option<String>)>,
    scope: Scope,
    /// Pixels of the picture on one point of the window; fitted when absent.
    zoom: Option<f32>,
    /// Where the middle of the picture is, in points from the middle of the window.
    pan: Vec2,
    full_screen: bool,
}

impl View {
    /// Takes over what the worker says. A picture stays until the next one is there.
    pub(super) fn show(&mut self, news: News) {
        match news {
            News::Picture { frame, caption, took } => {
                let caption = format!(
                    "{caption}  {} × {}  {:.0} ms",
                    frame.width,
                    frame.height,
                    took.as_secs_f64() * 1000.0
                );
                self.trouble = None;
                self.picture = Some(Picture { frame, texture: None, scope: None, caption });
            }
            News::Trouble { what, hint } => self.trouble = Some((what, hint)),
        }
    }

    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let all = ui.max_rect();
        ui.painter().rect_filled(all, 0.0, BACKGROUND);
        let bar = Rect::from_min_max(all.min, pos2(all.right(), all.top() + BAR_HEIGHT));
        let stage = Rect::from_min_max(pos2(all.left(), bar.bottom()), all.max);
        self.keys(ui);
        self.paint_picture(ui, stage);
        self.paint_scope(ui, stage);
        self.bar(ui, bar);
        if let Some((what, hint)) = &self.trouble {
            let text = hint.as_ref().map_or_else(|| what.clone(), |hint| format!("{what}\n{hint}"));
            label(ui, stage.center_bottom() - vec2(0.0, 16.0), Align2::CENTER_BOTTOM, &text);
        } else if self.picture.is_none() {
            label(ui, stage.center(), Align2::CENTER_CENTER, "Drawing the picture under the playhead…");
        }
    }

    fn keys(&mut self, ui: &Ui) {
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::F) {
            self.full_screen = !self.full_screen;
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Fullscreen(self.full_screen));
        }
        if pressed(Key::Escape) && self.full_screen {
            self.full_screen = false;
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Fullscreen(false));
        }
        if pressed(Key::Num0) {
            (self.zoom, self.pan) = (None, Vec2::ZERO);
        }
        if pressed(Key::Num1) {
            (self.zoom, self.pan) = (Some(1.0), Vec2::ZERO);
        }
        if pressed(Key::S) {
            let at = Scope::ALL.iter().position(|(scope, _)| *scope == self.scope).unwrap_or(0);
            self.scope = Scope::ALL[(at + 1) % Scope::ALL.len()].0;
        }
        if pressed(Key::M) {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn bar(&mut self, ui: &mut Ui, bar: Rect) {
        let inner = bar.shrink2(vec2(12.0, 3.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
            ui.horizontal_centered(|ui| {
                let caption = self.picture.as_ref().map_or("", |picture| picture.caption.as_str());
                ui.colored_label(TEXT, caption);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let zoom =
                        self.zoom.map_or_else(|| "Fit".to_owned(), |zoom| format!("{:.0}%", zoom * 100.0));
                    if ui
                        .button(zoom)
                        .on_hover_text("0 fits the window, 1 shows every pixel; scroll to zoom")
                        .clicked()
                    {
                        self.zoom = if self.zoom.is_some() { None } else { Some(1.0) };
                        self.pan = Vec2::ZERO;
                    }
                    let chosen = Scope::ALL
                        .iter()
                        .find(|(scope, _)| *scope == self.scope)
                        .map_or("", |(_, name)| name);
                    egui::ComboBox::from_id_salt("scope").selected_text(chosen).show_ui(ui, |ui| {
                        for (scope, name) in Scope::ALL {
                            ui.selectable_value(&mut self.scope, scope, name);
                        }
                    });
                });
            });
        });
    }

    fn paint_picture(&mut self, ui: &mut Ui, stage: Rect) {
        let response = ui.allocate_rect(stage, Sense::click_and_drag());
        let Some(picture) = &mut self.picture else { return };
        let points = ui.ctx().pixels_per_point();
        let size = vec2(picture.frame.width as f32, picture.frame.height as f32) / points;
        let fit = (stage.width() / size.x).min(stage.height() / size.y);
        if response.dragged() {
            self.pan += response.drag_delta();
        }
        let scroll = ui.input(|input| input.smooth_scroll_delta.y);
        if response.hovered() && scroll != 0.0 {
            let before = self.zoom.unwrap_or(fit);
            let after = (before * (scroll * 0.004).exp()).clamp(fit.min(1.0) * 0.5, LARGEST_ZOOM);
            // The point under the pointer stays there.
            let pointer = ui.input(|input| input.pointer.hover_pos()).unwrap_or(stage.center());
            let from = pointer - stage.center() - self.pan;
            self.pan -= from * (after / before - 1.0);
            self.zoom = Some(after);
        }
        if response.double_clicked() {
            (self.zoom, self.pan) = (None, Vec2::ZERO);
        }
        let scale = self.zoom.unwrap_or(fit);
        let pan = if self.zoom.is_some() { self.pan } else { Vec2::ZERO };
        let rect = Rect::from_center_size(stage.center() + pan, size * scale);
        let texture = picture.texture.get_or_insert_with(|| {
            let size = [picture.frame.width as usize, picture.frame.height as usize];
            let image = ColorImage::from_rgba_unmultiplied(size, &picture.frame.rgba);
            // Enlarged pixels stay pixels, so that one can count them.
            let options =
                TextureOptions { magnification: egui::TextureFilter::Nearest, ..TextureOptions::LINEAR };
            ui.ctx().load_texture("picture", image, options)
        });
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter().with_clip_rect(stage).image(texture.id(), rect, whole, Color32::WHITE);
    }

    fn paint_scope(&mut self, ui: &mut Ui, stage: Rect) {
        let (scope, Some(picture)) = (self.scope, &mut self.picture) else { return };
        if scope == Scope::None {
            return;
        }
        if picture.scope.as_ref().is_none_or(|(drawn, _)| *drawn != scope) {
            let (rgba, width) = (&picture.frame.rgba, picture.frame.width as usize);
            let image = |trace: Trace| {
                Drawn::Image(ui.ctx().load_texture("scope", glow(&trace), TextureOptions::LINEAR))
            };
            let drawn = match scope {
                Scope::Waveform => image(scopes::waveform(rgba, width)),
                Scope::Vectorscope => image(scopes::vectorscope(rgba)),
                Scope::Histogram | Scope::None => Drawn::Counts(Box::new(scopes::histogram(rgba))),
            };
            picture.scope = Some((scope, drawn));
        }
        let size = if scope == Scope::Vectorscope { vec2(240.0, 240.0) } else { vec2(400.0, 180.0) };
        let rect = Rect::from_min_size(stage.right_bottom() - size - vec2(16.0, 16.0), size);
        let painter = ui.painter();
        painter.rect_filled(rect, 0.0, PLATE);
        match &picture.scope {
            Some((_, Drawn::Image(texture))) => {
                let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
                painter.image(texture.id(), rect.shrink(8.0), whole, Color32::WHITE);
            }
            Some((_, Drawn::Counts(counts))) => paint_histogram(painter, rect.shrink(8.0), counts),
            None => {}
        }
        let name = Scope::ALL.iter().find(|(one, _)| *one == scope).map_or("", |(_, name)| name);
        painter.text(rect.min + vec2(8.0, 6.0), Align2::LEFT_TOP, name, FontId::proportional(11.0), FAINT);
    }
}

/// A trace as light on black.
fn glow(trace: &Trace) -> ColorImage {
    let pixels = trace.values.iter().map(|value| Color32::from_white_alpha(*value)).collect();
    ColorImage::new(trace.size, pixels)
}

fn paint_histogram(painter: &egui::Painter, rect: Rect, counts: &[[u32; 256]; 4]) {
    let colours = [
        Color32::from_rgb(214, 84, 84),
        Color32::from_rgb(96, 190, 96),
        Color32::from_rgb(92, 128, 220),
        Color32::from_gray(220),
    ];
    for (counts, colour) in counts.iter().zip(colours) {
        // The ends may hold a clipped sky: they do not set the scale.
        let most = counts[1..255].iter().copied().max().unwrap_or(0).max(1) as f32;
        let points = counts.iter().enumerate().map(|(value, count)| {
            let x = rect.left() + rect.width() * value as f32 / 255.0;
            pos2(x, rect.bottom() - rect.height() * (*count as f32 / most).min(1.0))
        });
        painter.line(points.collect(), egui::Stroke::new(1.0, colour));
    }
}

/// Text on a plate.
fn label(ui: &Ui, at: Pos2, anchor: Align2, text: &str) {
    let galley = ui.painter().layout(text.to_owned(), FontId::proportional(13.0), TEXT, 560.0);
    let rect = anchor.anchor_size(at, galley.size());
    ui.painter().rect_filled(rect.expand2(vec2(12.0, 8.0)), 0.0, PLATE);
    ui.painter().galley(rect.min, galley, TEXT);
}

//! What the monitor's window shows, from the news of its worker. Knows no threads, so that tests can look at it.

use std::collections::VecDeque;
use std::time::Instant;

use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Key, Pos2, Rect, Sense, TextureHandle, TextureOptions, Ui,
    Vec2, pos2, vec2,
};
use film::Frame;

use super::scopes::{self, Trace};
use super::worker::{Around, News};

const BACKGROUND: Color32 = Color32::from_gray(15);
const PLATE: Color32 = Color32::from_black_alpha(204);
const TEXT: Color32 = Color32::from_gray(225);
const FAINT: Color32 = Color32::from_gray(150);
const GRATICULE: Color32 = Color32::from_gray(70);
const BAR_HEIGHT: f32 = 30.0;
const LARGEST_ZOOM: f32 = 16.0;
/// Pictures over which the rate is measured.
const RATE_OVER: usize = 25;

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
    around: Around,
    playing: bool,
    toggled: bool,
    /// When the last pictures came, while it plays.
    came: VecDeque<Instant>,
}

impl View {
    /// Takes over whether the film plays.
    pub(super) fn plays(&mut self, playing: bool) {
        if self.playing != playing {
            self.came.clear();
        }
        self.playing = playing;
    }

    /// Whether playing is to begin or to stop; asked once.
    pub(super) fn toggled(&mut self) -> bool {
        std::mem::take(&mut self.toggled)
    }

    /// Pictures a second that were shown of late; `None` until there are some.
    fn rate(&self) -> Option<f64> {
        let span = self.came.back()?.duration_since(*self.came.front()?).as_secs_f64();
        (self.came.len() > 2 && span > 0.0).then(|| (self.came.len() - 1) as f64 / span)
    }

    /// From where the picture is to be seen.
    pub(super) fn around(&self) -> Around {
        self.around
    }

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
                if self.playing {
                    self.came.push_back(Instant::now());
                    if self.came.len() > RATE_OVER {
                        self.came.pop_front();
                    }
                }
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
        if pressed(Key::Space) {
            self.toggled = true;
        }
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
        if pressed(Key::C) {
            self.around = Around::default();
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
                if self.playing {
                    let rate =
                        self.rate().map_or_else(String::new, |rate| format!(", {rate:.1} pictures a second"));
                    ui.colored_label(FAINT, format!("playing{rate}  (Space: stop)"));
                }
                if self.around != Around::default() {
                    let Around { orbit, elevation } = self.around;
                    ui.colored_label(
                        FAINT,
                        format!("camera turned {orbit:+.0}°, raised {elevation:+.0}°  (C: back)"),
                    );
                }
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
                    let scopes =
                        egui::ComboBox::from_id_salt("scope").selected_text(chosen).show_ui(ui, |ui| {
                            for (scope, name) in Scope::ALL {
                                ui.selectable_value(&mut self.scope, scope, name);
                            }
                        });
                    ui.ctx().accesskit_node_builder(scopes.response.id, |node| node.set_label("Scope"));
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
        if response.dragged_by(egui::PointerButton::Secondary) {
            // Like turning the world under one's hand: half a turn across the window.
            let turned = response.drag_delta() / stage.size() * 180.0;
            self.around.orbit = (self.around.orbit - f64::from(turned.x)) % 360.0;
            self.around.elevation = (self.around.elevation + f64::from(turned.y)).clamp(-90.0, 90.0);
        } else if response.dragged() {
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
                if scope == Scope::Vectorscope {
                    paint_targets(painter, rect.shrink(8.0));
                } else {
                    paint_levels(painter, rect.shrink(8.0));
                }
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

/// The waveform's levels, in per cent of white.
fn paint_levels(painter: &egui::Painter, rect: Rect) {
    for per_cent in [0.0_f32, 25.0, 50.0, 75.0, 100.0] {
        let y = rect.bottom() - rect.height() * per_cent / 100.0;
        painter.line_segment([pos2(rect.left(), y), pos2(rect.right(), y)], (1.0, GRATICULE));
        if per_cent > 0.0 && per_cent < 100.0 {
            let at = pos2(rect.right(), y - 1.0);
            painter.text(at, Align2::RIGHT_BOTTOM, format!("{per_cent}"), FontId::proportional(9.0), FAINT);
        }
    }
}

/// Where the colours of 75 % bars lie, and the line on which every skin does.
fn paint_targets(painter: &egui::Painter, rect: Rect) {
    let at = |[cb, cr]: [f32; 2]| rect.center() + vec2(cb * rect.width(), -cr * rect.height());
    painter.circle_stroke(rect.center(), rect.width() * 0.5, (1.0, GRATICULE));
    painter.line_segment([rect.center_top(), rect.center_bottom()], (1.0, GRATICULE));
    painter.line_segment([rect.left_center(), rect.right_center()], (1.0, GRATICULE));
    // 123 degrees from blue difference toward red difference: the +I axis of analogue television.
    let skin = egui::Vec2::angled(-123.0_f32.to_radians()) * rect.width() * 0.5;
    painter.line_segment([rect.center(), rect.center() + skin], (1.0, FAINT));
    let (low, high) = (0, 191);
    for (name, [red, green, blue]) in [
        ("R", [high, low, low]),
        ("Yl", [high, high, low]),
        ("G", [low, high, low]),
        ("Cy", [low, high, high]),
        ("B", [low, low, high]),
        ("Mg", [high, low, high]),
    ] {
        let target = Rect::from_center_size(at(scopes::chroma([red, green, blue, 255])), vec2(12.0, 12.0));
        painter.rect_stroke(target, 0.0, (1.0, FAINT), egui::StrokeKind::Middle);
        painter.text(target.center_top(), Align2::CENTER_BOTTOM, name, FontId::proportional(9.0), FAINT);
    }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use egui_kittest::{Harness, SnapshotResults};

    use super::*;

    /// Bars of eight colours over a ramp from black to white: every scope has something of its own to show.
    fn bars() -> Frame {
        let (width, height) = (320_u32, 180_u32);
        let mut rgba = Vec::with_capacity((width * height * 4) as usize);
        for y in 0..height {
            for x in 0..width {
                let bar = 7 - x * 8 / width;
                let level = |bit: u32| if bar & bit == 0 { 0 } else { 191 };
                let ramp = (x * 255 / (width - 1)) as u8;
                rgba.extend(if y < height * 2 / 3 {
                    [level(2), level(4), level(1), 255]
                } else {
                    [ramp, ramp, ramp, 255]
                });
            }
        }
        Frame { rgba, ..Frame::filled(11, width, height, [0; 4]) }
    }

    fn window(view: View) -> Harness<'static, View> {
        let mut window = Harness::builder()
            .with_size(vec2(640.0, 400.0))
            .wgpu()
            .build_ui_state(|ui, view: &mut View| view.ui(ui), view);
        window.run_steps(4);
        window
    }

    fn showing(scope: Scope) -> View {
        let mut view = View { scope, ..View::default() };
        view.show(News::Picture {
            frame: Arc::new(bars()),
            caption: "s1-010  frame 12".into(),
            took: Duration::from_millis(34),
        });
        view
    }

    #[test]
    fn picture_and_scopes_look_as_they_did() {
        let mut seen = SnapshotResults::new();
        for (scope, name) in [
            (Scope::None, "picture"),
            (Scope::Waveform, "waveform"),
            (Scope::Vectorscope, "vectorscope"),
            (Scope::Histogram, "histogram"),
        ] {
            let mut window = window(showing(scope));
            window.snapshot(format!("monitor_{name}"));
            seen.extend_harness(&mut window);
        }
    }

    #[test]
    fn what_went_wrong_is_said_with_what_to_do_over_the_last_picture() {
        let mut view = showing(Scope::None);
        view.show(News::Trouble {
            what: "the graphics device was lost".into(),
            hint: Some("close other programs that use it, then press M twice".into()),
        });
        window(view).snapshot("monitor_trouble");
    }

    #[test]
    fn the_right_button_goes_around_what_is_seen_and_c_goes_back() {
        let mut window = window(showing(Scope::None));
        let button = |pos, pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Secondary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        window.event(egui::Event::PointerMoved(pos2(320.0, 200.0)));
        window.event(button(pos2(320.0, 200.0), true));
        window.run_steps(1);
        window.event(egui::Event::PointerMoved(pos2(160.0, 200.0)));
        window.run_steps(1);
        window.event(button(pos2(160.0, 200.0), false));
        window.run_steps(1);
        // A quarter of the window is an eighth of a turn.
        let around = window.state().around();
        assert!((around.orbit - 45.0).abs() < 2.0 && around.elevation.abs() < 0.5, "{around:?}");
        window.key_press(Key::C);
        window.run_steps(2);
        assert_eq!(window.state().around(), Around::default());
    }

    #[test]
    fn keys_show_every_pixel_and_the_next_scope() {
        let mut window = window(showing(Scope::None));
        window.key_press(Key::Num1);
        window.key_press(Key::S);
        window.run_steps(2);
        assert_eq!((window.state().zoom, window.state().scope), (Some(1.0), Scope::Waveform));
        window.key_press(Key::Num0);
        window.run_steps(2);
        assert_eq!(window.state().zoom, None);
    }
}

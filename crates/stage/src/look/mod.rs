//! Styles and palettes: rows of `assets/looks/styles.ron` and `palettes.ron` turned into what the laboratory does.

use film::Look;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How the developed picture looks. Colours multiply linear light after the film curve; amounts 0..1 unless said.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StyleRow {
    pub aliases: Vec<String>,
    /// Tone comes from crossed strokes; on paper only.
    pub pencil: bool,
    /// Exposure in stops.
    pub stops: f32,
    pub contrast: f32,
    pub saturation: f32,
    pub bloom: f32,
    /// Multiplies dark and light tones.
    pub shadows: [f32; 3],
    pub lights: [f32; 3],
    pub vignette: f32,
    /// Added to the grain that the storyboard asks for.
    pub grain: f32,
    /// Lifts black.
    pub fade: f32,
    /// Steps of light (0: none).
    pub cel: f32,
    /// Strength of outlines, and their colour.
    pub lines: f32,
    pub ink: [f32; 3],
    /// Strength of the paper's grain (0: none).
    pub paper: f32,
    /// Red glow around lights.
    pub halation: f32,
    /// Multiplies the blur of distance.
    pub lens_blur: f32,
    /// Radius of brush marks that keep edges, in pixels of a picture 720 high (0: none).
    pub brush: f32,
    /// Length of strokes that follow the forms, in the same pixels.
    pub strokes: f32,
    /// Size of the dots of a halftone, in the same pixels.
    pub dots: f32,
    /// Height of the picture in blocks of one colour (0: none).
    pub blocks: f32,
    /// Size of facets of one colour, in the same pixels.
    pub facets: f32,
    /// Strength of the shadows that near layers throw on far ones.
    pub layers: f32,
    /// Strength of the marks that fingers leave.
    pub clay: f32,
    /// Tone comes from strokes of a pen, 0..1.
    pub hatch: f32,
    /// Warm bodies glow in false colours, 0..1.
    pub thermal: f32,
    /// Poses a second (0: as many as pictures): puppets and drawings move in steps.
    pub poses: f32,
}

impl Default for StyleRow {
    fn default() -> Self {
        Self {
            aliases: Vec::new(),
            pencil: false,
            stops: 0.0,
            contrast: 1.06,
            saturation: 1.0,
            bloom: 0.30,
            shadows: [1.0; 3],
            lights: [1.0; 3],
            vignette: 0.42,
            grain: 0.0,
            fade: 0.0,
            cel: 0.0,
            lines: 0.0,
            ink: [0.05; 3],
            paper: 0.0,
            halation: 0.0,
            lens_blur: 1.0,
            brush: 0.0,
            strokes: 0.0,
            dots: 0.0,
            blocks: 0.0,
            facets: 0.0,
            layers: 0.0,
            clay: 0.0,
            hatch: 0.0,
            thermal: 0.0,
            poses: 0.0,
        }
    }
}

impl StyleRow {
    /// The moment whose poses are shown at a time, in seconds.
    pub(crate) fn held(&self, time_secs: f64) -> f64 {
        let poses = f64::from(self.poses);
        if poses > 0.0 { (time_secs * poses + 1e-6).floor() / poses } else { time_secs }
    }
}

/// A palette multiplies what the style does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaletteRow {
    #[serde(default)]
    aliases: Vec<String>,
    shadows: [f32; 3],
    lights: [f32; 3],
    #[serde(default = "one")]
    saturation: f32,
}

fn one() -> f32 {
    1.0
}

struct Tables {
    styles: BTreeMap<String, StyleRow>,
    palettes: BTreeMap<String, PaletteRow>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        styles: ron::from_str(include_str!("../../../../assets/looks/styles.ron"))
            .unwrap_or_else(|e| panic!("the built-in table styles does not parse: {e}")),
        palettes: ron::from_str(include_str!("../../../../assets/looks/palettes.ron"))
            .unwrap_or_else(|e| panic!("the built-in table palettes does not parse: {e}")),
    })
}

fn named<'a, R>(
    rows: &'a BTreeMap<String, R>,
    word: &str,
    aliases: impl Fn(&R) -> &[String],
) -> Option<&'a R> {
    let plain = word.to_lowercase().replace(['-', '_'], " ");
    let is = |name: &str| name.to_lowercase().replace('-', " ") == plain;
    rows.iter()
        .find(|(name, row)| is(name) || aliases(row).iter().any(|a| is(a)))
        .or_else(|| {
            rows.iter().find(|(name, row)| {
                std::iter::once(name.as_str())
                    .chain(aliases(row).iter().map(String::as_str))
                    .any(|n| format!(" {plain} ").contains(&format!(" {} ", n.replace('-', " "))))
            })
        })
        .map(|(_, row)| row)
}

/// The names of the styles, in alphabetical order.
pub fn styles() -> impl Iterator<Item = &'static str> {
    tables().styles.keys().map(String::as_str)
}

/// The names of the palettes, in alphabetical order.
pub fn palettes() -> impl Iterator<Item = &'static str> {
    tables().palettes.keys().map(String::as_str)
}

/// Whether a style is in the table, by its name or another word for it. Other styles are drawn as photoreal.
pub fn knows_style(word: &str) -> bool {
    named(&tables().styles, word, |row| &row.aliases).is_some()
}

/// The style of a look: its row, or photoreal for an unknown name, with the palette and grain worked in.
pub(crate) fn style(look: &Look) -> StyleRow {
    let t = tables();
    let mut style = named(&t.styles, &look.style, |r| &r.aliases).unwrap_or(&t.styles["photoreal"]).clone();
    if let Some(palette) = named(&t.palettes, &look.palette, |r| &r.aliases) {
        for k in 0..3 {
            style.shadows[k] *= palette.shadows[k];
            style.lights[k] *= palette.lights[k];
        }
        style.saturation *= palette.saturation;
    }
    style.grain += look.grain.clamp(0.0, 1.0) as f32 * 0.10;
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_found_by_name_alias_and_phrase() {
        let of = |style: &str| style_of(style);
        assert!(of("black-and-white").saturation < 0.01);
        assert!(of("in the style of film noir").saturation < 0.01);
        assert!(of("Anime").cel > 0.0);
        assert_eq!(of("no such style"), of("photoreal"));
    }

    fn style_of(name: &str) -> StyleRow {
        style(&Look { style: name.into(), palette: String::new(), grain: 0.0, ..Look::default() })
    }

    #[test]
    fn puppets_move_in_steps() {
        let clay = style_of("claymation");
        assert!((clay.held(0.30) - clay.held(0.32)).abs() < 1e-9 && clay.held(0.40) > clay.held(0.30));
        assert!((style_of("photoreal").held(0.31) - 0.31).abs() < 1e-9);
    }

    #[test]
    fn a_warm_palette_warms() {
        let warm = style(&Look { palette: "warm".into(), ..Look::default() });
        assert!(warm.lights[0] > warm.lights[2]);
    }
}

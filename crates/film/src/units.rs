//! Numbers and names whose limits live in their types.
//!
//! Each is checked when it is made and when it is read from JSON, so the code behind them needs no checks of its own.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number or name outside its limits. The message names the value and the limits.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} must be {limits}, not {value}")]
pub struct UnitError {
    what: &'static str,
    limits: &'static str,
    value: String,
}

impl UnitError {
    fn new(what: &'static str, limits: &'static str, value: impl fmt::Display) -> Self {
        // A hostile document may hold a megabyte where a word belongs; the message stays one line.
        let value: String = value.to_string().chars().take(80).collect();
        Self { what, limits, value }
    }
}

macro_rules! unit_schema {
    ($name:ident, $($schema:tt)+) => {
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($schema)+)
            }
        }
    };
}

/// A length of time in seconds: more than 0, at most 3600.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Seconds(f64);

impl Seconds {
    /// The longest film, and so the longest shot.
    pub const MAX: f64 = 3600.0;

    /// Checks that `seconds` is finite, more than 0 and at most [`Seconds::MAX`].
    pub fn new(seconds: f64) -> Result<Self, UnitError> {
        if seconds.is_finite() && seconds > 0.0 && seconds <= Self::MAX {
            Ok(Self(seconds))
        } else {
            Err(UnitError::new("a length in seconds", "more than 0 and at most 3600", seconds))
        }
    }

    /// The nearest valid length.
    pub fn clamped(seconds: f64) -> Self {
        Self(if seconds.is_nan() { 1.0 } else { seconds.clamp(0.01, Self::MAX) })
    }

    /// The number of seconds.
    pub fn get(self) -> f64 {
        self.0
    }
}
unit_schema!(Seconds, { "type": "number", "exclusiveMinimum": 0, "maximum": 3600 });

impl TryFrom<f64> for Seconds {
    type Error = UnitError;
    fn try_from(value: f64) -> Result<Self, UnitError> {
        Self::new(value)
    }
}
impl From<Seconds> for f64 {
    fn from(value: Seconds) -> f64 {
        value.0
    }
}

/// Frames a second: 1 to 120.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "u32")]
pub struct Fps(u32);

impl Fps {
    /// Checks that `fps` is within 1..=120.
    pub fn new(fps: u32) -> Result<Self, UnitError> {
        if (1..=120).contains(&fps) {
            Ok(Self(fps))
        } else {
            Err(UnitError::new("the frame rate", "a whole number from 1 to 120", fps))
        }
    }

    /// Frames in one second.
    pub fn get(self) -> u32 {
        self.0
    }
}
unit_schema!(Fps, { "type": "integer", "minimum": 1, "maximum": 120 });

impl TryFrom<f64> for Fps {
    type Error = UnitError;
    fn try_from(value: f64) -> Result<Self, UnitError> {
        if value.fract() == 0.0 && (1.0..=120.0).contains(&value) {
            Self::new(value as u32)
        } else {
            Err(UnitError::new("the frame rate", "a whole number from 1 to 120", value))
        }
    }
}
impl From<Fps> for u32 {
    fn from(value: Fps) -> u32 {
        value.0
    }
}

/// A width or height in pixels: even, 64 to 7680. (Video with half-resolution colour needs even sides.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "u32")]
pub struct EvenSize(u32);

impl EvenSize {
    const LIMITS: &'static str = "an even number of pixels from 64 to 7680";

    /// Checks that `pixels` is even and within 64..=7680.
    pub fn new(pixels: u32) -> Result<Self, UnitError> {
        if pixels.is_multiple_of(2) && (64..=7680).contains(&pixels) {
            Ok(Self(pixels))
        } else {
            Err(UnitError::new("a side of the picture", Self::LIMITS, pixels))
        }
    }

    /// The nearest valid size.
    pub fn nearest(pixels: u32) -> Self {
        Self(pixels.clamp(64, 7680).div_ceil(2) * 2)
    }

    /// The number of pixels.
    pub fn get(self) -> u32 {
        self.0
    }
}
unit_schema!(EvenSize, { "type": "integer", "minimum": 64, "maximum": 7680, "multipleOf": 2 });

impl TryFrom<f64> for EvenSize {
    type Error = UnitError;
    fn try_from(value: f64) -> Result<Self, UnitError> {
        if value.fract() == 0.0 && (0.0..=1e6).contains(&value) {
            Self::new(value as u32)
        } else {
            Err(UnitError::new("a side of the picture", Self::LIMITS, value))
        }
    }
}
impl From<EvenSize> for u32 {
    fn from(value: EvenSize) -> u32 {
        value.0
    }
}

/// A seed of chance: 0 to 2^53 - 1, so that it survives any JSON reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Seed(u64);

impl Seed {
    /// The largest seed.
    pub const MAX: u64 = (1 << 53) - 1;

    /// Checks that `seed` is at most [`Seed::MAX`].
    pub fn new(seed: u64) -> Result<Self, UnitError> {
        if seed <= Self::MAX {
            Ok(Self(seed))
        } else {
            Err(UnitError::new("a seed", "a whole number from 0 to 9007199254740991", seed))
        }
    }

    /// A seed for a part of the film, made from this one and the part's name (64-bit FNV-1a, then the `SplitMix64`
    /// finaliser), so that renaming one part leaves the others as they were.
    #[must_use]
    pub fn derive(self, name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in self.0.to_le_bytes().iter().chain(name.as_bytes()) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((hash ^ (hash >> 31)) & Self::MAX)
    }

    /// The number itself.
    pub fn get(self) -> u64 {
        self.0
    }
}
unit_schema!(Seed, { "type": "integer", "minimum": 0, "maximum": 9_007_199_254_740_991_u64 });

impl TryFrom<u64> for Seed {
    type Error = UnitError;
    fn try_from(value: u64) -> Result<Self, UnitError> {
        Self::new(value)
    }
}
impl From<Seed> for u64 {
    fn from(value: Seed) -> u64 {
        value.0
    }
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $least:literal..=$most:literal, neutral $neutral:literal, $what:literal, $limits:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The least value.
            pub const MIN: f64 = $least;
            /// The greatest value.
            pub const MAX: f64 = $most;

            /// Checks the limits.
            pub fn new(value: f64) -> Result<Self, UnitError> {
                // Adding 0 makes a negative zero positive, so that equal values are equal bytes.
                if (Self::MIN..=Self::MAX).contains(&value) {
                    Ok(Self(value + 0.0))
                } else {
                    Err(UnitError::new($what, $limits, value))
                }
            }

            /// The number.
            pub fn get(self) -> f64 {
                self.0
            }

            /// Whether it changes nothing.
            pub fn is_neutral(&self) -> bool {
                self.0 == $neutral
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($neutral)
            }
        }
        unit_schema!($name, { "type": "number", "minimum": $least, "maximum": $most });

        impl TryFrom<f64> for $name {
            type Error = UnitError;
            fn try_from(value: f64) -> Result<Self, UnitError> {
                Self::new(value)
            }
        }
        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0
            }
        }
    };
}

bounded!(
    /// An angle all the way round, in degrees: -180 to 180.
    Bearing, -180.0..=180.0, neutral 0.0, "an angle in degrees", "from -180 to 180"
);
bounded!(
    /// An angle up or down, in degrees: -90 to 90.
    Pitch, -90.0..=90.0, neutral 0.0, "an angle in degrees", "from -90 to 90"
);
bounded!(
    /// A factor of a distance: 0.1 to 10.
    Reach, 0.1..=10.0, neutral 1.0, "a factor of the distance", "from 0.1 to 10"
);
bounded!(
    /// A way along the ground in metres: -200 to 200.
    Metres, -200.0..=200.0, neutral 0.0, "a way in metres", "from -200 to 200"
);

/// A range of bytes of the script, `[start, end]` with `start <= end`; both lie on UTF-8 borders, which
/// [`crate::Storyboard::validate`] checks against the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "[usize; 2]", into = "[usize; 2]")]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// Checks that `start <= end`.
    pub fn new(start: usize, end: usize) -> Result<Self, UnitError> {
        if start <= end {
            Ok(Self { start, end })
        } else {
            Err(UnitError::new("a span", "[start, end] with start <= end", format!("[{start}, {end}]")))
        }
    }

    /// First byte.
    pub fn start(self) -> usize {
        self.start
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.end
    }

    /// The words of `script` that the span covers; `None` when it reaches outside or cuts a character.
    pub fn of(self, script: &str) -> Option<&str> {
        script.get(self.start..self.end)
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}
unit_schema!(Span, { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 2, "maxItems": 2 });

impl TryFrom<[usize; 2]> for Span {
    type Error = UnitError;
    fn try_from([start, end]: [usize; 2]) -> Result<Self, UnitError> {
        Self::new(start, end)
    }
}
impl From<Span> for [usize; 2] {
    fn from(span: Span) -> [usize; 2] {
        [span.start, span.end]
    }
}

/// The stable name of a scene, shot, place or cast member: 1 to 64 of `A-Z a-z 0-9 _ - .`, not starting with a dot.
///
/// It may stand in file names, so it holds nothing that a file system could misread.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

impl Id {
    /// Checks the characters and the length of `id`.
    pub fn new(id: impl Into<String>) -> Result<Self, UnitError> {
        let id = id.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if (1..=64).contains(&id.len()) && id.chars().all(allowed) && !id.starts_with('.') {
            Ok(Self(id))
        } else {
            Err(UnitError::new("an id", "1 to 64 letters, digits, '_', '-' or '.'", format!("{id:?}")))
        }
    }

    /// An id made from any words: lower case, other characters become single dashes, `fallback` when nothing is left.
    ///
    /// # Panics
    /// Never: what is left consists of allowed characters; a `fallback` that is no id becomes `x`.
    pub fn slug(words: &str, fallback: &str) -> Self {
        let mut id = String::new();
        for c in words.chars().flat_map(char::to_lowercase) {
            if id.len() >= 48 {
                break;
            }
            if c.is_ascii_alphanumeric() {
                id.push(c);
            } else if !id.is_empty() && !id.ends_with('-') {
                id.push('-');
            }
        }
        let id = id.trim_end_matches('-');
        Self::new(id).or_else(|_| Self::new(fallback)).unwrap_or_else(|_| Self("x".into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
unit_schema!(Id, { "type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$" });

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl TryFrom<String> for Id {
    type Error = UnitError;
    fn try_from(value: String) -> Result<Self, UnitError> {
        Self::new(value)
    }
}
impl From<Id> for String {
    fn from(value: Id) -> String {
        value.0
    }
}
impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_the_documented_ones() {
        assert!(Seconds::new(0.0).is_err() && Seconds::new(3600.0).is_ok() && Seconds::new(1e9).is_err());
        assert!(Seconds::new(f64::NAN).is_err() && Seconds::new(f64::INFINITY).is_err());
        assert!(Fps::new(0).is_err() && Fps::new(120).is_ok() && Fps::new(121).is_err());
        assert!(EvenSize::new(63).is_err() && EvenSize::new(65).is_err() && EvenSize::new(64).is_ok());
        assert!(EvenSize::new(7680).is_ok() && EvenSize::new(7682).is_err());
        assert!(
            Bearing::new(180.0).is_ok() && Bearing::new(-180.5).is_err() && Bearing::new(f64::NAN).is_err()
        );
        assert!(Pitch::new(-90.0).is_ok() && Pitch::new(91.0).is_err());
        assert!(Reach::new(0.1).is_ok() && Reach::new(0.0).is_err() && Reach::default().is_neutral());
        assert!(Metres::new(200.0).is_ok() && Metres::new(f64::INFINITY).is_err());
        assert_eq!(serde_json::to_string(&Metres::new(-0.0).unwrap()).unwrap(), "0.0");
        assert!(Seed::new(Seed::MAX).is_ok() && Seed::new(Seed::MAX + 1).is_err());
        assert!(Span::new(3, 2).is_err() && Span::new(2, 2).is_ok());
        assert!(Id::new("s1-010").is_ok() && Id::new("../x").is_err() && Id::new("").is_err());
    }

    #[test]
    fn slug_takes_any_words() {
        assert_eq!(Id::slug("Woolly Mammoths!", "x").as_str(), "woolly-mammoths");
        assert_eq!(Id::slug("大象", "cast").as_str(), "cast");
        assert_eq!(Id::slug("", "no good").as_str(), "x");
    }

    #[test]
    fn derived_seeds_differ_by_name_and_stay_in_range() {
        let seed = Seed::new(7).unwrap();
        assert_ne!(seed.derive("s1-010"), seed.derive("s1-020"));
        assert_eq!(seed.derive("s1-010"), seed.derive("s1-010"));
        assert!(seed.derive("x").get() <= Seed::MAX);
    }
}

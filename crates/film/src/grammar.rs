//! The closed vocabularies of film grammar.
//!
//! In JSON each is a word in kebab-case (`"dolly-in"`). What is open (kinds of creature, of place, verbs, styles) is text
//! in the storyboard and rows in tables under `assets/`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for it in the storyboard.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The value that `word` stands for.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

vocabulary! {
    /// How much of the subject the picture holds.
    Framing {
        /// The subject is small in its surroundings.
        ExtremeWide = "extreme-wide",
        /// The whole subject with its surroundings.
        #[default] Wide = "wide",
        /// The whole subject fills the height.
        Full = "full",
        /// From the knees up.
        MediumWide = "medium-wide",
        /// From the waist up.
        Medium = "medium",
        /// From the chest up.
        MediumCloseUp = "medium-close-up",
        /// The face, or one thing.
        CloseUp = "close-up",
        /// A detail of the face or thing.
        ExtremeCloseUp = "extreme-close-up",
        /// Past one person's shoulder at another.
        OverTheShoulder = "over-the-shoulder",
        /// Through the eyes of the subject.
        PointOfView = "point-of-view",
    }
}

vocabulary! {
    /// From how high the camera looks, and how it is held.
    Angle {
        /// At the height of the subject's eyes.
        #[default] EyeLevel = "eye-level",
        /// From below, looking up a little.
        Low = "low",
        /// From above, looking down a little.
        High = "high",
        /// Straight up from the ground.
        WormsEye = "worms-eye",
        /// Straight down.
        BirdsEye = "birds-eye",
        /// Far above, looking down at a slant.
        Aerial = "aerial",
        /// Tilted horizon.
        Dutch = "dutch",
    }
}

vocabulary! {
    /// What the camera does during the shot.
    Move {
        /// Nothing.
        #[default] Static = "static",
        /// Turns left on its place.
        PanLeft = "pan-left",
        /// Turns right on its place.
        PanRight = "pan-right",
        /// Turns up on its place.
        TiltUp = "tilt-up",
        /// Turns down on its place.
        TiltDown = "tilt-down",
        /// Goes towards the subject.
        DollyIn = "dolly-in",
        /// Goes away from the subject.
        DollyOut = "dolly-out",
        /// Goes left, looking ahead.
        TruckLeft = "truck-left",
        /// Goes right, looking ahead.
        TruckRight = "truck-right",
        /// Goes straight up.
        PedestalUp = "pedestal-up",
        /// Goes straight down.
        PedestalDown = "pedestal-down",
        /// Rises in an arc, looking at the subject.
        CraneUp = "crane-up",
        /// Sinks in an arc, looking at the subject.
        CraneDown = "crane-down",
        /// Goes round the subject, counter-clockwise seen from above.
        OrbitLeft = "orbit-left",
        /// Goes round the subject, clockwise seen from above.
        OrbitRight = "orbit-right",
        /// The lens grows longer.
        ZoomIn = "zoom-in",
        /// The lens grows shorter.
        ZoomOut = "zoom-out",
        /// Dollies back and zooms in, so that the background grows behind a subject of constant size.
        DollyZoom = "dolly-zoom",
        /// Goes along with the subject.
        Track = "track",
        /// Held by a person who stands and breathes.
        Handheld = "handheld",
        /// Flies forward over the place.
        Drone = "drone",
    }
}

vocabulary! {
    /// How fast the camera moves.
    Speed {
        /// Half as far as normal in the same time.
        Slow = "slow",
        /// The ordinary pace.
        #[default] Normal = "normal",
        /// Twice as far as normal in the same time.
        Fast = "fast",
    }
}

vocabulary! {
    /// How much of the depth is sharp.
    DepthOfField {
        /// Everything is sharp.
        Deep = "deep",
        /// What the lens and framing give.
        #[default] Natural = "natural",
        /// Only the subject is sharp.
        Shallow = "shallow",
    }
}

vocabulary! {
    /// The time of day.
    TimeOfDay {
        /// First light, sun below the horizon.
        Dawn = "dawn",
        /// The sun stands on the horizon in the east.
        Sunrise = "sunrise",
        /// Morning sun.
        Morning = "morning",
        /// High sun.
        Noon = "noon",
        /// Mid afternoon sun.
        #[default] Afternoon = "afternoon",
        /// Low warm sun.
        GoldenHour = "golden-hour",
        /// The sun stands on the horizon in the west.
        Sunset = "sunset",
        /// Last light, sun below the horizon.
        Dusk = "dusk",
        /// Moon and stars.
        Night = "night",
    }
}

vocabulary! {
    /// The weather.
    Weather {
        /// No cloud.
        #[default] Clear = "clear",
        /// Thin high clouds.
        Wispy = "wispy",
        /// Scattered clouds.
        Cloudy = "cloudy",
        /// A closed grey sky.
        Overcast = "overcast",
        /// Fog or mist.
        Fog = "fog",
        /// Rain.
        Rain = "rain",
        /// Heavy rain, dark clouds, lightning.
        Storm = "storm",
        /// Falling snow.
        Snow = "snow",
        /// Heavy driving snow.
        Blizzard = "blizzard",
        /// Blown sand or dust.
        Sandstorm = "sandstorm",
    }
}

vocabulary! {
    /// The season.
    Season {
        /// Fresh green, blossom.
        Spring = "spring",
        /// Full green.
        #[default] Summer = "summer",
        /// Leaves turn and fall.
        Autumn = "autumn",
        /// Bare trees; snow where the place has it.
        Winter = "winter",
    }
}

vocabulary! {
    /// Where on the screen somebody is.
    Side {
        /// In its left third.
        Left = "left",
        /// In the middle.
        #[default] Center = "center",
        /// In its right third.
        Right = "right",
    }
}

vocabulary! {
    /// Which way somebody faces, seen on the screen.
    Facing {
        /// Toward its left edge.
        Left = "left",
        /// Toward its right edge.
        #[default] Right = "right",
        /// Toward the viewer.
        Camera = "camera",
        /// From the viewer away.
        Away = "away",
    }
}

vocabulary! {
    /// How a shot begins.
    TransitionKind {
        /// At once.
        #[default] Cut = "cut",
        /// The shot before melts into it.
        Dissolve = "dissolve",
        /// Out of black; the shot before fades to black first when there is one.
        Fade = "fade",
        /// The same through white.
        FadeWhite = "fade-white",
        /// An edge moves across the picture.
        Wipe = "wipe",
    }
}

vocabulary! {
    /// How much work goes into each picture.
    Quality {
        /// For moving previews: coarse shadows and effects, no supersampling.
        Draft = "draft",
        /// For films.
        #[default] Standard = "standard",
        /// For finals: supersampled.
        Best = "best",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_json_holds() {
        for &value in Move::ALL {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, format!("\"{value}\""));
            assert_eq!(Move::from_word(value.word()), Some(value));
        }
    }
}

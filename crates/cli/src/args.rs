//! The flags, apart from what they do.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};
use film::{EvenSize, Fps, Id, Quality, Seconds, Seed};

/// Makes films from text on your own computer.
#[derive(Debug, Parser)]
#[command(name = "mutoscope", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// How much to say.
    #[command(flatten)]
    pub(crate) voice: Voice,
}

/// How much the program says, and how.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Voice {
    /// Print the result as JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing on standard error but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plan, render and assemble a film from a prompt or script.
    Make(Make),
    /// Print the storyboard of a prompt or script as JSON.
    Plan(Plan),
    /// Render a storyboard or project into a film.
    Render(Render),
    /// Open the desktop studio.
    Studio(Studio),
    /// Open the studio in a browser on this machine.
    Serve(Serve),
    /// Install, check and remove models that render shots; none is needed to make films.
    Models(Models),
    /// Say what works on this machine, what is missing and what to do about it.
    Doctor(Doctor),
    /// Print the JSON Schema of the storyboard.
    Schema,
}

/// The desktop studio.
#[derive(Debug, Args)]
pub(crate) struct Studio {
    /// The film to open.
    #[arg(value_name = "FILM.muto")]
    pub(crate) project: Option<PathBuf>,
}

/// Where the words come from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Words {
    /// The prompt or script; `-` reads standard input.
    pub(crate) prompt: Option<String>,
    /// Read the prompt or script from a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
}

/// What the user fixes about the film, whatever the script says.
#[derive(Debug, Args)]
pub(crate) struct Wishes {
    /// Size of the picture in pixels, each side even, 64 to 7680.
    #[arg(long, value_name = "WIDTHxHEIGHT")]
    pub(crate) size: Option<Size>,
    /// Frames a second, 1 to 120.
    #[arg(long, value_parser = fps)]
    pub(crate) fps: Option<Fps>,
    /// Length of the film in seconds, at most 3600.
    #[arg(long, value_parser = seconds)]
    pub(crate) seconds: Option<Seconds>,
    /// Seed of chance: another number gives another film of the same script.
    #[arg(long, value_parser = seed)]
    pub(crate) seed: Option<Seed>,
    /// Style of the pictures, such as photoreal, film-noir or anime.
    #[arg(long, value_name = "NAME")]
    pub(crate) style: Option<String>,
    /// Who renders the shots.
    #[arg(long, value_name = "NAME")]
    pub(crate) renderer: Option<String>,
    /// Ask a language model who does what in the script: the address of a server with chat completions, such as
    /// `http://127.0.0.1:11434` for Ollama. The script is sent there, and nothing anywhere else.
    #[arg(long, value_name = "URL", env = "MUTOSCOPE_ADVISER")]
    pub(crate) adviser: Option<String>,
    /// The name of the model on that server. Its key, if it wants one, is taken from `MUTOSCOPE_ADVISER_KEY`.
    #[arg(
        long,
        value_name = "NAME",
        env = "MUTOSCOPE_ADVISER_MODEL",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) adviser_model: String,
}

/// How the film is rendered and where it goes.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// The film to write: .mp4 (H.264, plays everywhere), .webm (VP9, for web pages), .mov (`ProRes` 422 HQ, for editing),
    /// .gif, or a name that ends in / for a folder of PNG pictures. Its project goes into a folder of the same name ending
    /// in .muto.
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub(crate) film: PathBuf,
    /// How much work goes into each picture.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) quality: QualityArg,
    /// Also write a contact sheet: one row of pictures for each shot.
    #[arg(long, value_name = "FILE.png")]
    pub(crate) sheet: Option<PathBuf>,
    /// FFmpeg's name of the video encoder to use, such as `h264_nvenc`, or `libx265` for H.265; the best one present by
    /// default.
    #[arg(long, value_name = "NAME", env = "MUTOSCOPE_VIDEO_ENCODER")]
    pub(crate) encoder: Option<String>,
    /// Threads of the encoder, at most; another number may give other bytes. 0: the usual number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=256))]
    pub(crate) threads: u32,
}

/// `mutoscope make`.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct Make {
    #[command(flatten)]
    pub(crate) words: Words,
    #[command(flatten)]
    pub(crate) wishes: Wishes,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `mutoscope plan`.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) words: Words,
    #[command(flatten)]
    pub(crate) wishes: Wishes,
    /// Write the storyboard to this file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// `mutoscope render`.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct Render {
    /// A storyboard.json or a project folder NAME.muto.
    #[arg(value_name = "STORYBOARD")]
    pub(crate) input: PathBuf,
    /// Render only this shot; may be given several times.
    #[arg(long, value_name = "ID", value_parser = id)]
    pub(crate) shot: Vec<Id>,
    /// Render only these frames of the film: from A up to but not including B, counted from 0.
    #[arg(long, value_name = "A..B")]
    pub(crate) frames: Option<FrameRange>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `mutoscope serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7400")]
    pub(crate) listen: SocketAddr,
    /// Let other computers connect: whoever has the token may read and write files here.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Open this project.
    #[arg(value_name = "NAME.muto")]
    pub(crate) project: Option<PathBuf>,
}

/// `mutoscope models`.
#[derive(Debug, Args)]
pub(crate) struct Models {
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

/// What to do with models. They are kept in the user's data folder, or in the one that `MUTOSCOPE_MODELS` names.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Say what there is, what of it is installed, how big it is and under what licence.
    List,
    /// Download a model, or go on with it; what is here already is not fetched again.
    Pull(Pull),
    /// Read every byte of an installed model and compare it with what was published.
    Verify {
        /// The model.
        name: String,
    },
    /// Remove a model's files.
    Remove {
        /// The model.
        name: String,
    },
}

/// `mutoscope models pull`. `HF_TOKEN`, `HF_HOME`, `HF_ENDPOINT` (a mirror) and `HTTPS_PROXY` are respected.
#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// The model.
    pub(crate) name: String,
    /// Take the files from this folder instead of the network.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: Option<PathBuf>,
    /// Accept the model's licence without being asked.
    #[arg(long, alias = "accept-license")]
    pub(crate) accept_licence: bool,
}

/// `mutoscope doctor`.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

/// `WIDTHxHEIGHT`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) EvenSize, pub(crate) EvenSize);

impl FromStr for Size {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (width, height) = text
            .split_once(['x', 'X', '×'])
            .ok_or_else(|| "a size is two numbers with an x between them, such as 1280x720".to_owned())?;
        let side = |digits: &str| -> Result<EvenSize, String> {
            let pixels = digits.trim().parse().map_err(|_| format!("{digits:?} is no number of pixels"))?;
            EvenSize::new(pixels).map_err(|e| e.to_string())
        };
        Ok(Self(side(width)?, side(height)?))
    }
}

/// `A..B`, not empty.
#[derive(Debug, Clone)]
pub(crate) struct FrameRange(pub(crate) std::ops::Range<u32>);

impl FromStr for FrameRange {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed =
            text.split_once("..").and_then(|(a, b)| Some(a.trim().parse().ok()?..b.trim().parse().ok()?));
        match parsed {
            Some(range) if range.start < range.end => Ok(Self(range)),
            _ => Err("frames are given as A..B with A less than B, such as 24..48".to_owned()),
        }
    }
}

/// [`Quality`] as clap knows it.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum QualityArg {
    /// Coarse and fast, for a look.
    Draft,
    /// For films.
    #[default]
    Standard,
    /// Supersampled, for finals.
    Best,
}

impl From<QualityArg> for Quality {
    fn from(quality: QualityArg) -> Self {
        match quality {
            QualityArg::Draft => Self::Draft,
            QualityArg::Standard => Self::Standard,
            QualityArg::Best => Self::Best,
        }
    }
}

fn fps(text: &str) -> Result<Fps, String> {
    let fps: f64 = text.parse().map_err(|_| format!("{text:?} is no number"))?;
    Fps::try_from(fps).map_err(|e| e.to_string())
}

fn seconds(text: &str) -> Result<Seconds, String> {
    let number = text.strip_suffix('s').unwrap_or(text);
    Seconds::new(number.parse().map_err(|_| format!("{text:?} is no number"))?).map_err(|e| e.to_string())
}

fn seed(text: &str) -> Result<Seed, String> {
    Seed::new(text.parse().map_err(|_| format!("{text:?} is no whole number"))?).map_err(|e| e.to_string())
}

fn id(text: &str) -> Result<Id, String> {
    Id::new(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_flags_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_and_ranges_say_what_is_wrong() {
        assert!("1280x720".parse::<Size>().is_ok());
        assert!("0x0".parse::<Size>().unwrap_err().contains("even number of pixels"));
        assert!("wide".parse::<Size>().unwrap_err().contains("1280x720"));
        assert_eq!("3..9".parse::<FrameRange>().unwrap().0, 3..9);
        assert!("9..3".parse::<FrameRange>().is_err());
    }
}

//! Requests to the hub: what it knows of a file, and the file itself from any byte on.
//!
//! A file that is kept as a large one answers with `x-linked-size`, `x-linked-etag` (its SHA-256) and a redirection to where
//! the bytes lie; a small one with its length alone. Both say the commit in `x-repo-commit`. See
//! <https://huggingface.co/docs/huggingface_hub/package_reference/file_download>.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fmt, fs};

use ureq::http::{HeaderMap, Response, Uri};
use ureq::{Agent, Body};

use super::ModelError;

const ENDPOINT: &str = "https://huggingface.co";
/// Redirections of one request within the hub, as after a repository was renamed.
const MOST_TURNS: usize = 5;

/// The hub that models come from, or a mirror of it.
#[derive(Clone)]
pub struct Hub {
    endpoint: String,
    token: Option<String>,
    /// Where other programs keep what they have fetched from there.
    cache: Option<PathBuf>,
    offline: bool,
    agent: Agent,
    /// How long to wait before the first new attempt; each further one waits twice as long.
    pub(super) pause: Duration,
}

/// What the hub knows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Remote {
    pub(super) bytes: Option<u64>,
    pub(super) sha256: Option<String>,
    pub(super) commit: Option<String>,
}

/// The bytes of a file, on their way.
pub(super) struct Flow {
    pub(super) body: ureq::BodyReader<'static>,
    /// The first byte that comes: 0 where the server cannot begin elsewhere.
    pub(super) start: u64,
    /// The length of the whole file.
    pub(super) bytes: Option<u64>,
}

/// Why a request came to nothing.
pub(super) enum Trouble {
    /// It may go better next time.
    Passing(String),
    /// There are no bytes from there on: what is here already is too long.
    PastTheEnd,
    Final(ModelError),
}

/// A file in a repository.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) repository: &'a str,
    pub(super) revision: &'a str,
    pub(super) path: &'a str,
    /// Where its licence can be accepted.
    pub(super) page: &'a str,
}

impl Hub {
    /// As the environment says: `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_OFFLINE`, and those of proxies
    /// (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    pub fn from_env() -> Self {
        Self::from_variables(|name| env::var(name).ok().filter(|value| !value.is_empty()))
    }

    pub(super) fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let cache_home = variable("XDG_CACHE_HOME").map_or_else(
            || {
                let home = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
                variable(home).map(PathBuf::from).unwrap_or_default().join(".cache")
            },
            PathBuf::from,
        );
        let home = variable("HF_HOME").map_or_else(|| cache_home.join("huggingface"), PathBuf::from);
        let cache = variable("HF_HUB_CACHE").map_or_else(|| home.join("hub"), PathBuf::from);
        let on =
            |name: &str| variable(name).is_some_and(|value| !matches!(value.as_str(), "0" | "false" | "off"));
        let kept_token = || {
            let file = variable("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
            (!on("HF_HUB_DISABLE_IMPLICIT_TOKEN")).then(|| fs::read_to_string(file).ok()).flatten()
        };
        let token = variable("HF_TOKEN").or_else(kept_token).map(|token| token.trim().to_owned());
        Self {
            endpoint: variable("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.into()),
            token: token.filter(|token| !token.is_empty()),
            cache: Some(cache).filter(|cache| cache.is_dir()),
            offline: on("HF_HUB_OFFLINE"),
            agent: agent(),
            pause: Duration::from_millis(500),
        }
    }

    fn url(&self, at: At<'_>) -> String {
        let endpoint = self.endpoint.trim_end_matches('/');
        format!("{endpoint}/{}/resolve/{}/{}", at.repository, at.revision.replace('/', "%2F"), at.path)
    }

    /// Where the user's requests go.
    fn host(&self) -> String {
        let uri: Option<Uri> = self.endpoint.parse().ok();
        uri.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_else(|| self.endpoint.clone())
    }

    pub(super) fn unreachable(&self, why: String) -> ModelError {
        ModelError::Network { host: self.host(), why }
    }

    /// What the hub knows of a file, without fetching it.
    pub(super) fn look(&self, at: At<'_>) -> Result<Remote, Trouble> {
        if self.offline {
            return Err(Trouble::Final(ModelError::Offline));
        }
        let mut url = self.url(at);
        for _ in 0..MOST_TURNS {
            let request = self.agent.head(&url).header("accept-encoding", "identity");
            let asked = match &self.token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            };
            // The first answer is the hub's own; where it leads to knows less.
            let asked = asked.config().max_redirects(0).max_redirects_will_error(false).build();
            let answer = asked.call().map_err(passing)?;
            let headers = answer.headers();
            let linked = text(headers, "x-linked-etag").is_some();
            let turn = text(headers, "location").filter(|_| answer.status().is_redirection() && !linked);
            if let Some(next) = turn.and_then(|location| same_origin(&url, location)) {
                url = next;
                continue;
            }
            if !answer.status().is_success() && !answer.status().is_redirection() {
                return Err(self.refused(at, &answer));
            }
            let number = |name| text(headers, name).and_then(|value| value.parse().ok());
            let own_length = || answer.status().is_success().then(|| number("content-length")).flatten();
            return Ok(Remote {
                bytes: number("x-linked-size").or_else(own_length),
                sha256: text(headers, "x-linked-etag").map(unquoted).filter(|etag| is_sha256(etag)),
                commit: text(headers, "x-repo-commit").map(str::to_owned),
            });
        }
        Err(Trouble::Final(self.unreachable("it redirects in a circle".into())))
    }

    /// Begins to fetch a file from byte `from` on.
    pub(super) fn open(&self, at: At<'_>, from: u64) -> Result<Flow, Trouble> {
        if self.offline {
            return Err(Trouble::Final(ModelError::Offline));
        }
        let mut request = self.agent.get(self.url(at)).header("accept-encoding", "identity");
        if let Some(token) = &self.token {
            // It is not sent on when the answer leads elsewhere.
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
        }
        let answer = request.call().map_err(passing)?;
        let headers = answer.headers();
        let length = text(headers, "content-length").and_then(|value| value.parse::<u64>().ok());
        let (start, bytes) = match answer.status().as_u16() {
            200 => (0, length),
            206 => {
                let range = text(headers, "content-range").and_then(content_range);
                let (start, bytes) = range.unwrap_or((from, length.map(|length| from + length)));
                if start != from {
                    return Err(Trouble::Passing("the answer begins at another byte than asked for".into()));
                }
                (start, bytes)
            }
            416 => return Err(Trouble::PastTheEnd),
            _ => return Err(self.refused(at, &answer)),
        };
        let body = answer.into_body().into_with_config().limit(u64::MAX).reader();
        Ok(Flow { body, start, bytes })
    }

    fn refused(&self, at: At<'_>, answer: &Response<Body>) -> Trouble {
        let what = format!("{}/{}", at.repository, at.path);
        let status = answer.status().as_u16();
        match status {
            401 | 403 | 451 => Trouble::Final(ModelError::Refused {
                what,
                status,
                page: at.page.to_owned(),
                token: self.token.is_some(),
            }),
            404 | 410 => Trouble::Final(ModelError::Gone { what }),
            408 | 425 | 429 | 500..=599 => Trouble::Passing(format!("it answered with {status}")),
            _ => Trouble::Final(ModelError::Status { what, status }),
        }
    }

    /// The file as another program has fetched it, in the cache that they share.
    pub(super) fn cached(&self, at: At<'_>) -> Option<PathBuf> {
        let repository = self.cache.as_ref()?.join(format!("models--{}", at.repository.replace('/', "--")));
        let commit = fs::read_to_string(repository.join("refs").join(at.revision))
            .map_or_else(|_| at.revision.to_owned(), |commit| commit.trim().to_owned());
        let file = repository.join("snapshots").join(commit).join(Path::new(at.path));
        file.is_file().then_some(file)
    }
}

impl fmt::Debug for Hub {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("endpoint", &self.endpoint)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("mutoscope/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(Duration::from_secs(15)))
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        // A pause is heard after this long at the latest, and a stream that dried up is asked for anew.
        .timeout_per_read(Some(Duration::from_secs(10)))
        .build()
        .into()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn passing(error: ureq::Error) -> Trouble {
    Trouble::Passing(match &error {
        ureq::Error::HostNotFound => "its address is unknown".into(),
        ureq::Error::Timeout(_) => "it does not answer".into(),
        other => other.to_string(),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn unquoted(etag: &str) -> String {
    etag.trim_start_matches("W/").trim_matches('"').to_owned()
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `bytes 5-9/100`: the first byte and the length of the whole.
fn content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// Where a redirection leads to, if it stays on the same server.
fn same_origin(url: &str, location: &str) -> Option<String> {
    let from: Uri = url.parse().ok()?;
    let (scheme, authority) = (from.scheme_str()?, from.authority()?.as_str());
    if location.starts_with('/') && !location.starts_with("//") {
        return Some(format!("{scheme}://{authority}{location}"));
    }
    let to: Uri = location.parse().ok()?;
    (to.scheme_str()? == scheme && to.authority()?.as_str() == authority).then(|| location.to_owned())
}

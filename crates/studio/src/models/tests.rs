//! Installing models from a server that does what servers do on bad days.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use film::{CancelToken, Hint as _, Watch};
use sha2::{Digest as _, Sha256};

use super::*;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A request as the server got it.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    path: String,
    headers: HashMap<String, String>,
}

impl Asked {
    /// The first byte that is wanted.
    fn from(&self) -> usize {
        let range = self.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        range.and_then(|range| range.strip_suffix('-')).map_or(0, |from| from.parse().unwrap())
    }
}

/// What the server does with a request: status, headers, body, and after how many bytes of it the line goes dead.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    cut: Option<usize>,
}

impl Answer {
    fn of(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: None }
    }

    fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name.into(), format!("{value}")));
        self
    }

    /// The part of a file that is asked for, as a well-behaved server gives it.
    fn file(asked: &Asked, bytes: &[u8]) -> Self {
        let from = asked.from();
        if from >= bytes.len() && from > 0 {
            return Self::of(416);
        }
        let mut answer = if from > 0 {
            Self::of(206).with("content-range", format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len()))
        } else {
            Self::of(200)
        };
        answer.body = bytes[from..].to_vec();
        answer
    }

    fn cut(mut self, after: usize) -> Self {
        self.cut = Some(after);
        self
    }
}

type Behaviour = dyn Fn(&Asked, &[Asked]) -> Answer + Send + Sync;

struct Server {
    address: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// `answer` is given the request and those before it.
    fn start(answer: impl Fn(&Asked, &[Asked]) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer): (_, Arc<Behaviour>) = (log.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || serve(stream.unwrap(), &seen, answer.as_ref()));
            }
        });
        Self { address, log }
    }

    fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    fn gets(&self) -> Vec<Asked> {
        self.log().into_iter().filter(|asked| asked.method == "GET").collect()
    }

    fn hub(&self) -> Hub {
        hub(&self.address, None)
    }
}

fn hub(endpoint: &str, token: Option<&str>) -> Hub {
    let mut hub = Hub::from_variables(|name| match name {
        "HF_ENDPOINT" => Some(endpoint.to_owned()),
        "HF_TOKEN" => token.map(str::to_owned),
        "HF_HOME" => Some("/nowhere".into()),
        _ => None,
    });
    hub.pause = Duration::from_millis(1);
    hub
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &Behaviour) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
        .collect();
    let asked = Asked { method, path, headers };
    let before = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log[..log.len() - 1].to_vec()
    };
    let answer = answer(&asked, &before);
    let mut head = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    if !answer.headers.iter().any(|(name, _)| name == "content-length") {
        head.extend([format!("content-length: {}\r\n", answer.body.len())]);
    }
    for (name, value) in &answer.headers {
        head.extend([format!("{name}: {value}\r\n")]);
    }
    let body: &[u8] = if asked.method == "HEAD" { &[] } else { &answer.body };
    let body = &body[..answer.cut.unwrap_or(body.len()).min(body.len())];
    // Whoever asked may have gone.
    let _ = stream.write_all((head + "\r\n").as_bytes()).and_then(|()| stream.write_all(body));
    let _ = stream.flush();
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

/// A folder of models whose manifest has these files.
struct Shelf {
    models: Models,
    _dir: tempfile::TempDir,
}

const HEAD: &str = r#"
name = "tiny"
title = "Tiny"
summary = "For tests."
maker = "Nobody"
page = "https://example.org/tiny"
repository = "nobody/tiny"
revision = "main"
capabilities = ["text"]
[licence]
id = "Test-1.0"
summary = "Do what you like."
text = "All of it."
[video]
width = 32
height = 32
fps = 16
frames = 9
steps = 2
guidance = 1.0
shift = 3.0
"#;

impl Shelf {
    fn new(files: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("tiny.toml"), format!("{HEAD}{files}")).unwrap();
        Self { models: Models::new(dir.path().to_owned()), _dir: dir }
    }

    /// With the one file `w.bin`, of which length and checksum are stated.
    fn stated(bytes: &[u8]) -> Self {
        let (length, sha) = (bytes.len(), sha256(bytes));
        Self::new(&format!("[[files]]\npath = \"w.bin\"\nbytes = {length}\nsha256 = \"{sha}\"\n"))
    }

    /// With the one file `w.bin`, of which nothing is stated.
    fn unstated() -> Self {
        Self::new("[[files]]\npath = \"w.bin\"\n")
    }

    fn pull(&self, hub: &Hub) -> Result<Installed, ModelError> {
        self.models.pull("tiny", &Source::Hub, hub, true, &Watch::unwatched())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.models.folder().join("tiny").join(name)
    }

    fn state(&self) -> ModelState {
        self.models.installed(&self.models.manifest("tiny").unwrap()).state
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.file(name)).unwrap()
    }
}

/// A hub that behaves: large files lead elsewhere, small ones come at once.
fn good_hub(files: Vec<(&'static str, Vec<u8>)>) -> Server {
    Server::start(move |asked, _| {
        let name = asked.path.rsplit_once("main/").or_else(|| asked.path.rsplit_once(&format!("{COMMIT}/")));
        let name = name.map_or_else(|| asked.path.trim_start_matches("/far/"), |(_, name)| name);
        let Some((_, bytes)) = files.iter().find(|(file, _)| *file == name) else { return Answer::of(404) };
        if asked.path.starts_with("/far/") {
            return Answer::file(asked, bytes);
        }
        if name.ends_with(".safetensors") {
            let host = &asked.headers["host"].replace("127.0.0.1", "localhost");
            return Answer::of(302)
                .with("location", format!("http://{host}/far/{name}"))
                .with("x-linked-size", bytes.len())
                .with("x-linked-etag", format!("\"{}\"", sha256(bytes)))
                .with("x-repo-commit", COMMIT);
        }
        Answer::file(asked, bytes).with("x-repo-commit", COMMIT).with("etag", "\"abc\"")
    })
}

fn sharded() -> (Shelf, Server, Vec<u8>, Vec<u8>) {
    let shelf = Shelf::new(
        "[[files]]\npath = \"net/model.safetensors.index.json\"\nshards = true\n[[files]]\npath = \"config.json\"\n",
    );
    let (a, b) = (noise(300_000), noise(1000));
    let index = r#"{"weight_map":{"x":"a.safetensors","y":"b.safetensors","z":"a.safetensors"}}"#;
    let server = good_hub(vec![
        ("net/model.safetensors.index.json", index.into()),
        ("net/a.safetensors", a.clone()),
        ("net/b.safetensors", b.clone()),
        ("config.json", b"{}".to_vec()),
    ]);
    (shelf, server, a, b)
}

#[test]
fn a_model_is_installed_checked_mended_and_removed() {
    let (shelf, server, a, b) = sharded();
    assert_eq!(shelf.state(), ModelState::Absent);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let watch = Watch::new(CancelToken::default(), move |p| log.lock().unwrap().push((p.done, p.total)));
    let secret = hub(&server.address, Some("secret"));
    let installed = shelf.models.pull("tiny", &Source::Hub, &secret, true, &watch).unwrap();
    assert_eq!((installed.state, installed.revision.as_deref()), (ModelState::Installed, Some(COMMIT)));
    let total = (a.len() + b.len() + 2) as u64
        + fs::metadata(shelf.file("net/model.safetensors.index.json")).unwrap().len();
    assert_eq!((installed.disk_bytes, installed.total_bytes), (total, Some(total)));
    assert_eq!(seen.lock().unwrap().last(), Some(&(total, total)));
    assert!((shelf.read("net/a.safetensors") == a) && (shelf.read("net/b.safetensors") == b));
    // The hub is told who asks, and nobody else is; what is fetched is of one commit.
    for asked in server.log() {
        let told = asked.headers.get("authorization").map(String::as_str);
        assert_eq!(told, (!asked.path.starts_with("/far/")).then_some("Bearer secret"), "{}", asked.path);
        assert!(asked.method == "HEAD" || asked.path.starts_with("/far/") || asked.path.contains(COMMIT));
    }
    let requests = server.log().len();
    shelf.pull(&server.hub()).unwrap();
    assert_eq!(server.log().len(), requests, "what is here is not asked for");

    let verdict = shelf.models.verify("tiny", &Watch::unwatched()).unwrap();
    assert_eq!((verdict.files, verdict.bytes, verdict.damaged.len()), (4, total, 0));
    let mut bytes = a.clone();
    bytes[1234] ^= 1;
    fs::write(shelf.file("net/a.safetensors"), &bytes).unwrap();
    assert_eq!(shelf.state(), ModelState::Installed, "a glance does not see it");
    let verdict = shelf.models.verify("tiny", &Watch::unwatched()).unwrap();
    assert!(verdict.damaged.len() == 1 && verdict.damaged[0].contains("a.safetensors"), "{verdict:?}");
    assert_eq!(shelf.state(), ModelState::Damaged);
    fs::remove_file(shelf.file("config.json")).unwrap();
    shelf.pull(&server.hub()).unwrap();
    assert!(shelf.state() == ModelState::Installed && shelf.read("net/a.safetensors") == a);

    fs::write(shelf.file("mine.txt"), "of the user").unwrap();
    assert_eq!(shelf.models.remove("tiny").unwrap(), total);
    assert_eq!(shelf.state(), ModelState::Absent);
    let left: Vec<_> =
        fs::read_dir(shelf.file("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine.txt"]);
    assert!(matches!(shelf.models.remove("tiny"), Err(ModelError::Absent(_))));
}

#[test]
fn a_line_that_breaks_again_and_again_is_taken_up_where_it_broke() {
    let bytes = noise(1_000_000);
    let shelf = Shelf::stated(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |asked, _| Answer::file(asked, &served).cut(90_000));
    shelf.pull(&server.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
    let gets = server.gets();
    assert_eq!(gets.len(), 12);
    assert!(gets.iter().skip(1).all(|asked| asked.from() > 0), "nothing is fetched twice");
    assert!(!shelf.file("w.bin.part").exists());
}

#[test]
fn a_server_that_only_ever_breaks_off_is_given_up() {
    let bytes = noise(1_000_000);
    let shelf = Shelf::stated(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |asked, _| Answer::file(asked, &served).cut(10));
    let error = shelf.pull(&server.hub()).unwrap_err();
    assert!(matches!(error, ModelError::Network { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("is kept")));
    assert_eq!(shelf.state(), ModelState::Partial);
    assert!(shelf.file("w.bin.part").exists());
}

#[test]
fn a_server_that_knows_no_ranges_begins_anew() {
    let bytes = noise(500_000);
    let shelf = Shelf::stated(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |_, before| {
        let whole = Answer { body: served.clone(), ..Answer::of(200) };
        if before.is_empty() { whole.cut(200_000) } else { whole }
    });
    shelf.pull(&server.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
    assert_eq!(server.gets().len(), 2);
}

#[test]
fn a_lie_about_the_length_is_found_out() {
    let bytes = noise(5000);
    // The announced length is not the published one.
    let shelf = Shelf::stated(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |asked, _| Answer::file(asked, &served[..4000]));
    let error = shelf.pull(&server.hub()).unwrap_err();
    assert!(matches!(error, ModelError::Length { wanted: 5000, found: 4000, .. }), "{error}");
    // The hub says one length beforehand and comes with another.
    let shelf = Shelf::unstated();
    let served = bytes.clone();
    let server = Server::start(move |asked, _| match asked.method.as_str() {
        "HEAD" => Answer::of(200).with("content-length", 6000),
        _ => Answer::file(asked, &served),
    });
    let error = shelf.pull(&server.hub()).unwrap_err();
    assert!(matches!(error, ModelError::Length { wanted: 6000, found: 5000, .. }), "{error}");
    // More comes than was announced; what is too much is not read.
    let shelf = Shelf::stated(&bytes);
    let served = [bytes.clone(), noise(100)].concat();
    let server = Server::start(move |_, _| {
        let answer = Answer { body: served.clone(), ..Answer::of(200) };
        answer.with("content-length", 5000)
    });
    shelf.pull(&server.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
}

#[test]
fn wrong_bytes_are_never_installed() {
    let bytes = noise(100_000);
    let mut wrong = bytes.clone();
    wrong[77_777] ^= 4;
    let shelf = Shelf::stated(&bytes);
    let server = Server::start(move |asked, _| Answer::file(asked, &wrong));
    let error = shelf.pull(&server.hub()).unwrap_err();
    assert!(matches!(error, ModelError::Checksum { .. }), "{error}");
    assert_eq!(server.gets().len(), 2, "once more, then never again");
    assert!(!shelf.file("w.bin").exists());
    assert_eq!(fs::metadata(shelf.file("w.bin.part")).unwrap().len(), 0, "wrong bytes are not built upon");
    let served = bytes.clone();
    let good = Server::start(move |asked, _| Answer::file(asked, &served));
    shelf.pull(&good.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
    // Wrong bytes that an earlier attempt left are thrown away.
    let shelf = Shelf::stated(&bytes);
    fs::create_dir_all(shelf.file("")).unwrap();
    fs::write(shelf.file("w.bin.part"), noise(70_000).iter().map(|b| b ^ 1).collect::<Vec<_>>()).unwrap();
    shelf.pull(&good.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
    // And so is what is longer than the file.
    let shelf = Shelf::stated(&bytes);
    fs::create_dir_all(shelf.file("")).unwrap();
    fs::write(shelf.file("w.bin.part"), noise(200_000)).unwrap();
    shelf.pull(&good.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
}

#[test]
fn a_pause_keeps_what_is_here() {
    let bytes = noise(3_000_000);
    let shelf = Shelf::stated(&bytes);
    let served = bytes.clone();
    let server = Server::start(move |asked, before| {
        let answer = Answer::file(asked, &served);
        if before.is_empty() { answer.cut(2_000_000) } else { answer }
    });
    let cancel = CancelToken::default();
    let token = cancel.clone();
    // The first report after some bytes have come.
    let watch = Watch::new(cancel, move |progress| {
        if progress.done > 0 {
            token.cancel();
        }
    });
    let mut slow = server.hub();
    slow.pause = Duration::from_secs(5);
    let error = shelf.models.pull("tiny", &Source::Hub, &slow, true, &watch).unwrap_err();
    assert!(matches!(error, ModelError::Cancelled(_)), "{error}");
    assert_eq!(shelf.state(), ModelState::Partial);
    shelf.pull(&server.hub()).unwrap();
    assert!(shelf.read("w.bin") == bytes);
    assert!(server.gets().last().unwrap().from() > 0);
}

#[test]
fn refusals_say_what_to_do() {
    let refuse = |status| Server::start(move |_, _| Answer::of(status));
    let hint = |error: &ModelError| error.hint().unwrap_or_default();
    for status in [401, 403] {
        let server = refuse(status);
        let error = Shelf::unstated().pull(&server.hub()).unwrap_err();
        assert!(matches!(error, ModelError::Refused { token: false, .. }), "{error}");
        assert!(hint(&error).contains("HF_TOKEN") && hint(&error).contains("https://example.org/tiny"));
        let error = Shelf::unstated().pull(&hub(&server.address, Some("old"))).unwrap_err();
        assert!(hint(&error).contains("does not allow"), "{}", hint(&error));
    }
    let error = Shelf::stated(b"abc").pull(&refuse(404).hub()).unwrap_err();
    assert!(matches!(error, ModelError::Gone { .. }), "{error}");
    let error = Shelf::unstated().pull(&refuse(418).hub()).unwrap_err();
    assert!(matches!(error, ModelError::Status { status: 418, .. }), "{error}");
    // A server in trouble is asked again.
    let server = Server::start(|asked, before| match before.len() {
        0 => Answer::of(503),
        1 => Answer::of(429),
        _ => Answer::file(asked, b"abc"),
    });
    Shelf::unstated().pull(&server.hub()).unwrap();
    // Nobody is there.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = Shelf::unstated().pull(&hub(&format!("http://{nobody}"), None)).unwrap_err();
    assert!(error.to_string().contains("127.0.0.1 cannot be reached"), "{error}");
    assert!(hint(&error).contains("HTTPS_PROXY") && hint(&error).contains("--from"));
    let offline = Hub::from_variables(|name| (name == "HF_HUB_OFFLINE").then(|| "1".into()));
    assert!(matches!(Shelf::unstated().pull(&offline), Err(ModelError::Offline)));
}

#[test]
fn what_is_refused_before_anything_is_asked() {
    let server = Server::start(|_, _| Answer::of(500));
    let shelf = Shelf::new(&format!(
        "[[files]]\npath = \"w.bin\"\nbytes = {}\nsha256 = \"{}\"\n",
        1_u64 << 60,
        sha256(b"")
    ));
    let error = shelf.pull(&server.hub()).unwrap_err();
    assert!(matches!(error, ModelError::NoRoom { .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("MUTOSCOPE_MODELS")));
    let shelf = Shelf::unstated();
    let unaccepted = shelf.models.pull("tiny", &Source::Hub, &server.hub(), false, &Watch::unwatched());
    assert!(matches!(unaccepted, Err(ModelError::Licence { .. })));
    assert!(!shelf.file("").exists());
    let error = shelf.models.manifest("huge").unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("tiny") && hint.contains("wan-vace-1.3b")));
    assert!(server.log().is_empty());
    for bad in ["../w.bin", "/w.bin", "a\\\\b", "C:w", ""] {
        let text = format!("{HEAD}[[files]]\npath = \"{bad}\"\n");
        assert!(matches!(Manifest::read("x", &text), Err(ModelError::Manifest { .. })), "{bad}");
    }
    for (share, fits) in [("0", true), ("0.8", true), ("1.2", false), ("-0.1", false), ("nan", false)] {
        let head = HEAD.replace("shift = 3.0", &format!("shift = 3.0\nfrom_stage = {share}"));
        let read = Manifest::read("x", &format!("{head}[[files]]\npath = \"w.bin\"\n"));
        assert_eq!(read.is_ok(), fits, "from_stage = {share}");
    }
}

#[test]
fn an_index_that_leads_out_of_the_folder_is_refused() {
    for bad in ["../../../etc/passwd", "/etc/passwd", "a/b.safetensors"] {
        let shelf = Shelf::new("[[files]]\npath = \"m.index.json\"\nshards = true\n");
        let index = format!(r#"{{"weight_map":{{"x":"{bad}"}}}}"#);
        let server = good_hub(vec![("m.index.json", index.into())]);
        let error = shelf.pull(&server.hub()).unwrap_err();
        assert!(matches!(error, ModelError::Index { .. }), "{error}");
    }
}

#[test]
fn files_of_the_users_own_are_checked_and_linked() {
    let bytes = noise(10_000);
    let shelf = Shelf::stated(&bytes);
    let folder = tempfile::tempdir().unwrap();
    let take = |folder: &Path| {
        let (source, hub) = (Source::Folder(folder.to_owned()), hub("http://127.0.0.1:1", None));
        shelf.models.pull("tiny", &source, &hub, true, &Watch::unwatched())
    };
    assert!(matches!(take(folder.path()), Err(ModelError::NotThere { .. })));
    fs::write(folder.path().join("w.bin"), noise(9_999)).unwrap();
    assert!(matches!(take(folder.path()), Err(ModelError::Length { .. })));
    let mut wrong = bytes.clone();
    wrong[0] ^= 1;
    fs::write(folder.path().join("w.bin"), wrong).unwrap();
    assert!(matches!(take(folder.path()), Err(ModelError::Checksum { .. })));
    assert!(!shelf.file("w.bin").exists());
    fs::write(folder.path().join("w.bin"), &bytes).unwrap();
    assert_eq!(take(folder.path()).unwrap().state, ModelState::Installed);
    assert!(shelf.read("w.bin") == bytes && folder.path().join("w.bin").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        assert_eq!(fs::metadata(shelf.file("w.bin")).unwrap().nlink(), 2);
    }
}

#[test]
fn what_other_programs_have_fetched_is_not_fetched_again() {
    let bytes = noise(10_000);
    let shelf = Shelf::stated(&bytes);
    let home = tempfile::tempdir().unwrap();
    let repository = home.path().join("hub/models--nobody--tiny");
    fs::create_dir_all(repository.join("refs")).unwrap();
    fs::create_dir_all(repository.join("snapshots").join(COMMIT)).unwrap();
    fs::write(repository.join("refs/main"), COMMIT).unwrap();
    fs::write(repository.join("snapshots").join(COMMIT).join("w.bin"), &bytes).unwrap();
    let home = home.path().display().to_string();
    let server = Server::start(|_, _| Answer::of(500));
    let hub = Hub::from_variables(|name| match name {
        "HF_HOME" => Some(home.clone()),
        "HF_ENDPOINT" => Some(server.address.clone()),
        _ => None,
    });
    shelf.pull(&hub).unwrap();
    assert!(shelf.read("w.bin") == bytes && server.log().is_empty());
}

#[test]
fn two_do_not_pull_the_same_model_at_once() {
    let bytes = noise(1000);
    let shelf = Shelf::stated(&bytes);
    fs::create_dir_all(shelf.file("")).unwrap();
    let lock = fs::File::create(shelf.file(".lock")).unwrap();
    lock.lock().unwrap();
    let server = Server::start(move |asked, _| Answer::file(asked, &bytes));
    assert!(matches!(shelf.pull(&server.hub()), Err(ModelError::Busy(_))));
    drop(lock);
    shelf.pull(&server.hub()).unwrap();
}

#[test]
fn the_programs_own_manifests_can_be_used() {
    let manifests: Vec<Manifest> = Manifest::built_in().collect::<Result<_, _>>().unwrap();
    assert_eq!(manifests.len(), 4);
    for manifest in &manifests {
        assert!(manifest.licence.text().len() > 5000, "{}", manifest.name);
        assert!(manifest.known_bytes().or(manifest.about_bytes).is_some(), "{}", manifest.name);
        assert!(!manifest.memory.is_empty() && !manifest.capabilities.is_empty());
        assert_eq!(manifest.video.frames % 4, 1);
    }
    assert_eq!(Bytes(19_000_000_000).to_string(), "19.0 GB");
}

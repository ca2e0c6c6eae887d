//! `mutoscope models` against a hub on this machine, reached through a proxy.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;

const WEIGHTS: &[u8] = b"not many weights, but weights";
/// Of [`WEIGHTS`].
const CHECKSUM: &str = "d279ef247f151de26cd7aeb3799281695fe0ef1d5dd7ecda7c037005775976c6";

const MANIFEST: &str = r#"
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
text = "All of the licence."
[video]
width = 32
height = 32
fps = 16
frames = 9
steps = 2
guidance = 1.0
shift = 3.0
[[files]]
path = "w.bin"
bytes = 29
sha256 = "SHA256"
"#;

/// A proxy that answers for the host behind it; what it was asked for first is noted.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let log = Arc::new(Mutex::new(Vec::new()));
    let noted = log.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &noted);
        }
    });
    (address, log)
}

fn answer(mut stream: TcpStream, log: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    // The tunnel first, then the request in it.
    while let Some(first) = lines.next() {
        while lines.next().is_some_and(|line| !line.is_empty()) {}
        log.lock().unwrap().push(first.clone());
        if first.starts_with("CONNECT ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            continue;
        }
        let head =
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", WEIGHTS.len());
        stream.write_all(&[head.as_bytes(), WEIGHTS].concat()).unwrap();
        break;
    }
}

struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tiny.toml"), MANIFEST.replace("SHA256", CHECKSUM)).unwrap();
        Self(dir)
    }

    fn run(&self, args: &[&str], proxy: &str) -> Output {
        let mut command = mutoscope();
        command.arg("models").args(args).env("MUTOSCOPE_MODELS", self.0.path());
        for name in ["HF_TOKEN", "HF_HOME", "HF_HUB_OFFLINE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.env("HF_ENDPOINT", "http://hub.example").env("ALL_PROXY", proxy);
        command.output().expect("mutoscope starts")
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("tiny/w.bin")
    }
}

#[test]
fn a_model_is_pulled_through_a_proxy_checked_and_removed() {
    let (proxy, log) = proxy();
    let shelf = Shelf::new();
    let listed = json(&shelf.run(&["list", "--json"], &proxy));
    let models = listed["models"].as_array().unwrap();
    let named = |name: &str| models.iter().find(|model| model["name"] == name).unwrap();
    assert_eq!((&named("tiny")["state"], &named("tiny")["size_bytes"]), (&"absent".into(), &29.into()));
    assert_eq!(named("wan-vace-1.3b")["licence"], "Apache-2.0");
    let text = stdout(&shelf.run(&["list"], &proxy));
    assert!(text.contains("wan-t2v-1.3b") && text.contains("28.9 GB, Apache-2.0, not installed"), "{text}");

    // Nobody can answer the question, so nothing is fetched.
    let refused = shelf.run(&["pull", "tiny"], &proxy);
    assert_refused(&refused, 2, "was not accepted");
    assert!(stderr(&refused).contains("All of the licence.") && log.lock().unwrap().is_empty());
    assert_refused(&shelf.run(&["pull", "huge"], &proxy), 2, "no model called \"huge\"");
    assert_refused(&shelf.run(&["verify", "tiny"], &proxy), 1, "is not installed");
    assert_refused(&shelf.run(&["remove", "tiny"], &proxy), 1, "is not installed");

    let pulled = shelf.run(&["pull", "tiny", "--accept-licence", "--json"], &proxy);
    assert_ok(&pulled);
    assert_eq!((&json(&pulled)["state"], &json(&pulled)["bytes"]), (&"installed".into(), &29.into()));
    assert_eq!(std::fs::read(shelf.file()).unwrap(), WEIGHTS);
    let asked = log.lock().unwrap().clone();
    assert_eq!(asked, ["CONNECT hub.example:80 HTTP/1.1", "GET /nobody/tiny/resolve/main/w.bin HTTP/1.1"]);

    assert_ok(&shelf.run(&["verify", "tiny"], &proxy));
    std::fs::write(shelf.file(), WEIGHTS.to_ascii_uppercase()).unwrap();
    assert_refused(&shelf.run(&["verify", "tiny"], &proxy), 1, "tiny is damaged");
    // It was accepted before.
    assert_ok(&shelf.run(&["pull", "tiny"], &proxy));
    assert_eq!(std::fs::read(shelf.file()).unwrap(), WEIGHTS);
    assert_eq!(json(&shelf.run(&["remove", "tiny", "--json"], &proxy))["freed_bytes"], 29);
    assert!(!shelf.0.path().join("tiny").exists());
}

#[test]
fn a_model_is_taken_from_a_folder_without_a_network() {
    let shelf = Shelf::new();
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().to_str().unwrap();
    let pull = ["pull", "tiny", "--accept-licence", "--from", from];
    let nobody = "http://127.0.0.1:9";
    assert_refused(&shelf.run(&pull, nobody), 1, "has no w.bin");
    std::fs::write(folder.path().join("w.bin"), WEIGHTS).unwrap();
    assert_ok(&shelf.run(&pull, nobody));
    assert_eq!(std::fs::read(shelf.file()).unwrap(), WEIGHTS);
    assert_refused(
        &shelf.run(&["pull", "wan-t2v-1.3b", "--accept-licence", "--from", from], nobody),
        1,
        "has no",
    );
}

/// A tiny checkpoint with random weights, as `tests/parity` has its parts, laid out as the hub's are.
fn tiny_checkpoint(folder: &Path) -> String {
    let parity = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity");
    let mut files = String::new();
    for (part, fixture, names) in [
        ("text_encoder", "umt5", &["config.json", "model.safetensors"][..]),
        ("tokenizer", "umt5", &["tokenizer.json"]),
        ("transformer", "wan_vace", &["config.json", "diffusion_pytorch_model.safetensors.index.json"]),
        ("vae", "vae21", &["config.json", "diffusion_pytorch_model.safetensors"]),
    ] {
        std::fs::create_dir_all(folder.join(part)).unwrap();
        for name in names {
            std::fs::copy(parity.join(fixture).join(name), folder.join(part).join(name)).unwrap();
            let shards = name.ends_with("index.json");
            files.extend([format!("[[files]]\npath = \"{part}/{name}\"\nshards = {shards}\n")]);
        }
    }
    for shard in 1..=4 {
        let name = format!("diffusion_pytorch_model-0000{shard}-of-00004.safetensors");
        std::fs::copy(parity.join("wan_vace").join(&name), folder.join("transformer").join(&name)).unwrap();
    }
    let head = MANIFEST.split("[[files]]").next().unwrap();
    let head = head.replace("[\"text\"]", "[\"text\", \"control\"]").replace("width = 32", "width = 96");
    format!("{}{files}", head.replace("height = 32", "height = 96").replace("fps = 16", "fps = 8"))
}

#[test]
fn a_film_is_rendered_by_a_model_that_is_installed() {
    let shelf = Shelf::new();
    let folder = tempfile::tempdir().unwrap();
    let manifest = tiny_checkpoint(folder.path());
    std::fs::write(shelf.0.path().join("tiny.toml"), manifest).unwrap();
    let films = tempfile::tempdir().unwrap();
    let make = |name: &str, renderer: &str| {
        let mut command = mutoscope();
        command
            .env("MUTOSCOPE_MODELS", shelf.0.path())
            .args(["make", PROMPT, "-o"])
            .arg(films.path().join(name));
        command.args(SMALL).args(["--renderer", renderer, "--seed", "5"]);
        command.output().expect("mutoscope starts")
    };
    // What is not here is named, with its size and its licence, and the stage is offered.
    let refused = make("none.mp4", "wan-vace-1.3b");
    assert_refused(
        &refused,
        1,
        "Wan 2.1 VACE 1.3B is not installed: it is about 19.0 GB under the licence Apache-2.0",
    );
    assert!(stderr(&refused).contains("mutoscope models pull wan-vace-1.3b"), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("--renderer stage"), "{}", stderr(&refused));
    assert_refused(&make("none.mp4", "tiny"), 1, "Tiny is not installed");
    assert_refused(&make("none.mp4", "huge"), 2, "no renderer called \"huge\"");
    assert_eq!(std::fs::read_dir(films.path()).unwrap().count(), 0);

    let from = folder.path().to_str().unwrap();
    assert_ok(&shelf.run(&["pull", "tiny", "--accept-licence", "--from", from], "http://127.0.0.1:9"));
    assert_ok(&make("a.mp4", "tiny"));
    let picture = |name: &str, index: u32| {
        let film = films.path().join(name);
        media::Decoder::open(&film).unwrap().frame_at(index).unwrap().rgba
    };
    let first = picture("a.mp4", 3);
    assert!(first.chunks_exact(4).any(|pixel| pixel != &first[..4]), "the picture is empty");
    // The same again, from the words to the frames; and it is not the stage's.
    assert_ok(&make("b.mp4", "tiny"));
    let bytes = |name: &str| std::fs::read(films.path().join(name)).unwrap();
    assert!(bytes("a.mp4") == bytes("b.mp4"));
    assert_ok(&make("c.mp4", "stage"));
    assert!(picture("c.mp4", 3) != first);
}

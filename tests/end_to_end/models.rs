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

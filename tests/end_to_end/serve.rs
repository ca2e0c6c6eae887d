//! `mutoscope serve`: a studio for a browser, for this machine only.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::{assert_refused, mutoscope, run};

#[test]
fn the_studio_is_served_to_those_who_have_its_address() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = mutoscope();
    command.args(["serve", "--listen", "127.0.0.1:0", "--json", "--quiet"]);
    command.env("XDG_CONFIG_HOME", dir.path()).env("HOME", dir.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}"));
    let address = said["address"].as_str().unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let ask = |header: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /api/state HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(ask("").starts_with("HTTP/1.1 403"));
    let header = format!("Authorization: Bearer {}\r\n", said["token"].as_str().unwrap());
    assert!(ask(&header).contains("\"project\":null"));
    // As Ctrl-C does.
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_studio_is_not_served_to_others_unasked() {
    assert_refused(&run(&["serve", "--listen", "0.0.0.0:0"]), 2, "can be reached from other computers");
    assert_eq!(run(&["serve", "--listen", "somewhere"]).status.code(), Some(2));
}

//! The studio through its router, as the page uses it and as others would abuse it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use studio::Session;
use studio::session::Setup;
use tower::ServiceExt as _;

const SCRIPT: &str =
    "A fox runs through a snowy forest. The fox stops at a frozen lake. Night falls over the lake.";

struct Studio {
    app: Router,
    dir: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {:?}", self.status, self.body))
    }
}

impl Studio {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let setup = Setup {
            config: Some(dir.path().join("config")),
            films: Some(dir.path().join("films")),
            models: Some(dir.path().join("models")),
            without_stage: true,
        };
        let app = server::router(Session::start(setup).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { app, dir, runtime }
    }

    fn send(&self, request: Request<Body>) -> Answer {
        send(&self.runtime, &self.app, request)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::post(format!("/api{path}")).body(body.to_string().into()).unwrap())
    }

    fn ok(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body);
        assert_eq!(answer.status, StatusCode::OK, "{path}: {:?}", answer.body);
        answer.json()
    }

    fn new_film(&self) -> Value {
        let wishes = json!({"width": 128, "height": 72, "fps": 8, "seconds": 3.0, "renderer": "card"});
        self.ok("/project/new", &json!({"script": SCRIPT, "title": "Fox", "wishes": wishes}))
    }

    fn wait(&self, what: &str, found: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let state = self.get("/api/state").json();
            if found(&state) {
                return state;
            }
            assert!(Instant::now() < deadline, "{what} did not come: {} {}", state["jobs"], state["engine"]);
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn send(runtime: &tokio::runtime::Runtime, app: &Router, request: Request<Body>) -> Answer {
    runtime.block_on(async {
        let response = app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    })
}

#[test]
fn from_words_to_an_exported_film() {
    let studio = Studio::start();
    assert!(studio.get("/api/state").json()["project"].is_null());
    let state = studio.new_film();
    let (revision, event) = (state["revision"].as_u64().unwrap(), state["event"].as_u64().unwrap());
    let shot = state["board"]["scenes"][0]["shots"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(state["project"]["name"], "Fox");

    let patch = json!([{"op": "replace", "path": "/scenes/0/shots/0/camera/lens_mm", "value": 77}]);
    let edit = json!({"revision": revision, "label": "Lens of 1A", "patch": patch});
    let changed = studio.ok("/edit", &edit);
    assert!(changed["revision"].as_u64().unwrap() > revision);
    let events = studio.get(&format!("/api/events?after={event}&wait_ms=10")).json();
    assert!(events["events"].as_array().unwrap().iter().any(|event| event["type"] == "board"));

    let other = SCRIPT.replace("Night falls over the lake.", "A crow lands on the ice.");
    let reading = studio.ok("/read", &json!({"script": other}));
    assert!(reading["spans"].as_array().unwrap().iter().any(|span| span["kind"] == "who"));
    studio.ok("/replan", &json!({"script": other}));
    let board = studio.get("/api/state").json()["board"].clone();
    assert_eq!(board["scenes"][0]["shots"][0]["id"], json!(shot));
    assert!(studio.ok("/undo", &json!({}))["label"].is_string());

    // Where the fox is, and its camera: no picture is needed for that.
    let revision = studio.get("/api/state").json()["revision"].clone();
    let layout = studio.get(&format!("/api/layout?shot={shot}&frame=2")).json();
    assert_eq!(
        (&layout["shot"], &layout["frame"], &layout["revision"]),
        (&json!(shot), &json!(2), &revision)
    );
    assert!(layout["camera"]["fov_y_deg"].as_f64().is_some_and(|fov| (1.0..90.0).contains(&fov)), "{layout}");
    let fox = &layout["cast"][0];
    assert_eq!((&fox["who"], &fox["individual"]), (&json!("fox"), &json!(1)), "{layout}");
    assert!(fox["box"].as_array().is_some_and(|b| b.len() == 4 && b[0].as_f64() < b[2].as_f64()), "{layout}");
    assert_eq!(studio.get("/api/layout?shot=none").status, StatusCode::NOT_FOUND);

    let none = studio.get(&format!("/api/frame?shot={shot}&frame=0&height=72"));
    assert!([StatusCode::OK, StatusCode::NO_CONTENT].contains(&none.status));
    studio.wait("the engine", |state| state["engine"]["ready"] == true);
    let frame = studio.get(&format!("/api/frame?shot={shot}&frame=3&height=72&wait=1"));
    assert_eq!(frame.headers["x-exact"], "1");
    assert_eq!(
        (frame.headers["content-type"].as_bytes(), &frame.body[..2]),
        (b"image/jpeg".as_slice(), &[0xff, 0xd8][..])
    );
    let at = json!({"shot": shot, "frame": 3, "playing": false});
    assert_eq!(studio.post("/playhead", &at).status, StatusCode::NO_CONTENT);

    let jobs = studio.ok("/render", &json!({"shots": [shot], "quality": "draft"}));
    let state = studio.wait("the take", |state| state["takes"][&shot].is_array());
    assert!(state["jobs"].as_array().unwrap().iter().any(|job| job["id"] == jobs["jobs"][0]));
    let key = state["takes"][&shot][0]["key"].as_str().unwrap().to_owned();
    assert_eq!(studio.get(&format!("/api/take/frame?key={key}&frame=0&height=72")).status, StatusCode::OK);
    assert_eq!(
        studio.post("/takes/star", &json!({"key": key, "starred": true})).status,
        StatusCode::NO_CONTENT
    );
    studio.ok("/takes/choose", &json!({"shot": shot, "key": key}));
    studio.ok("/takes/replay", &json!({"key": key}));
    assert_eq!(studio.get(&format!("/api/takes/recipe?key={key}")).json()["key"], json!(key));

    let path = studio.get("/api/export/default").json()["path"].as_str().unwrap().to_owned();
    let export = json!({"preset": "film", "path": path, "quality": "draft"});
    let job = studio.ok("/export", &export)["job"].clone();
    let over = |state: &Value| {
        let jobs = state["jobs"].as_array().into_iter().flatten();
        jobs.filter(|j| j["id"] == job).any(|j| ["done", "failed"].iter().any(|word| j["state"] == *word))
    };
    let state = studio.wait("the film", over);
    assert!(
        state["jobs"].as_array().unwrap().iter().any(|j| j["id"] == job && j["state"] == "done"),
        "{}",
        state["jobs"]
    );
    assert_eq!(media::probe(Path::new(&path)).unwrap().frames, 24);
    assert_eq!(studio.post("/export", &export).status, StatusCode::CONFLICT);

    let options = studio.get("/api/options").json();
    let preset = |id: &str| {
        options["presets"].as_array().unwrap().iter().find(|preset| preset["id"] == id).unwrap().clone()
    };
    assert_eq!(preset("film")["available"], true);
    if preset("webm")["available"] == true {
        let path = studio.dir.path().join("film.webm");
        let export = json!({"preset": "webm", "path": path, "quality": "draft"});
        let job = studio.ok("/export", &export)["job"].clone();
        let over = |state: &Value| {
            let jobs = state["jobs"].as_array().into_iter().flatten();
            jobs.filter(|j| j["id"] == job).any(|j| ["done", "failed"].iter().any(|word| j["state"] == *word))
        };
        let state = studio.wait("the film for the web", over);
        assert!(
            state["jobs"].as_array().unwrap().iter().any(|j| j["id"] == job && j["state"] == "done"),
            "{}",
            state["jobs"]
        );
        let probe = media::probe(&path).unwrap();
        assert!(["vp9", "av1"].contains(&probe.video_codec.as_str()) && probe.frames == 24, "{probe:?}");
        let recipe: Value = serde_json::from_str(&media::recipe(&path).unwrap().unwrap()).unwrap();
        assert_eq!(recipe["storyboard"]["scenes"][0]["shots"][0]["id"], json!(shot));
    }
    let kept = studio.get("/api/cache").json();
    assert!(kept["takes_bytes"].as_u64().unwrap() > 0 && kept["takes_folder"].is_string(), "{kept}");
    let cleared = studio.ok("/cache/clear", &json!({}));
    assert_eq!(cleared["takes_unused_bytes"], 0);
    assert!(cleared["takes_bytes"].as_u64().unwrap() > 0, "the takes of the film stay: {cleared}");
    let wave = studio.get("/api/sound?from=0&seconds=1");
    assert_eq!((wave.status, wave.body.len()), (StatusCode::OK, 44 + 48_000 * 4));

    studio.ok("/project/close", &json!({}));
    let recent = studio.get("/api/projects").json()["recent"].clone();
    assert_eq!(recent[0]["name"], "Fox");
    studio.ok("/project/open", &json!({"folder": recent[0]["folder"]}));
}

#[test]
fn what_there_is_to_choose_from_is_not_empty() {
    let studio = Studio::start();
    let options = studio.get("/api/options").json();
    for (name, list) in options.as_object().unwrap() {
        assert!(!list.as_array().unwrap().is_empty(), "{name}");
    }
    assert!(
        options["kinds"]
            .as_array()
            .unwrap()
            .iter()
            .any(|kind| kind["kind"] == "mammoth" && kind["group"] == "animals")
    );
    let mut settings = studio.get("/api/settings").json();
    settings["contrast"] = json!("high");
    let put = Request::builder()
        .method(Method::PUT)
        .uri("/api/settings")
        .body(settings.to_string().into())
        .unwrap();
    assert_eq!(studio.send(put).json()["contrast"], "high");
    assert!(studio.get("/api/doctor").json()["version"].is_string());
    assert!(studio.get("/api/models").json().as_array().is_some());
}

#[test]
fn a_model_is_installed_checked_and_removed() {
    const MANIFEST: &str = r#"
name = "tiny"
title = "Tiny"
summary = "For tests."
maker = "Nobody"
page = "https://example.org/tiny"
repository = "nobody/tiny"
revision = "main"
capabilities = ["text", "control"]
licence = { id = "Test-1.0", summary = "Do what you like.", text = "All of it." }
memory = [{ precision = "f32", bytes = 1000 }]
video = { width = 32, height = 32, fps = 16, frames = 9, steps = 2, guidance = 1.0, shift = 3.0 }
files = [{ path = "w.bin", bytes = 5 }]
"#;
    let studio = Studio::start();
    let folder = studio.dir.path().join("models");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("tiny.toml"), MANIFEST).unwrap();
    let mine = studio.dir.path().join("mine");
    std::fs::create_dir(&mine).unwrap();
    let model = |studio: &Studio| {
        let models = studio.get("/api/models").json();
        let models = models.as_array().unwrap();
        assert!(models.iter().any(|model| model["state"] == "built-in"));
        models.iter().find(|model| model["name"] == "tiny").unwrap().clone()
    };
    let settled = |what: &str, found: &dyn Fn(&Value) -> bool| {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let model = model(&studio);
            if model["transfer"].is_null() && found(&model) {
                return model;
            }
            assert!(Instant::now() < deadline, "{what} did not come: {model}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let at_first = model(&studio);
    assert_eq!(
        (&at_first["state"], &at_first["size_bytes"], &at_first["fits"]),
        (&json!("absent"), &json!(5), &json!(true))
    );
    assert_eq!(studio.get("/api/models/tiny/licence").json()["text"], "All of it.");
    let pull = json!({ "accept_licence": true, "from": mine });
    assert_eq!(studio.post("/models/tiny/pull", &json!({})).status, StatusCode::CONFLICT);
    assert_eq!(studio.post("/models/huge/pull", &pull).status, StatusCode::NOT_FOUND);
    assert_eq!(studio.post("/models/tiny/verify", &json!({})).status, StatusCode::CONFLICT);
    // The folder lacks the file.
    studio.ok("/models/tiny/pull", &pull);
    let failed = settled("the failure", &|model| !model["problem"].is_null());
    assert!(failed["problem"]["hint"].as_str().unwrap().contains("folder"), "{failed}");
    std::fs::write(mine.join("w.bin"), "bytes").unwrap();
    // It was accepted before.
    studio.ok("/models/tiny/pull", &json!({ "from": mine }));
    let here = settled("the model", &|model| model["installed"] == true);
    assert_eq!((&here["disk_bytes"], &here["problem"]), (&json!(5), &Value::Null));
    std::fs::remove_file(folder.join("tiny/w.bin")).unwrap();
    std::fs::write(folder.join("tiny/w.bin"), "bites").unwrap();
    studio.ok("/models/tiny/verify", &json!({}));
    settled("the damage", &|model| model["damaged"] == true && !model["problem"].is_null());
    studio.ok("/models/tiny/pause", &json!({}));
    let remove = Request::delete("/api/models/tiny").body(Body::empty()).unwrap();
    assert_eq!(studio.send(remove).json()["state"], "absent");
    let events = studio.get("/api/events?after=0").json();
    assert!(events["events"].as_array().unwrap().iter().any(|event| event["type"] == "model"), "{events}");
}

#[test]
fn nonsense_is_refused_with_a_reason() {
    let studio = Studio::start();
    let refused = |answer: &Answer, status: u16| {
        assert_eq!(answer.status.as_u16(), status, "{:?}", answer.body);
        assert!(answer.json()["error"].as_str().is_some_and(|error| !error.is_empty()), "{:?}", answer.body);
    };
    refused(&studio.post("/undo", &json!({})), 409);
    refused(&studio.post("/project/new", &json!({"script": " "})), 400);
    refused(&studio.post("/project/new", &json!({"script": "a", "wishes": {"fps": 5000}})), 400);
    refused(&studio.post("/project/open", &json!({"folder": studio.dir.path()})), 404);
    refused(&studio.post("/project/open", &json!({"folder": "/nowhere/at/all"})), 404);
    refused(&studio.get("/api/nothing"), 404);
    refused(&studio.get("/api/undo"), 405);
    refused(&studio.get("/api/frame"), 400);
    let state = studio.new_film();
    refused(&studio.get("/api/frame?shot=s9-990&wait=1"), 404);
    refused(&studio.get("/api/frame?shot=../../etc"), 400);
    let edit = |revision: u64, patch: Value| json!({"revision": revision, "label": "x", "patch": patch});
    let revision = state["revision"].as_u64().unwrap();
    let bad = json!([{"op": "remove", "path": "/scenes/77"}]);
    refused(&studio.post("/edit", &edit(revision, bad.clone())), 400);
    refused(&studio.post("/edit", &edit(revision - 1, bad)), 409);
    refused(&studio.post("/edit", &edit(revision, json!([{"op": "explode", "path": ""}]))), 400);
    refused(&studio.post("/edit", &edit(revision, json!([{"op": "replace", "path": "", "value": 7}]))), 400);
    studio.wait("the engine", |state| state["engine"]["ready"] == true);
    refused(&studio.post("/jobs/t99/cancel", &json!({})), 404);
    refused(&studio.post("/jobs/t99/explode", &json!({})), 404);
    refused(&studio.get("/api/jobs/t99/sketch"), 404);
    refused(&studio.post("/jobs/t99/sketch", &json!({})), 405);
    refused(&studio.post("/export", &json!({"preset": "film", "path": "relative.mp4"})), 400);
    refused(&studio.post("/takes/star", &json!({"key": "../../secret", "starred": true})), 404);
    assert_eq!(studio.get("/api/state").json()["revision"], json!(revision));

    let large = Request::post("/api/read").body(vec![b' '; 5 << 20].into()).unwrap();
    refused(&studio.send(large), 413);
    for path in
        ["/../Cargo.toml", "/..%2f..%2fetc%2fpasswd", "/assets/../../Cargo.toml", "//etc/passwd", "/%00"]
    {
        refused(&studio.get(path), 404);
    }
    refused(&studio.get(&format!("/api/projects/poster?folder={}", studio.dir.path().display())), 404);
}

#[test]
fn the_page_comes_with_its_policy() {
    let studio = Studio::start();
    let page = studio.get("/");
    assert_eq!(page.status, StatusCode::OK);
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    let scripts = policy.split(';').find(|rule| rule.trim().starts_with("script-src")).unwrap();
    assert_eq!(scripts.trim(), "script-src 'self'");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    assert!(!page.headers.contains_key("access-control-allow-origin"));
}

#[test]
fn the_door_opens_to_our_own_page_only() {
    let studio = Studio::start();
    let app =
        server::Door::new("127.0.0.1:7400".parse().unwrap(), "secret", "ticket").before(studio.app.clone());
    let ask = |path: &str, headers: &[(&str, &str)]| {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&studio.runtime, &app, request.body(Body::empty()).unwrap())
    };
    let host = ("host", "127.0.0.1:7400");
    let cookie = ("cookie", "other=1; mutoscope=secret");
    assert_eq!(ask("/api/state", &[host]).status, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/state", &[cookie]).status, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/state", &[host, ("cookie", "mutoscope=secreT")]).status, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/state", &[host, cookie]).status, StatusCode::OK);
    assert_eq!(
        ask("/api/state", &[("host", "localhost:7400"), ("authorization", "Bearer secret")]).status,
        StatusCode::OK
    );
    // A name that somebody has pointed at this machine, another page, another port of ours.
    assert_eq!(ask("/api/state", &[("host", "evil.example:7400"), cookie]).status, StatusCode::FORBIDDEN);
    assert_eq!(
        ask("/api/state", &[host, cookie, ("origin", "http://evil.example")]).status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        ask("/api/state", &[host, cookie, ("origin", "http://127.0.0.1:8080")]).status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(ask("/api/state", &[host, cookie, ("origin", "null")]).status, StatusCode::FORBIDDEN);
    assert_eq!(
        ask("/api/state", &[host, cookie, ("origin", "http://127.0.0.1:7400")]).status,
        StatusCode::OK
    );
    // The ticket opens once, and is not seen again.
    assert_eq!(ask("/?token=wrong", &[host]).status, StatusCode::FORBIDDEN);
    let open = ask("/?token=ticket", &[host]);
    assert_eq!((open.status, &open.headers["location"]), (StatusCode::SEE_OTHER, &"/".parse().unwrap()));
    let set = open.headers["set-cookie"].to_str().unwrap();
    assert!(set.contains("mutoscope=secret") && set.contains("HttpOnly") && set.contains("SameSite=Strict"));
    assert_eq!(ask("/?token=ticket", &[host]).status, StatusCode::FORBIDDEN);
    assert_eq!(ask("/?token=ticket", &[host, cookie]).status, StatusCode::SEE_OTHER);
}

#[test]
fn a_port_is_served_and_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup {
        config: Some(dir.path().join("config")),
        films: Some(dir.path().join("films")),
        models: Some(dir.path().join("models")),
        without_stage: true,
    };
    let session: Arc<Session> = Session::start(setup).unwrap();
    let remote = server::serve(session.clone(), "0.0.0.0:0".parse().unwrap(), false).unwrap_err();
    assert!(matches!(remote, server::ServeError::Remote(_)));
    let serving = server::serve(session, "127.0.0.1:0".parse().unwrap(), false).unwrap();
    let ask = |path: &str, more: &str| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(serving.address()).unwrap();
        let host = serving.address();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert!(ask("/api/state", "").starts_with("HTTP/1.1 403"));
    assert!(
        ask("/api/state", &format!("Authorization: Bearer {}\r\n", serving.token()))
            .contains("\"revision\":0")
    );
    let path = serving.url().split_once("/?").map(|(_, query)| format!("/?{query}")).unwrap();
    assert!(ask(&path, "").starts_with("HTTP/1.1 303"));
    let address = serving.address();
    drop(serving);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn the_schema_of_the_page_is_as_the_program_speaks() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/api/schema.json");
    let mut text = serde_json::to_string_pretty(&server::schema()).unwrap();
    text.push('\n');
    if std::env::var_os("MUTOSCOPE_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "ui/src/api/schema.json is of another program: `./x fixtures` writes it anew");
}

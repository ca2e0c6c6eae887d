//! The real window, as a person has it: under a display without a screen, clicked and typed into through `WebKitGTK`'s driver.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

const PROMPT: &str = "A red fox stands in a snowy meadow. Two seconds.";
/// How long the slowest step may take: the first picture of a stage that is drawn on the processor.
const PATIENCE: Duration = Duration::from_mins(3);

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The display, the driver and the window.
struct Window {
    address: String,
    keyboard: Keyboard,
    _driver: Running,
    _display: Running,
}

impl Window {
    fn open(home: &Path) -> Self {
        let (display, number) = display();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port")
            .port();
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", &format!("--port={port}")])
            .env("DISPLAY", format!(":{number}"))
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_RUNTIME_DIR", home)
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("NO_AT_BRIDGE", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-run-session and WebKitWebDriver are installed (./x test installs them)");
        let driver = Running(driver);
        let base = format!("http://127.0.0.1:{port}");
        let wish = json!({ "capabilities": { "alwaysMatch": {
            "webkitgtk:browserOptions": { "binary": env!("CARGO_BIN_EXE_mutoscope-studio"), "args": [] }
        } } });
        let made = until("the driver answers", || post(&format!("{base}/session"), &wish));
        let id = made["sessionId"].as_str().expect("the window has opened").to_owned();
        Self {
            address: format!("{base}/session/{id}"),
            keyboard: Keyboard::of(number),
            _driver: driver,
            _display: display,
        }
    }

    /// What a script in the page gives.
    fn run(&self, script: &str) -> Value {
        post(&format!("{}/execute/sync", self.address), &json!({ "script": script, "args": [] }))
            .unwrap_or(Value::Null)
    }

    /// What the studio's API answers to the page.
    fn ask(&self, path: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1]; fetch('{path}').then(r => r.json()).then(done, e => done(String(e)));"
        );
        post(&format!("{}/execute/async", self.address), &json!({ "script": script, "args": [] }))
            .unwrap_or(Value::Null)
    }

    fn element(&self, selector: &str) -> String {
        until(selector, || {
            let wish = json!({ "using": "css selector", "value": selector });
            let found = post(&format!("{}/element", self.address), &wish)?;
            found.as_object()?.values().next()?.as_str().map(str::to_owned)
        })
    }

    fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        let typed = post(&format!("{}/element/{element}/value", self.address), &json!({ "text": text }));
        assert!(typed.is_some(), "{selector} takes no text");
    }

    fn click(&self, selector: &str) {
        let element = self.element(selector);
        assert!(
            post(&format!("{}/element/{element}/click", self.address), &json!({})).is_some(),
            "{selector}"
        );
    }
}

/// The keyboard of a display: its keys reach the window as a person's do, the native menu with them.
struct Keyboard {
    display: RustConnection,
    /// The symbols of the keys from `first` on, `width` of them a key.
    symbols: Vec<u32>,
    first: u8,
    width: usize,
}

impl Keyboard {
    const CONTROL: u32 = 0xffe3;
    const F10: u32 = 0xffc7;
    const DOWN: u32 = 0xff54;
    const LEFT: u32 = 0xff51;
    const RETURN: u32 = 0xff0d;
    const Q: u32 = 'q' as u32;

    fn of(display: u32) -> Self {
        let (display, _) =
            x11rb::connect(Some(&format!(":{display}"))).expect("the display takes another client");
        let (first, last) = (display.setup().min_keycode, display.setup().max_keycode);
        let keys = display.get_keyboard_mapping(first, last - first + 1).expect("the display listens");
        let keys = keys.reply().expect("the display has a keyboard");
        Self { symbols: keys.keysyms, width: keys.keysyms_per_keycode.into(), first, display }
    }

    /// Presses the keys one after another and lets go of them in the reverse order.
    fn press(&self, symbols: &[u32]) {
        let codes = symbols.iter().map(|symbol| {
            let at = self.symbols.iter().position(|known| known == symbol).expect("the keyboard has the key");
            self.first + u8::try_from(at / self.width).expect("there are 248 keys")
        });
        let down = codes.clone().map(|code| (KEY_PRESS_EVENT, code));
        for (event, code) in down.chain(codes.rev().map(|code| (KEY_RELEASE_EVENT, code))) {
            self.display
                .xtest_fake_input(event, code, 0, x11rb::NONE, 0, 0, 0)
                .expect("the display takes the key");
        }
        self.display.flush().expect("the display listens");
        // A menu opens before it takes the next key.
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// A display that is nobody's, and its number.
fn display() -> (Running, u32) {
    let mut server = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is installed (./x test installs it)");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("it is piped"))
        .read_line(&mut line)
        .expect("Xvfb says its number");
    (Running(server), line.trim().parse().expect("a number"))
}

/// The `value` of the driver's answer; `None` when it refuses.
fn post(address: &str, wish: &Value) -> Option<Value> {
    let mut answer = ureq::post(address).send_json(wish).ok()?;
    let answer: Value = answer.body_mut().read_json().ok()?;
    Some(answer["value"].clone())
}

/// Waits until there is something.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_film_is_typed_seen_and_kept_when_the_window_closes() {
    let home = tempfile::tempdir().expect("a folder");
    let window = Window::open(home.path());

    // The page is ours, from our scheme, with nothing that may reach elsewhere.
    assert_eq!(window.run("return location.protocol + '//' + location.host"), json!("mutoscope://localhost"));
    assert_eq!(window.run("return navigator.webdriver"), json!(true));
    until("the text box has the keyboard", || {
        (window.run("return document.activeElement && document.activeElement.id") == json!("prompt"))
            .then_some(())
    });

    // Type, press Enter: a storyboard with a card for every shot.
    window.type_into("#prompt", &format!("{PROMPT}\u{e007}"));
    until("the first card", || {
        (window.run("return document.querySelectorAll('.card').length").as_u64()? > 0).then_some(())
    });
    let state = window.ask("/api/state");
    assert_eq!(state["board"]["script"], PROMPT);
    let shots: usize = state["board"]["scenes"]
        .as_array()
        .map_or(0, |scenes| scenes.iter().map(|s| s["shots"].as_array().map_or(0, Vec::len)).sum());
    assert_eq!(window.run("return document.querySelectorAll('.card').length"), json!(shots));

    // The stage's picture reaches the viewer: snow below, sky above, neither black.
    let colours = "const c = document.querySelector('canvas'); if (!c || !c.width) return null;\
        const k = document.createElement('canvas'); k.width = 16; k.height = 9; const d = k.getContext('2d');\
        d.drawImage(c, 0, 0, 16, 9); const p = d.getImageData(0, 0, 16, 9).data;\
        return [[...p.slice(0, 3)], [...p.slice((8 * 16 + 2) * 4, (8 * 16 + 2) * 4 + 3)]];";
    let (sky, ground) = until("a picture in the viewer", || {
        let pixels = window.run(colours);
        let sum = |k: usize| pixels[k].as_array().map(|p| p.iter().filter_map(Value::as_u64).sum::<u64>());
        let (sky, ground) = (sum(0)?, sum(1)?);
        (sky > 60 && ground > 60).then_some((pixels[0].clone(), pixels[1].clone()))
    });
    assert_ne!(sky, ground);

    // The desktop's own routes are there, and so is the native menu: Help, Keys.
    assert_eq!(window.ask("/api/desktop")["platform"], "linux");
    until("the keys are listed", || {
        for key in [Keyboard::F10, Keyboard::LEFT, Keyboard::DOWN, Keyboard::RETURN] {
            window.keyboard.press(&[key]);
        }
        (window.run("return document.querySelector('[role=dialog]') !== null") == json!(true)).then_some(())
    });
    window.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))");

    // An edit, and the program is left in the same moment: the film has it.
    window.click(".card");
    let folder = state["project"]["folder"].as_str().expect("a folder").to_owned();
    let patch = r#"[{"op":"replace","path":"/title","value":"Closed at once"}]"#;
    let edited = window.run(&format!(
        "const r = new XMLHttpRequest(); r.open('POST', '/api/edit', false);\
         r.setRequestHeader('content-type', 'application/json');\
         r.send(JSON.stringify({{ revision: {}, label: 'Rename', patch: {patch} }})); return r.status;",
        state["revision"]
    ));
    assert_eq!(edited, json!(200));
    window.keyboard.press(&[Keyboard::CONTROL, Keyboard::Q]);
    let saved = until("the film is saved", || {
        let text = std::fs::read_to_string(Path::new(&folder).join("storyboard.json")).ok()?;
        let board: Value = serde_json::from_str(&text).ok()?;
        (board["title"] == "Closed at once").then_some(board)
    });
    assert_eq!(saved["script"], PROMPT);
}

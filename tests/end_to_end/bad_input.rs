//! What people, disks and drivers do to a program: each ends in a clear error or a sensible film.

use super::*;

#[track_caller]
fn plan(prompt: &str) -> Value {
    use std::io::Write as _;
    let mut child = mutoscope()
        .args(["plan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(prompt.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_ok(&output);
    let board = film::Storyboard::from_json(&stdout(&output)).expect("a valid storyboard");
    assert_eq!(board.script, prompt);
    assert!(board.shots().count() > 0, "no shots for {prompt:.60?}");
    json(&output)
}

fn notes(board: &Value) -> Vec<String> {
    board["notes"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_empty_or_blank_prompt_is_refused() {
    for prompt in ["", "   ", "\n\t \u{3000}\u{200b}"] {
        assert_refused(&run(&["plan", prompt]), 2, "empty");
        let dir = tempfile::tempdir().unwrap();
        assert_refused(&make(prompt, &dir.path().join("x.mp4"), &[]), 2, "empty");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_huge_prompt_is_planned_and_says_what_was_cut() {
    let sentence =
        "The old fisherman rows across the misty lake while gulls circle above the quiet village. ";
    let prompt = sentence.repeat(100_000 / sentence.len() + 1);
    let start = std::time::Instant::now();
    let board = plan(&prompt);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert!(notes(&board).iter().any(|n| n.contains("shots")), "{:?}", notes(&board));
}

#[test]
fn foreign_and_hostile_text_still_plans() {
    for prompt in [
        "🦣🦣🦣 ❄️ 🏔️",
        "几头巨大的猛犸象走过雪原,远处是雪山。",
        "تقترب عدة ماموثات صوفية عملاقة عبر مرج ثلجي",
        "Ein Fuchs läuft durch den Wald und schaut sich um.",
        "A cat\u{0}\u{7}\u{1b}[31m sits\u{202e} on a chair\u{feff}.",
        "<script>alert('a dog barks')</script> & <b>a horse</b> runs; DROP TABLE films; --",
        "{\"version\": 1, \"scenes\": []}",
        "../../etc/passwd %s %n ${HOME} `id`",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "!!! ??? ... ,,, ;;; ((( \"\"\"",
        "e\u{301}\u{301}\u{301}\u{301} 👩‍👩‍👧‍👦 n\u{303}andu\u{301}",
    ] {
        plan(prompt);
    }
    let board = plan("几头巨大的猛犸象走过雪原,远处是雪山。");
    assert!(notes(&board).iter().any(|n| n.contains("English")), "{:?}", notes(&board));
}

#[test]
fn a_foreign_prompt_still_becomes_a_film() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("电影 🎬.mp4");
    assert_ok(&make("🦣 猛犸象 approaches", &film, &[]));
    assert!(media::probe(&film).unwrap().frames > 0);
}

#[test]
fn contradictions_are_settled_and_noted() {
    let board = plan(
        "A vertical 16:9 film, 5 seconds long, 20 seconds long, of a sunny rainy night at noon in the desert.",
    );
    let kinds: Vec<&str> =
        board["notes"].as_array().unwrap().iter().filter_map(|n| n["kind"].as_str()).collect();
    assert!(kinds.contains(&"contradiction"), "{:?}", board["notes"]);
}

#[test]
fn a_script_that_is_no_text_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script.txt");
    std::fs::write(&script, [0xff, 0xfe, 0x00, 0x41, 0x80]).unwrap();
    assert_refused(&run(&["plan", "--script", script.to_str().unwrap()]), 2, "UTF-8");
    assert_refused(&run(&["plan", "--script", "/no/such/script.txt"]), 2, "/no/such/script.txt");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_rendering() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    for film in [
        dir.path().join("nowhere/film.mp4"),
        dir.path().join("file/film.mp4"),
        // Nobody may create files there, not even root.
        Path::new("/proc/film.mp4").to_owned(),
        // A folder where the film should go.
        {
            std::fs::create_dir(dir.path().join("folder.mp4")).unwrap();
            dir.path().join("folder.mp4")
        },
    ] {
        let start = std::time::Instant::now();
        assert_refused(&make(PROMPT, &film, &[]), 1, "film.mp4".trim_start_matches("film"));
        assert!(start.elapsed().as_secs() < 5, "{film:?} took {:?}", start.elapsed());
    }
    assert!(partials(dir.path()).is_empty());
}

#[test]
fn damaged_storyboards_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let whole = film::Storyboard::example().to_json();
    let with = |pointer: &str, value: Value| {
        let mut document: Value = serde_json::from_str(&whole).unwrap();
        *document.pointer_mut(pointer).unwrap() = value;
        document.to_string()
    };
    for (text, what) in [
        (whole[..whole.len() / 2].to_owned(), "not complete JSON"),
        (String::new(), "not complete JSON"),
        ("\u{0}\u{1}\u{2}PNG".to_owned(), "not complete JSON"),
        ("{\"name\": \"package.json\"}".to_owned(), "not a storyboard"),
        (with("/version", 99.into()), "file format 99"),
        (with("/scenes/0/place", "atlantis".into()), "no place called atlantis"),
        (
            with("/scenes/0/shots/0/beats/0/who", serde_json::json!(["yeti"])),
            "no member of the cast called yeti",
        ),
        (with("/format/width", 0.into()), "format.width"),
        (with("/scenes/0/shots/0/seconds", 1e9.into()), "shots[0].seconds"),
        (with("/scenes", serde_json::json!([])), "no shots"),
    ] {
        let board = dir.path().join("board.json");
        std::fs::write(&board, &text).unwrap();
        let film = dir.path().join("film.mp4");
        let output = mutoscope().arg("render").arg(&board).arg("-o").arg(&film).output().unwrap();
        assert_refused(&output, 1, what);
        assert_eq!(std::fs::read_to_string(&board).unwrap(), text, "the file was changed");
    }
    assert_refused(&run(&["render", "/no/such.json", "-o", "x.mp4"]), 1, "/no/such.json");
}

#[test]
fn without_a_vulkan_device_it_says_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let bare = |args: &[&str]| {
        let mut command = mutoscope();
        command
            .args(args)
            .env("VK_DRIVER_FILES", "/nonexistent.json")
            .env("VK_ICD_FILENAMES", "/nonexistent.json");
        command.current_dir(dir.path()).output().unwrap()
    };
    let output = bare(&["make", "a cat sits", "-o", "x.mp4", "--size", "160x96"]);
    assert_refused(&output, 1, "graphics device");
    assert!(stderr(&output).contains("mesa-vulkan-drivers"), "{}", stderr(&output));
    let doctor = bare(&["doctor"]);
    assert_refused(&doctor, 1, "");
    assert!(stdout(&doctor).contains("mesa-vulkan-drivers"), "{}", stdout(&doctor));
}

#[test]
fn without_the_encoder_it_says_what_to_install() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = mutoscope();
    command.args(["make", "a cat sits", "-o"]).arg(dir.path().join("x.mp4")).args(SMALL);
    let output = command.env("MUTOSCOPE_VIDEO_ENCODER", "no_such_encoder").output().unwrap();
    assert_refused(&output, 1, "no_such_encoder");
}

/// A small file system of its own, for as long as this lives.
#[cfg(target_os = "linux")]
struct SmallDisk(tempfile::TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(kilobytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().ok()?;
        let size = format!("size={kilobytes}k");
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).output();
        mount.is_ok_and(|o| o.status.success()).then_some(Self(dir))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_and_leaves_nothing_half_written() {
    let Some(disk) = SmallDisk::mount(160) else {
        println!("only root may mount a small disk: not tried");
        return;
    };
    let folder = disk.0.path();
    let output = make(PROMPT, &folder.join("film.mp4"), &["--size", "320x192", "--seconds", "6"]);
    assert_refused(&output, 1, "No space left");
    assert!(!folder.join("film.mp4").exists());
    assert!(partials(folder).is_empty(), "{:?}", partials(folder));
}

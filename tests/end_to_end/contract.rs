//! What the command line promises.

use super::*;

#[test]
fn a_prompt_becomes_a_film_with_sound_and_its_recipe() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    let sheet = dir.path().join("sheet.png");
    let output = make(PROMPT, &film, &["--json", "--sheet", sheet.to_str().unwrap()]);
    assert_ok(&output);
    let made = json(&output);
    let probe = media::probe(&film).unwrap();
    assert_eq!((probe.width, probe.height), (160, 96));
    assert_eq!(probe.frames, 16);
    assert!(probe.sound.is_some(), "the film has sound");
    let recipe: Value = serde_json::from_str(&media::recipe(&film).unwrap().expect("a recipe")).unwrap();
    assert_eq!(recipe["storyboard"]["script"], PROMPT);
    let saved = std::fs::read_to_string(dir.path().join("film.muto/storyboard.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&saved).unwrap(), recipe["storyboard"]);
    assert_eq!(made["film"], film.to_str().unwrap());
    let picture = media::read_png(&sheet).unwrap();
    assert!(picture.width > 100 && picture.height > 50);
    assert!(partials(dir.path()).is_empty());
    // Somebody can be seen: the pictures are not of one colour, and sound can be heard.
    let frame = media::Decoder::open(&film).unwrap().frame_at(8).unwrap();
    let greens: std::collections::BTreeSet<u8> = frame.rgba.chunks_exact(4).map(|p| p[1]).collect();
    assert!(greens.len() > 20, "{} shades", greens.len());
    let loudest = media::read_sound(&film).unwrap().iter().fold(0.0_f32, |m, s| m.max(s.abs()));
    assert!((0.01..1.0).contains(&loudest), "{loudest}");
}

#[test]
fn the_same_prompt_gives_the_same_bytes_and_another_seed_another_film() {
    let dir = tempfile::tempdir().unwrap();
    let film = |name: &str, seed: &str| {
        let path = dir.path().join(name);
        assert_ok(&make(PROMPT, &path, &["--seed", seed]));
        std::fs::read(path).unwrap()
    };
    let first = film("a.mp4", "7");
    assert!(first == film("b.mp4", "7"), "two runs differ");
    assert!(first != film("c.mp4", "8"), "the seed changes nothing");
}

#[test]
fn editing_one_shot_renders_one_shot() {
    let dir = tempfile::tempdir().unwrap();
    let film = dir.path().join("film.mp4");
    let made = make(PROMPT, &film, &["--json"]);
    assert_ok(&made);
    let shots = json(&made)["shots"].as_array().unwrap().len();
    assert!(shots >= 2, "{shots} shots");
    let board = dir.path().join("film.muto/storyboard.json");
    let mut document: Value = serde_json::from_slice(&std::fs::read(&board).unwrap()).unwrap();
    document["scenes"][0]["shots"][1]["camera"]["lens_mm"] = 70.into();
    std::fs::write(&board, document.to_string()).unwrap();
    let output = mutoscope()
        .args(["render", "--json", "--quiet", "--quality", "draft"])
        .arg(dir.path().join("film.muto"))
        .arg("-o")
        .arg(&film)
        .output()
        .unwrap();
    assert_ok(&output);
    let kept: Vec<bool> =
        json(&output)["shots"].as_array().unwrap().iter().map(|s| s["kept"].as_bool().unwrap()).collect();
    assert_eq!(kept.iter().filter(|kept| !**kept).count(), 1, "{kept:?}");
    assert!(!kept[1]);
}

#[test]
fn plan_writes_a_storyboard_that_render_takes() {
    let dir = tempfile::tempdir().unwrap();
    let board = dir.path().join("storyboard.json");
    let mut plan = mutoscope();
    plan.args(["plan", PROMPT, "--size", "160x96", "--fps", "8", "--seconds", "2", "-o"]).arg(&board);
    assert_ok(&plan.output().unwrap());
    let document: Value = serde_json::from_slice(&std::fs::read(&board).unwrap()).unwrap();
    let first = document["scenes"][0]["shots"][0]["id"].as_str().unwrap();
    let film = dir.path().join("one.mp4");
    let render = |more: &[&str]| {
        let mut command = mutoscope();
        command
            .arg("render")
            .arg(&board)
            .arg("-o")
            .arg(&film)
            .args(["--quality", "draft", "--quiet"])
            .args(more);
        command.output().unwrap()
    };
    assert_ok(&render(&["--frames", "3..7"]));
    assert_eq!(media::probe(&film).unwrap().frames, 4);
    assert_ok(&render(&["--shot", first]));
    assert!(media::probe(&film).unwrap().frames < 16);
    assert_refused(&render(&["--shot", "s9-990"]), 2, "s9-990");
    assert_refused(&render(&["--frames", "900..910"]), 2, "900");
}

#[test]
fn words_may_come_from_standard_input_or_a_file() {
    use std::io::Write as _;
    let mut child =
        mutoscope().args(["plan", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(PROMPT.as_bytes()).unwrap();
    let piped = child.wait_with_output().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script.txt");
    std::fs::write(&script, PROMPT).unwrap();
    let read = run(&["plan", "--script", script.to_str().unwrap()]);
    assert_eq!(json(&piped), json(&run(&["plan", PROMPT])));
    assert_eq!(json(&read), json(&piped));
}

#[test]
fn wishes_win_over_the_script() {
    let output = run(&[
        "plan",
        "A vertical 30 second film of a lighthouse in the rain.",
        "--size",
        "640x360",
        "--fps",
        "30",
        "--seconds",
        "6",
        "--seed",
        "11",
        "--style",
        "film-noir",
    ]);
    let board = json(&output);
    assert_eq!(board["format"]["width"], 640);
    assert_eq!(board["format"]["fps"], 30);
    assert_eq!(board["seed"], 11);
    assert_eq!(board["look"]["style"], "film-noir");
    let seconds: f64 = board["scenes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|scene| scene["shots"].as_array().unwrap())
        .map(|shot| shot["seconds"].as_f64().unwrap())
        .sum();
    assert!((seconds - 6.0).abs() < 1e-6, "{seconds}");
}

#[test]
fn doctor_and_schema_speak_json() {
    let report = run(&["doctor", "--json"]);
    assert_ok(&report);
    let report = json(&report);
    assert!(!report["devices"].as_array().unwrap().is_empty());
    assert!(report["ffmpeg"]["version"].is_string());
    assert!(json(&run(&["schema"]))["properties"]["scenes"].is_object());
    assert!(stdout(&run(&["doctor"])).contains("FFmpeg"));
}

#[test]
fn arguments_that_cannot_be_used_end_with_2() {
    for args in [
        &["make", "a cat"][..],
        &["make", "-o", "x.mp4"],
        &["make", "a cat", "-o", "x.mp4", "--size", "0x0"],
        &["make", "a cat", "-o", "x.mp4", "--fps", "0"],
        &["make", "a cat", "-o", "x.mp4", "--seconds", "1e9"],
        &["make", "a cat", "-o", "x.mp4", "--seed", "-1"],
        &["render", "x.json", "-o", "x.mp4", "--frames", "9..3"],
        &["fly"],
    ] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
    let dir = tempfile::tempdir().unwrap();
    assert_refused(&make("a cat", &dir.path().join("x.mp4"), &["--renderer", "sora"]), 2, "sora");
    assert_refused(&make("a cat", &dir.path().join("x.docx"), &[]), 2, ".mp4");
    assert_refused(&make("a cat", &dir.path().join("x.mp4"), &["--style", "nonesuch"]), 2, "nonesuch");
}

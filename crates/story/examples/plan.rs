//! Plans films and prints them: `cargo run -p story --example plan -- "A fox runs."` prints a storyboard; with no
//! argument, each line of standard input is planned and told in a few lines.

use std::{
    io::{Read as _, Write as _},
    time::Instant,
};

use story::{Request, plan, read};

fn main() -> std::io::Result<()> {
    let text = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let begin = Instant::now();
    plan("A fox.", &Request::default());
    let load = begin.elapsed();
    let mut out = std::io::stdout().lock();
    if !text.is_empty() {
        let begin = Instant::now();
        let board = plan(&text, &Request::default());
        let took = begin.elapsed();
        writeln!(out, "{}", board.to_json())?;
        return writeln!(std::io::stderr(), "loaded in {load:.1?}, planned in {took:.2?}");
    }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input)?;
    for line in input.lines() {
        let begin = Instant::now();
        let board = plan(line, &Request::default());
        let took = begin.elapsed();
        writeln!(
            out,
            "\n=== {line}\n    {took:.2?}, {} s, {}",
            board.format.seconds.get(),
            board.look.style
        )?;
        for member in &board.cast {
            writeln!(
                out,
                "  cast {} × {} ({}) {:?}",
                member.id, member.count, member.kind, member.appearance
            )?;
        }
        for beat in &read(line).beats {
            let who = &beat.who;
            writeln!(
                out,
                "  beat {who:?} {} [{}] {:?} {:?}",
                beat.action,
                &line[beat.span.clone()],
                beat.what,
                beat.with
            )?;
        }
        for place in &board.places {
            writeln!(
                out,
                "  place {} ({}, {:?}) {:?}",
                place.name, place.kind, place.ground, place.backdrop
            )?;
        }
        for scene in &board.scenes {
            writeln!(
                out,
                "  {} at {}, {}, {}, {}",
                scene.id, scene.place, scene.time, scene.weather, scene.season
            )?;
            for shot in &scene.shots {
                let camera = &shot.camera;
                let actions: Vec<&str> = shot.beats.iter().map(|b| b.action.as_str()).collect();
                writeln!(
                    out,
                    "    {} {:.2}s {} {} {} {}mm {:?} {} {:?}",
                    shot.id,
                    shot.seconds.get(),
                    camera.framing,
                    camera.angle,
                    camera.move_,
                    camera.lens_mm,
                    actions,
                    shot.transition_in.kind,
                    shot.sound.ambience
                )?;
            }
        }
        for note in &board.notes {
            writeln!(out, "  note {:?}: {}", note.kind, note.text)?;
        }
    }
    writeln!(std::io::stderr(), "loaded in {load:.1?}")
}

//! The memory of a stage that draws for long. Alone in its file: other tests of the same process would be counted too.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use film::{EvenSize, Quality, ShotOrder, Storyboard};
use stage::{DeviceChoice, Stage};

/// Memory of this process, in megabytes.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

#[test]
fn a_frame_leaves_no_memory_behind() {
    let mut board = Storyboard::example();
    board.format.width = EvenSize::nearest(96);
    board.format.height = EvenSize::nearest(64);
    let shot = board.shots().next().unwrap().1.id.clone();
    let order = ShotOrder::new(&board, &shot, Quality::Draft).unwrap();
    let mut stage = Stage::new(&DeviceChoice::Auto).unwrap();
    let mut draw = |frames: std::ops::Range<u32>| {
        for index in frames {
            stage.frame(&order, index).unwrap();
        }
        resident_mb()
    };
    let settled = draw(0..20);
    let after = draw(20..60);
    assert!(after < settled + 20, "{settled} MB after 20 frames, {after} MB after 60");
}

//! What the words of a script mean, for highlights while they are typed and for the rails beside them.

use film::{Span, Storyboard};
use story::Slot;

use super::edits::{Words, planned_again};
use super::model::{Category, Rail, ReadSpan, Reading, Target};
use super::{Session, SessionError};

impl Session {
    /// What a script says, without changing anything. The parts of the open film that it would keep are named by their ids.
    pub fn read(&self, script: &str) -> Reading {
        let open = self.shared.desk().open.as_ref().map(|open| open.project.board().clone());
        let board = match open {
            Some(board) if board.script == script => Ok(board),
            Some(board) => planned_again(&board, script, Words::Known, Vec::new()),
            None => crate::plan_known(script, &crate::Wishes::default()).map_err(SessionError::from),
        };
        match board {
            Ok(board) => reading(&board, script),
            // Nothing is written yet.
            Err(_) => Reading { spans: Vec::new(), scenes: 0, shots: 0, seconds: 0.0 },
        }
    }

    /// The words that each shot shows.
    ///
    /// # Errors
    /// [`SessionError::NoProject`].
    pub fn rails(&self) -> Result<Vec<Rail>, SessionError> {
        let desk = self.shared.desk();
        let board = desk.open.as_ref().ok_or(SessionError::NoProject)?.project.board();
        let units = Units::new(&board.script);
        let rails = board.shots().map(|(_, shot)| {
            let mut spans: Vec<[usize; 2]> = shot
                .beats
                .iter()
                .filter_map(|beat| beat.span)
                .map(|span| [units.at(span.start()), units.at(span.end())])
                .collect();
            spans.sort_unstable();
            spans.dedup();
            Rail { shot: shot.id.clone(), spans }
        });
        Ok(rails.collect())
    }
}

/// From bytes to UTF-16 code units.
struct Units<'a> {
    script: &'a str,
    /// Units before each line of the script, by the byte that it begins at.
    lines: Vec<(usize, usize)>,
}

impl<'a> Units<'a> {
    fn new(script: &'a str) -> Self {
        let mut lines = vec![(0, 0)];
        let (mut byte, mut unit) = (0, 0);
        for line in script.split_inclusive('\n') {
            byte += line.len();
            unit += line.encode_utf16().count();
            lines.push((byte, unit));
        }
        Self { script, lines }
    }

    fn at(&self, byte: usize) -> usize {
        let line = self.lines.partition_point(|(begin, _)| *begin <= byte).saturating_sub(1);
        let (begin, units) = self.lines[line];
        units + self.script.get(begin..byte).map_or(0, |words| words.encode_utf16().count())
    }
}

fn reading(board: &Storyboard, script: &str) -> Reading {
    let units = Units::new(script);
    let mut spans = Vec::new();
    let mut mark = |range: std::ops::Range<usize>, kind: Category, to: Target| {
        if range.start < range.end && script.get(range.clone()).is_some() {
            spans.push(ReadSpan { start: units.at(range.start), end: units.at(range.end), kind, to });
        }
    };
    // Which shot and scene words at a place in the script went into.
    let home = |byte: usize| {
        let inside = |span: &Span| (span.start()..span.end().max(span.start() + 1)).contains(&byte);
        let mut found = board
            .shots()
            .filter(|(_, shot)| shot.beats.iter().filter_map(|beat| beat.span.as_ref()).any(inside));
        found.next().map_or_else(Target::default, |(scene, shot)| Target {
            shot: Some(shot.id.clone()),
            scene: Some(scene.id.clone()),
            ..Target::default()
        })
    };
    for member in &board.cast {
        for span in &member.spans {
            let to = Target { cast: Some(member.id.clone()), ..home(span.start()) };
            mark(span.start()..span.end(), Category::Who, to);
        }
    }
    for place in &board.places {
        for span in &place.spans {
            let to = Target { place: Some(place.id.clone()), ..home(span.start()) };
            mark(span.start()..span.end(), Category::Where, to);
        }
    }
    for (scene, shot) in board.shots() {
        for beat in &shot.beats {
            let Some(span) = beat.span.filter(|_| !beat.action.is_empty()) else { continue };
            if let Some(verb) = span.of(script).and_then(|words| verb_in(words, &beat.action)) {
                let to = Target {
                    shot: Some(shot.id.clone()),
                    scene: Some(scene.id.clone()),
                    ..Target::default()
                };
                mark(span.start() + verb.start..span.start() + verb.end, Category::What, to);
            }
        }
    }
    let read = story::read_once(script);
    for cue in &read.cues {
        let kind = match cue.slot {
            Slot::Time | Slot::Weather | Slot::Wind | Slot::Season => Category::When,
            Slot::Ground => Category::Where,
            Slot::Palette | Slot::Style | Slot::Sound => Category::Mood,
            _ => Category::Camera,
        };
        mark(cue.span.clone(), kind, home(cue.span.start));
    }
    for (_, span) in &read.mood.said {
        mark(span.clone(), Category::Mood, Target::default());
    }
    spans.sort();
    spans.dedup_by(|a, b| (a.start, a.end, a.kind) == (b.start, b.end, b.kind));
    Reading {
        spans,
        scenes: board.scenes.len(),
        shots: board.shots().count(),
        seconds: board.duration_secs(),
    }
}

/// Where the verb `action` stands in the words of its beat, in whatever form.
fn verb_in(words: &str, action: &str) -> Option<std::ops::Range<usize>> {
    // "come" gives "coming", "run" gives "running".
    let stem = action.strip_suffix('e').unwrap_or(action);
    let mut begin = 0;
    for piece in words.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let range = begin..begin + word.len();
        begin += piece.len();
        let low = word.to_lowercase();
        let inflected = (low.ends_with("ing") || low.ends_with("ed")) && low.starts_with(stem);
        if !word.is_empty()
            && (low == action || inflected || story::verb_base(&low).as_deref() == Some(action))
        {
            return Some(range);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_found_in_their_forms() {
        let at = |words: &str, action: &str| verb_in(words, action).map(|range| words[range].to_owned());
        assert_eq!(at("the fox ran, quickly", "run").as_deref(), Some("ran"));
        assert_eq!(at("is coming home", "come").as_deref(), Some("coming"));
        assert_eq!(at("Several mammoths approach", "approach").as_deref(), Some("approach"));
        assert_eq!(at("é walks", "walk").as_deref(), Some("walks"));
        assert_eq!(at("nothing here", "walk"), None);
    }

    #[test]
    fn places_in_the_script_are_counted_in_utf_16() {
        let units = Units::new("a😀b\né c");
        assert_eq!((units.at(0), units.at(5), units.at(7), units.at(9)), (0, 3, 5, 6));
    }
}

//! Dictionary forms: irregular table first, then spelling rules, each guess checked against the word lists.

use super::Tag;
use crate::lexicon::Lexicon;

/// The dictionary form of a word in lower case, as the part of speech that it is here.
pub(super) fn lemma(words: &Lexicon, low: &str, tag: Tag) -> String {
    match tag {
        Tag::Base | Tag::Present => present(words, low),
        Tag::Present3 => verb_base(words, low).unwrap_or_else(|| strip_s(low)),
        Tag::Past | Tag::Participle => past(words, low),
        Tag::Gerund => {
            low.strip_suffix("ing").map_or_else(|| low.to_owned(), |stem| from_stem(words, stem, true))
        }
        Tag::Nouns | Tag::Names => singular(words, low),
        Tag::Modal => contraction(low).unwrap_or(low).to_owned(),
        Tag::Adverb if matches!(low, "n't" | "n’t") => "not".to_owned(),
        _ => low.to_owned(),
    }
}

/// Base form of a word if it reads as the third person of a verb, or as a verb's base: "dances" → "dance".
pub(super) fn verb_base(words: &Lexicon, low: &str) -> Option<String> {
    if let Some(base) = contraction(low).or_else(|| words.irregular_verb(low)) {
        return Some(base.to_owned());
    }
    if let Some(stem) = low.strip_suffix("ies")
        && words.is_verb(&format!("{stem}y"))
    {
        return Some(format!("{stem}y"));
    }
    if let Some(stem) = low.strip_suffix('s')
        && !stem.ends_with('s')
        && words.is_verb(stem)
    {
        return Some(stem.to_owned());
    }
    if let Some(stem) = low.strip_suffix("es")
        && stem.ends_with(['s', 'x', 'z', 'h', 'o'])
        && words.is_verb(stem)
    {
        return Some(stem.to_owned());
    }
    words.is_verb(low).then(|| low.to_owned())
}

/// The singular of a plural.
pub(super) fn singular(words: &Lexicon, low: &str) -> String {
    if let Some(base) = words.irregular_noun(low) {
        return base.to_owned();
    }
    if let Some(stem) = low.strip_suffix("men")
        && words.is_noun(&format!("{stem}man"))
    {
        return format!("{stem}man");
    }
    if !low.ends_with('s') || low.ends_with("ss") || low.len() < 4 {
        return low.to_owned();
    }
    let without_s = &low[..low.len() - 1];
    if words.is_noun(without_s) {
        return without_s.to_owned();
    }
    let guesses = [("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", "")];
    for (ending, repaired) in guesses {
        if let Some(stem) = low.strip_suffix(ending) {
            let guess = format!("{stem}{repaired}");
            if words.is_noun(&guess) {
                return guess;
            }
        }
    }
    // A compound's last part may be known where the whole is not ("woolly-mammoths").
    if words.is_noun(low) { low.to_owned() } else { strip_s(low) }
}

fn contraction(low: &str) -> Option<&'static str> {
    Some(match low {
        "'s" | "’s" | "'re" | "’re" | "'m" | "’m" => "be",
        "'ve" | "’ve" => "have",
        "'ll" | "’ll" | "wo" => "will",
        "'d" | "’d" => "would",
        "ca" => "can",
        _ => return None,
    })
}

fn present(words: &Lexicon, low: &str) -> String {
    if let Some(base) = contraction(low) {
        return base.to_owned();
    }
    if words.is_verb(low) {
        return low.to_owned();
    }
    words.irregular_verb(low).map_or_else(|| low.to_owned(), str::to_owned)
}

fn past(words: &Lexicon, low: &str) -> String {
    if let Some(base) = contraction(low).or_else(|| words.irregular_verb(low)) {
        return base.to_owned();
    }
    if let Some(stem) = low.strip_suffix("ied")
        && !stem.is_empty()
    {
        let lie = format!("{stem}ie");
        return if words.is_verb(&lie) { lie } else { format!("{stem}y") };
    }
    match low.strip_suffix("ed") {
        Some(stem) if stem.len() >= 2 => from_stem(words, stem, false),
        _ => low.to_owned(),
    }
}

/// The verb behind what is left after "-ing" or "-ed".
fn from_stem(words: &Lexicon, stem: &str, gerund: bool) -> String {
    let with_e = format!("{stem}e");
    if gerund
        && let Some(root) = stem.strip_suffix('y')
        && words.is_verb(&format!("{root}ie"))
    {
        return format!("{root}ie");
    }
    let bytes = stem.as_bytes();
    // "bathing" is of "bathe" and "clothing" of "clothe", although "bath" is a verb too.
    let soft = stem.ends_with("th") && words.is_verb(&with_e);
    if words.is_verb(stem) && !soft && !(would_double(stem) && words.is_verb(&with_e)) {
        return stem.to_owned();
    }
    if words.is_verb(&with_e) {
        return with_e;
    }
    if let [.., a, b] = bytes
        && a == b
        && words.is_verb(&stem[..stem.len() - 1])
    {
        return stem[..stem.len() - 1].to_owned();
    }
    if let Some(root) = stem.strip_suffix("ck")
        && words.is_verb(&format!("{root}c"))
    {
        return format!("{root}c");
    }
    // "re-", "un-", "out-" and compounds: the part after a hyphen may be known.
    if let Some((head, tail)) = stem.rsplit_once('-')
        && tail.len() > 1
    {
        return format!("{head}-{}", from_stem(words, tail, gerund));
    }
    match bytes {
        [.., a, b] if a == b && b.is_ascii_lowercase() && !b"lsfzeo".contains(b) => {
            stem[..stem.len() - 1].to_owned()
        }
        [.., b'c' | b'v' | b'z' | b'u'] => with_e,
        _ => stem.to_owned(),
    }
}

/// Whether the spelling doubles the last letter before "-ing": one vowel sound, then one consonant ("rid" → "ridding").
/// So "riding" is of "ride".
fn would_double(stem: &str) -> bool {
    let is_vowel = |b: u8| b"aeiou".contains(&b);
    match stem.as_bytes() {
        [front @ .., vowel, last] => {
            is_vowel(*vowel)
                && !is_vowel(*last)
                && !b"wxy".contains(last)
                && !front
                    .iter()
                    .enumerate()
                    .any(|(k, b)| is_vowel(*b) && !(*b == b'u' && k > 0 && front[k - 1] == b'q'))
        }
        _ => false,
    }
}

fn strip_s(low: &str) -> String {
    if let Some(stem) = low.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    if let Some(stem) = low.strip_suffix("es").filter(|stem| stem.ends_with(['s', 'x', 'z', 'h', 'o'])) {
        return stem.to_owned();
    }
    low.strip_suffix('s').filter(|stem| stem.len() > 1 && !stem.ends_with('s')).unwrap_or(low).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Tag, lemma};
    use crate::lexicon::lexicon;

    #[test]
    fn verbs_come_back_to_their_base() {
        let cases = "riding ride, running run, lying lie, shining shine, falling fall, staring stare, starring star, \
            hopping hop, hoping hope, swinging swing, singing sing, dancing dance, bathing bathe, breathing breathe, \
            traveling travel, travelling travel, going go, being be, dying die, seeing see, panning pan, tying tie, \
            weaving weave, planing plane, planning plan, treading tread, approaching approach, picnicking picnic, \
            gliding glide, focusing focus, opening open, whirling whirl, quitting quit, dyeing dye, agreeing agree";
        for case in cases.split(", ") {
            let (form, base) = case.trim().split_once(' ').expect("two words");
            assert_eq!(lemma(lexicon(), form, Tag::Gerund), base, "{form}");
        }
        let cases = "rode ride, ran run, was be, carried carry, tied tie, danced dance, stopped stop, fell fall, \
            saw see, lay lie, freed free, opened open, covered cover, capped cap, hoped hope, wound wind, sped speed";
        for case in cases.split(", ") {
            let (form, base) = case.trim().split_once(' ').expect("two words");
            assert_eq!(lemma(lexicon(), form, Tag::Past), base, "{form}");
        }
        for (form, base) in [
            ("watches", "watch"),
            ("flies", "fly"),
            ("dances", "dance"),
            ("lies", "lie"),
            ("goes", "go"),
            ("is", "be"),
            ("passes", "pass"),
        ] {
            assert_eq!(lemma(lexicon(), form, Tag::Present3), base, "{form}");
        }
    }

    #[test]
    fn plurals_come_back_to_their_singular() {
        let cases = "mammoths mammoth, wolves wolf, horses horse, movies movie, cities city, people person, \
            women woman, waves wave, knives knife, boxes box, fish fish, glass glass, leaves leaf, gloves glove, \
            children child, buses bus, mice mouse, oxen ox, geese goose, deer deer, ponies pony";
        for case in cases.split(", ") {
            let (form, base) = case.trim().split_once(' ').expect("two words");
            assert_eq!(lemma(lexicon(), form, Tag::Nouns), base, "{form}");
        }
    }
}

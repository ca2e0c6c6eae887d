//! The words that a video model is given for a shot: composed from what the storyboard says of style, cast, action, place,
//! light and camera. The words themselves are rows of `assets/prompts/words.toml`.
//!
//! A model knows nothing of other shots, so each shot says again who is seen, and says it in the same words.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use film::{Appearance, Beat, CastMember, Id, ShotOrder, Side, Speed};
use serde::Deserialize;

const WORDS: &str = include_str!("../../../../assets/prompts/words.toml");

/// What a shot should show and what not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prompt {
    pub(crate) positive: String,
    pub(crate) negative: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    negative: String,
    framing: Rows,
    angle: Rows,
    depth_of_field: Rows,
    #[serde(rename = "move")]
    moves: Rows,
    time: Rows,
    weather: Rows,
    season: Rows,
    style: BTreeMap<String, StyleWords>,
    palette: Rows,
}

type Rows = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StyleWords {
    says: String,
    negative: String,
}

fn words() -> &'static Words {
    static TABLE: OnceLock<Words> = OnceLock::new();
    TABLE.get_or_init(|| {
        toml::from_str(WORDS).unwrap_or_else(|error| panic!("the table of words is damaged: {error}"))
    })
}

fn row<'a>(rows: &'a Rows, word: &str) -> &'a str {
    rows.get(word).map_or("", String::as_str)
}

/// The words for a shot.
pub(crate) fn compose(order: &ShotOrder) -> Prompt {
    let words = words();
    let (shot, camera) = (&order.shot, &order.shot.camera);
    let style = words.style.get(&order.look.style);
    let mut text: Vec<String> = Vec::new();
    text.extend(style.map(|style| style.says.clone()));
    text.push(sentence(&listed(&[
        row(&words.framing, camera.framing.word()),
        row(&words.angle, camera.angle.word()),
        row(&words.depth_of_field, camera.depth_of_field.word()),
    ])));
    text.extend(order.cast.iter().map(|member| sentence(&sheet(member))));
    text.extend(shot.beats.iter().map(|beat| sentence(&action(beat, &order.cast))));
    for presence in &shot.continuity {
        let Some(member) = order.cast.iter().find(|member| member.id == presence.who) else { continue };
        let mut there = Vec::new();
        if !presence.holding.is_empty() {
            there.push(format!("holding {}", presence.holding.join(" and ")));
        }
        match presence.side {
            Side::Left => there.push("on the left".into()),
            Side::Right => there.push("on the right".into()),
            Side::Center => {}
        }
        if !there.is_empty() {
            let is = if member.count > 1 { "are" } else { "is" };
            text.push(sentence(&format!("{} {is} {}", called(member), there.join(", "))));
        }
    }
    text.push(sentence(&scenery(order)));
    for development in &shot.developments {
        let (what, to) = (&development.what, &development.to);
        let from = Some(&development.from).filter(|from| !from.is_empty());
        let from = from.map_or_else(String::new, |from| format!(" from {}", spoken(from)));
        text.push(sentence(&format!("the {} turns{from} to {}", spoken(what), spoken(to))));
    }
    let focus = camera.focus.as_ref().or_else(|| shot.beats.iter().find_map(|beat| beat.who.first()));
    let focus = focus.and_then(|id| named(&order.cast, id)).map_or("the place".into(), called);
    let pace = match camera.speed {
        Speed::Slow => "slowly ",
        Speed::Normal => "",
        Speed::Fast => "quickly ",
    };
    text.push(row(&words.moves, camera.move_.word()).replace("{focus}", &focus).replace("{pace}", pace));
    text.push(row(&words.palette, &order.look.palette).to_owned());
    if !order.mood.is_empty() {
        text.push(sentence(&format!("the mood is {}", order.mood.join(" and "))));
    }
    text.retain(|sentence| !sentence.is_empty());
    let against = [order.look.negative.trim(), style.map_or("", |style| &style.negative), &words.negative];
    Prompt { positive: text.join(" "), negative: listed(&against) }
}

/// Who somebody is and how they look: the same words in every shot, whatever happens there.
fn sheet(member: &CastMember) -> String {
    let look = |name: &str| text_of(&member.appearance, name);
    let name = without_article(&member.name).to_lowercase();
    // What the name says already is not said twice.
    let fresh = |word: &String| !name.contains(&word.to_lowercase());
    let before = ["size", "age", "build", "look"].iter().filter_map(|side| look(side)).filter(fresh);
    let before: Vec<String> = before.collect();
    let colour = look("color").or_else(|| look("colour")).filter(fresh);
    let kind = Some(spoken(&member.kind)).filter(|kind| member.count == 1 && !name.contains(kind.as_str()));
    let role = look("role").filter(fresh);
    let noun = [before, colour.into_iter().collect(), vec![name.clone()]].concat().join(" ");
    let mut said = vec![counted(member.count, &noun)];
    said.extend([role, kind].into_iter().flatten().map(|more| counted(1, &more)));
    let known = ["size", "age", "build", "look", "color", "colour", "role", "clothes"];
    for (side, value) in &member.appearance {
        let Some(value) = value.as_str().filter(|_| !known.contains(&side.as_str())) else { continue };
        if !name.contains(&value.to_lowercase()) {
            let part = format!("{value} {}", spoken(side));
            said.push(format!(
                "with {}",
                if matches!(side.as_str(), "coat" | "beard") { counted(1, &part) } else { part }
            ));
        }
    }
    if let Some(clothes) = look("clothes") {
        let worn: Vec<String> = clothes.split(", ").map(one_of).collect();
        said.push(format!("wearing {}", worn.join(" and ")));
    }
    said.join(", ")
}

/// One piece of clothing; pairs and what has its article stay as they are.
fn one_of(piece: &str) -> String {
    let said_whole = piece.ends_with('s') || without_article(piece) != piece;
    if said_whole { piece.to_owned() } else { counted(1, piece) }
}

fn text_of(appearance: &Appearance, side: &str) -> Option<String> {
    appearance.get(side)?.as_str().map(str::to_owned).filter(|value| !value.is_empty())
}

/// What happens, in the script's words where they say who does it.
fn action(beat: &Beat, cast: &[CastMember]) -> String {
    let who: Vec<String> = beat.who.iter().filter_map(|id| named(cast, id)).map(called).collect();
    let who = who.join(" and ");
    let text = beat.text.trim();
    if text.is_empty() {
        let what: Vec<String> = beat.what.iter().map(|what| thing(what, cast)).collect();
        let other = beat.becomes.as_ref().and_then(|id| named(cast, id));
        let turned = other.map_or_else(String::new, |other| format!("into {}", called(other)));
        let doing = [who, spoken(&beat.action), what.join(" and "), turned];
        return doing.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    }
    if who.is_empty() {
        return text.to_owned();
    }
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let first_word = first.to_lowercase();
    if matches!(first_word.as_str(), "he" | "she" | "it" | "they" | "one" | "who" | "which") {
        return format!("{who} {rest}");
    }
    // "lights a cigarette": the words begin with the verb.
    let stem: String =
        beat.action.chars().take(beat.action.chars().count().saturating_sub(1).max(2)).collect();
    let verb_first = !beat.action.is_empty() && first_word.starts_with(&stem);
    if verb_first { format!("{who} {text}") } else { text.to_owned() }
}

fn thing(what: &str, cast: &[CastMember]) -> String {
    let member = cast.iter().find(|member| member.id.as_str() == what);
    member.map_or_else(|| format!("the {}", spoken(what)), called)
}

fn scenery(order: &ShotOrder) -> String {
    let (words, place) = (words(), &order.place);
    let name = without_article(&place.name);
    let ground = place
        .ground
        .as_deref()
        .filter(|ground| !name.contains(*ground))
        .map(|ground| format!("the ground covered with {}", spoken(ground)));
    let backdrop: Vec<String> = place.backdrop.iter().map(|thing| spoken(thing)).collect();
    let backdrop = (!backdrop.is_empty()).then(|| format!("{} in the distance", backdrop.join(" and ")));
    listed(&[
        &counted(1, name),
        ground.as_deref().unwrap_or_default(),
        backdrop.as_deref().unwrap_or_default(),
        row(&words.season, order.season.word()),
        row(&words.time, order.time.word()),
        row(&words.weather, order.weather.word()),
    ])
}

fn named<'a>(cast: &'a [CastMember], id: &Id) -> Option<&'a CastMember> {
    cast.iter().find(|member| &member.id == id)
}

/// How the sentences after the first speak of somebody; names of people stand without an article.
fn called(member: &CastMember) -> String {
    let name = without_article(&member.name);
    if name.starts_with(char::is_uppercase) { name.to_owned() } else { format!("the {name}") }
}

fn without_article(name: &str) -> &str {
    let name = name.trim();
    let bare = ["a ", "an ", "the "].iter().find_map(|article| {
        name.get(..article.len())
            .filter(|start| start.eq_ignore_ascii_case(article))
            .map(|start| &name[start.len()..])
    });
    bare.unwrap_or(name)
}

/// `"conifer-forest"` is spoken "conifer forest".
fn spoken(word: &str) -> String {
    word.replace(['-', '_'], " ")
}

fn counted(count: u32, what: &str) -> String {
    const NUMBERS: [&str; 9] = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    match count {
        1 if what.starts_with(|c: char| "aeiouAEIOU".contains(c)) => format!("an {what}"),
        1 => format!("a {what}"),
        2..=10 => format!("{} {what}", NUMBERS[count as usize - 2]),
        11..=50 => format!("{count} {what}"),
        _ => format!("a great many {what}"),
    }
}

fn listed(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ")
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches(['.', ',', ';']);
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if text.ends_with(['!', '?', '”', '"']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use film::{Angle, DepthOfField, Framing, Move, Quality, Season, Storyboard, TimeOfDay, Weather};

    use super::*;

    fn orders(board: &Storyboard) -> Vec<ShotOrder> {
        board.shots().map(|(_, shot)| ShotOrder::new(board, &shot.id, Quality::Standard).unwrap()).collect()
    }

    fn has<T: Copy>(rows: &Rows, all: &[T], word: fn(T) -> &'static str) {
        for &value in all {
            assert!(rows.contains_key(word(value)), "{}", word(value));
        }
        assert_eq!(rows.len(), all.len());
    }

    #[test]
    fn every_word_has_a_row() {
        let words = words();
        has(&words.framing, Framing::ALL, Framing::word);
        has(&words.angle, Angle::ALL, Angle::word);
        has(&words.depth_of_field, DepthOfField::ALL, DepthOfField::word);
        has(&words.moves, Move::ALL, Move::word);
        has(&words.time, TimeOfDay::ALL, TimeOfDay::word);
        has(&words.weather, Weather::ALL, Weather::word);
        has(&words.season, Season::ALL, Season::word);
        assert!(stage::styles().all(|style| words.style.contains_key(style)));
        assert!(stage::palettes().all(|palette| words.palette.contains_key(palette)));
    }

    #[test]
    fn a_shot_is_told_whole() {
        let prompt = compose(&orders(&Storyboard::example())[0]);
        assert_eq!(
            prompt.positive,
            "Photorealistic live-action film, natural detail. Wide shot, from a low angle, looking up, shallow depth of \
             field, the background out of focus. Two giant adult woolly mammoths, with a long brown coat. Two woolly \
             mammoths approach through a snowy meadow. A snowy meadow, mountains and conifers in the distance, winter, in \
             afternoon light, thin high clouds. The camera slowly moves towards the woolly mammoths. Warm amber tones. The \
             mood is majestic and warm."
        );
        assert!(prompt.negative.starts_with("cartoon, painting") && prompt.negative.contains("watermark"));
    }

    #[test]
    fn the_same_character_has_the_same_words_in_every_shot() {
        let script = "A lone detective in a grey coat walks through a rainy city street at night. He stops under a street \
                      lamp and lights a cigarette. A black cat watches the detective from a window.";
        let board = crate::plan(script, &crate::Wishes::default()).unwrap();
        let detective = board.cast.iter().find(|member| member.name.contains("detective")).unwrap();
        let words = sentence(&sheet(detective));
        assert_eq!(words, "A lone detective, a man, wearing a grey coat.");
        let orders = orders(&board);
        let seen: Vec<_> =
            orders.iter().filter(|order| order.cast.iter().any(|member| member.id == detective.id)).collect();
        assert!(seen.len() >= 3);
        for order in seen {
            let prompt = compose(order).positive;
            assert!(prompt.contains(&words), "{prompt}");
            assert!(!prompt.contains(" He ") && !prompt.contains(". Lights"), "{prompt}");
        }
        let all: Vec<String> = orders.iter().map(|order| compose(order).positive).collect();
        assert!(all.iter().any(|prompt| prompt.contains("The detective lights a cigarette.")), "{all:#?}");
    }

    #[test]
    fn the_users_own_words_against_come_first() {
        let mut order = orders(&Storyboard::example()).remove(0);
        order.look.negative = "no snow".into();
        order.look.style = "of another table".into();
        let prompt = compose(&order);
        assert!(prompt.negative.starts_with("no snow, text,"), "{}", prompt.negative);
        assert!(prompt.positive.starts_with("Wide shot"), "{}", prompt.positive);
    }
}

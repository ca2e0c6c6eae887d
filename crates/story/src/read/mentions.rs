//! Noun phrases: who and what the text speaks of, how many, and what they look like.

use std::collections::BTreeMap;

use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token, singular},
};

/// One noun phrase.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of grammar, each read by name")]
pub(crate) struct Mention {
    /// Range of tokens.
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// The noun that the phrase is about.
    pub(crate) head: usize,
    pub(crate) class: Class,
    /// The head in the singular.
    pub(crate) lemma: String,
    /// The head joined to the word before it, when together they are a known name ("polar bear").
    pub(crate) compound: Option<String>,
    /// Names that stand in the phrase beside its noun: "his daughter Ines" has "ines".
    pub(crate) names: Vec<String>,
    pub(crate) plural: bool,
    /// A number or a word of number, and whether the text gives it.
    pub(crate) count: Option<u32>,
    /// Whether the number is the text's own ("five"), not what a word of group commonly stands for ("several").
    pub(crate) exact: bool,
    /// "a", "an".
    pub(crate) article: bool,
    /// "the", "his", "that": somebody already known.
    pub(crate) definite: bool,
    /// "another", "second", "other": somebody new.
    pub(crate) other: bool,
    /// "no", "without".
    pub(crate) negated: bool,
    /// Index of the mention that owns this one ("the dog's tail").
    pub(crate) owner: Option<usize>,
    /// "his", "her", "its", "their" before it.
    pub(crate) possessive: Option<usize>,
    pub(crate) appearance: BTreeMap<String, String>,
}

const SIZES: &str = "giant huge enormous gigantic massive colossal immense towering big large tall small tiny little miniature short";
const AGES: &str =
    "old elderly aged ancient young little adult teenage middle-aged baby newborn senior juvenile";
const BUILDS: &str = "muscular slim thin fat chubby stout slender strong athletic skinny plump burly";
const COATS: &str =
    "woolly furry fluffy shaggy hairy long-haired short-haired feathered spotted striped fuzzy curly scruffy";
/// The colours that the reader knows.
pub(crate) const COLOURS: &str = "red orange yellow green blue purple pink black white brown gray grey gold golden silver violet indigo \
    turquoise teal cyan magenta crimson scarlet maroon navy beige ivory cream tan bronze copper lavender amber emerald \
    azure olive lime charcoal burgundy ruby sapphire blond blonde ginger auburn";

/// Singular words for several.
const COLLECTIVE: &str = "people cattle everyone crowd audience family team couple pair band group police herd pack flock staff crew gang public orchestra choir ensemble quartet";

/// Whether the list of words, separated by single spaces, holds the word.
pub(crate) fn among(list: &str, word: &str) -> bool {
    list.as_bytes().split(|byte| *byte == b' ').any(|entry| entry == word.as_bytes())
}

/// The number that a word stands for.
fn number(low: &str) -> Option<u32> {
    Some(match low {
        "one" | "single" | "lone" | "solitary" | "lonely" => 1,
        "two" | "both" | "couple" | "pair" | "twin" | "duo" => 2,
        "three" | "few" | "trio" => 3,
        "four" | "some" | "quartet" => 4,
        "five" | "several" | "pack" | "litter" | "brood" => 5,
        "six" | "group" | "gang" | "team" | "family" | "band" | "pride" | "pod" | "stack" | "pile"
        | "heap" => 6,
        "seven" | "herd" | "row" | "line" | "cluster" | "bunch" => 7,
        "eight" | "many" | "numerous" | "ensemble" => 8,
        "nine" | "flock" | "colony" => 9,
        "ten" => 10,
        "eleven" | "orchestra" | "choir" => 11,
        "twelve" | "dozen" | "crowd" | "troop" => 12,
        "dozens" | "swarm" | "school" | "lots" => 24,
        "hundred" | "hundreds" => 100,
        "thousand" | "thousands" => 300,
        _ => return low.parse().ok().filter(|n| (1..=1000).contains(n)),
    })
}

fn in_phrase(token: &Token, open: bool) -> bool {
    token.tag.is_noun()
        || token.tag.is_adjective()
        || matches!(
            token.tag,
            Tag::Determiner | Tag::Number | Tag::Possessive | Tag::Foreign | Tag::Predeterminer
        )
        || (open && token.tag == Tag::Hyphen)
        || (open && matches!(token.tag, Tag::Participle | Tag::PossessiveMark))
        || token.low == "another"
}

/// All noun phrases, in order.
pub(crate) fn mentions(tokens: &[Token]) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let begin = i;
        while i < tokens.len()
            && in_phrase(&tokens[i], i > begin)
            && !(i > begin && among("named called nicknamed", &tokens[i].low))
        {
            // "a cat the dog chases": a determiner after a noun opens another phrase.
            let opens = matches!(tokens[i].tag, Tag::Determiner | Tag::Possessive);
            if opens && tokens[begin..i].iter().any(|t| t.tag.is_noun()) {
                break;
            }
            i += 1;
        }
        if i == begin {
            // "someone", "they" as subjects are resolved by the events; only "someone" is a person of its own.
            if matches!(tokens[i].low.as_str(), "someone" | "somebody" | "everyone") {
                found.push(mention(tokens, i, i + 1, i));
            }
            i += 1;
            continue;
        }
        split_owner(tokens, begin, i, &mut found);
    }
    if found.is_empty() {
        // A prompt of one or two words ("barn", "a remote") gives the tagger no company to judge by.
        let noun = (0..tokens.len().min(12)).rev().find(|k| {
            let t = &tokens[*k];
            t.low.len() > 2 && !matches!(t.tag, Tag::Adverb | Tag::Pronoun) && lexicon().is_noun(&t.low)
        });
        if let Some(head) = noun {
            let begin = (0..head).rev().find(|k| tokens[*k].is_break()).map_or(0, |k| k + 1);
            found.push(mention(tokens, begin, head + 1, head));
        }
    }
    join_groups(tokens, found)
}

/// "the dog's wet tail" is two phrases, the first owning the second.
fn split_owner(tokens: &[Token], begin: usize, end: usize, found: &mut Vec<Mention>) {
    let mut from = begin;
    let mut owner = None;
    for k in begin..end {
        if tokens[k].tag == Tag::PossessiveMark && tokens[from..k].iter().any(|t| t.tag.is_noun()) {
            push(tokens, from, k, owner, found);
            owner = found.len().checked_sub(1);
            from = k + 1;
        }
    }
    push(tokens, from, end, owner, found);
}

fn push(tokens: &[Token], begin: usize, end: usize, owner: Option<usize>, found: &mut Vec<Mention>) {
    let Some(head) = (begin..end).rev().find(|k| tokens[*k].tag.is_noun()) else { return };
    // "the older one", "the others": the reader finds out who that is.
    if among("one ones other others third latter former", &tokens[head].low) {
        return;
    }
    // "his daughter Ines", "captain Mara Holt": the noun tells who, the names what they are called.
    let first_name =
        (begin..=head).rev().take_while(|k| tokens[*k].tag.is_name() && tokens[*k].capital).last();
    let noun = first_name.and_then(|first| first.checked_sub(1)).filter(|noun| {
        *noun >= begin && tokens[*noun].tag.is_noun() && !tokens[*noun].capital && {
            let low = &tokens[*noun].low;
            kinds().class(&tokens[*noun].lemma, low, None).acts()
        }
    });
    let head = dancer(tokens, begin, head).unwrap_or(head);
    let mut mention = mention(tokens, begin, head + 1, noun.unwrap_or(head));
    mention.owner = owner;
    if let Some(first) = first_name {
        mention.names = tokens[first..=head].iter().map(|t| t.low.clone()).collect();
    }
    mention.end = head + 1;
    found.push(mention);
}

/// "A kangaroo disco dances": the noun before the last is who does it, when the last is nobody and the verb is of living things.
fn dancer(tokens: &[Token], begin: usize, head: usize) -> Option<usize> {
    let verb = tokens.get(head + 1).filter(|t| t.tag == Tag::Present3)?;
    let before = head.checked_sub(1).filter(|before| *before >= begin)?;
    let living = among("dance sing walk run jump skate swim box wrestle fight", &verb.lemma);
    let class = |k: usize| kinds().class(&tokens[k].lemma, &tokens[k].low, None);
    let acts = |k: usize| tokens[k].tag.is_noun() && matches!(class(k), Class::Person | Class::Creature);
    let named = kinds().names(&format!("{}_{}", tokens[before].low, tokens[head].lemma));
    (living && acts(before) && !class(head).acts() && !named).then_some(before)
}

fn mention(tokens: &[Token], begin: usize, end: usize, head: usize) -> Mention {
    let low = &tokens[head].low;
    let lemma = if tokens[head].tag.is_plural() { singular(low) } else { tokens[head].lemma.clone() };
    let compound = (head > begin)
        .then(|| {
            // "hot-air balloon": the hyphen is no word of the name.
            let before = (begin..head).rev().find(|k| tokens[*k].tag != Tag::Hyphen)?;
            Some(format!("{}_{lemma}", tokens[before].low))
        })
        .flatten();
    // "a burning house": the participle is no part of the mention, but may say which it is.
    let compound = compound.or_else(|| {
        let before = head.checked_sub(1).filter(|_| head == begin)?;
        let joined = format!("{}_{lemma}", tokens[before].low);
        let says = matches!(tokens[before].tag, Tag::Gerund | Tag::Participle) && kinds().names(&joined);
        says.then_some(joined)
    });
    let mut class = kinds().class(&lemma, low, compound.as_deref());
    if tokens[head].tag.is_name() && class == Class::Abstract {
        class = Class::Thing;
    }
    // A bar is a thing, unless one is in it.
    let inside = begin.checked_sub(1).is_some_and(|k| {
        matches!(tokens[k].low.as_str(), "in" | "inside" | "into")
            || tokens[k].tag.is_verb() && among("enter leave visit", &tokens[k].lemma)
    });
    if class == Class::Thing && inside && kinds().lists_place(&lemma, low, compound.as_deref()) {
        class = Class::Place;
    }
    // "hands over a box" is no box of something.
    if class == Class::Group
        && among("box bag cup glass bottle bowl", &lemma)
        && tokens.get(head + 1).is_none_or(|t| t.low != "of")
    {
        class = Class::Thing;
    }
    if class == Class::Sky && is_under_feet(tokens, begin, &lemma) {
        class = Class::Place;
    }
    if !lemma.chars().all(|c| c < '\u{250}') || !lemma.chars().any(char::is_alphabetic) {
        // Not a word of our alphabet: nothing is known about it.
        class = Class::Abstract;
    }
    let words = &tokens[begin..head];
    let before = begin.checked_sub(1).map(|k| tokens[k].low.as_str());
    let mut appearance = BTreeMap::new();
    describe(words, class, &mut appearance);
    // "a two-person tent" is one.
    let counts =
        |k: usize| !words.get(k + 1).is_some_and(|t| t.tag == Tag::Hyphen) && years_at(words, k).is_none();
    let count =
        words.iter().enumerate().filter(|(k, _)| counts(*k)).find_map(|(_, t)| number(&t.low)).or_else(
            || {
                // "a dog": one, as the script says; "a couple": two, "a family": some.
                let article = words.iter().any(|t| matches!(t.low.as_str(), "a" | "an"));
                if class == Class::Person && among(COLLECTIVE, &lemma) {
                    // "A family of four".
                    let of = tokens.get(head + 1).is_some_and(|t| t.low == "of");
                    let told = tokens.get(head + 2).filter(|t| of && t.tag == Tag::Number);
                    told.and_then(|t| number(&t.low)).or_else(|| number(&lemma))
                } else {
                    article.then_some(1)
                }
            },
        );
    Mention {
        begin,
        end,
        head,
        plural: tokens[head].tag.is_plural() || among(COLLECTIVE, &lemma) || count.is_some_and(|n| n > 1),
        count,
        exact: exact(words),
        article: words.iter().any(|t| matches!(t.low.as_str(), "a" | "an")),
        definite: words
            .iter()
            .any(|t| matches!(t.low.as_str(), "the" | "this" | "that" | "these" | "those" | "both" | "all"))
            || words.iter().any(|t| t.tag == Tag::Possessive)
            // "Daughter sighs": the clipped style drops the article of those who are known.
            || (class.acts() && !among("someone somebody", &lemma) && !tokens[head].tag.is_plural() && words.iter().all(|t| t.tag.is_adjective() || t.tag.is_noun())),
        other: words.iter().any(|t| matches!(t.low.as_str(), "another" | "second" | "other" | "third")),
        negated: words.first().is_some_and(|t| t.low == "no") || matches!(before, Some("without" | "no")),
        possessive: (begin..head).find(|k| tokens[*k].tag == Tag::Possessive),
        owner: None,
        names: Vec::new(),
        compound,
        lemma,
        class,
        appearance,
    }
}

/// Whether what is named is stood or sat on: the Moon is in the sky, unless one stands on it.
fn is_under_feet(tokens: &[Token], begin: usize, lemma: &str) -> bool {
    let on = begin.checked_sub(1).is_some_and(|k| matches!(tokens[k].low.as_str(), "on" | "onto" | "atop"));
    on && kinds().lists_place(lemma, lemma, None)
}

/// Whether the words give a number that can be counted on.
fn exact(words: &[Token]) -> bool {
    let vague = "few some several many numerous pack group gang team family band pride herd row line cluster bunch flock colony litter brood \
                 pod stack pile crowd troop dozens swarm school lots hundreds thousands";
    words
        .iter()
        .any(|t| matches!(t.low.as_str(), "a" | "an") || (number(&t.low).is_some() && !among(vague, &t.low)))
        && !words.iter().any(|t| among(vague, &t.low))
}

/// The part that an adjective like "haired" is made of.
fn part_of(adjective: &str) -> Option<&'static str> {
    Some(match adjective {
        "haired" => "hair",
        "bearded" => "beard",
        "eyed" => "eyes",
        "skinned" => "skin",
        _ => return None,
    })
}

/// Where "60-year-old" or "7 years old" ends, if it begins at `k`.
fn years_at(words: &[Token], k: usize) -> Option<usize> {
    let mut rest = (k + 1..words.len()).filter(|j| words[*j].low != "-");
    let years = rest.next().is_some_and(|j| words[j].low.trim_start_matches('-').starts_with("year"));
    let old = rest.next().filter(|j| words[*j].low.trim_start_matches('-') == "old");
    old.filter(|_| years).map(|j| j + 1)
}

/// Sorts the adjectives of a phrase into sides of the appearance.
fn describe(words: &[Token], class: Class, appearance: &mut BTreeMap<String, String>) {
    let mut add = |side: &str, word: &str| {
        let value = appearance.entry(side.to_owned()).or_default();
        if !value.split(' ').any(|w| w == word) {
            if !value.is_empty() {
                value.push(' ');
            }
            value.push_str(word);
        }
    };
    let low_at = |k: usize| words.get(k).map_or("", |t| t.low.as_str());
    let mut skipped = 0;
    for (k, token) in words.iter().enumerate() {
        if k < skipped {
            continue;
        }
        let low = token.low.as_str();
        // "gray-haired": of what the colour is.
        if low_at(k + 1) == "-"
            && let Some(part) = part_of(low_at(k + 2))
        {
            add(part, low);
            skipped = k + 3;
            continue;
        }
        // "a 60-year-old man", "a 7 year old girl"
        if token.tag == Tag::Number
            && let Some(end) = years_at(words, k)
        {
            add("age", &format!("{low} years old"));
            skipped = end;
            continue;
        }
        if among(COLOURS, low) {
            add(if class == Class::Creature { "coat" } else { "color" }, low);
        } else if class == Class::Person && among(AGES, low)
            || low == "young"
            || low == "old"
            || low == "elderly"
        {
            add("age", low);
        } else if among(SIZES, low) {
            add("size", low);
        } else if among(COATS, low) {
            add("coat", low);
        } else if among(BUILDS, low) {
            add("build", low);
        } else if matches!(token.tag, Tag::Adjective | Tag::Participle | Tag::Comparative)
            && (number(low).is_none() || among("lone lonely solitary", low))
            && !matches!(low, "other" | "same" | "such")
        {
            add("look", low);
        }
    }
}

/// "a herd of elephants": the group word gives the number, the animals the rest.
fn join_groups(tokens: &[Token], found: Vec<Mention>) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::with_capacity(found.len());
    // Owners are indices into `found`; groups that vanish shift them.
    let mut place_of: Vec<usize> = Vec::with_capacity(found.len());
    for mut mention in found {
        let group = out.last().filter(|last| {
            (last.class == Class::Group
                || last.class == Class::Person
                    && among("family band team crowd couple", &last.lemma)
                    && mention.class.acts())
                && last.end < mention.begin + 1
                && tokens.get(last.end).is_some_and(|t| t.low == "of")
                && last.end + 1 == mention.begin
        });
        if let Some(group) = group {
            mention.begin = group.begin;
            mention.count = mention
                .count
                .filter(|n| *n > 1)
                .or_else(|| number(&tokens[group.head].low))
                .or_else(|| number(&group.lemma));
            mention.plural = mention.plural || mention.count.is_some_and(|n| n > 1);
            if mention.class == Class::Sky && is_under_feet(tokens, mention.begin, &mention.lemma) {
                mention.class = Class::Place;
            }
            if among("stack pile heap", &group.lemma) {
                mention.appearance.insert("arranged".to_owned(), "stack".to_owned());
            }
            mention.exact |= exact(&tokens[group.begin..=group.head]);
            mention.definite = group.definite;
            mention.other = group.other;
            out.pop();
            if let Some(last) = place_of.last_mut() {
                *last = out.len();
            }
        }
        mention.owner = mention.owner.and_then(|owner| place_of.get(owner).copied());
        place_of.push(out.len());
        out.push(mention);
    }
    out
}

//! Cuts the words into events: who-does-what stretches in the order of the film.
//!
//! The tagger errs most on verbs of prompts ("A dog chases", "leaves swirl"), so tags are repaired first; then the text
//! is cut at marks and coordinators, and each piece is judged: a clause of its own, a predicate whose subject was
//! dropped, or a fragment that belongs to its neighbour.

use std::collections::HashMap;

use super::mentions::{COLOURS, among};
use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
    syntax::{Tag, Token, guess_lemma, singular, verb_base},
};

/// How an event was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Subject and finite verb.
    Clause,
    /// A finite verb whose subject is that of the event before.
    Dropped,
    /// A participle whose subject is that of the event before.
    DroppedPassive,
    /// No finite verb.
    Fragment,
    /// A subordinate clause.
    Subordinate,
    /// A noun with a participle: "a cyclist riding".
    Caption,
    /// The same beside a clause: "…, the door closing behind them".
    Absolute,
}

/// One event: a range of tokens.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) begin: usize,
    pub(crate) end: usize,
    /// The first verb of the predicate.
    pub(crate) verb: Option<usize>,
    /// Where the subject stands.
    pub(crate) subject: Option<(usize, usize)>,
    pub(crate) form: Form,
    /// Whether it happens together with the event before ("while").
    pub(crate) simultaneous: bool,
    /// Whether it does not happen: "does not turn", "nobody moves".
    pub(crate) negated: bool,
    passive: bool,
}

/// Longest piece that the rules look at: keeps time linear on text without marks.
const PIECE_TOKENS: usize = 120;

const COORDINATORS: [&str; 4] = ["and", "but", "or", "yet"];
const SEQUENCE: [&str; 18] = [
    "then",
    "finally",
    "later",
    "next",
    "afterwards",
    "afterward",
    "suddenly",
    "eventually",
    "subsequently",
    "instead",
    "again",
    "soon",
    "now",
    "immediately",
    "first",
    "slowly",
    "gradually",
    "meanwhile",
];
const SUBORDINATORS: [&str; 22] = [
    "while", "as", "until", "because", "if", "though", "although", "before", "after", "when", "where",
    "whereas", "once", "since", "who", "which", "that", "whose", "so", "with", "like", "unless",
];
const SINGULAR_DETERMINERS: [&str; 7] = ["a", "an", "one", "each", "every", "another", "this"];

fn is_coordinator(token: &Token) -> bool {
    COORDINATORS.contains(&token.low.as_str())
}

fn is_sequence(token: &Token) -> bool {
    SEQUENCE.contains(&token.low.as_str())
}

fn is_subordinator(token: &Token) -> bool {
    SUBORDINATORS.contains(&token.low.as_str()) && !matches!(token.low.as_str(), "with" | "like")
}

/// Tags that may stand between a determiner and the verb that follows the noun phrase.
fn inside_phrase(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Noun
            | Tag::Name
            | Tag::Names
            | Tag::Adjective
            | Tag::Comparative
            | Tag::Superlative
            | Tag::Gerund
            | Tag::Participle
            | Tag::Number
            | Tag::Hyphen
            | Tag::Foreign
            | Tag::PossessiveMark
            | Tag::Adverb
    )
}

/// Tags that may follow a verb in the third person.
fn may_follow_verb(token: Option<&Token>) -> bool {
    token.is_none_or(|t| {
        t.is_break()
            || t.tag.is_noun()
            || matches!(
                t.tag,
                Tag::Preposition
                    | Tag::Adverb
                    | Tag::AdverbComparative
                    | Tag::Particle
                    | Tag::Determiner
                    | Tag::Pronoun
                    | Tag::Possessive
                    | Tag::To
                    | Tag::Coordinator
                    | Tag::Adjective
                    | Tag::Gerund
                    | Tag::Number
                    | Tag::WhAdverb
                    | Tag::Existential
            )
    })
}

/// The events of the text, in order. Retags words whose part of speech the rules correct.
pub(crate) fn events(tokens: &mut [Token]) -> Vec<Event> {
    repair(tokens);
    let mut events: Vec<Event> = Vec::new();
    let mut pending: Option<usize> = None;
    for (begin, end) in pieces(tokens) {
        let same_sentence =
            events.last().is_some_and(|event| tokens[begin].sentence == tokens[event.end - 1].sentence);
        let previous = if pending.is_none() && same_sentence { events.last().cloned() } else { None };
        let bare_and = is_coordinator(&tokens[begin]) && begin > 0 && !tokens[begin - 1].is_break();
        let (mut form, mut verb, subject) = analyse(tokens, begin, end, previous.as_ref());
        // "…," says the woman.
        let core = core_start(tokens, begin, end);
        if form == Form::Fragment
            && pending.is_none()
            && core < end
            && tokens[core].tag.is_finite()
            && super::script::is_saying(&tokens[core].lemma)
        {
            (form, verb) = (Form::Clause, Some(core));
        }
        let seq = tokens[begin..end.min(begin + 3)].iter().any(|t| {
            matches!(
                t.low.as_str(),
                "then" | "finally" | "next" | "afterwards" | "later" | "subsequently" | "eventually"
            )
        });
        // "laundry swaying between balconies, an old man leaning out": each is an event of its own.
        if form == Form::Fragment
            && let Some((verb, head)) = absolute(tokens, begin, end)
        {
            let standing = pending.take();
            if let Some(from) = standing {
                events.push(event(tokens, from, begin, None, None, Form::Fragment));
            }
            let start = core_start(tokens, begin, end);
            let form = if events.last().is_some_and(|e| tokens[e.end - 1].sentence == tokens[begin].sentence)
            {
                Form::Absolute
            } else {
                Form::Caption
            };
            events.push(event(tokens, begin, end, Some(verb), Some((start, head + 1)), form));
            continue;
        }
        // "The goalkeeper, a tall woman in yellow gloves, bounces": the noun phrase has waited for its verb.
        if form == Form::Fragment
            && let Some(from) = pending
        {
            let core = core_start(tokens, begin, end);
            let helps = tokens
                .get(core + 1)
                .is_some_and(|t| matches!(t.tag, Tag::Gerund | Tag::Participle | Tag::Adverb));
            let finite = core < end && tokens[core].tag.is_finite() && (tokens[core].lemma != "be" || helps);
            let waits = || {
                let waiting = &tokens[from.max(begin.saturating_sub(PIECE_TOKENS))..begin];
                waiting.iter().any(|t| t.tag.is_noun() || among("one other older younger", &t.low))
                    && !waiting.iter().any(|t| t.tag.is_finite())
                    && !matches!(tokens[from].tag, Tag::Preposition)
            };
            if finite && waits() {
                pending = None;
                events.push(event(
                    tokens,
                    from,
                    end,
                    Some(core),
                    Some((core_start(tokens, from, begin), begin)),
                    Form::Clause,
                ));
                continue;
            }
        }
        let weak = matches!(form, Form::Fragment | Form::Subordinate);
        let closes = tokens[end - 1].is_stop() || tokens[end - 1].is_newline() || end == tokens.len();
        let make = |begin| event(tokens, begin, end, verb, subject, form);
        if weak && (pending.is_some() || !same_sentence) {
            // A fragment waits for the clause it opens; on its own it is an event.
            let from = *pending.get_or_insert(begin);
            if closes {
                events.push(make(from));
                pending = None;
            }
            continue;
        }
        if let Some(from) = pending.take() {
            // "A fox and a cat play": the pieces before are part of the subject when a coordinator joins them on.
            let joined = is_coordinator(&tokens[begin])
                && !tokens[from..begin].iter().any(|t| {
                    t.tag.is_verb() && t.tag != Tag::Participle
                        || t.tag == Tag::Preposition && t.low != "of" && t.low != "in" && t.low != "with"
                });
            let subject =
                subject.map(
                    |(first, end)| if joined { (core_start(tokens, from, begin), end) } else { (first, end) },
                );
            events.push(event(tokens, from, end, verb, subject, form));
            continue;
        }
        let finite = verb.is_some_and(|k| {
            // "The wolves stop and howl" goes on; "She wants to stop and rest" is one wish.
            let plain = tokens[k].tag == Tag::Base
                && previous.as_ref().is_some_and(|event| {
                    tokens[event.begin..event.end].iter().all(|t| !matches!(t.tag, Tag::To | Tag::Modal))
                });
            (tokens[k].tag.is_finite() || plain) && tokens[k].lemma != "be"
        });
        let new = match form {
            _ if !same_sentence => true,
            Form::Clause => true,
            Form::Dropped | Form::DroppedPassive => !bare_and || seq || finite,
            _ => false,
        };
        if new {
            events.push(make(begin));
        } else if let Some(last) = events.last_mut() {
            last.end = end;
            if last.verb.is_none() && verb.is_some() {
                (last.verb, last.subject, last.form) = (verb, subject, form);
            }
        }
    }
    if let Some(from) = pending {
        events.push(event(tokens, from, tokens.len(), None, None, Form::Fragment));
    }
    for event in &mut events {
        caption(tokens, event);
        let finite = event.verb;
        event.verb = main_verb(tokens, event);
        event.negated = is_negated(tokens, event, finite);
    }
    events
}

fn event(
    tokens: &[Token],
    begin: usize,
    end: usize,
    verb: Option<usize>,
    subject: Option<(usize, usize)>,
    form: Form,
) -> Event {
    let words = &tokens[begin..end];
    let passive = form == Form::DroppedPassive
        || (words.iter().any(|t| t.tag == Tag::Participle)
            && words
                .iter()
                .any(|t| matches!(t.low.as_str(), "is" | "are" | "was" | "were" | "be" | "been" | "gets")));
    let simultaneous =
        words.iter().take(2).any(|t| matches!(t.low.as_str(), "while" | "meanwhile" | "simultaneously"))
            || words.first().is_some_and(|t| t.low == "as")
            || form == Form::Absolute;
    Event { begin, end, verb, subject, form, simultaneous, negated: false, passive }
}

/// Cuts at marks and coordinators. Every piece holds at least one token.
fn pieces(tokens: &[Token]) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    for (i, token) in tokens.iter().enumerate() {
        let after_break = i > 0 && tokens[i - 1].is_break();
        if token.is_break() {
            cuts.push(i + 1);
        } else if i > 0
            && !after_break
            && ((token.low == "then" && !is_coordinator(&tokens[i - 1]))
                || matches!(token.low.as_str(), "and" | "but")
                || opens_clause(tokens, i))
            || i - cuts.last().copied().unwrap_or(0) >= PIECE_TOKENS
        {
            cuts.push(i);
        }
    }
    cuts.push(tokens.len());
    cuts.dedup();
    cuts.windows(2).filter(|w| w[1] > w[0]).map(|w| (w[0], w[1])).collect()
}

/// Conjunctions of time, whose clauses are events of their own.
const TEMPORAL: [&str; 11] =
    ["while", "as", "until", "till", "when", "whenever", "once", "before", "after", "so", "whereupon"];

/// Whether a conjunction of time at `i` opens a clause with a subject and a verb of its own.
fn opens_clause(tokens: &[Token], i: usize) -> bool {
    if !TEMPORAL.contains(&tokens[i].low.as_str())
        || !matches!(tokens[i].tag, Tag::Preposition | Tag::WhAdverb | Tag::Adverb | Tag::Coordinator)
    {
        return false;
    }
    let mut noun = false;
    for token in tokens[i + 1..].iter().take(14) {
        if token.is_break() || token.tag == Tag::Coordinator && noun {
            return false;
        }
        if noun && token.tag.is_finite() {
            return true;
        }
        if matches!(token.tag, Tag::WhPronoun | Tag::WhDeterminer) {
            return false;
        }
        noun |= token.tag.is_noun()
            || token.tag == Tag::Pronoun
            || among("other one both third second others", &token.low);
    }
    false
}

/// First word of a piece after coordinators, sequence words and adverbs.
fn core_start(tokens: &[Token], begin: usize, end: usize) -> usize {
    (begin..end)
        .find(|k| {
            let token = &tokens[*k];
            !(token.tag == Tag::Space
                || is_coordinator(token)
                || is_sequence(token)
                || matches!(token.tag, Tag::Adverb | Tag::AdverbComparative | Tag::Coordinator)
                || token.low == ",")
        })
        .unwrap_or(end)
}

fn make_verb(token: &mut Token, tag: Tag) {
    let base = verb_base(&token.low);
    token.retag(tag);
    if let Some(base) = base {
        token.lemma = base;
    }
}

/// Whether the plural noun may be a verb in disguise: never one that names people or animals.
fn verb_in_disguise(token: &Token) -> bool {
    token.tag.is_plural()
        && token.lemma != token.low
        && verb_base(&token.low).is_some()
        && !kinds().is_person(&token.lemma, &token.low)
        && !kinds().is_creature(&token.lemma, &token.low)
}

/// Adjectives in "-ly", which the tagger takes for adverbs.
const ADJECTIVES_IN_LY: &str = "woolly curly lovely friendly lonely silly ugly early elderly chilly hilly burly wrinkly bubbly \
    cuddly wobbly gnarly prickly ghostly deadly lively jolly holy smelly daily heavenly earthly orderly manly \
    womanly saintly kindly stately princely costly leisurely sparkly wiggly scraggly bristly pearly ghastly unruly";
/// Participles that make one adjective with the noun before them: "snow covered trees".
const COVERINGS: &str = "covered capped clad lined filled drenched soaked kissed dusted laden lit topped tipped swept strewn \
    draped blanketed worn colored coloured shaped sized kissed frosted encrusted studded flecked bleached baked stained";

/// Nouns in "-ing", which are no participles.
const NOUNS_IN_ING: &str = "morning evening building ceiling painting clothing wedding king ring string thing spring wing something anything \
    everything nothing lightning clearing railing being darling sibling duckling sapling awning pudding earring opening";

/// Whether the noun names an event before anything else ("a yawn", "a wait"): its plural is more often the verb.
fn names_event(token: &Token) -> bool {
    let Some(base) = verb_base(&token.low) else { return false };
    let derived = ["tion", "ment", "ness", "ism"].iter().any(|ending| base.ends_with(ending));
    !derived
        && token.low.ends_with('s')
        && base != token.low
        && lexicon().senses(&base).next().is_none_or(|sense| sense == 0)
}

/// Whether the word can be the third person of a verb.
fn may_be_third(token: &Token) -> bool {
    token.low.ends_with('s')
        && !token.low.ends_with("ss")
        && token.tag.is_noun()
        && verb_base(&token.low).is_some_and(|base| base != token.low)
}

/// Where the stretch that holds token `k` begins: behind the last token that ends one, or as far back as the rules look.
fn back_to(tokens: &[Token], k: usize, ends: impl Fn(&Token) -> bool) -> usize {
    let furthest = k.saturating_sub(PIECE_TOKENS);
    tokens[furthest..k].iter().rposition(ends).map_or(furthest, |at| furthest + at + 1)
}

/// What is surely wrong whatever the sentence: names without a capital, verbs right after "he", "to" and "who".
fn repair_words(tokens: &mut [Token]) {
    let (mut past, mut present) = (0, 0);
    for token in tokens.iter() {
        past += usize::from(token.tag == Tag::Past);
        present += usize::from(matches!(token.tag, Tag::Present3 | Tag::Present));
    }
    for k in 0..tokens.len() {
        if tokens[k].tag.is_name() && !tokens[k].capital && tokens[k].low.is_ascii() {
            let plural = tokens[k].low.ends_with('s') && singular(&tokens[k].low) != tokens[k].low;
            tokens[k].retag(if plural { Tag::Nouns } else { Tag::Noun });
        }
        let low = tokens[k].low.as_str();
        let singular_form = tokens[k].tag == Tag::Nouns
            && !low.ends_with('s')
            && lexicon().irregular_noun(low).is_none()
            && !low.ends_with("men")
            && !among("people cattle police sheep deer fish folk", low);
        if singular_form && lexicon().is_noun(low) {
            tokens[k].retag(Tag::Noun);
        }
        let derived = ["tions", "ments", "nesses"].iter().any(|ending| tokens[k].low.ends_with(ending));
        if matches!(tokens[k].tag, Tag::Present | Tag::Base)
            && tokens[k].low.ends_with('s')
            && !tokens[k].low.ends_with("ss")
        {
            let base = verb_base(&tokens[k].low);
            if base.is_some_and(|base| base != tokens[k].low) {
                make_verb(&mut tokens[k], Tag::Present3);
            }
        }
        if tokens[k].tag == Tag::Present3 && derived {
            tokens[k].retag(Tag::Nouns);
        }
        let before = k.checked_sub(1).map(|b| (tokens[b].tag, tokens[b].low.clone()));
        let Some((tag_before, low_before)) = before else { continue };
        if matches!(tokens[k].tag, Tag::Past | Tag::Gerund | Tag::Participle)
            && (tag_before == Tag::Hyphen || (tokens[k].tag == Tag::Past && tag_before == Tag::Determiner))
            && tokens.get(k + 1).is_none_or(|t| t.tag.is_noun() || t.tag.is_adjective() || t.is_break())
        {
            // "a cramped compartment", "awe-inspiring", "neon-lit rooftop"
            tokens[k].retag(if tag_before == Tag::Hyphen { Tag::Adjective } else { Tag::Participle });
            continue;
        }
        let next = tokens.get(k + 1);
        let ends = next.is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::To
                        | Tag::Coordinator
                )
        });
        let verb = lexicon().is_verb(&tokens[k].low);
        let nominative = matches!(low_before.as_str(), "he" | "she" | "it" | "who" | "everyone" | "nobody");
        let counted = k >= 2
            && among("two three four five six seven", &low_before)
            && matches!(tokens[k - 2].low.as_str(), "the" | "these" | "those");
        let plural_nominative =
            counted || matches!(low_before.as_str(), "they" | "we" | "i" | "you" | "both");
        if nominative && may_be_third(&tokens[k]) && ends {
            make_verb(&mut tokens[k], Tag::Present3);
        } else if plural_nominative
            && verb
            && matches!(tokens[k].tag, Tag::Noun | Tag::Adjective | Tag::Base)
            && ends
        {
            make_verb(&mut tokens[k], Tag::Present);
        } else if may_be_third(&tokens[k]) && ends && !lexicon().is_noun(&singular(&tokens[k].low)) {
            // "applauds" can be nothing else.
            make_verb(&mut tokens[k], Tag::Present3);
        } else if past > present && tokens[k].tag == Tag::Participle && tag_before == Tag::Coordinator && ends
        {
            tokens[k].retag(Tag::Past);
        } else if present > past
            && tokens[k].tag == Tag::Past
            && k >= 3
            && tag_before.is_noun()
            && tokens[k - 2].tag == Tag::Possessive
            && tokens[k - 3].low == ","
        {
            // "a farmer kneels, his sleeves rolled up"
            tokens[k].retag(Tag::Participle);
        } else if low_before == "to"
            && verb
            && tokens[k].tag == Tag::Noun
            && ends
            && k >= 2
            && (tag_before == Tag::To && tokens[k - 2].tag.is_verb()
                || among("begin start try continue attempt want", &tokens[k - 2].lemma))
        {
            tokens[k].retag(Tag::Base);
        } else if tokens[k].tag == Tag::Participle
            && past > present
            && tag_before.is_noun()
            && !matches!(next.map(|t| t.low.as_str()), Some("by"))
            && !among(COVERINGS, &tokens[k].low)
            && ends
        {
            // "The wind howled around the mill": a story told in the past.
            let begin = back_to(tokens, k, |t| t.is_break() || t.tag == Tag::Coordinator);
            let bare = tokens[begin..k].iter().all(|t| !t.tag.is_finite());
            if bare && !among("named called", &tokens[k].low) {
                tokens[k].retag(Tag::Past);
            }
        }
    }
}

/// "The whistle blows": the word before a verb is a noun; "laundry swaying": the word after a noun is a participle.
fn repair_neighbours(tokens: &mut [Token]) {
    for k in 1..tokens.len() {
        let next = tokens.get(k + 1).cloned();
        let next = next.as_ref();
        let next_noun = next.is_some_and(|t| t.tag.is_noun() || t.tag.is_adjective());
        let verbal = tokens[k].tag.is_finite() && tokens[k].tag != Tag::Modal
            || (tokens[k].tag == Tag::Gerund && !next_noun);
        let opened = k == 1
            || tokens[k - 2].is_break()
            || tokens[k - 2].tag == Tag::Coordinator
            || (matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive | Tag::Number)
                || tokens[k - 2].tag.is_adjective());
        if verbal && opened && tokens[k - 1].tag == Tag::Adjective {
            if lexicon().is_noun(&tokens[k - 1].low) {
                tokens[k - 1].retag(Tag::Noun);
            } else if lexicon().irregular_noun(&tokens[k - 1].low).is_some() {
                tokens[k - 1].retag(Tag::Nouns);
            }
        }
        // "A hedgehog with a suitcase": a determiner needs its noun.
        let bare = tokens[k - 1].tag == Tag::Adjective
            && k >= 2
            && matches!(tokens[k - 2].tag, Tag::Determiner | Tag::Possessive | Tag::Adjective)
            && (tokens[k].is_stop() || matches!(tokens[k].tag, Tag::Preposition | Tag::Modal))
            && !among(
                "other same young old blind dead rich poor whole dark open left right front middle inside outside",
                &tokens[k - 1].low,
            )
            && !among(COLOURS, &tokens[k - 1].low);
        if bare && lexicon().is_noun(&tokens[k - 1].low) {
            tokens[k - 1].retag(Tag::Noun);
        }
        let start = k == 1 || tokens[k - 2].is_break();
        let noun_before = tokens[k - 1].tag.is_noun()
            || (start && tokens[k - 1].tag == Tag::Adjective && lexicon().is_noun(&tokens[k - 1].low));
        let follows = next.is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Adverb
                        | Tag::Particle
                        | Tag::To
                )
        });
        let gerund = matches!(tokens[k].tag, Tag::Noun | Tag::Adjective)
            && tokens[k].low.ends_with("ing")
            && !among(NOUNS_IN_ING, &tokens[k].low)
            && lexicon().is_verb(&guess_lemma(&tokens[k].low));
        if gerund && noun_before && follows {
            if tokens[k - 1].tag == Tag::Adjective {
                tokens[k - 1].retag(Tag::Noun);
            }
            tokens[k].retag(Tag::Gerund);
        }
        // "one leaps, the other catches him": no noun, but a subject.
        let aside = usize::from(among("only just also then simply quickly slowly", &tokens[k - 1].low));
        let stands = k > aside
            && among("one other third second another both others", &tokens[k - 1 - aside].low)
            && aside == 1
            || among("one other third second another both others", &tokens[k - 1].low)
                && (k == 1
                    || matches!(
                        tokens[k - 2].tag,
                        Tag::Determiner | Tag::Coordinator | Tag::Adjective | Tag::Comparative
                    )
                    || tokens[k - 2].is_break()
                    || among("the while as and but", &tokens[k - 2].low))
            || (tokens[k - 1].tag == Tag::Comparative && k >= 2 && tokens[k - 2].low == "the");
        if stands
            && may_be_third(&tokens[k])
            && may_follow_verb(next)
            && !next.is_some_and(|t| t.tag.is_finite())
        {
            make_verb(&mut tokens[k], Tag::Present3);
        }
    }
}

/// "They fall in a heap and laugh", "while the rings of the planet glitter outside": plain verbs taken for nouns.
fn repair_plain(tokens: &mut [Token]) {
    for k in 2..tokens.len() {
        if tokens[k].tag != Tag::Noun || !lexicon().is_verb(&tokens[k].low) {
            continue;
        }
        let next = tokens.get(k + 1);
        let closes = next.is_none_or(super::super::syntax::Token::is_break);
        let goes_on = next.is_some_and(|t| {
            matches!(t.tag, Tag::Adverb | Tag::Particle | Tag::Preposition) && t.low != "of"
        });
        let from = back_to(tokens, k, Token::is_break);
        let clause = &tokens[from..k];
        let plain = clause.iter().any(|t| t.tag == Tag::Present)
            && tokens[k - 1].tag == Tag::Coordinator
            && (closes || goes_on)
            && lexicon().senses(&tokens[k].low).next() == Some(0);
        let after =
            clause.iter().rposition(|t| TEMPORAL.contains(&t.low.as_str())).map(|at| &clause[at + 1..]);
        let needs = after.is_some_and(|rest| {
            tokens[k - 1].tag.is_noun()
                && rest.iter().find(|t| t.tag.is_noun()).is_some_and(|t| t.tag.is_plural())
                && rest.iter().all(|t| !t.tag.is_finite())
        }) && (closes || goes_on);
        // "Two deer watch", "the police search": a plural that looks like a singular.
        let flock = among(
            "deer sheep fish cattle police people bison moose salmon trout crew crowd staff folk reindeer",
            &tokens[k - 1].low,
        ) && clause.iter().all(|t| !t.tag.is_finite())
            && (closes
                || goes_on
                || next.is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::To)));
        if plain || needs || flock {
            make_verb(&mut tokens[k], Tag::Present);
        }
    }
}

/// "The astronaut coughs, opens her eyes": in a series of predicates, what can be a verb is one.
fn repair_series(tokens: &mut [Token]) {
    for k in 1..tokens.len() {
        if !may_be_third(&tokens[k]) {
            continue;
        }
        let next = tokens.get(k + 1);
        let sentence = tokens[k].sentence;
        let begin = tokens[..k].iter().rposition(super::super::syntax::Token::is_break).map_or(0, |b| b + 1);
        let clause = &tokens[begin..k];
        // "dad stares at it", "rain whips across": a bare noun that acts, or weather, opens the clause.
        let bare = clause.last().filter(|_| {
            clause.len() == 1
                || (clause.len() == 2 && (clause[0].tag == Tag::Coordinator || clause[0].tag.is_adjective()))
        });
        let opens = bare.is_some_and(|t| {
            let class = kinds().class(&t.lemma, &t.low, None);
            matches!(t.tag, Tag::Noun | Tag::Name) && (class.acts() || class == Class::Sky)
        });
        // "Mara waves."
        let named = clause.len() == 1
            && clause[0].tag.is_name()
            && clause[0].capital
            && next.is_none_or(Token::is_break)
            && !clause[0].low.ends_with('s');
        let falls = named
            || bare.is_some_and(|t| kinds().class(&t.lemma, &t.low, None) == Class::Sky)
                && next.is_none_or(Token::is_break);
        if falls {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        if opens
            && next.is_some_and(|t| {
                matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                ) && t.low != "of"
            })
        {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "until the paper rips": the clause needs a verb.
        let temporal =
            clause.iter().rposition(|t| TEMPORAL.contains(&t.low.as_str())).map(|at| &clause[at + 1..]);
        let needs = temporal.is_some_and(|rest| {
            rest.iter().any(|t| t.tag == Tag::Determiner || t.tag == Tag::Possessive)
                && rest.last().is_some_and(|t| matches!(t.tag, Tag::Noun | Tag::Name))
                && rest
                    .iter()
                    .all(|t| inside_phrase(t.tag) || matches!(t.tag, Tag::Determiner | Tag::Possessive))
        });
        if needs
            && next.is_none_or(|t| {
                t.is_break()
                    || matches!(t.tag, Tag::Preposition | Tag::Particle | Tag::Adverb | Tag::Adjective)
                        && t.low != "of"
            })
        {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "The astronaut coughs, opens …": a singular noun phrase alone before it, another predicate behind it.
        let phrase = clause.iter().all(|t| {
            inside_phrase(t.tag)
                || matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Coordinator)
                || is_sequence(t)
        }) && clause.last().is_some_and(|t| matches!(t.tag, Tag::Noun | Tag::Name))
            && clause.iter().any(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Name));
        let behind = tokens[k + 1..].iter().take_while(|t| t.sentence == sentence).find(|t| {
            !(t.low == ","
                || t.tag == Tag::Coordinator
                || t.tag == Tag::Adverb
                || t.low == "then"
                || t.tag == Tag::Particle)
        });
        let goes_on = next.is_some_and(|t| t.low == "," || t.tag == Tag::Coordinator)
            && behind.is_some_and(|t| t.tag == Tag::Present3 || may_be_third(t) && names_event(t));
        let alone = next.is_none_or(|t| t.is_stop() || t.is_newline())
            || next.is_some_and(|t| matches!(t.tag, Tag::Preposition | Tag::Particle | Tag::Adverb));
        // "The giant swings, the club whistles": who acts, and at once a mark.
        let acts = clause.last().is_some_and(|t| kinds().class(&t.lemma, &t.low, None).acts())
            && clause.first().is_some_and(|t| t.tag == Tag::Determiner)
            && next.is_some_and(|t| t.low == "," || t.low == ";");
        if phrase && acts {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        let shut = next.is_some_and(|t| among("open shut free apart loose awake", &t.low));
        if phrase && shut {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        if phrase && (goes_on || (alone && names_event(&tokens[k]))) {
            make_verb(&mut tokens[k], Tag::Present3);
            continue;
        }
        // "… places the ball, takes four steps back and waits.": after a predicate, at a coordinator.
        let led = matches!(tokens[k - 1].tag, Tag::Coordinator)
            || tokens[k - 1].low == ","
            || (tokens[k - 1].low == "then" || tokens[k - 1].tag == Tag::Adverb)
                && k >= 2
                && (tokens[k - 2].tag == Tag::Coordinator || tokens[k - 2].low == ",");
        let from = back_to(tokens, k, |t| t.is_stop() || t.is_newline());
        let third = tokens[from..k].iter().any(|t| t.tag == Tag::Present3);
        let closes = next.is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Coordinator
                        | Tag::Preposition
                        | Tag::Particle
                        | Tag::Adverb
                        | Tag::Determiner
                        | Tag::Possessive
                        | Tag::Pronoun
                        | Tag::To
                )
        });
        let object = next.is_some_and(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive | Tag::Pronoun));
        let follows = third || goes_on && !clause.iter().any(|t| t.tag.is_noun());
        // "she brakes and skids", "stands beside her and watches": no noun that it could be joined to.
        let joined = tokens[k - 1].tag == Tag::Coordinator
            && k >= 2
            && !(tokens[k - 2].tag.is_noun() || tokens[k - 2].tag.is_adjective() || tokens[k - 2].is_break());
        if led && follows && closes && (names_event(&tokens[k]) || (third && (object || joined))) {
            make_verb(&mut tokens[k], Tag::Present3);
        }
    }
}

/// Corrects the tags that the tagger gets wrong on prompts.
fn repair(tokens: &mut [Token]) {
    repair_words(tokens);
    repair_neighbours(tokens);
    let count = tokens.len();
    for k in 0..count {
        let before_noun =
            tokens[k + 1..].iter().take(3).find(|t| !t.tag.is_adjective() && t.tag != Tag::Hyphen);
        let before_noun = before_noun.is_some_and(|t| t.tag.is_noun());
        if tokens[k].tag == Tag::Adverb && before_noun && among(ADJECTIVES_IN_LY, &tokens[k].low) {
            tokens[k].retag(Tag::Adjective);
        }
        if k > 0
            && tokens[k - 1].tag.is_noun()
            && kinds().class(&tokens[k - 1].lemma, &tokens[k - 1].low, None).acts()
        {
            // "a cyclist riding along", "a dog and a bird run across": the verb of the one who acts.
            let follows = tokens.get(k + 1).is_none_or(|t| {
                t.is_break()
                    || matches!(
                        t.tag,
                        Tag::Preposition
                            | Tag::Determiner
                            | Tag::Possessive
                            | Tag::Adverb
                            | Tag::Particle
                            | Tag::To
                    )
            });
            let gerund =
                tokens[k].tag == Tag::Noun && tokens[k].low.len() > 5 && tokens[k].low.ends_with("ing");
            let base = tokens[k].tag == Tag::Participle && tokens[k].lemma == tokens[k].low;
            if gerund && follows && lexicon().is_verb(&guess_lemma(&tokens[k].low)) {
                tokens[k].retag(Tag::Gerund);
            } else if base && follows {
                tokens[k].retag(Tag::Present);
            }
        }
        if k > 0
            && tokens[k].tag == Tag::Past
            && before_noun
            && tokens[k - 1].tag.is_noun()
            && among(COVERINGS, &tokens[k].low)
        {
            tokens[k].retag(Tag::Participle);
        }
    }
    // "A dog chases …": a plural right after a singular noun phrase is its verb.
    for d in 0..count {
        if !SINGULAR_DETERMINERS.contains(&tokens[d].low.as_str()) {
            continue;
        }
        let limit = count.min(d + 16);
        let mut j = d + 1;
        while j < limit && inside_phrase(tokens[j].tag) {
            j += 1;
        }
        if j + 2 < limit && tokens[j].low == "of" {
            let mut q = j + 1;
            while q < limit && (inside_phrase(tokens[q].tag) || tokens[q].tag == Tag::Determiner) {
                q += 1;
            }
            if q + 1 < limit && tokens[q].tag == Tag::Nouns && tokens[q + 1].tag == Tag::Nouns {
                j = q + 1;
            }
        }
        if j >= limit || j <= d + 1 {
            continue;
        }
        if tokens[j - 1].tag == Tag::Adjective
            && tokens[j].tag == Tag::Nouns
            && verb_base(&tokens[j].low).is_some()
            && lexicon().is_noun(&tokens[j - 1].low)
        {
            tokens[j - 1].retag(Tag::Noun);
        }
        let noun_before = tokens[d + 1..j].iter().any(|t| t.tag.is_noun());
        let next_finite = tokens.get(j + 1).is_some_and(|t| t.tag.is_finite());
        if tokens[j].tag.is_plural()
            && tokens[j].lemma != tokens[j].low
            && verb_base(&tokens[j].low).is_some()
            && noun_before
            && may_follow_verb(tokens.get(j + 1))
            && !next_finite
        {
            make_verb(&mut tokens[j], Tag::Present3);
        }
    }
    for k in 1..count.saturating_sub(2) {
        let follows = |t: &Token| matches!(t.tag, Tag::Preposition | Tag::To | Tag::Particle | Tag::Adverb);
        // "The cat chases dogs across": noun and verb swapped.
        if tokens[k].tag == Tag::Nouns
            && tokens[k + 1].tag == Tag::Present3
            && tokens[k - 1].tag == Tag::Noun
            && tokens[k.saturating_sub(4)..k - 1]
                .iter()
                .any(|t| SINGULAR_DETERMINERS.contains(&t.low.as_str()))
            && verb_base(&tokens[k].low).is_some()
            && tokens[k + 1].low.strip_suffix('s').is_some_and(|stem| lexicon().is_noun(stem))
            && follows(&tokens[k + 2])
        {
            make_verb(&mut tokens[k], Tag::Present3);
            tokens[k + 1].retag(Tag::Nouns);
        }
        // ", sparks dance off a rig"
        if tokens[k].tag == Tag::Present3
            && tokens[k - 1].is_break()
            && matches!(tokens[k + 1].tag, Tag::Present | Tag::Gerund)
            && lexicon().is_noun(&singular(&tokens[k].low))
        {
            tokens[k].retag(Tag::Nouns);
        }
        // "Autumn leaves swirl down".
        if tokens[k].tag == Tag::Present3
            && matches!(tokens[k - 1].tag, Tag::Noun | Tag::Adjective | Tag::Name)
            && (k == 1 || tokens[k - 2].is_break())
            && matches!(tokens[k + 1].tag, Tag::Noun | Tag::Adjective | Tag::Base)
            && lexicon().is_verb(&tokens[k + 1].low)
            && follows(&tokens[k + 2])
        {
            tokens[k].retag(Tag::Nouns);
            make_verb(&mut tokens[k + 1], Tag::Present);
        }
    }
    repair_definite(tokens);
    repair_series(tokens);
    repair_plain(tokens);
}

/// "The camera circles …", "Her dog barks …": in a piece without a finite verb, a plural after a known singular subject.
fn repair_definite(tokens: &mut [Token]) {
    let mut first_seen: HashMap<String, usize> = HashMap::new();
    for (i, token) in tokens.iter().enumerate() {
        first_seen.entry(token.lemma.clone()).or_insert(i);
    }
    for (begin, end) in pieces(tokens) {
        if tokens[begin..end].iter().any(|t| t.tag.is_finite()) {
            continue;
        }
        let start = core_start(tokens, begin, end);
        if start >= end || !matches!(tokens[start].tag, Tag::Determiner | Tag::Possessive) {
            continue;
        }
        let mut j = start + 1;
        while j < end && inside_phrase(tokens[j].tag) && tokens[j].tag != Tag::Adverb {
            j += 1;
        }
        while j < end && tokens[j].tag == Tag::Adverb {
            j += 1;
        }
        if j >= end || j <= start + 1 || !tokens[j].tag.is_plural() || verb_base(&tokens[j].low).is_none() {
            continue;
        }
        let subject = &tokens[j - 1];
        let known = first_seen.get(&subject.lemma).is_some_and(|first| *first < start)
            || kinds().class(&subject.lemma, &subject.low, None).acts();
        let follows = tokens[j + 1..].first().filter(|_| j + 1 < end).is_none_or(|t| {
            t.is_break()
                || matches!(
                    t.tag,
                    Tag::Preposition
                        | Tag::Adverb
                        | Tag::AdverbComparative
                        | Tag::Particle
                        | Tag::To
                        | Tag::Determiner
                        | Tag::Pronoun
                        | Tag::Possessive
                )
        });
        if known && follows {
            make_verb(&mut tokens[j], Tag::Present3);
        }
    }
}

/// A noun phrase, perhaps with a phrase hung on it, and then a participle: the verb and the head.
fn absolute(tokens: &[Token], begin: usize, end: usize) -> Option<(usize, usize)> {
    let start = core_start(tokens, begin, end);
    let mut k = start;
    while k < end
        && (inside_phrase(tokens[k].tag) && tokens[k].tag != Tag::Gerund
            || matches!(tokens[k].tag, Tag::Determiner | Tag::Possessive))
    {
        k += 1;
    }
    let head = k.checked_sub(1).filter(|h| *h >= start && tokens[*h].tag.is_noun())?;
    // "an old man in a flat cap leaning out"
    if k < end && matches!(tokens[k].low.as_str(), "in" | "with" | "of" | "on") {
        let mut j = k + 1;
        while j < end
            && (inside_phrase(tokens[j].tag) && tokens[j].tag != Tag::Gerund
                || matches!(tokens[j].tag, Tag::Determiner | Tag::Possessive))
        {
            j += 1;
        }
        if j > k + 1 && tokens[j - 1].tag.is_noun() {
            k = j;
        }
    }
    while k < end && tokens[k].tag == Tag::Adverb {
        k += 1;
    }
    let verb = tokens.get(k).filter(|t| k < end && t.tag == Tag::Gerund)?;
    (!among("wearing being having including containing featuring", &verb.low)).then_some((k, head))
}

type Judgement = (Form, Option<usize>, Option<(usize, usize)>);

/// Judges a piece: its form, the verb, and where the subject stands.
fn analyse(tokens: &mut [Token], begin: usize, end: usize, previous: Option<&Event>) -> Judgement {
    const NOTHING: Judgement = (Form::Fragment, None, None);
    let start = core_start(tokens, begin, end);
    if start >= end {
        return NOTHING;
    }
    let coordinated = tokens[begin..start].iter().any(is_coordinator);
    let seq = tokens[begin..start]
        .iter()
        .any(|t| is_sequence(t) && !matches!(t.low.as_str(), "slowly" | "gradually" | "again" | "now"));
    let first = &tokens[start];
    if opens_clause(tokens, start) || is_subordinator(first) {
        let temporal = opens_clause(tokens, start) || (first.low == "so" && previous.is_some());
        if temporal && tokens.get(start + 1).is_some_and(|t| t.low != "that") {
            let finite = (start + 1..end).find(|k| tokens[*k].tag.is_finite());
            if let Some(k) = finite.filter(|k| *k > start + 1) {
                return (Form::Clause, Some(k), Some((start + 1, k)));
            }
        }
        return (Form::Subordinate, None, None);
    }
    let is_relative = |t: &Token| matches!(t.tag, Tag::WhPronoun | Tag::WhDeterminer | Tag::WhPossessive);
    let relative = (start + 1..end).find(|k| is_relative(&tokens[*k]));
    let finite: Vec<usize> = (start..end).filter(|k| tokens[*k].tag.is_finite()).collect();
    let main_finite = finite.iter().any(|k| relative.is_none_or(|r| *k < r));
    if let Some(previous) = previous {
        let after_to = start > 0 && tokens[start - 1].tag == Tag::To;
        if first.tag.is_finite() || (first.tag == Tag::Base && !after_to) {
            return (Form::Dropped, Some(start), None);
        }
        if first.tag == Tag::Participle && (previous.passive || coordinated || seq) {
            return (Form::DroppedPassive, Some(start), None);
        }
        if first.tag == Tag::Gerund && seq {
            return (Form::Dropped, Some(start), None);
        }
        let noun_like = first.tag.is_noun() || matches!(first.tag, Tag::Preposition | Tag::Adjective);
        if !main_finite && noun_like && first.low.ends_with('s') && verb_base(&first.low).is_some() {
            let next = tokens.get(start + 1).filter(|_| start + 1 < end);
            let actor = first.tag.is_plural() && !verb_in_disguise(first);
            let bare_list = next.is_none_or(|t| t.is_break() || t.tag == Tag::Coordinator);
            let after_noun = begin >= 2
                && tokens[begin - 1].tag == Tag::Noun
                && tokens[begin.saturating_sub(4)..begin - 1]
                    .iter()
                    .any(|t| matches!(t.tag, Tag::Determiner | Tag::Possessive));
            let verb_like = !bare_list
                || after_noun
                || !coordinated
                || seq
                || end == tokens.len()
                || begin.checked_sub(1).is_some_and(|k| tokens[k].low == ",");
            if !actor && may_follow_verb(next) && next.is_none_or(|t| t.low != "of") && verb_like {
                make_verb(&mut tokens[start], Tag::Present3);
                return (Form::Dropped, Some(start), None);
            }
        }
    }
    let first = &tokens[start];
    if first.low == "not" {
        return NOTHING;
    }
    for &k in &finite {
        // A finite verb inside a relative clause opened in this piece is not the piece's own.
        let opener = (start..k).find(|j| {
            let t = &tokens[*j];
            is_relative(t)
                || t.tag == Tag::WhAdverb
                || (is_subordinator(t)
                    && t.tag == Tag::Preposition
                    && !matches!(t.low.as_str(), "after" | "before" | "since" | "as"))
        });
        if opener.is_some_and(|o| !tokens[start..o].iter().any(|t| t.tag.is_finite())) {
            continue;
        }
        let has_subject = tokens[start..k].iter().any(|t| {
            t.tag.is_noun()
                || matches!(
                    t.tag,
                    Tag::Pronoun
                        | Tag::Determiner
                        | Tag::Number
                        | Tag::Existential
                        | Tag::Adjective
                        | Tag::Gerund
                        | Tag::WhPronoun
                )
        });
        if has_subject {
            return (Form::Clause, Some(k), Some((start, k)));
        }
    }
    if finite.is_empty() {
        // "tiny planets orbit": plural noun, then a word that is also a verb.
        for k in start + 1..end {
            let follows = tokens.get(k + 1).filter(|_| k + 1 < end).is_none_or(|t| {
                t.is_break() || matches!(t.tag, Tag::Preposition | Tag::Adverb | Tag::Particle)
            });
            if matches!(tokens[k].tag, Tag::Noun | Tag::Base | Tag::Adjective)
                && lexicon().is_verb(&tokens[k].low)
                && (tokens[k - 1].tag.is_plural()
                    || (coordinated && tokens[k - 1].tag.is_noun() && k > start + 1))
                && follows
            {
                make_verb(&mut tokens[k], Tag::Present);
                return (Form::Clause, Some(k), Some((start, k)));
            }
        }
    }
    NOTHING
}

/// "A cyclist riding …", "A seed that sprouts …": a noun phrase with a participle or a relative clause is the event.
fn caption(tokens: &[Token], event: &mut Event) {
    if event.subject.is_some() || !matches!(event.form, Form::Fragment | Form::Subordinate) {
        return;
    }
    let Some(noun) = (event.begin..event.end.min(event.begin + 24)).find(|k| tokens[*k].tag.is_noun()) else {
        return;
    };
    let begin = (event.begin..noun)
        .rev()
        .take_while(|k| {
            inside_phrase(tokens[*k].tag) || matches!(tokens[*k].tag, Tag::Determiner | Tag::Possessive)
        })
        .last()
        .unwrap_or(noun);
    let mut head = noun;
    while head + 1 < event.end
        && (tokens[head + 1].tag.is_noun()
            || matches!(tokens[head + 1].tag, Tag::Hyphen | Tag::PossessiveMark))
    {
        head += 1;
    }
    let asks = (head + 1..event.end).find(|k| tokens[*k].tag == Tag::WhAdverb).unwrap_or(event.end);
    let verb = (head + 1..asks).find(|k| {
        let gerund = tokens[*k].tag == Tag::Gerund
            && !matches!(tokens[*k - 1].tag, Tag::Determiner | Tag::Preposition | Tag::Adjective);
        gerund || tokens[*k].tag.is_finite()
    });
    if let Some(verb) = verb {
        (event.verb, event.subject, event.form) = (Some(verb), Some((begin, head + 1)), Form::Caption);
    }
}

/// "does not turn", "never looks", "doesnt look", "nobody moves", "neither speaks".
fn is_negated(tokens: &[Token], event: &Event, finite: Option<usize>) -> bool {
    let (Some(finite), Some(verb)) = (finite, event.verb) else { return false };
    let around = &tokens[finite.saturating_sub(2).max(event.begin)..=verb.max(finite)];
    let denied = around.iter().any(|t| {
        matches!(
            t.low.as_str(),
            "not"
                | "n't"
                | "n’t"
                | "never"
                | "nt"
                | "cannot"
                | "doesnt"
                | "dont"
                | "didnt"
                | "isnt"
                | "wont"
                | "cant"
                | "hardly"
        )
    });
    let nobody = event.subject.is_some_and(|(begin, end)| {
        tokens[begin..end].iter().any(|t| matches!(t.low.as_str(), "nobody" | "neither" | "none" | "nothing"))
            || tokens.get(begin).is_some_and(|t| t.low == "no")
    });
    denied || nobody
}

/// The verb that carries the meaning: past helpers ("is walking") and beginnings ("starts to run").
fn main_verb(tokens: &[Token], event: &Event) -> Option<usize> {
    let Some(mut k) = event.verb else {
        // "Walking through the woods.": a participle that leads; one further in belongs to its noun.
        return (event.begin..event.end)
            .find(|k| {
                let t = &tokens[*k];
                !(t.is_break() || matches!(t.tag, Tag::Adverb | Tag::Coordinator | Tag::To | Tag::Space))
            })
            .filter(|k| matches!(tokens[*k].tag, Tag::Gerund | Tag::Participle | Tag::Base))
            // "Muted palette" does nothing.
            .filter(|k| {
                tokens[*k].tag != Tag::Participle || !tokens.get(k + 1).is_some_and(|t| t.tag.is_noun())
            });
    };
    let skip = |from: usize, also_to: bool| {
        (from..event.end)
            .find(|j| {
                let tag = tokens[*j].tag;
                !(matches!(tag, Tag::Adverb | Tag::AdverbComparative) || also_to && tag == Tag::To)
            })
            .unwrap_or(event.end)
    };
    loop {
        let helper =
            tokens[k].tag == Tag::Modal || matches!(tokens[k].lemma.as_str(), "be" | "have" | "do" | "get");
        let next = skip(k + 1, false);
        let carries = next < event.end
            && matches!(tokens[next].tag, Tag::Participle | Tag::Gerund | Tag::Base | Tag::Past);
        if !helper || !carries {
            break;
        }
        k = next;
    }
    if matches!(
        tokens[k].lemma.as_str(),
        "keep"
            | "start"
            | "begin"
            | "continue"
            | "try"
            | "attempt"
            | "struggle"
            | "proceed"
            | "manage"
            | "seem"
    ) {
        let next = skip(k + 1, true);
        if next < event.end && matches!(tokens[next].tag, Tag::Gerund | Tag::Base) {
            k = next;
        }
    }
    Some(k)
}

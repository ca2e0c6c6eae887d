//! What words are: the verb list, irregular forms, and `WordNet`'s nouns with what each is a kind of.
//!
//! Tables: `assets/story/verbs.txt` (base forms), `irregular.txt`, `wordnet-nouns.tsv.gz`. The last holds one line per
//! synset with its hypernyms (line numbers, from 1), a line `-`, then `lemma<TAB>synsets by falling frequency`, sorted;
//! synset 0 stands for any abstract sense.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    io::Read as _,
    sync::OnceLock,
};

use flate2::read::GzDecoder;

static VERBS: &str = include_str!("../../../assets/story/verbs.txt");
static IRREGULAR: &str = include_str!("../../../assets/story/irregular.txt");
static NOUNS: &[u8] = include_bytes!("../../../assets/story/wordnet-nouns.tsv.gz");

/// A meaning of a noun: a line of the noun table; 0 is any abstract meaning.
pub(crate) type Synset = u32;

/// The word lists.
pub(crate) struct Lexicon {
    verbs: HashSet<&'static str>,
    irregular_verbs: HashMap<&'static str, &'static str>,
    irregular_nouns: HashMap<&'static str, &'static str>,
    /// The decompressed noun table.
    table: String,
    /// Hypernyms of synset `k + 1`: a range of `parents`.
    parent_ranges: Vec<(u32, u32)>,
    parents: Vec<Synset>,
    /// Byte offsets of the lemma lines, in the order of their lemmas.
    lines: Vec<u32>,
}

/// The one lexicon of the process, loaded at the first call.
pub(crate) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(Lexicon::load)
}

impl Lexicon {
    fn load() -> Self {
        let mut table = String::new();
        GzDecoder::new(NOUNS).read_to_string(&mut table).expect("the embedded noun table is gzipped UTF-8");
        let mut irregular_verbs = HashMap::new();
        let mut irregular_nouns = HashMap::new();
        for line in IRREGULAR.lines() {
            let mut fields = line.split('\t');
            match (fields.next(), fields.next(), fields.next()) {
                (Some("v"), Some(form), Some(base)) => drop(irregular_verbs.insert(form, base)),
                (Some("n"), Some(form), Some(base)) => drop(irregular_nouns.insert(form, base)),
                _ => {}
            }
        }
        let (mut parent_ranges, mut parents, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        let mut offset = 0;
        let mut in_lemmas = false;
        for line in table.split_inclusive('\n') {
            let content = line.trim_end();
            if in_lemmas {
                lines.push(offset);
            } else if content == "-" {
                in_lemmas = true;
            } else {
                let begin = parents.len() as u32;
                parents.extend(content.split(',').filter_map(|id| id.parse::<Synset>().ok()));
                parent_ranges.push((begin, parents.len() as u32));
            }
            offset += line.len() as u32;
        }
        Self {
            verbs: VERBS.lines().collect(),
            irregular_verbs,
            irregular_nouns,
            table,
            parent_ranges,
            parents,
            lines,
        }
    }

    /// Whether the word is a verb in its base form.
    pub(crate) fn is_verb(&self, base: &str) -> bool {
        self.verbs.contains(base)
    }

    /// Base of an irregular verb form.
    pub(crate) fn irregular_verb(&self, form: &str) -> Option<&'static str> {
        self.irregular_verbs.get(form).copied()
    }

    /// Singular of an irregular plural.
    pub(crate) fn irregular_noun(&self, form: &str) -> Option<&'static str> {
        self.irregular_nouns.get(form).copied()
    }

    /// Whether the word is a noun in its singular.
    pub(crate) fn is_noun(&self, lemma: &str) -> bool {
        self.find(lemma).is_some()
    }

    /// Meanings of a noun, the most frequent first; 0 for an abstract one. Words of a compound are joined by `_`.
    pub(crate) fn senses(&self, lemma: &str) -> impl Iterator<Item = Synset> + '_ {
        self.find(lemma).unwrap_or("").split(',').filter_map(|id| id.parse().ok())
    }

    /// What a meaning is directly a kind of.
    pub(crate) fn hypernyms(&self, synset: Synset) -> &[Synset] {
        let range = synset.checked_sub(1).and_then(|k| self.parent_ranges.get(k as usize));
        range.map_or(&[], |(begin, end)| &self.parents[*begin as usize..*end as usize])
    }

    /// Steps from a meaning up to an ancestor, itself being 0.
    pub(crate) fn steps_up(&self, synset: Synset, ancestor: Synset) -> Option<u32> {
        let mut level = vec![synset];
        let mut steps = 0;
        while !level.is_empty() && steps < 24 {
            if level.contains(&ancestor) {
                return Some(steps);
            }
            level = level.iter().flat_map(|s| self.hypernyms(*s)).copied().collect();
            steps += 1;
        }
        None
    }

    /// The meaning that an anchor such as `dog#1` names.
    pub(crate) fn anchor(&self, anchor: &str) -> Option<Synset> {
        let (lemma, rank) = anchor.split_once('#')?;
        self.senses(lemma).nth(rank.parse::<usize>().ok()?.checked_sub(1)?).filter(|s| *s > 0)
    }

    /// Whether the most frequent meaning of a noun is a kind of `ancestor`.
    pub(crate) fn mostly_is(&self, lemma: &str, ancestor: Synset) -> bool {
        self.senses(lemma).next().is_some_and(|sense| self.steps_up(sense, ancestor).is_some())
    }

    /// How alike two nouns are: WordNet's path similarity, 1 over the words on the shortest way between any two of their
    /// meanings through what both are kinds of. 1 for the same thing; `None` when nothing concrete joins them.
    pub(crate) fn path_similarity(&self, a: &str, b: &str) -> Option<f64> {
        let above = |lemma: &str| {
            let mut steps: HashMap<Synset, u32> = HashMap::new();
            let mut level: Vec<Synset> = self.senses(lemma).filter(|sense| *sense != 0).collect();
            let mut step = 0;
            while !level.is_empty() {
                level.retain(|synset| !steps.contains_key(synset) && steps.insert(*synset, step).is_none());
                level = level.iter().flat_map(|synset| self.hypernyms(*synset)).copied().collect();
                step += 1;
            }
            steps
        };
        let (a, b) = (above(a), above(b));
        let way = a.iter().filter_map(|(synset, up)| Some(up + b.get(synset)?)).min()?;
        Some(1.0 / f64::from(way + 1))
    }

    fn find(&self, lemma: &str) -> Option<&str> {
        let word = lemma.as_bytes();
        // The table is sorted by the words, each ended by a tab or a line break, which are lower than any letter.
        let found = self
            .lines
            .binary_search_by(|offset| {
                let line = &self.table.as_bytes()[*offset as usize..];
                line[..word.len().min(line.len())].cmp(word).then_with(|| match line.get(word.len()) {
                    None | Some(b'\t' | b'\n') => Ordering::Equal,
                    Some(_) => Ordering::Greater,
                })
            })
            .ok()?;
        let rest = &self.table[self.lines[found] as usize + word.len()..];
        let line = rest.split_once('\n').map_or(rest, |(line, _)| line);
        Some(line.strip_prefix('\t').unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::lexicon;

    #[test]
    fn nouns_know_what_they_are_kinds_of() {
        let words = lexicon();
        assert_eq!(words.path_similarity("dog", "dog"), Some(1.0));
        assert!(words.path_similarity("otter", "badger") > words.path_similarity("otter", "heron"));
        let animal = words.anchor("animal#1").expect("anchor");
        let person = words.anchor("person#1").expect("anchor");
        assert!(words.mostly_is("mammoth", animal));
        assert!(words.mostly_is("detective", person));
        assert!(!words.mostly_is("meadow", animal));
        assert!(words.is_noun("abattoir") && words.is_noun("zebra") && !words.is_noun("zebras"));
        let dog = words.anchor("dog#1").expect("anchor");
        let poodle = words.senses("poodle").next().expect("a sense");
        assert_eq!(words.steps_up(poodle, dog), Some(1));
    }
}

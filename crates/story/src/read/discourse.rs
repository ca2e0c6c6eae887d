//! Who and what the text has spoken of so far, and whom a pronoun or a definite phrase means.
//!
//! Everything that a noun phrase names is an [`Entity`]. A pronoun means the most salient one that fits: how recently it
//! was named counts most, then whether it was a subject, then whether it was a pronoun already (the centre of attention
//! stays); what the clause's own verb relates to itself ("she hugs her") is barred. After Lappin and Leass, "An Algorithm
//! for Pronominal Anaphora Resolution" (1994), with centering for plurals that form from singulars.

use crate::{
    lexicon::lexicon,
    map::{Class, kinds},
};

/// Male or female, as words about somebody say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gender {
    Male,
    Female,
}

/// What a phrase is in its clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Subject,
    Object,
    /// Behind a preposition.
    Other,
}

/// Where something was last named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) token: usize,
    pub(super) sentence: u32,
    pub(super) clause: usize,
    pub(super) role: Role,
    pub(super) pronoun: bool,
}

/// Somebody or something that was spoken of.
#[derive(Clone, Debug)]
pub(super) struct Entity {
    pub(super) word: String,
    pub(super) class: Class,
    pub(super) plural: bool,
    pub(super) gender: Option<Gender>,
    /// Whether the sex is only guessed from a possessive ("his hut").
    pub(super) guessed: bool,
    /// Index into the cast.
    pub(super) cast: Option<usize>,
    /// Names it goes by beside its word, in lower case.
    pub(super) names: Vec<String>,
    /// Whether one of several was meant last: "one of them", "the diving otter".
    pub(super) as_one: bool,
    /// Index of the mention that spoke of it last.
    pub(super) mention: Option<usize>,
    /// What it has turned into.
    pub(super) became: Option<usize>,
    /// How often it was spoken of.
    pub(super) times: u32,
    pub(super) seen: Seen,
}

impl Entity {
    /// Whether "he" or "she" may mean it at all, as somebody.
    pub(super) fn is_person(&self) -> bool {
        self.class == Class::Person
    }

    /// Whether "it" may mean it although it is of the class of people.
    pub(super) fn may_be_it(&self) -> bool {
        !self.is_person()
            || super::among("robot android cyborg baby infant ghost spirit machine figure child", &self.word)
    }
}

/// Several that were spoken of together.
#[derive(Clone, Debug)]
struct Together {
    members: Vec<usize>,
    seen: Seen,
}

/// Everything spoken of, in order of first mention.
#[derive(Default)]
pub(super) struct Discourse {
    pub(super) entities: Vec<Entity>,
    /// Indices of the latest, oldest first.
    recent: Vec<usize>,
    together: Vec<Together>,
}

/// How many of the latest entities are looked at: keeps time linear.
const HORIZON: usize = 40;
/// Sentences after which nobody remembers, unless nothing else fits.
const MEMORY: u32 = 6;

impl Discourse {
    pub(super) fn add(&mut self, entity: Entity) -> usize {
        self.entities.push(entity);
        let index = self.entities.len() - 1;
        self.touch(index);
        index
    }

    fn touch(&mut self, index: usize) {
        self.recent.retain(|k| *k != index);
        self.recent.push(index);
        if self.recent.len() > HORIZON {
            self.recent.remove(0);
        }
    }

    /// Notes that the entity was named again.
    pub(super) fn see(&mut self, index: usize, seen: Seen) {
        self.entities[index].times += 1;
        let old = &mut self.entities[index].seen;
        // Within a clause the highest role stays.
        if old.clause == seen.clause && old.role == Role::Subject {
            *old = Seen { role: Role::Subject, ..seen };
        } else {
            *old = seen;
        }
        self.touch(index);
    }

    /// Notes that these acted or were acted on together.
    pub(super) fn see_together(&mut self, members: &[usize], seen: Seen) {
        if members.len() < 2 {
            return;
        }
        let mut members = members.to_vec();
        members.sort_unstable();
        members.dedup();
        self.together.retain(|group| group.members != members);
        self.together.push(Together { members, seen });
        if self.together.len() > 8 {
            self.together.remove(0);
        }
    }

    /// The latest entities, latest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = usize> + '_ {
        self.recent.iter().rev().copied().filter(|k| self.entities[*k].became.is_none())
    }

    fn salience(seen: Seen, now: Seen) -> f64 {
        let sentences = now.sentence.saturating_sub(seen.sentence);
        let mut score = 100.0 / (1.0 + 0.75 * f64::from(sentences));
        score += match seen.role {
            Role::Subject => 39.0,
            Role::Object => 16.0,
            Role::Other => 1.0,
        };
        let clauses = now.clause.saturating_sub(seen.clause);
        // The centre of attention stays.
        score += match (seen.pronoun, clauses) {
            (true, 0 | 1) => 48.0,
            (true, _) => 4.0,
            _ => 0.0,
        };
        score += if seen.role == now.role { 5.0 } else { 0.0 };
        score += match (seen.role, now.role, clauses) {
            // "The boy grins. He picks …"
            (Role::Subject, Role::Subject, 1) => 9.0,
            // "He drops it, she catches it."
            (Role::Object, Role::Object, 1) => 17.0,
            _ => 0.0,
        };
        // The clause just before counts more than an earlier one of the same sentence.
        score - 8.0 * clauses.min(8) as f64 - if sentences > MEMORY { 60.0 } else { 0.0 }
    }

    /// Whom a pronoun means; nobody when nothing fits. `barred` are those the clause's verb relates to somebody else;
    /// `acting` tells whether the verb needs somebody who acts.
    pub(super) fn resolve(&self, pronoun: &str, now: Seen, barred: &[usize], acting: bool) -> Vec<usize> {
        match pronoun {
            "he" | "him" | "his" | "himself" => self.somebody(Gender::Male, now, barred),
            "she" | "her" | "hers" | "herself" => self.somebody(Gender::Female, now, barred),
            "it" | "its" | "itself" => self.something(now, barred, acting),
            _ => self.several(now, barred, acting),
        }
    }

    fn best(
        &self,
        now: Seen,
        barred: &[usize],
        bonus: impl Fn(&Entity) -> Option<f64>,
    ) -> Option<(usize, f64)> {
        self.latest()
            .filter(|k| !barred.contains(k) || (self.entities[*k].plural && self.entities[*k].as_one))
            .filter_map(|k| {
                let entity = &self.entities[k];
                Some((k, Self::salience(entity.seen, now) + bonus(entity)?))
            })
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    fn somebody(&self, gender: Gender, now: Seen, barred: &[usize]) -> Vec<usize> {
        let found = self.best(now, barred, |e| {
            if e.plural && !e.as_one {
                return None;
            }
            match (e.class, e.gender) {
                _ if e.word == "i" => None,
                (Class::Person, Some(other)) if other != gender && e.guessed => Some(-34.0),
                (_, Some(other)) if other != gender => None,
                (Class::Person, Some(_)) => Some(50.0 + 20.0 * f64::from(e.times.min(6)).ln()),
                (Class::Person, None) if super::among("baby infant newborn", &e.word) => Some(-10.0),
                (Class::Person, None) if e.may_be_it() => Some(-130.0),
                // What most readers would take first, not what must be.
                (Class::Person, None) if gender == Gender::Female && super::among(MOSTLY_MEN, &e.word) => {
                    Some(-12.0)
                }
                (Class::Person, None) if gender == Gender::Male && super::among(MOSTLY_WOMEN, &e.word) => {
                    Some(-12.0)
                }
                (Class::Person, None) | (Class::Vehicle, Some(_)) => {
                    Some(20.0 + 20.0 * f64::from(e.times.min(6)).ln())
                }
                (Class::Creature, Some(_)) => Some(10.0),
                // What walks upright or has a name is told of like people.
                (Class::Creature, None) if super::among(UPRIGHT, &e.word) || !e.names.is_empty() => Some(0.0),
                (Class::Creature, None) => Some(-106.0),
                // Tugboats of stories are people too.
                (Class::Vehicle, None) => Some(-150.0),
                (Class::Thing, _) if e.cast.is_some() => Some(-400.0),
                _ => None,
            }
        });
        found.filter(|(_, score)| *score > -150.0).map(|(k, _)| k).into_iter().collect()
    }

    fn something(&self, now: Seen, barred: &[usize], acting: bool) -> Vec<usize> {
        let found = self.best(now, barred, |e| {
            if (e.plural && !e.as_one) || !e.may_be_it() || super::among(TIMES, &e.word) {
                return None;
            }
            let by_class = match e.class {
                Class::Person | Class::Creature => 12.0,
                Class::Vehicle | Class::Thing => 8.0,
                Class::Nature | Class::Sky => 6.0,
                Class::Clothing => 7.0,
                Class::Part | Class::Group => -32.0,
                Class::Place => -22.0,
                Class::Abstract => -30.0,
            };
            let agent = match (now.role, e.class) {
                (Role::Subject, _) if acting && e.class.acts() => 16.0,
                (Role::Object, Class::Thing | Class::Clothing) => 6.0,
                (Role::Subject, Class::Thing | Class::Clothing | Class::Nature | Class::Sky) if !acting => {
                    27.0
                }
                _ => 0.0,
            };
            Some(
                by_class + agent + 3.0 * f64::from(e.times.min(6)).ln()
                    - if e.is_person() { 17.0 } else { 0.0 }
                    - if e.gender.is_some() { 68.0 } else { 0.0 },
            )
        });
        found.map(|(k, _)| k).into_iter().collect()
    }

    fn several(&self, now: Seen, barred: &[usize], acting: bool) -> Vec<usize> {
        let one = self.best(now, barred, |e| {
            if e.plural {
                let agent = if acting { 20.0 } else { 0.0 };
                return Some(match e.class {
                    Class::Person | Class::Creature | Class::Vehicle => 27.0 + agent,
                    Class::Thing if acting => -24.0,
                    Class::Thing => 0.0,
                    Class::Place | Class::Part => -30.0,
                    Class::Abstract => -70.0,
                    _ => {
                        if acting {
                            -24.0
                        } else {
                            0.0
                        }
                    }
                });
            }
            // "A person reads, then they sleep."
            (e.is_person() && e.gender.is_none()).then_some(-25.0)
        });
        let formed = self
            .together
            .iter()
            .filter(|group| !group.members.iter().any(|m| barred.contains(m)))
            .map(|group| {
                let acts = group.members.iter().all(|k| self.entities[*k].class.acts());
                let agent = if acting && !acts { -12.0 } else { 0.0 };
                (group.members.clone(), Self::salience(group.seen, now) + 27.0 + agent)
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let pair = self.pair(now, barred);
        [one.map(|(k, score)| (vec![k], score)), formed, pair]
            .into_iter()
            .flatten()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(members, _)| members)
            .unwrap_or_default()
    }

    /// Two who were named apart and are now spoken of together.
    fn pair(&self, now: Seen, barred: &[usize]) -> Option<(Vec<usize>, f64)> {
        let mut scored: Vec<(usize, f64)> = self
            .latest()
            .filter(|k| !barred.contains(k))
            .filter(|k| self.entities[*k].class.acts() && !self.entities[*k].plural)
            .map(|k| (k, Self::salience(self.entities[k].seen, now)))
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (first, second) = (*scored.first()?, *scored.get(1)?);
        let (a, b) = (&self.entities[first.0], &self.entities[second.0]);
        let near = now.sentence.saturating_sub(a.seen.sentence.min(b.seen.sentence)) <= 2;
        let alike = a.is_person() == b.is_person();
        let met = a.seen.clause.abs_diff(b.seen.clause) <= 1;
        let score = second.1 + if met { 9.0 } else { -4.0 } + if alike { 8.0 } else { -6.0 }
            - if near { 0.0 } else { 40.0 };
        let mut members = vec![first.0, second.0];
        members.sort_unstable();
        Some((members, score))
    }

    /// The last group of so many that was spoken of not long ago.
    pub(super) fn group(
        &self,
        number: usize,
        now: Seen,
        fits: &dyn Fn(&Entity) -> bool,
    ) -> Option<Vec<usize>> {
        let recent = |group: &&Together| {
            group.members.len() == number
                && now.sentence.saturating_sub(group.seen.sentence) <= MEMORY
                && group.members.iter().all(|k| fits(&self.entities[*k]))
        };
        self.together.iter().rev().find(recent).map(|group| group.members.clone())
    }

    /// Those that fit, the most salient first.
    pub(super) fn ranked(&self, now: Seen, fits: &dyn Fn(&Entity) -> bool) -> Vec<usize> {
        let mut found: Vec<(usize, f64)> = self
            .latest()
            .filter(|k| fits(&self.entities[*k]))
            .map(|k| (k, Self::salience(self.entities[k].seen, now)))
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found.into_iter().map(|(k, _)| k).collect()
    }

    /// Who "both", "the two" or "all" are: the latest plural or group.
    pub(super) fn all(&self, now: Seen) -> Vec<usize> {
        self.several(now, &[], true)
    }

    /// The latest that are several by their word: "one of them", "the other".
    pub(super) fn flock(&self, now: Seen) -> Option<usize> {
        self.best(now, &[], |e| (e.plural && e.class.acts()).then_some(0.0)).map(|(k, _)| k)
    }

    /// The member of the latest group that is not `one`.
    pub(super) fn other(&self, one: &[usize], now: Seen) -> Vec<usize> {
        if let [only] = one
            && self.entities[*only].plural
        {
            return one.to_vec();
        }
        let in_group = self.together.iter().rev().find_map(|group| {
            let rest: Vec<usize> = group.members.iter().copied().filter(|m| !one.contains(m)).collect();
            (rest.len() < group.members.len() && !rest.is_empty()).then_some(rest)
        });
        in_group.unwrap_or_else(|| {
            let plural = self.best(now, one, |e| (e.class.acts() || e.plural).then_some(0.0));
            plural.map(|(k, _)| k).into_iter().collect()
        })
    }

    /// Who a definite phrase that repeats no word means: "the bird" is the raven, "the keeper" the goalkeeper, "the boy" her
    /// son.
    pub(super) fn described(&self, word: &str, class: Class, plural: bool) -> Option<usize> {
        let mut best: Option<(u32, usize)> = None;
        for k in self.latest() {
            let e = &self.entities[k];
            if e.plural != plural || e.class != class || !class.acts() {
                continue;
            }
            let tail = e.word.len() > word.len() + 2 && e.word.ends_with(word);
            let fits = if tail {
                3
            } else if class == Class::Person {
                person_may_be(e, word)
            } else {
                u32::from(is_kind_of(&e.word, word))
            };
            if fits > best.map_or(0, |(fits, _)| fits) {
                best = Some((fits, k));
            }
        }
        best.map(|(_, k)| k)
    }

    /// The entity that goes by this name.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.entities
            .iter()
            .enumerate()
            .rev()
            .take(200)
            .find(|(_, e)| e.names.iter().any(|n| n == name))
            .map(|(k, _)| k)
    }
}

/// What a clause only dates itself by: "At dawn it turns …".
const TIMES: &str = "dawn dusk day night morning evening afternoon noon midnight midday sunset sunrise twilight moment time second minute \
    hour week month year winter summer spring autumn while instant today tomorrow";
const UPRIGHT: &str = "giant ogre troll vampire zombie werewolf alien demon goblin elf dwarf wizard dragon";
const MOSTLY_MEN: &str = "guard soldier cop sheriff captain farmer blacksmith smith lumberjack knight sailor pirate thief miner butcher \
    plumber mechanic general sergeant corporal private officer fisherman hunter warrior samurai viking trucker driver boss \
    giant dwarf wizard conductor porter mayor judge chief";
const MOSTLY_WOMEN: &str = "nurse ballerina dancer maid midwife seamstress governess nanny";

/// How well a general word for people fits this person: "the man" a fisherman, "the girl" a daughter. 0 for not at all.
pub(super) fn person_may_be(entity: &Entity, word: &str) -> u32 {
    let kind =
        kinds().cast_kind(&entity.word, &entity.word, None).map(|shown| shown.kind).unwrap_or_default();
    let young = matches!(kind.as_str(), "boy" | "girl" | "child" | "baby")
        || super::among(
            "son daughter grandson granddaughter student brother sister nephew niece prince princess toddler apprentice pupil",
            &entity.word,
        );
    let grown = super::among("man woman gentleman lady", &entity.word);
    let male = entity.gender != Some(Gender::Female);
    let female = entity.gender != Some(Gender::Male);
    let fits = match word {
        "man" | "guy" | "gentleman" | "fellow" => male && !young,
        "woman" | "lady" => female && !young,
        "boy" | "lad" => male && !grown,
        "girl" => female && entity.word != "lady",
        "child" | "kid" | "youngster" | "toddler" => young,
        "person" | "figure" | "stranger" | "character" => true,
        "mother" | "mom" | "father" | "dad" | "parent" => false,
        _ => is_kind_of(&entity.word, word),
    };
    let young_word = matches!(word, "boy" | "lad" | "girl" | "child" | "kid" | "youngster" | "toddler");
    u32::from(fits) * if young == young_word { 2 } else { 1 }
}

/// Whether one of the two commonest meanings of `word` is a kind of one of those of `general`.
fn is_kind_of(word: &str, general: &str) -> bool {
    if word == general {
        return true;
    }
    let words = lexicon();
    words.senses(general).take(2).filter(|s| *s > 0).any(|above| {
        words
            .senses(word)
            .take(2)
            .filter(|s| *s > 0)
            .any(|sense| words.steps_up(sense, above).is_some_and(|n| n <= 9))
    })
}

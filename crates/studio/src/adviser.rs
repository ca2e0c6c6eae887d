//! A language model that is asked who does what, where the user has one and wants it: any server that speaks the protocol of
//! `OpenAI`'s chat completions, as llama.cpp, Ollama and vLLM do on one's own machine.
//!
//! It is off unless an address is given; then the script goes to that address and nowhere else. What comes back is advice
//! ([`story::AdvisedBeat`]), which the reader checks against the script; a server that is silent, slow or talks nonsense costs
//! a note, never the film.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use story::AdvisedBeat;

/// How long the answer may take: a small model on a processor writes some ten words a second.
const PATIENCE: Duration = Duration::from_mins(2);
/// The longest script that is asked about, in bytes; the reader alone reads longer ones.
const LONGEST: usize = 20_000;
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Where a language model answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adviser {
    /// The server's address up to and without `/v1`: `http://127.0.0.1:8080`.
    pub address: String,
    /// The model's name on that server; servers with one model ignore it.
    pub model: String,
    /// What the server wants as bearer token.
    pub key: Option<String>,
}

/// The environment variable with the key.
const KEY: &str = "MUTOSCOPE_ADVISER_KEY";

const TASK: &str = "You check how a script for a film was read. You get the script, the cast, and the events that a program found \
    in it, in order, each with the words, the verb and who it believes does it. List every event where somebody else does it, \
    and every event that is missing: something that a member of the cast visibly does. Quote the words of the event exactly as \
    they stand in the script, from the subject to the end of the clause. Name those who do it by their names in the cast. Keep \
    the order of the script. Leave out events that are right, states, wishes, negations and what the camera does.";

impl Adviser {
    /// The model at an address; none where that is empty. Its key is taken from `MUTOSCOPE_ADVISER_KEY`, so that it stands in no
    /// file.
    pub fn at(address: &str, model: &str) -> Option<Self> {
        let address = address.trim();
        let named =
            || Self { address: address.to_owned(), model: model.to_owned(), key: std::env::var(KEY).ok() };
        (!address.is_empty()).then(named)
    }

    /// What the model says of the script.
    ///
    /// # Errors
    /// One line saying why there is no advice.
    pub(crate) fn ask(&self, script: &str) -> Result<Vec<AdvisedBeat>, String> {
        if script.len() > LONGEST {
            return Err(format!("the script is longer than {LONGEST} bytes"));
        }
        // A Final Draft file is planned by its text.
        let fountain =
            story::screenplay::is_fdx(script).then(|| story::screenplay::from_fdx(script).ok()).flatten();
        let script = fountain.as_deref().unwrap_or(script);
        let reading = story::read_once(script);
        if reading.cast.is_empty() {
            return Ok(Vec::new());
        }
        let name = |k: &usize| reading.cast[*k].name.as_str();
        let cast: Vec<&str> = (0..reading.cast.len()).map(|k| name(&k)).collect();
        let events: Vec<Value> = reading
            .beats
            .iter()
            .filter(|beat| beat.is_action() && !beat.spoken)
            .map(|beat| {
                let who: Vec<&str> = beat.who.iter().map(name).collect();
                json!({ "quote": &script[beat.span.clone()], "action": beat.action, "who": who })
            })
            .collect();
        let question = json!({ "script": script, "cast": cast, "events": events });
        let answer = self.post(&json!({
            "model": self.model,
            "temperature": 0,
            "seed": 0,
            "messages": [
                { "role": "system", "content": TASK },
                { "role": "user", "content": question.to_string() },
            ],
            "response_format": { "type": "json_schema", "json_schema": {
                "name": "events", "strict": true, "schema": schema(&cast),
            } },
        }))?;
        read_answer(&answer)
    }

    fn post(&self, body: &Value) -> Result<Value, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
        let address = self.address.trim_end_matches('/').trim_end_matches("/v1");
        let mut request = agent.post(format!("{address}/v1/chat/completions"));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let mut answer = request.send_json(body).map_err(|error| error.to_string())?;
        answer.body_mut().with_config().limit(LONGEST_ANSWER).read_json().map_err(|error| error.to_string())
    }
}

/// What the answer must look like: the server lets the model write nothing else.
fn schema(cast: &[&str]) -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["events"],
        "properties": { "events": { "type": "array", "items": {
            "type": "object", "additionalProperties": false, "required": ["quote", "who", "action"],
            "properties": {
                "quote": { "type": "string" },
                "who": { "type": "array", "items": { "enum": cast } },
                "action": { "type": "string", "description": "the verb" },
            },
        } } },
    })
}

/// The advice in the server's answer.
fn read_answer(answer: &Value) -> Result<Vec<AdvisedBeat>, String> {
    #[derive(Deserialize)]
    struct Events {
        events: Vec<Event>,
    }
    #[derive(Deserialize)]
    struct Event {
        quote: String,
        who: Vec<String>,
        action: String,
    }
    let content = answer["choices"][0]["message"]["content"].as_str().ok_or("the answer has no content")?;
    let events: Events =
        serde_json::from_str(content).map_err(|error| format!("the answer is not as asked for: {error}"))?;
    let advised = |event: Event| AdvisedBeat { quote: event.quote, who: event.who, action: event.action };
    Ok(events.events.into_iter().map(advised).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::Wishes;

    pub(crate) const SCRIPT: &str = "A giant drops a button. A child watches. It lands in a river.";

    /// A server that answers one question with the text, and hands over what it was asked.
    pub(crate) fn server(answer: &str) -> (Adviser, thread::JoinHandle<Value>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("it has one"));
        let answer = answer.to_owned();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("somebody asks");
            let mut lines = BufReader::new(stream.try_clone().expect("a second handle"));
            let mut length = 0;
            loop {
                let mut line = String::new();
                lines.read_line(&mut line).expect("a header");
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a number");
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body).expect("the question");
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
                answer.len()
            )
            .expect("somebody listens");
            serde_json::from_slice(&body).expect("the question is JSON")
        });
        (Adviser { address, model: "small".into(), key: None }, asked)
    }

    fn planned(adviser: Adviser) -> film::Storyboard {
        crate::plan(SCRIPT, &Wishes { adviser: Some(adviser), ..Wishes::default() }).expect("it is planned")
    }

    pub(crate) fn who_lands(board: &film::Storyboard) -> String {
        let beats = board.shots().flat_map(|(_, shot)| &shot.beats);
        let beat = beats.into_iter().find(|beat| beat.action == "land").expect("somebody lands");
        beat.who.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// An answer that has the giant land.
    pub(crate) fn giant_lands() -> String {
        let events =
            json!({ "events": [{ "quote": "It lands in a river", "who": ["giant"], "action": "lands" }] });
        json!({ "choices": [{ "message": { "content": events.to_string() } }] }).to_string()
    }

    #[test]
    fn the_models_reading_is_taken_and_noted() {
        let (adviser, asked) = server(&giant_lands());
        let board = planned(adviser);
        assert_eq!(who_lands(&board), "giant");
        assert!(board.notes.iter().any(|note| note.text.contains("language model")), "{:?}", board.notes);
        let asked = asked.join().expect("it was asked");
        let cast = &asked["response_format"]["json_schema"]["schema"]["properties"]["events"]["items"]["properties"]
            ["who"];
        assert!(cast["items"]["enum"].as_array().expect("names").contains(&json!("child")));
    }

    #[test]
    fn nonsense_and_silence_cost_a_note() {
        let alone = who_lands(&crate::plan(SCRIPT, &Wishes::default()).expect("it is planned"));
        let (adviser, asked) = server(r#"{"choices":[{"message":{"content":"I think that…"}}]}"#);
        let board = planned(adviser);
        asked.join().expect("it was asked");
        assert_eq!(who_lands(&board), alone);
        assert!(board.notes.iter().any(|note| note.text.contains("not as asked for")), "{:?}", board.notes);

        let nobody =
            TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port that is free again");
        let board = planned(Adviser { address: format!("http://{nobody}"), model: String::new(), key: None });
        assert_eq!(who_lands(&board), alone);
        assert!(board.notes.iter().any(|note| note.text.contains("without it")), "{:?}", board.notes);
    }
}

//! What a language model says of the script, where the settings name one. The film is planned at once without it; its advice
//! comes when it comes, as one step that can be undone.

use std::sync::{Arc, Weak};
use std::thread;

use story::AdvisedBeat;

use super::edits::{Words, planned_again, snap};
use super::model::Event;
use super::{SessionError, Shared};

/// Asks for advice on the open film's script, in a thread of its own.
pub(super) fn seek(shared: &Arc<Shared>) {
    let (adviser, sitting, script) = {
        let desk = shared.desk();
        let (Some(adviser), Some(open)) = (desk.settings.adviser(), &desk.open) else { return };
        (adviser, desk.sitting, open.project.board().script.clone())
    };
    let shared: Weak<Shared> = Arc::downgrade(shared);
    let asks = move || {
        let advice = adviser.ask(&script);
        // The studio may be closed by now, or another film open.
        let Some(shared) = shared.upgrade().filter(|shared| shared.desk().sitting == sitting) else { return };
        let followed = match advice {
            Ok(advice) if advice.is_empty() => return,
            Ok(advice) => follow(&shared, &script, &advice).map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        let (text, hint) = match followed {
            Ok(false) => return,
            Ok(true) => {
                ("The language model reads it otherwise; its advice is taken over.", "undo takes it back")
            }
            Err(why) => {
                let text =
                    format!("The language model gave no advice ({why}); the film is planned without it.");
                let hint = Some("see Settings, Language model".to_owned());
                return shared.events.push(Event::Notice { text, hint });
            }
        };
        shared.events.push(Event::Notice { text: text.to_owned(), hint: Some(hint.to_owned()) });
    };
    if let Err(error) = thread::Builder::new().name("mutoscope-adviser".into()).spawn(asks) {
        tracing::warn!(%error, "nobody is asked for advice");
    }
}

/// Plans the film again with the advice; whether that changed it.
fn follow(shared: &Shared, script: &str, advice: &[AdvisedBeat]) -> Result<bool, SessionError> {
    let planned = |board: &film::Storyboard| {
        let mut after = planned_again(board, script, Words::All, advice.to_vec())?;
        snap(&mut after, Some(board));
        Ok::<_, SessionError>(after)
    };
    let board = shared.desk().open.as_ref().ok_or(SessionError::NoProject)?.project.board().clone();
    if board.script != script || planned(&board)? == board {
        return Ok(false);
    }
    let changed = shared.change("Follow the language model", None, |board, _| {
        // Words that were changed meanwhile are asked about anew.
        let after = if board.script == script { planned(board)? } else { board.clone() };
        Ok((after, Vec::new()))
    })?;
    Ok(!changed.patch.0.is_empty())
}

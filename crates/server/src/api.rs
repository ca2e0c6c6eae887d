//! The requests of the page, each handed to the session.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request, State as Shared};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use film::{Hint as _, Id, Quality};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use studio::session::model::{CacheInfo, ExportOrder, NewWishes, View};
use studio::session::{ErrorKind, FrameAsk, Picture, SessionError};
use studio::{Session, Settings};

/// The longest that a poll for events waits.
const MOST_WAIT_MS: u64 = 25_000;

type Studio = Shared<Arc<Session>>;

pub(crate) fn routes(studio: Arc<Session>) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/events", get(events))
        .route("/options", get(options))
        .route("/projects", get(projects))
        .route("/projects/poster", get(poster))
        .route("/project/new", post(new_project))
        .route("/project/open", post(open_project))
        .route("/project/save-as", post(save_as))
        .route("/project/close", post(close_project))
        .route("/edit", post(edit))
        .route("/shots/add", post(add_shot))
        .route("/shots/divide", post(divide_shot))
        .route("/shots/duplicate", post(duplicate_shot))
        .route("/shots/remove", post(remove_shots))
        .route("/shots/move", post(move_shots))
        .route("/scenes/add", post(add_scene))
        .route("/undo", post(undo))
        .route("/redo", post(redo))
        .route("/read", post(read))
        .route("/replan", post(replan))
        .route("/rails", get(rails))
        .route("/playhead", post(playhead))
        .route("/frame", get(frame))
        .route("/layout", get(layout))
        .route("/take/frame", get(take_frame))
        .route("/look/sample", get(look_sample))
        .route("/sound", get(sound))
        .route("/peaks", get(peaks))
        .route("/render", post(render))
        .route("/jobs/order", post(order_jobs))
        .route("/jobs/{id}/priority", post(job_priority))
        .route("/jobs/{id}/sketch", get(job_sketch))
        .route("/jobs/{id}/{act}", post(job_act))
        .route("/takes/choose", post(choose_take))
        .route("/takes/star", post(star_take))
        .route("/takes/remove", post(remove_take))
        .route("/takes/recipe", get(recipe))
        .route("/takes/replay", post(replay_take))
        .route("/imports", post(import).layer(DefaultBodyLimit::max(studio::session::LARGEST_IMPORT)))
        .route("/export", post(export))
        .route("/export/default", get(export_default))
        .route("/doctor", get(doctor))
        .route("/models", get(models))
        .route("/models/{name}", delete(remove_model))
        .route("/models/{name}/licence", get(model_licence))
        .route("/models/{name}/pull", post(pull_model))
        .route("/models/{name}/pause", post(pause_model))
        .route("/models/{name}/verify", post(verify_model))
        .route("/settings", get(settings).put(set_settings))
        .route("/cache", get(cache))
        .route("/cache/clear", post(clear_cache))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .with_state(studio)
}

// What goes wrong.

/// An error as the page gets it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Problem {
    /// What failed, one sentence.
    error: String,
    /// What would help.
    hint: Option<String>,
}

/// A request that was not fulfilled.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    problem: Problem,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl Into<String>, hint: Option<String>) -> Self {
        Self { status, problem: Problem { error: error.into(), hint } }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.problem)).into_response()
    }
}

impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        let status = match error.kind() {
            ErrorKind::Usage => StatusCode::BAD_REQUEST,
            ErrorKind::Missing => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string(), error.hint())
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

/// Runs what may wait on a thread that may.
async fn blocking<T: Send + 'static>(
    studio: Arc<Session>,
    work: impl FnOnce(&Session) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(move || work(&studio)).await;
    done.map_err(|error| {
        tracing::error!(%error, "a request has panicked");
        let hint = "this is a mistake in the program; the film is safe".to_owned();
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the request broke down", Some(hint))
    })
}

async fn answer<T: Serialize + Send + 'static>(
    studio: Arc<Session>,
    work: impl FnOnce(&Session) -> Result<T, SessionError> + Send + 'static,
) -> Answer<T> {
    Ok(Json(blocking(studio, work).await??))
}

async fn done(
    studio: Arc<Session>,
    work: impl FnOnce(&Session) -> Result<(), SessionError> + Send + 'static,
) -> Result<StatusCode, Refusal> {
    blocking(studio, work).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// A JSON body. Any content type is taken: pages elsewhere are kept out by the guard, not by a preflight.
struct Body<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;
    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error: BytesRejection| {
            let large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let hint = large.then(|| "4 MB is the most".to_owned());
            Refusal::new(error.status(), error.body_text(), hint)
        })?;
        let value = serde_json::from_slice(&bytes).map_err(|error| {
            Refusal::new(StatusCode::BAD_REQUEST, format!("the request cannot be read: {error}"), None)
        })?;
        Ok(Self(value))
    }
}

/// The query of an address.
struct Asked<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        let read = read
            .map_err(|error: QueryRejection| Refusal::new(StatusCode::BAD_REQUEST, error.body_text(), None));
        Ok(Self(read?.0))
    }
}

async fn unknown(request: Request) -> Refusal {
    let what = format!("there is no request called {}", request.uri().path());
    Refusal::new(StatusCode::NOT_FOUND, what, None)
}

async fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this request wants another method", None)
}

// What is asked. The shapes are the page's; the schema explains them.

/// `POST /api/project/new`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProject {
    script: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    folder: Option<PathBuf>,
    #[serde(default)]
    wishes: Option<NewWishes>,
}

/// `POST /api/project/open` and `save-as`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Folder {
    folder: PathBuf,
}

/// `POST /api/edit`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    revision: u64,
    label: String,
    /// RFC 6902.
    #[schemars(with = "Vec<serde_json::Value>")]
    patch: json_patch::Patch,
    #[serde(default)]
    merge: Option<String>,
}

/// `POST /api/shots/add`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddShot {
    scene: Id,
    #[serde(default)]
    after: Option<Id>,
}

/// `POST /api/shots/divide`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct DivideShot {
    shot: Id,
    /// The first frame of the second half.
    frame: u32,
}

/// `POST /api/shots/duplicate`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct OneShot {
    shot: Id,
}

/// `POST /api/shots/remove`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Shots {
    shots: Vec<Id>,
}

/// `POST /api/shots/move`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct MoveShots {
    shots: Vec<Id>,
    scene: Id,
    #[serde(default)]
    after: Option<Id>,
}

/// `POST /api/scenes/add`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AddScene {
    #[serde(default)]
    after: Option<Id>,
}

/// `POST /api/read` and `replan`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Script {
    script: String,
}

/// `POST /api/playhead`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct PlayheadAt {
    #[serde(default)]
    shot: Option<Id>,
    #[serde(default)]
    frame: u32,
    #[serde(default)]
    playing: bool,
}

/// `POST /api/render`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Render {
    /// None: all that have changed.
    #[serde(default)]
    shots: Option<Vec<Id>>,
    #[serde(default)]
    quality: Quality,
    #[serde(default)]
    renderer: Option<String>,
}

/// The jobs of a request.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Jobs {
    jobs: Vec<String>,
}

/// `POST /api/jobs/{id}/priority`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Priority {
    priority: i32,
}

/// `POST /api/jobs/order`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Order {
    ids: Vec<String>,
}

/// `POST /api/takes/choose`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ChooseTake {
    shot: Id,
    #[serde(default)]
    key: Option<String>,
}

/// `POST /api/takes/star`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct StarTake {
    key: String,
    starred: bool,
}

/// `POST /api/takes/remove` and `replay`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct TakeKey {
    key: String,
}

/// The job of an export.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExportJob {
    job: String,
}

/// `GET /api/export/default`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ExportPath {
    path: String,
}

/// `POST /api/models/{name}/pull`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PullModel {
    /// Whether the user has read the licence and accepts it. Once accepted, it need not be again.
    #[serde(default)]
    accept_licence: bool,
    /// A folder that holds the files; none: they are downloaded.
    #[serde(default)]
    from: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct EventsAfter {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_ms: u64,
}

#[derive(Debug, Deserialize)]
struct FrameQuery {
    shot: Id,
    portrait: Option<Id>,
    #[serde(default)]
    frame: u32,
    #[serde(default = "usual_height")]
    height: u32,
    #[serde(default)]
    kind: View,
    #[serde(default)]
    wait: u8,
}

#[derive(Debug, Deserialize)]
struct LayoutQuery {
    shot: Id,
    #[serde(default)]
    frame: u32,
}

fn usual_height() -> u32 {
    360
}

#[derive(Debug, Deserialize)]
struct TakeFrameQuery {
    key: String,
    #[serde(default)]
    frame: u32,
    #[serde(default = "usual_height")]
    height: u32,
}

#[derive(Debug, Deserialize)]
struct StyleQuery {
    style: String,
}

#[derive(Debug, Deserialize)]
struct SoundQuery {
    #[serde(default)]
    from: f64,
    seconds: f64,
}

#[derive(Debug, Deserialize)]
struct PeaksQuery {
    bins: usize,
}

// State.

async fn state(Shared(studio): Studio) -> Answer<studio::session::State> {
    answer(studio, |studio| Ok(studio.state())).await
}

async fn events(
    Shared(studio): Studio,
    Asked(ask): Asked<EventsAfter>,
) -> Answer<studio::session::EventBatch> {
    let wait = Duration::from_millis(ask.wait_ms.min(MOST_WAIT_MS));
    answer(studio, move |studio| Ok(studio.events(ask.after, wait))).await
}

async fn options(Shared(studio): Studio) -> Answer<studio::session::Options> {
    answer(studio, |studio| Ok(studio.options())).await
}

// Projects.

async fn projects(Shared(studio): Studio) -> Answer<studio::session::Projects> {
    answer(studio, |studio| Ok(studio.projects())).await
}

async fn poster(Shared(studio): Studio, Asked(ask): Asked<Folder>) -> Result<Response, Refusal> {
    let jpeg = blocking(studio, move |studio| studio.poster(&ask.folder)).await?;
    let jpeg =
        jpeg.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "this project has no picture", None))?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

async fn new_project(Shared(studio): Studio, Body(ask): Body<NewProject>) -> Answer<studio::session::State> {
    answer(studio, move |studio| {
        let wishes = ask.wishes.unwrap_or_default();
        studio.new_project(&ask.script, ask.title.as_deref(), ask.folder, wishes)
    })
    .await
}

async fn open_project(Shared(studio): Studio, Body(ask): Body<Folder>) -> Answer<studio::session::State> {
    answer(studio, move |studio| studio.open_project(&ask.folder)).await
}

async fn save_as(Shared(studio): Studio, Body(ask): Body<Folder>) -> Answer<studio::session::State> {
    answer(studio, move |studio| studio.save_as(&ask.folder)).await
}

async fn close_project(Shared(studio): Studio) -> Answer<studio::session::State> {
    answer(studio, Session::close_project).await
}

// The document.

type Changed = studio::session::Changed;

async fn edit(Shared(studio): Studio, Body(ask): Body<Edit>) -> Answer<Changed> {
    answer(studio, move |studio| studio.edit(ask.revision, &ask.label, &ask.patch, ask.merge.as_deref()))
        .await
}

async fn add_shot(Shared(studio): Studio, Body(ask): Body<AddShot>) -> Answer<Changed> {
    answer(studio, move |studio| studio.add_shot(&ask.scene, ask.after.as_ref())).await
}

async fn divide_shot(Shared(studio): Studio, Body(ask): Body<DivideShot>) -> Answer<Changed> {
    answer(studio, move |studio| studio.divide_shot(&ask.shot, ask.frame)).await
}

async fn duplicate_shot(Shared(studio): Studio, Body(ask): Body<OneShot>) -> Answer<Changed> {
    answer(studio, move |studio| studio.duplicate_shot(&ask.shot)).await
}

async fn remove_shots(Shared(studio): Studio, Body(ask): Body<Shots>) -> Answer<Changed> {
    answer(studio, move |studio| studio.remove_shots(&ask.shots)).await
}

async fn move_shots(Shared(studio): Studio, Body(ask): Body<MoveShots>) -> Answer<Changed> {
    answer(studio, move |studio| studio.move_shots(&ask.shots, &ask.scene, ask.after.as_ref())).await
}

async fn add_scene(Shared(studio): Studio, Body(ask): Body<AddScene>) -> Answer<Changed> {
    answer(studio, move |studio| studio.add_scene(ask.after.as_ref())).await
}

async fn undo(Shared(studio): Studio) -> Answer<Changed> {
    answer(studio, Session::undo).await
}

async fn redo(Shared(studio): Studio) -> Answer<Changed> {
    answer(studio, Session::redo).await
}

async fn read(Shared(studio): Studio, Body(ask): Body<Script>) -> Answer<studio::session::Reading> {
    answer(studio, move |studio| Ok(studio.read(&ask.script))).await
}

async fn replan(Shared(studio): Studio, Body(ask): Body<Script>) -> Answer<Changed> {
    answer(studio, move |studio| studio.replan(&ask.script)).await
}

async fn rails(Shared(studio): Studio) -> Answer<Vec<studio::session::Rail>> {
    answer(studio, Session::rails).await
}

// Pictures and sound.

async fn playhead(Shared(studio): Studio, Body(ask): Body<PlayheadAt>) -> Result<StatusCode, Refusal> {
    done(studio, move |studio| {
        studio.playhead(ask.shot, ask.frame, ask.playing);
        Ok(())
    })
    .await
}

async fn frame(Shared(studio): Studio, Asked(ask): Asked<FrameQuery>) -> Result<Response, Refusal> {
    let ask = FrameAsk {
        shot: ask.shot,
        portrait: ask.portrait,
        frame: ask.frame,
        height: ask.height,
        view: ask.kind,
        wait: ask.wait == 1,
    };
    let picture = blocking(studio, move |studio| studio.frame(&ask)).await??;
    Ok(picture.map_or_else(|| StatusCode::NO_CONTENT.into_response(), jpeg))
}

async fn layout(Shared(studio): Studio, Asked(ask): Asked<LayoutQuery>) -> Answer<studio::session::Layout> {
    answer(studio, move |studio| studio.layout(&ask.shot, ask.frame)).await
}

async fn take_frame(Shared(studio): Studio, Asked(ask): Asked<TakeFrameQuery>) -> Result<Response, Refusal> {
    let picture =
        blocking(studio, move |studio| studio.take_frame(&ask.key, ask.frame, ask.height)).await??;
    Ok(jpeg(picture))
}

async fn look_sample(Shared(studio): Studio, Asked(ask): Asked<StyleQuery>) -> Result<Response, Refusal> {
    let picture = blocking(studio, move |studio| studio.look_sample(&ask.style)).await??;
    Ok(picture.map_or_else(|| StatusCode::NO_CONTENT.into_response(), jpeg))
}

fn jpeg(picture: Picture) -> Response {
    let mut response = Bytes::from_owner(picture.jpeg).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert("x-frame", HeaderValue::from(picture.frame));
    if let Some(revision) = picture.revision {
        headers.insert("x-revision", HeaderValue::from(revision));
    }
    headers.insert("x-exact", HeaderValue::from_static(if picture.exact { "1" } else { "0" }));
    response
}

async fn sound(Shared(studio): Studio, Asked(ask): Asked<SoundQuery>) -> Result<Response, Refusal> {
    let wave = blocking(studio, move |studio| studio.sound(ask.from, ask.seconds)).await??;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wave).into_response())
}

async fn peaks(Shared(studio): Studio, Asked(ask): Asked<PeaksQuery>) -> Answer<Vec<f32>> {
    answer(studio, move |studio| studio.peaks(ask.bins)).await
}

// Takes, jobs, export.

async fn render(Shared(studio): Studio, Body(ask): Body<Render>) -> Answer<Jobs> {
    answer(studio, move |studio| {
        let jobs = studio.render(ask.shots.as_deref(), ask.quality, ask.renderer.as_deref())?;
        Ok(Jobs { jobs })
    })
    .await
}

async fn job_act(
    Shared(studio): Studio,
    Path((id, act)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let act = match act.as_str() {
        "cancel" => Session::cancel_job,
        "pause" => Session::pause_job,
        "resume" => Session::resume_job,
        _ => {
            let hint = Some("cancel, pause or resume".into());
            return Err(Refusal::new(StatusCode::NOT_FOUND, format!("a job cannot {act}"), hint));
        }
    };
    done(studio, move |studio| act(studio, &id)).await
}

async fn job_priority(
    Shared(studio): Studio,
    Path(id): Path<String>,
    Body(ask): Body<Priority>,
) -> Result<StatusCode, Refusal> {
    done(studio, move |studio| studio.set_job_priority(&id, ask.priority)).await
}

/// The page adds the sketch's number, so that each has an address of its own.
async fn job_sketch(Shared(studio): Studio, Path(id): Path<String>) -> Result<Response, Refusal> {
    let jpeg = blocking(studio, move |studio| studio.sketch(&id)).await??;
    Ok(jpeg.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        |jpeg| ([(header::CONTENT_TYPE, "image/jpeg")], Bytes::from_owner(jpeg)).into_response(),
    ))
}

async fn order_jobs(Shared(studio): Studio, Body(ask): Body<Order>) -> Result<StatusCode, Refusal> {
    done(studio, move |studio| studio.order_jobs(&ask.ids)).await
}

async fn choose_take(Shared(studio): Studio, Body(ask): Body<ChooseTake>) -> Answer<Changed> {
    answer(studio, move |studio| studio.choose_take(&ask.shot, ask.key.as_deref())).await
}

async fn star_take(Shared(studio): Studio, Body(ask): Body<StarTake>) -> Result<StatusCode, Refusal> {
    done(studio, move |studio| studio.star_take(&ask.key, ask.starred)).await
}

async fn remove_take(Shared(studio): Studio, Body(ask): Body<TakeKey>) -> Result<StatusCode, Refusal> {
    done(studio, move |studio| studio.remove_take(&ask.key)).await
}

async fn recipe(Shared(studio): Studio, Asked(ask): Asked<TakeKey>) -> Answer<serde_json::Value> {
    answer(studio, move |studio| studio.recipe(&ask.key)).await
}

async fn replay_take(Shared(studio): Studio, Body(ask): Body<TakeKey>) -> Answer<Changed> {
    answer(studio, move |studio| studio.replay_take(&ask.key)).await
}

async fn export(Shared(studio): Studio, Body(ask): Body<ExportOrder>) -> Answer<ExportJob> {
    answer(studio, move |studio| Ok(ExportJob { job: studio.export(&ask)? })).await
}

async fn export_default(Shared(studio): Studio) -> Answer<ExportPath> {
    answer(studio, |studio| Ok(ExportPath { path: studio.export_default()?.display().to_string() })).await
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

/// The body is the file.
async fn import(
    Shared(studio): Studio,
    Asked(ask): Asked<Named>,
    bytes: Result<Bytes, BytesRejection>,
) -> Answer<studio::session::model::Import> {
    let bytes = bytes.map_err(|error| {
        let hint = format!("{} MB is the most", studio::session::LARGEST_IMPORT >> 20);
        Refusal::new(error.status(), error.body_text(), Some(hint))
    })?;
    answer(studio, move |studio| studio.import(&ask.name, &bytes)).await
}

// The machine.

async fn doctor(Shared(studio): Studio) -> Answer<serde_json::Value> {
    answer(studio, |_| Ok(studio::doctor().to_json())).await
}

type Model = studio::session::model::ModelInfo;

async fn models(Shared(studio): Studio) -> Answer<Vec<Model>> {
    answer(studio, |studio| Ok(studio.models())).await
}

async fn model_licence(
    Shared(studio): Studio,
    Path(name): Path<String>,
) -> Answer<studio::session::model::LicenceText> {
    answer(studio, move |studio| studio.model_licence(&name)).await
}

async fn pull_model(
    Shared(studio): Studio,
    Path(name): Path<String>,
    Body(ask): Body<PullModel>,
) -> Answer<Model> {
    answer(studio, move |studio| studio.pull_model(&name, ask.accept_licence, ask.from)).await
}

async fn pause_model(Shared(studio): Studio, Path(name): Path<String>) -> Answer<Model> {
    answer(studio, move |studio| studio.pause_model(&name)).await
}

async fn verify_model(Shared(studio): Studio, Path(name): Path<String>) -> Answer<Model> {
    answer(studio, move |studio| studio.verify_model(&name)).await
}

async fn remove_model(Shared(studio): Studio, Path(name): Path<String>) -> Answer<Model> {
    answer(studio, move |studio| studio.remove_model(&name)).await
}

async fn settings(Shared(studio): Studio) -> Json<Settings> {
    Json(studio.settings())
}

async fn cache(Shared(studio): Studio) -> Json<CacheInfo> {
    Json(studio.cache())
}

async fn clear_cache(Shared(studio): Studio) -> Answer<CacheInfo> {
    answer(studio, Session::clear_cache).await
}

async fn set_settings(Shared(studio): Studio, Body(ask): Body<Settings>) -> Answer<Settings> {
    answer(studio, move |studio| studio.set_settings(ask)).await
}

/** The shapes of the API, from the program itself. Made by `npm run types`; do not edit. */

export type Id = string
/**
 * What happened.
 */
export type Event = ({
/**
 * The change (RFC 6902); none: fetch the state anew.
 */
patch?: (unknown[] | null)
/**
 * The project.
 */
project?: (ProjectInfo | null)
/**
 * Its new revision.
 */
revision: number
type: "board"
} | {
job: Job
type: "job"
} | {
/**
 * The shot.
 */
shot: string
/**
 * As they are now.
 */
takes: TakeInfo[]
type: "takes"
} | {
/**
 * All ranges `[start, end)` that are there.
 */
ranges: [number, number][]
/**
 * The shot.
 */
shot: string
type: "previews"
} | {
engine: EngineInfo
type: "engine"
} | {
model: ModelInfo
type: "model"
} | {
/**
 * What would help.
 */
hint?: (string | null)
/**
 * One sentence.
 */
text: string
type: "notice"
} | {
/**
 * As it is now.
 */
project?: (ProjectInfo | null)
type: "project"
})
/**
 * What a model can make pictures from.
 */
export type Capability = ("text" | "image" | "control" | "reference")
export type EvenSize = number
export type Fps = number
export type Seconds = number
export type Seed = number
/**
 * Who chose a field.
 */
export type Source = ("script" | "chosen" | "edited")
/**
 * @minItems 2
 * @maxItems 2
 */
export type Span = [number, number]
/**
 * What is seen of a frame.
 */
export type View = ("picture" | "depth" | "mask")

/**
 * What goes through the studio's API. Written by the tests of crates/server; do not edit.
 */
export interface Api {
AddScene: AddScene
AddShot: AddShot
CacheInfo: CacheInfo
Changed: Changed
ChooseTake: ChooseTake
DivideShot: DivideShot
Edit: Edit
EventBatch: EventBatch
ExportJob: ExportJob
ExportOrder: ExportOrder
ExportPath: ExportPath
Folder: Folder
Import: Import
Jobs: Jobs
Layout: Layout
LicenceText: LicenceText
ModelInfo: ModelInfo1
MoveShots: MoveShots
NewProject: NewProject
OneShot: OneShot
Options: Options
Order: Order
PlayheadAt: PlayheadAt
Priority: Priority
Problem: Problem
Projects: Projects
PullModel: PullModel
Rail: Rail
Reading: Reading
Render: Render
Script: Script
Settings: Settings
Shots: Shots
StarTake: StarTake
State: State
TakeKey: TakeKey
View: View
}
/**
 * `POST /api/scenes/add`.
 */
export interface AddScene {
after?: (Id | null)
}
/**
 * `POST /api/shots/add`.
 */
export interface AddShot {
after?: (Id | null)
scene: Id
}
/**
 * What is kept so that it need not be made again.
 */
export interface CacheInfo {
/**
 * Bytes of previews in memory.
 */
preview_bytes: number
/**
 * The most there may be.
 */
preview_limit_bytes: number
/**
 * Bytes of takes on the disk, in the open project.
 */
takes_bytes: number
/**
 * Where the takes lie; none without a project.
 */
takes_folder?: (string | null)
/**
 * The most there may be before those unused for longest are deleted.
 */
takes_limit_bytes: number
/**
 * Those of them that the film does not use.
 */
takes_unused_bytes: number
}
/**
 * What a change of the document came to.
 */
export interface Changed {
/**
 * What was undone or redone.
 */
label?: (string | null)
/**
 * From the document before to the one after (RFC 6902).
 */
patch: unknown[]
/**
 * The document's revision now.
 */
revision: number
/**
 * New shots.
 */
shots?: (Id[] | null)
}
/**
 * `POST /api/takes/choose`.
 */
export interface ChooseTake {
key?: (string | null)
shot: Id
}
/**
 * `POST /api/shots/divide`.
 */
export interface DivideShot {
/**
 * The first frame of the second half.
 */
frame: number
shot: Id
}
/**
 * `POST /api/edit`.
 */
export interface Edit {
label: string
merge?: (string | null)
/**
 * RFC 6902.
 */
patch: unknown[]
revision: number
}
/**
 * Events since the last time.
 */
export interface EventBatch {
/**
 * In order.
 */
events: Event[]
/**
 * Some were dropped: fetch the state anew.
 */
missed: boolean
/**
 * Ask for those after this number next.
 */
next: number
}
/**
 * The open project.
 */
export interface ProjectInfo {
/**
 * The folder.
 */
folder: string
/**
 * The film's title, or the folder's name.
 */
name: string
/**
 * Why it could not be saved, or what else is wrong with it.
 */
problem?: (string | null)
/**
 * Steps that were found unsaved when the project was opened.
 */
recovered_steps: number
/**
 * What redo would make again.
 */
redo?: (string | null)
/**
 * Whether the storyboard's file is as the document stands.
 */
saved: ("saved" | "saving" | "failed")
/**
 * What undo would take back.
 */
undo?: (string | null)
}
/**
 * As it is now.
 */
export interface Job {
/**
 * Since it began.
 */
elapsed_secs: number
/**
 * Why it failed.
 */
failure?: (JobFailure | null)
/**
 * Frames of the shot, or of the film while it is put together, that are finished.
 */
frame: number
/**
 * Frames of the shot or film.
 */
frames: number
/**
 * Frames of the job that are finished.
 */
frames_done: number
/**
 * Frames of the job.
 */
frames_total: number
/**
 * Its name.
 */
id: string
/**
 * What it makes.
 */
kind: ("take" | "export")
/**
 * How long the rest will take.
 */
left_secs?: (number | null)
/**
 * What the renderer says of how it makes the shot in hand, in a sentence.
 */
note?: (string | null)
/**
 * The file that it writes.
 */
path?: (string | null)
/**
 * Higher goes first.
 */
priority: number
/**
 * The shot in hand.
 */
shot?: (Id | null)
/**
 * The number of the small rough picture of what a video model is about to make, another for each picture; none for renderers
 * that draw none, and none once the frames are there.
 */
sketch?: (number | null)
/**
 * Where it is in its life.
 */
state: ("queued" | "running" | "paused" | "cancelling" | "done" | "failed" | "cancelled" | "interrupted")
/**
 * What the user calls it.
 */
title: string
}
/**
 * Why a job failed.
 */
export interface JobFailure {
/**
 * What would help.
 */
hint?: (string | null)
/**
 * What failed.
 */
message: string
}
/**
 * A finished take of a shot.
 */
export interface TakeInfo {
/**
 * Whether the user chose it for the film.
 */
chosen: boolean
/**
 * Whether it shows the shot as it now stands.
 */
current: boolean
/**
 * Frames a second.
 */
fps: number
/**
 * Frames, with those past the end of the shot.
 */
frames: number
/**
 * Pixels down.
 */
height: number
/**
 * Its name.
 */
key: string
/**
 * When it was finished, in seconds since 1970.
 */
made_unix: number
/**
 * Counts the takes of the shot, from 1.
 */
number: number
/**
 * How much work went into each picture.
 */
quality: ("draft" | "standard" | "best")
/**
 * Who rendered it.
 */
renderer: string
/**
 * The shot's seed.
 */
seed: number
/**
 * The shot.
 */
shot: string
/**
 * Whether it is the one that plays in the film.
 */
shown: boolean
/**
 * Whether the user marked it.
 */
starred: boolean
/**
 * Pixels across.
 */
width: number
}
/**
 * As they are now.
 */
export interface EngineInfo {
/**
 * The graphics device.
 */
adapter: string
/**
 * What it is doing.
 */
busy?: (string | null)
/**
 * Why it cannot render.
 */
lost?: (string | null)
/**
 * Whether it takes jobs.
 */
ready: boolean
/**
 * Whether that is the processor.
 */
software: boolean
}
/**
 * As it is now.
 */
export interface ModelInfo {
/**
 * What it can make pictures from.
 */
capabilities: Capability[]
/**
 * Whether its files are not as they should be.
 */
damaged: boolean
/**
 * What it is for.
 */
detail: string
/**
 * Bytes of it that are here.
 */
disk_bytes: number
/**
 * Whether this machine has what it needs.
 */
fits: boolean
/**
 * Whether it can be used.
 */
installed: boolean
/**
 * How it is shown.
 */
label: string
/**
 * The licence's SPDX identifier.
 */
licence: string
/**
 * Whether the user has accepted it.
 */
licence_accepted: boolean
/**
 * What the licence allows and asks for.
 */
licence_summary: string
/**
 * Memory of this machine.
 */
machine_bytes: number
/**
 * Who made it.
 */
maker: string
/**
 * Memory that it needs on this machine, for pictures of its full size.
 */
memory_bytes: number
/**
 * Its name, which is that of its renderer too.
 */
name: string
/**
 * The memory that it needs, by precision.
 */
needs: MemoryNeed[]
/**
 * The page that tells more about it.
 */
page?: (string | null)
/**
 * Why that came to nothing the last time.
 */
problem?: (JobFailure | null)
/**
 * Bytes of all of it.
 */
size_bytes: number
/**
 * Whether `size_bytes` is exact, not a rough number.
 */
size_known: boolean
/**
 * Where it is in its life.
 */
state: ("absent" | "partial" | "installed" | "damaged" | "built-in")
/**
 * What is being done with its files.
 */
transfer?: (Transfer | null)
}
/**
 * The memory that a model needs.
 */
export interface MemoryNeed {
/**
 * The most at one time.
 */
bytes: number
/**
 * Type of the numbers: `bf16`, `f32`, `q4`.
 */
precision: string
}
/**
 * Work on a model's files.
 */
export interface Transfer {
/**
 * How fast it goes.
 */
bytes_per_sec: number
/**
 * Bytes that are done.
 */
done_bytes: number
/**
 * What is done.
 */
kind: ("pull" | "verify")
/**
 * How long the rest will take.
 */
left_secs?: (number | null)
/**
 * Whether it was asked to stop and has not yet.
 */
stopping: boolean
/**
 * Bytes in all; 0 while nobody knows.
 */
total_bytes: number
}
/**
 * The job of an export.
 */
export interface ExportJob {
job: string
}
/**
 * An export.
 */
export interface ExportOrder {
/**
 * The first frame of the film.
 */
from?: (number | null)
/**
 * Pixels down.
 */
height?: (EvenSize | null)
/**
 * Whether a file of that name may be replaced.
 */
overwrite?: boolean
/**
 * The file.
 */
path: string
/**
 * One of [`Options::presets`].
 */
preset: string
/**
 * How much work goes into each picture.
 */
quality?: ("draft" | "standard" | "best")
/**
 * One past the last.
 */
to?: (number | null)
/**
 * Pixels across, when not the preset's; goes with `height`.
 */
width?: (EvenSize | null)
}
/**
 * `GET /api/export/default`.
 */
export interface ExportPath {
path: string
}
/**
 * `POST /api/project/open` and `save-as`.
 */
export interface Folder {
folder: string
}
/**
 * A file that the user has brought.
 */
export interface Import {
/**
 * Its name in the project's folder of imports.
 */
file: string
/**
 * Pixels down.
 */
height: number
/**
 * What it is.
 */
kind: ("picture" | "clip" | "body")
/**
 * How long it runs; 0 for what does not move.
 */
seconds: number
/**
 * Pixels across; 0 for a body.
 */
width: number
}
/**
 * The jobs of a request.
 */
export interface Jobs {
jobs: string[]
}
/**
 * Where the camera and everyone of a shot are at a frame, for tools that set them by hand. Axes: x to the right and z towards
 * the camera as it was framed, y up; metres.
 */
export interface Layout {
camera: LayoutCamera
/**
 * Everyone who is on the stage, in the order of the cast, leaders first.
 */
cast: LayoutActor[]
/**
 * The frame of the shot.
 */
frame: number
/**
 * The document's revision that it shows.
 */
revision: number
/**
 * The shot.
 */
shot: string
}
/**
 * The camera.
 */
export interface LayoutCamera {
/**
 * Width over height of the picture.
 */
aspect: number
/**
 * Angle of view from bottom to top, in degrees.
 */
fov_y_deg: number
/**
 * Where it stands.
 * 
 * @minItems 3
 * @maxItems 3
 */
position: [number, number, number]
/**
 * The point that it looks at: the middle of the picture, at the distance that is sharp.
 * 
 * @minItems 3
 * @maxItems 3
 */
target: [number, number, number]
/**
 * The top of the picture, a unit vector across the way it looks.
 * 
 * @minItems 3
 * @maxItems 3
 */
up: [number, number, number]
}
/**
 * Somebody at a frame.
 */
export interface LayoutActor {
/**
 * Left, top, right and bottom of what is seen of them, as parts of the picture from its upper left corner, beyond 0 and 1
 * where the picture cuts them; null out of the picture.
 * 
 * @minItems 4
 * @maxItems 4
 */
box?: ([number, number, number, number] | null)
/**
 * Metres from the camera, along the way it looks.
 */
distance_m: number
/**
 * The way they face: 0 towards the camera as it was framed, 90 to its right.
 */
facing_deg: number
/**
 * Which individual of it, from 1, the leader.
 */
individual: number
/**
 * On the ground under them.
 * 
 * @minItems 3
 * @maxItems 3
 */
position: [number, number, number]
/**
 * The member of the cast.
 */
who: string
}
/**
 * What one may do with a model.
 */
export interface LicenceText {
/**
 * Its SPDX identifier.
 */
id: string
/**
 * What it allows and asks for.
 */
summary: string
/**
 * All of it.
 */
text: string
}
/**
 * A model that can be installed, or is part of the program.
 */
export interface ModelInfo1 {
/**
 * What it can make pictures from.
 */
capabilities: Capability[]
/**
 * Whether its files are not as they should be.
 */
damaged: boolean
/**
 * What it is for.
 */
detail: string
/**
 * Bytes of it that are here.
 */
disk_bytes: number
/**
 * Whether this machine has what it needs.
 */
fits: boolean
/**
 * Whether it can be used.
 */
installed: boolean
/**
 * How it is shown.
 */
label: string
/**
 * The licence's SPDX identifier.
 */
licence: string
/**
 * Whether the user has accepted it.
 */
licence_accepted: boolean
/**
 * What the licence allows and asks for.
 */
licence_summary: string
/**
 * Memory of this machine.
 */
machine_bytes: number
/**
 * Who made it.
 */
maker: string
/**
 * Memory that it needs on this machine, for pictures of its full size.
 */
memory_bytes: number
/**
 * Its name, which is that of its renderer too.
 */
name: string
/**
 * The memory that it needs, by precision.
 */
needs: MemoryNeed[]
/**
 * The page that tells more about it.
 */
page?: (string | null)
/**
 * Why that came to nothing the last time.
 */
problem?: (JobFailure | null)
/**
 * Bytes of all of it.
 */
size_bytes: number
/**
 * Whether `size_bytes` is exact, not a rough number.
 */
size_known: boolean
/**
 * Where it is in its life.
 */
state: ("absent" | "partial" | "installed" | "damaged" | "built-in")
/**
 * What is being done with its files.
 */
transfer?: (Transfer | null)
}
/**
 * `POST /api/shots/move`.
 */
export interface MoveShots {
after?: (Id | null)
scene: Id
shots: Id[]
}
/**
 * `POST /api/project/new`.
 */
export interface NewProject {
folder?: (string | null)
script: string
title?: (string | null)
wishes?: (NewWishes | null)
}
/**
 * What the user fixes about a new film, whatever the script says.
 */
export interface NewWishes {
/**
 * Frames a second.
 */
fps?: (Fps | null)
/**
 * Pixels down.
 */
height?: (EvenSize | null)
/**
 * The renderer of every shot.
 */
renderer?: (string | null)
/**
 * Length of the film.
 */
seconds?: (Seconds | null)
/**
 * The seed of chance.
 */
seed?: (Seed | null)
/**
 * A row of the table of looks.
 */
style?: (string | null)
/**
 * Pixels across; goes with `height`.
 */
width?: (EvenSize | null)
}
/**
 * `POST /api/shots/duplicate`.
 */
export interface OneShot {
shot: Id
}
/**
 * What the user may choose from.
 */
export interface Options {
actions: string[]
ambience: string[]
angles: Choice[]
depths_of_field: Choice[]
fps: number[]
framings: Choice[]
kinds: Kind[]
languages: string[]
moves: Choice[]
palettes: string[]
places: Kind[]
presets: Preset[]
qualities: string[]
renderers: RendererInfo[]
seasons: Choice[]
sizes: Size[]
speeds: Choice[]
styles: Named[]
times: Choice[]
transitions: Choice[]
weathers: Choice[]
}
/**
 * A word of the storyboard and how it is shown.
 */
export interface Choice {
/**
 * How it is shown.
 */
label: string
/**
 * The word.
 */
value: string
}
/**
 * A kind of place or of cast member.
 */
export interface Kind {
/**
 * What it belongs to: `people`, `animals`, `vehicles`, `things`, `places`.
 */
group: string
/**
 * The word.
 */
kind: string
/**
 * How it is shown.
 */
label: string
}
/**
 * A way to export.
 */
export interface Preset {
/**
 * Whether this machine's FFmpeg can write it.
 */
available: boolean
/**
 * What it makes.
 */
detail: string
/**
 * The ending of the file, without the dot; empty for a folder.
 */
extension: string
/**
 * Its name.
 */
id: string
/**
 * How it is shown.
 */
label: string
/**
 * Why not, and what would help.
 */
reason?: (string | null)
}
/**
 * A renderer.
 */
export interface RendererInfo {
/**
 * Whether it can be used now.
 */
available: boolean
/**
 * How it is shown.
 */
label: string
/**
 * Its name in the storyboard.
 */
name: string
/**
 * Why not.
 */
reason?: (string | null)
}
/**
 * A size of picture.
 */
export interface Size {
/**
 * `16:9`.
 */
aspect: string
/**
 * Pixels down.
 */
height: number
/**
 * How it is shown.
 */
label: string
/**
 * Pixels across.
 */
width: number
}
/**
 * A row of a table and how it is shown.
 */
export interface Named {
/**
 * How it is shown.
 */
label: string
/**
 * The row.
 */
name: string
}
/**
 * `POST /api/jobs/order`.
 */
export interface Order {
ids: string[]
}
/**
 * `POST /api/playhead`.
 */
export interface PlayheadAt {
frame?: number
playing?: boolean
shot?: (Id | null)
}
/**
 * `POST /api/jobs/{id}/priority`.
 */
export interface Priority {
priority: number
}
/**
 * An error as the page gets it.
 */
export interface Problem {
/**
 * What failed, one sentence.
 */
error: string
/**
 * What would help.
 */
hint?: (string | null)
}
/**
 * Projects that were open lately.
 */
export interface Projects {
/**
 * Where new projects go.
 */
default_folder: string
/**
 * The newest first.
 */
recent: RecentProject[]
}
/**
 * A project that was open lately.
 */
export interface RecentProject {
/**
 * Its folder.
 */
folder: string
/**
 * When it was saved last, in seconds since 1970.
 */
modified_unix: number
/**
 * Its name.
 */
name: string
/**
 * Whether it has a picture.
 */
poster: boolean
/**
 * The length of its film.
 */
seconds: number
}
/**
 * `POST /api/models/{name}/pull`.
 */
export interface PullModel {
/**
 * Whether the user has read the licence and accepts it. Once accepted, it need not be again.
 */
accept_licence?: boolean
/**
 * A folder that holds the files; none: they are downloaded.
 */
from?: (string | null)
}
/**
 * The words of the script that a shot shows.
 */
export interface Rail {
/**
 * The shot.
 */
shot: string
/**
 * Ranges `[start, end)` of UTF-16 code units.
 */
spans: [number, number][]
}
/**
 * What a script says, for highlights while it is typed.
 */
export interface Reading {
/**
 * Scenes that it would make.
 */
scenes: number
/**
 * Length of the film that it would make.
 */
seconds: number
/**
 * Shots that it would make.
 */
shots: number
/**
 * In order of their beginning; they may lie within each other.
 */
spans: ReadSpan[]
}
/**
 * Words that were understood.
 */
export interface ReadSpan {
/**
 * One past the last.
 */
end: number
/**
 * As what.
 */
kind: ("who" | "where" | "what" | "when" | "mood" | "camera")
/**
 * The first UTF-16 code unit.
 */
start: number
to: Target
}
/**
 * What they became.
 */
export interface Target {
/**
 * A member of the cast.
 */
cast?: (Id | null)
/**
 * A place.
 */
place?: (Id | null)
/**
 * A scene.
 */
scene?: (Id | null)
/**
 * A shot.
 */
shot?: (Id | null)
}
/**
 * `POST /api/render`.
 */
export interface Render {
/**
 * How much work goes into each picture.
 */
quality?: ("draft" | "standard" | "best")
renderer?: (string | null)
/**
 * None: all that have changed.
 */
shots?: (Id[] | null)
}
/**
 * `POST /api/read` and `replan`.
 */
export interface Script {
script: string
}
/**
 * The user's settings.
 */
export interface Settings {
/**
 * Where a language model answers that may say who does what ([`Adviser::address`]); empty: nobody is asked. A film's script
 * goes to that address.
 */
adviser?: string
/**
 * The name of that model on its server; may be empty.
 */
adviser_model?: string
/**
 * Bytes of previews in memory: 16 MiB to 8 GiB.
 */
cache_limit_bytes?: number
/**
 * How strongly the page's colours differ.
 */
contrast?: ("normal" | "high")
/**
 * The language of the page, such as `de`; empty: that of the system.
 */
language?: string
/**
 * Pixels down of previews: 180 to 1080.
 */
preview_height?: number
/**
 * Bytes of takes on the disk, in each project: 1 GiB to 4 TiB. Takes in use stay even when they alone are more.
 */
takes_limit_bytes?: number
/**
 * Threads that reading, decoding and encoding may use; 0: as many as suit.
 */
threads?: number
}
/**
 * `POST /api/shots/remove`.
 */
export interface Shots {
shots: Id[]
}
/**
 * `POST /api/takes/star`.
 */
export interface StarTake {
key: string
starred: boolean
}
/**
 * Everything that a page needs to present the studio; [`Event`]s keep it up to date.
 */
export interface State {
/**
 * Its document.
 */
board?: (Storyboard | null)
engine: EngineInfo1
/**
 * The number of the newest event.
 */
event: number
/**
 * Jobs of this session and those left over from earlier ones, oldest first.
 */
jobs: Job1[]
/**
 * Frames `[start, end)` of each shot, as it now stands, whose preview is there at the usual height.
 */
previews: {
/**
 * This interface was referenced by `undefined`'s JSON-Schema definition
 * via the `patternProperty` "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$".
 */
[k: string]: [number, number][]
}
/**
 * The open project.
 */
project?: (ProjectInfo | null)
/**
 * Goes up with each change of the document.
 */
revision: number
/**
 * The takes of each shot, oldest first.
 */
takes: {
/**
 * This interface was referenced by `undefined`'s JSON-Schema definition
 * via the `patternProperty` "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$".
 */
[k: string]: TakeInfo[]
}
}
/**
 * A film, from the words it came from to the last shot.
 */
export interface Storyboard {
/**
 * Who and what appears.
 */
cast?: CastMember[]
format: Format
look?: Look
/**
 * How it feels: `"majestic"`, `"warm"`.
 */
mood?: string[]
/**
 * What was assumed, replaced or not understood.
 */
notes?: Note[]
/**
 * Where it happens.
 */
places?: Place[]
/**
 * What happens, in order.
 */
scenes?: Scene[]
/**
 * The user's words, untouched.
 */
script?: string
/**
 * The seed of chance of the whole film: landscapes and individuals grow from it, so they stay the same from shot to
 * shot.
 */
seed?: number
/**
 * What the film is about, in a few words.
 */
theme?: string
/**
 * The film's title.
 */
title?: string
transition_out?: Transition1
/**
 * The file format: [`crate::FORMAT_VERSION`].
 */
version: number
[k: string]: unknown
}
/**
 * Somebody or something that appears, alone or as a group.
 */
export interface CastMember {
/**
 * How it looks.
 */
appearance?: {
[k: string]: unknown
}
/**
 * How many: 1 to 1000.
 */
count?: number
/**
 * What the shots call it.
 */
id: string
/**
 * What it is, in the singular: `"mammoth"`, `"woman"`, `"red car"` has kind `"car"`.
 */
kind: string
/**
 * The user's own body for it: a GLB file in the project's folder of imports.
 */
model?: (Id | null)
/**
 * What the script calls it: `"woolly mammoths"`.
 */
name: string
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * Where the script speaks of it.
 */
spans?: Span[]
[k: string]: unknown
}
/**
 * Size, rate and length.
 */
export interface Format {
/**
 * Frames a second.
 */
fps: number
/**
 * Pixels down.
 */
height: number
/**
 * The length that was asked for. The film is as long as its shots together.
 */
seconds: number
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * Pixels across.
 */
width: number
[k: string]: unknown
}
/**
 * The style of the pictures.
 */
export interface Look {
/**
 * Film grain, 0 to 1.
 */
grain?: number
/**
 * What must not be seen; for renderers that take words.
 */
negative?: string
/**
 * `"natural"`, `"warm"`, `"cool"`, `"muted"`, `"vivid"`.
 */
palette?: string
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * A row of the table of looks: `"photoreal"`, `"film-noir"`.
 */
style?: string
[k: string]: unknown
}
/**
 * What the user should know about the reading.
 */
export interface Note {
/**
 * What sort of note it is.
 */
kind?: ("assumed" | "shown-as" | "contradiction" | "limited" | "not-understood")
/**
 * The words it speaks of.
 */
span?: (Span | null)
/**
 * The note, one sentence.
 */
text: string
[k: string]: unknown
}
/**
 * Somewhere that things happen.
 */
export interface Place {
/**
 * What stands in the distance: `"mountains"`, `"conifers"`.
 */
backdrop?: string[]
/**
 * What covers the ground: `"snow"`, `"grass"`, `"sand"`.
 */
ground?: (string | null)
/**
 * What the scenes call it.
 */
id: string
/**
 * What it is: a row of the table of places, or the word of the script.
 */
kind: string
/**
 * What the script calls it: `"snowy meadow"`.
 */
name: string
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * Where the script speaks of it.
 */
spans?: Span[]
[k: string]: unknown
}
/**
 * Shots in one place at one time.
 */
export interface Scene {
/**
 * Its stable name: `s1`.
 */
id: string
/**
 * Where.
 */
place: string
/**
 * In what season.
 */
season?: ("spring" | "summer" | "autumn" | "winter")
/**
 * Its shots, in order.
 */
shots?: Shot[]
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * When.
 */
time?: ("dawn" | "sunrise" | "morning" | "noon" | "afternoon" | "golden-hour" | "sunset" | "dusk" | "night")
/**
 * In what weather.
 */
weather?: ("clear" | "wispy" | "cloudy" | "overcast" | "fog" | "rain" | "storm" | "snow" | "blizzard" | "sandstorm")
/**
 * How strongly the wind blows: 0 still, 0.3 a breeze, 1 a storm. The weather decides when it is absent.
 */
wind?: (number | null)
[k: string]: unknown
}
/**
 * One run of the camera.
 */
export interface Shot {
/**
 * What happens, in order unless simultaneous.
 */
beats?: Beat[]
/**
 * Who was set by hand to another place on the ground than where the stage puts them.
 */
blocking?: Mark[]
camera?: Camera
/**
 * Who is there as the shot begins, and how: carried from shot to shot, so that nobody changes coat or side by
 * accident. The scene holds place, time and weather.
 */
continuity?: Presence[]
/**
 * What becomes different in the course of the shot, in order: the time of day, the season, the weather, a colour.
 */
developments?: Development[]
/**
 * The user's own picture or clip, which the renderer `"footage"` shows.
 */
footage?: (Footage | null)
/**
 * Its stable name: `s1-010`.
 */
id: string
/**
 * Who renders it: `"stage"`, `"card"`, `"footage"` or the name of a video model.
 */
renderer?: string
/**
 * How long it stays on the screen.
 */
seconds: number
/**
 * The seed of what is left to chance in this shot.
 */
seed?: number
sound?: Sound
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * The take that the user chose; the newest that fits when absent.
 */
take?: (ChosenTake | null)
transition_in?: Transition
[k: string]: unknown
}
/**
 * One thing that happens: somebody does something.
 */
export interface Beat {
/**
 * The verb in its base form: `"approach"`, `"stand"`. Empty when nothing is done.
 */
action?: string
/**
 * What the first of `who` turns into: from the middle of the beat on, this member of the cast is seen instead.
 */
becomes?: (Id | null)
/**
 * What stands where: "a letter on the desk".
 */
placements?: Placement[]
/**
 * The verb whose motion is shown, when the renderer has none for the action itself.
 */
shown_as?: (string | null)
/**
 * Whether it happens together with the beat before.
 */
simultaneous?: boolean
/**
 * Where those words stand.
 */
span?: (Span | null)
/**
 * The words it was read from.
 */
text?: string
/**
 * With or to what: members of the cast by id, or plain words.
 */
what?: string[]
/**
 * The place, when it is another than the scene's.
 */
where?: (Id | null)
/**
 * The members of the cast who do it.
 */
who?: Id[]
[k: string]: unknown
}
/**
 * Where something is in relation to something else. Both are members of the cast by id, or plain words.
 */
export interface Placement {
/**
 * How it stands to the other.
 */
how: ("on" | "under" | "behind" | "in-front-of" | "beside")
/**
 * The other.
 */
to: string
/**
 * What is placed.
 */
what: string
}
/**
 * A mark on the ground: where somebody was set by hand, relative to where the stage would have put them, for the whole
 * length of the shot. The camera stays where it is for it. Marks of the same individual add up; one for somebody who is not
 * in the shot is kept and does nothing.
 */
export interface Mark {
/**
 * Metres forward, which on a stage is towards that camera; back, away from it, when negative.
 */
forward_m?: number
/**
 * Which individual of a group, from 1, the leader; all of them when absent.
 */
individual?: (number | null)
/**
 * Metres to the right, as the camera stands when no hand has moved it; to the left when negative.
 */
right_m?: number
/**
 * Degrees that they turn, with the way that they go, about where the first of them begins the shot:
 * counter-clockwise as seen from above.
 */
turn_deg?: number
/**
 * The member of the cast.
 */
who: string
[k: string]: unknown
}
/**
 * How it is seen.
 */
export interface Camera {
/**
 * From how high.
 */
angle?: ("eye-level" | "low" | "high" | "worms-eye" | "birds-eye" | "aerial" | "dutch")
/**
 * How much of the depth is sharp.
 */
depth_of_field?: ("deep" | "natural" | "shallow")
/**
 * The member of the cast that is kept in frame and sharp; the first of the first beat when absent.
 */
focus?: (Id | null)
/**
 * How much of the subject the picture holds.
 */
framing?: ("extreme-wide" | "wide" | "full" | "medium-wide" | "medium" | "medium-close-up" | "close-up" | "extreme-close-up" | "over-the-shoulder" | "point-of-view")
/**
 * What the user's hand did to the camera that framing, angle and lens give.
 */
hand?: (Hand | null)
/**
 * The focal length in millimetres on a 36 mm wide sensor: 8 to 800.
 */
lens_mm?: number
/**
 * What the camera does.
 */
move?: ("static" | "pan-left" | "pan-right" | "tilt-up" | "tilt-down" | "dolly-in" | "dolly-out" | "truck-left" | "truck-right" | "pedestal-up" | "pedestal-down" | "crane-up" | "crane-down" | "orbit-left" | "orbit-right" | "zoom-in" | "zoom-out" | "dolly-zoom" | "track" | "handheld" | "drone")
/**
 * Who chose what.
 */
sources?: {
[k: string]: Source
}
/**
 * How fast.
 */
speed?: ("slow" | "normal" | "fast")
[k: string]: unknown
}
/**
 * An adjustment of the camera by hand, relative to the camera that the rest of the fields give and for the whole length of
 * the shot: the camera's move plays on top of it. What is absent changes nothing.
 */
export interface Hand {
/**
 * A factor of the distance to what is framed: below 1 the camera is nearer.
 */
distance?: number
/**
 * Degrees that the camera goes up around what is framed; down when negative. It stops above the ground.
 */
elevation_deg?: number
/**
 * Degrees around what is framed: to the camera's right (counter-clockwise as seen from above) when positive.
 */
orbit_deg?: number
/**
 * Degrees that the camera turns to its right where it stands; to its left when negative.
 */
pan_deg?: number
/**
 * Degrees that the camera looks up where it stands; down when negative.
 */
tilt_deg?: number
[k: string]: unknown
}
/**
 * Somebody who is there as a shot begins.
 */
export interface Presence {
/**
 * Which way they face or move on the screen.
 */
facing?: ("left" | "right" | "camera" | "away")
/**
 * What they hold.
 */
holding?: string[]
/**
 * Where on the screen. It holds through the scene: the camera stays on its side of the line between two people.
 */
side?: ("left" | "center" | "right")
/**
 * What they wear, when the script tells.
 */
wearing?: string[]
/**
 * The member of the cast.
 */
who: string
[k: string]: unknown
}
/**
 * Something that is different at the end of a shot: "from dawn to dusk", "the leaves turn from green to red".
 */
export interface Development {
/**
 * How it was: a value of the scene's field of that name, or a colour. Empty when the script does not say.
 */
from?: string
/**
 * The words of the script.
 */
span?: (Span | null)
/**
 * How it becomes.
 */
to: string
/**
 * What changes: `"time"`, `"season"`, `"weather"`, or the thing whose colour does ("leaf").
 */
what: string
[k: string]: unknown
}
/**
 * A picture or a clip that the user has brought.
 */
export interface Footage {
/**
 * The file in the project's folder of imports.
 */
file: string
/**
 * Where in the clip the shot begins, in seconds from 0; of no account in a picture.
 */
start_secs?: number
[k: string]: unknown
}
/**
 * What is heard.
 */
export interface Sound {
/**
 * Beds of sound: `"wind"`, `"rain"`, `"sea"`, `"city"`, `"birds"`. None: silence.
 */
ambience?: string[]
/**
 * What is said by those who are seen or heard, in order.
 */
dialogue?: Line[]
/**
 * Words that a narrator says.
 */
narration?: (string | null)
[k: string]: unknown
}
/**
 * Words that somebody says.
 */
export interface Line {
/**
 * How they are said: `"whisper"`, `"to himself"`.
 */
manner?: string
/**
 * Where they stand in the script.
 */
span?: (Span | null)
/**
 * The words.
 */
text: string
/**
 * The member of the cast who says it; a voice from nowhere when absent.
 */
who?: (Id | null)
[k: string]: unknown
}
/**
 * A take that the user chose for a shot, perhaps one that was rendered with other settings.
 */
export interface ChosenTake {
/**
 * The take's key.
 */
key: string
/**
 * A fingerprint of the shot as it stood when the take was chosen: the choice holds until the shot is changed.
 */
stands: string
}
/**
 * How it begins.
 */
export interface Transition {
/**
 * What is seen.
 */
kind?: ("cut" | "dissolve" | "fade" | "fade-white" | "wipe")
/**
 * Why it was chosen.
 */
reason?: string
/**
 * How long it takes: 0 to 10 seconds; a cut takes none.
 */
seconds?: number
[k: string]: unknown
}
/**
 * How the film ends: at once, or fading to a colour.
 */
export interface Transition1 {
/**
 * What is seen.
 */
kind?: ("cut" | "dissolve" | "fade" | "fade-white" | "wipe")
/**
 * Why it was chosen.
 */
reason?: string
/**
 * How long it takes: 0 to 10 seconds; a cut takes none.
 */
seconds?: number
[k: string]: unknown
}
/**
 * The renderers.
 */
export interface EngineInfo1 {
/**
 * The graphics device.
 */
adapter: string
/**
 * What it is doing.
 */
busy?: (string | null)
/**
 * Why it cannot render.
 */
lost?: (string | null)
/**
 * Whether it takes jobs.
 */
ready: boolean
/**
 * Whether that is the processor.
 */
software: boolean
}
/**
 * What is being rendered or exported, or was.
 */
export interface Job1 {
/**
 * Since it began.
 */
elapsed_secs: number
/**
 * Why it failed.
 */
failure?: (JobFailure | null)
/**
 * Frames of the shot, or of the film while it is put together, that are finished.
 */
frame: number
/**
 * Frames of the shot or film.
 */
frames: number
/**
 * Frames of the job that are finished.
 */
frames_done: number
/**
 * Frames of the job.
 */
frames_total: number
/**
 * Its name.
 */
id: string
/**
 * What it makes.
 */
kind: ("take" | "export")
/**
 * How long the rest will take.
 */
left_secs?: (number | null)
/**
 * What the renderer says of how it makes the shot in hand, in a sentence.
 */
note?: (string | null)
/**
 * The file that it writes.
 */
path?: (string | null)
/**
 * Higher goes first.
 */
priority: number
/**
 * The shot in hand.
 */
shot?: (Id | null)
/**
 * The number of the small rough picture of what a video model is about to make, another for each picture; none for renderers
 * that draw none, and none once the frames are there.
 */
sketch?: (number | null)
/**
 * Where it is in its life.
 */
state: ("queued" | "running" | "paused" | "cancelling" | "done" | "failed" | "cancelled" | "interrupted")
/**
 * What the user calls it.
 */
title: string
}
/**
 * `POST /api/takes/remove` and `replay`.
 */
export interface TakeKey {
key: string
}

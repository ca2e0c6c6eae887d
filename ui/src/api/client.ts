/** Every request that the studio makes, by name. */
import { get, post, send, upload, withQuery } from './transport.ts';
import type {
  CacheInfo, Changed, EventBatch, ExportOrder, Import, Layout, LicenceText, Model, Options, Patch, Projects, Rail, Reading, Settings, State, Wishes,
} from './types.ts';

export const api = {
  state: () => get<State>('/state'),
  events: (after: number, signal: AbortSignal) => get<EventBatch>('/events', { after, wait_ms: 20_000 }, signal),
  options: () => get<Options>('/options'),

  projects: () => get<Projects>('/projects'),
  posterUrl: (folder: string) => `/api${withQuery('/projects/poster', { folder })}`,
  newProject: (order: { script: string; title?: string; folder?: string; wishes?: Wishes }) => post<State>('/project/new', order),
  openProject: (folder: string) => post<State>('/project/open', { folder }),
  saveAs: (folder: string) => post<State>('/project/save-as', { folder }),
  closeProject: () => post<State>('/project/close'),

  edit: (revision: number, label: string, patch: Patch, merge?: string) =>
    post<Changed>('/edit', { revision, label, patch, ...(merge ? { merge } : {}) }),
  addShot: (scene: string, after: string | null) => post<Changed>('/shots/add', { scene, after }),
  divideShot: (shot: string, frame: number) => post<Changed>('/shots/divide', { shot, frame }),
  duplicateShot: (shot: string) => post<Changed>('/shots/duplicate', { shot }),
  removeShots: (shots: string[]) => post<Changed>('/shots/remove', { shots }),
  moveShots: (shots: string[], scene: string, after: string | null) => post<Changed>('/shots/move', { shots, scene, after }),
  addScene: (after: string | null) => post<Changed>('/scenes/add', { after }),
  undo: () => post<Changed>('/undo'),
  redo: () => post<Changed>('/redo'),
  read: (script: string, signal?: AbortSignal) => post<Reading>('/read', { script }, signal),
  replan: (script: string) => post<Changed>('/replan', { script }),
  rails: () => get<Rail[]>('/rails'),

  playhead: (shot: string, frame: number, playing: boolean) => post<void>('/playhead', { shot, frame, playing }),
  /** The camera and everyone of a shot at a frame. */
  layout: (shot: string, frame: number) => get<Layout>('/layout', { shot, frame }),
  peaks: (bins: number) => get<number[]>('/peaks', { bins }),

  render: (shots: string[] | null, quality: string, renderer?: string) =>
    post<{ jobs: string[] }>('/render', { shots, quality, ...(renderer ? { renderer } : {}) }),
  job: (id: string, act: 'cancel' | 'pause' | 'resume') => post<void>(`/jobs/${encodeURIComponent(id)}/${act}`),
  /** Where a job's sketch is; `number` changes with the picture. */
  sketchUrl: (id: string, number: number) => `/api${withQuery(`/jobs/${encodeURIComponent(id)}/sketch`, { r: number })}`,
  orderJobs: (ids: string[]) => post<void>('/jobs/order', { ids }),
  chooseTake: (shot: string, key: string | null) => post<Changed>('/takes/choose', { shot, key }),
  starTake: (key: string, starred: boolean) => post<void>('/takes/star', { key, starred }),
  removeTake: (key: string) => post<void>('/takes/remove', { key }),
  replayTake: (key: string) => post<Changed>('/takes/replay', { key }),
  recipe: (key: string) => get<unknown>('/takes/recipe', { key }),

  importFile: (file: File) => upload<Import>(withQuery('/imports', { name: file.name }), file),

  exportFilm: (order: ExportOrder) => post<{ job: string }>('/export', order),
  exportDefault: () => get<{ path: string }>('/export/default'),
  /** Shows where a file lies; the desktop studio only. */
  reveal: (path: string) => post<void>('/desktop/reveal', { path }),

  doctor: () => get<unknown>('/doctor'),
  models: () => get<Model[]>('/models'),
  licence: (name: string) => get<LicenceText>(`/models/${encodeURIComponent(name)}/licence`),
  pullModel: (name: string, accept_licence: boolean, from?: string) =>
    post<Model>(`/models/${encodeURIComponent(name)}/pull`, { accept_licence, ...(from ? { from } : {}) }),
  pauseModel: (name: string) => post<Model>(`/models/${encodeURIComponent(name)}/pause`),
  verifyModel: (name: string) => post<Model>(`/models/${encodeURIComponent(name)}/verify`),
  removeModel: (name: string) => send<Model>('DELETE', `/models/${encodeURIComponent(name)}`),
  settings: () => get<Settings>('/settings'),
  cache: () => get<CacheInfo>('/cache'),
  clearCache: () => post<CacheInfo>('/cache/clear'),
  putSettings: (settings: Settings) => send<Settings>('PUT', '/settings', settings),

  /** Where the picture of a frame of a shot is; `version` changes when the shot does, so an old one is never shown. */
  frame: (q: { shot: string; portrait?: string; frame: number; height: number; kind?: 'picture' | 'depth' | 'mask'; version: string; wait: boolean }) =>
    withQuery('/frame', { shot: q.shot, ...(q.portrait && { portrait: q.portrait }), frame: q.frame, height: q.height, kind: q.kind ?? 'picture', r: q.version, wait: q.wait ? 1 : 0 }),
  takeFrame: (key: string, frame: number, height: number) => withQuery('/take/frame', { key, frame, height }),
  lookSample: (style: string, version: string) => withQuery('/look/sample', { style, r: version }),
  sound: (from: number, seconds: number) => withQuery('/sound', { from: from.toFixed(3), seconds: seconds.toFixed(3) }),
};
export type Api = typeof api;

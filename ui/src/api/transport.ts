/** Requests to the program, relative to where the page came from. Nothing else in the page speaks HTTP. */

/** A refusal by the program, or its absence. `status` is 0 when it cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  try {
    const body = JSON.parse(text) as { error?: unknown; hint?: unknown };
    if (typeof body.error === 'string') {
      return new ApiError(response.status, body.error, typeof body.hint === 'string' ? body.hint : null);
    }
  } catch {
    // Not JSON: a proxy or the router itself answered.
  }
  return new ApiError(response.status, text.trim() || `The program answered ${response.status}.`);
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, { credentials: 'same-origin', ...init });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'Mutoscope does not answer.', 'If it was closed, start it again; the project is saved.');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Query parameters; those that are undefined are left out. */
export type Query = Record<string, string | number | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await ask(withQuery(path, query), { signal: signal ?? null });
  return (await response.json()) as T;
}

export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Sends a file as it is. */
export async function upload<T>(path: string, file: Blob): Promise<T> {
  const response = await ask(path, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file });
  return (await response.json()) as T;
}

export function post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return send<T>('POST', path, body, signal);
}

/** A picture that the program sent: the bytes, which frame they show, and whether it is the one that was asked for. */
export interface Picture {
  blob: Blob;
  frame: number;
  exact: boolean;
  /** The revision of the document that it shows, for pictures of shots as they stand. */
  revision?: number;
}

/** Asks for a picture; `null` when there is none yet. */
export async function picture(path: string, signal?: AbortSignal): Promise<Picture | null> {
  const response = await ask(path, { signal: signal ?? null });
  if (response.status === 204) return null;
  const frame = Number(response.headers.get('x-frame') ?? '0');
  const exact = (response.headers.get('x-exact') ?? '1') === '1';
  const revision = response.headers.get('x-revision');
  return { blob: await response.blob(), frame, exact, ...(revision === null ? {} : { revision: Number(revision) }) };
}

export async function bytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await ask(path, { signal: signal ?? null })).arrayBuffer();
}

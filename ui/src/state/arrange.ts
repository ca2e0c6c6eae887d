/**
 * Setting the camera and the cast of a shot by hand: from where the pointer went to numbers of the storyboard. A point of the
 * picture is [x, y] from 0 to 1, from its upper left corner; the stage is in metres, y up.
 */
import type { Hand, Layout, LayoutActor, LayoutCamera, Mark } from '../api/types.ts';

export type Vec = [number, number, number];
export type Point = [number, number];

/** The program's limits: `crates/film/src/units.rs`. */
export const LIMITS = { bearing: 180, pitch: 90, nearest: 0.1, farthest: 10, metres: 200 } as const;
/** What lies farther away is a horizon rather than a ground to stand on. */
const FAR_M = 150;

const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a: Vec): Vec => {
  const length = Math.hypot(...a) || 1;
  return [a[0] / length, a[1] / length, a[2] / length];
};
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const rounded = (value: number, digits: number) => Number(value.toFixed(digits)) + 0;

/** The axes of a camera, and the tangents of half its angles of view. */
export function axes(camera: LayoutCamera) {
  const forward = unit(minus(camera.target, camera.position));
  const right = unit(cross(forward, camera.up));
  const tan = Math.tan((camera.fov_y_deg * Math.PI) / 360);
  return { forward, right, up: cross(right, forward), tanY: tan, tanX: tan * camera.aspect };
}

/** Where a point of the stage is in the picture; `null` behind the camera. */
export function project(camera: LayoutCamera, at: Vec): Point | null {
  const { forward, right, up, tanX, tanY } = axes(camera);
  const way = minus(at, camera.position);
  const depth = dot(way, forward);
  if (depth < 0.05) return null;
  return [0.5 + dot(way, right) / (2 * depth * tanX), 0.5 - dot(way, up) / (2 * depth * tanY)];
}

/** Where on level ground at a height a point of the picture is; `null` above the horizon or too far away. */
export function onGround(camera: LayoutCamera, [x, y]: Point, height: number): Vec | null {
  const { forward, right, up, tanX, tanY } = axes(camera);
  const [across, above] = [(2 * x - 1) * tanX, (1 - 2 * y) * tanY];
  const ray = unit([0, 1, 2].map((i) => forward[i]! + right[i]! * across + up[i]! * above) as Vec);
  const way = (height - camera.position[1]) / ray[1];
  if (!(way > 0) || way > FAR_M) return null;
  return [camera.position[0] + ray[0] * way, height, camera.position[2] + ray[2] * way];
}

/** How far somebody goes when their feet follow the pointer by a part of the picture; `null` where there is no ground. */
export function slide(camera: LayoutCamera, actor: Pick<LayoutActor, 'position'>, by: Point): { right_m: number; forward_m: number } | null {
  const feet = project(camera, actor.position);
  const to = feet && onGround(camera, [feet[0] + by[0], feet[1] + by[1]], actor.position[1]);
  return to && { right_m: to[0] - actor.position[0], forward_m: to[2] - actor.position[2] };
}

/** A step along the ground as the camera sees it: to the right of the picture, and away from it. */
export function step(camera: LayoutCamera, right: number, away: number): { right_m: number; forward_m: number } {
  const { right: [x, , z] } = axes(camera);
  const length = Math.hypot(x, z) || 1;
  const [cx, cz] = [x / length, z / length];
  return { right_m: cx * right + cz * away, forward_m: cz * right - cx * away };
}

/** An angle within half a turn to either side. */
export function wrapped(degrees: number): number {
  const turn = ((((degrees + 180) % 360) + 360) % 360) - 180;
  return turn === -180 ? 180 : turn;
}

/** An adjustment of the camera with some of its numbers changed, rounded and within their limits; nothing when it is none. */
export function handWith(hand: Hand | undefined, change: Partial<Hand>): Hand | undefined {
  const all = { ...hand, ...change };
  const next: Hand = { ...hand };
  const set = (name: keyof Hand, value: number, neutral: number) => {
    if (value === neutral) delete next[name];
    else next[name] = value;
  };
  for (const name of ['orbit_deg', 'pan_deg'] as const) set(name, rounded(wrapped(all[name] ?? 0), 1), 0);
  for (const name of ['elevation_deg', 'tilt_deg'] as const) set(name, rounded(clamp(all[name] ?? 0, -LIMITS.pitch, LIMITS.pitch), 1), 0);
  set('distance', rounded(clamp(all.distance ?? 1, LIMITS.nearest, LIMITS.farthest), 3), 1);
  return Object.keys(next).length ? next : undefined;
}

/** The camera after a drag: the world follows the pointer. A drag over the picture's width is half a turn around the subject. */
export function handDragged(hand: Hand | undefined, by: Point, turning: boolean, camera: LayoutCamera): Hand | undefined {
  if (!turning) return handWith(hand, { orbit_deg: (hand?.orbit_deg ?? 0) - by[0] * 180, elevation_deg: (hand?.elevation_deg ?? 0) + by[1] * 90 });
  const { tanX, tanY } = axes(camera);
  const degrees = (tan: number) => (Math.atan(tan) * 360) / Math.PI;
  return handWith(hand, { pan_deg: (hand?.pan_deg ?? 0) - by[0] * degrees(tanX), tilt_deg: (hand?.tilt_deg ?? 0) + by[1] * degrees(tanY) });
}

/** The mark of somebody: of one of a group, or of all of them. */
export function markOf(blocking: readonly Mark[] | undefined, who: string, individual: number | undefined): Mark | undefined {
  return blocking?.find((one) => one.who === who && one.individual === individual);
}

/** The marks with somebody's changed, rounded and within its limits; a mark that moves nobody is taken away. */
export function blockingWith(blocking: readonly Mark[] | undefined, who: string, individual: number | undefined, change: Partial<Mark> | null): Mark[] | undefined {
  const list = [...(blocking ?? [])];
  const at = list.findIndex((one) => one.who === who && one.individual === individual);
  const all = { ...list[at], ...change };
  const mark: Mark = { ...(at < 0 ? { who, ...(individual === undefined ? {} : { individual }) } : list[at]!) };
  const metres = (value = 0) => rounded(clamp(value, -LIMITS.metres, LIMITS.metres), 2);
  for (const [name, value] of [['right_m', metres(all.right_m)], ['forward_m', metres(all.forward_m)], ['turn_deg', rounded(wrapped(all.turn_deg ?? 0), 1)]] as const) {
    if (value === 0) delete mark[name];
    else mark[name] = value;
  }
  const moves = change !== null && (mark.right_m !== undefined || mark.forward_m !== undefined || mark.turn_deg !== undefined);
  list.splice(at < 0 ? list.length : at, at < 0 ? 0 : 1, ...(moves ? [mark] : []));
  return list.length ? list : undefined;
}

let gestures = 0;

/** A name for one gesture: its steps are one step of undo, however long the hand rests between them. */
export function gesture(): string {
  return `arrange#${Date.now().toString(36)}-${++gestures}`;
}

/** Whoever of a layout is in the picture, the farthest first, so that the nearest lies on top. */
export function inPicture(layout: Layout | null): LayoutActor[] {
  return (layout?.cast ?? []).filter((one) => one.box !== null && one.distance_m > 0).sort((a, b) => b.distance_m - a.distance_m);
}

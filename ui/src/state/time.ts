/** Lengths and places in time, as film people write them. */

const two = (n: number) => String(n).padStart(2, '0');

/** `HH:MM:SS:FF`. */
export function timecode(frame: number, fps: number): string {
  const whole = Math.max(0, Math.round(frame));
  const seconds = Math.floor(whole / fps);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}:${two(whole % fps)}`;
}

/** A length in few words: `28 s`, `3 min 20 s`, `1 h 5 min`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
  const minutes = Math.round((whole % 3600) / 60);
  return minutes ? `${Math.floor(whole / 3600)} h ${minutes} min` : `${Math.floor(whole / 3600)} h`;
}

/** How long something will still take; rough on purpose. */
export function left(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}

/** A mark of the ruler: `00`, `58`, `1:04`. */
export function mark(seconds: number): string {
  return seconds < 60 ? two(seconds) : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** The distance in seconds between the large marks of a ruler so that they stand at least `room` pixels apart. */
export function rulerStep(pixelsPerSecond: number, room = 64): number {
  for (const step of [1, 2, 5, 10, 15, 30, 60, 120, 300]) if (step * pixelsPerSecond >= room) return step;
  return 600;
}

/** `14:32`, the time of day `seconds` from now. */
export function clockIn(seconds: number, now = new Date()): string {
  const then = new Date(now.getTime() + seconds * 1000);
  return `${two(then.getHours())}:${two(then.getMinutes())}`;
}

/** A size on the disk. */
export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(bytes >= 1e10 ? 0 : 1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${bytes > 0 ? Math.max(1, Math.round(bytes / 1e3)) : 0} kB`;
}

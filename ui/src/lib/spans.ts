import type { ReadSpan } from '../api/types.ts';

export interface Piece {
  text: string;
  span: ReadSpan | null;
  index: number;
}

/** The script cut at its spans, whole and in order. Where spans overlap the first one wins, and the rest of the other follows. */
export function pieces(text: string, spans: readonly ReadSpan[]): Piece[] {
  const order = spans
    .map((span, index) => ({ span, index }))
    .filter(({ span }) => span.end > span.start && span.start < text.length)
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  const result: Piece[] = [];
  let at = 0;
  for (const { span, index } of order) {
    const start = Math.max(at, span.start);
    const end = Math.min(text.length, span.end);
    if (end <= start) continue;
    if (start > at) result.push({ text: text.slice(at, start), span: null, index: -1 });
    result.push({ text: text.slice(start, end), span, index });
    at = end;
  }
  if (at < text.length) result.push({ text: text.slice(at), span: null, index: -1 });
  return result;
}

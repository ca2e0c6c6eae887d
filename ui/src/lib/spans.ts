import type { ReadSpan } from '../api/types.ts';

export interface Piece {
  text: string;
  span: ReadSpan | null;
  index: number;
}

/** The script cut at its spans, whole and in order. Spans may lie within each other: each piece belongs to the shortest. */
export function pieces(text: string, spans: readonly ReadSpan[]): Piece[] {
  const cuts = new Set([0, text.length]);
  const order = spans
    .map((span, index) => ({ span, index, length: span.end - span.start }))
    .filter((one) => one.length > 0 && one.span.start < text.length)
    .sort((a, b) => a.length - b.length);
  for (const { span } of order) cuts.add(span.start).add(Math.min(text.length, span.end));
  const at = [...cuts].sort((a, b) => a - b);
  const result: Piece[] = [];
  for (let i = 0; i + 1 < at.length; i++) {
    const [from, to] = [at[i]!, at[i + 1]!];
    const owner = order.find(({ span }) => span.start <= from && to <= span.end);
    const index = owner?.index ?? -1;
    const last = result.at(-1);
    if (last && last.index === index) last.text += text.slice(from, to);
    else result.push({ text: text.slice(from, to), span: owner?.span ?? null, index });
  }
  return result;
}

const LINE_FEED = 0x0a;

/** A line without its end, or the fact that it was longer than allowed. */
export type Line = Uint8Array | 'too long';

/**
 * Cuts a stream of bytes into lines. No more than one line is held, and of a line that is too long nothing.
 * @param maxBytes of one line
 */
export async function* linesOf(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let held: Uint8Array[] = [];
  let size = 0;
  const take = (piece: Uint8Array): void => {
    size += piece.length;
    if (size > maxBytes) held = [];
    else held.push(piece);
  };
  const finish = (): Line => {
    const line = size > maxBytes ? 'too long' : new Uint8Array(Buffer.concat(held));
    [held, size] = [[], 0];
    return line;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      take(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    take(chunk.subarray(start));
  }
  if (size > 0) yield finish();
}

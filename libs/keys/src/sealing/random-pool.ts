import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let drawn = pool.length;

/**
 * Random bytes for nonces and salts, drawn from a pool: asking the system for each dozen costs more than the cipher.
 * What was drawn is wiped from the pool. Keys are not made from it.
 *
 * @param length at most 64
 */
export function drawRandom(length: number): Uint8Array {
  if (drawn + length > pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const taken = new Uint8Array(pool.subarray(drawn, drawn + length));
  pool.fill(0, drawn, drawn + length);
  drawn += length;
  return taken;
}

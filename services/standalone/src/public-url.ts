import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataDir } from './data-dir.js';

const fileIn = (data: DataDir): string => data.file('public-url');

/** Keeps where clients reach this installation, for the command line. */
export const keepPublicUrl = (data: DataDir, publicUrl: string): void => writeFileSync(fileIn(data), `${publicUrl}\n`);

/** Where clients reached it when it last ran; undefined when it never did. */
export const publicUrlOf = (data: DataDir): string | undefined =>
  existsSync(fileIn(data)) ? readFileSync(fileIn(data), 'utf8').trim() : undefined;

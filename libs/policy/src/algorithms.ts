import { z } from 'zod';
import { distinct } from './distinct.js';

/** COSE algorithms that can be offered and accepted (WebAuthn L3 §5.4). */
export const coseAlgorithms = distinct(z.union([z.literal(-7), z.literal(-8), z.literal(-257)]), 'an algorithm');

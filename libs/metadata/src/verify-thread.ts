import { parentPort, workerData } from 'node:worker_threads';
import { BlobRefused } from './blob/refused.js';
import { verifyBlob, type BlobInput } from './blob/verify-blob.js';

/** The bytes come as they lie in the file: decoding ten megabytes is part of the work. */
export type ThreadInput = Omit<BlobInput, 'text'> & { bytes: Uint8Array };

function work(): { blob: string } | { fault: string } {
  const { bytes, ...input } = workerData as ThreadInput;
  try {
    return { blob: JSON.stringify(verifyBlob({ ...input, text: Buffer.from(bytes).toString('latin1') })) };
  } catch (error) {
    if (error instanceof BlobRefused) return { fault: error.fault };
    throw error;
  }
}

parentPort?.postMessage(work());

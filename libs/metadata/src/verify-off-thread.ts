import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { BlobRefused, type BlobFault } from './blob/refused.js';
import type { ThreadInput } from './verify-thread.js';

/** The built file, also where the sources themselves are run. */
const THREAD = createRequire(import.meta.url).resolve('@countersign/metadata/verify-thread');
const MEMORY_MB = 1024;
/** A BLOB of ten megabytes takes well under a second. */
const WITHIN_MS = 60_000;

type Answer = { blob: string } | { fault: BlobFault };

/**
 * `verifyBlob` in a thread of its own: signature, JSON and form of ten megabytes would hold up every request of the process.
 * @param input `bytes` are handed over and gone afterwards
 * @returns the `VerifiedBlob` as JSON: what is stored
 * @throws BlobRefused; any other error when the thread ran out of memory or time
 */
export async function verifyBlobOffThread(input: ThreadInput): Promise<string> {
  const worker = new Worker(THREAD, {
    workerData: input,
    transferList: input.bytes.buffer instanceof ArrayBuffer ? [input.bytes.buffer] : [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  try {
    const answer = await answerOf(worker);
    if ('fault' in answer) throw new BlobRefused(answer.fault);
    return answer.blob;
  } finally {
    await worker.terminate();
  }
}

const answerOf = (worker: Worker): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the metadata thread took too long')), WITHIN_MS);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('the metadata thread ended without an answer'));
    });
  });
